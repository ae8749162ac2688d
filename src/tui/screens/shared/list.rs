//! A list with the details of its selected row below it. One of the two has the focus.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{above_filter, filter_line};
use crate::tui::action::Action;
use crate::tui::search::{Finder, next_match};
use crate::tui::widgets::layout::{self, ListLayout};
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, paint_wrapped_rows};
use crate::tui::widgets::scroll::{ClickTarget, Cursor, Motion, MouseAction, Pointer};
use crate::tui::widgets::text::{Scrolled, Text};
use crate::tui::widgets::theme::Theme;

/// The rows, the cursor, the filter and the details. `E` changes whenever the details of a row change.
pub(in crate::tui::screens) struct DetailedList<R, E = u32> {
    pub rows: Vec<R>,
    pub cursor: Cursor,
    pub finder: Finder,
    pub in_details: bool,
    /// Whether each row takes two lines; none if all take one.
    long: Vec<bool>,
    /// Whether the focused pane has the whole body.
    is_zoomed: bool,
    /// Whether there is a total below the rows.
    has_total: bool,
    details: Scrolled<(Option<R>, E)>,
}

impl<R: Copy + PartialEq, E: PartialEq> DetailedList<R, E> {
    pub fn new(has_total: bool) -> Self {
        Self {
            rows: Vec::new(),
            cursor: Cursor::default(),
            finder: Finder::default(),
            in_details: false,
            long: Vec::new(),
            is_zoomed: false,
            has_total,
            details: Scrolled::default(),
        }
    }

    pub fn selected(&self) -> Option<R> {
        self.rows.get(self.cursor.selected()).copied()
    }

    /// Selects a row, or the first one if it is not in the list.
    pub fn select(&mut self, row: R) {
        self.cursor.select(self.rows.iter().position(|&listed| listed == row).unwrap_or(0));
    }

    fn layout(&self, body: Rect) -> ListLayout {
        if self.rows.is_empty() && self.has_total {
            return ListLayout { list: body, details: None };
        }
        let lines = self.lines() + 1 + usize::from(self.has_total) + usize::from(self.finder.has_line());
        let layout = ListLayout::new(body, lines, self.details.tallest(), self.in_details);
        if self.is_zoomed { layout.zoomed(body, self.in_details) } else { layout }
    }

    /// The lines of all rows.
    fn lines(&self) -> usize {
        self.rows.len() + self.long.iter().filter(|&&is_long| is_long).count()
    }

    /// Gives long rows a second line if all rows are visible then.
    pub fn wrap(&mut self, body: Rect, is_long: impl Fn(R) -> bool) {
        self.long.clear();
        // Each row takes a line at least: more rows than lines need not be asked.
        if layout::is_roomy(body) && self.rows.len() <= usize::from(self.rows_in(body).height) {
            self.long = self.rows.iter().map(|&row| is_long(row)).collect();
            if self.lines() > usize::from(self.rows_in(body).height) {
                self.long.clear();
            }
        }
    }

    /// Whether long rows have a second line.
    pub fn is_wrapped(&self) -> bool {
        !self.long.is_empty()
    }

    /// The width that rows have.
    pub fn width(&self, body: Rect) -> usize {
        usize::from(self.rows_in(body).width)
    }

    /// The rows' part of the area above the filter: without the headings and the total.
    fn rows_area(&self, inner: Rect) -> Rect {
        let rows = layout::below_heads(inner);
        Rect { height: rows.height.saturating_sub(u16::from(self.has_total)), ..rows }
    }

    fn rows_in(&self, body: Rect) -> Rect {
        let inner = layout::inner(self.layout(body).list, layout::boxed(body));
        self.rows_area(above_filter(inner, &self.finder))
    }

    /// Moves the focus, or the cursor in the pane that has it. Returns whether the action is one of these.
    pub fn act(&mut self, action: Action, body: Rect) -> bool {
        let details = self.layout(body).details;
        match (action, Motion::from_action(action)) {
            (Action::NextPane | Action::PreviousPane, _) => self.in_details = !self.in_details && details.is_some(),
            (Action::Zoom, _) if details.is_some() => self.is_zoomed = !self.is_zoomed,
            (_, Some(motion)) if self.in_details => {
                if let Some(area) = details {
                    self.details.go(motion, layout::inner(area, layout::boxed(body)));
                }
            }
            (_, Some(motion)) => self.cursor.go(motion, self.rows.len(), usize::from(self.rows_in(body).height)),
            (Action::Close | Action::Collapse, None) if self.in_details => self.in_details = false,
            (_, None) => return false,
        }
        true
    }

    /// Handles a click or the wheel.
    pub fn point(&mut self, pointer: Pointer, body: Rect) -> ClickTarget {
        let (layout, boxed) = (self.layout(body), layout::boxed(body));
        if let Some(area) = layout.details.filter(|&area| pointer.is_in(area)) {
            self.in_details |= pointer.action == MouseAction::Click;
            pointer.on_text(&mut self.details, layout::inner(area, boxed));
            return ClickTarget::Nothing;
        }
        let had_keys = !self.in_details;
        self.in_details &= pointer.action != MouseAction::Click;
        let rows = self.rows_in(body);
        let hit = if self.is_wrapped() {
            pointer.on_wrapped_list(&mut self.cursor, rows, self.long.iter().copied())
        } else {
            pointer.on_list(&mut self.cursor, rows, self.rows.len())
        };
        if hit == ClickTarget::SelectedRow && !had_keys { ClickTarget::Row } else { hit }
    }

