//! The views on the number keys: what each remembers, how keys change it, and which panes it is drawn with.

mod about;
mod files;
mod help;
mod history;
mod layers;
#[allow(dead_code, reason = "the questions come next")]
mod prompt;
mod span;
mod treemap;
mod waste;

pub(super) use about::AboutView;
pub(super) use files::Files;
pub(super) use help::HelpView;
pub(super) use history::HistoryView;
pub(super) use layers::LayersView;
#[allow(unused_imports, reason = "the questions come next")]
pub(super) use prompt::Prompt;
pub(super) use span::Span;
pub(super) use treemap::TreemapView;
pub(super) use waste::{WasteRow, WasteView};

use super::theme::Theme;

/// What drawing needs besides a view and the facts.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub theme: &'a Theme,
    pub keymap: &'a super::Keymap,
}
