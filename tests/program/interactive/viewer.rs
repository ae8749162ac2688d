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
