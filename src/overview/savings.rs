//! Changes of one instruction each, and what they save. Each byte is in at most one of them: junk that an instruction only
//! stores again is saved where it comes from, with the junk itself.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::analysis::{Account, Analysis, Base, Cause, FixKind, Origins, Waste};
use crate::image::{EntryPath, Image, LayerNumber};
use crate::lint::{Junk, JunkHit};
use crate::union::{Union, VersionId};

use super::{Saving, SavingReason};

/// What can be saved, the most bytes first; what only another base image avoids comes last.
pub(super) fn find(
    image: &Image,
    union: &Union,
    analysis: &Analysis,
    causes: &[Cause],
    junk: Option<&Junk>,
) -> Vec<Saving> {
    let base = Base::detect(image);
    let mut savings = of_causes(causes, &base);
    if let Some(junk) = junk {
        let mut of_junk = JunkSavings::find(junk, union, analysis, &base);
        let again = StoredAgain::find(junk, &of_junk, union, analysis);
        again.add_to(&mut of_junk.savings);
        again.take_from(&mut savings, &of_junk.savings, union, analysis);
        savings.extend(of_junk.savings);
    }
    savings.sort_by_key(|saving| (saving.of_base, Reverse(saving.bytes), saving.caused_by));
    savings
}

/// Each cause is a saving of its own, because each has another instruction to change. Only the old copies of one path are
/// one saving: no single one of the instructions that overwrite it is to blame.
fn of_causes(causes: &[Cause], base: &Base<'_>) -> Vec<Saving> {
    let mut places: HashMap<(&EntryPath, bool), usize> = HashMap::new();
    let mut savings: Vec<Vec<&Cause>> = Vec::with_capacity(causes.len());
    for cause in causes {
        let next = savings.len();
        let at = cause.copied_path(base).map_or(next, |copied| *places.entry(copied).or_insert(next));
        match savings.get_mut(at) {
            Some(copies) => copies.push(cause),
            None => savings.push(vec![cause]),
        }
    }
    savings.iter().filter_map(|causes| of_joint_causes(causes)).collect()
}

fn of_joint_causes(causes: &[&Cause]) -> Option<Saving> {
    let first = causes.first()?;
    Some(Saving {
        bytes: causes.iter().fold(0, |sum: u64, cause| sum.saturating_add(cause.bytes)),
        files: causes.iter().map(|cause| cause.files).sum(),
        is_one_path: first.file.is_some(),
        reason: SavingReason::Wasted(first.account),
        path: first.file.as_ref().unwrap_or(&first.folder).clone(),
        caused_by: first.wasted_by,
        stored_by: causes.iter().map(|cause| cause.stored_by).collect(),
        of_base: first.fix.kind == FixKind::Base,
        fix: Cause::joint_fix(causes).into_owned(),
        junk: Vec::new(),
        copies: Vec::new(),
        hidden_junk: Vec::new(),
        without: Vec::new(),
    })
}

/// Junk that the final image shows. What one rule finds is one saving for each layer that brought it, because one
/// instruction avoids it; later layers only store it again.
struct JunkSavings {
    savings: Vec<Saving>,
    /// The saving of each hit that is one.
    of_hit: HashMap<usize, usize>,
}

impl JunkSavings {
    fn find(junk: &Junk, union: &Union, analysis: &Analysis, base: &Base<'_>) -> Self {
        let mut origins = Origins::new(union, analysis);
        let mut known: HashMap<(&str, LayerNumber), usize> = HashMap::new();
        let (mut savings, mut of_hit) = (Vec::new(), HashMap::new());
        for (at, hit) in junk.hits.iter().enumerate().filter(|(_, hit)| hit.bytes > 0 && hit.place.is_live()) {
            let Some(saving) = of_junk((at, hit), union, base, &mut origins) else { continue };
            let next = savings.len();
            let place = *known.entry((&hit.rule.text.id, saving.caused_by)).or_insert(next);
            match savings.get_mut(place) {
                Some(known) => join(known, saving),
                None => savings.push(saving),
            }
            of_hit.insert(at, place);
        }
        Self { savings, of_hit }
    }
}

