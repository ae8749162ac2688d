//! The real program on a real terminal: what a person types, sees, and is left with.

mod compare;
#[cfg(unix)]
mod engine;
mod picker;
mod preferences;
mod readme;
#[cfg(unix)]
mod reopen;
mod selection;
mod tour;
mod viewer;

use std::process::Command;

use crate::terminal::Terminal;

const IMAGE: &str = "tests/images/docker20-legacy.tar";

/// A shell's view of a program that goes wrong: its last line is to be seen on the main screen.
fn lines(terminal: &Terminal) -> Vec<String> {
    terminal.text().lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[test]
fn fault_a_name_that_is_no_file_names_the_next_command() {
    let nowhere = "unix:///nonexistent/engine.sock";
    let environment = [
        ("DOCKER_HOST", nowhere),
        ("CONTAINER_HOST", nowhere),
        ("CONTAINERS_STORAGE_CONF", "/nonexistent/storage.conf"),
        ("XDG_DATA_HOME", "/nonexistent"),
    ];
    let mut terminal = Terminal::run_with(&["nginx:latest"], 100, 20, &environment);
    assert_eq!(terminal.end().exit_code(), 2);
    let said = lines(&terminal).join("");
    for part in
        ["neither a file nor an image `nginx:latest`", "`docker pull nginx:latest` fetches it", "`layerscope images`"]
    {
        let has = said.replace(char::is_whitespace, "").contains(&part.replace(char::is_whitespace, ""));
        assert!(has, "no {part:?} in {said}");
    }
    terminal.assert_restored();
}

#[test]
fn fault_standard_input_that_is_a_terminal_is_refused_at_once() {
    let begun = std::time::Instant::now();
    let mut terminal = Terminal::run(&["-"], 120, 10);
    assert_eq!(terminal.end().exit_code(), 2);
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "it waits for input");
    let said = lines(&terminal).join(" ");
    assert!(said.contains("standard input is a terminal: pipe an archive into it"), "{said}");
    terminal.assert_restored();
}

#[test]
fn a_tar_is_not_written_to_a_terminal() {
    let mut terminal = Terminal::run(&["export", IMAGE], 100, 10);
    assert!(!terminal.end().success());
    assert!(terminal.text().contains("a tar is not written to a terminal"), "{}", terminal.text());
}

#[test]
fn an_image_is_opened_browsed_and_left_and_the_terminal_is_as_it_was() {
    let mut terminal = Terminal::run(&[IMAGE], 100, 30);
    terminal.wait_for("lessons:legacy");
    terminal.wait_for("wasted 126 kB");
    terminal.with_screen(|screen| assert!(screen.alternate_screen()));

    // To the layer that holds the application, into its files, and fold them.
    terminal.keys(&"\x1b[B".repeat(4));
    terminal.wait_for("Files of layer 2");
    terminal.keys("\t");
    terminal.wait_for("config.toml");
    terminal.keys("z");
    terminal.wait_gone("config.toml");
    terminal.keys("Z");
    terminal.wait_for("config.toml");
    terminal.keys("a");
    terminal.wait_for("Files after layer 2");

    for (key, title) in [
        ("2", "Wasted space ·"),
        ("3", "still stored ·"),
        ("4", "oldest first"),
        ("5", "in the archive"),
        ("7", "Secrets ·"),
        ("8", "Junk ·"),
        ("1", "instruction"),
    ] {
        terminal.keys(key);
        terminal.wait_for(title);
    }
    terminal.keys("?");
    terminal.wait_for("fold or unfold");
    terminal.keys("\x1b");
    terminal.wait_gone("fold or unfold");

    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
    assert!(lines(&terminal).is_empty(), "nothing is left behind: {:?}", lines(&terminal));
}

#[test]
fn a_termination_signal_gives_the_terminal_back() {
    let ends = [("TERM", 143), ("HUP", 129), ("INT", 130), ("QUIT", 131), ("USR1", 138), ("USR2", 140), ("ALRM", 142)];
    for (signal, code) in ends {
        let mut terminal = Terminal::run(&[IMAGE], 80, 24);
        terminal.wait_for("wasted 126 kB");
        let killed = Command::new("kill").args([format!("-{signal}"), terminal.pid().to_string()]).status();
        assert!(killed.is_ok_and(|status| status.success()));
        assert_eq!(terminal.end().exit_code(), code, "{signal}");
        terminal.assert_restored();
    }
}

#[test]
#[cfg(debug_assertions)]
fn a_panic_gives_the_terminal_back_and_is_told() {
    let mut terminal = Terminal::run_with(&[IMAGE], 80, 24, &[("LAYERSCOPE_TEST_PANIC", "1"), ("RUST_BACKTRACE", "0")]);
    assert_eq!(terminal.end().exit_code(), 2);
    terminal.assert_restored();
    assert!(terminal.text().contains("a requested panic"), "{}", terminal.text());
}

#[test]
#[cfg(debug_assertions)]
fn memory_that_cannot_be_had_gives_the_terminal_back_and_is_told() {
    let mut terminal = Terminal::run_with(&[IMAGE], 100, 24, &[("LAYERSCOPE_TEST_MEMORY", "1")]);
    assert_eq!(terminal.end().exit_code(), 2);
    terminal.assert_restored();
    let said = format!("layerscope: not enough memory: {} more bytes could not be allocated", isize::MAX);
    assert!(lines(&terminal).concat().contains(&said), "{}", terminal.text());
}

