//! The treemap: every area has a line above and to its left, so areas are distinct without colours too.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::TreemapView;
use super::plot::{Plot, PlotItem, Shade, arrange};
use crate::format;
use crate::tui::model::Model;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, fit_end};
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::{Role, Theme};
use crate::union::{Change, NodeId, Scope, Union};

/// Below this size, the contents of a folder are not shown.
const LEAST_INSIDE: (u16, u16) = (10, 3);

/// The room for the areas: all but the last line, which describes the selection.
pub(super) fn treemap_area(inner: Rect) -> Rect {
    Rect { height: inner.height.saturating_sub(1), ..inner }
}

pub(in crate::tui) fn treemap(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    view: &TreemapView,
    scope: Option<Scope>,
    framing: Framing<'_>,
) {
    let plot = view.plot();
    let folder = plot.zip(model.union.as_ref()).map(|(plot, union)| {
        let skipped = match plot.skip {
            0 => String::new(),
            skip => format!(" · without the {} largest", format::count(skip)),
        };
        format!("· /{} · {}{skipped}", format::safe(union.path(plot.folder).as_bytes()), format::bytes(plot.bytes))
    });
    let inner = pane::open(buffer, area, &title(scope), &folder.unwrap_or_default(), framing).intersection(area);
    let Some((plot, union)) = plot.zip(model.union.as_ref()) else {
        let why = match scope {
            _ if model.union.is_none() => "known once the layers are read",
            None => "no files: this instruction changed metadata only",
            Some(_) => "…",
        };
        pane::note(buffer, inner, framing.theme, why);
        return;
    };
    let areas = view.areas(area);
    if areas.is_empty() {
        let why = if plot.bytes == 0 { "no file here has any bytes" } else { "no room" };
        pane::note(buffer, inner, framing.theme, why);
        return;
    }
    let painter = Painter { union, plot, theme: framing.theme };
    for (at, (item, place)) in areas.iter().enumerate() {
        painter.item(buffer, item, plot.folder, *place);
        painter.inside(buffer, item, *place);
        if at == view.selected() {
            painter.select(buffer, *place);
        }
    }
    if let Some((item, _)) = areas.get(view.selected()).filter(|_| inner.height > 0) {
        let foot = Rect { y: inner.bottom() - 1, height: 1, ..inner };
        painter.foot(item, usize::from(inner.width)).paint(buffer, foot, framing.theme);
    }
}

fn title(scope: Option<Scope>) -> String {
    match scope {
        None => "Map".to_owned(),
        Some(Scope::Merged(layer)) => format!("Map after layer {layer}"),
        Some(Scope::Changes(first, last)) if first == last => format!("Map of layer {last}"),
        Some(Scope::Changes(first, last)) => format!("Map of layers {first} to {last}, combined"),
    }
}

struct Painter<'a> {
    union: &'a Union,
    plot: &'a Plot,
    theme: &'a Theme,
}

