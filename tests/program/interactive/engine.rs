//! An image of an engine on a terminal: what is shown before its export is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::engine::{LEGACY, docker20, elsewhere};
use crate::mini_engine::{Answer, MiniEngine, archive, recorded, success};
use crate::terminal::Terminal;

fn open(engine: &MiniEngine, image: &str, columns: u16, rows: u16) -> Terminal {
    open_with(engine, &[image, "--no-cache"], columns, rows, &[])
}

fn open_with(engine: &MiniEngine, words: &[&str], columns: u16, rows: u16, more: &[(&str, &str)]) -> Terminal {
    let host = engine.host();
    let environment = [
        ("NO_COLOR", "1"),
        ("DOCKER_HOST", &*host),
        ("CONTAINER_HOST", "unix:///nonexistent/engine.sock"),
        ("CONTAINERS_STORAGE_CONF", "/nonexistent/storage.conf"),
        ("XDG_DATA_HOME", "/nonexistent"),
    ];
    Terminal::run_with(words, columns, rows, &[&environment, more].concat())
}

const IMAGE: &str = "docker-daemon:lessons:legacy";

/// A docker archive as large as a progress report needs: its zeros at the end are read to the last.
fn large() -> Vec<u8> {
    [archive("docker20-legacy.tar"), vec![0; 3 << 20]].concat()
}

#[test]
fn layers_and_history_are_there_before_the_first_byte_of_the_export() {
    let gate = Arc::new(AtomicBool::new(false));
    let engine = docker20(Answer::Gated(Arc::clone(&gate), 0, large()));
    let mut terminal = open(&engine, IMAGE, 120, 40);
    terminal.wait_for("no byte yet");
    let first = terminal.text();
    for part in ["lessons:legacy", "from Docker", "linux/amd64", "exporting", "12 layers", "the whole image", "q quit"]
    {
        assert!(first.contains(part), "no {part:?} in\n{first}");
    }
    for absent in ["wasted", "stored", "0 B", "metadata only", "incomplete", "reading"] {
        assert!(!first.contains(absent), "{absent:?} is not known yet:\n{first}");
    }
    let asked = engine.requests();
    let at = |end: &str| asked.iter().position(|path| path.ends_with(end)).expect(end);
    assert!(at("/history") < at("/get"), "{asked:?}");
    // The keys work, and what they show holds nothing that nobody has read.
    terminal.keys("\x1b[B\x1b[B");
    terminal.wait_for("no byte yet");
    for view in ["2", "3", "4", "5", "6", "7"] {
        terminal.keys(view);
        terminal.wait_still();
        let shown = terminal.text();
        for absent in ["0 B", "nothing wasted", "none found", "nothing is wrong"] {
            assert!(!shown.contains(absent), "view {view} says {absent:?}:\n{shown}");
        }
    }
    terminal.keys("1");
    gate.store(true, Ordering::Relaxed);
    terminal.wait_for("wasted");
    terminal.wait_gone("exporting");
    let read = terminal.text();
    assert!(read.contains("in files"), "{read}");
    terminal.keys("q");
    assert!(terminal.end().success());
    terminal.assert_restored();
}

#[test]
fn the_bytes_of_an_export_are_counted_and_a_key_ends_it_at_once() {
    for key in ["q", "\x03"] {
        let engine = docker20(Answer::Gated(Arc::default(), 3 << 20, large()));
        let mut terminal = open(&engine, IMAGE, 100, 30);
        terminal.wait_for("exporting 2");
        let begun = Instant::now();
        terminal.keys(key);
        assert!(terminal.end().success());
        assert!(begun.elapsed() < Duration::from_secs(2));
        terminal.assert_restored();
    }
}

#[test]
fn an_export_that_fails_leaves_nothing_of_the_image_on_the_terminal() {
    let gate = Arc::new(AtomicBool::new(false));
    let broken = archive("docker20-legacy.tar")[..150_000].to_vec();
    let line = b"{\"errorDetail\":{\"message\":\"no space left on device\"},\"error\":\"no space left on device\"}\r\n";
    let engine = docker20(Answer::Gated(Arc::clone(&gate), 0, [&broken[..], line].concat()));
    let mut terminal = open(&engine, IMAGE, 100, 30);
    terminal.wait_for("no byte yet");
    gate.store(true, Ordering::Relaxed);
    assert_eq!(terminal.end().exit_code(), 2);
    terminal.assert_restored();
    let said = terminal.text().replace(char::is_whitespace, "");
    assert!(said.contains("nospaceleftondevice") && !said.contains("12layers"), "{said}");
}

