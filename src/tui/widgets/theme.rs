//! Styles. A pane names the [`Role`] of a text; only the theme knows what that looks like.

use ratatui::style::{Color, Modifier, Style};

use super::colours::Colours;

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
    Heading => "heading", "The headings of columns and sections.", Modifier::DIM;
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
