//! What a container changed: its whole filesystem, as `docker export` writes it, compared with its image.
//!
//! An export has no whiteouts and does not say what is new. The comparison makes the layer that the container has on top
//! of its image: what it added and changed, as the export stores it, and a whiteout for what it removed. It never needs an
//! opaque marker, because everything that was removed is known by name.
//!
//! ```text
//! image's layers ─▶ Union ─┐
//!                          ├─ path by path: kind, metadata, content ─▶ Entries of one more layer
//! export ─────────▶ Union ─┘
//! ```
//!
//! An engine that is asked knows more: what changed, or the layer itself. Then that is completed by what only the image decides.
//!
//! What an export cannot show, no comparison finds: a file that was opened for writing and left as it was, a folder that was
//! only touched, and what is on a volume.

mod changes;
mod compare;
mod engine;
mod layer;
mod metadata;
mod settled;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::image::{Contents, Entries, Finding, FindingKind, LayerNumber, Progress};
use crate::union::Union;

pub use changes::{ContainerChange, ContainerChanges, HowChanged};

pub use settled::settled;

use compare::Comparison;

/// Makes the layer of a container from its whole filesystem. `contents` reads both; the filesystem is above all layers.
#[must_use]
pub fn layer(layers: &[Arc<Entries>], whole: Entries, contents: &dyn Contents, progress: &dyn Progress) -> Entries {
    let number = LayerNumber::from_index(layers.len());
    let mut read = ReadExport::new(whole, number);
    let image = Union::build(layers.to_vec());
    let export = Union::build(vec![Arc::clone(&read.entries)]);
    let kept = export.own_findings().iter().filter(|finding| is_about_export(finding));
    read.findings.extend(kept.map(|finding| Finding { layer: Some(number), ..finding.clone() }));
    let compared = Comparison::new(&image, &export, number, contents, progress);
    layer::build(&compared, read)
}

/// Why the filesystem of a container cannot be shown on this image, if it is of another one.
#[must_use]
pub fn refusal(layers: &[Arc<Entries>]) -> Option<&str> {
    let findings = &layers.last()?.findings;
    let refused = findings.iter().find(|finding| finding.kind == FindingKind::OtherImage && finding.is_gap)?;
    Some(&refused.message)
}

/// Whiteouts mean nothing in an export, and the names of what looks like one are reported themselves.
fn is_about_export(finding: &Finding) -> bool {
    use FindingKind::{BadWhiteout, IdleWhiteout, OpaqueFolder, OverlayWhiteout, WhiteoutOrder};
    !matches!(finding.kind, BadWhiteout | IdleWhiteout | OpaqueFolder | OverlayWhiteout | WhiteoutOrder)
}

/// An export as it was read.
struct ReadExport {
    number: LayerNumber,
    entries: Arc<Entries>,
    findings: Vec<Finding>,
    /// Whether it is there to its end: otherwise nothing can be said to be missing from it.
    complete: bool,
}

impl ReadExport {
    fn new(mut whole: Entries, number: LayerNumber) -> Self {
        let mut findings = std::mem::take(&mut whole.findings);
        let mut complete = whole.complete;
        let of_layer = |kind, message: &str| Finding::of_layer(kind, number, message.to_owned());
        // Every engine ends an export with a marker, so one without it was cut between two entries.
        if let Some(unmarked) = findings.iter_mut().find(|finding| finding.kind == FindingKind::NoEndMarker) {
            complete = false;
            let message = "the container's tar ends without an end-of-archive marker, so it was cut";
            *unmarked = of_layer(FindingKind::Truncated, message).gap();
        }
        if !complete {
            let message = "the container's tar was not read to its end: what the container removed is not shown";
            findings.push(of_layer(FindingKind::Truncated, message).gap());
        }
        Self { number, entries: Arc::new(whole), findings, complete }
    }
}
