//! Names of events in the timings.

use std::time::Instant;

use ratatui::crossterm::event::Event;

use crate::tui::Message;
use crate::tui::app::timings::FrameCause;

use super::AppEvent;

impl AppEvent {
    /// The name for the timings.
    pub(super) fn name(&self) -> FrameCause {
        match self {
            Self::Event(Event::Key(key), _) => FrameCause::Key((*key).into()),
            Self::Event(Event::Mouse(_), _) => FrameCause::Other("mouse"),
            Self::Event(Event::Paste(_), _) => FrameCause::Other("paste"),
            Self::Event(..) => FrameCause::Other("resize"),
            Self::Message(Message::Progress(_)) => FrameCause::Other("progress"),
            Self::Message(Message::Opened { .. }) => FrameCause::Other("opened"),
            Self::Message(Message::Ready { .. }) => FrameCause::Other("ready"),
            Self::Message(Message::Compared(_)) => FrameCause::Other("compared"),
            Self::Message(Message::Failed(_)) | Self::LoadingOver | Self::Broken(_) => FrameCause::Other("end"),
            Self::Result(_) => FrameCause::Other("worked out"),
            #[cfg(unix)]
            Self::Signal(_) => FrameCause::Other("signal"),
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
