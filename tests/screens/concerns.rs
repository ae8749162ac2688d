//! Secrets and junk: in views of their own, and as marks in the view of waste.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use layerscope::image::{Config, Contents, EntryRef, LayerNumber, ReadError};
use layerscope::tui::{JunkRules, Message, Preferences, Screen, ScreenOptions, SearchStart};
use ratatui::crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Size;

use crate::driver::{Driver, options};
use crate::fixture::{self, Made, Tar, password};
use crate::pictures;

fn last_line(driver: &mut Driver) -> String {
    driver.text().lines().last().unwrap_or_default().trim().to_owned()
}

/// What the selected row of a list says.
fn row(driver: &mut Driver) -> String {
    driver.selected_lines().pop().unwrap_or_default().trim().to_owned()
}

#[test]
fn rows_of_waste_that_hold_a_secret_are_marked_and_say_so() {
    pictures("waste-leaky", &fixture::leaky(), "2 down down down");
    pictures("removed-leaky", &fixture::leaky(), "3");
}

#[test]
fn junk_is_listed_by_rule_and_place() {
    pictures("junk", &fixture::leaky(), "8 home");
    pictures("junk-open", &fixture::leaky(), "8 home Z down");
}

#[test]
fn secrets_are_listed_with_what_became_of_them() {
    pictures("secrets", &fixture::leaky(), "7");
    pictures("secret-of-a-step", &fixture::leaky(), "7 end");
}

#[test]
fn tabs_say_how_many_there_are_and_the_key_of_a_view_always_leads_there() {
    let mut driver = Driver::with(&fixture::leaky(), 160, 50);
    let tabs = |driver: &mut Driver| driver.text().lines().nth(1).unwrap_or_default().to_owned();
    assert!(tabs(&mut driver).contains("7 Secrets 4") && tabs(&mut driver).contains("8 Junk 5"), "{}", driver.text());
    assert!(driver.press("7").text().contains("Secrets · worst first"), "{}", driver.text());
    assert!(driver.press("1 2").text().contains("Wasted space · by cause"), "{}", driver.text());
    assert!(driver.press("8").text().contains("Junk · worst first"), "{}", driver.text());
    let mut clean = Driver::with(&fixture::shop(), 160, 50);
    assert!(tabs(&mut clean).contains("7 Secrets 0"), "{}", clean.text());
    assert!(clean.press("7").text().contains("no secret was found"), "{}", clean.text());
}

#[test]
fn without_colours_and_letters_a_secret_is_still_marked() {
    let mut plain = Driver::plain(&fixture::leaky(), 80, 24);
    let text = plain.press("2 t t").text();
    assert!(text.contains("!  root/.ssh/id_rsa") && text.contains("!  app/prod.env"), "{text}");
    assert!(text.contains("▸ app/.git/") && !text.contains("!▸ app/.git/"), "{text}");
    assert!(plain.press("t t").text().contains("!▸ /"), "{}", plain.text());
}

#[test]
fn no_list_and_no_detail_gives_a_secret_away() {
    let secrets = [password(), "qwertyuiop12".to_owned(), "zxcvbnmasdf34".to_owned(), "b3BlbnNzaC1rZXk".to_owned()];
    for (width, height) in [(80, 24), (200, 60)] {
        for list in ["1", "2 Z", "2 t Z", "2 t t Z", "2 t t t Z", "8 Z", "7", "3 Z"] {
            let mut driver = Driver::with(&fixture::leaky(), width, height);
            driver.press(list).press("home");
            for _ in 0..40 {
                let text = driver.text();
                assert!(secrets.iter().all(|secret| !text.contains(secret.as_str())), "{list}\n{text}");
                driver.press("down");
            }
        }
    }
    let mut driver = Driver::with(&fixture::leaky(), 200, 60);
    let text = driver.press("7 down").text();
    assert!(text.contains(&format!("{}… (14 characters)", &password()[..4])), "{text}");
    assert!(text.contains("overwritten by layer 5: RUN NPM_TOKEN=… npm ci"), "{text}");
}

