//! The texts of the detail panes. Each is one function from the model to a text.

mod concerns;
mod config;
mod help;
mod image;
mod path;
mod step;
mod waste;

pub(super) use concerns::concern;
pub(super) use help::help;
pub(super) use image::image;
pub(super) use path::{PathEvent, about, path, path_history, what};
pub(super) use step::{step, step_title};
pub(super) use waste::waste;

use std::fmt::Write;

use super::model::Model;
use super::text::Text;
use super::theme::Role;
use crate::analysis::layer_name;
use crate::format;
use crate::image::{Finding, LayerNumber};

/// The limit on findings.
const MOST_FINDINGS: usize = 500;

fn findings<'a>(text: &mut Text, title: &str, findings: impl Iterator<Item = &'a Finding>, with_layer: bool) {
    let mut count = 0;
    for finding in findings {
        if count == 0 {
            text.heading(title);
        }
        count += 1;
        if count > MOST_FINDINGS {
            continue;
        }
        let mut said = String::from("! ");
        if let Some(layer) = finding.layer.filter(|_| with_layer) {
            let _ = write!(said, "layer {layer}: ");
        }
        if let Some(path) = &finding.path {
            let _ = write!(said, "{}: ", format::safe(path.as_bytes()));
        }
        let _ = write!(said, "{} ({})", finding.message, finding.kind.name());
        text.wrapped(Role::Warning, &said, 1);
    }
    if count > MOST_FINDINGS {
        text.wrapped(Role::Dim, &format!("and {} more", format::count(count - MOST_FINDINGS)), 1);
    }
}

/// A time in the history, formatted for people if it is valid.
fn timestamp(created: &str) -> String {
    format::timestamp(created).unwrap_or_else(|| created.to_owned())
}

/// `layer 5: RUN …`, without secrets.
pub(super) fn layer_and_instruction(model: &Model, layer: LayerNumber) -> String {
    model.image.as_ref().map_or_else(|| format!("layer {layer}"), |image| layer_name(image, layer))
}
