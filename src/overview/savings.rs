//! Changes of one instruction each, and what they save. Each byte is in at most one of them: junk that an instruction only
//! stores again is saved where it comes from, with the junk itself.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::analysis::{Account, Analysis, Base, Cause, FixKind, Origins, Severity, Waste};
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
        let is_heavy = |hit: &&JunkHit| hit.bytes > 0 && hit.place.is_live() && hit.rule.severity != Severity::Low;
        let hits: Vec<_> = junk.hits.iter().enumerate().filter(|(_, hit)| is_heavy(hit)).collect();
        let mut origins = Origins::new(union, analysis);
        let mut of_hits: Vec<_> = hits.iter().map(|&hit| of_junk(hit, union, &base, &mut origins)).collect();
        let again = StoredAgain::find(union, analysis, &hits);
        again.add_to(&mut of_hits);
        again.take_from(&mut savings, &of_hits, union, analysis);
        savings.extend(of_hits.into_iter().flatten());
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
        junk: None,
        copies: Vec::new(),
        without: Vec::new(),
    })
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
        junk: Some(at),
        copies: Vec::new(),
        without: Vec::new(),
    })
}

/// Wasted files with the content of junk that the final image shows: without the junk, none of them is stored.
#[derive(Default)]
struct StoredAgain<'a> {
    /// Each with the place of its hit among those that are saved.
    files: Vec<(usize, &'a Waste)>,
}

impl<'a> StoredAgain<'a> {
    fn find(union: &Union, analysis: &'a Analysis, hits: &[(usize, &JunkHit)]) -> Self {
        let versions = |(at, (_, hit)): (usize, &(usize, &JunkHit))| {
            hit.versions.iter().map(move |&id| (id, at)).collect::<Vec<_>>()
        };
        let mut hit_of: HashMap<VersionId, usize> = hits.iter().enumerate().flat_map(versions).collect();
        if hit_of.is_empty() {
            return Self::default();
        }
        let mut rewritten: Vec<&Waste> =
            analysis.waste.iter().filter(|file| file.account == Account::Rewritten && file.bytes > 0).collect();
        // What replaces a version comes after it, so that its own answer is known.
        rewritten.sort_unstable_by_key(|file| Reverse(file.name.index()));
        let mut files = Vec::new();
        for file in rewritten {
            let next = union.version(file.name).successor();
            let Some(&hit) = next.and_then(|next| hit_of.get(&next.inode().id())) else { continue };
            hit_of.insert(file.version, hit);
            files.push((hit, file));
        }
        Self { files }
    }

    fn add_to(&self, of_hits: &mut [Option<Saving>]) {
        for (hit, file) in &self.files {
            let Some(saving) = of_hits.get_mut(*hit).and_then(Option::as_mut) else { continue };
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
    }

    /// Leaves the other files of their causes.
    fn take_from(&self, savings: &mut Vec<Saving>, of_hits: &[Option<Saving>], union: &Union, analysis: &Analysis) {
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
            let folder = |path: EntryPath| EntryPath::normalise(path.parent().unwrap_or_default()).path;
            let place = match left[..] {
                [_] => paths().next(),
                _ => paths().map(folder).reduce(|one, other| one.common(&other)),
            };
            saving.path = place.unwrap_or_default();
            saving.bytes = left.iter().fold(0, |sum: u64, file| sum.saturating_add(file.bytes));
            (saving.files, saving.is_one_path) = (left.len(), left.len() == 1);
            let of_cause = self.files.iter().filter(|(_, file)| part_of(file) == (stored_by, saving.caused_by));
            saving.without = of_cause.filter_map(|&(hit, _)| of_hits.get(hit)?.as_ref()?.junk).collect();
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
    use crate::analysis::test_union::BySize;
    use crate::analysis::{Identities, pairs};
    use crate::image::{Contents, EntryRef, Layer, NewEntry, Quiet, ReadError};
    use crate::lint::{JunkRule, JunkText, find_junk};
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

    const PATHS: [&str; 8] =
        ["a/.git/x", "a/.git/y", "a/main", "a/lib/b", "a/.wh..git", "a/lib/.wh.b", "a/.wh..wh..opq", "a/.git/.wh.x"];

    proptest! {
        /// Files of the same size have the same content, with other owners.
        #[test]
        fn each_byte_is_in_one_saving_at_most_and_all_of_them_can_be_saved(
            layers in prop::collection::vec(prop::collection::vec((0_usize..8, 1_u64..4, 0_i64..2), 0..6), 1..6),
        ) {
            let scans: Vec<_> = layers.iter().map(|files| layer(files.iter().map(|&(path, size, uid)| {
                let size = if PATHS[path].contains(".wh.") { 0 } else { size };
                NewEntry { uid, ..entry(PATHS[path], size) }
            }))).collect();
            let union = Union::build(scans);
            let image = Image { layers: vec![Layer::default(); layers.len()], ..Image::default() };
            let identities = Identities::compare(&union, &BySize, &pairs(&union), &Quiet);
            let analysis = Analysis::new(&union, Some(&identities));
            let causes = analysis.causes(&image, &union);
            let text = JunkText { paths: vec!["**/.git/**".to_owned()], ..JunkText::default() };
            let rule = Arc::new(JunkRule::new(text, Severity::High).expect("a pattern"));
            let junk = find_junk(&image, &union, &NoContents, &[rule], &Quiet);
            let savings = find(&image, &union, &analysis, &causes, Some(&junk));
            let mut saved: HashSet<VersionId> = analysis.waste.iter().map(|file| file.version).collect();
            saved.extend(junk.hits.iter().filter(|hit| hit.place.is_live()).flat_map(|hit| hit.versions.iter().copied()));
            let all: u64 = saved.iter().map(|&id| union.version(id).stored()).sum();
            prop_assert_eq!(savings.iter().map(|saving| saving.bytes).sum::<u64>(), all);
        }
    }
}
