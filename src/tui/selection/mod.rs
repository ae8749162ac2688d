//! Actions on what the cursor is on, in any view: mark, copy, extract.

mod command;
mod copy;
mod extract;

use crate::analysis::Marked;

use crate::tui::action::Action;
use crate::tui::app::LoopRequest;
use crate::tui::dialogs::{BasketView, Menu, MenuItem};
use crate::tui::overlay::{CursorTarget, Effect, Scene};

/// Terminals refuse more, and no path or command is longer.
const MOST: usize = 64 * 1024;

/// Whether an action is one of these.
pub(super) fn is_one(action: Action) -> bool {
    matches!(
        action,
        Action::Mark | Action::Basket | Action::ClearBasket | Action::Extract | Action::Copy | Action::CopyCommand
    )
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
        Action::Copy => menu("Copy", copy::choices(scene)),
        Action::CopyCommand => menu("Copy a command that shows the same", command::choices(scene)),
        _ => Vec::new(),
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

/// The request to the loop and the notice when something is copied; or why it is not.
pub(super) fn request(text: String, what: &str) -> Result<(LoopRequest, String), String> {
    if text.len() > MOST {
        return Err(format!("{what} is too long to copy: terminals accept at most 64 KiB"));
    }
    let said = format!("copied {what}, if this terminal lets programs write the clipboard (OSC 52)");
    Ok((LoopRequest::Copy(text), said))
}
