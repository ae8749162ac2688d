//! What lies on top of a view: each dialog, or two that are alike, is in its own file and knows neither the views nor the
//! others.

mod answer;
mod basket;
mod compare;
mod entries;
mod extracting;
mod help;
mod jump;
mod picker;

pub(super) use answer::{Menu, MenuItem, Prompt, Reply};
pub(super) use basket::BasketView;
pub(super) use compare::{CompareView, ImageList};
pub(super) use entries::RawEntriesView;
pub(super) use extracting::{Extracting, ExtractionDone, ExtractionEnd, ExtractionProgress};
pub(super) use help::HelpView;
pub(super) use jump::JumpView;
pub(super) use picker::PickerView;
pub use picker::Question;
