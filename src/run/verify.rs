//! `layerscope verify`: checks the archive against what it declares.

use anyhow::{Result, bail};

use crate::analysis::secrets::Redactor;
use crate::cli::{DocumentFormat, VerifyArgs};
use crate::report::{self, CheckRow, FaultRow, VerificationOutcome, VerificationReport};
use crate::verify::{self, Verification};

use super::Outcome;
use super::open::{choice, open_archive};
use super::output::{page, print, print_text};
use super::progress::ProgressLine;
use super::redactors;

pub(super) fn verify(args: &VerifyArgs) -> Result<Outcome> {
    let line = ProgressLine::on_terminal();
    let archive = open_archive(args.image.image.as_deref().unwrap_or_default(), &line)?;
    let choice = choice(&args.image)?;
    let narrowed = choice.selector.is_some() || choice.platform.is_some() || archive.is_narrowed();
    let only = narrowed.then(|| archive.chosen(&choice)).transpose()?;
    let Some(verification) = verify::verify(&archive, only, &line) else { bail!("cancelled") };
    drop(line);
    let sound = verification.fault_count() == 0;
    let mut report = rows(verification);
    redact(&mut report, &redactors(&archive));
    match args.format {
        DocumentFormat::Text => print_text(|out| report::verification_text(&report, &page(args.paint), out))?,
        DocumentFormat::Json => print(|out| report::verification_json(&report, out))?,
    }
    Ok(if sound { Outcome::Done } else { Outcome::FaultFound })
}

/// Takes the secrets of any image of the archive out of all that is said of it.
fn redact(report: &mut VerificationReport, redactors: &[Redactor]) {
    let VerificationReport { checks, faults, notes, absent, uncovered, hashed_bytes: _ } = report;
    let mut texts: Vec<&mut String> = absent.iter_mut().chain(uncovered).collect();
    for CheckRow { member, digest, image: _, layer: _, verdict } in checks {
        texts.extend([member, digest]);
        if let VerificationOutcome::Fault(why) | VerificationOutcome::Unverifiable(why) = verdict {
            texts.push(why);
        }
    }
    for text in texts {
        for redactor in redactors {
            *text = String::from_utf8_lossy(&redactor.path(text.as_bytes())).into_owned();
        }
    }
    for finding in faults.iter_mut().map(|fault| &mut fault.finding).chain(notes) {
        for redactor in redactors {
            *finding = redactor.finding(finding);
        }
    }
}

fn rows(verification: Verification) -> VerificationReport {
    let checks = verification.checks.into_iter().map(|check| CheckRow {
        member: check.member,
        digest: check.digest,
        image: check.diff_id_of.map(|(image, _)| image),
        layer: check.diff_id_of.map(|(_, layer)| layer),
        verdict: match check.outcome {
            verify::CheckOutcome::Sound => VerificationOutcome::Sound,
            verify::CheckOutcome::Fault(why) => VerificationOutcome::Fault(why),
            verify::CheckOutcome::Unverifiable(why) => VerificationOutcome::Unverifiable(why),
        },
    });
    let faults = verification.faults.into_iter().map(|(image, finding)| FaultRow { image, finding });
    VerificationReport {
        checks: checks.collect(),
        faults: faults.collect(),
        notes: verification.notes,
        absent: verification.absent,
        uncovered: verification.uncovered,
        hashed_bytes: verification.hashed_bytes,
    }
}
