//! Which layers came with the base image, as far as the image shows. No field of an image says where its `FROM` was, so
//! the answer names its evidence, and nothing else in the program answers the question again.
//!
//! | evidence | boundary | contents below it are public |
//! |---|---|---|
//! | the user named the base (`--base`), and its layers are the lowest ones | above them | as below |
//! | provenance lists the layers of the image that the build began with | above them | as below |
//! | buildah's comment `FROM name` on a step | below the first step with the last such name | yes |
//! | the lowest layers have no instruction, those above have one | between them | yes |
//! | the lowest layer is an archive that `ADD` unpacked into `/`, or Debian's own | above it | yes |
//! | the lowest layer was made by a command, or the lowest ones by another builder | above them | no |
//! | more layers follow a `CMD` or `ENTRYPOINT` | below it | if a later one replaces it, a day or more after it |
//!
//! The first two rows count before all others; of the others, the highest boundary. If every layer would belong to the base, none does. The last column decides what a
//! search for secrets may skip, which no statement can extend, since it may be wrong on purpose: a `CMD` can be in the middle of one's own Dockerfile, so its layers are read unless two
//! builds made them. A wrong answer then costs time and hides nothing.

mod names;

use jiff::Timestamp;

use crate::image::{Digest, Image, LayerNumber, Step, familiar_name};

use super::Instruction;

/// The label and annotation that names the base image (image-spec `annotations.md`).
pub const BASE_NAME: &str = oci_spec::image::ANNOTATION_BASE_IMAGE_NAME;
/// The annotation for its digest.
pub const BASE_DIGEST: &str = oci_spec::image::ANNOTATION_BASE_IMAGE_DIGEST;

/// No single build takes this long, so steps further apart are of two builds.
const BUILD_SECONDS: i64 = 24 * 60 * 60;

/// Why the base is assumed to end where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BaseEvidence {
    /// The user named the base.
    Given,
    /// The provenance lists its layers by digest, or says that there is none.
    Provenance,
    /// The provenance lists its layers, and they have other digests here.
    ProvenancePosition,
    /// Nothing shows that there is a base.
    None,
    /// The builder's comment on the first step above names the base.
    Comment,
    /// The layers of the base have no instruction, as builders leave them that know only their own steps.
    NoInstructions,
    /// The lowest layer is a root filesystem.
    RootFilesystem,
    /// Another builder, or a command that needs a filesystem to run in, made the lowest layers.
    OtherBuilder,
    /// A `CMD` or `ENTRYPOINT` has layers above it.
    Command,
}

impl BaseEvidence {
    /// Whether it could be otherwise.
    #[must_use]
    pub fn is_assumed(self) -> bool {
        !matches!(self, Self::Given | Self::Provenance | Self::Comment | Self::NoInstructions)
    }

    /// A word for output formats.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Provenance => "provenance",
            Self::ProvenancePosition => "provenance-position",
            Self::None => "none",
            Self::Comment => "comment",
            Self::NoInstructions => "no-instructions",
            Self::RootFilesystem => "root-filesystem",
            Self::OtherBuilder => "other-builder",
            Self::Command => "command",
        }
    }

    /// What shows the base, for people.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Given => "by --base",
            Self::Provenance => "from provenance",
            Self::ProvenancePosition => "from provenance, by position",
            Self::None => "unknown",
            Self::Comment => "from the builder's comment",
            Self::NoInstructions => "without an instruction",
            Self::RootFilesystem | Self::OtherBuilder | Self::Command => "assumed, from the history",
        }
    }
}

/// The base of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base<'a> {
    /// How many layers, from the bottom, belong to it; fewer than the image has, unless that is stated.
    pub layers: usize,
    /// What shows that.
    pub evidence: BaseEvidence,
    /// How many of them were in an image before this one was built, so that their contents are public already.
    pub published: usize,
    /// Its name as the user, the provenance, an annotation, a label or the builder has it, in this order; hostile, as it
    /// came.
    pub name: Option<&'a str>,
    /// Its digest, as the provenance, an annotation or a label has it; hostile.
    pub digest: Option<&'a str>,
}

