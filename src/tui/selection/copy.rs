//! What can be copied of what the cursor is on, and shell commands that show it. Only commands that work where their
//! tool is installed are offered: with a name that engines and registries accept, and with paths that no tool reads as
//! a pattern.

use super::finding;
use crate::analysis::Instruction;
use crate::compare::ComparedImages;
use crate::format;
use crate::format::shell::{self, CommandTemplate};
use crate::image::{Compression, EntryKind, EntryPath, EntryRef, LayerNumber};
use crate::overview::SavingReason;
use crate::tui::dialogs::MenuItem;
use crate::tui::model::Model;
use crate::tui::view::{ComparedPath, CursorTarget, FindingAt, HISTORY, Scene};
use crate::union::{Scope, Union, VersionRef};

/// What can be copied.
pub(super) fn choices(scene: Scene<'_>) -> Vec<MenuItem> {
    let (model, target) = (scene.model, scene.target);
    let mut choices = Vec::new();
    let union = model.union.as_ref();
    if let Some(finding) = finding::markdown_of(model, target) {
        choices.push(MenuItem::new("Markdown", "this finding as Markdown", &finding));
    }
    if let Some((node, union)) = target.node.zip(union) {
        choices.push(path_choice(&union.path(node)));
    } else if let Some((pair, path)) = model.pair.as_ref().zip(target.compared_path())
        && let Some(version) = path.versions[0]
    {
        choices.push(path_choice(&pair.images[0].union.version(version).path()));
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
        _ => MenuItem::new("path, quoted", "the path as a shell word", &shell::path(path.as_bytes())),
    }
}

/// The commands that can be copied.
pub(super) fn commands(scene: Scene<'_>) -> Vec<MenuItem> {
    let (model, target) = (scene.model, scene.target);
    if let Some((pair, finding)) = model.pair.as_ref().zip(target.finding)
        && let Some(commands) = commands_of_pair(pair, finding)
    {
        return commands;
    }
    let mut commands = Commands { model, reference: model.image.as_ref().and_then(reference), choices: Vec::new() };
    // Who looks at a finding wants to prove it.
    let is_finding = target.finding.is_some() && target.node.is_none();
    if is_finding {
        commands.of_view(scene);
    }
    match (model.union.as_ref(), target.node) {
        (Some(union), Some(node)) => {
            let path = union.path(node);
            let version = target.version.map(|version| union.version(version));
            commands.of_path(union, &path, version, target);
        }
        _ => match (target.step, target.layer, target.scope) {
            (_, _, Some(Scope::Merged(layer))) => commands.of_merged(layer),
            (Some(_), Some(layer), _) => commands.of_layer(layer),
            _ => {}
        },
    }
    if !is_finding {
        commands.of_view(scene);
    }
    commands.of_image();
    commands.choices
}

struct Commands<'a> {
    model: &'a Model,
    /// The reference of the image for engines and registries.
    reference: Option<String>,
    choices: Vec<MenuItem>,
}

