//! The criteria that rows are filtered by: what was typed, which changes are hidden, and whether the result is still
//! wanted: each request draws a new number and cancels the one before.

use std::sync::Arc;

use super::{Query, QuerySubject};
use crate::image::{Cancel, CancelOnDrop};
use crate::tui::action::Action;
use crate::union::Change;

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
    /// What is typed and hidden in a test.
    #[cfg(test)]
    pub fn parsed(tickets: &mut Tickets, query: &str, hidden: Hidden) -> Self {
        Self { query: Query::parse(query).expect("sound").map(Arc::new), hidden, ticket: tickets.draw() }
    }

    pub fn matches(&self, subject: &QuerySubject<'_>) -> bool {
        !self.hidden.hides(subject.change) && self.query.as_ref().is_none_or(|query| query.matches(subject))
    }
}

/// The number of steps of a long pass between two checks.
const STRIDE: usize = 4096;

/// Where numbers are drawn.
#[derive(Debug, Default)]
pub(in crate::tui) struct Tickets {
    number: u32,
    last: CancelOnDrop,
}

/// A number that was drawn.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Ticket {
    number: u32,
    cancel: Cancel,
}

impl Tickets {
    /// Makes all earlier requests stale. Numbers begin at 1.
    pub fn draw(&mut self) -> Ticket {
        self.number = self.number.wrapping_add(1);
        self.last = CancelOnDrop::default();
        Ticket { number: self.number, cancel: self.last.0.clone() }
    }
}

impl Ticket {
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Called at every step of a long pass: whether its result is no longer wanted.
    pub fn is_stale_at(&self, step: usize) -> bool {
        step.is_multiple_of(STRIDE) && self.cancel.is_cancelled()
    }
}

/// The next or previous matching row, and whether the search wrapped around.
pub(in crate::tui) fn next_match(
    rows: usize,
    from: usize,
    forward: bool,
    holds: impl Fn(usize) -> bool,
) -> Option<(usize, bool)> {
    let (holds, from) = (|at: &usize| holds(*at), from.min(rows));
    if forward {
        let ahead = (from + 1..rows).find(holds).map(|at| (at, false));
        ahead.or_else(|| (0..rows).find(holds).map(|at| (at, true)))
    } else {
        let behind = (0..from).rev().find(holds).map(|at| (at, false));
        behind.or_else(|| (0..rows).rev().find(holds).map(|at| (at, true)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_goes_round_both_ends_and_comes_back_to_where_it_began() {
        let next = |from, forward| next_match(6, from, forward, |at| at == 1 || at == 4);
        assert_eq!(
            [next(0, true), next(1, true), next(4, true)],
            [Some((1, false)), Some((4, false)), Some((1, true))]
        );
        assert_eq!(
            [next(5, false), next(4, false), next(1, false)],
            [Some((4, false)), Some((1, false)), Some((4, true))]
        );
        assert_eq!(next_match(3, 2, true, |at| at == 2), Some((2, true)), "the only one");
        assert_eq!([next_match(0, 0, true, |_| true), next_match(3, 0, false, |_| false)], [None, None]);
        assert_eq!(next_match(2, 9, true, |_| true), Some((0, true)), "from after the end");
    }
}
