//! Files written below a folder: the right bytes, and nothing outside, nothing replaced, nothing made that bites.
#![cfg(unix)]

mod support;

use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use layerscope::extract::{ExtractError, Extracted, Options, Which, extract, stores};
use layerscope::image::{Contents, EntryPath, EntryRef, LayerNumber, ReadError};
use layerscope::source::{Archive, Choice, Input, Location, OpenedImage, Quiet, Transport};
use layerscope::union::Union;
use support::archive::{Scratch, docker_save};
use support::notation;

struct Image {
    opened: OpenedImage,
    union: Union,
    scratch: Scratch,
}

fn image(layers: &str) -> Image {
    let layers: Vec<_> = layers.split('|').map(notation::layer).collect();
    let scratch = Scratch::new();
    let path = scratch.file("image.tar", &docker_save(&layers));
    let location = Location { input: Input::Path(path), transport: Transport::Detect, selector: None };
    let archive = Archive::open(&location, &Quiet).expect("sound");
    let opened = archive.select(&Choice::default()).expect("one image");
    let union = Union::build(opened.scan(&Quiet));
    Image { opened, union, scratch }
}

impl Image {
    fn folder(&self) -> PathBuf {
        self.scratch.path().join("out")
    }

    fn extract(&self, path: &str, layer: Option<usize>, overwrite: bool) -> Result<Extracted, ExtractError> {
        let node = self.union.node_at(&EntryPath::normalise(path.as_bytes()).path).expect("a path");
        let which = match layer.and_then(LayerNumber::new) {
            Some(layer) => Which::StoredBy(layer),
            None => Which::MergedAfter(self.union.layer_numbers().next_back().expect("layers")),
        };
        let options = Options { overwrite };
        extract(&self.union, &self.opened, (node, which), &self.folder(), options, &mut |_| true)
    }

    fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder().join(name)).ok()
    }
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|known| known.is_symlink())
}

#[test]
fn a_folder_comes_out_as_the_container_sees_it() {
    let image = image("a/ a/f=old a/g=g a/sub/h=h | a/f=new a/.wh.g a/l->f a/x{mode=4755}=x");
    let done = image.extract("a", None, false).expect("room");
    assert_eq!((done.files, done.links, done.skipped.len()), (3, 1, 0));
    assert_eq!(
        (image.read("a/f").as_deref(), image.read("a/sub/h").as_deref(), image.read("a/g")),
        (Some("new"), Some("h"), None)
    );
    assert!(is_link(&image.folder().join("a/l")));
    let mode = image.folder().join("a/x").metadata().expect("there").permissions().mode();
    assert_eq!(mode & 0o7000, 0, "setuid is not given back");
}

#[test]
fn what_was_removed_comes_out_by_its_layer() {
    let image = image("a/ a/key=secret | .wh.a");
    assert!(matches!(image.extract("a/key", None, false), Err(ExtractError::NothingThere { .. })));
    image.extract("a/key", Some(1), false).expect("layer 1 stores it");
    assert_eq!(image.read("key").as_deref(), Some("secret"));
    let node = image.union.node_at(&EntryPath::normalise(b"a").path).expect("a path");
    let layers = [1, 2].map(|n| stores(&image.union, node, LayerNumber::new(n).expect("a number")));
    assert_eq!(layers, [true, false]);
}

#[test]
fn hard_links_come_out_with_their_bytes() {
    let image = image("a=hello b=>a | .wh.a");
    image.extract("/", None, false).expect("room");
    assert_eq!((image.read("a"), image.read("b").as_deref()), (None, Some("hello")));
}

#[test]
fn nothing_is_replaced_unless_that_is_asked_for() {
    let image = image("f=new");
    std::fs::create_dir_all(image.folder()).expect("room");
    std::fs::write(image.folder().join("f"), "mine").expect("room");
    assert!(matches!(image.extract("f", None, false), Err(ExtractError::Exists { .. })));
    assert_eq!(image.read("f").as_deref(), Some("mine"));
    image.extract("f", None, true).expect("asked for");
    assert_eq!(image.read("f").as_deref(), Some("new"));
}

