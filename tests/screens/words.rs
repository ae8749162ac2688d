//! The words that the screen uses, and those that belong to output formats.

use layerscope::image::Config;

use crate::driver::Driver;
use crate::fixture;

const VIEWS: [&str; 8] = ["1", "2", "3", "4", "5", "6", "7", "8"];

#[test]
fn no_screen_numbers_a_step() {
    let numbered = regex::Regex::new(r"\b[Ss]tep \d").expect("sound");
    for fixture in [fixture::shop(), fixture::leaky(), fixture::wasteful()] {
        for view in VIEWS {
            let mut driver = Driver::opened(&fixture, 160, 50);
            for keys in [view, "down down", "end"] {
                let screen = driver.press(keys).text();
                assert!(!numbered.is_match(&screen), "{view} {keys}: {screen}");
            }
        }
    }
}

#[test]
fn the_words_of_the_specification_are_on_the_screen() {
    for (keys, words) in [
        ("2", &["Wasted space · by cause", "┌ Details"][..]),
        ("2 down down", &["fix "]),
        ("4", &["metadata only", "s reverse"]),
        ("7", &["high, matches the token format", "treat it as leaked: rotate it"]),
        ("down x", &["⏎ extract · esc cancel"]),
        ("down down c down", &["Files of layers 2 to 3, combined"]),
        ("?", &["smart case", "ANDed", "fuzzy match over all layers, removed files included"]),
    ] {
        let mut driver = Driver::opened(&fixture::leaky(), 160, 120);
        let screen = driver.press(keys).text();
        for word in words {
            assert!(screen.contains(word), "no `{word}` after {keys}: {screen}");
        }
    }
}

#[test]
fn the_image_view_lists_secrets_and_junk_and_calls_only_the_archive_well_formed() {
    let screen = Driver::opened(&fixture::leaky(), 160, 70).press("5").text();
    for word in ["private-key in /root/.ssh/id_rsa: removed by layer 5", "git: a Git repository"] {
        assert!(screen.contains(word), "no `{word}`: {screen}");
    }
    let made = vec![fixture::Made("COPY . .", Some(fixture::Tar::new().file("a", 1)))];
    let sound = fixture::build(Config::default(), made, |_| {});
    let screen = Driver::opened(&sound, 160, 70).press("5").text();
    assert!(screen.contains("the archive is well-formed"), "{screen}");
}
