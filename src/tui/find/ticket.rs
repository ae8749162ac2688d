//! Whether an answer is still wanted: whoever asks again draws a new number, and the old ones are of no use.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many steps of a long pass go by between two looks at the number.
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
    /// Makes all that was asked before stale. Numbers begin at 1.
    pub fn draw(&mut self) -> Ticket {
        let number = self.last.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        Ticket { number, last: Arc::clone(&self.last) }
    }
}

impl Ticket {
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Asked at every step of a long pass: whether nobody waits for its end any more.
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
