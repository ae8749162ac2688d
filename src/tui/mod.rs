//! The screen.
//!
//! ```text
//! key ──keymap──▶ Action ──▶ ┌────────┐           ┌─▶ header, panes, footer
//! loading threads ─Message─▶ │ Screen │ ──draw──▶ │
//! worker ───────JobResult──▶ └────────┘           └─▶ help on top
//! ```
//!
//! Everything that happens comes through one channel, so an idle screen costs nothing. [`Screen`] is the whole state;
//! drawing changes none of it. Where things are is asked of `layout` by updating and drawing alike, which is how lists
//! scroll although drawing changes nothing. What takes longer than a frame on a large image is worked out on a thread
//! (`work`). Text gets onto the screen through `row` alone, which makes it safe to show.
//!
//! Each part knows only lower ones, and a view or a dialog none of its siblings: ARCHITECTURE.md lists them.

mod action;
mod app;
mod dialogs;
mod keymap;
mod model;
mod preferences;
mod screens;
mod search;
mod selection;
mod view;
mod viewer;
mod widgets;
mod work;

pub use action::{Action, Group, ViewName};
pub use app::{
    BackgroundThemes, Due, ImageOpener, Loading, LoopRequest, Message, OpeningImage, PagerOptions, SaveText, Screen,
    ScreenError, ScreenOptions, TourStart, columns, give_back_without_memory, run,
};
pub use dialogs::Question;
pub use keymap::{BindingFault, Key, Keymap};
pub use model::concerns::JunkRules;
pub use model::{Extractor, ReportInputs, ReportTarget, Reporter};
pub use preferences::{Preferences, SearchStart};
pub use screens::{view_keys, view_names};
pub use widgets::layout::Split;
pub use widgets::theme::Colours;
pub use widgets::theme::{Role, Theme, ThemeFault};
pub use work::PagedText;
