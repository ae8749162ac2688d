//! The views on the number keys: what each remembers, how keys change it, and which panes it consists of.

mod about;
mod basket;
mod concerns;
mod extracting;
mod files;
mod headings;
mod help;
mod history;
mod jump;
mod layers;
mod lists;
mod menu;
mod prompt;
mod span;
mod treemap;
mod waste;

pub(super) use about::AboutView;
pub(super) use basket::BasketView;
pub(super) use concerns::{ConcernRow, ConcernsView, Offer, Tally};
pub(super) use extracting::Extracting;
pub(super) use files::Files;
pub(super) use help::HelpView;
pub(super) use history::HistoryView;
pub(super) use jump::JumpView;
pub(super) use layers::LayersView;
pub(super) use lists::WasteLists;
pub(super) use menu::{Menu, MenuItem};
pub(super) use prompt::Prompt;
pub(super) use span::Span;
pub(super) use treemap::TreemapView;
pub(super) use waste::{WasteRow, WasteView};

use super::theme::Theme;

/// What drawing needs besides a view and the model.
#[derive(Clone, Copy)]
pub(super) struct DrawContext<'a> {
    pub theme: &'a Theme,
    pub keymap: &'a super::Keymap,
}