impl<'a> Base<'a> {
    /// The base of an image as its history shows it.
    #[must_use]
    pub fn detect(image: &'a Image) -> Self {
        let comment = comment(image);
        let boundaries = [comment.map(|(boundary, _)| boundary), bottom(image)].into_iter().flatten();
        let mut base = Self { layers: 0, evidence: BaseEvidence::None, published: 0, name: None, digest: None };
        for boundary in boundaries.chain(commands(image)) {
            // An image is more than its base.
            if !(1..image.own_layers()).contains(&boundary.layers) {
                continue;
            }
            if boundary.layers > base.layers {
                (base.layers, base.evidence) = (boundary.layers, boundary.evidence);
            }
            if boundary.is_published {
                base.published = base.published.max(boundary.layers);
            }
        }
        let attested = image.provenance.as_ref().and_then(|provenance| provenance.base.as_ref());
        if let Some((layers, evidence)) = stated(image) {
            (base.layers, base.evidence, base.published) = (layers, evidence, base.published.min(layers));
        }
        let noted = |wanted: &str| {
            let all = image.annotations.iter().chain(&image.config.labels);
            let mut found = all.filter(|(key, value)| key == wanted && !value.is_empty());
            found.next().map(|(_, value)| value.as_str())
        };
        let has_none = attested.is_some_and(|attested| attested.layers == Some(0));
        let given = image.given_base.as_ref().map(|given| given.name.as_str());
        let named = || attested.map(|attested| attested.name.as_str()).or(noted(BASE_NAME));
        base.name = given.or_else(|| named().or(comment.map(|(_, name)| name)).filter(|_| !has_none));
        let digest = attested.and_then(|attested| attested.digest.as_ref()).map(Digest::as_str);
        base.digest = digest.or_else(|| noted(BASE_DIGEST)).filter(|_| given.is_none() && !has_none);
        base
    }

    /// `layer 1` or `layers 1 to 4`; none if no layer is known to belong to it.
    #[must_use]
    pub fn layers_in_words(&self) -> Option<String> {
        match self.layers {
            0 => None,
            1 => Some("layer 1".to_owned()),
            last => Some(format!("layers 1 to {last}")),
        }
    }

    /// What follows the words `the base` in a title: ` debian:12: layers 1 to 4, assumed`. Hostile.
    #[must_use]
    pub fn describe_briefly(&self) -> Option<String> {
        let layers = self.layers_in_words()?;
        let name = self.familiar_name().map_or_else(String::new, |name| format!(" {name}"));
        Some(format!("{name}: {layers}{}", if self.evidence.is_assumed() { ", assumed" } else { "" }))
    }

    /// Its name, its layers and what shows them: `debian:12, layers 1 to 4 (from provenance)`; none if nothing is known
    /// about it. Hostile.
    #[must_use]
    pub fn describe(&self) -> Option<String> {
        match (self.familiar_name(), self.layers_in_words()) {
            (name, Some(layers)) => {
                let name = name.map_or_else(String::new, |name| format!("{name}, "));
                Some(format!("{name}{layers} ({})", self.evidence.describe()))
            }
            (None, None) if self.evidence == BaseEvidence::Provenance => {
                Some(format!("none: built from scratch ({})", self.evidence.describe()))
            }
            (Some(name), None) => Some(format!("{name}; which layers it has is unknown")),
            (None, None) => None,
        }
    }

    /// Its name as people write it. Hostile.
    #[must_use]
    pub fn familiar_name(&self) -> Option<&'a str> {
        self.name.map(familiar_name)
    }

    /// Whether the image is built on nothing, or on a base whose name says that it is a small variant already.
    #[must_use]
    pub fn is_small(&self) -> bool {
        let is_scratch = self.evidence == BaseEvidence::Provenance && self.layers == 0 && self.name.is_none();
        is_scratch || self.name.is_some_and(names::is_small)
    }

    /// Whether there is a slim variant of it.
    #[must_use]
    pub fn has_slim_variant(&self) -> bool {
        self.name.is_some_and(names::has_slim_variant)
    }

    /// What avoids its bytes, as a sentence without a full stop. Hostile.
    #[must_use]
    pub fn advice(&self) -> String {
        let name = self.familiar_name().map_or_else(String::new, |name| format!(" `{}`", name.replace('`', "'")));
        let slim = if self.has_slim_variant() { ", for example its slim variant" } else { "" };
        format!("it belongs to the base image{name}: only another base avoids it{slim}")
    }

    /// What a sentence calls it: `the base image debian:12`, with what shows it if it could be otherwise. Hostile.
    #[must_use]
    pub fn in_words(&self) -> String {
        let name = self.familiar_name().map_or_else(String::new, |name| format!(" {name}"));
        let evidence =
            if self.evidence.is_assumed() { format!(" ({})", self.evidence.describe()) } else { String::new() };
        format!("the base image{name}{evidence}")
    }

    /// Who can change what came with it: `layer 1 belongs to the base image debian:12: fix it there, …`. Hostile.
    #[must_use]
    pub fn ownership(&self, what: &str, is_one: bool) -> String {
        let (belongs, them) = if is_one { ("belongs", "it") } else { ("belong", "them") };
        let base = self.in_words();
        format!("{what} {belongs} to {base}: fix {them} there, or choose another base; a later layer only hides {them}")
    }

    /// Whether a layer, if there is one, belongs to it.
    #[must_use]
    pub fn has_some(&self, layer: Option<LayerNumber>) -> bool {
        layer.is_some_and(|layer| self.has(layer))
    }

    /// Whether a layer belongs to it.
    #[must_use]
    pub fn has(&self, layer: LayerNumber) -> bool {
        layer.get() <= self.layers
    }
}

#[derive(Clone, Copy)]
struct Boundary {
    layers: usize,
    evidence: BaseEvidence,
    is_published: bool,
}

