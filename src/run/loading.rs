//! The threads that load images for the screen. The image that is requested first is opened at once; others of the same
//! archive when the user chooses them.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use anyhow::{Error, Result, anyhow};

use crate::analysis::{Analysis, Identities, pairs};
use crate::cli::ImageArgs;
use crate::compare::{Compared, ComparedImage, ComparedImages, Comparison};
use crate::container;
use crate::format::safe_str;
use crate::image::{Cancel, DescribedImage};
use crate::secrets::Redactor;
use crate::source::{OpenedImage, Progress, ProgressEvent};
use crate::tui::{Loading, Message, OpeningImage, TourStart};
use crate::union::Union;

use super::choices::{Choices, SharedChoices};
use super::engines::SeveralHeld;
use super::open::{open_archive_of, open_image_with, select_image};
use super::screen::words;

/// The image that the one on the screen is compared with.
pub(super) struct Before {
    pub(super) image: OpenedImage,
    /// The arguments that open it.
    pub(super) opened: Vec<String>,
}

/// The image that is shown first.
pub(super) enum FirstImage {
    /// The one that arguments request, or that the user chooses among those that they match.
    Requested(ImageArgs),
    /// This one.
    Opened(OpenedImage),
}

impl FirstImage {
    /// Opens it where nobody can be asked.
    pub(super) fn open(self, progress: &dyn Progress) -> Result<OpenedImage> {
        match self {
            Self::Requested(args) => Ok(open_image_with(&args, progress)?.0),
            Self::Opened(opened) => Ok(opened),
        }
    }
}

/// What is shown first: one image, and what else could be chosen.
struct Requested {
    /// `None` if the user is asked.
    image: Option<OpenedImage>,
    choices: Option<Choices>,
}

impl Requested {
    fn open(first: FirstImage, progress: &ProgressSender) -> Result<Self> {
        let args = match first {
            FirstImage::Requested(args) => args,
            FirstImage::Opened(opened) => return Ok(Self { image: Some(opened), choices: None }),
        };
        let (archive, choice) = match open_archive_of(&args, &Described(progress)) {
            Ok(opened) => opened,
            Err(error) => {
                let choices = error.downcast_ref().map(|several: &SeveralHeld| Choices::of_engines(several, args));
                return choices.map(|choices| Self { image: None, choices: Some(choices) }).ok_or(error);
            }
        };
        let ask = archive.should_ask(&choice);
        let image = if ask { None } else { Some(select_image(&archive, &choice, &args, progress)?.0) };
        let has_others = archive.images().len() > 1;
        Ok(Self { image, choices: has_others.then(|| Choices::of_archive(archive, &choice, ask, args)) })
    }
}

/// Loads the first image, and compares it with the one before it. The second channel answers as soon as it
/// is open or the user is asked, or with the error.
pub(super) fn load(
    first: FirstImage,
    before: Option<Before>,
    opened: Vec<String>,
    tour: Option<TourStart>,
    choices: SharedChoices,
) -> (Loading, Receiver<Option<Error>>) {
    let (sender, messages, cancel) = ProgressSender::new();
    let (answer, answered) = channel();
    let loading = Loading { messages, cancel };
    thread::spawn(move || {
        // A requester that is gone needs no answer, here and below.
        let fail = |fault: Error| {
            let why = format!("{fault:#}");
            let _ = answer.send(Some(fault));
            sender.send(Message::Failed(why));
        };
        let requested = match Requested::open(first, &sender) {
            Ok(requested) => requested,
            Err(fault) => return fail(fault),
        };
        let _ = answer.send(None);
        let ask = requested.image.is_none();
        if let Some(opened) = &requested.image {
            sender.opened(opened);
        }
        if let Some(found) = requested.choices {
            let images = Arc::clone(&found.rows);
            let _ = choices.set(found);
            sender.send(Message::Images { images, ask });
        }
        if let Some(image) = requested.image {
            match sender.read(before.as_ref(), &image, &opened) {
                Ok(()) => sender.send_tour(tour),
                Err(fault) => fail(fault),
            }
        }
    });
    (loading, answered)
}

