//! Archives inside an image, listed out of a plain layer and out of a packed one.

use crate::testing::members::{Members, gzip, open_path};
use layerscope::image::{Cancel, Contents, LayerNumber, Listing};
use layerscope::source::{ImageChoice, Quiet};

/// A zip with one member, stored: all that its directory says, and nothing more.
fn zip(name: &str) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04, and what the member holds".to_vec();
    let begin = bytes.len();
    let mut record = vec![0; 46];
    record[..4].copy_from_slice(b"PK\x01\x02");
    record[24..28].copy_from_slice(&1234_u32.to_le_bytes());
    record[28] = u8::try_from(name.len()).unwrap();
    bytes.extend_from_slice(&record);
    bytes.extend_from_slice(name.as_bytes());
    let mut end = vec![0; 22];
    end[..4].copy_from_slice(b"PK\x05\x06");
    end[12..16].copy_from_slice(&u32::try_from(bytes.len() - begin).unwrap().to_le_bytes());
    bytes.extend_from_slice(&end);
    bytes
}

fn names(listing: &Listing) -> Vec<String> {
    listing.members.iter().map(|member| String::from_utf8_lossy(&member.name).into_owned()).collect()
}

#[test]
fn tars_and_zips_are_listed_whatever_their_layer_is_packed_with() {
    let mut inner = Members::default();
    for number in 0..300 {
        inner.file(&format!("inner/{number}"), vec![b'x'; number * 7]);
    }
    let inner = inner.tar();
    let mut layer = Members::default();
    layer.file("a.tar", inner.clone());
    layer.file("b.tgz", gzip(&inner));
    layer.file("c.jar", zip("META-INF/MANIFEST.MF"));
    layer.file("cut.tgz", gzip(&inner)[..2000].to_vec());
    layer.file("text.gz", gzip(b"only text"));
    layer.file("text", b"PK, but no zip".to_vec());
    layer.file("empty", Vec::new());
    for packed in [false, true] {
        let blob = if packed { gzip(&layer.tar()) } else { layer.tar() };
        let mut members = Members::default();
        let descriptor = members.image(&[blob], "linux/amd64");
        members.index(&[descriptor]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.tar");
        std::fs::write(&path, members.tar()).unwrap();
        let opened = open_path(&path).unwrap().select(&ImageChoice::default()).unwrap();
        let entries = opened.scan(&Quiet);
        let list = |name: &str, at_most| {
            let entry = entries[0].iter().find(|entry| entry.name() == name.as_bytes()).unwrap();
            opened.members(LayerNumber::from_index(0), entry, at_most, &Quiet).unwrap()
        };
        for (name, format) in [("a.tar", "tar"), ("b.tgz", "tar in gzip")] {
            let listing = list(name, 1000).unwrap();
            assert_eq!((listing.format.as_str(), listing.members.len(), &listing.cut), (format, 300, &None), "{name}");
            assert_eq!((names(&listing)[299].as_str(), listing.members[299].size), ("inner/299", 299 * 7));
            let some = list(name, 10).unwrap();
            assert!(some.members.len() == 10 && some.cut.is_some(), "{some:?}");
        }
        let jar = list("c.jar", 10).unwrap();
        assert_eq!((names(&jar), jar.members[0].size), (vec!["META-INF/MANIFEST.MF".to_owned()], 1234));
        let cut = list("cut.tgz", 1000).unwrap();
        assert!(!cut.members.is_empty() && cut.members.len() < 300 && cut.cut.is_some(), "{:?}", cut.cut);
        for name in ["text.gz", "text", "empty"] {
            assert_eq!(list(name, 10), None, "{name}");
        }
        let entry = entries[0].iter().find(|entry| entry.name() == b"b.tgz").unwrap();
        let cancel = Cancel::default();
        cancel.cancel();
        let given_up = opened.members(LayerNumber::from_index(0), entry, 10, &cancel);
        assert!(given_up.is_err() || given_up.is_ok_and(|listing| listing.is_none()));
    }
}
