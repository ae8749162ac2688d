//! What a terminal can show: the colours nearest to those of the theme, and ASCII where there is no Unicode.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Style};

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// 24-bit colours.
    All,
    /// The 256 colours of xterm: the named 16, a cube of 6 by 6 by 6, and 24 greys.
    Indexed,
    /// The 16 named colours.
    Named,
}

/// The named colours in the order of their numbers, with the RGB values most terminals give them.
const NAMED: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 92, 92]),
    (Color::LightGreen, [92, 255, 92]),
    (Color::LightYellow, [255, 255, 92]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 92, 255]),
    (Color::LightCyan, [92, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// The steps of the colour cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Colours {
    /// The style, reduced to these colours.
    pub(in crate::tui) fn style(self, style: Style) -> Style {
        Style {
            fg: style.fg.map(|colour| self.nearest(colour)),
            bg: style.bg.map(|colour| self.nearest(colour)),
            ..style
        }
    }

    fn nearest(self, colour: Color) -> Color {
        match (self, colour) {
            (Self::Indexed, Color::Rgb(red, green, blue)) => {
                // The 16 named colours differ between terminals, so they are not candidates.
                let choices = (16..=255_u8).map(|index| (Color::Indexed(index), indexed(index)));
                closest([red, green, blue], choices)
            }
            (Self::Named, Color::Rgb(red, green, blue)) => closest([red, green, blue], NAMED.into_iter()),
            (Self::Named, Color::Indexed(index)) => closest(indexed(index), NAMED.into_iter()),
            (_, other) => other,
        }
    }
}

fn indexed(index: u8) -> [u8; 3] {
    match index {
        0..16 => NAMED[usize::from(index)].1,
        16..232 => {
            let place = usize::from(index - 16);
            [STEPS[place / 36], STEPS[place / 6 % 6], STEPS[place % 6]]
        }
        232.. => [8 + 10 * (index - 232); 3],
    }
}

fn closest(wanted: [u8; 3], choices: impl Iterator<Item = (Color, [u8; 3])>) -> Color {
    // The eye is most sensitive to green and least to blue.
    let weights = [2_u32, 4, 1];
    let far = |other: [u8; 3]| -> u32 {
        let parts = wanted.iter().zip(other).zip(weights);
        parts.map(|((&one, other), weight)| weight * u32::from(one.abs_diff(other)).pow(2)).sum()
    };
    choices.min_by_key(|(_, rgb)| far(*rgb)).map_or(Color::Reset, |(colour, _)| colour)
}

/// Characters that are drawn, and their ASCII replacements.
const SIGNS: &[(&str, &str)] = &[
    ("─", "-"),
    ("━", "="),
    ("│┃", "|"),
    ("┌┐└┘┏┓┗┛", "+"),
    ("█▉▊▋▌▍▎▏▇", "#"),
    ("░", "."),
    ("·", "."),
    ("▾↓", "v"),
    ("▸▶→", ">"),
    ("↑", "^"),
    ("◀←", "<"),
    ("•", "o"),
    ("–", "-"),
    ("×", "x"),
    ("…", "*"),
];

/// A last pass over the finished buffer, in which every cell keeps its place: replaces everything that is not ASCII. A
/// character of the image that has no replacement becomes `?`.
pub(in crate::tui) fn reduce_to_ascii(buffer: &mut Buffer) {
    for cell in buffer.content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        let sign = SIGNS.iter().find(|(drawn, _)| drawn.contains(cell.symbol()));
        cell.set_symbol(sign.map_or("?", |(_, sign)| sign));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_becomes_the_nearest_that_there_is() {
        let orange = Color::Rgb(255, 135, 0);
        assert_eq!(Colours::All.nearest(orange), orange);
        assert_eq!(Colours::Indexed.nearest(orange), Color::Indexed(208));
        assert_eq!(Colours::Indexed.nearest(Color::Rgb(128, 128, 128)), Color::Indexed(244));
        assert_eq!(Colours::Named.nearest(Color::Rgb(200, 10, 10)), Color::Red);
        assert_eq!(Colours::Named.nearest(Color::Indexed(46)), Color::Green);
        assert_eq!(Colours::Named.nearest(Color::Rgb(250, 250, 250)), Color::White);
        assert_eq!(Colours::Named.nearest(Color::Cyan), Color::Cyan);
        assert_eq!(Colours::Named.nearest(Color::Reset), Color::Reset);
    }

    #[test]
    fn few_colours_are_named_ones() {
        for index in 0..=255 {
            let near = Colours::Named.nearest(Color::Indexed(index));
            assert!(NAMED.iter().any(|(named, _)| *named == near), "{index}: {near}");
        }
    }
}
