//! What the history says of a step, and why one made no layer.

use crate::analysis::{Instruction, beginning, command_words, from_flag, replaced_by};
use crate::format::safe_str;
use crate::image::{Image, Step};

use super::words::code;

/// Why a step made no layer, as one sentence; `None` for a step with a layer.
#[must_use]
pub fn why_no_layer(step: &Step) -> Option<String> {
    if step.layer.is_some() {
        return None;
    }
    if step.inconsistent {
        return Some("The history says that this step made a layer, but the image has none for it.".to_owned());
    }
    let said = match Instruction::read(&step.created_by) {
        Instruction::Run { .. } => {
            "The command changed no file, and this builder makes no layer of such a step; BuildKit would store an empty one."
        }
        Instruction::Written { keyword: "COPY" | "ADD", .. } => {
            "The files were there already, and this builder makes no layer of such a step."
        }
        Instruction::Written { keyword: "WORKDIR", .. } => {
            "It writes the working directory to the configuration; the folder was there already, so it makes no layer."
        }
        Instruction::Written { keyword: "ARG", .. } => {
            "It sets a variable of the build only. It stores no file, but its value can be read in the history."
        }
        Instruction::Written { keyword: "ENV", .. } => {
            "It writes variables to the configuration of the image. It stores no file, so it makes no layer."
        }
        Instruction::Written { keyword: "CMD" | "ENTRYPOINT", .. } => {
            "It writes the command that a container runs to the configuration. It stores no file, so it makes no layer."
        }
        Instruction::Written { keyword: "EXPOSE", .. } => {
            "It notes a port in the configuration and publishes none: `docker run -p` does. It stores no file, so it makes no layer."
        }
        Instruction::Nothing | Instruction::Other(_) => {
            "The history says that this step stored no file, so it made no layer."
        }
        Instruction::Written { .. } => {
            "It changes only the configuration of the image, metadata. It stores no file, so it makes no layer."
        }
    };
    Some(said.to_owned())
}

/// Whether a step made no layer because all that it writes is the configuration.
#[must_use]
pub fn is_metadata(step: &Step) -> bool {
    let is_folder = matches!(Instruction::read(&step.created_by), Instruction::Written { keyword: "WORKDIR", .. });
    step.layer.is_none() && !step.inconsistent && (is_folder || only_metadata(step))
}

/// What replaced the setting of a step, and what counts now; `None` if it counts itself.
#[must_use]
pub fn replacement(image: &Image, step: &Step) -> Option<String> {
    let by = replaced_by(image, step)?;
    let config = &image.config;
    let now = match Instruction::read(&step.created_by) {
        Instruction::Written { keyword: "USER", .. } if config.user.is_empty() => "a container runs as root".to_owned(),
        Instruction::Written { keyword: "USER", .. } => format!("a container runs as {}", code(&config.user)),
        Instruction::Written { keyword: "WORKDIR", .. } => {
            format!("a container starts in {}", code(&config.working_dir))
        }
        _ => match command_words(config).as_slice() {
            [] => "no command is set".to_owned(),
            words => format!("a container runs {}", code(&words.join(" "))),
        },
    };
    let lines = by.source.as_ref().map_or_else(String::new, |source| format!(" ({})", safe_str(&source.to_string())));
    Some(format!("Replaced by {}{lines}: {now}.", code(&Instruction::read(&by.created_by).line())))
}

/// What `COPY --from` names: another stage, an image, or a build context of its own. The history does not have it, the
/// Dockerfile does.
#[must_use]
pub fn copied_from(image: &Image, step: &Step) -> Option<String> {
    let source = step.source.as_ref()?;
    if let Some(from) = &source.copied_from {
        return Some(safe_str(&from.to_string()));
    }
    let flag = from_flag(image, step)?;
    Some(format!("{}, a build context of its own", code(flag)))
}

/// The instruction of a step as the list of the history has it: with the `--from` of a copy, which builders leave out.
#[must_use]
pub fn history_line(image: &Image, step: &Step) -> String {
    let line = Instruction::read(&beginning(step.description())).line_or_missing();
    let rest = line.strip_prefix("COPY ").filter(|rest| !rest.contains("--from="));
    match rest.zip(from_flag(image, step)) {
        Some((rest, from)) => format!("COPY --from={from} {rest}"),
        None => line,
    }
}

/// The steps that the history of the image has: a layer without an entry there is a step that says nothing.
pub(super) fn recorded(image: &Image) -> impl Iterator<Item = &Step> {
    let says_nothing = |step: &Step| {
        let texts = [&step.created_by, &step.comment, &step.author];
        step.layer.is_some() && step.created.is_none() && texts.iter().all(|text| text.is_empty())
    };
    image.own_steps().iter().filter(move |step| !says_nothing(step))
}

/// Whether an instruction writes nothing but the configuration.
pub(super) fn only_metadata(step: &Step) -> bool {
    let by_file = |keyword: &str| ["COPY", "ADD", "WORKDIR"].contains(&keyword);
    !step.inconsistent
        && matches!(Instruction::read(&step.created_by), Instruction::Written { keyword, .. } if !by_file(keyword))
}
