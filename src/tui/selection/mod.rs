//! Actions on what the cursor is on, in any view: mark, copy, extract; and a report of the whole image.

mod copy;
mod extract;
mod report;

use crate::analysis::Marked;
use crate::tui::action::Action;
use crate::tui::dialogs::{BasketView, Menu, MenuItem};
use crate::tui::view::{CursorTarget, Effect, Scene};

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
        Action::Mark => mark_of(scene.target).is_some(),
        Action::Extract => extract::has_subject(scene),
        _ => true,
    }
}

/// Carries out one of these actions on what the cursor is on.
pub(super) fn act(action: Action, scene: Scene<'_>) -> Vec<Effect> {
    match action {
        Action::Mark => match mark_of(scene.target) {
            Some(mark) => vec![Effect::Mark(mark)],
            None => notice("nothing to mark here: only paths and layers can be marked"),
        },
        Action::Basket => vec![Effect::Open(Box::new(BasketView::default()))],
        Action::Extract => extract::open_prompt(scene),
        Action::Report => report::open_prompt(scene),
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

/// What marking would mark: a path, or the layer of a step.
pub(super) fn mark_of(target: CursorTarget) -> Option<Marked> {
    target.node.map(Marked::Path).or_else(|| target.step.and(target.layer).map(Marked::Layer))
}
