//! A file's life: its versions, their contents, and what each changed.

use layerscope::image::Config;
use proptest::prelude::*;

use crate::driver::Driver;
use crate::find::typed;
use crate::fixture::{Fixture, Made, Tar, build};
use crate::pictures;

/// Files that several layers have something to do with.
fn lives() -> Fixture {
    let base = Tar::new()
        .dir("etc")
        .file_as("etc/app.conf", 3_000, 0o644, (0, 0), 7)
        .file("etc/empty", 0)
        .file("etc/lost", 400)
        .file("etc/torn", 400)
        .dir("opt")
        .file("opt/left-pad.tar.gz", 20_000)
        .file("opt/tool.bin", 700_000)
        .link("opt/conf", "../etc/app.conf")
        .link("opt/gone", "/nowhere/at/all");
    let key = Tar::new().dir("root").dir("root/.ssh").file("root/.ssh/id_ed25519", 411);
    let chmod = Tar::new().dir("etc").file_as("etc/app.conf", 3_000, 0o600, (1000, 1000), 7);
    let last =
        Tar::new().file("etc/app.conf", 3_100).file("opt/tool.bin", 700_500).whiteout("root/.ssh/.wh.id_ed25519");
    let made = vec![
        Made("ADD rootfs.tar / # buildkit", Some(base)),
        Made("COPY id_ed25519 /root/.ssh/ # buildkit", Some(key)),
        Made("RUN /bin/sh -c chmod 600 /etc/app.conf && chown 1000:1000 /etc/app.conf # buildkit", Some(chmod)),
        Made("RUN /bin/sh -c ./configure && rm /root/.ssh/id_ed25519 # buildkit", Some(last)),
    ];
    build(Config::default(), made, |_| {})
}

/// To a file in the merged view of everything, all folders open.
fn at(name: &str, width: u16, height: u16) -> Driver {
    let mut driver = Driver::with(&lives(), width, height);
    driver.press("end a tab Z home");
    for _ in 0..20 {
        if driver.selected().is_some_and(|selected| selected.starts_with(name)) {
            return driver;
        }
        driver.press("down");
    }
    unreachable!("no {name} in\n{}", driver.text());
}

fn snapshots(name: &str, file: &str, keys: &str) {
    for (width, height) in [(80, 24), (160, 50)] {
        let picture = at(file, width, height).press(keys).picture();
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), picture, keys);
    }
}

#[test]
fn a_file_opens_with_its_versions_and_its_text() {
    snapshots("text", "app.conf", "enter");
}

#[test]
fn a_removed_file_opens_as_a_live_one() {
    pictures("viewer-removed", &lives(), "3 enter");
}

#[test]
fn what_no_one_can_read_is_shown_as_bytes() {
    snapshots("hex", "tool.bin", "enter pgdn");
}

#[test]
fn an_archive_shows_what_it_holds() {
    snapshots("archive", "left-pad.tar.gz", "enter down");
}

#[test]
fn the_difference_between_two_versions_is_shown_line_by_line() {
    snapshots("diff", "app.conf", "enter d");
}

#[test]
fn the_same_content_says_what_changed_instead() {
    snapshots("same", "app.conf", "enter d [");
}

#[test]
fn bytes_differ_by_rows() {
    snapshots("bytes", "tool.bin", "enter d");
}

#[test]
fn a_link_says_where_it_leads_inside_the_image() {
    snapshots("link", "conf", "enter");
    let text = at("gone", 80, 24).press("enter").text();
    assert!(text.contains("points nowhere: /nowhere is missing after layer 4"), "{text}");
}

#[test]
fn what_cannot_be_read_says_why_and_what_is_empty_says_so() {
    let text = at("lost", 80, 24).press("enter").text();
    assert!(text.contains("the content of layer 1 cannot be read: not in the archive"), "{text}");
    let text = at("lost", 80, 24).press("enter v v d d").text();
    assert!(text.contains("cannot be read"), "{text}");
    let text = at("torn", 80, 24).press("enter").text();
    assert!(text.contains("the content ends after 60 of 400 bytes"), "{text}");
    assert!(text.contains("line 2 of layer 1"), "what is there is shown: {text}");
    let text = at("torn", 80, 24).press("enter v v d").text();
    assert!(text.contains("there is no earlier one"), "{text}");
    let text = at("empty", 80, 24).press("enter").text();
    assert!(text.lines().any(|line| line.trim() == "empty"), "{text}");
}

#[test]
fn versions_are_walked_through_from_the_content() {
    let mut driver = at("app.conf", 80, 24);
    assert!(driver.press("enter").text().contains("line 1 of layer 4"));
    assert!(driver.press("[").text().contains("line 1 of content 7"));
    assert!(driver.text().contains("Layer 3 as text"));
    assert!(driver.press("[ [").text().contains("this is the oldest version"));
    assert!(driver.press("d").text().contains("there is no earlier one"));
    assert!(driver.press("]").text().contains("Layer 1 → layer 3"));
    assert!(driver.press("esc").text().contains("Layer 3 as text"));
    assert!(driver.press("tab down").text().contains("line 1 of layer 4"), "{}", driver.text());
    assert!(driver.press("?").text().contains("to the previous version"));
    assert!(driver.press("esc q").text().contains("Files after layer 4"));
}

