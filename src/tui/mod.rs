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
//! (`work`). What lies on top of a view is an `overlay`. Text gets onto the screen through `row` alone, which makes it safe to show.

mod action;
mod app;
mod dialogs;
mod keymap;
mod model;
mod overlay;
mod preferences;
mod screens;
mod search;
mod selection;
mod shell;
mod view;
mod viewer;
mod widgets;
mod work;

use std::io;
use std::path::Path;
use std::sync::Arc;

pub use action::{Action, Group};
pub use app::{Due, LoopRequest, Screen, columns, give_back_without_memory, run};
pub use keymap::{BindingFault, Key, Keymap};
pub use model::concerns::JunkRules;
pub use preferences::Preferences;
pub use widgets::colours::Colours;
pub use widgets::layout::Split;
pub use widgets::theme::{Role, Theme, ThemeFault};

use crate::analysis::Analysis;
use crate::extract::{Extracted, Subtree};
use crate::image::{Contents, Image, Progress, ProgressEvent};
use crate::union::Union;

/// What the threads that load an image report to the screen, in this order except for progress.
pub enum Message {
    /// How far the archive or a layer is read.
    Progress(ProgressEvent),
    /// Manifest, configuration and history are known.
    Opened {
        /// Manifest, configuration and history.
        image: Arc<Image>,
        /// Access to the contents of files.
        contents: Arc<dyn Contents>,
    },
    /// All layers are merged and every byte is in an account. If contents are not compared yet, [`Message::Compared`]
    /// must follow: loading that ends before it is an error.
    Ready {
        /// The layers.
        union: Arc<Union>,
        /// The accounts.
        analysis: Arc<Analysis>,
    },
    /// The accounts after contents are compared.
    Compared(Arc<Analysis>),
    /// Loading failed; the reason as one sentence.
    Failed(String),
}

/// Options of the screen.
#[derive(Clone, Debug)]
pub struct ScreenOptions {
    /// Which key does what.
    pub keymap: Keymap,
    /// How things look.
    pub theme: Theme,
    /// The arguments it was opened with, as typed: IMAGE first, then the options that select one of several images.
    pub opened: Vec<String>,
    /// How files are extracted.
    pub extractor: Extractor,
    /// Preferences of the person and the terminal.
    pub preferences: Preferences,
    /// The junk rules.
    pub junk: JunkRules,
}

/// Extracts a path of the image with everything below it into a folder, replacing nothing. The error is a sentence for
/// people.
pub type Extractor = fn(
    union: &Union,
    contents: &dyn Contents,
    what: Subtree,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Extracted, String>;

/// Why the screen ended, other than by the user.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// The terminal could not be used.
    #[error("cannot show the screen on this terminal")]
    Terminal(#[from] io::Error),
    /// What [`Message::Failed`] said.
    #[error("{0}")]
    Failed(String),
    /// A signal asked the program to end; the terminal is restored.
    #[error("ended by signal {0}")]
    Signal(i32),
    /// A thread that the screen depends on is gone. Its panic message says why.
    #[error("the image could not be read completely")]
    Gone,
}

impl ScreenError {
    /// The exit code that shells expect of a program ended by a signal; `None` for other errors.
    #[must_use]
    pub fn exit_code(&self) -> Option<i32> {
        match self {
            Self::Signal(signal) => Some(128 + signal),
            _ => None,
        }
    }
}
