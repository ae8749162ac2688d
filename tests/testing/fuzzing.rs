//! What the fuzz targets do with their bytes, and what must hold for any of them. The tests run it over the corpus.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use layerscope::analysis::{Analysis, Identities, pairs};
use layerscope::image::{Contents, EntryRef};
use layerscope::secrets;
use layerscope::source::{Archive, ImageChoice, Input, Location, OpenedImage, Quiet, Transport};
use layerscope::union::{Scope, Union, View};

use super::archive::{archive_with, oci_archive_with};
use super::naive::{Item, Kind, Naive, entries};

/// A whole file of a stranger.
pub fn archive_index(bytes: &[u8]) {
    with_file(bytes, |archive| {
        let audit = archive.audit(None);
        assert!(audit.claims.iter().all(|claim| claim.stream < audit.streams.len()));
        for listed in archive.images().iter().take(4) {
            let selector = layerscope::source::Selector::Index(listed.index);
            let choice = ImageChoice { selector: Some(selector), platform: None };
            if let Ok(opened) = archive.select(&choice) {
                whole_image(&opened);
            }
        }
    });
}

/// The bytes as the blob of a layer, whatever they are packed with.
pub fn tar_walker(bytes: &[u8]) {
    let file = archive_with(&[bytes.to_vec(), super::notation::layer("a/ a/f=f .wh.b b=b")]);
    with_file(&file, |archive| {
        let opened = archive.select(&ImageChoice::default()).expect("the archive around the layer is sound");
        whole_image(&opened);
    });
}

/// The bytes as one of the documents of an archive: the first byte says which.
pub fn json_readers(bytes: &[u8]) {
    let Some((&which, document)) = bytes.split_first() else { return };
    let file = oci_archive_with(which, document);
    with_file(&file, |archive| {
        if let Ok(opened) = archive.select(&ImageChoice::default()) {
            whole_image(&opened);
        }
        let _ = archive.audit(None);
    });
}

/// The bytes as a stack of layers, which a second, naive implementation must see the same way.
pub fn layer_stack(bytes: &[u8]) {
    let layers = stack(bytes);
    let union = Union::build(layers.iter().map(|layer| Arc::new(entries(layer))).collect());
    let naive = Naive::build(&layers);
    for layer in union.layer_numbers() {
        let view = View::new(&union, Scope::Merged(layer));
        let paths: Vec<Vec<String>> = view
            .walk(&union)
            .map(|row| row.version.path().components().map(|c| String::from_utf8_lossy(c).into_owned()).collect())
            .collect();
        let mut expected: Vec<Vec<String>> = naive.views[layer.index()].keys().cloned().collect();
        expected.sort();
        let mut paths = paths;
        paths.sort();
        assert_eq!(paths, expected);
    }
    let analysis = Analysis::new(&union, Some(&Identities::default()));
    let ours: Vec<[u64; 4]> = analysis
        .layers
        .iter()
        .map(|layer| {
            let of = layer.accounts;
            [of.live, of.overwritten, of.rewritten, of.removed]
        })
        .collect();
    assert_eq!(ours, naive.accounts());
}

fn with_file(bytes: &[u8], look: impl FnOnce(&Archive)) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    let path: PathBuf = file.path().to_owned();
    let location = Location { input: Input::Path(path), transport: Transport::Detect, selector: None };
    match Archive::open(&location, &Quiet) {
        Ok(archive) => look(&archive),
        // An error is one line that steers no terminal.
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                text.push_str(&error.to_string());
                cause = error.source();
            }
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
    }
}

fn whole_image(opened: &OpenedImage) {
    let layers = opened.scan(&Quiet);
    assert_eq!(layers.len(), opened.image().layers.len());
    let stored: u64 = layers.iter().flat_map(|layer| layer.iter()).map(EntryRef::stored).fold(0, u64::saturating_add);
    let union = Union::build(layers);
    let identities = Identities::compare(&union, opened, &pairs(&union), &Quiet);
    let analysis = Analysis::new(&union, Some(&identities));
    assert_eq!(analysis.totals.total(), stored, "every stored byte is in one account");
    let waste = analysis.waste.iter().map(|row| row.bytes).fold(0, u64::saturating_add);
    assert_eq!(waste, analysis.totals.wasted());
    let causes = analysis.causes(opened.image(), &union);
    assert_eq!(causes.iter().map(|cause| cause.bytes).fold(0, u64::saturating_add), waste);
    let _ = secrets::find(opened.image(), &union, &analysis, opened, &Quiet);
    if let Some(last) = union.layer_numbers().next_back() {
        let view = View::new(&union, Scope::Merged(last));
        assert_eq!(view.bytes(union.root()), analysis.totals.live);
        for row in view.walk(&union).take(16) {
            if let Some(entry) = row.version.inode_entry()
                && let Ok(reader) = opened.open(row.version.inode().layer(), entry)
            {
                let mut bytes = Vec::new();
                let _ = reader.take(4096).read_to_end(&mut bytes);
                assert!(bytes.len() as u64 <= entry.size());
            }
        }
    }
}

/// Reads entries off the bytes: a byte for the sort, a byte for each name, 0xff between layers.
fn stack(bytes: &[u8]) -> Vec<Vec<Item>> {
    let names = ["a", "b", "c", "d"];
    let mut layers = vec![Vec::new()];
    let mut bytes = bytes.iter().copied().take(512);
    while let Some(sort) = bytes.next() {
        if sort == 0xff {
            layers.push(Vec::new());
            continue;
        }
        let (Some(path), Some(other)) = (bytes.next(), bytes.next()) else { break };
        let name = |bits: u8| names[usize::from(bits & 3)];
        let mut text = String::new();
        for level in 0..path >> 6 {
            text.push_str(name(path >> (2 * level)));
            text.push('/');
        }
        match sort >> 4 & 7 {
            0 => text.push_str(".wh..wh..opq"),
            1 | 2 => {
                text.push_str(".wh.");
                text.push_str(name(sort >> 2));
            }
            _ => text.push_str(name(sort >> 2)),
        }
        let target = match other >> 6 {
            0 => name(other).to_owned(),
            1 => format!("{}/{}", name(other), name(other >> 2)),
            2 => format!("/{}", name(other)),
            _ => format!("../{}/{}", name(other), name(other >> 2)),
        };
        let kind = match (sort & 3, other & 0x30) {
            (0, _) => Kind::File(vec![other; usize::from(other & 3)]),
            (1, _) => Kind::Dir,
            (2, _) => Kind::Symlink(target),
            (_, 0) => Kind::Whiteout,
            _ => Kind::HardLink(target.replace("../", "")),
        };
        let mode = if other & 8 == 0 { 0o755 } else { 0o700 };
        if let Some(layer) = layers.last_mut() {
            layer.push(Item { name: text, kind, mode });
        }
    }
    layers.truncate(16);
    layers
}