#[test]
fn a_content_is_searched_once_around_and_the_match_is_seen() {
    let mut driver = at("app.conf", 80, 24);
    driver.press("enter /").press(&typed("LINE 50"));
    assert!(driver.text().contains("/LINE 50"), "{}", driver.text());
    assert!(driver.press("enter").text().contains("no match"), "an upper case letter means itself: {}", driver.text());
    assert!(!driver.press("down").text().contains("no match"));
    driver.press("/").press(&typed("line 50"));
    assert!(driver.press("enter").text().contains(" 50  line 50"), "{}", driver.text());
    let around = driver.press("n").text();
    assert!(around.contains("the search went on from the other end") && around.contains(" 50  line 50"), "{around}");
    driver.press("home /").press(&typed("line 2"));
    assert!(driver.press("enter").text().contains("  2  line 2"));
    // The match is three rows below the top.
    let top = |driver: &mut Driver, keys: &str, line: usize| {
        let text = driver.press(keys).text();
        assert!(text.contains(&format!(" {line}  line {line} ")), "{text}");
        assert!(!text.contains(&format!(" {}  line", line - 1)), "{text}");
    };
    top(&mut driver, "n", 17);
    top(&mut driver, "n", 18);
    top(&mut driver, "N", 17);
    // A text that is being typed is no key, and esc leaves only the line.
    driver.press("/").press(&typed("q2"));
    assert!(driver.text().contains("/q2"));
    assert!(driver.press("esc").text().contains("Layer 4 as text"));
}

#[test]
fn bytes_and_the_members_of_an_archive_are_searched_too() {
    let mut driver = at("left-pad.tar.gz", 80, 24);
    driver.press("enter /").press(&typed("nothing like it"));
    assert!(driver.press("enter").text().contains("no match"), "{}", driver.text());
    let mut driver = at("tool.bin", 80, 24);
    let first = driver.press("enter").text();
    driver.press("/").press(&typed("no such bytes"));
    assert!(driver.press("enter").text().contains("no match"));
    assert_eq!(driver.press("up").text(), first);
}

#[test]
fn the_space_bar_pages() {
    let mut driver = at("app.conf", 80, 24);
    let paged = driver.press("enter pgdn").text();
    assert_eq!(driver.press("home space").text(), paged);
}

#[test]
fn one_moves_through_a_content_by_pages_and_to_the_side() {
    let mut driver = at("tool.bin", 80, 24);
    let last = "000ab040";
    assert!(driver.press("enter end").text().contains(last), "{}", driver.text());
    assert!(driver.press("home").text().contains("00000000  "));
    // As text, the same bytes are long lines full of escapes.
    assert!(driver.press("v").text().contains("as text"));
    let first = driver.text();
    assert_ne!(first, driver.press("right").text());
    assert_eq!(first, driver.press("left left").text());
    assert!(driver.press("end").text().contains(" of "), "the end is known: {}", driver.text());
    let mut driver = at("app.conf", 80, 24);
    assert!(driver.press("enter pgdn pgdn").text().contains("line 31 of layer 4"), "{}", driver.text());
    assert!(driver.press("end").text().contains("lines 146–161 of 161"), "{}", driver.text());
    assert!(driver.press("v v").text().contains("lines 146–161"), "{}", driver.text());
}

#[test]
fn a_folder_unfolds_and_a_step_opens_its_files_as_before() {
    let mut driver = at("▾ opt/", 80, 24);
    assert!(driver.press("enter").text().contains("▸ opt/"), "{}", driver.text());
    let mut driver = Driver::with(&lives(), 80, 24);
    assert!(driver.press("enter").text().contains("━ Files"), "{}", driver.text());
}

#[test]
fn nothing_of_a_content_steers_the_terminal() {
    for keys in ["enter", "enter v", "enter v v", "enter d"] {
        for file in ["tool.bin", "left-pad.tar.gz"] {
            let text = at(file, 160, 50).press(keys).text();
            assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_size_and_no_key_breaks_it(
        file in prop::sample::select(&["app.conf", "tool.bin", "left-pad.tar.gz", "conf", "lost", "torn", "empty"]),
        keys in prop::collection::vec(prop::sample::select(&[
            "up", "down", "left", "right", "pgup", "pgdn", "home", "end", "tab", "[", "]", "d", "v", "enter", "?", "esc",
        ]), 0..30),
        width in 24_u16..200,
        height in 6_u16..60,
    ) {
        let mut driver = at(file, 100, 40);
        driver.press("enter").press(&keys.join(" "));
        driver.resize(width, height);
        let first = driver.text();
        prop_assert_eq!(first, driver.text(), "drawing changes nothing");
        driver.press("v end d home");
        driver.text();
    }
}
