//! F5 on a terminal: the file is replaced, and the screen shows the new one.

use std::fs;
use std::path::Path;

use portable_pty::CommandBuilder;
use tempfile::TempDir;

use crate::terminal::Terminal;

const F5: &str = "\x1b[15~";

fn image(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images").join(name)
}

#[test]
fn a_file_that_is_replaced_is_shown_anew_and_a_broken_one_leaves_the_image() {
    let folder = TempDir::new().expect("a folder");
    let (path, new) = (folder.path().join("app.tar"), folder.path().join("new.tar"));
    fs::copy(image("docker20-legacy.tar"), &path).expect("a copy");
    let mut terminal = Terminal::run(&[path.to_str().expect("text")], 120, 30);
    terminal.wait_for("lessons:legacy");
    terminal.wait_for("wasted 126 kB");
    terminal.keys("4");
    terminal.keys(F5);
    terminal.wait_for("unchanged since it was opened");

    fs::copy(image("docker20-buildkit.tar"), &new).expect("a copy");
    fs::rename(&new, &path).expect("replaced");
    terminal.keys(F5);
    terminal.wait_for("reopened");
    terminal.wait_for("lessons:buildkit");
    terminal.wait_gone("lessons:legacy");
    terminal.keys(F5);
    terminal.wait_for("unchanged since it was opened");

    // The file that is open stays as it is, and broken bytes have its name.
    fs::write(&new, "no archive").expect("written");
    fs::rename(&new, &path).expect("replaced");
    terminal.keys(F5);
    terminal.wait_for("not reopened: ");
    terminal.wait_for("lessons:buildkit");
    fs::remove_file(&path).expect("removed");
    terminal.keys(F5);
    terminal.wait_for("does not exist");
    fs::copy(image("docker20-legacy.tar"), &path).expect("a copy");
    terminal.keys(F5);
    terminal.wait_for("lessons:legacy");
    terminal.keys("q");
    assert!(terminal.end().success());
    terminal.assert_restored();
}

#[test]
fn standard_input_cannot_be_reopened() {
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", "exec \"$0\" - < \"$1\"", env!("CARGO_BIN_EXE_layerscope")]);
    command.arg(image("docker20-legacy.tar"));
    command.env("TERM", "xterm-256color");
    command.env("LC_ALL", "C.UTF-8");
    let mut terminal = Terminal::start(command, 100, 30);
    terminal.wait_for("wasted 126 kB");
    terminal.keys(F5);
    terminal.wait_for("standard input cannot be read again: save it to a file");
    terminal.keys("q");
    assert!(terminal.end().success());
}

#[test]
fn two_images_that_are_compared_are_opened_again_together() {
    let folder = TempDir::new().expect("a folder");
    let (before, after) = (folder.path().join("a.tar"), folder.path().join("b.tar"));
    fs::copy(image("docker20-legacy.tar"), &before).expect("a copy");
    fs::copy(image("docker20-buildkit.tar"), &after).expect("a copy");
    let names = [before.to_str().expect("text"), after.to_str().expect("text")];
    let mut terminal = Terminal::run_with(&names, 120, 30, &[("NO_COLOR", "1")]);
    terminal.wait_for("Layers of both");
    terminal.keys("\x1b");
    terminal.wait_gone("Layers of both");
    terminal.keys(F5);
    terminal.wait_for("unchanged since it was opened");
    // Only the image before is another one now.
    let new = folder.path().join("new.tar");
    fs::copy(image("docker20-buildkit.tar"), &new).expect("a copy");
    fs::rename(&new, &before).expect("replaced");
    terminal.keys(F5);
    terminal.wait_for("a container sees the same files");
    terminal.keys("\x03");
    assert!(terminal.end().success());
    terminal.assert_restored();
}

#[test]
fn two_images_that_were_chosen_are_opened_again_without_asking() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("builds.tar.zst");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/shop.tar.zst");
    fs::copy(&demo, &path).expect("a copy");
    let name = path.to_str().expect("text");
    let mut terminal = Terminal::run_with(&[name, name], 120, 30, &[("NO_COLOR", "1")]);
    terminal.wait_for("choose A, the image before");
    terminal.keys("\x1b[B\r");
    terminal.wait_for("choose B, the image after");
    terminal.keys("\r");
    terminal.wait_for("A shop:1.5 · B shop:1.4");
    terminal.keys("\x1b");
    terminal.wait_gone("Layers of both");
    let new = folder.path().join("new.tar.zst");
    fs::copy(&demo, &new).expect("a copy");
    fs::rename(&new, &path).expect("replaced");
    terminal.keys(F5);
    terminal.wait_for("A shop:1.5 · B shop:1.4");
    terminal.keys("\x03");
    assert!(terminal.end().success());
}

#[test]
fn an_image_is_not_replaced_under_a_tour() {
    let state = TempDir::new().expect("a folder");
    let name = state.path().to_string_lossy().into_owned();
    let mut terminal = Terminal::run_with(&["tour"], 120, 30, &[("XDG_STATE_HOME", &name), ("NO_COLOR", "1")]);
    terminal.wait_for("lesson 1 of ");
    terminal.keys(F5);
    terminal.wait_for("leave it first");
    terminal.keys("\x1bOS");
    terminal.wait_gone("lesson 1 of ");
    terminal.keys(F5);
    terminal.wait_for("unchanged since it was opened");
    terminal.keys("\x03");
    assert!(terminal.end().success());
}
