//! How to fix a cause: only as far as the image shows it.
//!
//! | wasted as | stored by | shown by | fix |
//! |---|---|---|---|
//! | rewritten | `COPY`, `ADD` | only modes or owners differ | `--chmod=`, `--chown=` on the step that stored it |
//! | rewritten | `RUN` | the same | make the change in that `RUN` |
//! | removed | anything | the same content stored again elsewhere by the step that hides it | store it there at first |
//! | removed | `RUN` | paths of a package manager's cache | `RUN --mount=type=cache` |
//! | removed | `RUN`, `COPY`, `ADD` | anything else | the `rm` at the end of that `RUN`; `.dockerignore` |
//! | overwritten | anything | | the two steps that write the same paths |
//! | any | anything | a container | an image that has it so, or a volume |
//! | any | the base image | | nothing: it is stored before the first own step |

use crate::analysis::{Account, Instruction, from_flag, layer_in_sentence};
use crate::image::{EntryPath, Image, LayerNumber};

use super::{CauseBuilder, rewritten};

/// How to fix a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Its kind, for programs.
    pub kind: FixKind,
    /// One sentence for people, without a full stop. It quotes paths of the image: hostile.
    pub text: String,
}

/// The kinds of fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FixKind {
    /// `--chmod` or `--chown` on the step that copies.
    CopyFlags,
    /// Do it in the step that stored it.
    SameStep,
    /// Keep a package manager's cache in a mount.
    CacheMount,
    /// Do not copy it at all.
    LeaveOut,
    /// Do not store the same twice.
    Once,
    /// It belongs to the base image.
    Base,
    /// One layer wastes its own bytes: the builder is to blame.
    Builder,
    /// A container wastes them, on top of the image.
    Container,
}

impl FixKind {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CopyFlags => "copy-flags",
            Self::SameStep => "same-step",
            Self::CacheMount => "cache-mount",
            Self::LeaveOut => "leave-out",
            Self::Once => "once",
            Self::Base => "base",
            Self::Builder => "builder",
            Self::Container => "container",
        }
    }
}

/// What a fix is derived from.
pub(super) struct FixInputs<'a> {
    pub(super) image: &'a Image,
    /// Layers of the base image.
    pub(super) base: usize,
    pub(super) account: Account,
    pub(super) stored_by: LayerNumber,
    pub(super) wasted_by: LayerNumber,
    pub(super) collected: &'a CauseBuilder<'a>,
    /// Whether these are all bytes that the layer stores.
    pub(super) whole_layer: bool,
    pub(super) folder: EntryPath,
}

/// What stored or wasted something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Producer<'a> {
    Base,
    /// `COPY` or `ADD`.
    Copy(&'a str),
    Run,
    Other,
}

impl<'a> FixInputs<'a> {
    pub(super) fn by(&self, layer: LayerNumber) -> Producer<'a> {
        if layer.get() <= self.base {
            return Producer::Base;
        }
        match Instruction::read(self.image.instruction_of(layer)) {
            Instruction::Written { keyword: keyword @ ("COPY" | "ADD"), .. } => Producer::Copy(keyword),
            Instruction::Run { .. } => Producer::Run,
            _ => Producer::Other,
        }
    }

    /// The instruction that has to change, as a sentence quotes it.
    pub(super) fn instruction(&self, layer: LayerNumber) -> String {
        layer_in_sentence(self.image, layer)
    }

    /// What a layer's `COPY --from` names: what it copies is not from the build context.
    fn other_source(&self, layer: LayerNumber) -> Option<&'a str> {
        from_flag(self.image, self.image.step_of(layer)?)
    }

    /// The pronoun for the files.
    pub(super) fn pronoun(&self) -> &'static str {
        if self.collected.files == 1 { "it" } else { "them" }
    }

    /// The one file, or what the files are called, and the folder of them all, which may contain others too.
    pub(super) fn files(&self) -> String {
        let path = |path: &EntryPath| String::from_utf8_lossy(path.as_bytes()).into_owned();
        let folder = path(&self.folder);
        match (self.collected.files, self.collected.names.pattern()) {
            (1, _) => format!("`/{}`", path(&self.collected.largest)),
            (_, Some((pattern, true))) => format!("the `{pattern}` files below `/{folder}`"),
            (_, Some((pattern, false))) => format!("these files below `/{folder}` (nearly all `{pattern}`)"),
            (_, None) => format!("these files below `/{folder}`"),
        }
    }
}

