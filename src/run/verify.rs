//! `layerscope verify`: checks the archive against what it declares.

use anyhow::{Result, bail};

use crate::cli::{DocumentFormat, VerifyArgs};
use crate::report;
use crate::secrets::Redactor;
use crate::verify::{self, Check, Verification};

use super::Outcome;
use super::engines::Opening;
use super::open::{choice, open_archive_for};
use super::output::{page, print, print_text};
use super::progress::ProgressLine;
use super::redactors;

pub(super) fn verify(args: &VerifyArgs) -> Result<Outcome> {
    let line = ProgressLine::on_terminal();
    let choice = choice(&args.image)?;
    let word = args.image.image.as_deref().unwrap_or_default();
    // What is verified is read now.
    let how = Opening { platform: choice.platform.as_ref(), cache: None, progress: &line };
    let archive = open_archive_for(word, how)?;
    let narrowed = choice.selector.is_some() || choice.platform.is_some() || archive.is_narrowed();
    let only = narrowed.then(|| archive.chosen(&choice)).transpose()?;
    let Some(mut verification) = verify::verify(&archive, only, &line) else { bail!("cancelled") };
    drop(line);
    let sound = verification.fault_count() == 0;
    redact(&mut verification, &redactors(&archive));
    match args.format {
        DocumentFormat::Text => print_text(|out| report::verification_text(&verification, &page(args.paint), out))?,
        DocumentFormat::Json => print(|out| report::verification_json(&verification, out))?,
    }
    Ok(if sound { Outcome::Done } else { Outcome::FaultFound })
}

/// Redacts the secrets of all images of the archive in the result.
fn redact(verification: &mut Verification, redactors: &[Redactor]) {
    let Verification { checks, faults, notes, absent, uncovered, hashed_bytes: _ } = verification;
    let mut texts: Vec<&mut String> = absent.iter_mut().chain(uncovered).collect();
    for Check { member, digest, diff_id_of: _, outcome } in checks {
        texts.extend([member, digest]);
        if let verify::CheckOutcome::Fault(why) | verify::CheckOutcome::Unverifiable(why) = outcome {
            texts.push(why);
        }
    }
    for text in texts {
        for redactor in redactors {
            *text = String::from_utf8_lossy(&redactor.path(text.as_bytes())).into_owned();
        }
    }
    for finding in faults.iter_mut().map(|(_, finding)| finding).chain(notes) {
        for redactor in redactors {
            *finding = redactor.finding(finding);
        }
    }
}
