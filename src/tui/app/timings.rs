//! How long frames take, one line each, for measuring the screen from outside.

use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant};

use crate::tui::keymap::Key;

/// The first line of the file.
const HEADS: &str = "cause\ttotal_us\tupdate_us\tdraw_us";

/// Why a frame is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) enum FrameCause {
    Key(Key),
    Other(&'static str),
}

impl fmt::Display for FrameCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "key {key}"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

/// Where the lines are written; nowhere unless requested.
pub(super) struct Timings {
    out: Option<Box<dyn Write + Send>>,
    /// What the next frame is for: the first key since the last frame, or else the first event.
    cause: Option<(FrameCause, Instant)>,
    update: Duration,
}

impl Timings {
    /// Write errors are ignored, here and below: they are not worth a message on the screen.
    pub fn new(out: Option<Box<dyn Write + Send>>) -> Self {
        let mut timings =
            Self { out, cause: Some((FrameCause::Other("start"), Instant::now())), update: Duration::ZERO };
        if let Some(out) = &mut timings.out {
            let _ = writeln!(out, "{HEADS}");
        }
        timings
    }

    /// Something happened at `begun`, and its processing began at `taken`.
    pub fn happened(&mut self, cause: FrameCause, begun: Instant, taken: Instant) {
        self.update += taken.elapsed();
        // A person waits from the key press on, whatever else the frame shows.
        let waits = |cause: &Option<(FrameCause, Instant)>| matches!(cause, Some((FrameCause::Key(_), _)));
        if self.cause.is_none() || matches!(cause, FrameCause::Key(_)) && !waits(&self.cause) {
            self.cause = Some((cause, begun));
        }
    }

    /// A frame is on the screen; drawing it began at `drawing`.
    pub fn drawn(&mut self, drawing: Instant) {
        let (cause, begun) = self.cause.take().unwrap_or((FrameCause::Other("nothing"), drawing));
        let update = std::mem::take(&mut self.update);
        if let Some(out) = &mut self.out {
            let [total, update, draw] = [begun.elapsed(), update, drawing.elapsed()].map(|time| time.as_micros());
            let _ = writeln!(out, "{cause}\t{total}\t{update}\t{draw}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic there").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_is_for_the_first_key_since_the_last_one() {
        let kept = Kept::default();
        let mut timings = Timings::new(Some(Box::new(kept.clone())));
        let now = Instant::now();
        timings.drawn(now);
        let key = |name: &str| FrameCause::Key(name.parse().expect("a key"));
        for cause in [FrameCause::Other("progress"), key("a"), key("b"), FrameCause::Other("ready")] {
            timings.happened(cause, now, now);
        }
        timings.drawn(now);
        timings.happened(FrameCause::Other("ready"), now, now);
        timings.drawn(now);
        let text = String::from_utf8(kept.0.lock().expect("no panic there").clone()).expect("text");
        let causes: Vec<_> = text.lines().filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(causes, ["cause", "start", "key a", "ready"]);
    }
}