pub(super) fn suggest(inputs: &FixInputs<'_>) -> Fix {
    let (kind, text) = if inputs.stored_by == inputs.wasted_by {
        let layer = inputs.stored_by;
        (
            FixKind::Builder,
            format!("layer {layer} itself stores it more than once or never shows it: the builder is to blame"),
        )
    } else if inputs.image.container() == Some(inputs.wasted_by) {
        (FixKind::Container, in_container(inputs))
    } else if inputs.wasted_by.get() <= inputs.base {
        (FixKind::Base, "both layers belong to the base image: only another base avoids it".to_owned())
    } else {
        match inputs.account {
            Account::Rewritten => rewritten::fix(inputs),
            Account::Removed => removed(inputs),
            Account::Overwritten | Account::Live => overwritten(inputs),
        }
    };
    Fix { kind, text }
}

/// Bytes of the image that a container hides or stores again: every container of the image has them all.
fn in_container(inputs: &FixInputs<'_>) -> String {
    let (files, them) = (inputs.files(), inputs.pronoun());
    let stored = inputs.instruction(inputs.stored_by);
    match inputs.account {
        Account::Removed => {
            format!("the container only hides {files}: to free {them}, do not store {them} in {stored}")
        }
        Account::Rewritten => {
            let what = rewritten::changed(inputs);
            format!("the container copied {files} up ({what}): do that in {stored}, and no container has to")
        }
        Account::Overwritten | Account::Live => {
            format!("the container wrote {files} anew: what changes at run time belongs on a volume, or into {stored}")
        }
    }
}

fn removed(inputs: &FixInputs<'_>) -> (FixKind, String) {
    let them = inputs.pronoun();
    let (stored, by) = (inputs.instruction(inputs.stored_by), inputs.wasted_by);
    let files = inputs.files();
    if let Some((from, to)) =
        inputs.collected.moved_as.as_ref().filter(|_| inputs.collected.moved > inputs.collected.bytes / 2)
    {
        return moved(inputs, from, to);
    }
    if let Some(origin) = inputs.collected.origin.only().filter(|&origin| origin != inputs.stored_by) {
        return removed_after_all(inputs, origin);
    }
    match inputs.by(inputs.stored_by) {
        Producer::Base => {
            let text = format!(
                "it belongs to the base image: removing it in layer {by} only hides it; choose a base without it"
            );
            (FixKind::Base, text)
        }
        Producer::Copy(_) if is_key(inputs) => {
            let how = if inputs.whole_layer {
                format!("leave out {stored}")
            } else {
                format!("keep {files} out of {stored}")
            };
            let mount = "mount the key where it is used: `RUN --mount=type=ssh`, or `--mount=type=secret`";
            let text = format!("{how}, and {mount}; layer {by} only hides it");
            (FixKind::LeaveOut, text)
        }
        Producer::Copy(_) => {
            let how = match inputs.other_source(inputs.stored_by) {
                Some(from) => format!("copy less, or mount {them} with `RUN --mount=from={from}`"),
                None => "use `.dockerignore` or copy less".to_owned(),
            };
            (FixKind::LeaveOut, format!("keep {files} out of {stored}: {how}; layer {by} only hides {them}"))
        }
        Producer::Run if cached(inputs) > inputs.collected.bytes / 2 => {
            let mounts = mounts(inputs);
            let text = format!(
                "put the `rm` of layer {by} at the end of {stored}, or keep the cache out of it with `RUN {mounts}`"
            );
            (FixKind::CacheMount, text)
        }
        Producer::Run | Producer::Other => {
            let text =
                format!("remove {files} at the end of {stored}, which stores {them}: layer {by} only hides {them}");
            (FixKind::SameStep, text)
        }
    }
}

