//! The images of an archive on the screen.

use std::sync::Arc;

use layerscope::image::ListedImage;
use layerscope::tui::{LoopRequest, Message, Question, Screen, ScreenOptions, Theme};
use ratatui::crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Size;

use crate::driver::{Driver, options};
use crate::fixture;

pub fn image(index: usize, name: &str, platform: &str, layers: usize, stored: u64) -> ListedImage {
    let digest = format!("sha256:{:012x}{:052}", 0xabcd_ef01_0000_u64 + index as u64, 0);
    ListedImage {
        index,
        names: if name.is_empty() { Vec::new() } else { name.split(' ').map(str::to_owned).collect() },
        platform: Some(platform.to_owned()),
        digest: digest.parse().ok(),
        created: Some("2026-11-21T04:06:08Z".to_owned()),
        layers,
        stored_bytes: Some(stored),
        available: true,
        faulty: false,
        note: String::new(),
    }
}

fn several() -> Vec<ListedImage> {
    let missing = ListedImage {
        available: false,
        stored_bytes: None,
        created: None,
        layers: 0,
        note: "not in the archive".to_owned(),
        ..image(3, "registry.example.com/team/shop:1.4", "linux/arm64", 0, 0)
    };
    vec![
        image(0, "registry.example.com/team/shop:1.4 shop:latest", "linux/amd64", 13, 80_000_000),
        image(1, "registry.example.com/team/shop:1.5", "linux/amd64", 13, 81_234_567),
        image(2, "", "windows/amd64", 2, 1_600_000_000),
        missing,
        image(4, "evil\u{1b}[2J\u{202e}名前:\u{7}1", "linux/amd64\n", 1, 0),
    ]
}

fn asked(images: Vec<ListedImage>, width: u16, height: u16) -> Driver {
    let mut driver = Driver::new(width, height);
    driver.tell(Message::Images { images: images.into(), ask: Some(Question::Open) });
    driver
}

#[test]
fn the_images_of_an_archive_are_listed_and_two_of_them_marked() {
    for (width, height) in [(80, 24), (160, 50)] {
        let mut driver = asked(several(), width, height);
        insta::assert_snapshot!(format!("picker-{width}x{height}"), driver.picture());
        driver.press("down space up m down");
        insta::assert_snapshot!(format!("picker-marked-{width}x{height}"), driver.picture());
    }
    insta::assert_snapshot!("picker-40x12", asked(several(), 40, 12).text());
}

#[test]
fn enter_opens_the_selected_image_or_compares_two_in_the_order_of_their_marks() {
    let mut driver = asked(several(), 80, 24);
    driver.press("down enter");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::OpenImages(vec![1])));
    driver.press("space enter");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::OpenImages(vec![1])), "one mark compares nothing");
    driver.press("up space end enter");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::OpenImages(vec![1, 0])));
    assert!(driver.press("space").text().contains("two images are marked already"), "{}", driver.text());
    driver.press("home space down down space enter");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::OpenImages(vec![1, 2])));
}

#[test]
fn an_image_that_is_not_there_is_neither_opened_nor_marked() {
    let mut driver = asked(several(), 80, 24);
    for key in ["enter", "space", "m"] {
        assert!(driver.press("home down down down").press(key).text().contains("cannot be opened"), "{key}");
        assert_eq!(driver.screen.take_request(), None);
    }
}

#[test]
fn escape_and_q_leave_where_no_image_is_open_and_first_escape_clears_the_filter() {
    for key in ["esc", "q"] {
        let mut driver = asked(several(), 80, 24);
        driver.press(key);
        assert_eq!(driver.screen.take_request(), Some(LoopRequest::Quit), "{key}");
    }
    let mut driver = asked(several(), 80, 24);
    driver.press("/ q 1 . 5").press("esc");
    assert_eq!(driver.screen.take_request(), None);
    assert!(driver.text().contains("Images · 5 ·"), "{}", driver.text());
    driver.press("2 1 r");
    assert_eq!(driver.screen.take_request(), None, "no view without an image");
}

