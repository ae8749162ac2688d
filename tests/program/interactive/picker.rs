//! The images of an archive, chosen on a terminal.

use std::fs;

use tempfile::TempDir;

use crate::terminal::Terminal;
use crate::tool::layerscope;

/// The two images of the demo as a file, as they are in the program.
fn archive() -> (TempDir, String) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("builds.tar.zst");
    let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/shop.tar.zst");
    fs::copy(demo, &path).expect("a copy");
    (folder, path.to_string_lossy().into_owned())
}

#[test]
fn an_image_is_chosen_left_for_another_and_compared() {
    let (_folder, path) = archive();
    let mut terminal = Terminal::run_with(&[&path], 100, 30, &[("NO_COLOR", "1")]);
    terminal.wait_for("Images · 2 · open one");
    terminal.keys("\x1b[B\r");
    terminal.wait_for("Overview");
    terminal.wait_for("shop:1.5");
    terminal.keys("I");
    terminal.wait_for("Images · 2");
    terminal.keys("\x1b[A\r");
    terminal.wait_gone("Images · 2");
    terminal.wait_for("shop:1.4");
    terminal.wait_for("Overview");
    terminal.keys("I");
    terminal.wait_for("Images · 2");
    terminal.keys("  \x1b[Hm\x1b[B \r");
    terminal.wait_for("Layers of both");
    terminal.wait_for("A docker.io/library/shop:1.4 · B docker.io/library/shop:1.5");
    terminal.keys("I");
    terminal.wait_for("Images · 2");
    terminal.keys("\x03");
    assert!(terminal.end().success());
    terminal.assert_restored();
}

#[test]
fn the_list_is_left_without_choosing() {
    let (_folder, path) = archive();
    for key in ["q", "\x1b"] {
        let mut terminal = Terminal::run(&[&path], 80, 24);
        terminal.wait_for("Images · 2");
        terminal.keys(key);
        assert!(terminal.end().success(), "{key:?}");
        terminal.assert_restored();
    }
}

#[test]
fn without_a_terminal_several_images_are_an_error_that_lists_them() {
    let (_folder, path) = archive();
    let refusal = layerscope(&[&path]).refusal();
    for text in ["choose one with `--image` or `--platform`", "@0 `docker.io/library/shop:1.4`", "@1"] {
        assert!(refusal.contains(text), "{refusal}");
    }
}

#[test]
fn the_demo_opens_its_first_image_at_once_and_the_other_is_a_key_away() {
    let mut terminal = Terminal::run(&["demo"], 100, 30);
    terminal.wait_for("Overview");
    assert!(terminal.text().contains("shop:1.4"), "{}", terminal.text());
    terminal.keys("I");
    terminal.wait_for("Images · 2");
    terminal.keys("\x1b[B\r");
    terminal.wait_for("Overview");
    terminal.wait_for("shop:1.5");
    terminal.keys("\x03");
    terminal.end();
}
