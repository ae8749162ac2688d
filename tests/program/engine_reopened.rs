//! An image of an engine that was opened before: what is known of it is not exported again.

use std::fs;
use std::path::Path;

use crate::engine::{LEGACY, NOWHERE, command, docker20, elsewhere};
use crate::mini_engine::{Answer, MiniEngine, archive, recorded, success};
use crate::tool::Run;

fn run(engine: &MiniEngine, cache: &Path, words: &[&str]) -> Run {
    let output = command(&engine.host(), NOWHERE).args(words).env("XDG_CACHE_HOME", cache).output();
    let output = output.expect("the program starts");
    let stderr = String::from_utf8(output.stderr).expect("text on stderr");
    Run { code: output.status.code(), stdout: output.stdout, stderr }
}

fn exports(engine: &MiniEngine) -> usize {
    engine.requests().iter().filter(|path| path.contains("/get")).count()
}

fn legacy() -> MiniEngine {
    docker20(success(archive("docker20-legacy.tar")))
}

/// Docker 26.1 with containerd's store, whose exports have compressed layers.
fn docker26() -> MiniEngine {
    let id = "sha256:dd82804b504bcbaabc3175082fa4e46ad5cec9e8ea98bfe667d2566b93c3e547";
    MiniEngine::new(vec![
        ("/_ping", recorded("docker-26.1/ping.http")),
        ("/v1.45/images/lessons/json", recorded("docker-26.1/inspect.http")),
        ("/v1.45/info", elsewhere()),
        (&format!("/v1.45/images/{id}/get"), success(archive("docker26-containerd.tar"))),
    ])
}

/// A file, and the beginning of what it contains.
const FILE: &str = "/srv/app/docs/new.txt";
const CONTENT: &[u8] = b"fresh";

/// The export with another content of the file.
fn forged() -> Vec<u8> {
    let mut forged = archive("docker20-legacy.tar");
    let padded = [CONTENT, b"\0"].concat();
    let at = forged.windows(padded.len()).position(|window| window == padded).expect("a file of a layer");
    forged[at] = b'F';
    forged
}

const COMMANDS: [&[&str]; 8] = [
    &["summary", "lessons"],
    &["summary", "lessons", "--format", "json"],
    &["ls", "lessons", "--format", "ndjson"],
    &["waste", "lessons", "--format", "json"],
    &["history", "lessons", "--format", "json"],
    &["junk", "lessons", "--format", "json"],
    &["check", "lessons", "--format", "json"],
    &["ls", "lessons", "--layer", "3"],
];

#[test]
fn a_known_image_is_not_exported_again_and_everything_about_it_is_the_same() {
    for (name, engine) in [("classic store", legacy()), ("containerd's store", docker26())] {
        for words in COMMANDS {
            let cache = tempfile::tempdir().expect("a folder");
            let uncached = run(&engine, cache.path(), &[words, &["--no-cache"]].concat());
            assert!(uncached.code.is_some_and(|code| code < 2), "{words:?}: {}", uncached.stderr);
            let first = run(&engine, cache.path(), words);
            let before = exports(&engine);
            let second = run(&engine, cache.path(), words);
            assert_eq!(exports(&engine), before, "{name}: {words:?} exports again");
            for run in [&first, &second] {
                let same = (run.code, run.text(), &*run.stderr);
                assert_eq!(same, (uncached.code, uncached.text(), &*uncached.stderr), "{name}: {words:?}");
            }
        }
    }
}

#[test]
fn another_command_needs_no_export_either_unless_it_reads_files() {
    let (engine, cache) = (legacy(), tempfile::tempdir().expect("a folder"));
    run(&engine, cache.path(), &["ls", "lessons"]).ok();
    for words in &COMMANDS[..5] {
        let uncached = run(&engine, cache.path(), &[*words, &["--no-cache"]].concat());
        let before = exports(&engine);
        let text = run(&engine, cache.path(), words);
        assert_eq!(text.text(), uncached.text(), "{words:?}");
        let needed = usize::from(words[0] == "summary");
        assert!(exports(&engine) <= before + needed, "{words:?}");
    }
}

#[test]
fn files_of_a_known_image_are_read_from_a_single_export() {
    for engine in [legacy(), docker26()] {
        let cache = tempfile::tempdir().expect("a folder");
        let cat = |more: &[&str]| run(&engine, cache.path(), &[&["cat", "lessons", FILE], more].concat()).ok();
        let uncached = cat(&["--no-cache"]);
        run(&engine, cache.path(), &["ls", "lessons"]).ok();
        let before = exports(&engine);
        assert_eq!(cat(&[]).text(), uncached.text());
        assert_eq!(exports(&engine), before + 1);
        let exported = |more: &[&str]| run(&engine, cache.path(), &[&["export", "lessons", "-o", "-"], more].concat());
        let before = exports(&engine);
        let (all, uncached) = (exported(&[]), exported(&["--no-cache"]));
        assert_eq!((all.code, all.stderr.as_str()), (Some(0), ""));
        assert!(all.stdout == uncached.stdout && all.stdout.len() > 10_000, "all files of all layers");
        assert_eq!(exports(&engine), before + 2);
    }
}

