//! The mouse, borders, signs and sizes of the real program on a real terminal.

use crate::terminal::Terminal;

const IMAGE: &str = "tests/images/docker20-legacy.tar";

/// What a terminal sends for a button or the wheel, at a cell counted from 0.
fn mouse(button: u8, column: u16, row: u16, end: char) -> String {
    format!("\x1b[<{button};{};{}{end}", column + 1, row + 1)
}

fn click(terminal: &mut Terminal, column: u16, row: u16) {
    terminal.keys(&mouse(0, column, row, 'M'));
    terminal.keys(&mouse(0, column, row, 'm'));
}

/// Where a text stands.
fn find(terminal: &Terminal, text: &str) -> (u16, u16) {
    let screen = terminal.text();
    let found = screen.lines().enumerate().find_map(|(row, line)| Some((row, line.find(text)?, line)));
    assert!(found.is_some(), "no `{text}` in\n{screen}");
    let (row, at, line) = found.expect("just asserted");
    let column = line[..at].chars().count();
    (u16::try_from(column).expect("a column"), u16::try_from(row).expect("a row"))
}

#[test]
fn a_mouse_selects_opens_and_scrolls_and_is_given_back() {
    let mut terminal = Terminal::run(&["tests/images/lessons.tar.gz"], 120, 34);
    terminal.wait_for("wasted 126 kB");
    terminal.with_screen(|screen| {
        assert_ne!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert!(screen.bracketed_paste());
    });
    terminal.wait_for("COPY dir:");
    let (column, row) = find(&terminal, "COPY dir:");
    click(&mut terminal, column, row);
    terminal.wait_for("Files of layer 2");
    click(&mut terminal, column, row);
    terminal.wait_for("┏ Files of layer 2");
    terminal.keys("?");
    terminal.wait_for("fold or unfold");
    terminal.keys(&mouse(65, 60, 15, 'M'));
    terminal.wait_gone("fold or unfold");
    click(&mut terminal, 1, 15);
    terminal.wait_gone("Keys");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn a_mouse_can_be_left_to_the_terminal() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "mouse = false").expect("room");
    let mut terminal = Terminal::run(&["tests/images/lessons.tar.gz", "--config", &config.to_string_lossy()], 80, 24);
    terminal.wait_for("wasted 126 kB");
    terminal.with_screen(|screen| assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None));
    terminal.keys("q");
    terminal.end();
}

#[test]
fn a_border_stays_where_it_was_left() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let state = folder.path().to_string_lossy().into_owned();
    let environment = [("XDG_STATE_HOME", state.as_str())];
    let mut terminal = Terminal::run_with(&["tests/images/lessons.tar.gz"], 160, 40, &environment);
    terminal.wait_for("Overview ·");
    let (before, _) = find(&terminal, "Overview ·");
    terminal.keys("q");
    terminal.end();
    assert!(!folder.path().join("layerscope").exists(), "nothing to remember, nothing written");

    let mut terminal = Terminal::run_with(&["tests/images/lessons.tar.gz"], 160, 40, &environment);
    terminal.wait_for("Overview ·");
    terminal.keys(&mouse(0, before - 3, 10, 'M'));
    terminal.keys(&mouse(32, 50, 10, 'M'));
    terminal.keys(&mouse(0, 50, 10, 'm'));
    terminal.keys("q");
    terminal.end();

    let mut terminal = Terminal::run_with(&["tests/images/lessons.tar.gz"], 160, 40, &environment);
    terminal.wait_for("Overview ·");
    assert_eq!(find(&terminal, "Overview ·").0, 52);
    terminal.keys("q");
    terminal.end();

    let file = folder.path().join("layerscope/state.toml");
    std::fs::write(&file, b"split-across = \xff\0").expect("room");
    let mut terminal = Terminal::run_with(&["tests/images/lessons.tar.gz"], 160, 40, &environment);
    terminal.wait_for("Overview ·");
    assert_eq!(find(&terminal, "Overview ·").0, before, "a spoilt file is no file");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
}