#[test]
fn an_engine_that_does_not_describe_the_image_is_still_asked_for_it() {
    let get = format!("/v1.41/images/{LEGACY}/get");
    let engine = MiniEngine::new(vec![
        ("/_ping", recorded("docker-20.10/ping.http")),
        ("/v1.41/images/lessons:legacy/json", recorded("docker-20.10/inspect.http")),
        ("/v1.41/info", elsewhere()),
        (&get, success(archive("docker20-legacy.tar"))),
    ]);
    let mut terminal = open(&engine, IMAGE, 100, 30);
    terminal.wait_for("wasted");
    terminal.keys("q");
    assert!(terminal.end().success());
}

#[test]
fn an_image_is_asked_for_again_by_its_name() {
    let engine = docker20(success(archive("docker20-legacy.tar")));
    let mut terminal = open(&engine, IMAGE, 120, 40);
    terminal.wait_for("wasted 126 kB");
    let exports = || engine.requests().iter().filter(|path| path.ends_with("/get")).count();
    assert_eq!(exports(), 1);
    terminal.keys("\x1b[15~");
    terminal.wait_for("reopened");
    assert_eq!(exports(), 2);
    drop(engine);
    terminal.keys("\x1b[15~");
    terminal.wait_for("not reopened: ");
    assert!(terminal.text().contains("wasted 126 kB"), "{}", terminal.text());
    terminal.keys("q");
    assert!(terminal.end().success());
    terminal.assert_restored();
}

#[test]
fn a_known_image_opens_without_an_export_until_a_file_is_read() {
    let cache = tempfile::tempdir().expect("a folder");
    let place = cache.path().to_str().expect("text").to_owned();
    let first = docker20(success(archive("docker20-legacy.tar")));
    let mut terminal = open_with(&first, &[IMAGE], 110, 30, &[("XDG_CACHE_HOME", &place)]);
    terminal.wait_for("wasted");
    terminal.wait_for("1 possible secret");
    let shown = terminal.text();
    terminal.keys("q");
    assert!(terminal.end().success());

    let gate = Arc::new(AtomicBool::new(false));
    let engine = docker20(Answer::Gated(Arc::clone(&gate), 0, large()));
    let is_exported = || engine.requests().iter().any(|path| path.ends_with("/get"));
    let mut terminal = open_with(&engine, &[IMAGE], 110, 30, &[("XDG_CACHE_HOME", &place)]);
    terminal.wait_for("wasted");
    terminal.wait_for("view 7");
    let header = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    assert_eq!(header(&terminal.text()), header(&shown));
    assert!(shown.contains("8 Junk 1") && terminal.text().contains("8 Junk 1"), "{}", terminal.text());
    terminal.keys("j");
    terminal.wait_still();
    assert!(!is_exported(), "nothing of a file is shown yet: {:?}", engine.requests());
    // The view of secrets has to read one.
    terminal.keys("7");
    terminal.wait_for("reading files from Docker…");
    assert!(is_exported());
    gate.store(true, Ordering::Relaxed);
    terminal.wait_for("id_ed25519");
    terminal.wait_gone("reading files from Docker…");
    assert_eq!(engine.requests().iter().filter(|path| path.ends_with("/get")).count(), 1);
    terminal.keys("q");
    assert!(terminal.end().success());
}

#[test]
fn a_known_image_can_be_left_at_once_while_a_file_is_awaited() {
    let cache = tempfile::tempdir().expect("a folder");
    let place = cache.path().to_str().expect("text").to_owned();
    let environment = [("XDG_CACHE_HOME", &*place)];
    let first = docker20(success(archive("docker20-legacy.tar")));
    let mut terminal = open_with(&first, &[IMAGE], 110, 30, &environment);
    terminal.wait_for("1 possible secret");
    terminal.keys("q");
    assert!(terminal.end().success());
    let engine = docker20(Answer::Gated(Arc::default(), 0, large()));
    let mut terminal = open_with(&engine, &[IMAGE], 110, 30, &environment);
    terminal.wait_for("wasted");
    terminal.keys("7");
    terminal.wait_for("reading files from Docker…");
    let begun = Instant::now();
    terminal.keys("q");
    assert!(terminal.end().success());
    assert!(begun.elapsed() < Duration::from_secs(3));
    terminal.assert_restored();
}
