//! How to fix bytes that were stored again, inferred from how the old and the new versions differ.

use crate::analysis::Instruction;

use super::asked;
use super::fix::{By, Facts, FixKind};

pub(super) fn fix(facts: &Facts<'_>) -> (FixKind, String) {
    let differ = &facts.gathered.differences;
    let (stored, wasted) = (facts.step(facts.stored_by), facts.step(facts.wasted_by));
    if matches!(facts.by(facts.wasted_by), By::Copy(_)) {
        let text = format!("{wasted} copies what {stored} already stored, byte for byte: leave it out of one of them");
        return (FixKind::Once, text);
    }
    let what = changed(facts);
    match facts.by(facts.stored_by) {
        By::Base => {
            let text = format!(
                "it belongs to the base image, and {wasted} stores it again ({what}): change as few of its files as \
                 possible"
            );
            (FixKind::Base, text)
        }
        _ if !differ.any() => (FixKind::Once, for_nothing(facts)),
        _ if !differ.modes_differ() && !differ.owners_differ() => {
            let text = format!("{what} in {wasted}: leave out what touches it there, or do it in {stored}");
            (FixKind::Once, text)
        }
        By::Copy(keyword) if !differ.attributes => with_flags(facts, keyword),
        _ => {
            let text = format!("{what} in {wasted}: do that in {stored}, so that nothing is stored twice");
            (FixKind::SameStep, text)
        }
    }
}

/// Stored again, and not even a time differs: the command changed nothing.
fn for_nothing(facts: &Facts<'_>) -> String {
    let (stored, wasted) = (facts.step(facts.stored_by), facts.step(facts.wasted_by));
    let files = if facts.gathered.files == 1 { "the file" } else { "any of these files" };
    let begin =
        format!("no mode, owner, attribute or time of {files} changed in {wasted}: leave out what touches them");
    let flag = match Instruction::read(facts.image.instruction_of(facts.wasted_by)) {
        Instruction::Run { command, .. } => asked::flag(command),
        _ => None,
    };
    match (facts.by(facts.stored_by), flag) {
        (By::Copy(keyword), Some(flag)) if facts.whole_layer => {
            format!("{begin}, or make sure of it with `{keyword} {flag}` in {stored}")
        }
        (By::Copy(keyword), Some(flag)) => {
            let own = if facts.gathered.files == 1 { "its" } else { "their" };
            format!("{begin}, or make sure of it with a `{keyword} {flag}` of {own} own next to {stored}")
        }
        _ => format!("{begin}, or do it in {stored}"),
    }
}

/// What differs, in words.
fn changed(facts: &Facts<'_>) -> String {
    let differ = &facts.gathered.differences;
    let all = [
        (differ.modes_differ(), "modes"),
        (differ.owners_differ(), "owners"),
        (differ.attributes, "extended attributes"),
        (differ.times, "times"),
    ];
    let names: Vec<_> = all.iter().filter(|(differs, _)| *differs).map(|(_, name)| *name).collect();
    match names.split_last() {
        None => "nothing changed".to_owned(),
        Some((last, [])) => format!("only {last} changed"),
        Some((last, others)) => format!("only {} and {last} changed", others.join(", ")),
    }
}

/// `COPY --chown=1000:1000 --chmod=755`, if one value of each fits all files.
fn with_flags(facts: &Facts<'_>, keyword: &str) -> (FixKind, String) {
    let differ = &facts.gathered.differences;
    let (stored, wasted) = (facts.step(facts.stored_by), facts.step(facts.wasted_by));
    let what = changed(facts);
    let changes = [
        differ.owners_differ().then(|| ("--chown", differ.owner_flag())),
        differ.modes_differ().then(|| ("--chmod", differ.mode_flag())),
    ];
    let mut flags = String::new();
    for (flag, value) in changes.into_iter().flatten() {
        let Some(value) = value else {
            let text = format!(
                "{what} in {wasted}, but not the same everywhere: set them before {stored} copies, in the build \
                 context or in an earlier stage"
            );
            return (FixKind::SameStep, text);
        };
        flags = format!("{flags} {flag}={value}");
    }
    let files = facts.files();
    let own = if facts.gathered.files == 1 { "its" } else { "their" };
    let text = if facts.whole_layer {
        format!("{what} in {wasted}: use `{keyword}{flags}` in {stored} instead")
    } else {
        format!("{what} in {wasted}: instead, copy {files} with a `{keyword}{flags}` of {own} own next to {stored}")
    };
    (FixKind::CopyFlags, text)
}
