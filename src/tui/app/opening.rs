//! The screen before anything is known, and where there is no room for anything.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::format;
use crate::tui::model::Model;
use crate::tui::widgets::bars::{progress, whole_percent};
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::theme::{Role, Theme};

pub(in crate::tui) fn opening(buffer: &mut Buffer, area: Rect, model: &Model, theme: &Theme) {
    let mut rows = vec![
        Row::new(),
        Row::new().gap(1).text(Role::Text, "opening ").text(Role::Strong, &model.title).text(Role::Text, "…"),
    ];
    if let Some(spooling) = model.spooling {
        let amount = match spooling.total {
            Some(total) => format!("{} of {} copied", format::bytes(spooling.done), format::bytes(total)),
            None => format!("{} copied", format::bytes(spooling.done)),
        };
        rows.push(Row::new());
        let columns = usize::from(area.width).saturating_sub(8).min(40);
        let mut row = progress(Row::new().gap(1), spooling.fraction(), columns);
        if let Some(fraction) = spooling.fraction() {
            row = row.right(Role::Text, &whole_percent(fraction), 6);
        }
        rows.push(row);
        rows.push(Row::new().gap(1).text(Role::Dim, &amount));
    }
    paint_rows(buffer, area, theme, rows, None);
}

pub(in crate::tui) fn too_small(buffer: &mut Buffer, area: Rect, theme: &Theme) {
    let text = Row::new().text(Role::Text, "too small: 24×6 at least");
    let text = if area.width < 24 { Row::new().text(Role::Text, "too small") } else { text };
    text.paint(buffer, area, theme);
}