#[test]
fn hundreds_of_images_scroll_and_a_filter_finds_one_by_any_column() {
    let many = |index| image(index, &format!("team/app-{index}:1"), "linux/amd64", 7, 1_000 * index as u64);
    let mut images: Vec<_> = (0..700).map(many).collect();
    images.push(image(700, "team/odd:1", "linux/s390x", 1, 1));
    let mut driver = asked(images, 80, 24);
    assert!(driver.press("end").text().contains("701 of 701"), "{}", driver.text());
    driver.press("/ S 3 9 space o d");
    assert!(driver.text().contains("1 of 701"), "{}", driver.text());
    driver.press("enter enter");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::OpenImages(vec![700])));
    assert!(driver.press("/ x x").text().contains("nothing matches"), "{}", driver.text());
    driver.press("enter enter space");
    assert_eq!(driver.screen.take_request(), None);
}

#[test]
fn from_an_open_image_a_key_leads_to_the_others_and_escape_back() {
    let fixture = fixture::shop();
    let mut driver = Driver::with(&fixture, 100, 30);
    assert!(driver.press("I").text().contains("this is the only image here"), "{}", driver.text());
    driver.tell(Message::Images { images: several().into(), ask: None });
    assert!(!driver.text().contains("Images ·"), "{}", driver.text());
    assert!(driver.press("5").text().contains("4 other images"), "{}", driver.text());
    for back in ["esc", "I", "q"] {
        assert!(driver.press("I").text().contains("Images · 5"), "{}", driver.text());
        assert!(!driver.press(back).text().contains("Images · 5"), "{back}");
        assert_eq!(driver.screen.take_request(), None, "{back}");
    }
    assert!(driver.press("I 2").text().contains("Wasted"), "a view is one key away: {}", driver.text());
    assert!(driver.press("? G").text().contains("open one, or compare two"), "{}", driver.text());
    driver.press("esc I down enter");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::OpenImages(vec![1])));
    driver.screen.begin_again(vec!["app.tar".to_owned(), "--image".to_owned(), "@1".to_owned()]);
    assert!(driver.text().contains("opening app.tar"), "{}", driver.text());
    let mut driver = driver.load(&fixture);
    assert!(driver.press("I").text().contains("Images · 5"), "the list is still there: {}", driver.text());
}

#[test]
fn an_image_that_cannot_be_opened_leads_back_to_the_list_with_the_reason() {
    let mut driver = asked(several(), 80, 24);
    driver.press("enter");
    driver.screen.take_request();
    driver.screen.begin_again(vec!["app.tar".to_owned()]);
    driver.tell(Message::Failed("`app.tar` lists @0, which cannot be opened: its manifest is cut".to_owned()));
    assert!(driver.text().contains("its manifest is cut") && driver.text().contains("Images · 5"), "{}", driver.text());
    assert_eq!(driver.screen.take_request(), None);
}

#[test]
fn a_click_selects_an_image_and_a_click_on_the_selected_one_opens_it() {
    let mut driver = asked(several(), 80, 24);
    let row = driver.text().lines().position(|line| line.contains("shop:1.5")).expect("a row");
    let click = |driver: &mut Driver| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        let row = u16::try_from(row).expect("a small screen");
        driver.screen.handle(&Event::Mouse(MouseEvent { kind, column: 10, row, modifiers: KeyModifiers::NONE }));
        driver.screen.take_request()
    };
    assert_eq!(click(&mut driver), None);
    assert_eq!(click(&mut driver), Some(LoopRequest::OpenImages(vec![1])));
}

#[test]
fn without_colours_the_marks_are_still_letters() {
    let mut driver = Driver::new(80, 24);
    driver.screen = Screen::new(ScreenOptions { theme: Theme::plain(), ..options() }, Size { width: 80, height: 24 });
    driver.tell(Message::Images { images: Arc::from(several()), ask: Some(Question::Open) });
    let text = driver.press("space down space").text();
    assert!(text.contains(" A …") && text.contains(" B registry"), "{text}");
}