/// Whether it is one file that is kept where keys of SSH are.
fn is_key(inputs: &FixInputs<'_>) -> bool {
    let path = &inputs.collected.largest;
    let is_in_ssh = path.parent().is_some_and(|folder| folder == b".ssh" || folder.ends_with(b"/.ssh"));
    inputs.collected.files == 1 && is_in_ssh && path.name().starts_with(b"id_") && !path.name().ends_with(b".pub")
}

/// Bytes that the storing step only stored again: the fix belongs where they came from.
fn removed_after_all(inputs: &FixInputs<'_>, origin: LayerNumber) -> (FixKind, String) {
    let (files, them) = (inputs.files(), inputs.pronoun());
    let (first, stored, by) = (inputs.instruction(origin), inputs.stored_by, inputs.wasted_by);
    let hides = format!("layer {stored} only stores {them} again, and layer {by} hides {them}");
    match inputs.by(origin) {
        Producer::Base => (FixKind::Base, format!("it belongs to the base image: {hides}")),
        Producer::Copy(_) => {
            let is_context = inputs.other_source(origin).is_none();
            let how = if is_context { "with `.dockerignore` or by copying less" } else { "by copying less" };
            (FixKind::LeaveOut, format!("keep {files} out of {first}, {how}: {hides}"))
        }
        Producer::Run | Producer::Other => {
            (FixKind::SameStep, format!("remove {files} at the end of {first}, which made {them}: {hides}"))
        }
    }
}

/// Bytes that the hiding step stores again under another path: they can be there from the start.
fn moved(inputs: &FixInputs<'_>, from: &EntryPath, to: &EntryPath) -> (FixKind, String) {
    let (them, by) = (inputs.pronoun(), inputs.wasted_by);
    let first = inputs.collected.origin.only().unwrap_or(inputs.stored_by);
    let (path, to) = (|path: &EntryPath| String::from_utf8_lossy(path.as_bytes()).into_owned(), to);
    let which = match inputs.collected.files {
        1 => format!("`/{}` to `/{}`", path(from), path(to)),
        _ => format!("{}, such as `/{}` to `/{}`,", inputs.files(), path(from), path(to)),
    };
    let does = format!("layer {by} moves {which} and so stores {them} again");
    match inputs.by(first) {
        Producer::Base => (FixKind::Base, format!("{does}: it belongs to the base image, so use a symlink instead")),
        _ => (FixKind::SameStep, format!("{does}: put {them} there in {}", inputs.instruction(first))),
    }
}

fn cached(inputs: &FixInputs<'_>) -> u64 {
    inputs.collected.caches.values().fold(0, |sum: u64, bytes| sum.saturating_add(*bytes))
}

/// The limit on mounts that are named.
const MOUNTS: usize = 3;

/// The caches, largest first, as options of `RUN`.
fn mounts(inputs: &FixInputs<'_>) -> String {
    let mut caches: Vec<_> = inputs.collected.caches.iter().collect();
    caches.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let mount = |cache: &[u8]| format!("--mount=type=cache,target=/{}", String::from_utf8_lossy(cache));
    let named: Vec<_> = caches.iter().take(MOUNTS).map(|(cache, _)| mount(cache)).collect();
    named.join(" ")
}

fn overwritten(inputs: &FixInputs<'_>) -> (FixKind, String) {
    let (stored, wasted) = (inputs.instruction(inputs.stored_by), inputs.instruction(inputs.wasted_by));
    let (files, them, by) = (inputs.files(), inputs.pronoun(), inputs.wasted_by);
    match (inputs.by(inputs.stored_by), inputs.by(inputs.wasted_by)) {
        (Producer::Base, _) => {
            let text =
                format!("layer {by} replaces files of the base image: choose a base that already has the wanted files");
            (FixKind::Base, text)
        }
        (Producer::Run, Producer::Run) => {
            let text = format!(
                "{stored} and {wasted} both write {files}: combine them in one `RUN`, so that only the last is stored"
            );
            (FixKind::SameStep, text)
        }
        (Producer::Copy(_), _) => {
            let text = format!("layer {by} writes {files} again: leave {them} out of {stored}");
            (FixKind::LeaveOut, text)
        }
        _ => (FixKind::Once, format!("{stored} and {wasted} both write {files}: write {them} in only one of the two")),
    }
}
