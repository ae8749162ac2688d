//! Opens an image that an engine has. Docker is asked first, then Podman; both must mean the same image.

#[cfg(feature = "network")]
mod api;
mod container;
mod inventory;
#[cfg(feature = "network")]
mod reported;
mod storage;

use std::fmt;

use anyhow::{Result, bail};

use crate::cli::{DocumentFormat, ImagesArgs};
use crate::engine::{Engine, EngineError, Reference, StorageRoot};
use crate::image::{ListedEngine, Platform};
use crate::report::{engines_json, engines_text};
use crate::source::{Archive, LayerCache, Progress};

pub(super) use container::open as open_container;
pub(super) use inventory::{Inventory, inventories};

use super::output::{page, print, print_text};

/// An image that was found.
trait Held {
    /// The digest that the engine uses for it.
    fn id(&self) -> &str;

    /// A location that means this image only.
    fn location(&self) -> String;

    /// Opens it.
    fn open(&self, how: Opening<'_>) -> Result<Archive>;
}

/// How an image is opened.
#[derive(Clone, Copy)]
pub(super) struct Opening<'a> {
    /// For which platform, if an engine has several.
    pub(super) platform: Option<&'a Platform>,
    /// Where exports are remembered.
    pub(super) cache: Option<&'a LayerCache>,
    pub(super) progress: &'a dyn Progress,
}

/// A name that means another image in each engine.
#[derive(Debug)]
pub(super) struct SeveralHeld {
    reference: String,
    /// A location that means one of the images only, and its digest.
    pub(super) images: Vec<(String, String)>,
}

impl std::error::Error for SeveralHeld {}

impl fmt::Display for SeveralHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let choices: Vec<_> = self.images.iter().map(|(at, id)| format!("`{at}` ({})", short(id))).collect();
        write!(f, "`{}` is {} images here, choose one: {}", self.reference, choices.len(), choices.join(", "))
    }
}

/// What an engine answers.
struct Answer<T: ?Sized = dyn Held> {
    engine: Engine,
    /// Where it was asked; empty if it could not be.
    at: String,
    found: Result<Option<Box<T>>>,
}

impl Answer {
    fn is_denied(&self) -> bool {
        let error = self.found.as_ref().err().and_then(|error| error.downcast_ref());
        matches!(error, Some(EngineError::Denied { .. }))
    }
}

/// Opens an image by name or ID, in the requested engine or in the first one that has it.
pub(super) fn open(engine: Option<Engine>, reference: &Reference, how: Opening<'_>) -> Result<Archive> {
    let engines = engine.map_or_else(|| vec![Engine::Docker, Engine::Podman], |engine| vec![engine]);
    let mut answers: Vec<Answer> = engines.into_iter().map(|engine| ask(engine, reference)).collect();
    if engine.is_some()
        && let Some(Answer { found: Err(_), .. }) = answers.first()
        && let Some(Answer { found: Err(error), .. }) = answers.pop()
    {
        return Err(error);
    }
    chosen(&answers, reference, engine.is_some())?.open(how)
}

fn ask(engine: Engine, reference: &Reference) -> Answer {
    let stored = (engine == Engine::Podman && storage::is_local()).then(|| storage::ask(reference)).flatten();
    match stored {
        Some(answer) if answer.found.is_ok() => answer,
        // The engine may read what this program cannot. If neither answers, the storage is what is there.
        Some(unread) => Some(ask_engine(engine, reference)).filter(|answer| answer.found.is_ok()).unwrap_or(unread),
        None => ask_engine(engine, reference),
    }
}

fn ask_engine(engine: Engine, reference: &Reference) -> Answer {
    #[cfg(feature = "network")]
    return api::ask(engine, reference);
    #[cfg(not(feature = "network"))]
    {
        let _ = reference;
        let found =
            Err(anyhow::anyhow!("{engine} cannot be asked: this program is built without the feature `network`"));
        Answer { engine, at: String::new(), found }
    }
}

/// The one image that the answers mean.
fn chosen<'a>(answers: &'a [Answer], reference: &Reference, is_only: bool) -> Result<&'a dyn Held> {
    let held: Vec<&dyn Held> = answers.iter().filter_map(|answer| answer.found.as_ref().ok()?.as_deref()).collect();
    match held.as_slice() {
        [] => bail!("{}", nowhere(answers, reference, is_only)),
        [first, rest @ ..] if rest.iter().all(|other| other.id() == first.id()) => Ok(*first),
        several => {
            let images = several.iter().map(|held| (held.location(), held.id().to_owned())).collect();
            Err(SeveralHeld { reference: reference.to_string(), images }.into())
        }
    }
}

