//! Styles. A pane names the [`Role`] of a text; only the theme knows what that looks like, and which colours and
//! characters a terminal can show.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use crate::format;

macro_rules! roles {
    ($($role:ident => $name:literal, $doc:literal, $plain:expr;)+) => {
        /// The role of a piece of the screen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Role { $(#[doc = $doc] $role,)+ }

        impl Role {
            /// Every role, in the order of the configuration.
            pub const ALL: &'static [Self] = &[$(Self::$role,)+];

            /// The name that the configuration uses.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$role => $name,)+ }
            }

            /// Its style without colours.
            fn plain(self) -> Modifier {
                match self { $(Self::$role => $plain,)+ }
            }
        }
    };
}

const NONE: Modifier = Modifier::empty();

roles! {
    Text => "text", "Ordinary text.", NONE;
    Dim => "dim", "Secondary text: units, labels, steps without a layer.", Modifier::DIM;
    Strong => "strong", "Emphasised text: the image's name, totals.", Modifier::BOLD;
    Title => "title", "The title of a pane.", NONE;
    TitleFocused => "title-focused", "The title of the focused pane.", Modifier::BOLD;
    Border => "border", "The frame of a pane.", Modifier::DIM;
    BorderFocused => "border-focused", "The frame of the focused pane.", NONE;
    Heading => "heading", "The headings of columns and sections.", Modifier::BOLD;
    Selected => "selected", "The selected row of the focused pane.", Modifier::REVERSED;
    SelectedElsewhere => "selected-elsewhere", "The selected row of any other pane.", Modifier::BOLD;
    Folder => "folder", "The name of a folder.", NONE;
    Link => "link", "The target of a link.", Modifier::DIM;
    Added => "added", "A path that was added.", NONE;
    Modified => "modified", "A path that was modified or stored again.", NONE;
    Removed => "removed", "A path that was removed.", NONE;
    Bar => "bar", "The part of a bar that is live.", NONE;
    BarWasted => "bar-wasted", "The part of a bar that is wasted.", NONE;
    Wasted => "wasted", "A number of wasted bytes.", NONE;
    Warning => "warning", "Findings and errors.", Modifier::BOLD;
    Key => "key", "A key in a hint.", Modifier::BOLD;
}

/// An error in one colour of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeFault {
    /// There is no such role.
    #[error("unknown part of the screen `{0}`")]
    NoRole(String),
    /// There is no such style.
    #[error(
        "`{word}`, in the colour of `{role}`, is not a colour: write `red`, `bright-red`, `#ff8800`, `on blue`, \
         `bold`, `dim`, `italic`, `underlined` or `reversed`"
    )]
    NoStyle {
        /// The role.
        role: &'static str,
        /// The word that is invalid.
        word: String,
    },
}

/// The style of every role.
#[derive(Clone, Debug)]
pub struct Theme {
    styles: Vec<Style>,
}

impl Theme {
    /// Without colours: only bold, dim and reversed, for `NO_COLOR`.
    #[must_use]
    pub fn plain() -> Self {
        Self { styles: Role::ALL.iter().map(|role| Style::new().add_modifier(role.plain())).collect() }
    }

    /// Builds a theme from role names and styles; roles that are not named are plain.
    ///
    /// # Errors
    /// All errors in all colours.
    pub fn from_colours<N, S>(colours: impl IntoIterator<Item = (N, S)>) -> Result<Self, Vec<ThemeFault>>
    where
        N: AsRef<str>,
        S: AsRef<str>,
    {
        let mut theme = Self::plain();
        let mut faults = Vec::new();
        for (name, text) in colours {
            match Role::ALL.iter().copied().find(|role| role.name() == name.as_ref()) {
                None => faults.push(ThemeFault::NoRole(name.as_ref().to_owned())),
                Some(role) => match style(text.as_ref()) {
                    Ok(style) => theme.styles[role as usize] = style,
                    Err(word) => faults.push(ThemeFault::NoStyle { role: role.name(), word }),
                },
            }
        }
        if faults.is_empty() { Ok(theme) } else { Err(faults) }
    }

    /// The same theme in the colours that a terminal has.
    #[must_use]
    pub fn within(self, colours: Colours) -> Self {
        Self { styles: self.styles.into_iter().map(|style| colours.style(style)).collect() }
    }

    /// How light a colour is, from 0 to 1, as the Web Content Accessibility Guidelines define it. The parts of the colour
    /// are from 0 to 1, too.
    pub(in crate::tui) fn luminance(colour: [f64; 3]) -> f64 {
        let linear = |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
        let [red, green, blue] = colour.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

/// Parses `bold red on black`; the error is the first invalid word.
fn style(text: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        style = match word {
            "bold" => style.bold(),
            "dim" => style.dim(),
            "italic" => style.italic(),
            "underlined" => style.underlined(),
            "reversed" => style.reversed(),
            "on" => {
                let colour = words.next().unwrap_or_default();
                style.bg(colour.parse::<Color>().map_err(|_| format!("on {colour}"))?)
            }
            colour => style.fg(colour.parse::<Color>().map_err(|_| colour.to_owned())?),
        };
    }
    Ok(style)
}

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
        // Blue is too dark to be read on black.
        let named = || NAMED.into_iter().filter(|(named, _)| *named != Color::Blue);
        match (self, colour) {
            (Self::Indexed, Color::Rgb(red, green, blue)) => {
                // The 16 named colours differ between terminals, so they are not candidates.
                let choices = (16..=255_u8).map(|index| (Color::Indexed(index), indexed(index)));
                closest([red, green, blue], choices)
            }
            (Self::Named, Color::Rgb(red, green, blue)) => closest([red, green, blue], named()),
            (Self::Named, Color::Indexed(index)) => closest(indexed(index), named()),
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

/// A last pass over the finished buffer, in which every cell keeps its place: replaces everything that is not ASCII. A
/// character of the image that has no replacement becomes `?`.
pub(in crate::tui) fn reduce_to_ascii(buffer: &mut Buffer) {
    for cell in buffer.content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        let mut letters = cell.symbol().chars();
        let form = letters.next().filter(|_| letters.next().is_none()).and_then(format::ascii_form);
        cell.set_symbol(form.unwrap_or("?"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_words() {
        assert_eq!(style("bold red on #102030"), Ok(Style::new().bold().red().bg(Color::Rgb(16, 32, 48))));
        assert_eq!(style(""), Ok(Style::new()));
        assert_eq!(style("reddish"), Err("reddish".to_owned()));
        assert_eq!(style("red on"), Err("on ".to_owned()));
    }

    #[test]
    fn all_faults_of_a_theme_are_told_at_once() {
        let faults = Theme::from_colours([("added", "green"), ("addled", "red"), ("dim", "gloomy")]);
        assert_eq!(
            faults.err(),
            Some(vec![
                ThemeFault::NoRole("addled".to_owned()),
                ThemeFault::NoStyle { role: "dim", word: "gloomy".to_owned() }
            ])
        );
    }

    #[test]
    fn a_plain_theme_has_no_colour() {
        let theme = Theme::plain();
        assert!(Role::ALL.iter().all(|&role| theme.style(role).fg.is_none() && theme.style(role).bg.is_none()));
    }

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
