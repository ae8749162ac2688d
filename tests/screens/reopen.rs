//! F5: the image is opened again, and the user stays where they are.

use std::io::Read;
use std::sync::Arc;

use layerscope::image::{Contents, EntryRef, FileChanged, LayerNumber, ProgressEvent, ReadError};
use layerscope::tui::{LoopRequest, Message, Question};

use crate::driver::Driver;
use crate::fixture::{self, Fixture};
use crate::picker::image;

fn begin(driver: &mut Driver) {
    driver.press("f5");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::Reopen));
    driver.screen.begin_reopening(vec!["shop app.tar".to_owned()]);
}

fn read(driver: &mut Driver, fixture: &Fixture) -> bool {
    driver.screen.message_of_reopening(Some(fixture.opened()));
    let (union, analysis) = (Arc::clone(&fixture.union), Arc::clone(&fixture.early));
    driver.screen.message_of_reopening(Some(Message::Ready { union, analysis }));
    assert!(!driver.screen.take_reopened(), "nothing is shown before everything is known");
    driver.screen.message_of_reopening(Some(Message::Compared(Arc::clone(&fixture.analysis))));
    let is_shown = driver.screen.take_reopened();
    driver.screen.finish_work();
    is_shown
}

fn selected(driver: &mut Driver) -> Vec<String> {
    driver.text().lines().skip(2).map(str::to_owned).filter(|line| !line.contains("reopened")).collect()
}

#[test]
fn what_the_user_looks_at_stays_until_the_new_image_is_read_and_they_stay_where_they_are() {
    let fixture = fixture::shop();
    for keys in [
        "",
        "down down",
        "tab down down",
        "down down tab down down",
        "down down a tab down",
        "2 down down",
        "4 down down",
        "6 down",
    ] {
        let mut driver = Driver::with(&fixture, 120, 40);
        driver.press(keys);
        let before = selected(&mut driver);
        begin(&mut driver);
        driver
            .screen
            .message_of_reopening(Some(Message::Progress(ProgressEvent::Spooling { done: 30, total: Some(100) })));
        assert!(driver.text().contains("reopening 30 %"), "{}", driver.text());
        assert_eq!(selected(&mut driver)[..30], before[..30], "after `{keys}`");
        assert!(read(&mut driver, &fixture));
        let after = selected(&mut driver);
        assert!(!driver.text().contains("reopening"), "{}", driver.text());
        let differ = before.iter().zip(&after).filter(|(before, after)| before != after).collect::<Vec<_>>();
        assert!(differ.len() <= 1, "after `{keys}`: {differ:#?}");
    }
}

#[test]
fn another_image_is_shown_in_the_same_view_and_what_it_does_not_have_is_left_out() {
    let mut driver = Driver::with(&fixture::shop(), 120, 40);
    driver.press("down down tab down 4 end");
    begin(&mut driver);
    assert!(read(&mut driver, &fixture::empty()));
    assert!(driver.open_tab().contains("History"), "{}", driver.text());
    assert!(driver.text().contains("reopened"), "{}", driver.text());
}

#[test]
fn a_failure_leaves_the_image_and_says_why() {
    let fixture = fixture::shop();
    for failure in [Some(Message::Failed("the archive ends early".to_owned())), None] {
        let mut driver = Driver::with(&fixture, 120, 40);
        begin(&mut driver);
        driver.screen.message_of_reopening(Some(fixture::empty().opened()));
        driver.screen.message_of_reopening(failure);
        assert!(!driver.screen.is_reopening());
        let text = driver.text();
        assert!(text.contains("not reopened: the ") && !text.contains("reopening"), "{text}");
        assert!(text.contains("wasted"), "{text}");
        driver.press("down");
        begin(&mut driver);
    }
}

