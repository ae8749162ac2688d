//! The criteria that rows are filtered by: what was typed, and which changes are hidden.

use std::sync::Arc;

use crate::tui::action::Action;
use crate::union::Change;

use super::{Query, QuerySubject, Ticket};

/// Which changes are hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Hidden {
    hidden: [bool; 4],
}

const UNCHANGED: usize = 3;

fn place(change: Option<Change>) -> usize {
    match change {
        Some(Change::Added) => 0,
        Some(Change::Modified) => 1,
        Some(Change::Removed) => 2,
        None => UNCHANGED,
    }
}

impl Hidden {
    /// Toggles a kind of change. Returns whether the action is one of these.
    pub fn act(&mut self, action: Action) -> bool {
        let place = match action {
            Action::ShowAdded => place(Some(Change::Added)),
            Action::ShowModified => place(Some(Change::Modified)),
            Action::ShowRemoved => place(Some(Change::Removed)),
            Action::ShowUnchanged => UNCHANGED,
            _ => return false,
        };
        self.hidden[place] = !self.hidden[place];
        true
    }

    pub fn hides(self, change: Option<Change>) -> bool {
        self.hidden[place(change)]
    }

    pub fn any(self) -> bool {
        self.hidden.contains(&true)
    }

    /// `added, unchanged`.
    pub fn names(self) -> String {
        let names = ["added", "modified", "removed", "unchanged"].into_iter().zip(self.hidden);
        names.filter(|(_, hidden)| *hidden).map(|(name, _)| name).collect::<Vec<_>>().join(", ")
    }
}

/// The criteria of a filter, and whether its result is still wanted.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Filter {
    pub query: Option<Arc<Query>>,
    pub hidden: Hidden,
    pub ticket: Ticket,
}

impl Filter {
    pub fn matches(&self, subject: &QuerySubject<'_>) -> bool {
        !self.hidden.hides(subject.change) && self.query.as_ref().is_none_or(|query| query.matches(subject))
    }
}
