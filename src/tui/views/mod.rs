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
pub(super) use concerns::{ConcernRow, ConcernsView, Tally};
pub(super) use extracting::{Extracting, ExtractionDone, ExtractionProgress};
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

use crate::analysis::Account;

use super::Preferences;
use super::action::Action;
use super::view::View;

/// Every view, in the order of the number keys, with the action that shows it.
pub(super) fn all(preferences: &Preferences) -> Vec<(Action, Box<dyn View>)> {
    vec![
        (Action::Layers, Box::new(LayersView::new(preferences.split))),
        (Action::Waste, Box::new(WasteLists::new(None))),
        (Action::Removed, Box::new(WasteLists::new(Some(Account::Removed)))),
        (Action::History, Box::<HistoryView>::default()),
        (Action::About, Box::<AboutView>::default()),
        (Action::Treemap, Box::<TreemapView>::default()),
    ]
}
