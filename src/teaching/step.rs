//! What the history says of a step, and why one made no layer.

use crate::analysis::Instruction;
use crate::image::{Image, Step};

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
