//! What usually has no place in an image, found by rules that are data and come from outside.
//!
//! ```text
//! rules about paths ───▶ files they match ─┐ not checked again: no byte counts twice
//! rules with a look ─┬─▶ what must be read ──▶ read, each layer in its order ─┬─▶ hits
//!                    └─▶ what is known without reading ──────────────────────┘
//! ```

mod base;
mod collector;
mod copies;
mod debug;
mod elf;
#[cfg(test)]
mod fixture;
mod known;
mod layers;
mod links;
mod look;
mod modes;
mod paths;
mod root;
mod rule;
mod runtime;
mod steps;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::image::{Contents, EntryKind, EntryPath, Finding, Image, LayerNumber, Progress, ProgressEvent};
use crate::union::{Destination, NodeId, Union, VersionId, VersionRef};

use crate::analysis::{Base, each_file};
use collector::HitCollector;
use known::KnownNumbers;

pub use look::JunkLook;
pub use paths::PathRules;
pub use rule::{JunkRule, JunkText};

/// Where junk is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JunkPlace {
    /// In files of a layer.
    Layer {
        /// The layer that stores them.
        layer: LayerNumber,
        /// Whether the final image shows them; else they are only stored.
        live: bool,
    },
    /// In a step of the history, from 1.
    Step(usize),
    /// In the image as a whole.
    Image,
}

impl JunkPlace {
    fn of_version(version: VersionRef<'_>) -> Self {
        Self::Layer { layer: version.layer(), live: version.ended().is_none() }
    }

    /// The layer that stores it, where one does.
    #[must_use]
    pub fn layer(self) -> Option<LayerNumber> {
        match self {
            Self::Layer { layer, .. } => Some(layer),
            Self::Step(_) | Self::Image => None,
        }
    }

    /// Whether it is part of the final image: all is but for files that are only stored.
    #[must_use]
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Layer { live: false, .. })
    }
}

/// What one rule found in one place.
#[derive(Clone, Debug)]
pub struct JunkHit {
    /// The rule.
    pub rule: Arc<JunkRule>,
    /// Where.
    pub place: JunkPlace,
    /// Bytes; nothing where it is not about bytes.
    pub bytes: u64,
    /// How many files hold them.
    pub files: usize,
    /// These files, in the layers that store them.
    pub versions: Vec<VersionId>,
    /// The innermost folder of them all.
    pub folder: EntryPath,
    /// Some of them, the largest first.
    pub samples: Vec<EntryPath>,
    /// What was found, in words, if bytes and paths do not show it; else empty.
    pub note: String,
}

impl JunkHit {
    /// Whether all of its files is junk, not only a part of each.
    #[must_use]
    pub fn has_whole_files(&self) -> bool {
        self.rule.text.look != JunkLook::Debug
    }

    /// How to fix it: what the rule says, or another base if it came with the base image. Hostile.
    #[must_use]
    pub fn fix(&self, base: &Base<'_>) -> Cow<'_, str> {
        if base.has_some(self.place.layer()) { base.advice().into() } else { self.rule.text.fix.as_str().into() }
    }
}

/// All that was found.
#[derive(Clone, Debug, Default)]
pub struct Junk {
    /// The worst and the largest first.
    pub hits: Vec<JunkHit>,
    /// Contents that a rule needed and that could not be read.
    pub findings: Vec<Finding>,
}

/// An image, and the rules that it is checked against.
#[derive(Clone, Copy)]
struct Search<'a> {
    image: &'a Image,
    union: &'a Union,
    contents: &'a dyn Contents,
    rules: &'a [Arc<JunkRule>],
}

