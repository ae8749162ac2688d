//! What can be copied of what the cursor is on.

use crate::analysis::Instruction;
use crate::format;
use crate::image::{EntryPath, EntryRef};
use crate::tui::dialogs::MenuItem;
use crate::tui::overlay::Scene;
use crate::tui::shell;

pub(super) fn choices(scene: Scene<'_>) -> Vec<MenuItem> {
    let (model, target) = (scene.model, scene.target);
    let mut choices = Vec::new();
    let union = model.union.as_ref();
    if let Some((node, union)) = target.node.zip(union) {
        choices.push(path_choice(&union.path(node)));
    }
    if let Some(hash) = target
        .version
        .zip(union)
        .and_then(|(version, union)| union.version(version).inode_entry())
        .and_then(EntryRef::content_hash)
    {
        choices.push(MenuItem::new("content", "the xxh128 of the content", &format!("{hash:032x}")));
    }
    if let Some(layer) = target.layer {
        let of = model.layer(layer);
        if let Some(digest) = of.and_then(|layer| layer.digest.as_ref()) {
            choices.push(MenuItem::new("digest", &format!("the digest of layer {layer}"), digest.as_str()));
        }
        if let Some(diff_id) = of.and_then(|layer| layer.diff_id.as_ref()) {
            choices.push(MenuItem::new("diff ID", &format!("the diff ID of layer {layer}"), diff_id.as_str()));
        }
    }
    let step = target.step.filter(|_| target.node.is_none()).and_then(|step| model.steps().get(step));
    let of_layer = || target.layer.and_then(|layer| model.image.as_ref()?.step_of(layer));
    if let Some(step) = step.or_else(of_layer).filter(|step| !step.created_by.is_empty()) {
        let whole = format::safe_lines(&Instruction::read(&step.created_by).whole());
        let of = step.layer.map_or_else(String::new, |layer| format!(" of layer {layer}"));
        choices.push(MenuItem::new("instruction", &format!("the instruction{of}"), &whole));
    }
    if let Some(image) = &model.image {
        if let Some(name) = image.names.first() {
            choices.push(MenuItem::new("image", "the image's name", &format::safe_str(name)));
        }
        if let Some(digest) = &image.digest {
            choices.push(MenuItem::new("image digest", "the image's digest", digest.as_str()));
        }
    }
    choices
}

/// A path as it is, or as a shell word where it contains what is better not pasted.
fn path_choice(path: &EntryPath) -> MenuItem {
    let whole = [b"/", path.as_bytes()].concat();
    match String::from_utf8(whole) {
        Ok(text) if !text.chars().any(format::is_unsafe) => MenuItem::new("path", "the path", &text),
        _ => MenuItem::new("path, quoted", "the path as a shell word", &shell::path(path)),
    }
}
