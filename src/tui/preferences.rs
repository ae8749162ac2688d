//! Preferences that fit the screen to a person and a terminal, besides keys and colours.

use crate::tui::widgets::layout::Split;

/// Preferences that have nothing to do with the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Whether the program receives clicks and the wheel.
    pub mouse: bool,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Where borders were left.
    pub split: Split,
    /// Whether instructions and settings are shown with the secrets in them.
    pub show_secrets: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { mouse: true, ascii: false, split: Split::default(), show_secrets: false }
    }
}
