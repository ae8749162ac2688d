//! A tree for ncdu, imported by a real ncdu on a pseudo-terminal where one is installed.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::terminal::Terminal;
use portable_pty::CommandBuilder;

#[test]
fn a_real_ncdu_imports_every_tree_and_shows_its_bytes() {
    if !Command::new("ncdu").arg("-v").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        // Past the test's own capture: whoever reads the output is to know.
        let _ = std::io::stderr().write_all(b"ncdu is not installed: its import of our trees is left out\n");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (more, shown) in [
        (&[][..], &["lessons:legacy", "/data", "104.0 KiB", "Items: 14"][..]),
        (&["--waste"], &["lessons:legacy, waste", "/var", "123.5 KiB", "Items: 20"]),
        (&["--layer", "9"], &["lessons:legacy, layer 9", "/data", "29.3 KiB", "Items: 3"]),
    ] {
        let file = folder.path().join("tree");
        let mut report = Command::new(env!("CARGO_BIN_EXE_layerscope"));
        report.current_dir(env!("CARGO_MANIFEST_DIR")).args(["report", "tests/images/docker20-legacy.tar"]);
        let report = report.args(["--format", "ncdu", "-o"]).arg(&file).args(more).status();
        assert!(report.is_ok_and(|status| status.success()));
        let mut ncdu = CommandBuilder::new("ncdu");
        ncdu.arg("-f");
        ncdu.arg(&file);
        ncdu.cwd(folder.path());
        ncdu.env("TERM", "xterm");
        let mut terminal = Terminal::start(ncdu, 80, 24);
        terminal.wait_for("Items:");
        let screen = terminal.text().split_whitespace().collect::<Vec<_>>().join(" ");
        for text in shown {
            assert!(screen.contains(text), "{more:?} `{text}`: {screen}");
        }
        terminal.keys("q");
        assert!(terminal.end().success());
    }
}
