//! A progress line on standard error: only on a terminal, only if reading takes a while, and erased before anything else
//! is printed.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::format::{bytes, count, fit};
use crate::image::{LayerNumber, StartProgress};
use crate::source::{Progress, ProgressEvent};
use crate::tui::columns;

use super::output::in_locale;

/// Faster work shows no line.
const PATIENCE: Duration = Duration::from_millis(300);
/// The line changes at most this often.
const PAUSE: Duration = Duration::from_millis(100);

/// The progress line; erased on drop.
pub(super) struct ProgressLine {
    /// `None` without a terminal.
    state: Option<Mutex<ProgressState>>,
}

struct ProgressState {
    started: Instant,
    drawn: Option<Instant>,
    layers: BTreeMap<LayerNumber, (u64, Option<u64>)>,
    layers_done: usize,
}

impl ProgressLine {
    /// A line on standard error, if that is a terminal.
    pub(super) fn on_terminal() -> Self {
        let state = ProgressState { started: Instant::now(), drawn: None, layers: BTreeMap::new(), layers_done: 0 };
        Self { state: io::stderr().is_terminal().then(|| Mutex::new(state)) }
    }

    fn draw(&self, text: impl FnOnce(&mut ProgressState) -> String) {
        let Some(Ok(mut state)) = self.state.as_ref().map(Mutex::lock) else { return };
        let text = text(&mut state);
        let now = Instant::now();
        let waited = state.drawn.map_or(now - state.started >= PATIENCE, |drawn| now - drawn >= PAUSE);
        if waited {
            state.drawn = Some(now);
            // A line that wraps could not be erased.
            let room = columns().unwrap_or(80).saturating_sub(1);
            // If the line cannot be written, the work continues without it.
            let _ = write!(io::stderr(), "\r\x1b[K{}", in_locale(fit(&text, room)));
        }
    }
}

impl Progress for ProgressLine {
    fn report(&self, event: ProgressEvent) {
        self.draw(|state| match event {
            ProgressEvent::Spooling { done, total } => format!("reading: {}", part(done, total)),
            ProgressEvent::Layer { layer, done, total } => {
                state.layers.insert(layer, (done, total));
                state.layers()
            }
            ProgressEvent::LayerDone { layer, .. } => {
                state.layers.remove(&layer);
                state.layers_done += 1;
                state.layers()
            }
            ProgressEvent::Comparing { done, total } => format!("comparing files: {} of {}", count(done), count(total)),
            ProgressEvent::Searching { done, total } => format!("searching files: {} of {}", count(done), count(total)),
            ProgressEvent::Hashing { done, total } => format!("hashing: {}", part(done, Some(total))),
            ProgressEvent::Extracting { done } => format!("extracting: {}", bytes(done)),
            ProgressEvent::Exporting { done } => format!("exporting: {}", bytes(done)),
        });
    }

    fn for_later(&self) -> StartProgress {
        Arc::new(|| Box::new(Self::on_terminal()))
    }
}

impl ProgressState {
    fn layers(&self) -> String {
        let at_work: Vec<_> =
            self.layers.iter().map(|(layer, &(done, total))| format!("layer {layer}: {}", part(done, total))).collect();
        format!("{} layers read · {}", self.layers_done, at_work.join(" · "))
    }
}

fn part(done: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("{} of {}", bytes(done), bytes(total)),
        None => bytes(done),
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if let Some(Ok(state)) = self.state.as_ref().map(Mutex::lock)
            && state.drawn.is_some()
        {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