impl Commands<'_> {
    fn push(&mut self, label: &str, command: &str) {
        self.choices.push(MenuItem::new(label, "the command", command));
    }

    /// A `layerscope` command. What was read from standard input must come from somewhere again.
    fn own(&mut self, label: &str, command: impl FnOnce(&CommandTemplate) -> String) {
        let template = CommandTemplate::new(&self.model.opened);
        let command = command(&template);
        match (template.image.as_str(), &self.reference) {
            ("-", None) => {}
            ("-", Some(reference)) => {
                let command = format!("docker save {reference} | {command}");
                self.push(label, &command);
            }
            _ => self.push(label, &command),
        }
    }

    fn of_path(&mut self, union: &Union, path: &EntryPath, version: Option<VersionRef<'_>>, target: CursorTarget) {
        let word = shell::path(path.as_bytes());
        let kind = version.map(|version| version.inode().kind());
        if let Some(Scope::Merged(layer)) = target.scope.filter(|_| kind != Some(EntryKind::File)) {
            self.own("files", |template| template.command(&format!("ls {} {word} --up-to {layer}", template.image)));
        } else if let Some(layer) = target.gone_by.and_then(|by| LayerNumber::new(by.get() - 1)) {
            self.own("files", |template| template.command(&format!("ls {} {word} --up-to {layer}", template.image)));
        } else if let Some(layer) = version.map(VersionRef::layer) {
            match kind {
                Some(EntryKind::File) => self.own("content", |template| template.stored(path.as_bytes(), layer, false)),
                _ => self.own("files", |template| {
                    template.command(&format!("ls {} {word} --layer {layer}", template.image))
                }),
            }
        }
        let live = version.filter(|version| version.ended().is_none() && kind == Some(EntryKind::File));
        let Some(reference) = self.reference.clone().filter(|_| live.is_some()) else { return };
        if ["bin/cat", "usr/bin/cat"].iter().any(|cat| is_live(union, cat)) {
            self.push("in a container", &format!("docker run --rm --user 0 --entrypoint cat {reference} {word}"));
        }
        // Some tars treat names as patterns, or interpret backslashes in them.
        if word.strip_prefix('/').is_some_and(|rest| rest.as_bytes() == path.as_bytes()) {
            self.push("from a registry", &format!("crane export {reference} - | tar -xO {}", &word[1..]));
        }
    }

    fn of_merged(&mut self, layer: LayerNumber) {
        self.own("files", |template| template.command(&format!("ls {} --up-to {layer}", template.image)));
        if layer.get() == self.model.layer_count()
            && let Some(reference) = self.reference.clone()
        {
            self.push("from a registry", &format!("crane export {reference} - | tar -tv"));
        }
    }

    fn of_layer(&mut self, layer: LayerNumber) {
        self.own("files", |template| template.command(&format!("ls {} --layer {layer}", template.image)));
        let Some(of) = self.model.layer(layer) else { return };
        let unpack = match of.compression {
            Some(Compression::None) => "tar -tv",
            Some(Compression::Gzip) => "tar -tzv",
            Some(Compression::Zstd) => "tar --zstd -tv",
            Some(Compression::Xz) => "tar -tJv",
            Some(Compression::Bzip2) => "tar -tjv",
            None => return,
        };
        let template = CommandTemplate::new(&self.model.opened);
        if let Some(member) = of.member.as_deref().filter(|member| is_plain(member) && template.is_file()) {
            self.push("from the file", &format!("tar -xOf {} {member} | {unpack}", template.image));
        }
        // Registries store layers compressed, so the digest of a plain tar is of no use to them.
        if of.compression == Some(Compression::None) {
            return;
        }
        if let Some((digest, reference)) = of.digest.as_ref().zip(self.reference.as_deref()) {
            let command =
                format!("crane blob {}@{} | {unpack}", repository(reference), shell::word(digest.as_str().as_bytes()));
            self.push("from a registry", &command);
        }
    }

    /// The list of the view, or of what a row of the overview leads to.
    fn of_view(&mut self, scene: Scene<'_>) {
        let found = match scene.target.finding {
            Some(FindingAt::Waste { .. }) | None => scene.view.command,
            Some(FindingAt::Cause(_)) => {
                scene.view.command.filter(|(name, _)| *name == "waste").or(Some(("waste", "")))
            }
            Some(FindingAt::Saving(at)) => self.model.saving(at).map(|saving| match saving.reason {
                SavingReason::Junk(_) => ("junk", ""),
                SavingReason::Wasted(_) => ("waste", ""),
            }),
            Some(FindingAt::Secret(_)) => Some(("secrets", "")),
            Some(FindingAt::Junk(_)) => Some(("junk", "")),
            Some(FindingAt::Image) => Some(("summary", "")),
            // They have commands of their own.
            Some(FindingAt::RebuiltLayers(_) | FindingAt::Difference(_)) => None,
        };
        if let Some((name, options)) = found.filter(|found| *found != HISTORY) {
            self.own(name, |template| template.command(&format!("{name} {}{options}", template.image)));
        }
    }

    fn of_image(&mut self) {
        let (name, options) = HISTORY;
        self.own(name, |template| template.command(&format!("{name} {}{options}", template.image)));
        if let Some(reference) = self.reference.clone() {
            self.push("history", &format!("docker history --no-trunc {reference}"));
        }
    }
}