impl<'a> Search<'a> {
    /// The file that a live path shows.
    fn file_at(&self, node: NodeId) -> Option<VersionRef<'a>> {
        let version = self.union.version(self.union.live(node)?).inode();
        (version.kind() == EntryKind::File).then_some(version)
    }

    /// Where a path leads in the final image; none in an image without layers.
    fn follow(&self, path: &[u8]) -> Option<Destination> {
        Some(self.union.follow(self.union.layer_numbers().next_back()?, path).end)
    }

    /// A hit about no file in particular, of the first rule that has a look.
    fn hit(&self, look: JunkLook, place: JunkPlace, note: String) -> Option<JunkHit> {
        let (rule, _) = self.rules_of(look).next()?;
        let rule = Arc::clone(self.rules.get(rule)?);
        let folder = EntryPath::default();
        Some(JunkHit { rule, place, bytes: 0, files: 0, versions: Vec::new(), folder, samples: Vec::new(), note })
    }

    /// The rules that have one look, with their places.
    fn rules_of(&self, look: JunkLook) -> impl Iterator<Item = (usize, &'a JunkRule)> + use<'a> {
        let rules = self.rules.iter().map(Arc::as_ref).enumerate();
        rules.filter(move |(_, rule)| rule.text.look == look)
    }
}

/// The limit on contents that are reported as unreadable.
const MOST_FINDINGS: usize = 10_000;

fn add_finding(findings: &mut Vec<Finding>, finding: Finding) {
    if findings.len() < MOST_FINDINGS {
        findings.push(finding);
    }
}

/// What only contents show: copies first, so that what is in a copy does not count again.
fn read_contents(
    search: &Search<'_>,
    taken: &mut HashSet<VersionId>,
    found: &mut HitCollector,
    progress: &dyn Progress,
) -> Vec<Finding> {
    let same_size = copies::wanted(search, taken);
    let linked = debug::wanted(search, taken);
    let mut compared: Vec<_> = same_size.iter().flat_map(|group| &group.files).copied().collect();
    compared.sort_unstable();
    let &Search { image, union, contents, .. } = search;
    let (mut identities, compared) = KnownNumbers::recall(union, contents, b"identities of files", compared);
    let (before, all) = (compared.len(), compared.len() + linked.len());
    let mut findings = Vec::new();
    each_file(
        image,
        union,
        compared,
        progress,
        |done| progress.report(ProgressEvent::Searching { done, total: all }),
        |version| copies::identity(search, version),
        |id, result| match result {
            Ok(identity) => drop(identities.of.insert(id, identity)),
            Err(finding) => add_finding(&mut findings, finding),
        },
    );
    copies::add_hits(search, &same_size, &identities.of, taken, found);
    let linked = linked.into_iter().filter(|id| !taken.contains(id)).collect();
    let (mut debug_bytes, unread) = KnownNumbers::recall(union, contents, b"bytes of debug information", linked);
    each_file(
        image,
        union,
        unread,
        progress,
        |done| progress.report(ProgressEvent::Searching { done: before + done, total: all }),
        |version| debug::bytes(search, version),
        |id, result| match result {
            Ok(bytes) => drop(debug_bytes.of.insert(id, bytes.into())),
            Err(finding) => add_finding(&mut findings, finding),
        },
    );
    let mut linked: Vec<_> = debug_bytes.of.iter().map(|(&id, &bytes)| (id, bytes)).collect();
    linked.sort_unstable();
    for (id, bytes) in linked {
        debug::add_hit(search, union.version(id), u64::try_from(bytes).unwrap_or(u64::MAX), found);
    }
    if !progress.cancelled() {
        identities.keep(contents);
        debug_bytes.keep(contents);
    }
    findings
}

