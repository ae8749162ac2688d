//! Journeys through the lives of files, with the real program on a real terminal.

use std::time::{Duration, Instant};

use crate::terminal::Terminal;

/// The row that is marked as selected, and what stands in it.
fn selected(terminal: &Terminal) -> Option<(u16, String)> {
    terminal.with_screen(|screen| {
        let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
        let is_marked = |row: &u16| (1..columns).any(|at| screen.cell(*row, at).is_some_and(vt100::Cell::inverse));
        // The open tab is marked, too.
        let row = (2..rows).find(is_marked)?;
        Some((row, screen.contents_between(row, 0, row, columns)))
    })
}

/// Down with the arrow until the selected row holds a name.
fn go_to(terminal: &mut Terminal, name: &str) {
    let begin = Instant::now();
    let mut pressed_at = None;
    while begin.elapsed() < Duration::from_secs(60) {
        let now = selected(terminal);
        if now.as_ref().is_some_and(|(_, text)| text.contains(name)) {
            return;
        }
        // The key that was pressed last has to be seen before another is.
        if now.is_some() && now != pressed_at {
            // Half of a frame is not the row yet.
            terminal.wait_still();
            let whole = selected(terminal);
            if whole == now {
                pressed_at = now;
                terminal.keys("\x1b[B");
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    unreachable!("no {name} in\n{}", terminal.text());
}

#[test]
fn a_removed_key_is_found_and_read() {
    let mut terminal = Terminal::run(&["tests/images/lessons.tar.gz"], 80, 24);
    terminal.wait_for("wasted 126 kB");
    terminal.keys("3");
    terminal.wait_for("root/.ssh/id_ed25519");
    go_to(&mut terminal, "id_ed25519");
    terminal.keys("\r");
    terminal.wait_for("-----BEGIN OPENSSH PRIVATE KEY-----");
    terminal.wait_for("removed · RUN /t rm /root/.ssh/id_ed25519");
    terminal.keys("v");
    terminal.wait_for("|EXAMPLE ONLY, NO|");
    terminal.keys("\x1b");
    terminal.wait_for("Removed, but still stored");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn the_step_that_rewrote_a_file_is_found_and_what_it_changed() {
    let mut terminal = Terminal::run(&["tests/images/buildx-zstd.tar"], 100, 30);
    terminal.wait_for("wasted 126 kB");
    terminal.keys("2tt");
    terminal.wait_for("largest first");
    terminal.wait_for("rewritten  ");
    go_to(&mut terminal, "data/moved.bin");
    terminal.keys("\r");
    terminal.wait_for("stored again, same content");
    terminal.keys("d");
    terminal.wait_for("there is no earlier one");
    terminal.keys("]");
    terminal.wait_for("Layer 11 → layer 12");
    terminal.wait_for("the same content");
    terminal.wait_for("owner 0:0 → 1000:1000");
    terminal.keys("q");
    terminal.wait_gone("Layer 11 → layer 12");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

/// An open file, with a script as the pager.
#[cfg(unix)]
fn with_pager(script: &str) -> (Terminal, tempfile::TempDir) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let pager = folder.path().join("pager");
    std::fs::write(&pager, format!("#!/bin/sh\n{script}\n")).expect("a script");
    std::fs::set_permissions(&pager, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let out = folder.path().join("out");
    let environment = [("PAGER", pager.to_str().expect("a plain path")), ("OUT", out.to_str().expect("a plain path"))];
    let mut terminal = Terminal::run_with(&["tests/images/lessons.tar.gz"], 80, 24, &environment);
    terminal.wait_for("wasted 126 kB");
    terminal.keys("3");
    terminal.wait_for("root/.ssh/id_ed25519");
    go_to(&mut terminal, "id_ed25519");
    terminal.keys("\r");
    terminal.wait_for("-----BEGIN OPENSSH PRIVATE KEY-----");
    (terminal, folder)
}

#[cfg(unix)]
#[test]
fn the_pager_has_the_terminal_and_gives_it_back() {
    let (mut terminal, folder) =
        with_pager("cat > \"$OUT\"\nread line < /dev/tty\necho \"typed: $line\"\nread line < /dev/tty");
    terminal.keys("o");
    terminal.wait_gone("PRIVATE KEY");
    terminal.assert_restored();
    // These are keys of the pager, all of them.
    terminal.keys("qq7\n");
    terminal.wait_for("typed: qq7");
    terminal.keys("\x03");
    terminal.wait_for("-----BEGIN OPENSSH PRIVATE KEY-----");
    let out = std::fs::read_to_string(folder.path().join("out")).expect("what it got");
    assert!(out.starts_with("EXAMPLE ONLY, NOT A KEY\n-----BEGIN"), "{out}");
    terminal.keys("v");
    terminal.wait_for("|EXAMPLE ONLY, NO|");
    terminal.keys("\x03");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

#[cfg(unix)]
#[test]
fn a_pager_that_reads_nothing_or_does_not_exist_leads_back_to_the_file() {
    let (mut terminal, folder) = with_pager("exec 0<&-\nexit 3");
    terminal.keys("o");
    terminal.wait_for("ended with exit code 3");
    std::fs::remove_file(folder.path().join("pager")).expect("a script");
    terminal.keys("o");
    terminal.wait_for("does not exist: set PAGER");
    terminal.wait_for("-----BEGIN OPENSSH PRIVATE KEY-----");
    terminal.keys("\x03");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn the_layer_of_a_container_is_listed_as_what_it_changed_not_as_the_whole_filesystem() {
    let mut terminal = Terminal::run(&["demo:container"], 80, 24);
    terminal.wait_for("13 layers + 1 of the container");
    terminal.keys("GW");
    terminal.wait_for("Layer 14 as a commit would store it · 7 entries, 1 whiteout");
    terminal.wait_for("srv/shop/public/.wh.beta.html");
    terminal.wait_for("srv/shop/logs/shop.log");
    terminal.keys("\x1b");
    terminal.wait_gone("as a commit would store it");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
}

#[test]
fn the_layer_of_a_container_has_the_sizes_that_docker_ps_prints() {
    let mut terminal = Terminal::run(&["demo:container"], 200, 70);
    terminal.wait_for("13 layers + 1 of the container");
    terminal.keys("G");
    terminal.wait_for("15 kB, written by this container");
    terminal.wait_for("60 MB, with the layers of its image");
    // What layer 12 removes was stored twice.
    terminal.keys("\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A");
    terminal.wait_for("removed, still in 5 and 7");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
}
