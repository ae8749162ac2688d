//! Preferences that fit the screen to a person and a terminal, besides keys and colours.

use crate::tui::widgets::layout::Split;

/// When secrets and junk are searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchStart {
    /// Once the image is read.
    AtOnce,
    /// Once a view shows them.
    InTheirViews,
}

/// Preferences that have nothing to do with the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Whether the program receives clicks and the wheel.
    pub mouse: bool,
    /// When secrets and junk are searched for.
    pub search: SearchStart,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Where borders were left.
    pub split: Split,
    /// Whether instructions and settings are shown with the secrets in them.
    pub show_secrets: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { mouse: true, search: SearchStart::AtOnce, ascii: false, split: Split::default(), show_secrets: false }
    }
}
