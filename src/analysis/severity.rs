//! How bad a finding is.

/// How bad junk is, or how sure it is that a secret is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Junk: some bytes.
    Low,
    /// Junk: many bytes, and easily avoided. A secret: its name suggests it, or a package tests with it.
    Medium,
    /// Junk: it reveals what was not meant to be public. A secret: its form is certain, and it is not in a folder of
    /// tests.
    High,
}

impl Severity {
    /// The name that rules and JSON have for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The severity of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High].into_iter().find(|severity| severity.name() == name)
    }
}
