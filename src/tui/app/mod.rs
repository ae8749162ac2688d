//! What holds the views together: the loop, the terminal, and the screen with its header and footer.

mod background;
mod bars;
mod pager;
mod run;
mod screen;
mod terminal;
mod timings;
mod tour;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::analysis::Analysis;
use crate::compare::ComparedImages;
use crate::image::{Cancel, Contents, DescribedImage, Image, ListedImage, ProgressEvent};
use crate::tui::dialogs::Question;
use crate::tui::keymap::Keymap;
use crate::tui::model::concerns::JunkRules;
use crate::tui::model::{Extractor, Reporter};
use crate::tui::preferences::Preferences;
use crate::tui::widgets::theme::Theme;
use crate::union::Union;

pub use background::BackgroundThemes;
pub use pager::PagerOptions;
pub use run::run;
pub use screen::{Due, LoopRequest, Screen};
pub use terminal::{columns, give_back_without_memory};
pub use tour::{SaveText, TourStart};

/// What the threads that load an image report to the screen, in this order except for progress.
pub enum Message {
    /// How far the archive or a layer is read.
    Progress(ProgressEvent),
    /// The archive has several images. If the user is asked for one, nothing follows; otherwise one of them is opened.
    Images {
        /// The images, without secrets.
        images: Arc<[ListedImage]>,
        /// What the user is asked, if anything.
        ask: Option<Question>,
    },
    /// An engine exports the image, which it describes like this.
    Exporting(Box<DescribedImage>),
    /// The engine exports the image again, because the content of a file is read that is not here: bytes received so far;
    /// `None` at the end.
    ExportingAgain(Option<u64>),
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
    /// What differs from another image.
    Pair(Arc<ComparedImages>),
    /// Lessons to play, after everything else is known.
    Tour(Box<TourStart>),
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
    /// How they look once the terminal has said whether it is dark or light; `None` if it is not asked.
    pub by_background: Option<BackgroundThemes>,
    /// The arguments it was opened with, as typed: IMAGE first, then the options that select one of several images.
    pub opened: Vec<String>,
    /// How files are extracted.
    pub extractor: Extractor,
    /// How reports are written.
    pub reporter: Reporter,
    /// How the user reads long texts.
    pub pager: PagerOptions,
    /// Preferences of the person and the terminal.
    pub preferences: Preferences,
    /// The junk rules.
    pub junk: JunkRules,
}

/// An image that is being loaded.
pub struct Loading {
    /// What the threads that load it report.
    pub messages: Receiver<Message>,
    /// Cancels loading.
    pub cancel: Cancel,
}

/// An image that is being opened after the first one.
pub struct OpeningImage {
    /// How it is loaded.
    pub loading: Loading,
    /// As in [`ScreenOptions::opened`].
    pub opened: Vec<String>,
}

/// Opens images after the first one.
pub trait ImageOpener {
    /// Opens the image of the archive that has an index, or two to compare.
    fn open(&self, images: &[usize]) -> Option<OpeningImage>;

    /// Opens what is shown again.
    ///
    /// # Errors
    /// Why it stays as it is, for a notice.
    fn reopen(&self) -> Result<OpeningImage, String>;

    /// What was opened again is shown now.
    fn adopt(&self);
}

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
