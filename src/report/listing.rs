//! The paths in an image, or the changes of a layer, as `ls -l` would list them; written while they are found, so that
//! a million of them need no memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::{Page, TextRole, json};
use crate::format::{mtime, safe};
use crate::image::{Completeness, EntryKind, EntryRef, LayerNumber};
use crate::secrets::Redactor;
use crate::union::{Change, NodeId, Scope, Union, VersionId, VersionRef, View, ViewRow};

/// What is listed: a view of a union, from a path on.
pub struct ListingReport<'a> {
    union: &'a Union,
    completeness: &'a Completeness,
    view: View,
    top: NodeId,
    links: HashMap<VersionId, VisibleLinks>,
    redactor: &'a Redactor,
}

/// The visible names of a file that has hard links.
struct VisibleLinks {
    /// The name that represents the file, to which the others are links: its own, or the first that is left.
    first: VersionId,
    count: usize,
}

impl<'a> ListingReport<'a> {
    /// Lists what is below a path, and the path itself if it is not a folder or was changed.
    #[must_use]
    pub fn new(
        union: &'a Union,
        completeness: &'a Completeness,
        scope: Scope,
        top: NodeId,
        redactor: &'a Redactor,
    ) -> Self {
        let (Scope::Merged(after) | Scope::Changes(_, after)) = scope;
        Self { union, completeness, view: View::new(union, scope), top, links: links(union, after), redactor }
    }

    fn rows(&self) -> impl Iterator<Item = ViewRow<'a>> + use<'_, 'a> {
        let merged = matches!(self.view.scope(), Scope::Merged(_));
        let top = self.view.row(self.union, self.top).filter(|row| {
            let is_folder = row.version.kind() == EntryKind::Dir;
            self.top != self.union.root() && if merged { !is_folder } else { row.change.is_some() }
        });
        top.into_iter().chain(self.view.walk_below(self.union, self.top))
    }

    /// The version that a hard link repeats; `None` for what is shown as a separate file.
    fn linked(&self, row: &ViewRow<'a>) -> Option<VersionRef<'a>> {
        let version = row.version;
        let inode = version.inode().id();
        let first = self.links.get(&inode).map_or(inode, |links| links.first);
        (version.is_link() && first != version.id()).then(|| version.sibling(first))
    }

    fn names(&self, row: &ViewRow<'a>) -> Option<usize> {
        let gone = row.change == Some(Change::Removed);
        self.links.get(&row.version.inode().id()).map(|links| links.count).filter(|&count| count > 1 && !gone)
    }

    fn record(&self, row: &ViewRow<'a>) -> EntryRecord<'a> {
        let version = row.version;
        let entry = version.inode_entry();
        let (path, path_base64) = owned(&self.redactor.path(self.union.path(row.node).as_bytes()));
        let linked = self.linked(row);
        let target = target(version, linked).map(|target| owned(&self.redactor.path(&target)));
        let (link_target, link_target_base64) = target.map_or((None, None), |(text, base64)| (Some(text), base64));
        EntryRecord {
            path,
            path_base64,
            version: VersionRecord::new(version, kind(version, linked)),
            link_target,
            link_target_base64,
            layer: version.layer().get(),
            change: row.change.filter(|_| matches!(self.view.scope(), Scope::Changes(..))).map(Change::name),
            links: self.names(row),
            rdev: entry.and_then(EntryRef::rdev).map(|(major, minor)| format!("{major}:{minor}")),
            xattrs: entry.map(|entry| xattrs(entry, self.redactor)).filter(|xattrs| !xattrs.is_empty()),
        }
    }
}

fn links(union: &Union, after: LayerNumber) -> HashMap<VersionId, VisibleLinks> {
    let mut links: HashMap<VersionId, VisibleLinks> = HashMap::new();
    let mut note = |inode: VersionId, name: VersionId| {
        let known = links.entry(inode).or_insert(VisibleLinks { first: name, count: 0 });
        known.count += 1;
        // The name under which the archive stores the content comes first, wherever it is.
        known.first = if name == inode || known.first == inode { inode } else { known.first.min(name) };
    };
    let mut inodes = std::collections::HashSet::new();
    for version in union.all_versions().map(|id| union.version(id)).filter(|version| version.is_link()) {
        let inode = version.inode();
        if inode.id() != version.id() && version.is_visible(after) {
            note(inode.id(), version.id());
            if inodes.insert(inode.id()) && inode.is_visible(after) {
                note(inode.id(), inode.id());
            }
        }
    }
    links
}

fn owned(bytes: &[u8]) -> (String, Option<String>) {
    let (text, base64) = json::text(bytes);
    (text.into_owned(), base64)
}

/// A link whose file has lost its own name becomes the file.
fn kind(version: VersionRef<'_>, linked: Option<VersionRef<'_>>) -> EntryKind {
    if version.is_link() && linked.is_none() { version.inode().kind() } else { version.kind() }
}

/// The target of a symlink, as written; for a hard link the path of the file inside the image.
fn target<'a>(version: VersionRef<'a>, linked: Option<VersionRef<'a>>) -> Option<Cow<'a, [u8]>> {
    if let Some(linked) = linked {
        return Some(Cow::Owned(linked.path().as_bytes().to_vec()));
    }
    let inode = version.inode();
    (inode.kind() == EntryKind::Symlink).then(|| Cow::Borrowed(inode.entry().map_or(&[][..], EntryRef::link_target)))
}

fn xattrs(entry: EntryRef<'_>, redactor: &Redactor) -> BTreeMap<String, String> {
    let one = |name: &[u8], value: &[u8]| (owned(&redactor.path(name)).0, json::base64(&redactor.path(value)));
    entry.xattrs().iter().map(|(name, value)| one(name, value)).collect()
}

// ---- JSON ----

/// A path in JSON.
/// What every document says about a version of a path.
#[derive(Serialize)]
pub(super) struct VersionRecord {
    #[serde(rename = "type")]
    kind: &'static str,
    size: u64,
    mode: String,
    uid: i64,
    gid: i64,
    /// Seconds; null for a folder that no layer lists.
    mtime: Option<i64>,
}

impl VersionRecord {
    /// The record of a version, which may be shown as another kind: a hard link as what it repeats.
    pub(super) fn new(version: VersionRef<'_>, kind: EntryKind) -> Self {
        let (uid, gid) = version.owner();
        Self {
            kind: kind.name(),
            size: version.size(),
            mode: format!("{:04o}", version.mode()),
            uid,
            gid,
            mtime: version.inode_entry().map(|entry| entry.mtime().seconds),
        }
    }
}

#[derive(Serialize)]
struct EntryRecord<'a> {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    #[serde(flatten)]
    version: VersionRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_target_base64: Option<String>,
    layer: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rdev: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xattrs: Option<BTreeMap<String, String>>,
}

