//! Files written below a folder: the right bytes, and nothing outside, nothing replaced, nothing made that bites.

use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::testing::archive::{Scratch, docker_save};
use crate::testing::notation;
use crate::testing::tarball::{Member, archive};
use layerscope::extract::{ExtractError, ExtractOptions, Extracted, Subtree, Which, WhyNot, extract, stores};
use layerscope::image::{Cancel, Contents, EntryPath, EntryRef, LayerNumber, ReadError};
use layerscope::source::{Archive, ImageChoice, Input, Location, OpenedImage, Quiet, Transport};
use layerscope::union::Union;

struct Image {
    opened: OpenedImage,
    union: Union,
    scratch: Scratch,
}

fn image(layers: &str) -> Image {
    image_of(&layers.split('|').map(notation::layer).collect::<Vec<_>>())
}

fn image_of(layers: &[Vec<u8>]) -> Image {
    let scratch = Scratch::new();
    let path = scratch.file("image.tar", &docker_save(layers));
    let location = Location { input: Input::Path(path), transport: Transport::Detect, selector: None };
    let archive = Archive::open(&location, &Quiet).expect("sound");
    let opened = archive.select(&ImageChoice::default()).expect("one image");
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
        let options = ExtractOptions { overwrite, force: false };
        extract(&self.union, &self.opened, Subtree { node, which }, &self.folder(), options, &Quiet)
    }

    /// All of the image as a container sees it.
    fn whole(&self, options: ExtractOptions) -> Extracted {
        let last = self.union.layer_numbers().next_back().expect("layers");
        let what = Subtree { node: self.union.root(), which: Which::MergedAfter(last) };
        extract(&self.union, &self.opened, what, &self.folder(), options, &Quiet).expect("room")
    }

    fn metadata(&self, name: &str) -> std::fs::Metadata {
        self.folder().join(name).symlink_metadata().expect(name)
    }

    /// How many files and folders there are in all.
    fn count(&self) -> usize {
        fn below(folder: &Path) -> usize {
            let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
            entries.map(|path| 1 + if path.is_dir() && !is_link(&path) { below(&path) } else { 0 }).sum()
        }
        below(&self.folder())
    }

    fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder().join(name)).ok()
    }
}

/// Why each path was not made.
fn failed(done: &Extracted) -> Vec<(String, &WhyNot)> {
    let path = |path: &EntryPath| String::from_utf8_lossy(path.as_bytes()).into_owned();
    done.failed.first.iter().map(|(at, why)| (path(at), why)).collect()
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
    let done = image.extract("f", None, false).expect("room");
    assert_eq!((failed(&done), done.is_nothing()), (vec![("f".to_owned(), &WhyNot::Exists)], true));
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
    let done = image.extract("d", None, true).expect("room");
    assert_eq!(failed(&done), [("d".to_owned(), &WhyNot::InTheWay), ("d/f".to_owned(), &WhyNot::Below)]);
    let done = image.extract("l", None, false).expect("room");
    assert_eq!(failed(&done), [("l".to_owned(), &WhyNot::Exists)]);
    assert!(is_link(&image.folder().join("l")));
    let done = image.extract("l", None, true).expect("room");
    assert!(done.failed.is_empty(), "the link itself is replaced");
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
    let top = Subtree { node: image.union.root(), which: Which::MergedAfter(LayerNumber::FIRST) };
    let cancel = Cancel::default();
    cancel.cancel();
    let stopped = extract(&image.union, &image.opened, top, &image.folder(), ExtractOptions::default(), &cancel);
    assert!(matches!(stopped, Err(ExtractError::Stopped)));
    assert_eq!(image.count(), 0, "half a file does not stay");
}

#[test]
fn hard_links_stay_hard_links() {
    let names: Vec<_> = (0..200).map(|number| format!("d/n{number}=>d/a")).collect();
    let image = image(&format!("d/ d/a{{fill=70000}} {} | .wh.d d/ z=1", names.join(" ")));
    let done = image.extract("d", Some(1), false).expect("room");
    assert_eq!((done.files, done.bytes, image.metadata("d/a").nlink()), (201, 70_000, 201));
    assert_eq!(image.metadata("d/n199").ino(), image.metadata("d/a").ino());
}

#[test]
fn names_of_a_file_that_is_not_extracted_itself_are_linked_to_each_other() {
    let image = image("a=hello d/ d/b=>a d/c=>a | .wh.a");
    let done = image.extract("d", None, false).expect("room");
    assert_eq!((done.files, done.bytes), (2, 5));
    assert_eq!(
        (image.read("d/c").as_deref(), image.metadata("d/b").ino()),
        (Some("hello"), image.metadata("d/c").ino())
    );
    let again = image.extract("d", None, true).expect("room");
    assert_eq!((again.files, again.failed.len(), image.metadata("d/b").nlink()), (2, 0, 2), "and replaced as such");
}

/// A sparse file of a size, with a letter at its beginning and one further on.
fn sparse(name: &str, size: u64, further: u64) -> Member {
    let records = [
        ("GNU.sparse.major".to_owned(), "0".to_owned()),
        ("GNU.sparse.minor".to_owned(), "1".to_owned()),
        ("GNU.sparse.name".to_owned(), name.to_owned()),
        ("GNU.sparse.size".to_owned(), size.to_string()),
        ("GNU.sparse.numblocks".to_owned(), "2".to_owned()),
        ("GNU.sparse.map".to_owned(), format!("0,1,{further},1")),
    ];
    let pax = records.into_iter().map(|(key, value)| (key.into_bytes(), value.into_bytes())).collect();
    Member { pax, ..Member::file("GNUSparseFile.0/x", b"ab") }
}

