//! An image of which something could not be read: every output says so, and none that has no place for it ends with 0.

use crate::archive::Archive;
use crate::tool::{Run, layerscope};

/// An archive whose layer is cut where its lists are whole: the lists come first.
fn cut() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = Archive::new(&[("COPY a b", vec![(b"a", b"some content"), (b"b", &[b'x'; 4000])])]);
    let bytes = std::fs::read(archive.path()).expect("readable");
    let mut members: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in tar::Archive::new(bytes.as_slice()).entries().expect("a tar") {
        let mut entry = entry.expect("a sound one");
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).expect("memory");
        members.push((entry.path().expect("a name").to_string_lossy().into_owned(), content));
    }
    members.sort_by_key(|(name, _)| !name.to_ascii_lowercase().ends_with("json"));
    let mut turned = tar::Builder::new(Vec::new());
    for (name, content) in &members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        turned.append_data(&mut header, name, content.as_slice()).expect("memory");
    }
    let mut turned = turned.into_inner().expect("memory");
    turned.truncate(turned.len() - 1024 - 1024 - 2048);
    let path = folder.path().join("cut.tar");
    std::fs::write(&path, turned).expect("room");
    let path = path.to_str().expect("text").to_owned();
    (folder, path)
}

fn run(words: &[&str], image: &str) -> Run {
    let mut arguments = words.to_vec();
    arguments.insert(1, image);
    layerscope(&arguments)
}

#[test]
fn every_document_says_that_the_image_is_incomplete() {
    let (_folder, image) = cut();
    for words in [
        &["summary", "--format", "json"][..],
        &["layers", "--format", "json"],
        &["history", "--format", "json"],
        &["ls", "--format", "json"],
        &["waste", "--format", "json"],
        &["secrets", "--format", "json"],
        &["junk", "--format", "json"],
        &["report", "--format", "json", "-o", "-"],
        &["check", "--format", "json"],
        &["verify", "--format", "json"],
    ] {
        assert_eq!(run(words, &image).json()["complete"], false, "{words:?}");
    }
    for words in [
        &["summary"][..],
        &["explain"],
        &["rebuild"],
        &["secrets"],
        &["junk"],
        &["report", "--format", "html", "-o", "-"],
        &["report", "--format", "markdown", "-o", "-"],
    ] {
        let text = run(words, &image).text().to_lowercase();
        assert!(text.contains("incomplete:"), "{words:?}: {text}");
    }
    for format in ["text", "junit", "sarif", "github", "markdown"] {
        let run = run(&["check", "--format", format], &image);
        assert_eq!(run.code, Some(1), "{format}");
        assert!(run.text().contains("complete") && run.text().contains("tar ends"), "{format}: {}", run.text());
    }
}

#[test]
fn what_has_no_place_for_it_says_on_stderr_that_the_image_is_incomplete() {
    let (_folder, image) = cut();
    for (words, code) in [
        (&["report", "--format", "csv", "-o", "-"][..], 1),
        (&["report", "--format", "ncdu", "-o", "-"], 1),
        (&["report", "--format", "dive-json", "-o", "-"], 1),
        (&["ls"], 0),
        (&["ls", "--format", "ndjson"], 0),
        (&["waste"], 0),
        (&["waste", "--format", "ndjson"], 0),
        (&["secrets", "--format", "ndjson"], 0),
        (&["layers"], 0),
        (&["layers", "--format", "ndjson"], 0),
        (&["history"], 0),
        (&["history", "--format", "dockerfile"], 0),
    ] {
        let run = run(words, &image);
        assert_eq!(run.code, Some(code), "{words:?}");
        assert!(run.stderr.contains("layerscope: incomplete: layer 1"), "{words:?}: {}", run.stderr);
    }
}
