//! `layerscope IMAGE`: the screen, or the summary without a terminal.
//!
//! The screen opens on manifest and history while threads read the layers. If an image cannot be opened at all, the
//! error is printed before the terminal is touched.

use std::fs::File;
use std::io::{IsTerminal, LineWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use crate::analysis::{Analysis, Identities, locate, pairs};
use crate::cli::{self, ImageArgs, ScreenArgs, ViewArgs};
use crate::compare::{Compared, Comparison};
use crate::container;
use crate::format::safe_str;
use crate::report;
use crate::secrets::Redactor;
use crate::source::{ImageChoice, OpenedImage, Progress, ProgressEvent, Quiet};
use crate::teaching::Tour;
use crate::tui::{self, ComparedImages, Message, ScreenError, TourStart};
use crate::union::Union;

use super::compare;
use super::demo;
use super::environment;
use super::open::open_image_with;
use super::output::{page, print_text};
use super::pipeline::{Depth, Pipeline};
use super::progress::ProgressLine;
use super::secrets;
use super::state;

/// An image that opens faster than this is opened before the screen is; otherwise the screen shows the progress.
const AT_ONCE: Duration = Duration::from_millis(60);

/// Shows the requested image.
pub(super) fn show(args: &ScreenArgs) -> Result<()> {
    let image = args.image.clone();
    let opened = words(&image);
    let Some(after) = &args.after else {
        return shown(&args.view, opened, None, move |progress| Ok(open_image_with(&image, progress)?.0));
    };
    let word = image.image.clone().unwrap_or_default();
    if let Some(command) = word.to_str().filter(|text| is_plain_word(text)).and_then(cli::similar_command) {
        bail!(
            "`{}` is not a command; a similar command exists: `{command}`; `layerscope --help` lists them",
            word.to_string_lossy()
        );
    }
    if !std::io::stdout().is_terminal() {
        return compare::compare_two(word, after.clone(), &image, args.view.paint);
    }
    let before = open_image_with(&image, &ProgressLine::on_terminal())?.0;
    let other = ImageArgs { image: Some(after.clone()), ..image };
    shown(&args.view, vec![after.to_string_lossy().into_owned()], Some(before), move |progress| {
        Ok(open_image_with(&other, progress)?.0)
    })
}

/// The arguments that open an image again.
fn words(image: &ImageArgs) -> Vec<String> {
    let mut opened = vec![image.image.as_deref().unwrap_or_default().to_string_lossy().into_owned()];
    for (option, value) in [("--image", &image.choice), ("--platform", &image.platform)] {
        opened.extend(value.iter().flat_map(|value| [option.to_owned(), value.clone()]));
    }
    let dockerfile = image.dockerfile.as_ref().map(|path| path.to_string_lossy().into_owned());
    opened.extend(dockerfile.into_iter().flat_map(|path| ["--dockerfile".to_owned(), path]));
    opened.extend(image.no_cache.then(|| "--no-cache".to_owned()));
    opened.extend(
        image.container.iter().flat_map(|path| ["--container".to_owned(), path.to_string_lossy().into_owned()]),
    );
    opened
}

/// Whether a word is neither a file nor a part of the demo nor a reference with a tag: it may be a command that is misspelt.
fn is_plain_word(text: &str) -> bool {
    !Path::new(text).exists() && text.chars().all(|letter| letter.is_ascii_alphabetic())
}

/// Shows the demo image.
pub(super) fn show_demo(view: &ViewArgs) -> Result<()> {
    let choice = ImageChoice { selector: Some(demo::selector("")), ..ImageChoice::default() };
    shown(view, vec!["demo".to_owned()], None, move |progress| {
        let opened = demo::open("", progress)?.select(&choice)?;
        Ok(opened.with_image(|image| drop(locate(image, None))))
    })
}

/// Plays a tour on an image.
pub(super) fn show_tour(opened: OpenedImage, image: &ImageArgs, view: &ViewArgs, tour: Tour) -> Result<()> {
    let remember = Box::new(|id: &str| state::remember_lesson(id));
    let start = TourStart { tour, last: state::last_lesson(), remember, save: Arc::new(save) };
    shown_with(view, words(image), None, move |_| Ok(opened), Some(start))
}

/// Writes a text to a new file.
fn save(file: &str, text: &str) -> Result<(), String> {
    let written =
        File::options().write(true).create_new(true).open(file).and_then(|mut out| out.write_all(text.as_bytes()));
    written.map_err(|error| format!("not saved as `{file}`: {error}"))
}

fn shown(
    view: &ViewArgs,
    opened: Vec<String>,
    before: Option<OpenedImage>,
    open: impl FnOnce(&dyn Progress) -> Result<OpenedImage> + Send + 'static,
) -> Result<()> {
    shown_with(view, opened, before, open, None)
}

fn shown_with(
    view: &ViewArgs,
    opened: Vec<String>,
    before: Option<OpenedImage>,
    open: impl FnOnce(&dyn Progress) -> Result<OpenedImage> + Send + 'static,
    tour: Option<TourStart>,
) -> Result<()> {
    let detectors = secrets::add_detectors(None);
    if !std::io::stdout().is_terminal() {
        detectors?;
        let (pipeline, dive) = Pipeline::with_dive(open(&ProgressLine::on_terminal())?, Depth::Accounts)?;
        let pipeline = pipeline.showing_secrets(view.secrets.show_secrets);
        return print_text(|out| report::summary_text(&pipeline.subject(), &dive, &page(view.paint), out));
    }
    environment::check_terminal()?;
    let mut options = environment::options(view, opened)?;
    if let Err(fault) = detectors {
        let fault = format!("only the built-in secret detectors are used: {fault:#}");
        options.junk.fault.get_or_insert(fault);
    }
    let split = options.preferences.split;
    let timings = view.timings.as_deref().map(timings).transpose()?;
    let (messages, received) = channel();
    let opening = load(messages, before, open, tour);
    if let Ok(Some(fault)) = opening.recv_timeout(AT_ONCE) {
        return Err(fault);
    }
    match tui::run(received, options, timings) {
        Ok(left) => {
            if left != split {
                state::remember(left);
            }
            Ok(())
        }
        // An error while opening has more details than the screen received.
        Err(ScreenError::Failed(_)) => match opening.try_recv() {
            Ok(Some(fault)) => Err(fault),
            _ => Err(anyhow!("the image could not be opened")),
        },
        Err(error) => {
            if let Some(code) = error.exit_code() {
                std::process::exit(code);
            }
            Err(error.into())
        }
    }
}

/// The file for the times of frames.
fn timings(file: &Path) -> Result<Box<dyn Write + Send>> {
    let made = File::create(file).with_context(|| format!("cannot write `{}`", file.display()))?;
    Ok(Box::new(LineWriter::new(made)))
}

/// Opens the image on a thread, reads and merges its layers, and compares contents. Answers as soon as it is open, or with
/// the error.
fn load(
    messages: Sender<Message>,
    before: Option<OpenedImage>,
    open: impl FnOnce(&dyn Progress) -> Result<OpenedImage> + Send + 'static,
    tour: Option<TourStart>,
) -> Receiver<Option<anyhow::Error>> {
    let (answer, answered) = channel();
    thread::spawn(move || {
        let sender = ProgressSender(messages);
        let opened = match open(&sender) {
            Ok(opened) => opened,
            Err(fault) => {
                // A requester that is gone needs no answer, here and below.
                let _ = answer.send(Some(fault));
                sender.send(Message::Failed(String::new()));
                return;
            }
        };
        let _ = answer.send(None);
        sender.send(Message::Opened { image: Arc::new(opened.image().clone()), contents: Arc::new(opened.clone()) });
        #[cfg(debug_assertions)]
        panic_if_asked_to();
        let layers = opened.scan(&sender);
        if let Some(why) = container::refusal(&layers) {
            let _ = answer.send(Some(anyhow!("{}", safe_str(why))));
            sender.send(Message::Failed(String::new()));
            return;
        }
        let union = Arc::new(Union::build(layers));
        sender.send(Message::Ready { union: Arc::clone(&union), analysis: Arc::new(Analysis::new(&union, None)) });
        let identities = Identities::compare(&union, &opened, &pairs(&union), &sender);
        sender.send(Message::Compared(Arc::new(Analysis::new(&union, Some(&identities)))));
        if let Some(before) = before {
            sender.send(Message::Pair(Arc::new(compared(&before, &opened, union))));
        }
        if let Some(start) = tour {
            sender.send(Message::Tour(Box::new(start)));
        }
    });
    answered
}

/// Compares the image that was opened with the one before it.
fn compared(before: &OpenedImage, after: &OpenedImage, union: Arc<Union>) -> ComparedImages {
    let unions = [Arc::new(Union::build(before.scan(&Quiet))), union];
    let side = |at: usize, opened: &OpenedImage| (opened.clone(), Arc::clone(&unions[at]));
    let ((old, of_a), (new, of_b)) = (side(0, before), side(1, after));
    let a = Compared { image: old.image(), union: &of_a, contents: &old };
    let b = Compared { image: new.image(), union: &of_b, contents: &new };
    let comparison = Comparison::new(a, b, &Quiet);
    let redactors = [old.image(), new.image()].map(Redactor::for_image);
    let images = [redactors[0].image(old.image()), redactors[1].image(new.image())];
    ComparedImages { images, unions, comparison, redactors }
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

struct ProgressSender(Sender<Message>);

impl ProgressSender {
    fn send(&self, message: Message) {
        let _ = self.0.send(message);
    }
}

impl Progress for ProgressSender {
    fn report(&self, event: ProgressEvent) {
        if !matches!(event, ProgressEvent::Comparing { .. }) {
            self.send(Message::Progress(event));
        }
    }
}
