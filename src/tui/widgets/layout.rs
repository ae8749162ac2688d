//! Where everything is: functions of sizes only, used by updating and by drawing.
//!
//! ```text
//! wide ┌────────┬──────────┐   narrow ┌──────────┐
//!      │ layers │          │          │ layers   │
//!      ├────────┤  files   │          │ files    │  the pane with the focus gets the room
//!      │ details│          │          │ details  │
//!      └────────┴──────────┘          └──────────┘
//! ```

use ratatui::layout::{Position, Rect, Size};

/// A smaller screen has no room for anything useful.
const LEAST: Size = Size { width: 24, height: 6 };
/// From this width on, panes are side by side.
const WIDE: u16 = 110;

/// The same in the viewer, whose contents need more columns.
const VIEWER_WIDE: u16 = 130;

/// The body of a terminal of 120 columns and 40 lines.
const ROOMY: Size = Size { width: 120, height: 37 };

/// Below this height, panes are not stacked.
const LOW: u16 = 8;

/// How far one key press moves a border, in thousandths.
const STEP: u16 = 40;

/// How the layers pane shares the body with the next pane, in thousandths of the body; `None` where the border was
/// never moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Of its width, where panes are side by side.
    pub across: Option<u16>,
    /// Of its height, where panes are stacked.
    pub down: Option<u16>,
}

/// The panes of the view of layers and files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) enum Pane {
    #[default]
    Layers,
    Files,
    Details,
}

/// From this height on, there is a line of tabs.
const TABS: u16 = 12;
/// The height that details have at least.
const LEAST_DETAILS: u16 = 4;

/// The screen: a header line, the tabs, the view, a footer line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct ScreenLayout {
    pub header: Rect,
    /// Without height on a low screen.
    pub tabs: Rect,
    pub body: Rect,
    pub footer: Rect,
}

impl ScreenLayout {
    /// `None` if the screen is too small.
    pub fn new(size: Size) -> Option<Self> {
        if size.width < LEAST.width || size.height < LEAST.height {
            return None;
        }
        let line = |y| Rect::new(0, y, size.width, 1);
        let tabs = Rect { height: u16::from(size.height >= TABS), ..line(1) };
        Some(Self {
            header: line(0),
            tabs,
            body: Rect::new(0, tabs.bottom(), size.width, size.height - 2 - tabs.height),
            footer: line(size.height - 1),
        })
    }
}

/// Whether panes have a full frame, or only a line above.
pub(in crate::tui) fn boxed(body: Rect) -> bool {
    body.width >= WIDE && body.height >= 12
}

/// Whether there is room for second lines: on terminals of at least 120 columns and 40 lines.
pub(in crate::tui) fn is_roomy(body: Rect) -> bool {
    body.width >= ROOMY.width && body.height >= ROOMY.height
}

/// The area a pane has for its contents.
pub(in crate::tui) fn inner(pane: Rect, boxed: bool) -> Rect {
    if boxed {
        Rect {
            x: pane.x + 1,
            y: pane.y + 1,
            width: pane.width.saturating_sub(2),
            height: pane.height.saturating_sub(2),
        }
    } else {
        Rect { y: pane.y + 1, height: pane.height.saturating_sub(1), ..pane }
    }
}

/// The same without the line of column headings.
pub(in crate::tui) fn below_heads(inner: Rect) -> Rect {
    Rect { y: inner.y + inner.height.min(1), height: inner.height.saturating_sub(1), ..inner }
}

/// Where the panes of the view of layers and files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct LayersLayout {
    pub layers: Rect,
    pub files: Rect,
    pub details: Option<Rect>,
}

impl LayersLayout {
    /// `rows` is the number of layers that are listed, `text` that of the lines of the details.
    pub fn new(body: Rect, rows: usize, text: usize, focus: Pane, split: Split, overview: bool) -> Self {
        let boxed = boxed(body);
        let frame = if boxed { 2 } else { 1 };
        let wanted = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(frame + 1);
        let text = u16::try_from(text).unwrap_or(u16::MAX).saturating_add(frame).max(LEAST_DETAILS);
        if body.width >= WIDE {
            // Less than half: the rows of files are longer.
            let left = split.across.map_or(body.width / 2 - body.width / 25, |share| part(body.width, share));
            let left = left.clamp(30, body.width - 40);
            let (column, files) = cut_right(body, left);
            if body.height < 14 {
                return Self { layers: column, files, details: None };
            }
            let share = if focus == Pane::Details { 4 } else { 6 };
            let most = (column.height * share / 10).max(column.height.saturating_sub(text)).max(6);
            let (layers, details) = cut_below(column, wanted.clamp(6, most));
            return Self { layers, files, details: Some(details) };
        }
        if body.height < LOW {
            // There is room for one pane; the other keeps a position with no height, so that the focus can move to it.
            let layers = if focus == Pane::Files { 0 } else { body.height };
            let (layers, files) = cut_below(body, layers);
            return Self { layers, files, details: None };
        }
        if body.height < 16 {
            let share = if focus == Pane::Files { 4 } else { 6 };
            let most = (body.height * share / 10).max(2);
            let (layers, files) = cut_below(body, wanted.clamp(2, most));
            return Self { layers, files, details: None };
        }
        if overview {
            let layers = split.down.map_or(wanted.min(body.height * 4 / 10), |share| part(body.height, share));
            let (layers, files) = cut_below(body, layers.clamp(4, body.height - 4));
            return Self { layers, files, details: None };
        }
        let tenths = match focus {
            Pane::Layers => (5, 2),
            Pane::Files => (3, 3),
            Pane::Details => (3, 5),
        };
        let details = (body.height * tenths.1 / 10).max(5).min(text);
        let layers = match split.down {
            Some(share) => part(body.height, share).clamp(4, body.height.saturating_sub(details + 4).max(4)),
            None => wanted.clamp(4, body.height * tenths.0 / 10),
        };
        let (layers, rest) = cut_below(body, layers);
        let (files, details) = cut_below(rest, rest.height.saturating_sub(details));
        Self { layers, files, details: Some(details) }
    }

