//! Actions on what the cursor is on, in any view: mark, copy, extract; and a report of the whole image.

mod copy;
mod finding;
mod write;

use crate::analysis::Marked;
use crate::overview::SavingReason;
use crate::tui::action::Action;
use crate::tui::dialogs::{BasketView, Menu, MenuItem};
use crate::tui::model::Model;
use crate::tui::view::{CursorTarget, Effect, FindingAt, Scene};

/// What can be marked.
const NO_PATH: &str = "only paths, layers and causes can be marked";

/// Whether an action is one of these.
pub(super) fn is_one(action: Action) -> bool {
    matches!(
        action,
        Action::Mark
            | Action::Basket
            | Action::ClearBasket
            | Action::Extract
            | Action::Copy
            | Action::CopyCommand
            | Action::Report
    )
}

/// Whether an action, if it is one of these, can be done with what the cursor is on.
pub(super) fn applies(action: Action, scene: Scene<'_>) -> bool {
    match action {
        Action::Mark => marks_of(scene.model, scene.target).is_ok(),
        Action::Extract => write::has_subject(scene),
        _ => true,
    }
}

/// Carries out one of these actions on what the cursor is on.
pub(super) fn act(action: Action, scene: Scene<'_>) -> Vec<Effect> {
    match action {
        Action::Mark => match marks_of(scene.model, scene.target) {
            Ok(marks) => vec![Effect::Mark(marks)],
            Err(why) => notice(&format!("nothing to mark here: {why}")),
        },
        Action::Basket => vec![Effect::Open(Box::new(BasketView::default()))],
        Action::Extract => write::extract_prompt(scene),
        Action::Report => write::report_prompt(scene),
        Action::Copy => menu("Copy", copy::choices(scene)),
        Action::CopyCommand => menu("Copy a command that shows the same", copy::commands(scene)),
        _ => vec![Effect::NoSuchKey],
    }
}

fn menu(title: &str, choices: Vec<MenuItem>) -> Vec<Effect> {
    if choices.is_empty() {
        return notice("nothing to copy here");
    }
    vec![Effect::Open(Box::new(Menu::new(title, choices)))]
}

fn notice(text: &str) -> Vec<Effect> {
    vec![Effect::Notice(text.to_owned())]
}

/// What marking would mark: waste, the files of a finding, a path, or the layer of a step; or why nothing.
fn marks_of(model: &Model, target: CursorTarget) -> Result<Vec<Marked>, &'static str> {
    let (marks, otherwise) = match (target.finding, target.node) {
        (Some(FindingAt::Cause(of)), _) => (model.marks_of_cause(of.account, of.layer, of.by), NO_PATH),
        (Some(FindingAt::Saving(at)), _) => (marks_of_saving(model, at), "this saving is not about files"),
        (Some(FindingAt::Waste { .. }), node) => (node.map(Marked::Wasted).into_iter().collect(), NO_PATH),
        (Some(FindingAt::Secret(at)), _) => (model.mark_of_secret(at).into_iter().collect(), "no file has this secret"),
        (Some(FindingAt::Junk(at)), _) => (model.marks_of_junk(at), "this finding is not about files"),
        (Some(FindingAt::Image), None) => (Vec::new(), "select a layer, a path or a cause"),
        (Some(FindingAt::Difference(_)), None) => (Vec::new(), "B does not have it, and marks are of B"),
        (Some(FindingAt::RebuiltLayers(_)), None) if target.layer.is_none() => {
            (Vec::new(), "B does not have this layer, and marks are of B")
        }
        (_, Some(node)) => (vec![Marked::Path(node)], NO_PATH),
        (None | Some(FindingAt::RebuiltLayers(_)), None) => {
            (target.step.and(target.layer).map(Marked::Layer).into_iter().collect(), NO_PATH)
        }
    };
    if marks.is_empty() { Err(otherwise) } else { Ok(marks) }
}

/// The marks of what the first screen says can be saved.
fn marks_of_saving(model: &Model, at: usize) -> Vec<Marked> {
    let Some(saving) = model.saving(at) else { return Vec::new() };
    match (&saving.reason, saving.stored_by.first()) {
        (SavingReason::Junk(_), _) => {
            let mut marks: Vec<Marked> = saving.junk.iter().flat_map(|&hit| model.marks_of_junk(hit)).collect();
            marks.sort_unstable();
            marks.dedup();
            marks
        }
        (SavingReason::Wasted(account), Some(&stored_by)) => {
            model.marks_of_cause(*account, stored_by, saving.caused_by)
        }
        (SavingReason::Wasted(_), None) => Vec::new(),
    }
}
