//! What a version is, where it has no content to show.

use super::path;
use crate::image::{EntryKind, LayerNumber};
use crate::tui::model::{Model, instruction};
use crate::tui::widgets::text::{Text, counted};
use crate::tui::widgets::theme::Role;
use crate::union::{NodeId, Union, VersionId};

use super::symlink_target;

/// A version and the step that stored it.
pub(super) fn about(text: &mut Text, model: &Model, union: &Union, version: Option<VersionId>) {
    let Some(version) = version.map(|version| union.version(version)) else { return };
    path::about(text, version);
    let said = instruction::layer_and_instruction(model, version.layer());
    text.wrapped(Role::Dim, &said, 1);
}

/// A version that has no bytes.
pub(super) fn other(text: &mut Text, union: &Union, version: VersionId) {
    let version = union.version(version);
    path::about(text, version);
    // The target is resolved in the image as it was while this version was present.
    let last = union.layer_numbers().next_back();
    let after = version.ended().map_or(last, |ended| ended.by.index().checked_sub(1).map(LayerNumber::from_index));
    match version.kind() {
        EntryKind::Symlink => {
            if let Some(after) = after {
                text.wrapped(
                    Role::Text,
                    &symlink_target::symlink_target(union, version, after.max(version.layer())),
                    1,
                );
            }
        }
        EntryKind::Dir => {
            let below = version.node().map_or(0, |node: NodeId| union.children(node).count());
            let said = if below == 0 {
                "empty".to_owned()
            } else {
                format!("all layers together store {} in it", counted(below, "name"))
            };
            text.wrapped(Role::Text, &said, 1);
        }
        EntryKind::Unknown(_) => text.wrapped(Role::Dim, "no engine knows this type or unpacks it", 1),
        _ => text.wrapped(Role::Dim, "it has no bytes", 1),
    }
}