/// The commands for what two images are compared at; `None` if the cursor is on something else.
fn commands_of_pair(pair: &ComparedImages, finding: FindingAt) -> Option<Vec<MenuItem>> {
    let compare = compare_command(pair);
    let item = |label: &str, command: &str| MenuItem::new(label, "the command", command);
    let mut items = vec![
        item("what differs", &format!("{compare} --all")),
        item("for a pull request", &format!("{compare} --format markdown")),
    ];
    let template = |side: usize| CommandTemplate::new(&pair.images[side].opened);
    match finding {
        FindingAt::Difference(path) => {
            let files = stored_files(pair, path);
            if let [Some(a), Some(b)] = &files {
                items.push(item("the contents", &format!("diff <({a}) <({b})")));
            }
            for (name, command) in ["A's content", "B's content"].into_iter().zip(files) {
                items.extend(command.map(|command| item(name, &command)));
            }
        }
        FindingAt::RebuiltLayers(row) => {
            let row = pair.comparison.alignment.rows.get(row)?;
            for (side, layer) in [row.a, row.b].into_iter().enumerate() {
                let template = template(side);
                let ls = |layer: LayerNumber| template.command(&format!("ls {} --layer {layer}", template.image));
                items.extend(layer.map(|layer| item(["A's layer", "B's layer"][side], &ls(layer))));
            }
        }
        _ => return None,
    }
    Some(items)
}

/// The commands that print what a path is in each image, where it is a file.
pub(super) fn stored_files(pair: &ComparedImages, path: ComparedPath) -> [Option<String>; 2] {
    [0, 1].map(|side| {
        let of = &pair.images[side];
        let version = of.union.version(path.versions[side]?);
        let is_file = version.inode().kind() == EntryKind::File && version.entry().is_some();
        let stored = || CommandTemplate::new(&of.opened).stored(version.path().as_bytes(), version.layer(), false);
        is_file.then(stored)
    })
}

/// The command that compares them. An image among several of a file has a word of its own there.
pub(super) fn compare_command(pair: &ComparedImages) -> String {
    let mut options = String::new();
    let words = pair.images.each_ref().map(|of| {
        let mut word = CommandTemplate::new(&of.opened[..of.opened.len().min(1)]).image;
        for option in of.opened.windows(2).skip(1) {
            match option[0].as_str() {
                "--image" if option[1].starts_with('@') => word.push_str(&option[1]),
                "--platform" => options = format!(" --platform {}", shell::word(option[1].as_bytes())),
                _ => {}
            }
        }
        word
    });
    format!("layerscope compare {} {}{options}", words[0], words[1])
}

/// Whether a path is a file or a link in the final image.
fn is_live(union: &Union, path: &str) -> bool {
    union.node_at(&EntryPath::normalise(path.as_bytes()).path).is_some_and(|node| union.live(node).is_some())
}

/// A name of the image that is a valid reference; nothing else is ever put into another tool's command.
pub(super) fn reference(image: &std::sync::Arc<crate::image::Image>) -> Option<String> {
    image.names.iter().find(|name| is_reference(name)).cloned()
}

fn is_reference(name: &str) -> bool {
    let begins = name.chars().next().is_some_and(|letter| letter.is_ascii_alphanumeric());
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/:@".contains(letter);
    begins && name.len() < 512 && name.chars().all(plain) && !name.starts_with("sha256:")
}

/// Whether the name of a member is literal to a shell, and to tars that know patterns or interpret backslashes.
fn is_plain(member: &str) -> bool {
    !member.starts_with('-') && shell::word(member.as_bytes()) == member
}

/// A reference without tag and digest.
fn repository(reference: &str) -> &str {
    let name = reference.split('@').next().unwrap_or(reference);
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    name[last..].find(':').map_or(name, |colon| &name[..last + colon])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_a_reference_without_its_tag() {
        for (reference, repository_of_it) in [
            ("app", "app"),
            ("app:1.4", "app"),
            ("localhost:5000/shop/app:1.4", "localhost:5000/shop/app"),
            ("localhost:5000/app", "localhost:5000/app"),
            ("r.example/app@sha256:00", "r.example/app"),
        ] {
            assert_eq!(repository(reference), repository_of_it);
        }
    }

    #[test]
    fn a_hostile_name_is_no_reference() {
        assert!(is_reference("registry.example/shop/app:1.4"));
        for name in ["", "-v", "a b", "a;b", "$(x)", "a\x1b[31m", "名"] {
            assert!(!is_reference(name), "{name}");
        }
    }
}