#[test]
fn a_row_of_a_secret_is_its_file() {
    let mut driver = Driver::with(&fixture::leaky(), 160, 50);
    driver.press("7 / i d _ r s a enter");
    assert!(row(&mut driver).contains("root/.ssh/id_rsa"), "{}", driver.text());
    let life = driver.press("enter").text();
    assert!(life.contains("b3BlbnNzaC1rZXk"), "{life}");
    let extract = driver.press("q x").text();
    assert!(extract.contains("id_rsa as layer 4 stored it, into:"), "{extract}");
    let command = driver.press("esc Y").text();
    assert!(command.contains("layerscope cat 'shop app.tar' /root/.ssh/id_rsa --layer 4"), "{command}");
    driver.press("esc m");
    assert!(row(&mut driver).starts_with('•'), "{}", driver.text());
    assert!(driver.press("b").text().contains("id_rsa"), "{}", driver.text());
}

#[test]
fn a_path_of_junk_is_its_file() {
    let mut driver = Driver::with(&fixture::leaky(), 160, 50);
    driver.press("8 home enter down");
    assert!(row(&mut driver).contains("app/.git/objects/pack/pack-1.pack"), "{}", driver.text());
    let extract = driver.press("x").text();
    assert!(extract.contains("pack-1.pack as layer 4 stored it, into:"), "{extract}");
    assert!(driver.press("esc enter").text().contains("line 1 of layer 4"), "{}", driver.text());
    driver.press("q left");
    assert!(row(&mut driver).contains("▸ git"), "{}", driver.text());
}

#[test]
fn only_what_can_be_done_is_offered() {
    let mut driver = Driver::with(&fixture::leaky(), 160, 50);
    let offered = |driver: &mut Driver, keys: &str| last_line(driver.press(keys));
    let step = offered(&mut driver, "7 end");
    assert!(!step.contains("open") && !step.contains("mark") && !step.contains("fold"), "{step}");
    let file = offered(&mut driver, "home");
    assert!(file.contains("⏎ open") && file.contains("m mark") && !file.contains("fold"), "{file}");
    assert!(offered(&mut driver, "2").contains("t group"));
    let junk = offered(&mut driver, "8");
    assert!(junk.contains("⏎ open") && junk.contains("fold/unfold") && !junk.contains("extract"), "{junk}");
}

#[test]
fn junk_of_the_base_image_is_said_to_be_fixed_there() {
    let mut driver = Driver::with(&fixture::leaky(), 160, 50);
    let base = "it belongs to the base image: only another base avoids it";
    let text = driver.press("8 / l o g s enter").text();
    assert!(row(&mut driver).contains("layer 1, live") && text.contains(base), "{text}");
    let text = driver.press("/ ctrl-u a p t - l i s t s enter").text();
    assert!(row(&mut driver).contains("layer 2, only stored") && !text.contains("base image"), "{text}");
}

#[test]
fn a_short_password_shows_its_length_alone() {
    let env = vec![["DATABASE_URL=postgres://app:", "s3cretpw", "@db/app"].concat()];
    let short = fixture::build(Config { env, ..Config::default() }, Vec::new(), |_| {});
    let text = Driver::with(&short, 160, 50).press("7").text();
    assert!(text.contains("url-password in ENV DATABASE_URL") && text.contains("length      8 characters"), "{text}");
    assert!(!text.contains("begins"), "{text}");
}

#[test]
fn the_lists_are_filtered_and_sorted() {
    let mut driver = Driver::with(&fixture::leaky(), 160, 50);
    let text = driver.press("7 / k e y enter").text();
    assert!(text.contains("2 of 5 match") && text.contains("private-key") && text.contains("ENV API_KEY"), "{text}");
    driver.press("n");
    assert!(row(&mut driver).contains("ENV API_KEY"), "{}", driver.text());
    assert!(last_line(driver.press("n")).contains("wrapped to the top"), "{}", driver.text());
    assert!(driver.press("8 / p a c k - enter").text().contains("▾ git"), "{}", driver.text());
    assert!(driver.text().contains(" matches, 700 kB"), "{}", driver.text());
    driver.press("n");
    assert!(row(&mut driver).contains("pack-1.pack"), "{}", driver.text());
    let text = driver.press("esc s home").text();
    assert!(text.contains("by rule") && row(&mut driver).contains("apt-lists"), "{text}");
}

