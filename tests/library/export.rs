//! The exported tar, read back: by this program, by the `tar` crate, and where it is installed by GNU tar.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::Read;
use std::path::Path;

use crate::testing::archive::{Scratch, docker_save};
use crate::testing::tarball::{self, Member};
use crate::testing::{cases, notation};
use layerscope::export::export;
use layerscope::image::{Contents, EntryKind, EntryRef, LayerNumber, Mtime, Quiet};
use layerscope::source::{Archive, ImageChoice, Location, OpenedImage};
use layerscope::union::{Union, VersionRef};
use proptest::prelude::*;
use proptest::sample::select;

/// An image that stays open as long as its folder is there.
struct Image {
    _scratch: Scratch,
    opened: OpenedImage,
    union: Union,
}

impl Image {
    fn new(layers: &[Vec<u8>]) -> Self {
        let scratch = Scratch::new();
        let path = scratch.file("image.tar", &docker_save(layers));
        let archive = Archive::open(&Location::of_path(&path), &Quiet).expect("a sound archive");
        let opened = archive.select(&ImageChoice::default()).expect("one image");
        let union = Union::build(opened.scan(&Quiet));
        Self { _scratch: scratch, opened, union }
    }

    fn last(&self) -> LayerNumber {
        self.union.layer_numbers().next_back().expect("a layer")
    }

    fn export(&self) -> Vec<u8> {
        let mut tar = Vec::new();
        export(&self.union, self.last(), &self.opened, &mut tar, &Quiet).expect("exported");
        tar
    }
}

/// Everything that a container could see of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    kind: EntryKind,
    mode: u16,
    owner: (i64, i64),
    mtime: Mtime,
    rdev: Option<(u32, u32)>,
    target: Vec<u8>,
    xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    size: u64,
    content: Vec<u8>,
    /// All paths of the same file.
    names: BTreeSet<Vec<u8>>,
}

fn seen(image: &Image) -> BTreeMap<Vec<u8>, Seen> {
    let visible = |node| image.union.visible(node, image.last()).map(|id| image.union.version(id));
    let mut names: BTreeMap<_, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for (node, version) in image.union.nodes().filter_map(|node| Some((node, visible(node)?))) {
        names.entry(version.inode().id()).or_default().insert(image.union.path(node).as_bytes().to_vec());
    }
    let one = |version: VersionRef<'_>| {
        let inode = version.inode();
        let entry = inode.entry();
        let mut content = Vec::new();
        if let Some(entry) = entry.filter(|entry| entry.size() < 1 << 24) {
            let mut reader = image.opened.open(inode.layer(), entry).expect("readable");
            reader.read_to_end(&mut content).expect("all of it");
        }
        Seen {
            kind: inode.kind(),
            mode: inode.mode(),
            owner: inode.owner(),
            mtime: entry.map_or_else(Mtime::default, EntryRef::mtime),
            rdev: entry.and_then(EntryRef::rdev),
            target: entry.map_or_else(Vec::new, |entry| entry.link_target().to_vec()),
            xattrs: entry
                .map_or(&[][..], |entry| entry.xattrs())
                .iter()
                .map(|(n, v)| (n.to_vec(), v.to_vec()))
                .collect(),
            size: inode.size(),
            content,
            names: names[&inode.id()].clone(),
        }
    };
    let nodes = image.union.nodes().filter(|node| *node != image.union.root());
    nodes.filter_map(|node| Some((image.union.path(node).as_bytes().to_vec(), one(visible(node)?)))).collect()
}

/// What no archive can hold: a number that no owner has, a link to nothing, and what no engine knows.
fn as_exported(mut seen: BTreeMap<Vec<u8>, Seen>) -> BTreeMap<Vec<u8>, Seen> {
    seen.retain(|_, seen| !matches!(seen.kind, EntryKind::Unknown(_) | EntryKind::HardLink));
    for one in seen.values_mut() {
        one.owner = (one.owner.0.max(0), one.owner.1.max(0));
    }
    seen
}