#[test]
fn a_popup_survives_every_size() {
    let mut terminal = Terminal::run(&[IMAGE], 100, 30);
    terminal.wait_for("wasted 126 kB");
    terminal.keys("?");
    terminal.wait_for("fold or unfold");
    terminal.resize(20, 5);
    terminal.wait_for("too small");
    terminal.resize(40, 10);
    terminal.wait_for("Keys");
    terminal.resize(160, 50);
    terminal.wait_for("fold or unfold");
    // A key in the very moment of a resize may wait for the next one.
    terminal.wait_still();
    terminal.keys("\x1b");
    terminal.wait_gone("fold or unfold");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn keys_on_the_smallest_terminal_do_what_they_do_elsewhere() {
    let mut terminal = Terminal::run(&[IMAGE], 20, 5);
    terminal.wait_for("too small");
    terminal.keys("64c\t>?");
    terminal.keys("\x03");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn the_screen_can_be_left_while_an_image_is_read() {
    // A pipe that never ends: the copy of it is watched on the screen.
    let mut command = portable_pty::CommandBuilder::new("/bin/sh");
    command.args(["-c", &format!("sleep 300 | {} -", env!("CARGO_BIN_EXE_layerscope"))]);
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    command.env("TERM", "xterm-256color");
    command.env("LC_ALL", "C.UTF-8");
    let mut terminal = Terminal::start(command, 80, 24);
    terminal.wait_for("opening");
    terminal.keys("q");
    terminal.wait_gone("opening");
    terminal.assert_restored();
}

#[test]
fn two_layers_are_compared() {
    let mut terminal = Terminal::run(&["tests/images/lessons.tar.gz"], 120, 34);
    terminal.wait_for("wasted 126 kB");
    terminal.keys("jjjjc");
    terminal.keys("jj");
    terminal.wait_for(", combined");
    terminal.keys("a");
    terminal.wait_for("Files after layer");
    terminal.keys("a");
    terminal.wait_for(", combined");
    terminal.keys("\x1b");
    terminal.wait_gone(", combined");
    terminal.keys("C");
    // The demo is built from scratch, so no layer is below a base.
    terminal.wait_for("all layers: where the base ends");
    terminal.keys("6");
    terminal.wait_for("Map of layers 1 to");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn ascii_comes_with_the_locale_and_by_option() {
    for (arguments, locale) in
        [(&["tests/images/lessons.tar.gz"][..], "C"), (&["tests/images/lessons.tar.gz", "--ascii"], "C.UTF-8")]
    {
        let mut terminal = Terminal::run_with(arguments, 120, 34, &[("LC_ALL", locale)]);
        terminal.wait_for("wasted 126 kB");
        terminal.wait_for("Overview .");
        assert!(terminal.text().is_ascii(), "{}", terminal.text());
        terminal.keys("q");
        terminal.end();
    }
}

#[test]
fn a_theme_is_chosen_by_option_and_no_colour_wins() {
    let colours = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut terminal = Terminal::run_with(arguments, 80, 24, environment);
        terminal.wait_for("wasted 126 kB");
        let rgb = terminal.with_screen(|screen| {
            let (rows, columns) = screen.size();
            let cells = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
            let colours = cells.filter_map(|(row, column)| Some(screen.cell(row, column)?.fgcolor()));
            let colours: Vec<_> = colours.collect();
            let has = |wanted: fn(&vt100::Color) -> bool| colours.iter().any(wanted);
            [
                has(|colour| matches!(colour, vt100::Color::Rgb(..))),
                has(|colour| matches!(colour, vt100::Color::Idx(16..))),
            ]
        });
        terminal.keys("q");
        terminal.end();
        rgb
    };
    let dark = ["tests/images/lessons.tar.gz", "--theme", "dark"];
    assert_eq!(colours(&dark, &[]), [true, false]);
    assert_eq!(colours(&dark, &[("COLORTERM", "")]), [false, true]);
    assert_eq!(colours(&dark, &[("COLORTERM", ""), ("TERM", "xterm")]), [false, false]);
    assert_eq!(colours(&dark, &[("NO_COLOR", "1")]), [false, false]);
    assert_eq!(colours(&["tests/images/lessons.tar.gz"], &[]), [false, false]);
}

#[test]
fn the_theme_fits_the_background_that_the_terminal_names() {
    let colours = |answer: &str, environment: &[(&str, &str)]| {
        let mut terminal = Terminal::run_with(&["tests/images/lessons.tar.gz"], 80, 24, environment);
        terminal.wait_for("wasted 126 kB");
        terminal.keys(answer);
        // A key that follows is still a key.
        terminal.keys("4");
        terminal.wait_for("oldest first");
        let title = terminal.with_screen(|screen| screen.cell(2, 2).map(vt100::Cell::fgcolor));
        terminal.keys("q");
        terminal.end();
        title.expect("a cell")
    };
    let focused = |colour: vt100::Color| match colour {
        vt100::Color::Rgb(0, 0x5f, 0x87) => "light",
        vt100::Color::Rgb(0x7d, 0xcf, 0xff) => "dark",
        _ => "neither",
    };
    let (light, dark) = ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", "\x1b]11;rgb:1e1e/1e1e/1e1e\x07");
    assert_eq!(focused(colours(light, &[])), "light");
    assert_eq!(focused(colours(dark, &[])), "dark");
    assert_eq!(focused(colours("", &[])), "neither");
}

#[test]
fn every_frame_leaves_a_line_where_timings_are_asked_for() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("timings");
    let mut terminal = Terminal::run(&["tests/images/lessons.tar.gz", "--timings", &file.to_string_lossy()], 80, 24);
    terminal.wait_for("wasted 126 kB");
    terminal.keys("4");
    terminal.wait_for("oldest first");
    terminal.keys("q");
    terminal.end();
    let text = std::fs::read_to_string(&file).expect("it is there");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("cause\ttotal_us\tupdate_us\tdraw_us"));
    let lines: Vec<Vec<&str>> = lines.map(|line| line.split('\t').collect()).collect();
    assert!(
        lines.iter().all(|line| line.len() == 4 && line[1..].iter().all(|time| time.parse::<u64>().is_ok())),
        "{text}"
    );
    assert!(lines.iter().any(|line| line[0] == "start") && lines.iter().any(|line| line[0] == "key 4"), "{text}");
}