fn of_junk((at, hit): (usize, &JunkHit), union: &Union, base: &Base<'_>, origins: &mut Origins<'_>) -> Option<Saving> {
    let layer = hit.place.layer()?;
    let sample = hit.samples.first()?;
    let path = if hit.files == 1 { sample } else { &hit.folder };
    let first = hit.versions.iter().map(|&id| union.version(id)).max_by_key(|version| version.stored());
    let caused_by = first.map_or(layer, |version| origins.first_stored_by(version));
    let of_base = base.has(caused_by);
    Some(Saving {
        bytes: hit.bytes,
        files: hit.files,
        is_one_path: hit.files == 1,
        reason: SavingReason::Junk(hit.rule.text.what.clone()),
        path: path.clone(),
        caused_by,
        stored_by: vec![layer],
        of_base,
        fix: if of_base { base.advice() } else { hit.rule.text.fix.clone() },
        junk: vec![at],
        copies: Vec::new(),
        hidden_junk: Vec::new(),
        without: Vec::new(),
    })
}

/// Adds what another layer stores of the same junk.
fn join(saving: &mut Saving, other: Saving) {
    let folder = |saving: &Saving| if saving.is_one_path { folder_of(&saving.path) } else { saving.path.clone() };
    saving.path = folder(saving).common(&folder(&other));
    saving.is_one_path = false;
    saving.bytes = saving.bytes.saturating_add(other.bytes);
    saving.files += other.files;
    for layer in other.stored_by {
        if !saving.stored_by.contains(&layer) {
            saving.stored_by.push(layer);
        }
    }
    saving.junk.extend(other.junk);
}

fn folder_of(path: &EntryPath) -> EntryPath {
    EntryPath::normalise(path.parent().unwrap_or_default()).path
}

/// Wasted files with the content of junk that the final image shows: without the junk, none of them is stored. A file of
/// which only a part is junk is stored without it too.
#[derive(Default)]
struct StoredAgain<'a> {
    /// Each with the saving of its junk.
    files: Vec<(usize, &'a Waste)>,
    /// The hits of these files, if they have some, with the saving and the bytes.
    hidden_junk: Vec<(usize, usize, u64)>,
}

impl<'a> StoredAgain<'a> {
    fn find(junk: &Junk, of_junk: &JunkSavings, union: &Union, analysis: &'a Analysis) -> Self {
        let hits = || junk.hits.iter().enumerate().filter(|(_, hit)| hit.has_whole_files());
        let saved = hits().filter_map(|(at, hit)| Some((*of_junk.of_hit.get(&at)?, hit)));
        let mut saving_of: HashMap<VersionId, usize> =
            saved.flat_map(|(saving, hit)| hit.versions.iter().map(move |&id| (id, saving))).collect();
        if saving_of.is_empty() {
            return Self::default();
        }
        let mut rewritten: Vec<&Waste> =
            analysis.waste.iter().filter(|file| file.account == Account::Rewritten && file.bytes > 0).collect();
        // What replaces a version comes after it, so that its own answer is known.
        rewritten.sort_unstable_by_key(|file| Reverse(file.name.index()));
        let mut found = Self::default();
        let mut taken: HashMap<VersionId, (usize, u64)> = HashMap::new();
        for file in rewritten {
            let next = union.version(file.name).successor();
            let Some(&saving) = next.and_then(|next| saving_of.get(&next.inode().id())) else { continue };
            saving_of.insert(file.version, saving);
            taken.insert(file.version, (saving, file.bytes));
            found.files.push((saving, file));
        }
        for (at, hit) in hits().filter(|(_, hit)| !hit.place.is_live()) {
            let mut bytes: HashMap<usize, u64> = HashMap::new();
            for &(saving, of_file) in hit.versions.iter().filter_map(|id| taken.get(id)) {
                let bytes = bytes.entry(saving).or_default();
                *bytes = bytes.saturating_add(of_file);
            }
            found.hidden_junk.extend(bytes.into_iter().map(|(saving, bytes)| (saving, at, bytes)));
        }
        found
    }

    fn add_to(&self, of_junk: &mut [Saving]) {
        for (saving, file) in &self.files {
            let Some(saving) = of_junk.get_mut(*saving) else { continue };
            saving.bytes = saving.bytes.saturating_add(file.bytes);
            saving.files += 1;
            if !saving.stored_by.contains(&file.layer) {
                saving.stored_by.push(file.layer);
            }
            match saving.copies.iter_mut().find(|(layer, _)| *layer == file.layer) {
                Some((_, bytes)) => *bytes = bytes.saturating_add(file.bytes),
                None => saving.copies.push((file.layer, file.bytes)),
            }
        }
        for &(saving, hit, bytes) in &self.hidden_junk {
            if let Some(saving) = of_junk.get_mut(saving) {
                saving.hidden_junk.push((hit, bytes));
            }
        }
    }