    /// One pane in the whole body; the others keep positions with no height, so that the focus can move to them.
    pub fn zoomed(self, body: Rect, focus: Pane) -> Self {
        let none = Rect { y: body.bottom(), height: 0, ..body };
        let place = |pane| if pane == focus { body } else { none };
        let details = self.details.map(|_| place(Pane::Details));
        Self { layers: place(Pane::Layers), files: place(Pane::Files), details }
    }

    /// Whether the panes of layers and files are side by side.
    pub fn side_by_side(&self) -> bool {
        self.files.x > self.layers.x
    }

    /// Whether the border between layers and files is at this position.
    pub fn border_at(&self, at: Position) -> bool {
        if self.side_by_side() {
            (self.files.top()..self.files.bottom()).contains(&at.y)
                && (at.x == self.files.x || at.x + 1 == self.files.x)
        } else {
            self.layers.height > 0 && at.y == self.files.y && (self.files.left()..self.files.right()).contains(&at.x)
        }
    }

    /// The split that puts the border at this position.
    pub fn dragged(&self, body: Rect, at: Position, split: Split) -> Split {
        if self.side_by_side() {
            Split { across: Some(share(at.x.saturating_sub(body.x), body.width)), ..split }
        } else {
            Split { down: Some(share(at.y.saturating_sub(body.y), body.height)), ..split }
        }
    }

    /// The split after a key that makes the layers pane wider or narrower.
    pub fn resized(&self, body: Rect, wider: bool, split: Split) -> Split {
        let nudge =
            |now: u16| if wider { now.saturating_add(STEP).min(900) } else { now.saturating_sub(STEP).max(100) };
        if self.side_by_side() {
            Split { across: Some(nudge(share(self.layers.width, body.width))), ..split }
        } else {
            Split { down: Some(nudge(share(self.layers.height, body.height))), ..split }
        }
    }

    pub fn of_pane(&self, pane: Pane) -> Option<Rect> {
        match pane {
            Pane::Layers => Some(self.layers),
            Pane::Files => Some(self.files),
            Pane::Details => self.details,
        }
    }
}

/// Where a list and the details of its selected row are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct ListLayout {
    pub list: Rect,
    pub details: Option<Rect>,
}

impl ListLayout {
    /// `lines` is the height the list would like, headings and total included, `text` that of the details.
    pub fn new(body: Rect, lines: usize, text: usize, in_details: bool) -> Self {
        if body.height < 12 {
            return Self { list: body, details: None };
        }
        let framed = |lines| u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(if boxed(body) { 2 } else { 1 });
        let (wanted, text) = (framed(lines), framed(text).max(LEAST_DETAILS));
        let tenths = if in_details {
            4
        } else if is_roomy(body) {
            6
        } else {
            7
        };
        // Details that need less leave the rest to the list.
        let most = (body.height * tenths / 10).max(body.height.saturating_sub(text));
        let (list, details) = cut_below(body, wanted.clamp(6, most.max(6)));
        Self { list, details: Some(details) }
    }
}

impl ListLayout {
    /// The list or its details in the whole body.
    pub fn zoomed(self, body: Rect, in_details: bool) -> Self {
        let none = Rect { y: body.bottom(), height: 0, ..body };
        let (list, details) = if in_details { (none, body) } else { (body, none) };
        Self { list, details: self.details.map(|_| details) }
    }
}

/// Where the versions of a file and their content are: side by side, stacked, or only the focused one. Those without
/// room have no height.
///
/// ```text
/// wide ┌─────────┬──────────┐   narrow ┌──────────┐
///      │ versions│          │          │ versions │
///      ├─────────┤ content  │          ├──────────┤
///      │ about it│          │          │ content  │
///      └─────────┴──────────┘          └──────────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct ViewerLayout {
    pub versions: Rect,
    pub about: Rect,
    pub content: Rect,
    pub boxed: bool,
}

