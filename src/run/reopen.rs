//! What the screen shows, opened again: only what has changed since is read anew.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cli::ImageArgs;
use crate::engine::Target;
use crate::source::Input;
use crate::tui::{ImageOpener, OpeningImage};

use super::choices::SharedChoices;
use super::demo;
use super::loading::{load_again, load_chosen};
use super::open::without_index;
use super::plain;

/// The files of a folder that change with its image.
const OF_FOLDER: [&str; 3] = ["index.json", "manifest.json", "blobs/sha256"];

/// Opens images for the screen, which calls it on one thread.
pub(super) struct ScreenOpener {
    shown: RefCell<Shown>,
    /// What replaces it once it is read.
    reopening: RefCell<Option<Shown>>,
}

/// What is on the screen.
struct Shown {
    args: ImageArgs,
    /// The image that it is compared with.
    before: Option<ImageArgs>,
    choices: SharedChoices,
    inputs: Inputs,
}

impl ScreenOpener {
    /// Remembers what the files are like, before they are opened.
    pub(super) fn new((args, before): (ImageArgs, Option<ImageArgs>), choices: SharedChoices) -> Self {
        Self { shown: RefCell::new(Shown::new(args, before, choices)), reopening: RefCell::new(None) }
    }
}

impl ImageOpener for ScreenOpener {
    fn open(&self, images: &[usize]) -> Option<OpeningImage> {
        let mut shown = self.shown.borrow_mut();
        (shown.args, shown.before) = shown.choices.get()?.chosen_for(images)?;
        load_chosen(shown.choices.clone(), images)
    }

    fn reopen(&self) -> Result<OpeningImage, String> {
        let shown = self.shown.borrow();
        let next = Shown::new(shown.args.clone(), shown.before.clone(), SharedChoices::default());
        if let Some(why) = &next.inputs.refused {
            return Err(why.clone());
        }
        if !next.inputs.has_engine && next.inputs == shown.inputs {
            return Err("unchanged since it was opened".to_owned());
        }
        let opening = load_again(next.args.clone(), next.before.clone(), next.choices.clone());
        self.reopening.replace(Some(next));
        Ok(opening)
    }

    fn adopt(&self) {
        if let Some(next) = self.reopening.take() {
            self.shown.replace(next);
        }
    }
}

impl Shown {
    fn new(args: ImageArgs, before: Option<ImageArgs>, choices: SharedChoices) -> Self {
        let mut inputs = Inputs::default();
        for args in before.iter().chain([&args]) {
            inputs.add_image(args.image.as_deref().unwrap_or_default());
            args.base.iter().for_each(|base| inputs.add_image(base));
            args.container.iter().for_each(|path| inputs.add_path(path.as_ref()));
            args.dockerfile.iter().for_each(|path| inputs.add_path(path.as_ref()));
        }
        Self { args, before, choices, inputs }
    }
}

/// What is read to open an image.
#[derive(Debug, Default, PartialEq, Eq)]
struct Inputs {
    files: Vec<(PathBuf, Option<FileState>)>,
    /// Whether an engine or its storage is asked, whose images change unseen.
    has_engine: bool,
    /// Why it cannot be read twice.
    refused: Option<String>,
}

/// What changes when a file is written or replaced.
#[derive(Debug, PartialEq, Eq)]
struct FileState {
    len: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    inode: (u64, u64),
}

impl Inputs {
    fn add_image(&mut self, word: &OsStr) {
        let word = without_index(word);
        if demo::named(word).is_some() {
            return;
        }
        let target = word.to_str().map(|text| Target::parse(text, |path| plain::is_there(path.as_ref())));
        match target {
            Some(Ok(Target::Archive(location))) => match location.input {
                Input::Stdin => self.add_path("-".as_ref()),
                Input::Path(path) => self.add_path(&path),
            },
            Some(Ok(_)) => self.has_engine = true,
            Some(Err(_)) | None => self.add_path(word.as_ref()),
        }
    }

    fn add_path(&mut self, path: &Path) {
        if path == Path::new("-") {
            self.refused = Some("standard input cannot be read again: save it to a file".to_owned());
            return;
        }
        let metadata = path.metadata().ok();
        if metadata.as_ref().is_some_and(std::fs::Metadata::is_dir) {
            self.files.extend(OF_FOLDER.map(|name| path.join(name)).map(|file| {
                let state = FileState::read(&file);
                (file, state)
            }));
            return;
        }
        if metadata.is_some_and(|metadata| !metadata.is_file()) {
            self.refused = Some("a pipe or a device cannot be read again: save it to a file".to_owned());
        }
        self.files.push((path.to_owned(), FileState::read(path)));
    }
}

impl FileState {
    fn read(path: &Path) -> Option<Self> {
        let metadata = path.metadata().ok()?;
        Some(Self {
            len: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: {
                use std::os::unix::fs::MetadataExt;
                (metadata.dev(), metadata.ino())
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(image: &Path) -> Inputs {
        Shown::new(ImageArgs::of_word(image.as_os_str().to_owned()), None, SharedChoices::default()).inputs
    }

    #[test]
    fn a_file_that_is_replaced_or_written_to_or_removed_has_changed_and_one_that_is_left_alone_has_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("app.tar");
        std::fs::write(&file, "one").expect("written");
        let before = inputs(&file);
        assert_eq!(inputs(&file), before);
        std::fs::write(folder.path().join("new"), "two").expect("written");
        std::fs::rename(folder.path().join("new"), &file).expect("replaced");
        let replaced = inputs(&file);
        assert_ne!(replaced, before);
        std::fs::write(&file, "longer").expect("written");
        assert_ne!(inputs(&file), replaced);
        std::fs::remove_file(&file).expect("removed");
        assert_ne!(inputs(&file), replaced);
    }

    #[test]
    fn a_base_a_container_and_the_image_before_count_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let files = ["app.tar", "base.tar", "rootfs.tar", "before.tar"];
        let image = |name| ImageArgs::of_word(path(name).into_os_string());
        let args = ImageArgs {
            base: Some(path("base.tar").into()),
            container: Some(path("rootfs.tar").into()),
            ..image("app.tar")
        };
        for name in files {
            std::fs::write(path(name), name).expect("written");
        }
        let inputs = || Shown::new(args.clone(), Some(image("before.tar")), SharedChoices::default()).inputs;
        for name in files {
            let before = inputs();
            assert_eq!(inputs(), before);
            std::fs::write(path(name), "written again").expect("written");
            assert_ne!(inputs(), before, "{name}");
        }
    }

    #[test]
    fn of_a_folder_its_index_and_its_blobs_count_and_other_files_do_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        std::fs::create_dir_all(path.join("blobs/sha256")).expect("made");
        std::fs::write(path.join("index.json"), "{}").expect("written");
        let before = inputs(path);
        std::fs::write(path.join("notes"), "").expect("written");
        assert_eq!(inputs(path), before);
        std::fs::write(path.join("index.json"), "{ }").expect("written");
        assert_ne!(inputs(path), before);
    }

    #[test]
    fn standard_input_and_pipes_are_refused_and_the_demo_never_changes() {
        assert!(inputs("-".as_ref()).refused.expect("refused").contains("standard input cannot be read again"));
        assert!(inputs("docker-archive:-".as_ref()).refused.is_some());
        #[cfg(unix)]
        assert!(inputs("/dev/null".as_ref()).refused.is_some());
        assert_eq!(inputs("demo".as_ref()), Inputs::default());
        assert!(inputs("docker-daemon:app:1".as_ref()).has_engine);
    }
}