#[test]
fn a_click_opens_a_row_and_the_wheel_scrolls() {
    let mut driver = Driver::with(&fixture::leaky(), 80, 24);
    driver.press("8 end");
    let click = |driver: &mut Driver, row| {
        for kind in [MouseEventKind::Down(MouseButton::Left), MouseEventKind::Up(MouseButton::Left)] {
            let event = MouseEvent { kind, column: 10, row, modifiers: KeyModifiers::NONE };
            driver.screen.handle(&Event::Mouse(event));
        }
        driver.screen.finish_work();
    };
    click(&mut driver, 4);
    assert!(row(&mut driver).contains("▸ git"), "{}", driver.text());
    click(&mut driver, 4);
    assert!(row(&mut driver).contains("▾ git"), "{}", driver.text());
}

/// Contents that count how often they are asked for.
struct Counting(Arc<AtomicUsize>);

impl Contents for Counting {
    fn open<'a>(&'a self, layer: LayerNumber, _: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Err(ReadError::NoBlob { layer, why: "not in the archive".to_owned() })
    }

    fn identity(&self, _: LayerNumber, _: EntryRef<'_>) -> Result<u128, ReadError> {
        Ok(0)
    }
}

#[test]
fn the_search_begins_once_contents_are_compared_and_nothing_is_searched_twice() {
    let (fixture, opened) = (fixture::leaky(), Arc::new(AtomicUsize::new(0)));
    let mut driver = Driver::new(160, 50);
    let contents = Arc::new(Counting(Arc::clone(&opened)));
    driver.tell(Message::Opened { image: Arc::clone(&fixture.image), contents });
    assert!(driver.press("8").text().contains("known once the layers are read and compared"), "{}", driver.text());
    let before = opened.load(Ordering::Relaxed);
    driver.tell(Message::Ready { union: Arc::clone(&fixture.union), analysis: Arc::clone(&fixture.early) });
    driver.press("1").tell(Message::Compared(Arc::clone(&fixture.analysis)));
    let after = opened.load(Ordering::Relaxed);
    assert!(before == 0 && after > 0, "{before} {after}");
    let text = driver.press("7").text();
    assert!(text.contains("incomplete: ") && text.contains("could not be read"), "{text}");
    driver.press("3 2 t t t 7");
    assert_eq!(opened.load(Ordering::Relaxed), after);
}

#[test]
fn rules_that_cannot_be_read_are_told_and_the_screen_opens_all_the_same() {
    let fault = "only the built-in junk rules are used: in `.layerscope.toml`: no".to_owned();
    let junk = JunkRules { rules: options().junk.rules, fault: Some(fault.clone()) };
    let mut driver = Driver::new(160, 50);
    driver.screen = Screen::new(ScreenOptions { junk, ..options() }, Size { width: 160, height: 50 });
    assert_eq!(last_line(&mut driver), fault);
    let mut driver = driver.load(&fixture::leaky());
    let text = driver.press("8").text();
    assert!(text.contains(&fault) && text.contains("apt-lists"), "{text}");
}

