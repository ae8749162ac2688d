//! `layerscope IMAGE`: the screen, or the summary without a terminal.
//!
//! The screen opens on manifest and history while threads read the layers. If an image cannot be opened at all, the
//! error is printed before the terminal is touched.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{IsTerminal, LineWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use crate::cli::{self, DemoArgs, ImageArgs, ScreenArgs, ViewArgs};
use crate::image::Digest;
use crate::report;
use crate::source::OpenedImage;
use crate::teaching::Tour;
use crate::tui::{self, ScreenError, TourStart};

use super::choices::{Choices, Purpose, SharedChoices};
use super::compare;
use super::demo;
use super::environment;
use super::loading::{Before, FirstImage, Requested, TourMaker, load};
use super::open::open_image_with;
use super::output::{page, print_text};
use super::pipeline::{Depth, Pipeline};
use super::progress::ProgressLine;
use super::reopen::ScreenOpener;
use super::secrets;
use super::state;

/// An image that opens faster than this is opened before the screen is; otherwise the screen shows the progress.
const AT_ONCE: Duration = Duration::from_millis(60);

/// Shows the requested image.
pub(super) fn show(args: &ScreenArgs) -> Result<()> {
    let image = args.image.clone();
    let Some(after) = &args.after else {
        return shown(&args.view, words(&image), FirstImage::Requested(image), None, None);
    };
    let word = image.image.clone().unwrap_or_default();
    if let Some(command) = word.to_str().filter(|text| is_plain_word(text)).and_then(cli::similar_command) {
        bail!(
            "`{}` is not a command; a similar command exists: `{command}`; `layerscope --help` lists them",
            word.to_string_lossy()
        );
    }
    refuse_for_two(&image)?;
    if !std::io::stdout().is_terminal() {
        return compare::compare_two(word, after.clone(), &image, args.view.paint);
    }
    let other = ImageArgs { image: Some(after.clone()), ..image.clone() };
    let line = ProgressLine::on_terminal();
    let Requested { image: before, choices } = Requested::open(image.clone(), &line, &line)?;
    match (before, choices) {
        (None, Some(choices)) => {
            let asked = choices.with_purpose(Purpose::Before(other));
            shown(&args.view, words(&image), FirstImage::Asked(Box::new(asked)), None, None)
        }
        (before, _) => {
            let before = before.map(|opened| Before { image: opened, args: image });
            shown(&args.view, words(&other), FirstImage::Requested(other), before, None)
        }
    }
}

/// Refuses what is about one image where two are requested. `--platform` and `--no-cache` are about both.
fn refuse_for_two(image: &ImageArgs) -> Result<()> {
    if let Some(choice) = &image.choice {
        bail!(
            "`--image {choice}` selects one image, and two are compared: write `PATH@N` for either, or \
             `docker-archive:PATH:REF`; `layerscope images PATH` lists them"
        );
    }
    let options = [
        ("--dockerfile", image.dockerfile.is_some()),
        ("--base", image.base.is_some()),
        ("--container", image.container.is_some()),
    ];
    match options.into_iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => bail!("`{option}` is about one image, and two are compared: leave it out"),
        None => Ok(()),
    }
}

/// The arguments that open an image again: IMAGE first, then the options.
pub(super) fn words(image: &ImageArgs) -> Vec<String> {
    let mut words = vec![image.image.as_deref().map(as_argument).unwrap_or_default()];
    for (option, value) in [("--image", &image.choice), ("--platform", &image.platform)] {
        words.extend(value.iter().flat_map(|value| [option.to_owned(), value.clone()]));
    }
    words.extend(image.dockerfile.iter().flat_map(|path| ["--dockerfile".to_owned(), as_argument(path.as_ref())]));
    words.extend(image.base.iter().flat_map(|base| ["--base".to_owned(), as_argument(base)]));
    words.extend(image.no_cache.then(|| "--no-cache".to_owned()));
    words.extend(image.container.iter().flat_map(|path| ["--container".to_owned(), as_argument(path.as_ref())]));
    words
}