/// Checks an image against the rules.
pub fn find_junk(
    image: &Image,
    union: &Union,
    contents: &dyn Contents,
    rules: &[Arc<JunkRule>],
    progress: &dyn Progress,
) -> Junk {
    let search = Search { image, union, contents, rules };
    let mut found = HitCollector::default();
    let mut taken = paths::find(&search, &mut found);
    let mut findings = read_contents(&search, &mut taken, &mut found, progress);
    modes::find(&search, &mut found);
    steps::find(&search, &mut found);
    let mut hits: Vec<_> = found.hits(rules).collect();
    hits.extend(root::find(&search));
    hits.extend(base::find(&search));
    hits.extend(layers::find(&search));
    let (cannot_start, unknown) = runtime::find(&search);
    hits.extend(cannot_start);
    findings.extend(unknown);
    hits.extend(steps::runs(&search));
    hits.sort_by(|a, b| {
        (b.rule.severity, b.bytes, &a.rule.text.id, a.place).cmp(&(a.rule.severity, a.bytes, &b.rule.text.id, b.place))
    });
    Junk { hits, findings }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::analysis::Severity;
    use crate::image::{EntryRef, Quiet, ReadError};
    use crate::union::testing::files;

    /// For rules that do not read.
    struct NoContents;

    impl Contents for NoContents {
        fn open<'a>(&'a self, layer: LayerNumber, _: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
            Err(ReadError::NoBlob { layer, why: "there is none".to_owned() })
        }

        fn identity(&self, layer: LayerNumber, _: EntryRef<'_>) -> Result<u128, ReadError> {
            Err(ReadError::NoBlob { layer, why: "there is none".to_owned() })
        }
    }

    fn union(layers: &[&[(&str, u64)]]) -> Union {
        Union::build(layers.iter().map(|layer| files(layer)).collect())
    }

    fn rule(id: &str, paths: &[&str], except: &[&str], beside: Option<&str>, severity: Severity) -> Arc<JunkRule> {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        let text = JunkText {
            id: id.to_owned(),
            paths: owned(paths),
            except: owned(except),
            beside: beside.map(str::to_owned),
            ..JunkText::default()
        };
        Arc::new(JunkRule::new(text, severity).expect("patterns"))
    }

    fn found(union: &Union, rules: &[Arc<JunkRule>]) -> Vec<(String, usize, bool, u64, usize)> {
        let row = |hit: JunkHit| {
            let layer = hit.place.layer().expect("files lie in a layer");
            (hit.rule.text.id.clone(), layer.get(), hit.place.is_live(), hit.bytes, hit.files)
        };
        let found = find_junk(&Image::default(), union, &NoContents, rules, &Quiet);
        found.hits.into_iter().map(row).collect()
    }

    #[test]
    fn a_hit_says_where_it_is_stored_and_whether_it_is_seen() {
        let union = union(&[&[("app/.git/a", 5), ("app/.git/b", 7), ("app/x.map", 9)], &[("app/.git/.wh.a", 0)]]);
        let rules = [
            rule("maps", &["*.map"], &[], None, Severity::Low),
            rule("git", &["**/.git/**"], &[], None, Severity::High),
        ];
        let row = |id: &str, live, bytes, files| (id.to_owned(), 1, live, bytes, files);
        assert_eq!(found(&union, &rules), [row("git", true, 7, 1), row("git", false, 5, 1), row("maps", true, 9, 1)]);
    }

    #[test]
    fn exceptions_and_sources_beside_are_heeded_and_the_first_rule_takes_a_file() {
        let union = union(&[&[
            ("usr/share/doc/x/copyright", 3),
            ("usr/share/doc/x/README", 4),
            ("a/__pycache__/b.cpython-311.pyc", 5),
            ("a/b.py", 1),
            ("a/__pycache__/gone.cpython-311.pyc", 6),
        ]]);
        let rules = [
            rule("docs", &["usr/share/doc/**"], &["usr/share/doc/*/copyright"], None, Severity::Low),
            rule("readme", &["README"], &[], None, Severity::Low),
            rule("pycache", &["**/__pycache__/*.pyc"], &[], Some("py"), Severity::Low),
        ];
        let row = |id: &str, bytes| (id.to_owned(), 1, true, bytes, 1);
        assert_eq!(found(&union, &rules), [row("pycache", 5), row("docs", 4)]);
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        let text = JunkText { paths: vec!["a[".to_owned()], ..JunkText::default() };
        assert!(JunkRule::new(text, Severity::Low).is_err_and(|(_, why)| why.contains("`a[`")));
    }
}