#[test]
fn a_setting_leaves_the_search_to_the_views_that_need_it() {
    for (key, tab) in [("7", "7 Secrets 4  8 Junk 5"), ("8", "7 Secrets 4  8 Junk 5")] {
        let mut driver = Driver::new(160, 50);
        let preferences = Preferences { search: SearchStart::InTheirViews, ..Preferences::default() };
        let size = Size { width: 160, height: 50 };
        driver.screen = Screen::new(ScreenOptions { preferences, ..options() }, size);
        let mut driver = driver.load(&fixture::leaky());
        let before = driver.press("2 1").text();
        assert!(before.contains("secrets: not searched for yet: view 7 does that"), "{before}");
        assert!(before.contains("junk: not searched for yet: view 8 does that"), "{before}");
        assert!(!before.contains(tab), "{before}");
        assert!(driver.press(key).text().contains(tab), "{}", driver.text());
        assert!(driver.press("1").text().contains("4 secrets in 5 places"), "{}", driver.text());
    }
}

/// A repository that `chown` stores again, next to a file that it stores again, and a cache.
fn repository() -> fixture::Fixture {
    let app = |owner| {
        let tar = Tar::new().file_as("app/.git/objects/pack/pack-1.pack", 40_000_000, 0o644, owner, 1);
        tar.file_as("app/.git/config", 92, 0o644, owner, 2).file_as("app/main.js", 1_000_000, 0o644, owner, 3)
    };
    let made = vec![
        Made("ADD rootfs.tar / ", Some(Tar::new().file("bin/sh", 90_000))),
        Made("COPY . /app # buildkit", Some(app((0, 0)))),
        Made("RUN npm ci # buildkit", Some(Tar::new().file("root/.npm/_cacache/content-v2/x", 24_000_000))),
        Made("RUN chown -R 1000:1000 /app # buildkit", Some(app((1_000, 1_000)))),
    ];
    fixture::build(Config::default(), made, |_| {})
}

/// Opens the saving of the first screen whose line has a text.
fn open_saving(saving: &str, (width, height): (u16, u16)) -> Driver {
    let mut driver = Driver::with(&repository(), width, height);
    driver.press("1 home tab");
    let is_there = (0..8).any(|_| row(&mut driver).contains(saving) || row(driver.press("down")).contains(saving));
    assert!(is_there, "no saving `{saving}` in\n{}", driver.text());
    driver.press("enter");
    driver
}

#[test]
fn a_saving_of_junk_leads_to_its_row_which_says_the_same_size() {
    for size in [(80, 24), (120, 40)] {
        let mut driver = open_saving("80 MB", size);
        assert!(row(&mut driver).contains("git") && row(&mut driver).contains("layer 4, live"), "{}", driver.text());
        let text = driver.press("tab end").text();
        assert!(text.contains("saves"), "{text}");
        assert!(text.contains("80 MB: 40 MB here, 40 MB in an older copy, layer 2"), "{text}");
        let mut other = open_saving("24 MB", size);
        assert!(row(&mut other).contains("npm-cache"), "{}", other.text());
        assert!(!other.press("tab end").text().contains("saves"), "it is the whole saving: {}", other.text());
    }
}

#[test]
fn a_saving_without_its_junk_leads_to_the_cause_which_says_the_same_size() {
    let mut driver = open_saving("1.0 MB", (120, 40));
    assert!(driver.text().contains("Wasted space"), "{}", driver.text());
    assert!(row(&mut driver).contains("41 MB"), "{}", driver.text());
    let text = driver.text();
    assert!(text.contains("1.0 MB without /app/.git/, which is junk"), "{text}");
}

#[test]
fn space_marks_what_has_no_folds_or_says_why_not() {
    let mut driver = Driver::with(&repository(), 80, 24);
    let text = driver.press("1 home space").text();
    assert!(text.contains("nothing to mark here: select a layer, a path or a cause"), "{text}");
    assert!(driver.press("down space").text().contains("1 marked"), "{}", driver.text());
    assert!(driver.press("home tab space").text().contains("marked"), "{}", driver.text());
}

#[test]
fn the_list_of_secrets_says_what_was_searched_by_names_only() {
    for (width, height) in [(80, 24), (120, 40), (160, 50)] {
        let mut driver = Driver::with(&crate::tour::DEMO.fixture, width, height);
        let text = driver.press("7").text();
        assert!(text.contains("searched by file names only"), "{text}");
    }
}
