//! What usually has no business in an image, found by rules about paths. The rules are data: they come from outside.

use std::collections::HashMap;

use crate::image::{EntryKind, EntryPath, LayerNumber};
use crate::union::{Union, VersionRef};

use super::Globs;

/// Paths that are told of one hit.
const SAMPLES: usize = 5;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JunkSeverity {
    /// Some bytes.
    Low,
    /// Many bytes, and easily avoided.
    Medium,
    /// More than bytes: it tells what was not meant to be told.
    High,
}

impl JunkSeverity {
    /// The name that rules and JSON have for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The severity of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High].into_iter().find(|severity| severity.name() == name)
    }
}

/// A rule as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JunkText {
    /// What it is silenced by.
    pub id: String,
    /// What was found, in a few words.
    pub what: String,
    /// What to do.
    pub mend: String,
    /// Patterns; one without a slash is about names in every folder.
    pub paths: Vec<String>,
    /// Patterns that are none of it.
    pub except: Vec<String>,
    /// Only where a file of this suffix lies in the folder above, under the same first name.
    pub beside: Option<String>,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct JunkRule {
    /// As it is written.
    pub text: JunkText,
    /// How bad it is.
    pub severity: JunkSeverity,
    paths: Globs,
    except: Globs,
}

impl JunkRule {
    /// Reads a rule's patterns.
    ///
    /// # Errors
    /// The first that is none, and why.
    pub fn new(text: JunkText, severity: JunkSeverity) -> Result<Self, String> {
        let (paths, except) = (Globs::read(&text.paths)?, Globs::read(&text.except)?);
        Ok(Self { text, severity, paths, except })
    }

    fn holds(&self, union: &Union, version: VersionRef<'_>, path: &EntryPath) -> bool {
        self.paths.matches(path)
            && !self.except.matches(path)
            && self.text.beside.as_ref().is_none_or(|suffix| has_source(union, version, path, suffix))
    }
}

/// Whether `a/b.py` is or was there for `a/__pycache__/b.cpython-311.pyc`, in the layers up to that of the file.
fn has_source(union: &Union, version: VersionRef<'_>, path: &EntryPath, suffix: &str) -> bool {
    let first = path.name().split(|&byte| byte == b'.').next().unwrap_or_default();
    let Some(folder) = path.parent().and_then(|folder| EntryPath::normalise(folder).path.parent().map(<[u8]>::to_vec))
    else {
        return false;
    };
    let source = [&folder, &b"/"[..], first, b".", suffix.as_bytes()].concat();
    let node = union.node_at(&EntryPath::normalise(&source).path);
    node.is_some_and(|node| union.visible(node, version.layer()).is_some())
}

/// What one rule found in one layer, in the final image or only stored.
#[derive(Clone, Debug)]
pub struct JunkHit<'a> {
    /// The rule.
    pub rule: &'a JunkRule,
    /// The layer that stores it.
    pub layer: LayerNumber,
    /// Whether the final image shows it; else it is only stored.
    pub live: bool,
    /// Bytes.
    pub bytes: u64,
    /// Files that hold them.
    pub files: usize,
    /// Some of them, the largest first.
    pub samples: Vec<EntryPath>,
}

struct Gathered {
    bytes: u64,
    files: usize,
    largest: Vec<(u64, EntryPath)>,
}

/// Holds every stored file against the rules, the first that fits taking it; the worst and the largest first.
#[must_use]
pub fn junk<'a>(union: &Union, rules: &'a [JunkRule]) -> Vec<JunkHit<'a>> {
    let mut gathered: HashMap<(usize, LayerNumber, bool), Gathered> = HashMap::new();
    for version in union.all_versions().map(|id| union.version(id)) {
        let bytes = version.stored();
        if bytes == 0 || version.inode().id() != version.id() || version.kind() != EntryKind::File {
            continue;
        }
        let path = version.path();
        let Some(rule) = rules.iter().position(|rule| rule.holds(union, version, &path)) else { continue };
        let key = (rule, version.layer(), version.ended().is_none());
        let of = gathered.entry(key).or_insert_with(|| Gathered { bytes: 0, files: 0, largest: Vec::new() });
        of.bytes = of.bytes.saturating_add(bytes);
        of.files += 1;
        let at = of.largest.partition_point(|(other, _)| *other >= bytes);
        if at < SAMPLES {
            of.largest.insert(at, (bytes, path));
            of.largest.truncate(SAMPLES);
        }
    }
    let mut hits: Vec<_> = gathered
        .into_iter()
        .map(|((rule, layer, live), of)| JunkHit {
            rule: &rules[rule],
            layer,
            live,
            bytes: of.bytes,
            files: of.files,
            samples: of.largest.into_iter().map(|(_, path)| path).collect(),
        })
        .collect();
    hits.sort_by(|a, b| {
        (b.rule.severity, b.bytes, &a.rule.text.id, a.layer, a.live).cmp(&(
            a.rule.severity,
            a.bytes,
            &b.rule.text.id,
            b.layer,
            b.live,
        ))
    });
    hits
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::image::{Entries, NewEntry};

    fn union(layers: &[&[(&str, u64)]]) -> Union {
        let layer = |files: &&[(&str, u64)]| {
            let mut entries = Entries::new();
            for &(name, size) in *files {
                let file = NewEntry { name: name.as_bytes(), size, stored: size, ..NewEntry::default() };
                entries.push(file).expect("room");
            }
            Arc::new(entries)
        };
        Union::build(layers.iter().map(layer).collect())
    }

    fn rule(id: &str, paths: &[&str], except: &[&str], beside: Option<&str>, severity: JunkSeverity) -> JunkRule {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        let text = JunkText {
            id: id.to_owned(),
            paths: owned(paths),
            except: owned(except),
            beside: beside.map(str::to_owned),
            ..JunkText::default()
        };
        JunkRule::new(text, severity).expect("patterns")
    }

    fn found(union: &Union, rules: &[JunkRule]) -> Vec<(String, usize, bool, u64, usize)> {
        let row = |hit: JunkHit<'_>| (hit.rule.text.id.clone(), hit.layer.get(), hit.live, hit.bytes, hit.files);
        junk(union, rules).into_iter().map(row).collect()
    }

    #[test]
    fn a_hit_says_where_it_is_stored_and_whether_it_is_seen() {
        let union = union(&[&[("app/.git/a", 5), ("app/.git/b", 7), ("app/x.map", 9)], &[("app/.git/.wh.a", 0)]]);
        let rules = [
            rule("maps", &["*.map"], &[], None, JunkSeverity::Low),
            rule("git", &["**/.git/**"], &[], None, JunkSeverity::High),
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
            rule("docs", &["usr/share/doc/**"], &["usr/share/doc/*/copyright"], None, JunkSeverity::Low),
            rule("readme", &["README"], &[], None, JunkSeverity::Low),
            rule("pycache", &["**/__pycache__/*.pyc"], &[], Some("py"), JunkSeverity::Low),
        ];
        let row = |id: &str, bytes| (id.to_owned(), 1, true, bytes, 1);
        assert_eq!(found(&union, &rules), [row("pycache", 5), row("docs", 4)]);
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        let text = JunkText { paths: vec!["a[".to_owned()], ..JunkText::default() };
        assert!(JunkRule::new(text, JunkSeverity::Low).is_err_and(|why| why.contains("`a[`")));
    }
}
