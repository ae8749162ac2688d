//! Verifies an archive against what it declares: recomputes every digest and diff ID, compares sizes, counts and
//! references, and reads the tars of all layers completely.
//!
//! Also reports what no digest covers, since changes there would go unnoticed: names in `manifest.json` and `index.json`,
//! and the headers of the archive around the blobs.

mod hash;
mod layers;

use crate::image::{BlobState, Finding, FindingKind, LayerNumber, Progress};
use crate::source::{Archive, Audit, Claimed, Stream};

pub use hash::HashResult;

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckOutcome {
    /// It matches.
    Sound,
    /// It does not match; the text describes what was found instead.
    Fault(String),
    /// It cannot be checked; the text is the reason.
    Unverifiable(String),
}

/// One digest or diff ID that was checked.
#[derive(Clone, Debug)]
pub struct Check {
    /// The member of the archive; hostile text.
    pub member: String,
    /// The claimed digest.
    pub digest: String,
    /// The image and layer, if this is the digest of a layer's tar rather than of the stored bytes.
    pub diff_id_of: Option<(usize, LayerNumber)>,
    /// The outcome.
    pub outcome: CheckOutcome,
}

/// Everything that was checked.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Verification {
    /// Digests and diff IDs.
    pub checks: Vec<Check>,
    /// Everything else that is wrong, with the image it is about, if any.
    pub faults: Vec<(Option<usize>, Finding)>,
    /// Warnings: the archive is truncated, but nothing that is referenced is missing.
    pub notes: Vec<Finding>,
    /// Blobs that are referenced, but do not have to be present.
    pub absent: Vec<String>,
    /// Members that no digest covers.
    pub uncovered: Vec<String>,
    /// Bytes that were hashed.
    pub hashed_bytes: u64,
}

impl Verification {
    /// The number of faults.
    #[must_use]
    pub fn fault_count(&self) -> usize {
        let wrong = self.checks.iter().filter(|check| matches!(check.outcome, CheckOutcome::Fault(_)));
        wrong.count() + self.faults.len()
    }
}

/// Verifies an archive, or one image of it; `None` if cancelled.
#[must_use]
pub fn verify(archive: &Archive, only: Option<usize>, progress: &dyn Progress) -> Option<Verification> {
    let audit = archive.audit(only);
    let verdicts = hash::hash_all(&audit, progress)?;
    let mut verification = Verification { hashed_bytes: verdicts.bytes, ..Verification::default() };
    for claim in &audit.claims {
        let stream = &audit.streams[claim.stream];
        verification.checks.push(Check {
            member: stream.member.clone(),
            digest: claim.digest.to_string(),
            diff_id_of: match claim.by {
                Claimed::ByName => None,
                Claimed::ByConfig { image, layer } => Some((image, layer)),
            },
            outcome: outcome(stream, verdicts.get(claim.stream, &claim.digest)),
        });
    }
    let Audit { findings, images, absent, uncovered, .. } = audit;
    if images.is_empty() {
        let message = "none of the listed images is in the archive".to_owned();
        verification.faults.push((None, Finding::of_image(FindingKind::BlobMissing, message).gap()));
    }
    let (faults, others): (Vec<_>, Vec<_>) = findings.into_iter().partition(is_fault);
    verification.notes.extend(others.into_iter().filter(is_note));
    verification.faults.extend(faults.into_iter().map(|finding| (None, finding)));
    for (index, opened) in images {
        let all = opened.image().findings.iter().cloned().chain(layers::read(&opened));
        let is_absent = |finding: &Finding| {
            let state =
                finding.layer.and_then(|layer| opened.image().layers.get(layer.index())).map(|layer| &layer.blob);
            matches!(state, Some(BlobState::Foreign | BlobState::Encrypted))
        };
        let faults = all.filter(|finding| is_fault(finding) && !is_absent(finding));
        verification.faults.extend(faults.map(|finding| (Some(index), finding)));
    }
    if verification.checks.iter().all(|check| matches!(check.outcome, CheckOutcome::Unverifiable(_))) {
        let message = "nothing could be verified: no digest covers what is in the archive".to_owned();
        verification.faults.push((None, Finding::of_image(FindingKind::Unreadable, message)));
    }
    verification.absent = absent;
    verification.uncovered = uncovered;
    Some(verification)
}

fn outcome(stream: &Stream, verdict: &HashResult) -> CheckOutcome {
    match verdict {
        HashResult::Unknown => CheckOutcome::Unverifiable("an unknown algorithm".to_owned()),
        HashResult::Broken(error) => CheckOutcome::Fault(format!("it cannot be read completely: {error}")),
        _ if stream.cut => CheckOutcome::Fault("the archive ends inside it".to_owned()),
        HashResult::Same => CheckOutcome::Sound,
        HashResult::Other(found) => CheckOutcome::Fault(format!("its bytes hash to {found}")),
    }
}

/// Whether a finding is about the integrity of the archive; other findings are about how engines interpret it.
fn is_fault(finding: &Finding) -> bool {
    finding.is_gap
        // Images that were left out of the list were not verified.
        || finding.kind == FindingKind::TooMuch && finding.layer.is_none()
        || matches!(
            finding.kind,
            FindingKind::OddDocument
                | FindingKind::Duplicate
                | FindingKind::BlobMissing
                | FindingKind::BlobUnreadable
                | FindingKind::SizeMismatch
                | FindingKind::DigestMismatch
                | FindingKind::HistoryMismatch
                | FindingKind::LayerCountMismatch
                | FindingKind::BadTar
                | FindingKind::EscapingPath
                | FindingKind::Unreadable
        )
}

/// Whether a finding that is not a fault is reported as a warning.
fn is_note(finding: &Finding) -> bool {
    matches!(finding.kind, FindingKind::Truncated | FindingKind::NoEndMarker)
}