#[test]
fn holes_stay_holes() {
    let image = image_of(&[archive(&[sparse("big", 2 << 30, 1 << 30), sparse("end", 4096, 4095)])]);
    let done = image.whole(ExtractOptions::default());
    assert_eq!((done.files, done.bytes), (2, (2 << 30) + 4096));
    let big = image.metadata("big");
    assert_eq!(big.len(), 2 << 30);
    assert!(big.blocks() * 512 < 1 << 20, "{} blocks", big.blocks());
    let mut byte = [0];
    let file = std::fs::File::open(image.folder().join("big")).expect("there");
    std::os::unix::fs::FileExt::read_exact_at(&file, &mut byte, 1 << 30).expect("as long");
    assert_eq!(byte, *b"b");
    assert!(image.read("end").is_some_and(|text| text.starts_with("a\0") && text.ends_with("\0b")));
}

#[test]
fn a_size_far_beyond_what_is_stored_is_written_only_if_that_is_asked_for() {
    let huge = 1 << 40;
    let parts: Vec<_> = (0..4).map(|number| sparse(&format!("part{number}"), 3 << 30, 1)).collect();
    let image = image_of(&[archive(&[vec![sparse("huge", huge, 1), Member::file("f", b"f")], parts].concat())]);
    let done = image.whole(ExtractOptions::default());
    let too_large = ["huge", "part2", "part3"].map(|name| (name.to_owned(), &WhyNot::TooLarge));
    assert_eq!((failed(&done), done.files), (too_large.to_vec(), 3), "by itself, and together with others");
    let done = image.whole(ExtractOptions { overwrite: true, force: true });
    assert_eq!((done.files, done.failed.len(), image.metadata("huge").len()), (6, 0, huge));
}

#[test]
fn a_path_that_cannot_be_made_does_not_end_the_rest() {
    let image = image(
        "long{component=256}=x x{pax.path=a\\0b}=x dev{chr,rdev=1:3} h=>nowhere d/ d/mine=x d/y=y \
         deep{pax.path=\\n/below}=x l-> | z=z s->z",
    );
    std::fs::create_dir_all(image.folder().join("d/mine")).expect("room");
    let done = image.whole(ExtractOptions::default());
    let made: Vec<_> = ["d/y", "z"].into_iter().filter_map(|name| image.read(name)).collect();
    assert_eq!((made, is_link(&image.folder().join("s"))), (vec!["y".to_owned(), "z".to_owned()], true));
    let whys: Vec<_> = failed(&done).into_iter().map(|(path, why)| format!("{path:.8}: {why}")).collect();
    let expected = [
        "h: a hard link to nothing",
        "nnnnnnnn: it cannot be written: File name too long (os error 36)",
        "d/mine: it exists and is not replaced",
        "l: its target cannot be written on this system",
    ];
    assert_eq!(whys, expected);
}

#[test]
fn a_file_where_a_layer_stores_a_folder_too_costs_one_of_them() {
    for layer in ["dirfile=f dirfile/below=b after=a", "dirfile/below=b dirfile=f after=a"] {
        let image = image(layer);
        let done = image.extract("/", Some(1), false).expect("room");
        assert_eq!((done.files, done.failed.len(), image.read("after").as_deref()), (2, 1, Some("a")), "{layer}");
    }
}

#[test]
fn a_file_that_cannot_be_read_leaves_nothing_and_does_not_end_the_rest() {
    let image = image("a=whole b{fill=200000} !cut=100000 | d=later e->d c=>b");
    let done = image.whole(ExtractOptions::default());
    let whys: Vec<_> = failed(&done).into_iter().map(|(path, why)| format!("{path}: {why}")).collect();
    assert_eq!(whys, ["b: it cannot be read: unexpected end of file", "c: it cannot be read: unexpected end of file"]);
    assert_eq!((image.read("a").as_deref(), image.read("d").as_deref()), (Some("whole"), Some("later")));
    assert_eq!(done.bytes, 10, "of what is there");
    assert_eq!((done.files, done.links, image.count()), (2, 1, 3), "no half file stays, under whatever name");
}

#[test]
fn a_folder_stays_as_private_as_it_was() {
    let mode = |image: &Image, name| image.metadata(name).permissions().mode() & 0o777;
    let image = image("root/{mode=700} root/key=k opt/{mode=755} ro/{mode=500} ro/f=f | root/new=n");
    image.extract("/", None, false).expect("room");
    assert_eq!(["root", "opt", "ro"].map(|name| mode(&image, name)), [0o700, 0o755, 0o700]);
    std::fs::remove_dir_all(image.folder()).expect("ours");
    image.extract("/", Some(2), false).expect("room");
    assert_eq!(
        (mode(&image, "root"), image.read("root/new").as_deref()),
        (0o700, Some("n")),
        "not stored by this layer"
    );
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
    let done =
        extract(&image.union, &contents, Subtree { node, which }, &image.folder(), ExtractOptions::default(), &Quiet);
    let read = contents.1.into_inner().expect("one thread");
    assert_eq!((done.expect("room").files, read.len()), (7, 7));
    assert!(read.is_sorted(), "{read:?}");
}
