//! The pictures of the README are the real program's screen. `LAYERSCOPE_PICTURES=1 cargo test --test program screenshots`
//! writes them anew after a change that is meant.

use std::path::Path;

use crate::picture::svg;
use crate::terminal::Terminal;

/// File, title, the keys that lead there with what must be seen after each, and the size.
type Picture = (&'static str, &'static str, &'static [(&'static str, &'static str)], (u16, u16));

const PICTURES: &[Picture] = &[
    (
        "overview",
        "The first screen: what can be saved, and which secrets are in the image",
        &[("", "2 secrets in 3 places")],
        (120, 40),
    ),
    (
        "layers",
        "The layers of the demo image, and what `chown -R` stored again",
        &[("\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B", "Files of layer 7")],
        (120, 34),
    ),
    (
        "merged",
        "What a container of all layers sees, and the life of one path",
        &[
            ("\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B", "Files of layer 7"),
            ("a", "Files after layer 7"),
            ("\t", "Path through the layers"),
        ],
        (120, 34),
    ),
    ("waste", "Wasted bytes, and who is to blame", &[("2", "by cause")], (120, 34)),
    (
        "removed",
        "Removed, but still stored and readable",
        &[("3", "still stored ·"), ("/id_ed\r", "! private-key")],
        (120, 34),
    ),
    (
        "secrets",
        "A secret that was removed, why anyone can still read it, and what to do",
        &[("7", "what to do")],
        (120, 34),
    ),
    (
        "life",
        "The life of a key that was removed, and what can still be read of it",
        &[("3", "still stored ·"), ("/id_ed\r", "! private-key"), ("\r", "END OPENSSH PRIVATE KEY")],
        (120, 34),
    ),
    ("history", "Which steps made layers, and which changed metadata alone", &[("4", "oldest first")], (120, 34)),
];

#[test]
fn the_pictures_of_the_readme_are_what_the_program_shows() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let mut stale = Vec::new();
    for &(name, title, keys, (columns, rows)) in PICTURES {
        let mut terminal = Terminal::run(&["demo"], columns, rows);
        terminal.wait_for("wasted 29 MB");
        // The search for junk and secrets is over.
        terminal.wait_for("7 Secrets 2  8");
        for (typed, seen) in keys {
            terminal.keys(typed);
            terminal.wait_for(seen);
        }
        // Trees come from a worker thread: the picture is taken when nothing moves any more.
        let mut last = String::new();
        loop {
            std::thread::sleep(std::time::Duration::from_millis(150));
            let now = terminal.with_screen(|screen| svg(screen, title));
            if now == last {
                break;
            }
            last = now;
        }
        terminal.keys("\x03");
        terminal.end();
        let file = assets.join(format!("{name}.svg"));
        if std::env::var_os("LAYERSCOPE_PICTURES").is_some() {
            std::fs::write(&file, &last).expect("room");
        } else if std::fs::read_to_string(&file).ok().as_deref() != Some(last.as_str()) {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "these pictures are not what the program shows: {stale:?}");
}

#[test]
fn every_picture_is_in_the_readme_and_every_one_there_exists() {
    let readme = include_str!("../../README.md");
    for (name, ..) in PICTURES {
        assert!(readme.contains(&format!("assets/{name}.svg")), "{name} is not in the README");
    }
    for (at, _) in readme.match_indices("(assets/") {
        let file = readme[at + 1..].split(')').next().unwrap_or("");
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists(), "{file} does not exist");
    }
}