impl Painter<'_> {
    fn item(&self, buffer: &mut Buffer, item: &PlotItem, inside: NodeId, place: Rect) {
        let width = usize::from(place.width);
        let role = role(item.shade);
        let top = Rect { height: 1, ..place };
        let mut row = Row::new().text(Role::Border, "┌");
        let size = format::bytes(item.bytes);
        let name = self.name(item, inside);
        let room = width.saturating_sub(1);
        let all = format::width(&name) + 1 + format::width(&size);
        let below = all > room && place.height > 1;
        if room > 2 {
            row = row.until(role, &name, width);
            if !below && all <= room {
                row = row.text(Role::Dim, " ").text(Role::Dim, &size);
            }
        }
        let rest = width.saturating_sub(row.width());
        row.text(Role::Border, &"─".repeat(rest)).paint(buffer, top, self.theme);
        for y in place.y + 1..place.bottom() {
            let mut row = Row::new().text(Role::Border, "│");
            if y == place.y + 1 && below && room >= format::width(&size) {
                row = row.text(Role::Dim, &size);
            }
            let fill = fill(item.shade);
            let rest = width.saturating_sub(row.width());
            row = row.text(role, &fill.repeat(rest));
            row.paint(buffer, Rect { y, height: 1, ..place }, self.theme);
        }
        // A box has the colour of its account, if there are colours, and its text that of the background.
        let style = self.theme.style(fill_role(item.shade));
        if let Some(colour) = style.fg.filter(|_| item.shade != Shade::Folder) {
            let plain = Style::new().fg(colour).remove_modifier(Modifier::DIM | Modifier::BOLD);
            buffer.set_style(place.intersection(buffer.area), plain.add_modifier(Modifier::REVERSED));
        }
    }

    /// The chosen box has a thick frame on all sides, in the style of a selected row.
    fn select(&self, buffer: &mut Buffer, place: Rect) {
        let edges = [
            (Rect { height: 1, ..place }, "━"),
            (Rect { y: place.bottom() - 1, height: 1, ..place }, "━"),
            (Rect { width: 1, ..place }, "┃"),
            (Rect { x: place.right() - 1, width: 1, ..place }, "┃"),
        ];
        let plain = Style::new().fg(Color::Reset).bg(Color::Reset).remove_modifier(Modifier::all());
        let style = self.theme.style(Role::Selected);
        for (edge, sign) in edges {
            let edge = edge.intersection(buffer.area);
            for at in edge.positions() {
                // The first two lines have the name and the size, with a blank in it.
                let is_free = |x: u16| x >= edge.right() || buffer[(x, at.y)].symbol() == " ";
                let is_free = at.y > place.y + 1 || at.y > place.y && is_free(at.x) && is_free(at.x + 1);
                let cell = &mut buffer[at];
                if is_free || matches!(cell.symbol(), "─" | "│" | "┌" | "░" | "·" | "━" | "┃") {
                    cell.set_symbol(sign);
                }
                cell.set_style(plain).set_style(style);
            }
        }
    }

    /// The contents of an area, below its line and to the right of it. Nothing is kept deeper than there is room.
    fn inside(&self, buffer: &mut Buffer, item: &PlotItem, place: Rect) {
        let room = Rect {
            x: place.x + 1,
            y: place.y + 1,
            width: place.width.saturating_sub(1),
            height: place.height.saturating_sub(1),
        };
        let Some(folder) = item.node.filter(|_| room.width >= LEAST_INSIDE.0 && room.height >= LEAST_INSIDE.1) else {
            return;
        };
        for (item, place) in arrange(&item.inside, room) {
            self.item(buffer, &item, folder, place);
            self.inside(buffer, &item, place);
        }
    }

    /// Its path, relative to the folder that contains it.
    fn name(&self, item: &PlotItem, inside: NodeId) -> String {
        let Some(node) = item.node else { return format!("… {} more", format::count(item.count)) };
        let name = self.below(node, inside);
        match (item.shade, self.plot.view.scope()) {
            (Shade::Folder, _) => format!("{name}/"),
            (Shade::Changed(change), Scope::Changes(..)) => format!("{} {name}", change.letter()),
            _ => name,
        }
    }

    /// A path relative to a folder.
    fn below(&self, node: NodeId, folder: NodeId) -> String {
        let (path, above) = (self.union.path(node), self.union.path(folder));
        let name = path.as_bytes().strip_prefix(above.as_bytes()).unwrap_or(path.as_bytes());
        format::safe(name.strip_prefix(b"/").unwrap_or(name))
    }

    /// The selection, and its share.
    fn foot(&self, item: &PlotItem, width: usize) -> Row {
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        let share = |of: u64| if of == 0 { 0.0 } else { item.bytes as f64 / of as f64 };
        let mut said = format!("  {} · {}", format::bytes(item.bytes), format::percent(share(self.plot.bytes)));
        let top = self.union.root();
        if self.plot.folder != top {
            let whole = self.plot.view.bytes(top).saturating_add(self.plot.view.removed_bytes(top));
            let _ = write!(said, " of this folder, {} of all", format::percent(share(whole)));
        }
        let word = match (item.shade, self.plot.view.scope()) {
            (Shade::Changed(change), Scope::Changes(..)) => format!(" · {}", change.name()),
            (Shade::Changed(Change::Removed), Scope::Merged(_)) => " · removed later".to_owned(),
            (Shade::Changed(_), Scope::Merged(_)) => " · stored again later".to_owned(),
            _ => String::new(),
        };
        let room = width.saturating_sub(2 + format::width(&said) + format::width(&word));
        let path = match item.node {
            Some(node) => {
                let end = if item.shade == Shade::Folder { "/" } else { "" };
                let whole = format!("/{}{end}", format::safe(self.union.path(node).as_bytes()));
                // The title names the folder.
                let fits = format::width(&whole) <= room;
                if fits { whole } else { format!("{}{end}", self.below(node, self.plot.folder)) }
            }
            None => format!("{}, too small to be shown here", counted(item.count, "smaller path")),
        };
        let row = Row::new().gap(1).text(Role::Strong, &fit_end(&path, room.max(8)));
        row.text(Role::Text, &said).text(role(item.shade), &word)
    }
}

/// What tells boxes apart without colours.
fn fill(shade: Shade) -> &'static str {
    match shade {
        Shade::Changed(Change::Removed) => "░",
        Shade::Changed(Change::Modified) => "·",
        _ => " ",
    }
}

/// The role whose colour fills a box.
fn fill_role(shade: Shade) -> Role {
    match shade {
        Shade::Live => Role::Bar,
        shade => role(shade),
    }
}

fn role(shade: Shade) -> Role {
    match shade {
        Shade::Live => Role::Text,
        Shade::Folder => Role::Folder,
        Shade::Rest => Role::Dim,
        Shade::Changed(Change::Added) => Role::Added,
        Shade::Changed(Change::Modified) => Role::Modified,
        Shade::Changed(Change::Removed) => Role::Removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::widgets::layout;

    #[test]
    fn the_last_line_is_not_for_areas() {
        let inner = layout::inner(Rect::new(0, 1, 80, 20), false);
        assert_eq!(treemap_area(inner).bottom() + 1, inner.bottom());
        assert!(treemap_area(Rect::ZERO).is_empty());
    }
}
