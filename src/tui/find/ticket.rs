//! Whether a result is still wanted: each request draws a new number, which makes older numbers stale.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many steps of a long pass lie between two checks.
const STRIDE: usize = 4096;

/// Where numbers are drawn.
#[derive(Debug, Default)]
pub(in crate::tui) struct Tickets {
    last: Arc<AtomicU32>,
}

/// A number that was drawn.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Ticket {
    number: u32,
    last: Arc<AtomicU32>,
}

impl Tickets {
    /// Makes all earlier requests stale. Numbers begin at 1.
    pub fn draw(&mut self) -> Ticket {
        let number = self.last.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        Ticket { number, last: Arc::clone(&self.last) }
    }
}

impl Ticket {
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Called at every step of a long pass: whether its result is no longer wanted.
    pub fn is_stale_at(&self, step: usize) -> bool {
        step.is_multiple_of(STRIDE) && self.last.load(Ordering::Relaxed) != self.number
    }
}

impl Drop for Tickets {
    /// Whoever asked is gone.
    fn drop(&mut self) {
        self.last.fetch_add(1, Ordering::Relaxed);
    }
}
