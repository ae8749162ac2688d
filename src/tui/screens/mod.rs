//! The views on the number keys: each is a folder or a file with its state, its drawing and its details.

mod filter;
mod history;
mod image;
pub(in crate::tui) mod layers;
mod shared;
mod treemap;
mod waste;

use crate::analysis::Account;
use crate::tui::action::Action;
use crate::tui::preferences::Preferences;
use crate::tui::view::View;

use history::HistoryView;
use image::AboutView;
use layers::LayersView;
use treemap::TreemapView;
use waste::WasteLists;

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