/// A name of a file as an argument; one that begins with a dash would be taken for an option.
fn as_argument(name: &OsStr) -> String {
    let name = name.to_string_lossy();
    if name.starts_with('-') && name != "-" { format!("./{name}") } else { name.into_owned() }
}

/// Whether a word is neither a file nor a part of the demo nor a reference with a tag: it may be a command that is misspelt.
fn is_plain_word(text: &str) -> bool {
    !Path::new(text).exists() && text.chars().all(|letter| letter.is_ascii_alphabetic())
}

/// Shows the demo image.
pub(super) fn show_demo(args: DemoArgs) -> Result<()> {
    let image = ImageArgs::of_word(demo::word(0));
    if args.after.is_some() {
        return show(&ScreenArgs { image, after: args.after, view: args.view });
    }
    shown(&args.view, vec!["demo".to_owned()], FirstImage::Requested(image), None, None)
}

/// Plays a tour on an image.
pub(super) fn show_tour(opened: OpenedImage, image: &ImageArgs, view: &ViewArgs, tour: Tour) -> Result<()> {
    shown(view, words(image), FirstImage::Opened(opened, image.clone()), None, Some(begin_tour(tour)))
}

/// Plays a tour on the image that the user chooses.
pub(super) fn ask_for_tour(choices: Choices, image: &ImageArgs, view: &ViewArgs, begin: TourMaker) -> Result<()> {
    let asked = choices.with_purpose(Purpose::Tour(begin));
    shown(view, words(image), FirstImage::Asked(Box::new(asked)), None, None)
}

/// A tour with what is remembered about it.
pub(super) fn begin_tour(tour: Tour) -> TourStart {
    let known = state::Lessons::remembered();
    // Answers are those of the very lessons and image.
    let about = Digest::of(tour.text().as_bytes()).short().to_owned();
    let answered = known.answered(&about);
    let remember = Box::new(move |id: &str, answered: &[&str]| state::Lessons::remember(&about, id, answered));
    let last = Some(known.last).filter(|last| !last.is_empty());
    TourStart { tour, last, answered, remember, save: Arc::new(save) }
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
    image: FirstImage,
    before: Option<Before>,
    tour: Option<TourStart>,
) -> Result<()> {
    let detectors = secrets::add_detectors(None);
    if !std::io::stdout().is_terminal() {
        detectors?;
        // Only a terminal is asked.
        let opened = match image {
            FirstImage::Requested(args) => open_image_with(&args, &ProgressLine::on_terminal())?.0,
            FirstImage::Opened(opened, _) => opened,
            FirstImage::Asked(_) => bail!("the image can only be chosen on a terminal"),
        };
        let (pipeline, dive) = Pipeline::with_dive(opened, Depth::Accounts)?;
        let pipeline = pipeline.showing_secrets(view.secrets.show_secrets);
        let junk = super::junk::for_savings(&pipeline);
        return print_text(|out| report::summary_text(&pipeline.subject(), &junk, &dive, &page(view.paint), out));
    }
    environment::check_terminal()?;
    let mut options = environment::options(view, opened.clone())?;
    if let Err(fault) = detectors {
        let fault = format!("only the built-in secret detectors are used: {fault:#}");
        options.junk.fault.get_or_insert(fault);
    }
    let split = options.preferences.split;
    let timings = view.timings.as_deref().map(timings).transpose()?;
    let choices = SharedChoices::default();
    let later = ScreenOpener::new(image.args(before.as_ref()), choices.clone());
    let (loading, opening) = load(image, before, opened, tour, choices);
    if let Ok(Some(fault)) = opening.recv_timeout(AT_ONCE) {
        return Err(fault);
    }
    let ended = tui::run(loading, options, timings, &later);
    super::report::finish_writing();
    match ended {
        Ok(left) => {
            if left != split {
                state::remember(left);
            }
            Ok(())
        }
        // An error while opening has more details than the screen received.
        Err(ScreenError::Failed(why)) => match opening.try_recv() {
            Ok(Some(fault)) => Err(fault),
            _ => Err(anyhow!(why)),
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
