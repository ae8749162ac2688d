//! Parts of sentences.

use crate::analysis::{Base, BaseEvidence};
use crate::format::{count, fit, joined, safe};
use crate::image::{EntryPath, LayerNumber};
use crate::secrets::Redactor;

/// The columns of a path in a sentence.
const PATH: usize = 60;
/// Layers that a sentence names.
const LAYERS: usize = 4;

/// `1 path`, `1,200 paths`.
pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `layer 2`, `layers 2 and 7`, `layers 2, 7, 8 and 3 more`.
pub(super) fn layers(layers: &[LayerNumber]) -> String {
    let mut named: Vec<_> = layers.iter().take(LAYERS).map(ToString::to_string).collect();
    if layers.len() > LAYERS {
        named.truncate(LAYERS - 1);
        named.push(format!("{} more", count(layers.len() - named.len())));
    }
    format!("layer{} {}", if layers.len() == 1 { "" } else { "s" }, joined(&named))
}

/// Which layers are the base image, and what shows it: `layers 1 to 4 are the base image, `debian:12` (from provenance)`;
/// `None` if its layers are not known.
pub(super) fn base(base: &Base<'_>) -> Option<String> {
    let layers = match base.layers {
        0 => return None,
        1 => "layer 1 is".to_owned(),
        2 => "layers 1 and 2 are".to_owned(),
        last => format!("layers 1 to {} are", count(last)),
    };
    let name = base.familiar_name().map_or_else(String::new, |name| format!(", {}", code(name)));
    let shown_by = match (base.evidence, base.layers) {
        (BaseEvidence::NoInstructions, 1) => "the history has no instruction for it",
        (BaseEvidence::NoInstructions, _) => "the history has no instructions for them",
        (evidence, _) => evidence.describe(),
    };
    Some(format!("{layers} the base image{name} ({shown_by})"))
}

/// The same words at the beginning of a sentence.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A path in backticks, with a slash before it as a container sees it.
pub(super) fn path(redactor: &Redactor, path: &EntryPath) -> String {
    let path = safe(&redactor.path(path.as_bytes())).replace('`', "'");
    // What makes a path known is at its end.
    let left_out = path.chars().count().saturating_sub(PATH);
    if left_out == 0 {
        return format!("`/{path}`");
    }
    let end: String = path.chars().skip(left_out).collect();
    // Whole names are easier to read.
    format!("`…{}`", end.find('/').map_or(end.as_str(), |at| &end[at..]))
}

/// Text of the image in backticks.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", fit(&crate::format::safe_str(text).replace('`', "'"), PATH))
}
