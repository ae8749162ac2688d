//! The images among which a user can choose on the screen: those of an archive, or those that engines have under one name.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

use crate::cli::ImageArgs;
use crate::image::ListedImage;
use crate::source::{Archive, ImageChoice, OpenedImage, Progress, Selector};
use crate::tui::Question;

use super::demo;
use super::engines::SeveralHeld;
use super::loading::{Before, TourMaker};
use super::open::{open_archive_of, select_image};
use super::{REDACTED, redact_row, redactor};

/// The choices of a screen, from the moment when its archive is open.
#[derive(Clone, Default)]
pub(super) struct SharedChoices(Arc<Mutex<Option<Arc<Choices>>>>);

impl SharedChoices {
    pub(super) fn set(&self, choices: Choices) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(choices));
    }

    pub(super) fn get(&self) -> Option<Arc<Choices>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What the first image that the user chooses is for, if not only to be shown.
#[derive(Clone)]
pub(super) enum Purpose {
    /// It is compared with the image that these arguments request.
    Before(ImageArgs),
    /// It is compared with this one.
    After(Before),
    /// A tour is about it.
    Tour(TourMaker),
}

/// What can be chosen.
pub(super) struct Choices {
    /// The arguments that led here.
    args: ImageArgs,
    /// `None` if every image has a word of its own.
    archive: Option<Archive>,
    /// The images, without secrets.
    pub(super) rows: Arc<[ListedImage]>,
    /// `None` once an image is shown for it.
    purpose: Mutex<Option<Purpose>>,
}

impl Choices {
    /// The images of an archive: if the user is asked, those that the arguments match.
    pub(super) fn of_archive(archive: Archive, choice: &ImageChoice, ask: bool, args: ImageArgs) -> Self {
        let all = ImageChoice::default();
        let fit = archive.candidates(if ask { choice } else { &all });
        let mut rows: Vec<ListedImage> = fit.into_iter().cloned().collect();
        for row in rows.iter_mut().take(REDACTED) {
            redact_row(row, &redactor(&archive, row.index, row.available));
        }
        Self { args, archive: Some(archive), rows: rows.into(), purpose: Mutex::default() }
    }

    /// The images that engines have under one name.
    pub(super) fn of_engines(several: &SeveralHeld, args: ImageArgs) -> Self {
        let row = |(index, (location, id)): (usize, &(String, String))| ListedImage {
            index,
            names: vec![location.clone()],
            platform: None,
            digest: id.parse().ok(),
            created: None,
            layers: 0,
            stored_bytes: None,
            available: true,
            faulty: false,
            note: String::new(),
        };
        let rows = several.images.iter().enumerate().map(row).collect();
        Self { args, archive: None, rows, purpose: Mutex::default() }
    }

    /// The same, for a purpose.
    pub(super) fn with_purpose(self, purpose: Purpose) -> Self {
        Self { purpose: Mutex::new(Some(purpose)), ..self }
    }

    /// What the user is asked.
    pub(super) fn question(&self) -> Question {
        match &*self.purpose.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Question::Open,
            Some(Purpose::Before(_)) => Question::Before,
            Some(Purpose::After(_)) => Question::After,
            Some(Purpose::Tour(_)) => Question::Tour,
        }
    }

    /// What the image that is chosen is for.
    pub(super) fn purpose(&self) -> Option<Purpose> {
        self.purpose.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the purpose: an image is shown for it.
    pub(super) fn end_purpose(&self) {
        *self.purpose.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What the user is asked for: the image that is shown, and the one that it is compared with.
    pub(super) fn asked_for(&self) -> (ImageArgs, Option<ImageArgs>) {
        self.for_purpose(self.args.clone())
    }

    /// What is shown if the user chooses these indices, the last one or both: the image, and the one that it is compared
    /// with.
    pub(super) fn chosen_for(&self, images: &[usize]) -> Option<(ImageArgs, Option<ImageArgs>)> {
        let (&last, before) = images.split_last()?;
        let chosen = self.args_of(last);
        Some(match before.first() {
            Some(&before) => (chosen, Some(self.args_of(before))),
            None => self.for_purpose(chosen),
        })
    }

    fn for_purpose(&self, image: ImageArgs) -> (ImageArgs, Option<ImageArgs>) {
        match self.purpose() {
            Some(Purpose::Before(after)) => (after, Some(image)),
            Some(Purpose::After(before)) => (image, Some(before.args)),
            Some(Purpose::Tour(_)) | None => (image, None),
        }
    }

    /// Opens the image of an index. `opening` receives the description before an export.
    pub(super) fn open(&self, index: usize, opening: &dyn Progress, progress: &dyn Progress) -> Result<OpenedImage> {
        let args = self.args_of(index);
        let Some(archive) = &self.archive else {
            let (archive, choice) = open_archive_of(&args, opening)?;
            return Ok(select_image(&archive, &choice, &args, progress)?.0);
        };
        let choice = ImageChoice { selector: Some(Selector::Index(index)), platform: None };
        Ok(select_image(archive, &choice, &args, progress)?.0)
    }

    /// The arguments that open the image of an index.
    pub(super) fn args_of(&self, index: usize) -> ImageArgs {
        let mut args = ImageArgs { choice: None, ..self.args.clone() };
        let is_demo =
            args.image.as_deref().is_some_and(|word| demo::named(word).is_some_and(|name| name != demo::CONTAINER));
        match self.rows.iter().find(|row| row.index == index).filter(|_| self.archive.is_none()) {
            Some(row) => args.image = row.names.first().map(Into::into),
            None if is_demo => args.image = Some(demo::word(index).into()),
            None => (args.platform, args.choice) = (None, Some(format!("@{index}"))),
        }
        args
    }
}