impl ViewerLayout {
    pub fn new(body: Rect, events: usize, in_versions: bool) -> Self {
        let boxed = boxed(body);
        let none = Rect { height: 0, ..body };
        let wanted = u16::try_from(events).unwrap_or(u16::MAX).saturating_add(if boxed { 2 } else { 1 });
        if body.width >= VIEWER_WIDE && body.height >= 12 {
            let left = (body.width * 2 / 5).min(70);
            let content = Rect { x: body.x + left, width: body.width - left, ..body };
            let height = wanted.clamp(4, body.height * 6 / 10);
            let versions = Rect { width: left, height, ..body };
            let about = Rect { y: body.y + height, width: left, height: body.height - height, ..body };
            return Self { versions, about, content, boxed };
        }
        if body.height < 10 {
            let (versions, content) = if in_versions { (body, none) } else { (none, body) };
            return Self { versions, about: none, content, boxed };
        }
        let height = wanted.clamp(3, body.height / if in_versions { 2 } else { 3 });
        let content = Rect { y: body.y + height, height: body.height - height, ..body };
        Self { versions: Rect { height, ..body }, about: none, content, boxed }
    }

    /// The height of the content in rows.
    pub fn height(&self) -> usize {
        usize::from(inner(self.content, self.boxed).height)
    }
}

/// The area of a dialog, in the middle of the body.
pub(in crate::tui) fn popup(body: Rect, width: usize, height: usize) -> Rect {
    // A sliver of the view below is useless.
    let fill = |wanted: usize, whole: u16, margin: u16| {
        u16::try_from(wanted).ok().filter(|wanted| wanted.saturating_add(margin) <= whole).unwrap_or(whole)
    };
    let (width, height) = (fill(width, body.width, 10), fill(height, body.height, 2));
    Rect { x: body.x + (body.width - width) / 2, y: body.y + (body.height - height) / 2, width, height }
}

/// A share of a length, rounded to the nearest cell.
fn part(length: u16, thousandths: u16) -> u16 {
    u16::try_from((u32::from(length) * u32::from(thousandths) + 500) / 1000).unwrap_or(length)
}

/// The share that a part has, in thousandths.
fn share(part: u16, length: u16) -> u16 {
    u16::try_from((u32::from(part) * 1000) / u32::from(length.max(1))).unwrap_or(1000).min(1000)
}

fn cut_below(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

fn cut_right(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    (Rect { width, ..area }, Rect { x: area.x + width, width: area.width - width, ..area })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_fill_the_body_without_overlap_at_every_size() {
        for width in LEAST.width..240 {
            for height in LEAST.height..80 {
                let body = ScreenLayout::new(Size { width, height }).expect("large enough").body;
                for (at, (steps, focus)) in
                    [(0, Pane::Layers), (3, Pane::Files), (200, Pane::Details), (200, Pane::Layers)]
                        .into_iter()
                        .enumerate()
                {
                    let moved = [None, Some(0), Some(1000), Some(400)][at];
                    let panes =
                        LayersLayout::new(body, steps, at * 9, focus, Split { across: moved, down: moved }, at == 0);
                    let all = [Some(panes.layers), Some(panes.files), panes.details];
                    let area: u32 = all.iter().flatten().map(|pane| pane.area()).sum();
                    assert_eq!(area, body.area(), "{width}×{height}: {panes:?}");
                    assert!(
                        all.iter()
                            .flatten()
                            .all(|pane| pane.height == 0 || pane.intersection(body) == *pane && pane.height >= 2)
                    );
                    let list = ListLayout::new(body, steps, at * 9, focus == Pane::Details);
                    assert_eq!(list.list.area() + list.details.map_or(0, Rect::area), body.area());
                }
            }
        }
    }

    #[test]
    fn a_border_goes_where_it_is_dragged() {
        for size in [Size { width: 160, height: 50 }, Size { width: 80, height: 24 }] {
            let body = ScreenLayout::new(size).expect("large enough").body;
            let begin = LayersLayout::new(body, 20, 30, Pane::Layers, Split::default(), false);
            let at = Position { x: 70, y: 9 };
            let split = begin.dragged(body, at, Split::default());
            let moved = LayersLayout::new(body, 20, 30, Pane::Layers, split, false);
            assert!(moved.border_at(at), "{moved:?}");
            let wider = LayersLayout::new(body, 20, 30, Pane::Layers, moved.resized(body, true, split), false);
            assert!(wider.layers.area() > moved.layers.area(), "{wider:?}");
        }
    }

    #[test]
    fn a_screen_that_is_too_small_has_no_layout() {
        assert_eq!(ScreenLayout::new(Size { width: 20, height: 5 }), None);
        assert!(ScreenLayout::new(Size { width: 40, height: 12 }).is_some());
    }

    #[test]
    fn the_parts_of_the_viewer_fill_the_body_at_every_size() {
        for width in 1..200 {
            for height in 1..70 {
                let body = Rect::new(0, 1, width, height);
                for (events, in_versions) in [(0, false), (3, true), (500, false), (500, true)] {
                    let areas = ViewerLayout::new(body, events, in_versions);
                    let parts = [areas.versions, areas.about, areas.content];
                    assert_eq!(parts.iter().map(|part| part.area()).sum::<u32>(), body.area(), "{areas:?}");
                    assert!(parts.iter().all(|part| part.height == 0 || part.intersection(body) == *part));
                }
            }
        }
    }
}
