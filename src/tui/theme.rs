//! How things look. A pane names what a text is (its [`Role`]); only the theme knows what that looks like.

use ratatui::style::{Color, Modifier, Style};

use super::Colours;

macro_rules! roles {
    ($($role:ident => $name:literal, $doc:literal, $plain:expr;)+) => {
        /// What a piece of the screen is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Role { $(#[doc = $doc] $role,)+ }

        impl Role {
            /// Every role, in the order of the configuration.
            pub const ALL: &'static [Self] = &[$(Self::$role,)+];

            /// The name that the configuration has for it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$role => $name,)+ }
            }

            /// How it looks where there is no colour.
            fn plain(self) -> Modifier {
                match self { $(Self::$role => $plain,)+ }
            }
        }
    };
}

const NONE: Modifier = Modifier::empty();

roles! {
    Text => "text", "What is to be read.", NONE;
    Dim => "dim", "What stands back: units, labels, steps without a layer.", Modifier::DIM;
    Strong => "strong", "What stands out: the image's name, totals.", Modifier::BOLD;
    Title => "title", "The title of a pane.", NONE;
    TitleFocused => "title-focused", "The title of the pane that keys go to.", Modifier::BOLD;
    Border => "border", "The line round a pane.", Modifier::DIM;
    BorderFocused => "border-focused", "The line round the pane that keys go to.", NONE;
    Heading => "heading", "The heads of columns and sections.", Modifier::DIM;
    Selected => "selected", "The selected row of the pane that keys go to.", Modifier::REVERSED;
    SelectedElsewhere => "selected-elsewhere", "The selected row of any other pane.", Modifier::BOLD;
    Folder => "folder", "The name of a folder.", NONE;
    Link => "link", "Where a link points.", Modifier::DIM;
    Added => "added", "A path that was added.", NONE;
    Modified => "modified", "A path that was stored again or changed.", NONE;
    Removed => "removed", "A path that was removed.", NONE;
    Bar => "bar", "The part of a bar that is live.", NONE;
    BarWasted => "bar-wasted", "The part of a bar that is stored for nothing.", NONE;
    Wasted => "wasted", "A number of wasted bytes.", NONE;
    Warning => "warning", "What is wrong with the image.", Modifier::BOLD;
    Key => "key", "A key in a hint.", Modifier::BOLD;
}

/// What is wrong with one colour of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeFault {
    /// Nothing on the screen has that name.
    #[error("`{0}` is nothing that has a colour")]
    NoRole(String),
    /// No style is written like that.
    #[error(
        "`{word}`, in the colour of `{role}`, is no colour: write `red`, `bright-red`, `#ff8800`, `on blue`, `bold`, `dim`, `italic`, `underlined` or `reversed`"
    )]
    NoStyle {
        /// Whose.
        role: &'static str,
        /// The word that is not understood.
        word: String,
    },
}

/// How every role looks.
#[derive(Clone, Debug)]
pub struct Theme {
    styles: Vec<Style>,
}

impl Theme {
    /// Without colours: bold, dim and reversed alone, for `NO_COLOR`.
    #[must_use]
    pub fn plain() -> Self {
        Self { styles: Role::ALL.iter().map(|role| Style::new().add_modifier(role.plain())).collect() }
    }

    /// Takes role names with their styles; what is not named looks plain.
    ///
    /// # Errors
    /// All faults of all colours.
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

    /// The same in the colours that a terminal has.
    #[must_use]
    pub fn within(self, colours: Colours) -> Self {
        Self { styles: self.styles.into_iter().map(|style| colours.style(style)).collect() }
    }

    /// How a role looks.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

/// Reads `bold red on black`; the word that makes no sense is the error.
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
}