/// Where the base ends, as the user or the provenance states it.
fn stated(image: &Image) -> Option<(usize, BaseEvidence)> {
    if let Some(given) = &image.given_base {
        return Some((given.layers.min(image.layers.len()), BaseEvidence::Given));
    }
    let attested = image.provenance.as_ref()?.base.as_ref()?;
    let evidence = if attested.is_exact { BaseEvidence::Provenance } else { BaseEvidence::ProvenancePosition };
    Some((attested.layers?.min(image.layers.len()), evidence))
}

/// Buildah's comment on its first step is `FROM` and a name; on later ones it is the ID of what it has built so far.
fn comment(image: &Image) -> Option<(Boundary, &str)> {
    let named = |step: &'_ Step| named_base(step).is_some();
    let last = image.steps.iter().rfind(|step| named(step))?;
    let first = image.steps.iter().position(|step| step.comment == last.comment)?;
    let below = image.steps[..first].iter().filter_map(|step| step.layer).max();
    let layers = below.map_or(0, LayerNumber::get);
    let boundary = Boundary { layers, evidence: BaseEvidence::Comment, is_published: true };
    Some((boundary, named_base(last)?))
}

fn named_base(step: &Step) -> Option<&str> {
    let name = step.comment.strip_prefix("FROM ")?.trim();
    let is_identity = name.len() >= 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    (!name.is_empty() && !is_identity).then_some(name)
}

/// What the lowest layers show by themselves.
fn bottom(image: &Image) -> Option<Boundary> {
    let instruction = |index| image.instruction_of(LayerNumber::from_index(index)).trim();
    let alike = |first: &str| (0..image.own_layers()).take_while(|&index| instruction(index) == first).count();
    image.layers.first()?;
    let first = instruction(0);
    let (layers, evidence, is_published) = match Instruction::read(first) {
        Instruction::Nothing => (alike(first), BaseEvidence::NoInstructions, true),
        Instruction::Written { keyword: "ADD", rest } if is_root_archive(rest) => {
            (1, BaseEvidence::RootFilesystem, true)
        }
        Instruction::Other(text) if text.starts_with("# debian.sh ") => (1, BaseEvidence::RootFilesystem, true),
        Instruction::Other(_) => (alike(first), BaseEvidence::OtherBuilder, false),
        Instruction::Run { .. } => (1, BaseEvidence::OtherBuilder, false),
        Instruction::Written { .. } => return None,
    };
    Some(Boundary { layers, evidence, is_published })
}

/// Whether an `ADD` unpacks one archive into `/`: a folder of the build context is one's own.
fn is_root_archive(rest: &str) -> bool {
    const SUFFIXES: [&str; 9] =
        [".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar.zst", ".tzst"];
    let mut words = rest.split_whitespace().filter(|word| !word.starts_with("--"));
    let (Some(source), Some("/")) = (words.next(), words.next_back()) else { return false };
    // The classic builder writes `file:…` for one file: a target of `/` can only mean an unpacked archive.
    source.starts_with("file:") || SUFFIXES.iter().any(|suffix| source.ends_with(suffix))
}

/// A boundary wherever a layer follows a `CMD` or `ENTRYPOINT`.
fn commands(image: &Image) -> Vec<Boundary> {
    let last_of = |wanted| image.steps.iter().rposition(|step| command_keyword(step) == Some(wanted));
    let (last_cmd, last_entrypoint) = (last_of("CMD"), last_of("ENTRYPOINT"));
    let mut boundaries = Vec::new();
    let mut layers = 0;
    let mut replaced: Option<(&Step, bool)> = None;
    let own = image.steps.iter().filter(|step| step.layer.is_none_or(|layer| layer.get() <= image.own_layers()));
    for (at, step) in own.enumerate() {
        if let Some(layer) = step.layer {
            if let Some((command, is_replaced)) = replaced.take() {
                let is_published = is_replaced && is_a_later_build(command, step);
                boundaries.push(Boundary { layers, evidence: BaseEvidence::Command, is_published });
            }
            layers = layer.get();
        } else if let Some(keyword) = command_keyword(step) {
            let last = if keyword == "CMD" { last_cmd } else { last_entrypoint };
            let was_replaced = replaced.is_some_and(|(_, replaced)| replaced);
            replaced = Some((step, was_replaced || last > Some(at)));
        }
    }
    boundaries
}

fn command_keyword(step: &Step) -> Option<&str> {
    match Instruction::read(&step.created_by) {
        Instruction::Written { keyword: keyword @ ("CMD" | "ENTRYPOINT"), .. } => Some(keyword),
        _ => None,
    }
}

/// Whether a step was made so long after a command that no single build made both.
fn is_a_later_build(command: &Step, step: &Step) -> bool {
    let second = |step: &Step| step.created.as_deref()?.parse::<Timestamp>().ok().map(Timestamp::as_second);
    // The times of a build that sets every time to the epoch mean nothing.
    second(command)
        .zip(second(step))
        .is_some_and(|(command, step)| command > 0 && step.saturating_sub(command) >= BUILD_SECONDS)
}

#[cfg(test)]
mod tests;
