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
    terminal.wait_for("A shop:1.4 · B shop:1.5");
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

#[test]
fn the_first_of_two_images_to_compare_is_asked_for() {
    let (_folder, path) = archive();
    let mut terminal = Terminal::run_with(&[&path, "demo:1.5"], 100, 30, &[("NO_COLOR", "1")]);
    terminal.wait_for("Images · 2 · choose A, the image before");
    terminal.keys(" ");
    terminal.wait_for("one image is chosen here");
    terminal.keys("\r");
    terminal.wait_for("Layers of both");
    terminal.wait_for("A shop:1.4 · B shop:1.5");
    terminal.keys("\x03");
    assert!(terminal.end().success());
    terminal.assert_restored();
}

#[test]
fn both_images_to_compare_are_asked_for_one_after_the_other() {
    let (_folder, path) = archive();
    let mut terminal = Terminal::run_with(&[&path, &path], 100, 30, &[("NO_COLOR", "1")]);
    terminal.wait_for("choose A, the image before");
    terminal.keys("\x1b[B\r");
    terminal.wait_for("choose B, the image after");
    terminal.keys("\r");
    terminal.wait_for("A shop:1.5 · B shop:1.4");
    terminal.keys("\x03");
    assert!(terminal.end().success());
    terminal.assert_restored();
}

#[test]
fn an_image_after_that_does_not_open_leads_back_to_the_question() {
    let (_folder, path) = archive();
    let mut terminal = Terminal::run(&[&path, "no/such.tar"], 100, 30);
    terminal.wait_for("choose A, the image before");
    terminal.keys("\r");
    terminal.wait_for("`no/such.tar` does not exist");
    assert!(terminal.text().contains("choose A, the image before"), "{}", terminal.text());
    terminal.keys("q");
    assert!(terminal.end().success());
    terminal.assert_restored();
}

#[test]
fn the_image_of_a_tour_is_asked_for() {
    let (_folder, path) = archive();
    let state = TempDir::new().expect("a folder");
    let state = state.path().to_string_lossy();
    let mut terminal = Terminal::run_with(&["tour", &path], 80, 24, &[("XDG_STATE_HOME", &state), ("NO_COLOR", "1")]);
    terminal.wait_for("Images · 2 · choose the image of the tour");
    terminal.keys("\x1b[B\r");
    terminal.wait_for("lesson 1 of ");
    terminal.wait_for("shop:1.5");
    terminal.keys("q");
    assert!(terminal.end().success());
    terminal.assert_restored();
}

#[test]
fn without_a_terminal_every_command_advises_what_it_has() {
    let (_folder, path) = archive();
    let several = format!("`{path}` has several images: choose one as `{path}@N`: @0 `docker.io/library/shop:1.4`");
    let located = format!("oci-archive:{path}");
    let commands: [&[&str]; 8] = [
        &["compare", &path, "demo"],
        &["compare", "demo", &path],
        &[&path, "demo"],
        &["demo", &path],
        &["cost", "demo", "--baseline", &path],
        &["report", "demo", "-o", "-", "--format", "markdown", "--baseline", &path],
        &["check", "demo", "--highest-growth-bytes", "1", "--baseline", &path],
        &["layers", "demo", "--base", &path],
    ];
    for words in commands {
        let refusal = layerscope(words).refusal();
        assert!(refusal.contains(&several) && !refusal.contains("--image"), "{words:?}: {refusal}");
    }
    let refusal = layerscope(&["compare", "demo", &located]).refusal();
    assert!(refusal.contains(&format!("choose one as `{located}:@N`")), "{refusal}");
    for words in [&["rebuild", &path][..], &["tour", &path], &["cost", &path, "--baseline", "demo"]] {
        let refusal = layerscope(words).refusal();
        assert!(refusal.contains("choose one with `--image` or `--platform`"), "{words:?}: {refusal}");
    }
    let chosen = layerscope(&["compare", &format!("{path}@0"), &format!("{path}@1")]);
    assert!(chosen.ok().text().contains("shop:1.5"));
}
