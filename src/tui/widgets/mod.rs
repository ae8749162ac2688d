//! What everything on the screen is drawn with: rows of text, tables, panes, lists that scroll, colours. Nothing here knows
//! what an image is.

pub(in crate::tui) mod layout;
pub(in crate::tui) mod line;
pub(in crate::tui) mod pane;
pub(in crate::tui) mod row;
pub(in crate::tui) mod scroll;
pub(in crate::tui) mod table;
pub(in crate::tui) mod text;
pub(in crate::tui) mod theme;
