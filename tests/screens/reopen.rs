//! F5: the image is opened again, and the user stays where they are.

use std::sync::Arc;

use layerscope::image::ProgressEvent;
use layerscope::tui::{LoopRequest, Message};

use crate::driver::Driver;
use crate::fixture::{self, Fixture};

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
