//! The names that stand in the placeholders of lessons, and what an image lacks that has no value for one.

/// Names of facts with what an image says of itself where it has none of them.
const GROUPS: &[(&[&str], &str)] = &[
    (&["image", "layers", "size", "live", "wasted"], "nothing is known about it"),
    (&["steps", "steps.with-layer", "steps.without-layer"], "it has no history"),
    (&["layers.several", "layers.below"], "it has no second layer"),
    (&["wasted.percent"], "its layers store no content"),
    (&["missing.rows"], "its history has no such row"),
    (&["removed.path", "removed.layer", "removed.by", "removed.size"], "no file of a lower layer is removed"),
    (
        &[
            "overwritten.path",
            "overwritten.layer",
            "overwritten.layers",
            "overwritten.by",
            "overwritten.seen.layer",
            "overwritten.size",
        ],
        "no file gets other content in a higher layer",
    ),
    (
        &["rewritten.path", "rewritten.layer", "rewritten.by", "rewritten.size", "rewritten.total"],
        "no file is stored again with the same content",
    ),
    (
        &["whiteout.name", "whiteout.path", "whiteout.hides", "whiteout.layer", "whiteout.count", "whiteout.counted"],
        "no layer stores a whiteout of a file",
    ),
    (&["metadata.instruction"], "no step changes only metadata"),
    (&["empty.layer", "empty.instruction", "empty.zero"], "no layer is empty"),
    (&["base.layers", "base.known", "base.size", "own.layer", "own.size"], "it is not known where its base image ends"),
    (&["own.stored", "own.sent", "own.blobs", "own.push"], "the sizes of its blobs above the base are not known"),
    (&["largest.layer", "largest.size", "largest.instruction"], "its layers store no content"),
    (&["top.layer"], "it has no layer"),
    (
        &["copy.layer", "copy.instruction", "copy.size", "copy.after", "copy.after-layers", "copy.after-size"],
        "no step above the base copies files",
    ),
    (
        &["copy.last.layer", "copy.last.after", "copy.last.after-layers"],
        "no step that makes a layer comes after a step that copies files",
    ),
    (
        &[
            "install.layer",
            "install.instruction",
            "install.size",
            "install.copy",
            "install.copy.layer",
            "install.manifests",
            "install.after",
            "install.after-layers",
        ],
        "no step installs packages again at each edit of other files",
    ),
    (
        &["stale.layer", "stale.instruction", "stale.fetches", "stale.date", "stale.size"],
        "no step fetches what may be out of date",
    ),
    (&["run.layer", "run.instruction", "run.size", "run.date"], "no command above the base stores content"),
    (
        &["container.layer", "container.size", "container.virtual-size", "container.changes"],
        "it is opened without a container",
    ),
    (&["link.path", "link.first.path", "link.layer", "link.size"], "no file with content has a second name"),
    (&["id.layer"], "it has no layer"),
    (&["id.digest"], "the digests of its blobs are not known"),
    (&["id.diff-id", "id.chain-id"], "the diff IDs of its layers are not known"),
    (&["host.layer"], "the diff IDs of its layers are not known"),
    (&["host.diff-id", "host.chain-id", "host.below"], "no layer has a chain ID of its own"),
    (&["file.path", "file.size"], "no file is larger than all others"),
    (&["saving.size", "saving.layer", "saving.fix"], "no layer above the base causes waste"),
];

/// Every name.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().flat_map(|(names, _)| names.iter().copied())
}

/// The name as it is known here, if it is one.
pub(super) fn known(name: &str) -> Option<&'static str> {
    names().find(|known| *known == name)
}

/// What an image lacks that has no value for a name, as a sentence without a full stop.
pub(super) fn lack(name: &str) -> &'static str {
    let group = GROUPS.iter().find(|(names, _)| names.contains(&name));
    group.map_or("nothing is known about it", |(_, lack)| lack)
}

/// What a name stands for besides text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameKind {
    Layer,
    Path,
    Text,
}

/// The last part of a name says what kind of value it has.
pub(super) fn kind(name: &str) -> NameKind {
    match name.rsplit('.').next() {
        Some("layer" | "by") => NameKind::Layer,
        Some("path") => NameKind::Path,
        _ => NameKind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_there_once() {
        let mut all: Vec<_> = names().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
