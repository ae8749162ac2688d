//! The views on the number keys: each is a folder or a file with its state, its drawing and its details.

mod concerns;
mod history;
mod image;
pub(in crate::tui) mod layers;
mod shared;
mod treemap;
mod waste;

use crate::tui::action::ViewName;
use crate::tui::view::ViewSpec;

/// Every view, in the order of the number keys.
pub(super) static VIEWS: &[&ViewSpec] = &[
    &layers::VIEW,
    &waste::WASTE,
    &waste::REMOVED,
    &history::VIEW,
    &image::VIEW,
    &treemap::VIEW,
    &concerns::SECRETS,
    &concerns::JUNK,
];

/// What every view is called.
#[must_use]
pub fn view_names() -> Vec<&'static ViewName> {
    VIEWS.iter().map(|view| &view.name).collect()
}

/// The keys that views have unless the configuration says otherwise: their numbers.
pub fn view_keys() -> impl Iterator<Item = (&'static str, String)> {
    (1..=9_u8).zip(VIEWS).map(|(number, view)| (view.name.action, number.to_string()))
}
