//! Names of events in the timings.

use std::time::Instant;

use ratatui::crossterm::event::Event;

use crate::tui::Message;
use crate::tui::timings::Cause;

use super::AppEvent;

impl AppEvent {
    /// The name for the timings.
    pub(super) fn name(&self) -> Cause {
        match self {
            Self::Event(Event::Key(key), _) => Cause::Key((*key).into()),
            Self::Event(Event::Mouse(_), _) => Cause::Other("mouse"),
            Self::Event(Event::Paste(_), _) => Cause::Other("paste"),
            Self::Event(..) => Cause::Other("resize"),
            Self::Message(Message::Progress(_)) => Cause::Other("progress"),
            Self::Message(Message::Opened { .. }) => Cause::Other("opened"),
            Self::Message(Message::Ready { .. }) => Cause::Other("ready"),
            Self::Message(Message::Compared(_)) => Cause::Other("compared"),
            Self::Message(Message::Failed(_)) | Self::LoadingOver | Self::Broken(_) => Cause::Other("end"),
            Self::Result(_) => Cause::Other("worked out"),
            #[cfg(unix)]
            Self::Signal(_) => Cause::Other("signal"),
        }
    }

    /// When it happened, if that was before it was handled.
    pub(super) fn begun(&self) -> Option<Instant> {
        match self {
            Self::Event(_, begun) => Some(*begun),
            _ => None,
        }
    }
}
