//! How wide a text may be, and how its parts are marked. What a mark looks like is not known here: whoever owns the
//! terminal says which bytes begin and end one.

/// What a piece of text is, where that may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Names a part of the page.
    Heading,
    /// Matters less than its neighbours.
    Dim,
    /// Is stored for nothing.
    Waste,
    /// Was added.
    Added,
    /// Was modified.
    Modified,
    /// Was removed.
    Removed,
}

/// How roles are marked: the bytes before a piece of text, and those behind any.
#[derive(Clone, Copy)]
pub struct Ink {
    begin: fn(Role) -> &'static str,
    end: &'static str,
}

impl Ink {
    /// No marks at all.
    #[must_use]
    pub fn plain() -> Self {
        Self { begin: |_| "", end: "" }
    }

    /// Marks that begin as the function says and all end alike.
    #[must_use]
    pub fn new(begin: fn(Role) -> &'static str, end: &'static str) -> Self {
        Self { begin, end }
    }

    /// Marks a piece of text.
    pub(super) fn mark(&self, role: Option<Role>, text: &str) -> String {
        match role.map(self.begin) {
            None | Some("") => text.to_owned(),
            Some(begin) => format!("{begin}{text}{}", self.end),
        }
    }
}

/// What text is written on.
#[derive(Clone, Copy)]
pub struct Page {
    /// Columns; what is longer is cut. None where nothing needs to fit.
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