/// Why no engine has what was asked for.
fn what_each_said<T: ?Sized>(answers: &[Answer<T>]) -> String {
    let said = |answer: &Answer<T>| match &answer.found {
        Ok(_) => format!("{} at {} does not have it", answer.engine, answer.at),
        Err(error) => format!("{error:#}"),
    };
    answers.iter().map(said).collect::<Vec<_>>().join("; ")
}

/// The sentence about an image that no engine has.
fn nowhere(answers: &[Answer], reference: &Reference, is_only: bool) -> String {
    let program = answers.first().map_or("docker", |answer| answer.engine.program());
    let fetch = match reference.id_prefix() {
        Some(_) => String::new(),
        // Nobody knows whether it has to be fetched, and it would not be permitted.
        None if answers.iter().any(Answer::is_denied) => String::new(),
        None => format!("`{program} pull {reference}` fetches it, and "),
    };
    let subject =
        if is_only { format!("no image `{reference}`") } else { format!("neither a file nor an image `{reference}`") };
    format!("{subject} ({}): {fetch}`layerscope images` lists what is here", what_each_said(answers))
}

pub(super) fn short(id: &str) -> &str {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    hex.get(..12).unwrap_or(hex)
}

/// Opens an image of a storage, without an engine.
pub(super) fn open_storage(
    root: Option<StorageRoot>,
    reference: &Reference,
    progress: &dyn Progress,
) -> Result<Archive> {
    storage::open(root, reference, progress)
}

/// `layerscope images`: what the engines have.
pub(super) fn images(args: &ImagesArgs) -> Result<()> {
    let stored = if storage::is_local() { storage::list() } else { None };
    #[cfg(feature = "network")]
    let engines: Vec<ListedEngine> = {
        let podman = match stored {
            Some(stored) if stored.fault.is_none() => stored,
            Some(unread) => Some(api::list(Engine::Podman)).filter(|engine| engine.fault.is_none()).unwrap_or(unread),
            None => api::list(Engine::Podman),
        };
        vec![api::list(Engine::Docker), podman]
    };
    #[cfg(not(feature = "network"))]
    let engines: Vec<ListedEngine> = stored.into_iter().collect();
    match args.format {
        DocumentFormat::Text => print_text(|out| engines_text(&engines, &page(args.paint), out)),
        DocumentFormat::Json => print(|out| engines_json(&engines, out)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fake(Engine, &'static str);

    impl Held for Fake {
        fn id(&self) -> &str {
            self.1
        }

        fn location(&self) -> String {
            format!("{}:app", self.0.transport())
        }

        fn open(&self, _: Opening<'_>) -> Result<Archive> {
            bail!("a test")
        }
    }

    fn has(engine: Engine, id: &'static str) -> Answer {
        Answer { engine, at: "unix:///x".to_owned(), found: Ok(Some(Box::new(Fake(engine, id)))) }
    }

    fn lacks(engine: Engine) -> Answer {
        Answer { engine, at: "unix:///x".to_owned(), found: Ok(None) }
    }

    fn choice(answers: &[Answer]) -> Result<String, String> {
        let reference = Reference::parse("app").expect("a reference");
        chosen(answers, &reference, false).map(Held::location).map_err(|error| error.to_string())
    }

    #[test]
    fn the_first_engine_that_has_it_is_taken_unless_the_other_means_another_image() {
        use Engine::{Docker, Podman};
        let (one, two) = ("sha256:0123456789abcdef", "sha256:fedcba9876543210");
        assert_eq!(choice(&[has(Docker, one), has(Podman, one)]).as_deref(), Ok("docker-daemon:app"));
        assert_eq!(choice(&[lacks(Docker), has(Podman, one)]).as_deref(), Ok("podman:app"));
        let several = choice(&[has(Docker, one), has(Podman, two)]).expect_err("ambiguous");
        assert_eq!(
            several,
            "`app` is 2 images here, choose one: `docker-daemon:app` (0123456789ab), `podman:app` (fedcba987654)"
        );
        let error = EngineError::Denied { engine: Docker, address: "unix:///x".to_owned() };
        let denied = Answer { engine: Docker, at: "unix:///x".to_owned(), found: Err(error.into()) };
        let nowhere = choice(&[denied, lacks(Podman)]).expect_err("nowhere");
        assert!(nowhere.contains("`sudo`") && !nowhere.contains("pull"), "{nowhere}");
        let down = Answer { engine: Podman, at: String::new(), found: Err(anyhow::anyhow!("no socket of Podman")) };
        assert_eq!(
            choice(&[lacks(Docker), down]).expect_err("nowhere"),
            "neither a file nor an image `app` (Docker at unix:///x does not have it; no socket of Podman): `docker pull app` \
             fetches it, and `layerscope images` lists what is here"
        );
    }
}