/// Checks that what is exported is the same when it is the only layer of an image, and what the `tar` crate makes of it.
fn comes_back(layers: &[Vec<u8>]) -> Result<(), String> {
    let image = Image::new(layers);
    // What cannot be read cannot be exported.
    if image.union.layer_numbers().any(|layer| !image.union.entries(layer).complete) {
        return Ok(());
    }
    let tar = image.export();
    if tar != image.export() {
        return Err("twice is not the same".to_owned());
    }
    let expected = as_exported(seen(&image));
    // As a file system this is exported as it is; as a layer it would be a whiteout.
    let is_marker = |path: &Vec<u8>| path.split(|&byte| byte == b'/').any(|name| name.starts_with(b".wh."));
    if expected.keys().any(is_marker) {
        return by_tar_crate(&tar, &expected);
    }
    let got = seen(&Image::new(std::slice::from_ref(&tar)));
    for path in expected.keys().chain(got.keys()) {
        let (expected, got) = (expected.get(path), got.get(path));
        if expected != got {
            return Err(format!("{}: {expected:?} comes back as {got:?}", path.escape_ascii()));
        }
    }
    by_tar_crate(&tar, &expected)
}

fn by_tar_crate(tar: &[u8], expected: &BTreeMap<Vec<u8>, Seen>) -> Result<(), String> {
    let mut found = BTreeSet::new();
    let mut last = Vec::new();
    for entry in tar::Archive::new(tar).entries().map_err(|error| error.to_string())? {
        let mut entry = entry.map_err(|error| error.to_string())?;
        let name = entry.path_bytes().into_owned();
        let path = name.strip_suffix(b"/").unwrap_or(&name).to_vec();
        if path == b"." {
            continue;
        }
        let parts: Vec<Vec<u8>> = path.split(|&byte| byte == b'/').map(<[u8]>::to_vec).collect();
        if last >= parts {
            return Err(format!("{} is out of order", path.escape_ascii()));
        }
        last = parts;
        let known = expected.get(&path).ok_or_else(|| format!("{} is unknown", path.escape_ascii()))?;
        let header = entry.header().clone();
        let mut content = Vec::new();
        if known.size < 1 << 24 {
            entry.read_to_end(&mut content).map_err(|error| error.to_string())?;
        }
        let is_same = match header.entry_type() {
            tar::EntryType::Link => {
                let target = entry.link_name_bytes().unwrap_or_default().into_owned();
                target != path && known.names.contains(&target) && found.contains(&target)
            }
            tar::EntryType::Symlink => entry.link_name_bytes().unwrap_or_default() == known.target.as_slice(),
            tar::EntryType::Regular | tar::EntryType::GNUSparse => {
                known.size >= 1 << 24 || (known.kind == EntryKind::File && content == known.content)
            }
            tar::EntryType::Directory => known.kind == EntryKind::Dir && name.ends_with(b"/"),
            _ => header.device_major().ok().flatten() == known.rdev.map(|(major, _)| major) || known.rdev.is_none(),
        };
        if !is_same || header.mode().ok() != Some(u32::from(known.mode)) {
            return Err(format!("{}: {known:?} is something else to the tar crate", path.escape_ascii()));
        }
        found.insert(path);
    }
    if found.len() == expected.len() { Ok(()) } else { Err(format!("{} of {} are there", found.len(), expected.len())) }
}

