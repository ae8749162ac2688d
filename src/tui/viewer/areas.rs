//! Where versions and content are: side by side, stacked, or only the focused one.
//!
//! ```text
//! wide ┌─────────┬──────────┐   narrow ┌──────────┐
//!      │ versions│          │          │ versions │
//!      ├─────────┤ content  │          ├──────────┤
//!      │ about it│          │          │ content  │
//!      └─────────┴──────────┘          └──────────┘
//! ```

use ratatui::layout::Rect;

use crate::tui::widgets::layout;

/// From this width on they are side by side.
const WIDE: u16 = 130;

/// The areas; those without room have no height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Areas {
    pub versions: Rect,
    pub about: Rect,
    pub content: Rect,
    pub boxed: bool,
}

impl Areas {
    pub fn new(body: Rect, events: usize, in_versions: bool) -> Self {
        let boxed = layout::boxed(body);
        let none = Rect { height: 0, ..body };
        let wanted = u16::try_from(events).unwrap_or(u16::MAX).saturating_add(if boxed { 2 } else { 1 });
        if body.width >= WIDE && body.height >= 12 {
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
        usize::from(layout::inner(self.content, self.boxed).height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_fill_the_body_at_every_size() {
        for width in 1..200 {
            for height in 1..70 {
                let body = Rect::new(0, 1, width, height);
                for (events, in_versions) in [(0, false), (3, true), (500, false), (500, true)] {
                    let areas = Areas::new(body, events, in_versions);
                    let parts = [areas.versions, areas.about, areas.content];
                    assert_eq!(parts.iter().map(|part| part.area()).sum::<u32>(), body.area(), "{areas:?}");
                    assert!(parts.iter().all(|part| part.height == 0 || part.intersection(body) == *part));
                }
            }
        }
    }
}
