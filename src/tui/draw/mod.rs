//! The parts of the screen: each is one function that draws borrowed state onto an area, and changes nothing.

mod bars;
mod concerns;
mod files;
mod filter;
mod footer;
mod header;
mod headings;
mod history;
mod opening;
mod steps;
mod treemap;
mod waste;

pub(super) use bars::progress;
pub(super) use concerns::{concerns, location};
pub(super) use files::{FilesShown, files};
pub(super) use filter::{above_filter, filtered_rows};
pub(super) use footer::{footer, footer_action, notice};
pub(super) use header::{header, is_on_help};
pub(super) use history::history;
pub(super) use opening::{opening, too_small};
pub(super) use steps::{Bracket, steps};
pub(super) use treemap::{treemap, treemap_area};
pub(super) use waste::{waste, waste_rows};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::Marked;

use super::model::Model;
use super::pane::{self, Framing};
use super::row::Row;
use super::text::Scrolled;
use super::theme::{Role, Theme};

/// A text in a frame.
pub(super) fn details<K: PartialEq>(
    buffer: &mut Buffer,
    area: Rect,
    title: &str,
    text: &Scrolled<K>,
    framing: Framing<'_>,
) {
    let inner = pane::open(buffer, area, title, "", framing);
    text.draw(buffer, inner, framing.theme);
}

/// The first column of a row: a dot if it is marked.
fn mark(model: &Model, mark: Option<Marked>) -> Row {
    match mark.filter(|&mark| model.marks.contains(mark)) {
        Some(_) => Row::new().text(Role::Strong, "•"),
        None => Row::new().gap(1),
    }
}

/// A note where a list has nothing to show.
fn note(buffer: &mut Buffer, area: Rect, theme: &Theme, text: &str) {
    Row::new().gap(1).text(Role::Dim, text).paint(buffer, area, theme);
}