#[test]
#[cfg(target_os = "linux")]
fn a_limit_on_memory_ends_the_program_with_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("saved.json");
    std::fs::write(&saved, format!("{{\"a\":[0{}]}}", ",0".repeat(20 << 20))).expect("room");
    let (program, saved) = (env!("CARGO_BIN_EXE_layerscope"), saved.display());
    let script = format!("ulimit -v 700000; exec {program} check {IMAGE} --highest-growth-bytes 1 --baseline {saved}");
    let run = Command::new("/bin/sh").args(["-c", &script]).output().expect("a shell");
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!((run.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.starts_with("layerscope: not enough memory: "), "{said}");
}

#[test]
fn ctrl_c_leaves_as_quitting_does() {
    let mut terminal = Terminal::run(&["tests/images/lessons.tar.gz"], 80, 24);
    terminal.wait_for("wasted 126 kB");
    terminal.keys("\x03");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn what_is_no_image_is_told_before_the_screen_is_touched() {
    let mut terminal = Terminal::run(&["tests/images/lessons.rootfs.tar"], 100, 24);
    assert_eq!(terminal.end().exit_code(), 2);
    terminal.assert_restored();
    assert!(!String::from_utf8_lossy(&terminal.raw()).contains("\x1b[?1049h"), "the alternate screen was never taken");
    assert!(terminal.text().contains("looks like a root file system"), "{}", terminal.text());
}

#[test]
fn the_smallest_terminal_says_so_and_a_larger_one_recovers() {
    let mut terminal = Terminal::run(&[IMAGE], 20, 5);
    terminal.wait_for("too small");
    terminal.resize(100, 30);
    terminal.wait_for("wasted 126 kB");
    terminal.resize(40, 12);
    // What only this size cuts: a key that comes with the news of a size may wait for the next one.
    terminal.wait_for("…ns:legacy");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn without_colours_nothing_is_coloured() {
    let mut terminal = Terminal::run_with(&[IMAGE], 100, 30, &[("NO_COLOR", "1")]);
    terminal.wait_for("wasted 126 kB");
    terminal.with_screen(|screen| {
        let (rows, columns) = screen.size();
        for cell in
            (0..rows.get()).flat_map(|row| (0..columns.get()).filter_map(move |column| screen.cell(row, column)))
        {
            assert_eq!((cell.fgcolor(), cell.bgcolor()), (vt100::Color::Default, vt100::Color::Default));
        }
    });
    terminal.keys("q");
    terminal.end();
}

#[test]
fn a_pipe_on_standard_input_leaves_the_keys_to_the_terminal() {
    let mut command = portable_pty::CommandBuilder::new("/bin/sh");
    command.args(["-c", &format!("cat {IMAGE} | {} -", env!("CARGO_BIN_EXE_layerscope"))]);
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    command.env("TERM", "xterm-256color");
    let mut terminal = Terminal::start(command, 100, 30);
    terminal.wait_for("wasted 126 kB");
    terminal.keys("4");
    terminal.wait_for("History");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn files_are_filtered_counted_sorted_and_jumped_to() {
    let mut terminal = Terminal::run(&[IMAGE], 160, 30);
    terminal.wait_for("wasted 126 kB");
    terminal.keys("\x1b[B\x1b[B\x1b[B\x1b[Ba");
    terminal.wait_for("Files after layer 2");
    terminal.keys("/*.toml");
    terminal.wait_for(" matches, ");
    terminal.wait_for("glob");
    terminal.keys(" >100MB");
    terminal.wait_for("no matches");
    terminal.keys("\x1b");
    terminal.wait_gone("no matches");
    terminal.keys("ss");
    terminal.wait_for("by change");
    terminal.keys("/re:[");
    terminal.wait_for("invalid regex: unclosed character class");
    terminal.keys("\x7ftoml$\r");
    terminal.wait_for("nN match");
    terminal.keys("n");
    terminal.wait_for("wrapped to the top");
    // Together, escape and a letter would be another key.
    terminal.keys("\x1b");
    terminal.wait_gone("regex");
    terminal.keys("Jconfigtoml");
    terminal.wait_for("live, layer 8, older in 2…5");
    terminal.keys("\r");
    terminal.wait_for("/srv/app/config.toml/");
    terminal.wait_gone("Jump");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn an_image_that_is_not_whole_says_so_in_the_header_and_why_in_the_image_view() {
    let scratch = crate::testing::archive::Scratch::new();
    let manifest = br#"[{"Config":"config.json","RepoTags":["cut:1"],"Layers":["gone/layer.tar"]}]"#;
    let config = br#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}"#;
    let file = crate::testing::tarball::Member::file;
    let members = [file("config.json", config), file("manifest.json", manifest)];
    let path = scratch.file("cut.tar", &crate::testing::tarball::archive(&members));
    let mut terminal = Terminal::run(&[path.to_str().expect("text")], 80, 24);
    terminal.wait_for("· incomplete");
    terminal.keys("5");
    terminal.wait_for("the manifest lists 1 layers, but the configuration 0 diff IDs");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
}
