//! The tour on a real terminal: what it remembers, what it reads, and how it leaves the terminal.

use portable_pty::CommandBuilder;

use crate::terminal::Terminal;
use crate::tool::layerscope;

const F2: &str = "\x1bOQ";
const F3: &str = "\x1bOR";
const F4: &str = "\x1bOS";
const F6: &str = "\x1b[17~";

fn tour(state: &std::path::Path) -> Terminal {
    let state = state.to_string_lossy();
    Terminal::run_with(&["tour"], 80, 24, &[("XDG_STATE_HOME", &state), ("NO_COLOR", "1")])
}

#[test]
fn the_lesson_is_remembered_and_a_broken_memory_is_none() {
    let state = tempfile::tempdir().expect("a folder");
    let mut terminal = tour(state.path());
    terminal.wait_for("lesson 1 of ");
    terminal.keys(F3);
    terminal.wait_for("lesson 2 of ");
    terminal.keys(F3);
    terminal.wait_for("lesson 3 of ");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();

    let mut terminal = tour(state.path());
    terminal.wait_for("lesson 3 of ");
    terminal.keys(F2);
    terminal.wait_for("lesson 2 of ");
    terminal.keys(F4);
    terminal.wait_gone("lesson 2 of ");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();

    let file = state.path().join("layerscope/lesson");
    for broken in [b"\xff\xfe\0".to_vec(), b"no such lesson".to_vec(), vec![b'x'; 1 << 20], Vec::new()] {
        std::fs::write(&file, &broken).expect("room");
        let mut terminal = tour(state.path());
        terminal.wait_for("lesson 1 of ");
        terminal.keys("\x03");
        assert_eq!(terminal.end().exit_code(), 0);
        terminal.assert_restored();
    }
    std::fs::remove_file(&file).expect("it was there");
    std::fs::create_dir(&file).expect("room");
    let mut terminal = tour(state.path());
    terminal.wait_for("lesson 1 of ");
    terminal.keys(F3);
    terminal.wait_for("lesson 2 of ");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0, "what cannot be remembered is no error");
}

#[test]
fn a_question_is_answered_and_the_end_is_saved_after_a_resize() {
    let state = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(state.path().join("layerscope")).expect("room");
    std::fs::write(state.path().join("layerscope/lesson"), "secrets\n").expect("room");
    let mut terminal = tour(state.path());
    terminal.wait_for("Secrets stay in the image");
    terminal.resize(60, 20);
    terminal.wait_for("f3 more");
    terminal.keys(F6);
    terminal.wait_for("answer: _");
    terminal.keys("2\r");
    terminal.wait_for("Right. It is not: the first layer");
    terminal.resize(80, 24);
    terminal.wait_for("Secrets stay in the image");
    terminal.keys(F3);
    terminal.wait_for("1 of 21 questions answered.");
    terminal.keys(F6);
    terminal.wait_for("Save what was learnt");
    let file = state.path().join("learnt.txt");
    terminal.keys(&format!("\x15{}\r", file.display()));
    terminal.wait_for("saved as");
    let text = std::fs::read_to_string(&file).expect("a file");
    assert!(text.starts_with("These were ") && text.contains("\n1. A layer is a difference\n"), "{text}");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();

    // The next tour of the same image knows the answer.
    std::fs::read_to_string(state.path().join("layerscope/lesson")).expect("a file");
    let mut terminal = tour(state.path());
    terminal.wait_for("lesson 1 of ");
    for lesson in 2..=21 {
        terminal.keys(F3);
        terminal.wait_for(&format!("lesson {lesson} of "));
    }
    terminal.wait_for("Answered: It is not: the first layer");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
}

#[test]
fn a_tour_of_a_piped_image_reads_its_keys_from_the_terminal() {
    let program = env!("CARGO_BIN_EXE_layerscope");
    let state = tempfile::tempdir().expect("a folder");
    let mut command = CommandBuilder::new("/bin/sh");
    command.args(["-c", &format!("cat tests/images/docker20-legacy.tar | {program} tour -")]);
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    command.env("TERM", "xterm-256color");
    command.env("LC_ALL", "C.UTF-8");
    command.env("XDG_STATE_HOME", state.path());
    let mut terminal = Terminal::start(command, 80, 24);
    terminal.wait_for("lesson 1 of ");
    terminal.keys(F3);
    terminal.wait_for("lesson 2 of ");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();

    let mut terminal = Terminal::run(&["tour", "-"], 80, 24);
    assert_eq!(terminal.end().exit_code(), 2);
    assert!(terminal.text().contains("is a terminal: pipe an archive into it"), "{}", terminal.text());
}

#[test]
fn a_tour_that_cannot_begin_says_why() {
    let refusal = layerscope(&["tour", "-"]).refusal();
    assert!(refusal.contains("standard input"), "{refusal}");
    let refusal = layerscope(&["tour", "no-such-image.tar"]).refusal();
    assert!(refusal.contains("no-such-image.tar"), "{refusal}");
    let mut terminal = Terminal::run_with(&["tour"], 80, 24, &[("TERM", "dumb")]);
    assert_eq!(terminal.end().exit_code(), 2);
    terminal.assert_restored();
    assert!(terminal.text().contains("layerscope: "), "{}", terminal.text());
}