/// Loads the image of an index among the choices, or two of them to compare.
pub(super) fn load_chosen(choices: SharedChoices, images: &[usize]) -> Option<OpeningImage> {
    let (&last, before) = images.split_last()?;
    let before = before.first().copied();
    let opened = words(&choices.get()?.args_of(last));
    let (sender, messages, cancel) = ProgressSender::new();
    thread::spawn(move || {
        let Some(choices) = choices.get() else { return };
        let load = || {
            let before = before
                .map(|index| {
                    let image = choices.open(index, &sender, &sender)?;
                    anyhow::Ok(Before { image, opened: words(&choices.args_of(index)) })
                })
                .transpose()?;
            let image = choices.open(last, &Described(&sender), &sender)?;
            sender.opened(&image);
            sender.read(before.as_ref(), &image, &words(&choices.args_of(last)))
        };
        if let Err(fault) = load() {
            sender.send(Message::Failed(format!("{fault:#}")));
        }
    });
    Some(OpeningImage { loading: Loading { messages, cancel }, opened })
}

/// Compares the image that was opened with the one before it.
fn compared(
    before: &Before,
    after: (&OpenedImage, &[String]),
    union: Arc<Union>,
    progress: &dyn Progress,
) -> ComparedImages {
    let side = |opened: &OpenedImage, words: &[String], union: Arc<Union>| {
        let opened = opened.clone().with_sizes();
        let redactor = Redactor::for_image(opened.image());
        ComparedImage {
            opened: words.to_vec(),
            image: redactor.image(opened.image()),
            whole: Arc::new(opened.image().clone()),
            union,
            contents: Arc::new(opened),
            redactor,
        }
    };
    let before_union = Arc::new(Union::build(before.image.scan(progress)));
    let images = [side(&before.image, &before.opened, before_union), side(after.0, after.1, union)];
    let [a, b] = images.each_ref().map(|of| Compared { image: &of.whole, union: &of.union, contents: &*of.contents });
    let comparison = Comparison::new(a, b, progress);
    ComparedImages { images, comparison }
}

/// Panics on request, to test that the terminal is restored.
#[cfg(debug_assertions)]
fn panic_if_asked_to() {
    assert!(std::env::var_os("LAYERSCOPE_TEST_PANIC").is_none(), "a requested panic");
    if std::env::var_os("LAYERSCOPE_TEST_MEMORY").is_some() {
        // More than any machine has.
        drop(Vec::<u8>::with_capacity(isize::MAX as usize));
    }
}

struct ProgressSender {
    messages: Sender<Message>,
    cancel: Cancel,
}

impl ProgressSender {
    fn new() -> (Self, Receiver<Message>, Cancel) {
        let (messages, received) = channel();
        let cancel = Cancel::default();
        (Self { messages, cancel: cancel.clone() }, received, cancel)
    }

    fn send(&self, message: Message) {
        let _ = self.messages.send(message);
    }

    fn opened(&self, opened: &OpenedImage) {
        self.send(Message::Opened { image: Arc::new(opened.image().clone()), contents: Arc::new(opened.clone()) });
    }

    /// Reads and merges the layers of an image, and compares contents.
    fn read(&self, before: Option<&Before>, opened: &OpenedImage, words: &[String]) -> Result<()> {
        #[cfg(debug_assertions)]
        panic_if_asked_to();
        let layers = opened.scan(self);
        if let Some(why) = container::refusal(&layers) {
            return Err(anyhow!("{}", safe_str(why)));
        }
        let union = Arc::new(Union::build(layers));
        self.send(Message::Ready { union: Arc::clone(&union), analysis: Arc::new(Analysis::new(&union, None)) });
        let identities = Identities::compare(&union, opened, &pairs(&union), self);
        self.send(Message::Compared(Arc::new(Analysis::new(&union, Some(&identities)))));
        if let Some(before) = before {
            let pair = compared(before, (opened, words), union, &self.cancel);
            self.send(Message::Pair(Arc::new(pair)));
        }
        Ok(())
    }

    fn send_tour(&self, tour: Option<TourStart>) {
        if let Some(start) = tour {
            self.send(Message::Tour(Box::new(start)));
        }
    }
}

/// The progress of the image that is shown: it is shown as its engine describes it, until its export is read. Other
/// images, such as a base, are not.
struct Described<'a>(&'a ProgressSender);

impl Progress for Described<'_> {
    fn report(&self, event: ProgressEvent) {
        self.0.report(event);
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }

    fn exporting(&self, describe: &dyn Fn() -> Option<DescribedImage>) {
        if let Some(described) = describe() {
            self.0.send(Message::Exporting(Box::new(described)));
        }
    }
}

impl Progress for ProgressSender {
    fn report(&self, event: ProgressEvent) {
        if !matches!(event, ProgressEvent::Comparing { .. }) {
            self.send(Message::Progress(event));
        }
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
