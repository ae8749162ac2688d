//! Areas by weight: a squarified treemap (Bruls, Huizing, van Wijk) in terminal cells, which are about twice as high as
//! they are wide.

use ratatui::layout::{Position, Rect};

/// The ratio of a cell's height to its width.
const CELL: f64 = 2.0;

/// The area that is not laid out yet; heights in units of a cell's width.
struct Room {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// Gives every weight its part of an area. Weights are sorted, largest first, and none is 0. The parts fill the area
/// without overlapping; a weight too small for a cell gets a part without cells.
#[expect(clippy::cast_precision_loss, reason = "a share of a few thousand cells")]
pub(super) fn squarify(weights: &[u64], area: Rect) -> Vec<Rect> {
    let total: f64 = weights.iter().map(|&weight| weight as f64).sum();
    if total <= 0.0 || area.is_empty() {
        return vec![Rect::ZERO; weights.len()];
    }
    let mut room = Room {
        x: f64::from(area.x),
        y: f64::from(area.y) * CELL,
        width: f64::from(area.width),
        height: f64::from(area.height) * CELL,
    };
    let scale = room.width * room.height / total;
    let areas: Vec<f64> = weights.iter().map(|&weight| weight as f64 * scale).collect();
    let mut parts = Vec::with_capacity(areas.len());
    let mut rest = &areas[..];
    while !rest.is_empty() {
        let (strip, after) = rest.split_at(strip_length(rest, room.width.min(room.height)));
        room.lay_out(strip, after.is_empty(), &mut parts);
        rest = after;
    }
    parts
}

/// How many areas the next strip takes: as many as make no aspect ratio worse.
fn strip_length(areas: &[f64], side: f64) -> usize {
    let Some(&largest) = areas.first() else { return 0 };
    // How far the longest and the shortest of a strip are from being squares.
    let worst = |sum: f64, smallest: f64| {
        let squared = side * side;
        (squared * largest / (sum * sum)).max(sum * sum / (squared * smallest))
    };
    let (mut sum, mut best) = (largest, worst(largest, largest));
    for (at, &area) in areas.iter().enumerate().skip(1) {
        let with = worst(sum + area, area);
        if with > best {
            return at;
        }
        (sum, best) = (sum + area, with);
    }
    areas.len()
}

impl Room {
    /// Lays out a strip along the shorter side, and keeps the remaining area.
    fn lay_out(&mut self, strip: &[f64], last: bool, parts: &mut Vec<Rect>) {
        let sum: f64 = strip.iter().sum();
        let upright = self.width >= self.height;
        let (side, other) = if upright { (self.height, self.width) } else { (self.width, self.height) };
        let thick = if last { other } else { (sum / side).min(other) };
        let mut along = 0.0;
        for (at, &area) in strip.iter().enumerate() {
            let end = if at + 1 == strip.len() { side } else { (along + area / thick).min(side) };
            parts.push(if upright {
                cells(self.x, self.y + along, self.x + thick, self.y + end)
            } else {
                cells(self.x + along, self.y, self.x + end, self.y + thick)
            });
            along = end;
        }
        if upright {
            self.x += thick;
            self.width -= thick;
        } else {
            self.y += thick;
            self.height -= thick;
        }
    }
}

/// The cells between edges. Neighbours share an edge, so they round it to the same cell.
fn cells(left: f64, top: f64, right: f64, bottom: f64) -> Rect {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the screen")]
    let whole = |edge: f64| edge.round().max(0.0) as u16;
    let (x, y) = (whole(left), whole(top / CELL));
    let (right, bottom) = (whole(right), whole(bottom / CELL));
    Rect { x, y, width: right.saturating_sub(x), height: bottom.saturating_sub(y) }
}

/// A direction to a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Left,
    Right,
    Up,
    Down,
}

/// The neighbour on one side, nearest to the middle of that side.
pub(super) fn neighbour(parts: &[Rect], from: usize, toward: Direction) -> Option<usize> {
    let here = *parts.get(from)?;
    let middle = Position { x: here.x + here.width / 2, y: here.y + here.height / 2 };
    let touches = |part: &Rect| match toward {
        Direction::Left => part.right() == here.x,
        Direction::Right => part.x == here.right(),
        Direction::Up => part.bottom() == here.y,
        Direction::Down => part.y == here.bottom(),
    };
    let away = |part: &Rect| match toward {
        Direction::Left | Direction::Right => distance(middle.y, part.top(), part.bottom()),
        Direction::Up | Direction::Down => distance(middle.x, part.left(), part.right()),
    };
    let parts = parts.iter().enumerate().filter(|(at, part)| *at != from && !part.is_empty() && touches(part));
    parts.min_by_key(|(_, part)| away(part)).map(|(at, _)| at)
}

fn distance(place: u16, begin: u16, end: u16) -> u16 {
    if place < begin { begin - place } else { (place + 1).saturating_sub(end) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_fill_the_area_without_overlap(
            mut weights in prop::collection::vec(1_u64..1_000_000_000_000, 1..60),
            x in 0_u16..9, y in 0_u16..9, width in 1_u16..160, height in 1_u16..60,
        ) {
            weights.sort_unstable_by(|a, b| b.cmp(a));
            let area = Rect { x, y, width, height };
            let parts = squarify(&weights, area);
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert_eq!(parts.iter().map(|part| part.area()).sum::<u32>(), area.area());
            for (at, part) in parts.iter().enumerate() {
                prop_assert!(part.is_empty() || part.intersection(area) == *part);
                prop_assert!(parts[at + 1..].iter().all(|other| part.intersection(*other).is_empty()));
            }
        }
    }

    #[test]
    fn parts_are_as_large_as_their_weights() {
        let area = Rect::new(0, 0, 120, 40);
        let weights = [600, 600, 400, 300, 200, 200, 100];
        for (weight, part) in weights.iter().zip(squarify(&weights, area)) {
            let (wanted, got) = (weight * 2, u64::from(part.area()));
            assert!(wanted.abs_diff(got) <= wanted / 8, "{weight}: {wanted} cells wanted, {got} given: {part:?}");
            assert!(part.width < 5 * part.height * 2 && part.height * 2 < 5 * part.width, "nearly a square: {part:?}");
        }
    }

    #[test]
    fn nothing_has_no_area() {
        assert_eq!(squarify(&[], Rect::new(0, 0, 9, 9)), []);
        assert_eq!(squarify(&[5], Rect::ZERO), [Rect::ZERO]);
    }

    #[test]
    fn arrows_go_to_what_lies_there() {
        // ┌──┬──┐
        // │  │ 1│
        // │ 0├──┤
        // │  │ 2│
        // └──┴──┘
        let parts = [Rect::new(0, 0, 10, 10), Rect::new(10, 0, 10, 4), Rect::new(10, 4, 10, 6)];
        assert_eq!(neighbour(&parts, 0, Direction::Right), Some(2));
        assert_eq!(neighbour(&parts, 2, Direction::Up), Some(1));
        assert_eq!(neighbour(&parts, 1, Direction::Left), Some(0));
        assert_eq!(neighbour(&parts, 0, Direction::Left), None);
        assert_eq!(neighbour(&[], 0, Direction::Down), None);
    }
}
