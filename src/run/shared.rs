//! `layerscope shared`: the documents of many images, one after another, so that neither their files nor their contents
//! are open at once.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::analysis::{Base, Instruction, beginning};
use crate::cli::{ImageArgs, PageFormat, SharedArgs};
use crate::compare::{MOST_SHARED_LAYERS, Sharing};
use crate::format::error_chain;
use crate::image::{Image, LayerNumber};
use crate::report::{SharedEngine, SharedImage, SharedReport, shared_json, shared_markdown, shared_text};
use crate::secrets::Redactor;
use crate::source::{Archive, ImageChoice, Selector};

use super::Outcome;
use super::engines::{Inventory, inventories, short};
use super::open::{choice, open_archive, selects, without_option};
use super::output::{page, print, print_document, print_text};
use super::progress::ProgressLine;

/// The limit on images.
const MOST_IMAGES: usize = 1_000;

#[derive(Default)]
struct Collection {
    images: Vec<SharedImage>,
    sharing: Sharing,
    engines: Vec<SharedEngine>,
    skipped: Vec<(String, String)>,
    /// Whether something that should have been counted was not.
    faulty: bool,
}

pub(super) fn shared(args: &SharedArgs) -> Result<Outcome> {
    if args.images.iter().filter(|word| *word == "-").count() > 1 {
        bail!("only one of the images can be standard input: save the others to files");
    }
    let mut found = Collection::default();
    for word in &args.images {
        match open_archive(word, &ProgressLine::on_terminal()) {
            Ok(archive) => found.add_archive(&archive, word)?,
            Err(error) if Path::new(word).is_dir() => found.add_folder(Path::new(word), error)?,
            Err(error) => return Err(error),
        }
    }
    if args.engine {
        found.add_engines()?;
    }
    found.sharing.finish();
    let report = SharedReport {
        images: &found.images,
        sharing: &found.sharing,
        engines: &found.engines,
        skipped: &found.skipped,
    };
    match args.format {
        PageFormat::Text => print_text(|out| shared_text(&report, &page(args.paint), out)),
        PageFormat::Json => print(|out| shared_json(&report, !found.faulty, out)),
        PageFormat::Markdown => print_document(|out| shared_markdown(&report, out)),
    }?;
    Ok(if found.faulty { Outcome::FaultFound } else { Outcome::Done })
}

impl Collection {
    /// Every image of every engine. That one engine does not run is not an error, that none does is.
    fn add_engines(&mut self) -> Result<()> {
        for Inventory { mut engine, images, skipped, is_faulty, .. } in inventories(MOST_IMAGES + 1) {
            self.sharing.begin_engine();
            engine.images = images.len();
            for (image, source) in images {
                let id = image.digest.as_ref().map(|digest| short(digest.as_str()).to_owned());
                self.add(&image, source)?;
                if let (Some(id), [], Some(added)) = (id, &*image.names, self.images.last_mut()) {
                    added.name = id;
                }
            }
            self.engines.push(engine);
            self.skipped.extend(skipped);
            self.faulty |= is_faulty;
        }
        if self.engines.iter().all(|engine| engine.fault.is_some() && engine.images == 0) {
            let faults: Vec<_> = self.engines.iter().filter_map(|engine| engine.fault.as_deref()).collect();
            match faults.as_slice() {
                [] => bail!("no storage of Podman, and this program is built without the feature `network`"),
                faults => bail!("no engine can be asked for its images: {}", faults.join("; ")),
            }
        }
        Ok(())
    }

    /// Every archive and layout in a folder, by name.
    fn add_folder(&mut self, folder: &Path, error: anyhow::Error) -> Result<()> {
        let listed = || -> std::io::Result<Vec<PathBuf>> {
            let mut paths =
                std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
            paths.sort();
            Ok(paths)
        };
        let paths = listed().with_context(|| format!("cannot read the folder `{}`", folder.display()))?;
        let before = self.images.len();
        let mut skipped = Vec::new();
        for path in paths {
            match open_archive(path.as_os_str(), &ProgressLine::on_terminal()) {
                Ok(archive) => self.add_archive(&archive, path.as_os_str())?,
                Err(error) => skipped.push((path.to_string_lossy().into_owned(), error_chain(error.as_ref()))),
            }
        }
        if self.images.len() == before {
            return Err(error.context(format!("no image in the folder `{}`", folder.display())));
        }
        self.faulty |= !skipped.is_empty();
        self.skipped.extend(skipped);
        Ok(())
    }

    /// Every image of an archive, or the one that the word selects.
    fn add_archive(&mut self, archive: &Archive, word: &OsStr) -> Result<()> {
        let file = word.to_string_lossy().into_owned();
        if archive.is_narrowed() || selects(word) {
            let choice = choice(&ImageArgs::of_word(word))?;
            let opened = archive.select(&choice).map_err(|error| without_option(error.into(), word))?.with_sizes();
            return self.add(opened.image(), file);
        }
        for listed in archive.images() {
            let source = format!("{file}@{}", listed.index);
            if !listed.available {
                self.faulty |= listed.faulty;
                let why = if listed.note.is_empty() { "it is not in the archive" } else { &listed.note };
                self.skipped.push((source, why.to_owned()));
                continue;
            }
            let choice = ImageChoice { selector: Some(Selector::Index(listed.index)), ..ImageChoice::default() };
            match archive.select(&choice) {
                Ok(opened) => self.add(opened.with_sizes().image(), source)?,
                Err(error) => {
                    self.faulty = true;
                    self.skipped.push((source, error_chain(&error)));
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, image: &Image, source: String) -> Result<()> {
        if self.images.len() == MOST_IMAGES {
            bail!("there are more than {MOST_IMAGES} images: compare them in smaller groups");
        }
        if self.sharing.layer_count() + image.layers.len() > MOST_SHARED_LAYERS {
            bail!("the images have more than {MOST_SHARED_LAYERS} layers: compare them in smaller groups");
        }
        self.faulty |= image.findings.iter().any(|finding| finding.is_gap);
        self.sharing.add(image);
        let image = Redactor::for_image(image).image(image);
        let instruction = |at: usize| {
            let text = image.description_of(LayerNumber::from_index(at));
            Instruction::read(&beginning(text)).line()
        };
        self.images.push(SharedImage {
            name: image.names.first().cloned().unwrap_or_else(|| source.clone()),
            source,
            digest: image.digest.as_ref().map(ToString::to_string),
            base_name: Base::detect(&image).name.map(str::to_owned),
            instructions: (0..image.layers.len()).map(instruction).collect(),
            diff_ids: image.layers.iter().map(|layer| layer.diff_id.as_ref().map(ToString::to_string)).collect(),
            digests: image.layers.iter().map(|layer| layer.digest.as_ref().map(ToString::to_string)).collect(),
        });
        Ok(())
    }
}
