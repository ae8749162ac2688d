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
use crate::image::{Cancel, DescribedImage, StartProgress};
use crate::secrets::Redactor;
use crate::source::{OpenedImage, Progress, ProgressEvent};
use crate::tui::{Loading, Message, OpeningImage, TourStart};
use crate::union::Union;

use super::choices::{Choices, Purpose, SharedChoices};
use super::engines::SeveralHeld;
use super::open::{open_archive_of, open_image_with, select_image};
use super::screen::words;

/// The image that the one on the screen is compared with.
#[derive(Clone)]
pub(super) struct Before {
    pub(super) image: OpenedImage,
    /// The arguments that open it.
    pub(super) args: ImageArgs,
}

/// Begins a tour of the image that the user chose.
pub(super) type TourMaker = Arc<dyn Fn(&OpenedImage, &Union, &Analysis) -> Result<TourStart> + Send + Sync>;

/// The image that is shown first.
pub(super) enum FirstImage {
    /// The one that arguments request, or that the user chooses among those that they match.
    Requested(ImageArgs),
    /// This one, which these arguments open again.
    Opened(OpenedImage, ImageArgs),
    /// The one that the user chooses among these.
    Asked(Box<Choices>),
}

/// What is shown first: one image, and what else could be chosen.
pub(super) struct Requested {
    /// `None` if the user is asked.
    pub(super) image: Option<OpenedImage>,
    pub(super) choices: Option<Choices>,
}

impl FirstImage {
    /// The arguments that open it, and those of the image that it is compared with.
    pub(super) fn args(&self, before: Option<&Before>) -> (ImageArgs, Option<ImageArgs>) {
        match self {
            Self::Requested(args) | Self::Opened(_, args) => (args.clone(), before.map(|before| before.args.clone())),
            Self::Asked(choices) => choices.asked_for(),
        }
    }
}