#[test]
fn no_link_leads_a_file_out_of_the_folder() {
    let image = image("d/ d/f=evil l=evil");
    let outside = image.scratch.path().join("outside");
    std::fs::create_dir_all(&outside).expect("room");
    std::fs::create_dir_all(image.folder()).expect("room");
    symlink(&outside, image.folder().join("d")).expect("a link");
    symlink(outside.join("new"), image.folder().join("l")).expect("a link");
    assert!(matches!(image.extract("d", None, true), Err(ExtractError::InTheWay { .. })));
    assert!(matches!(image.extract("l", None, false), Err(ExtractError::Exists { .. })));
    image.extract("l", None, true).expect("the link itself is replaced");
    assert!(!is_link(&image.folder().join("l")));
    assert_eq!(std::fs::read_dir(&outside).expect("a folder").count(), 0, "nothing was written outside");
}

#[test]
fn links_of_the_image_are_made_but_never_followed() {
    // Within one layer a link stands on the way; its target is the image's own `etc`, never the host's.
    let image = image("x->/etc x/passwd=evil up->../../../.. up/root=evil");
    let done = image.extract("/", None, false).expect("room");
    assert_eq!(done.links, 2);
    assert_eq!(image.read("etc/passwd").as_deref(), Some("evil"));
    assert_eq!(image.read("root").as_deref(), Some("evil"));
    assert!(is_link(&image.folder().join("x")) && is_link(&image.folder().join("up")));
}

#[test]
fn names_that_climb_stay_inside() {
    let image = image("../../evil=e a/../../../evil2=e");
    image.extract("/", None, false).expect("room");
    assert_eq!((image.read("evil").as_deref(), image.read("evil2").as_deref()), (Some("e"), Some("e")));
    assert!(!image.scratch.path().join("evil").exists());
}

#[test]
fn devices_and_pipes_are_left_out_and_named() {
    let image = image("null{chr,rdev=1:3} sda{blk,rdev=8:0} pipe{fifo} odd{type=Z} f=f");
    let done = image.extract("/", None, false).expect("room");
    assert_eq!((done.files, done.skipped.len()), (1, 4));
    assert_eq!(std::fs::read_dir(image.folder()).expect("a folder").count(), 1);
}

#[test]
fn it_stops_when_it_is_told_to() {
    let image = image("f=f");
    let top = (image.union.root(), Which::MergedAfter(LayerNumber::FIRST));
    let stopped = extract(&image.union, &image.opened, top, &image.folder(), Options::default(), &mut |_| false);
    assert!(matches!(stopped, Err(ExtractError::Stopped)));
}

/// Contents that remember where they were read.
struct Watched<'a>(&'a OpenedImage, Mutex<Vec<(LayerNumber, u64)>>);

impl Contents for Watched<'_> {
    fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        self.1.lock().expect("one thread").push((layer, entry.data_offset()));
        self.0.open(layer, entry)
    }

    fn identity(&self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
        self.0.identity(layer, entry)
    }
}

/// In any other order, a compressed layer is decompressed again and again.
#[test]
fn files_are_read_in_the_order_in_which_they_are_stored() {
    let image = image("c/z=1 a/y=2 b/x=3 a/b=4 e=5 | a/n=6 c/m=7 a/y=8");
    let contents = Watched(&image.opened, Mutex::default());
    let which = Which::MergedAfter(image.union.layer_numbers().next_back().expect("layers"));
    let node = image.union.root();
    let done = extract(&image.union, &contents, (node, which), &image.folder(), Options::default(), &mut |_| true);
    let read = contents.1.into_inner().expect("one thread");
    assert_eq!((done.expect("room").files, read.len()), (7, 7));
    assert!(read.is_sorted(), "{read:?}");
}