    /// Selects the next or previous row that matches. Returns whether there is one, and whether the search wrapped
    /// around.
    pub fn go_to_match(&mut self, forward: bool, holds: impl Fn(usize, R) -> bool) -> Option<bool> {
        let holds = |at: usize| self.rows.get(at).is_some_and(|&row| holds(at, row));
        let (row, round) = next_match(self.rows.len(), self.cursor.selected(), forward, holds)?;
        self.cursor.select(row);
        Some(round)
    }

    /// Clears the filter, unless the details have the focus. Returns whether there was one.
    pub fn clear_filter(&mut self) -> bool {
        !self.in_details && self.finder.clear()
    }

    /// Keeps the cursor in the list, and the details up to date.
    pub fn refresh(&mut self, edition: E, body: Rect, describe: impl FnOnce(&mut Text, R)) {
        let details = self.layout(body).details;
        self.in_details &= details.is_some();
        self.cursor.clamp(self.rows.len(), usize::from(self.rows_in(body).height));
        if let Some(area) = details {
            let row = self.selected();
            self.details.refresh((row, edition), layout::inner(area, layout::boxed(body)), |text| {
                if let Some(row) = row {
                    describe(text, row);
                }
            });
            // The text may have moved the border.
            self.cursor.clamp(self.rows.len(), usize::from(self.rows_in(body).height));
        }
    }

    /// Draws the details, and lets a view draw its list.
    pub fn draw(
        &self,
        buffer: &mut Buffer,
        body: Rect,
        theme: &Theme,
        title: &str,
        list: impl FnOnce(&mut Buffer, Rect, Framing<'_>),
    ) {
        let layout = self.layout(body);
        let framing = |focused| Framing { theme, boxed: layout::boxed(body), focused };
        if layout.list.height > 0 {
            list(buffer, layout.list, framing(!self.in_details));
        }
        if let Some(area) = layout.details.filter(|area| area.height > 0) {
            pane::text(buffer, area, title, &self.details, framing(self.in_details));
        }
    }

    /// Draws the frame and the filter, and returns the area for the contents.
    pub fn open(&self, buffer: &mut Buffer, area: Rect, name: &str, about: &str, framing: Framing<'_>) -> Rect {
        let inner = pane::open(buffer, area, name, about, framing);
        filter_line(buffer, inner.intersection(area), &self.finder, framing.theme);
        above_filter(inner, &self.finder)
    }

    /// Draws the visible rows below the headings, and the total. `inner` is the area that `open` returned.
    pub fn draw_rows(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        inner: Rect,
        framing: Framing<'_>,
        total: Option<Row>,
        row: impl Fn(usize, R) -> Option<Row>,
    ) {
        self.draw_wrapped_rows(buffer, area, inner, framing, total, |at, of_row| Some((row(at, of_row)?, None)));
    }

    /// The same for rows that may have a second line.
    pub fn draw_wrapped_rows(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        inner: Rect,
        framing: Framing<'_>,
        total: Option<Row>,
        row: impl Fn(usize, R) -> Option<(Row, Option<Row>)>,
    ) {
        let list = self.rows_area(inner);
        let visible = self.cursor.visible(self.rows.len(), usize::from(list.height));
        let rows = visible.filter_map(|at| row(at, *self.rows.get(at)?));
        paint_wrapped_rows(buffer, list, framing.theme, rows, Some((self.cursor.line(), framing.selection())));
        pane::position(buffer, area, &self.cursor, self.rows.len(), list, framing);
        if let Some(total) = total.filter(|_| list.bottom() < area.bottom()) {
            let foot = Rect { y: list.bottom(), height: 1, ..inner };
            total.paint(buffer, foot.intersection(inner), framing.theme);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Position;

    use super::*;

    #[test]
    fn a_click_that_only_moves_the_focus_opens_nothing() {
        let body = Rect::new(0, 0, 80, 24);
        let mut list: DetailedList<usize> = DetailedList::new(false);
        list.rows = (0..3).collect();
        let click = |x, y| Pointer { action: MouseAction::Click, at: Position { x, y } };
        assert_eq!((list.point(click(2, 3), body), list.selected()), (ClickTarget::Row, Some(1)));
        list.act(Action::NextPane, body);
        assert_eq!((list.point(click(2, 3), body), list.in_details), (ClickTarget::Row, false));
        assert_eq!(list.point(click(2, 3), body), ClickTarget::SelectedRow);
        assert_eq!((list.point(click(2, 20), body), list.in_details), (ClickTarget::Nothing, true));
    }

    #[test]
    fn the_focus_leaves_details_that_have_no_room() {
        let mut list: DetailedList<usize> = DetailedList::new(true);
        list.rows = vec![7];
        list.in_details = true;
        list.refresh(0, Rect::new(0, 0, 80, 24), |text, row| text.field("row", &row.to_string()));
        assert!(list.in_details);
        list.refresh(0, Rect::new(0, 0, 80, 8), |_, _| {});
        assert!(!list.in_details);
    }
}