#[test]
fn every_scenario_comes_back() {
    let mut faults = Vec::new();
    for case in cases::all() {
        let layers: Vec<_> = case.layers.split('|').map(notation::layer).collect();
        faults.extend(comes_back(&layers).err().map(|fault| format!("{}: {fault}", case.name)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    let long = "long-name-".repeat(15);
    let part =
        select(vec!["a".into(), "b".into(), b"caf\xe9\xff".to_vec(), "né".into(), long.into_bytes(), b"x\ny".to_vec()]);
    let opaque = select(vec![b"".to_vec(), b"/.wh.a".to_vec(), b"/.wh..wh..opq".to_vec()]);
    (prop::collection::vec(part, 1..4), prop_oneof![6 => Just(Vec::new()), 1 => opaque])
        .prop_map(|(parts, end)| [parts.join(&b'/'), end].concat())
}

fn member() -> impl Strategy<Value = Member> {
    let owner = select(vec![0, 1000, 2_097_151, 2_097_152, 4_294_967_294_i64]);
    let mtime = select(vec![0, 1, 1_700_000_000, 8_589_934_591, 8_589_934_592_i64]);
    let data = select(vec![Vec::new(), b"x".to_vec(), vec![b'y'; 511], vec![b'z'; 512], vec![0; 1500]]);
    let xattr = select(vec![None, Some((b"user.a".to_vec(), b"\0\xff=\n".to_vec()))]);
    let fraction = select(vec![None, Some("1.5"), Some("-1.25"), Some("1700000000.123456789")]);
    let kind = select(b"0005551234612".to_vec());
    (name(), kind, 0..0o10000_u64, (owner.clone(), owner), mtime, data, (xattr, fraction), name()).prop_map(
        |(name, kind, mode, (uid, gid), mtime, data, (xattr, fraction), link)| {
            let mut pax = Vec::new();
            if name.len() > 100 {
                pax.push((b"path".to_vec(), name.clone()));
            }
            if link.len() > 100 && matches!(kind, b'1' | b'2') {
                pax.push((b"linkpath".to_vec(), link.clone()));
            }
            pax.extend(xattr.map(|(name, value)| ([b"SCHILY.xattr.", &name[..]].concat(), value)));
            pax.extend(fraction.map(|time| (b"mtime".to_vec(), time.as_bytes().to_vec())));
            let rdev = matches!(kind, b'3' | b'4').then_some((8, 1));
            let data = if kind == b'0' { data } else { Vec::new() };
            let link = if matches!(kind, b'1' | b'2') { link } else { Vec::new() };
            Member { mode, uid, gid, mtime, data, pax, rdev, link, base256: true, ..Member::new(&name, kind) }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_layers_come_back(layers in prop::collection::vec(prop::collection::vec(member(), 0..12), 1..4)) {
        let layers: Vec<_> = layers.iter().map(|members| tarball::archive(members)).collect();
        let result = comes_back(&layers);
        prop_assert!(result.is_ok(), "{}", result.err().unwrap_or_default());
    }
}

/// A sparse file as GNU tar has written it since 2005: its map begins the data.
fn sparse(name: &str, size: u64, parts: &[(u64, &[u8])]) -> Member {
    let mut map = format!("{}\n", parts.len());
    for (offset, data) in parts {
        writeln!(map, "{offset}\n{}", data.len()).expect("memory");
    }
    let mut data = map.into_bytes();
    data.resize(data.len().next_multiple_of(512), 0);
    data.extend(parts.iter().flat_map(|(_, data)| *data));
    let record = |name: &str, value: String| (name.as_bytes().to_vec(), value.into_bytes());
    let pax = vec![
        record("GNU.sparse.major", "1".to_owned()),
        record("GNU.sparse.minor", "0".to_owned()),
        record("GNU.sparse.name", name.to_owned()),
        record("GNU.sparse.realsize", size.to_string()),
    ];
    Member { data, pax, ..Member::new(b"GNUSparseFile.0/x", b'0') }
}

#[test]
fn holes_stay_holes() {
    let many: Vec<(u64, &[u8])> = (0..50).map(|at| (at * 4096 + 7, &b"part"[..])).collect();
    let huge = 1_u64 << 50;
    let layer = tarball::archive(&[
        sparse("begins-with-a-hole", 10_000, &[(3_000, b"abc"), (9_997, b"end")]),
        sparse("ends-with-a-hole", 100_000, &[(0, b"begin"), (600, b"more")]),
        sparse("many", 300_000, &many),
        sparse("nothing-else", 5_000, &[]),
        sparse("huge", huge, &[(huge / 2, b"here")]),
    ]);
    comes_back(std::slice::from_ref(&layer)).expect("as it was");
    let tar = Image::new(&[layer]).export();
    assert!(tar.len() < 100_000, "{}", tar.len());
}

#[test]
fn real_images_come_back() {
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images");
    for name in ["docker20-buildkit.tar", "buildx-zstd.tar", "docker26-containerd.tar", "skopeo-oci"] {
        let archive = Archive::open(&Location::of_path(images.join(name)), &Quiet).expect("a sound archive");
        let opened = archive.select(&ImageChoice::default()).expect("one image");
        let union = Union::build(opened.scan(&Quiet));
        let image = Image { _scratch: Scratch::new(), opened, union };
        let tar = image.export();
        let expected = as_exported(seen(&image));
        assert!(expected == seen(&Image::new(std::slice::from_ref(&tar))), "{name}");
        by_tar_crate(&tar, &expected).expect("the same");
    }
}
