//! The width of a text, and how its parts are marked. What a mark looks like is not known here: the owner of the
//! terminal supplies the bytes that begin and end one.

/// The role of a piece of text, where that may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRole {
    /// Names a part of the page.
    Heading,
    /// Matters less than its neighbours.
    Dim,
    /// Is wasted.
    Waste,
    /// Was added.
    Added,
    /// Was modified.
    Modified,
    /// Was removed.
    Removed,
}

/// How roles are marked: the bytes before a piece of text, and those after it.
#[derive(Clone, Copy)]
pub struct Ink {
    begin: fn(TextRole) -> &'static str,
    end: &'static str,
}

impl Ink {
    /// No marks at all.
    #[must_use]
    pub fn plain() -> Self {
        Self { begin: |_| "", end: "" }
    }

    /// Marks with a beginning for each role and one end for all.
    #[must_use]
    pub fn new(begin: fn(TextRole) -> &'static str, end: &'static str) -> Self {
        Self { begin, end }
    }

    /// Marks a piece of text.
    pub(super) fn mark(&self, role: Option<TextRole>, text: &str) -> String {
        match role.map(self.begin) {
            None | Some("") => text.to_owned(),
            Some(begin) => format!("{begin}{text}{}", self.end),
        }
    }
}

/// The page that text is written on.
#[derive(Clone, Copy)]
pub struct Page {
    /// The width in columns; longer text is cut. `None` where nothing needs to fit.
    pub width: Option<usize>,
    /// How roles are marked.
    pub ink: Ink,
}

impl Page {
    /// A page without marks.
    #[must_use]
    pub fn plain(width: Option<usize>) -> Self {
        Self { width, ink: Ink::plain() }
    }
}
