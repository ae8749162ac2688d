//! Dialogs: each is in its own file and does not know the views.

mod basket;
mod extracting;
mod help;
mod help_text;
mod jump;
mod menu;
mod prompt;

pub(super) use basket::BasketView;
pub(super) use extracting::{Extracting, ExtractionDone, ExtractionProgress};
pub(super) use help::HelpView;
pub(super) use jump::JumpView;
pub(super) use menu::{Menu, MenuItem};
pub(super) use prompt::Prompt;