struct EntryRecords<'a>(&'a ListingReport<'a>);

impl Serialize for EntryRecords<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.rows().map(|row| self.0.record(&row)))
    }
}

#[derive(Serialize)]
struct ListingDocument<'a> {
    schema_version: u32,
    /// The layer up to which layers are merged; null for the changes of one layer.
    up_to: Option<usize>,
    /// The layer whose changes these are; null for a merged view.
    layer: Option<usize>,
    complete: bool,
    entries: EntryRecords<'a>,
}

/// The list as one document.
///
/// # Errors
/// If `out` cannot be written.
pub fn listing_json(listing: &ListingReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (up_to, layer) = match listing.view.scope() {
        Scope::Merged(after) => (Some(after), None),
        Scope::Changes(_, layer) => (None, Some(layer)),
    };
    let document = ListingDocument {
        schema_version: json::SCHEMA,
        up_to: up_to.map(LayerNumber::get),
        layer: layer.map(LayerNumber::get),
        complete: up_to.or(layer).is_none_or(|last| listing.completeness.is_complete_up_to(last)),
        entries: EntryRecords(listing),
    };
    json::document(out, &document)
}

/// The list as one record per line.
///
/// # Errors
/// If `out` cannot be written.
pub fn listing_ndjson(listing: &ListingReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    listing.rows().try_for_each(|row| json::line(out, &listing.record(&row)))
}

// ---- text ----

/// The list as `ls -l` prints it, with the letter of the change in front and, for a removed path, the layer that still
/// stores it.
///
/// # Errors
/// If `out` cannot be written.
pub fn listing_text(listing: &ListingReport<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let changes = matches!(listing.view.scope(), Scope::Changes(..));
    for row in listing.rows() {
        let version = row.version;
        let linked = listing.linked(&row);
        if changes {
            let letter = row.change.map_or(' ', Change::letter).to_string();
            write!(out, "{} ", page.ink.mark(row.change.map(role), &letter))?;
        }
        let entry = version.inode_entry();
        let (uid, gid) = version.owner();
        let size = match entry.and_then(EntryRef::rdev) {
            Some((major, minor)) => format!("{major}, {minor}"),
            None => version.size().to_string(),
        };
        let time = entry.map_or_else(String::new, |entry| mtime(entry.mtime().seconds));
        let path = safe(&listing.redactor.path(listing.union.path(row.node).as_bytes()));
        let (owner, mode) = (format!("{uid}:{gid}"), kind(version, linked).mode_letters(version.mode()));
        let path = page.ink.mark(row.change.filter(|_| changes).map(role), &path);
        write!(out, "{mode} {owner:>9} {size:>11} {time:19} {path}")?;
        if let Some(target) = target(version, linked) {
            write!(out, " → {}", safe(&listing.redactor.path(&target)))?;
        }
        if row.change == Some(Change::Removed) && version.stored() > 0 {
            let still = format!("still stored in layer {}", version.layer());
            write!(out, "  {}", page.ink.mark(Some(TextRole::Dim), &still))?;
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn role(change: Change) -> TextRole {
    match change {
        Change::Added => TextRole::Added,
        Change::Modified => TextRole::Modified,
        Change::Removed => TextRole::Removed,
    }
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