#[test]
fn a_prompt_or_a_filter_that_is_typed_is_not_taken_away() {
    let fixture = fixture::shop();
    let mut driver = Driver::with(&fixture, 120, 40);
    begin(&mut driver);
    driver.press("/ j");
    assert!(!read(&mut driver, &fixture));
    driver.press("enter");
    assert!(driver.screen.take_reopened());
    begin(&mut driver);
    driver.press("e");
    assert!(!read(&mut driver, &fixture));
    driver.press("f5");
    assert!(driver.screen.is_reopening());
    driver.press("esc");
    assert!(driver.screen.take_reopened());
}

#[test]
fn an_image_that_is_not_read_yet_is_not_reopened() {
    let fixture = fixture::shop();
    let mut driver = Driver::new(120, 40);
    assert!(driver.press("f5").text().contains("still being read"), "{}", driver.text());
    driver.tell(fixture.opened());
    driver.press("f5");
    assert_eq!(driver.screen.take_request(), None);
    let mut driver = Driver::with(&fixture, 120, 40);
    begin(&mut driver);
    assert!(driver.press("f5").text().contains("the image is being reopened"), "{}", driver.text());
    assert_eq!(driver.screen.take_request(), None);
}

/// The file of the image was written to after it was opened.
struct Changed;

impl Contents for Changed {
    fn open<'a>(&'a self, layer: LayerNumber, _: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        Err(ReadError::Io { layer, source: std::io::Error::new(std::io::ErrorKind::InvalidData, FileChanged) })
    }

    fn identity(&self, _: LayerNumber, _: EntryRef<'_>) -> Result<u128, ReadError> {
        Ok(0)
    }
}

fn changed() -> Driver {
    let fixture = fixture::shop();
    let mut driver = Driver::with(&fixture, 80, 24);
    driver.tell(Message::Opened { image: Arc::clone(&fixture.image), contents: Arc::new(Changed) });
    driver
}

const CHANGED: &str = "the file has changed since it was opened: press f5 to open it again";

/// The words of a screen without the borders between them.
fn words(driver: &mut Driver) -> String {
    driver.text().replace(['│', '┃'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_content_of_a_file_that_has_changed_names_the_key_that_opens_it_again_and_is_not_cut() {
    let mut driver = changed();
    driver.press("2 t t down enter");
    assert!(words(&mut driver).contains(CHANGED), "{}", driver.text());
}

#[test]
fn nothing_is_extracted_from_a_file_that_has_changed_and_the_prompt_is_over() {
    let mut driver = changed();
    driver.press("3 down x enter");
    let last = driver.text().lines().last().unwrap_or_default().trim().to_owned();
    assert_eq!(last, CHANGED);
    assert!(!driver.text().contains("into:"), "{}", driver.text());
}

#[test]
fn the_list_of_images_is_read_again_and_becomes_the_image_if_there_is_one_only() {
    let fixture = fixture::shop();
    let list = |count| Message::Images {
        images: (0..count).map(|index| image(index, &format!("app:{index}"), "linux/amd64", 2, 1_000)).collect(),
        ask: Some(Question::Open),
    };
    let mut driver = Driver::new(80, 24);
    driver.tell(list(2));
    begin(&mut driver);
    assert!(!driver.screen.take_reopened());
    driver.screen.message_of_reopening(Some(list(3)));
    assert!(driver.screen.take_reopened());
    assert!(driver.text().contains("app:2"), "{}", driver.text());
    begin(&mut driver);
    assert!(read(&mut driver, &fixture));
    assert!(driver.text().contains("wasted"), "{}", driver.text());
    // One image becomes two.
    begin(&mut driver);
    driver.screen.message_of_reopening(Some(list(2)));
    assert!(driver.screen.take_reopened());
    assert!(driver.text().contains("app:1"), "{}", driver.text());
    begin(&mut driver);
    driver.screen.message_of_reopening(Some(Message::Failed("it is gone".to_owned())));
    assert!(driver.text().contains("not reopened: it is gone"), "{}", driver.text());
    // An image that was chosen is still read.
    driver.press("enter");
    driver.screen.begin_again(vec!["app.tar".to_owned()]);
    assert!(driver.press("f5").text().contains("still being read"), "{}", driver.text());
}