    /// Leaves the other files of their causes.
    fn take_from(&self, savings: &mut Vec<Saving>, of_junk: &[Saving], union: &Union, analysis: &Analysis) {
        let part_of = |file: &Waste| (file.layer, file.by);
        let taken: HashSet<VersionId> = self.files.iter().map(|(_, file)| file.version).collect();
        let mut left: HashMap<(LayerNumber, LayerNumber), Vec<&Waste>> =
            self.files.iter().map(|(_, file)| (part_of(file), Vec::new())).collect();
        let rewritten = analysis.waste.iter().filter(|file| file.account == Account::Rewritten && file.bytes > 0);
        for file in rewritten.filter(|file| !taken.contains(&file.version)) {
            if let Some(files) = left.get_mut(&part_of(file)) {
                files.push(file);
            }
        }
        savings.retain_mut(|saving| {
            let [stored_by] = saving.stored_by[..] else { return true };
            let is_rewritten = saving.reason == SavingReason::Wasted(Account::Rewritten);
            let Some(left) = left.get(&(stored_by, saving.caused_by)).filter(|_| is_rewritten) else { return true };
            let paths = || left.iter().map(|file| union.version(file.name).path());
            let place = match left[..] {
                [_] => paths().next(),
                _ => paths().map(|path| folder_of(&path)).reduce(|one, other| one.common(&other)),
            };
            saving.path = place.unwrap_or_default();
            saving.bytes = left.iter().fold(0, |sum: u64, file| sum.saturating_add(file.bytes));
            (saving.files, saving.is_one_path) = (left.len(), left.len() == 1);
            let of_cause = self.files.iter().filter(|(_, file)| part_of(file) == (stored_by, saving.caused_by));
            saving.without = of_cause.filter_map(|&(junk, _)| of_junk.get(junk)?.junk.first().copied()).collect();
            saving.without.sort_unstable();
            saving.without.dedup();
            !left.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::analysis::Severity;
    use crate::analysis::test_union::BySize;
    use crate::analysis::{Identities, pairs};
    use crate::image::{Contents, EntryKind, EntryRef, Layer, NewEntry, Quiet, ReadError};
    use crate::lint::{JunkLook, JunkPlace, JunkRule, JunkText, find_junk};
    use crate::union::testing::{entry, layer};

    struct NoContents;

    impl Contents for NoContents {
        fn open<'a>(
            &'a self,
            layer: LayerNumber,
            _: EntryRef<'_>,
        ) -> Result<Box<dyn std::io::Read + Send + 'a>, ReadError> {
            Err(ReadError::NoBlob { layer, why: "there is none".to_owned() })
        }

        fn identity(&self, layer: LayerNumber, _: EntryRef<'_>) -> Result<u128, ReadError> {
            Err(ReadError::NoBlob { layer, why: "there is none".to_owned() })
        }
    }

    const PATHS: [&str; 10] = [
        "a/.git/x",
        "a/.git/y",
        "a/main",
        "a/lib/b",
        "a/lib/c.pyc",
        "a/.wh..git",
        "a/lib/.wh.b",
        "a/.wh..wh..opq",
        "a/.git/.wh.x",
        "a/link",
    ];

    /// Junk of which a part of each file counts: all but one byte of the files in `lib`, and what is in no other rule.
    fn parts(union: &Union) -> Vec<JunkHit> {
        let text = JunkText { id: "parts".to_owned(), look: JunkLook::Debug, ..JunkText::default() };
        let rule = Arc::new(JunkRule::new(text, Severity::Low).expect("no patterns"));
        let mut hits: Vec<JunkHit> = Vec::new();
        for version in union.all_versions().map(|id| union.version(id)) {
            let (path, bytes) = (version.path(), version.stored().saturating_sub(1));
            if bytes == 0 || path.as_bytes() != b"a/lib/b" {
                continue;
            }
            let place = JunkPlace::Layer { layer: version.layer(), live: version.ended().is_none() };
            let at = hits.iter().position(|hit| hit.place == place).unwrap_or_else(|| {
                let folder = EntryPath::normalise(b"a/lib").path;
                let (rule, samples) = (Arc::clone(&rule), vec![path]);
                let (versions, note) = (Vec::new(), String::new());
                hits.push(JunkHit { rule, place, bytes: 0, files: 0, versions, folder, samples, note });
                hits.len() - 1
            });
            hits[at].bytes += bytes;
            hits[at].files += 1;
            hits[at].versions.push(version.id());
        }
        hits
    }

    proptest! {
        /// Files of the same size have the same content, with other owners.
        #[test]
        fn each_byte_is_in_one_saving_at_most_and_all_of_them_can_be_saved(
            layers in prop::collection::vec(prop::collection::vec((0_usize..10, 1_u64..4, 0_i64..2), 0..6), 1..6),
        ) {
            let scans: Vec<_> = layers.iter().map(|files| layer(files.iter().map(|&(path, size, uid)| {
                match PATHS[path] {
                    "a/link" => NewEntry {
                        kind: EntryKind::HardLink,
                        link_target: b"a/.git/x",
                        ..entry("a/link", 0)
                    },
                    path => NewEntry { uid, ..entry(path, if path.contains(".wh.") { 0 } else { size }) },
                }
            }))).collect();
            let union = Union::build(scans);
            let image = Image { layers: vec![Layer::default(); layers.len()], ..Image::default() };
            let identities = Identities::compare(&union, &BySize, &pairs(&union), &Quiet);
            let analysis = Analysis::new(&union, Some(&identities));
            let causes = analysis.causes(&image, &union);
            let rule = |id: &str, path: &str, severity| {
                let text = JunkText { id: id.to_owned(), paths: vec![path.to_owned()], ..JunkText::default() };
                Arc::new(JunkRule::new(text, severity).expect("a pattern"))
            };
            let rules = [rule("git", "**/.git/**", Severity::High), rule("pyc", "*.pyc", Severity::Low)];
            let mut junk = find_junk(&image, &union, &NoContents, &rules, &Quiet);
            junk.hits.extend(parts(&union));
            let savings = find(&image, &union, &analysis, &causes, Some(&junk));
            let mut saved: HashMap<VersionId, u64> =
                analysis.waste.iter().map(|file| (file.version, file.bytes)).collect();
            for hit in junk.hits.iter().filter(|hit| hit.place.is_live()) {
                for &id in &hit.versions {
                    let bytes = union.version(id).stored();
                    let bytes = if hit.has_whole_files() { bytes } else { bytes - 1 };
                    prop_assert_eq!(saved.insert(id, bytes), None, "what a container sees is not wasted");
                }
            }
            prop_assert_eq!(savings.iter().map(|saving| saving.bytes).sum::<u64>(), saved.values().sum::<u64>());
            for (at, hit) in junk.hits.iter().enumerate().filter(|(_, hit)| hit.bytes > 0) {
                let of_hit = savings.iter().filter(|saving| saving.junk.contains(&at)).count();
                prop_assert_eq!(of_hit, usize::from(hit.place.is_live()));
            }
            for saving in &savings {
                prop_assert!(saving.bytes > 0 && saving.files > 0);
                let of_copies: u64 = saving.copies.iter().map(|(_, bytes)| bytes).sum();
                let of_hidden: u64 = saving.hidden_junk.iter().map(|(_, bytes)| bytes).sum();
                prop_assert!(of_hidden <= of_copies, "{} of {}", of_hidden, of_copies);
            }
        }
    }

    #[test]
    fn a_part_of_files_is_one_saving_of_the_layer_that_brought_them_and_leaves_their_older_copies() {
        let chmod = |uid| NewEntry { uid, ..entry("a/lib/b", 50) };
        let scans = vec![layer([chmod(0), entry("a/lib/other", 1)]), layer([chmod(1)])];
        let union = Union::build(scans);
        let image = Image { layers: vec![Layer::default(); 2], ..Image::default() };
        let identities = Identities::compare(&union, &BySize, &pairs(&union), &Quiet);
        let analysis = Analysis::new(&union, Some(&identities));
        let junk = Junk { hits: parts(&union), findings: Vec::new() };
        let savings = find(&image, &union, &analysis, &analysis.causes(&image, &union), Some(&junk));
        let said: Vec<_> =
            savings.iter().map(|saving| (saving.bytes, saving.caused_by.get(), saving.junk.len())).collect();
        assert_eq!(said, [(50, 2, 0), (49, 1, 1)]);
    }
}
