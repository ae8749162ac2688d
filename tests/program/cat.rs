use crate::archive::Archive;
use crate::tool::layerscope;

#[test]
fn a_removed_key_is_still_readable_in_the_layer_that_stored_it() {
    for archive in ["docker20-legacy.tar", "buildx-zstd.tar", "skopeo-oci"] {
        let run = layerscope(&["cat", archive, "/root/.ssh/id_ed25519", "--layer", "4"]).ok();
        assert_eq!(run.stdout.len(), 127, "{archive}");
        assert!(run.text().contains("PRIVATE KEY"), "{archive}: {}", run.text());
    }
}

#[test]
fn a_removed_file_is_refused_with_the_way_to_it() {
    assert_eq!(
        layerscope(&["cat", "lessons.tar.gz", "root/.ssh/id_ed25519"]).refusal(),
        "layer 6 removed `root/.ssh/id_ed25519`, but layer 4 still stores it: `--layer 4` shows it"
    );
    assert_eq!(
        layerscope(&["cat", "lessons.tar.gz", "root/.ssh/id_ed25519", "--layer", "6"]).refusal(),
        "layer 6 removes `root/.ssh/id_ed25519` and does not store it: `--layer 4` shows it"
    );
    assert_eq!(
        layerscope(&["cat", "lessons.tar.gz", "root/.ssh/id_ed25519", "--layer", "9"]).refusal(),
        "layer 9 does not store `root/.ssh/id_ed25519`, layer 4 does: `--layer 4` shows it"
    );
}

#[test]
fn the_visible_file_is_the_last_one() {
    let run = layerscope(&["cat", "lessons.tar.gz", "srv/app/docs/new.txt"]).ok();
    assert_eq!(run.text(), "fresh");
    assert_eq!(layerscope(&["cat", "lessons.tar.gz", "data/one.bin"]).ok().stdout.len(), 30_004);
    assert_eq!(layerscope(&["cat", "lessons.tar.gz", "data/one.bin", "--layer", "9"]).ok().stdout.len(), 30_000);
    let (one, two) = (["data/one.bin", "--layer", "9"], ["data/two.bin", "--layer", "9"]);
    let of = |words: [&str; 3]| layerscope(&["cat", "lessons.tar.gz", words[0], words[1], words[2]]).ok().stdout;
    assert!(of(one) == of(two), "a hard link shows the file it repeats");
}

#[test]
fn what_is_no_file_is_refused_with_what_it_is() {
    for (path, layer, sentence) in [
        ("data", None, "`data` is a directory: `layerscope ls` lists it"),
        ("/", None, "`/` is a directory: `layerscope ls` lists it"),
        ("data/pipe", None, "`data/pipe` is a named pipe and has no bytes"),
        ("t/below", None, "`t` is a file, so nothing is below it"),
        ("srv/app/src", Some("8"), "`srv/app/src` is a symlink to `/tmp` in layer 8: print that path instead"),
        ("srv/app/src", None, "no layer has `tmp`: `layerscope ls` lists all paths"),
    ] {
        let mut words = vec!["cat", "lessons.tar.gz", path];
        words.extend(layer.into_iter().flat_map(|layer| ["--layer", layer]));
        assert_eq!(layerscope(&words).refusal(), sentence);
    }
}

#[test]
fn a_file_that_was_never_visible_is_read_from_its_layer() {
    let archive = Archive::new(&[("COPY", vec![(b"a", b"old")]), ("RUN", vec![(b".wh.a", b"carried along")])]);
    let path = archive.path();
    let words = ["cat".as_ref(), path.as_os_str(), ".wh.a".as_ref(), "--layer".as_ref(), "2".as_ref()];
    assert_eq!(layerscope(&words).ok().text(), "carried along");
}
