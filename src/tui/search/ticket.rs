//! Whether a result is still wanted: each request draws a new number and cancels the one before.

use crate::image::{Cancel, CancelOnDrop};

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