impl Requested {
    /// Opens the image that arguments request. `opening` receives the description before an export.
    pub(super) fn open(args: ImageArgs, opening: &dyn Progress, progress: &dyn Progress) -> Result<Self> {
        let (archive, choice) = match open_archive_of(&args, opening) {
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

    fn first(first: FirstImage, progress: &ProgressSender) -> Result<Self> {
        match first {
            FirstImage::Requested(args) => Self::open(args, &Described(progress), progress),
            FirstImage::Opened(opened, _) => Ok(Self { image: Some(opened), choices: None }),
            FirstImage::Asked(choices) => Ok(Self { image: None, choices: Some(*choices) }),
        }
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
        let load = || {
            let requested = Requested::first(first, &sender)?;
            // A requester that is gone needs no answer, here and below.
            let _ = answer.send(None);
            if sender.show(requested, before, &opened, &choices)?.is_some() {
                sender.send_tour(tour);
            }
            Ok(())
        };
        if let Err(fault) = load() {
            let why = format!("{fault:#}");
            let _ = answer.send(Some(fault));
            sender.send(Message::Failed(why));
        }
    });
    (loading, answered)
}

/// Loads the image of an index among the choices, or two of them to compare.
pub(super) fn load_chosen(shared: SharedChoices, images: &[usize]) -> Option<OpeningImage> {
    let (&last, before) = images.split_last()?;
    let before = before.first().copied();
    let choices = shared.get()?;
    let purpose = choices.purpose().filter(|_| before.is_none());
    let chosen = choices.args_of(last);
    let opened = words(&choices.chosen_for(images)?.0);
    let (sender, messages, cancel) = ProgressSender::new();
    thread::spawn(move || {
        let load = || {
            let before = before
                .map(|index| {
                    let image = choices.open(index, &sender, &sender)?;
                    anyhow::Ok(Before { image, args: choices.args_of(index) })
                })
                .transpose()?;
            let image = choices.open(last, &Described(&sender), &sender)?;
            let alone = |image| Requested { image: Some(image), choices: None };
            match purpose {
                None => sender.show(alone(image), before, &words(&chosen), &shared)?,
                Some(Purpose::Before(after)) => {
                    let (before, opened) = (Before { image, args: chosen }, words(&after));
                    let requested = Requested::first(FirstImage::Requested(after), &sender)?;
                    sender.show(requested, Some(before), &opened, &shared)?
                }
                Some(Purpose::After(before)) => sender.show(alone(image), Some(before), &words(&chosen), &shared)?,
                Some(Purpose::Tour(begin)) => {
                    let shown = sender.show(alone(image.clone()), None, &words(&chosen), &shared)?;
                    if let Some((union, analysis)) = &shown {
                        sender.send_tour(Some(begin(&image, union, analysis)?));
                    }
                    shown
                }
            };
            choices.end_purpose();
            anyhow::Ok(())
        };
        if let Err(fault) = load() {
            sender.send(Message::Failed(format!("{fault:#}")));
        }
    });
    Some(OpeningImage { loading: Loading { messages, cancel }, opened })
}

/// Loads an image anew, and the one that it is compared with.
pub(super) fn load_again(args: ImageArgs, before: Option<ImageArgs>, choices: SharedChoices) -> OpeningImage {
    let opened = words(&args);
    let again = opened.clone();
    let (sender, messages, cancel) = ProgressSender::new();
    thread::spawn(move || {
        let load = || {
            let open = |args: ImageArgs| anyhow::Ok(Before { image: open_image_with(&args, &sender)?.0, args });
            let before = before.map(open).transpose()?;
            let requested = Requested::open(args, &Described(&sender), &sender)?;
            sender.show(requested, before, &again, &choices)
        };
        if let Err(fault) = load() {
            sender.send(Message::Failed(format!("{fault:#}")));
        }
    });
    OpeningImage { loading: Loading { messages, cancel }, opened }
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
    let images = [side(&before.image, &words(&before.args), before_union), side(after.0, after.1, union)];
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

#[derive(Clone)]
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

    /// Shows the image that was requested, or asks for one. Returns what is known of an image that is shown.
    fn show(
        &self,
        requested: Requested,
        before: Option<Before>,
        words: &[String],
        shared: &SharedChoices,
    ) -> Result<Option<(Arc<Union>, Arc<Analysis>)>> {
        let Requested { image, choices } = requested;
        if let Some(opened) = &image {
            self.send(Message::Opened { image: Arc::new(opened.image().clone()), contents: Arc::new(opened.clone()) });
        }
        let Some(image) = image else {
            if let Some(found) = choices {
                let found = if let Some(before) = before { found.with_purpose(Purpose::After(before)) } else { found };
                let (images, ask) = (Arc::clone(&found.rows), Some(found.question()));
                shared.set(found);
                self.send(Message::Images { images, ask });
            }
            return Ok(None);
        };
        if let Some(found) = choices {
            let images = Arc::clone(&found.rows);
            shared.set(found);
            self.send(Message::Images { images, ask: None });
        }
        self.read(before.as_ref(), &image, words).map(Some)
    }

    /// Reads and merges the layers of an image, and compares contents.
    fn read(
        &self,
        before: Option<&Before>,
        opened: &OpenedImage,
        words: &[String],
    ) -> Result<(Arc<Union>, Arc<Analysis>)> {
        #[cfg(debug_assertions)]
        panic_if_asked_to();
        let layers = opened.scan(self);
        if let Some(why) = container::refusal(&layers) {
            return Err(anyhow!("{}", safe_str(why)));
        }
        let union = Arc::new(Union::build(layers));
        self.send(Message::Ready { union: Arc::clone(&union), analysis: Arc::new(Analysis::new(&union, None)) });
        let identities = Identities::compare(&union, opened, &pairs(&union), self);
        let analysis = Arc::new(Analysis::new(&union, Some(&identities)));
        self.send(Message::Compared(Arc::clone(&analysis)));
        if let Some(before) = before {
            let pair = compared(before, (opened, words), Arc::clone(&union), &self.cancel);
            self.send(Message::Pair(Arc::new(pair)));
        }
        Ok((union, analysis))
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

    fn for_later(&self) -> StartProgress {
        self.0.for_later()
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

    fn for_later(&self) -> StartProgress {
        let sender = self.clone();
        Arc::new(move || {
            let sender = ExportSender(sender.clone());
            sender.report(ProgressEvent::Spooling { done: 0, total: None });
            Box::new(sender)
        })
    }
}

/// The progress of an export that begins when the content of a file is read.
struct ExportSender(ProgressSender);

impl Progress for ExportSender {
    fn report(&self, event: ProgressEvent) {
        if let ProgressEvent::Spooling { done, .. } = event {
            self.0.send(Message::ExportingAgain(Some(done)));
        }
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

impl Drop for ExportSender {
    fn drop(&mut self) {
        self.0.send(Message::ExportingAgain(None));
    }
}