#[test]
fn an_export_for_a_file_that_fails_is_a_sentence_and_the_listing_stays() {
    let cache = tempfile::tempdir().expect("a folder");
    let listed = run(&legacy(), cache.path(), &["ls", "lessons"]).ok();
    let whole = archive("docker20-legacy.tar");
    let full = b"{\"errorDetail\":{\"message\":\"no space left on device\"},\"error\":\"x\"}\r\n";
    for (export, says) in [
        (recorded("docker-20.10/inspect-404.http"), "Docker answers: "),
        (Answer::Cut(whole[..150_000].to_vec()), "the connection ended in the middle of the export"),
        (success([&whole[..150_000], full].concat()), "no space left on device; free some space"),
        (success(forged()), "exports other layers than before: open the image again with `--no-cache`"),
        (success(""), "is empty"),
    ] {
        let engine = docker20(export);
        assert_eq!(run(&engine, cache.path(), &["ls", "lessons"]).ok().text(), listed.text());
        assert_eq!(exports(&engine), 0);
        let refused = run(&engine, cache.path(), &["cat", "lessons", FILE]);
        assert_eq!((refused.code, refused.text()), (Some(2), ""), "{says}");
        assert!(refused.stderr.contains("the layer cache has no contents of files"), "{}", refused.stderr);
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
        assert_eq!(exports(&engine), 1);
    }
}

#[test]
fn what_is_verified_or_asked_for_without_the_cache_is_always_exported() {
    let (engine, cache) = (legacy(), tempfile::tempdir().expect("a folder"));
    run(&engine, cache.path(), &["ls", "lessons"]).ok();
    for words in [&["verify", "lessons"][..], &["ls", "lessons", "--no-cache"]] {
        let before = exports(&engine);
        run(&engine, cache.path(), words).ok();
        assert_eq!(exports(&engine), before + 1, "{words:?}");
    }
}

#[test]
fn an_export_that_is_not_of_the_image_that_the_engine_named_is_not_remembered() {
    let cache = tempfile::tempdir().expect("a folder");
    let buildkit = docker20(success(archive("docker20-buildkit.tar")));
    for expected in [1, 2] {
        run(&buildkit, cache.path(), &["ls", "lessons"]).ok();
        assert_eq!(exports(&buildkit), expected, "its configuration does not hash to {LEGACY}");
    }
    // The right documents with a layer that is not the one of its diff ID.
    let engine = docker20(success(forged()));
    for expected in [1, 2] {
        run(&engine, cache.path(), &["ls", "lessons"]).ok();
        assert_eq!(exports(&engine), expected);
    }
    let engine = legacy();
    assert_eq!(run(&engine, cache.path(), &["cat", "lessons", FILE]).ok().stdout, CONTENT);
}

#[test]
fn a_layer_that_the_engine_names_otherwise_is_not_taken_from_the_cache() {
    let cache = tempfile::tempdir().expect("a folder");
    run(&legacy(), cache.path(), &["ls", "lessons"]).ok();
    let Answer::Whole(head, body) = recorded("docker-20.10/inspect.http") else { unreachable!() };
    let text = String::from_utf8(body).expect("text");
    let layer = text.find("\"Layers\":[\"sha256:").expect("layers") + 18;
    let other = format!("{}{}{}", &text[..layer], "0".repeat(64), &text[layer + 64..]);
    let engine = MiniEngine::new(vec![
        ("/_ping", recorded("docker-20.10/ping.http")),
        ("/v1.41/images/lessons/json", Answer::Whole(head, other.into_bytes())),
        ("/v1.41/info", elsewhere()),
        (&format!("/v1.41/images/{LEGACY}/get"), success(archive("docker20-legacy.tar"))),
    ]);
    run(&engine, cache.path(), &["ls", "lessons"]).ok();
    assert_eq!(exports(&engine), 1);
}

#[test]
fn a_damaged_or_missing_record_leads_to_an_export() {
    let (engine, cache) = (legacy(), tempfile::tempdir().expect("a folder"));
    let listed = run(&engine, cache.path(), &["ls", "lessons", "--format", "ndjson"]).ok();
    let folder = cache.path().join("layerscope/layers");
    let files = || fs::read_dir(&folder).expect("records").map(|entry| entry.expect("a file").path());
    for suffix in ["export", "layer"] {
        let record = || files().find(|path| path.extension().is_some_and(|end| end == suffix)).expect(suffix);
        for damage in [Some(20), Some(200), None] {
            let path = record();
            let mut bytes = fs::read(&path).expect("a record");
            match damage {
                Some(at) => {
                    bytes[at] ^= 1;
                    fs::write(&path, bytes).expect("written");
                }
                None => fs::remove_file(&path).expect("removed"),
            }
            let again = run(&engine, cache.path(), &["ls", "lessons", "--format", "ndjson"]).ok();
            assert_eq!(again.text(), listed.text(), "{suffix} {damage:?}");
            let before = exports(&engine);
            run(&engine, cache.path(), &["ls", "lessons"]).ok();
            assert_eq!(exports(&engine), before, "{suffix} {damage:?} is written anew");
        }
    }
}

#[test]
fn no_content_of_a_file_is_in_the_cache_so_a_secret_is_found_by_another_export() {
    let (engine, cache) = (legacy(), tempfile::tempdir().expect("a folder"));
    run(&engine, cache.path(), &["summary", "lessons"]).ok();
    let words = ["secrets", "lessons", "--format", "json"];
    let found = run(&engine, cache.path(), &words);
    assert!(found.text().contains("private-key"), "{}", found.text());
    for _ in 0..2 {
        let before = exports(&engine);
        assert_eq!(run(&engine, cache.path(), &words).text(), found.text());
        assert_eq!(exports(&engine), before + 1, "the file with the secret is read again");
    }
    for entry in fs::read_dir(cache.path().join("layerscope/layers")).expect("records") {
        let bytes = fs::read(entry.expect("a file").path()).expect("a record");
        assert!(
            ![&b"fresh\0\0\0"[..], b"\nb3BlbnNzaC1r"]
                .iter()
                .any(|part| bytes.windows(part.len()).any(|window| window == *part))
        );
    }
}
