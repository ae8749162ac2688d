//! How to fix bytes that were stored again, inferred from how the old and the new versions differ.

use crate::analysis::Instruction;

use super::asked;
use super::fix::{FixInputs, FixKind, Producer};

pub(super) fn fix(inputs: &FixInputs<'_>) -> (FixKind, String) {
    let differ = &inputs.collected.differences;
    let (stored, wasted) = (inputs.instruction(inputs.stored_by), inputs.instruction(inputs.wasted_by));
    if matches!(inputs.by(inputs.wasted_by), Producer::Copy(_)) {
        let layer = inputs.stored_by;
        let text =
            format!("{wasted} copies what layer {layer} already stored, byte for byte: leave it out of one of them");
        return (FixKind::Once, text);
    }
    let (what, them) = (changed(inputs), inputs.pronoun());
    match inputs.by(inputs.stored_by) {
        Producer::Base => {
            let text = format!(
                "it belongs to the base image, and layer {} stores it again ({what}): change as few of its files as \
                 possible",
                inputs.wasted_by
            );
            (FixKind::Base, text)
        }
        _ if !differ.any() => (FixKind::Once, unchanged(inputs)),
        _ if !differ.modes_differ() && !differ.owners_differ() => {
            let text = format!("{what}: do not touch {them} in {wasted}, or do that in {stored}");
            (FixKind::Once, text)
        }
        Producer::Copy(keyword) if !differ.attributes => with_flags(inputs, keyword),
        _ => {
            let text = format!("{what}: do that in {stored}, so that nothing is stored twice");
            (FixKind::SameStep, text)
        }
    }
}

/// The fix for files that were stored again without any difference, not even of a time.
fn unchanged(inputs: &FixInputs<'_>) -> String {
    let (stored, wasted) = (inputs.instruction(inputs.stored_by), inputs.instruction(inputs.wasted_by));
    let files = if inputs.collected.files == 1 { "the file" } else { "any of these files" };
    let them = inputs.pronoun();
    let begin = format!("no mode, owner, attribute or time of {files} changed: do not touch {them} in {wasted}");
    let flag = match Instruction::read(inputs.image.instruction_of(inputs.wasted_by)) {
        Instruction::Run { command, .. } => asked::flag(command),
        _ => None,
    };
    match (inputs.by(inputs.stored_by), flag) {
        (Producer::Copy(keyword), Some(flag)) if inputs.whole_layer => {
            format!("{begin}, or use `{keyword} {flag}` in {stored}")
        }
        (Producer::Copy(keyword), Some(flag)) => {
            format!("{begin}, or copy {them} with a separate `{keyword} {flag}`, not with {stored}")
        }
        _ => format!("{begin}, or do it in {stored}"),
    }
}

/// What differs, in words.
pub(super) fn changed(inputs: &FixInputs<'_>) -> String {
    let differ = &inputs.collected.differences;
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
fn with_flags(inputs: &FixInputs<'_>, keyword: &str) -> (FixKind, String) {
    let differ = &inputs.collected.differences;
    let (stored, what) = (inputs.instruction(inputs.stored_by), changed(inputs));
    let changes = [
        differ.owners_differ().then(|| ("--chown", differ.owner_flag())),
        differ.modes_differ().then(|| ("--chmod", differ.mode_flag())),
    ];
    let mut flags = String::new();
    for (flag, value) in changes.into_iter().flatten() {
        let Some(value) = value else {
            let text = format!(
                "{what}, but not all in the same way: set them in the build context or in an earlier stage, before \
                 {stored} copies the files"
            );
            return (FixKind::SameStep, text);
        };
        flags = format!("{flags} {flag}={value}");
    }
    let files = inputs.files();
    let text = if inputs.whole_layer {
        format!("{what}; use `{keyword}{flags}` in {stored} instead")
    } else {
        format!("{what}; copy {files} with a separate `{keyword}{flags}`, not with {stored}")
    };
    (FixKind::CopyFlags, text)
}
