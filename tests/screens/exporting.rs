//! An image that its engine describes while it exports it.

use std::sync::Arc;

use layerscope::image::{DescribedImage, Image, ImageSource, ListedImage, ProgressEvent, UnplacedStep};
use layerscope::tui::{LoopRequest, Message, Question};

use crate::driver::Driver;
use crate::fixture::{self, Fixture};

/// What Docker says about an image: of the steps from `unplaced` on, not which layers they made.
fn described(fixture: &Fixture, unplaced: usize) -> Message {
    let mut image = Image::clone(&fixture.image);
    image.source = Some(ImageSource {
        kind: "docker-daemon",
        endpoint: "unix:///run/docker.sock".to_owned(),
        reference: "shop".to_owned(),
        digest: None,
        in_place: false,
    });
    image.findings.clear();
    let placed = image.steps.iter_mut().enumerate().skip(unplaced);
    let unplaced = placed.filter_map(|(step, at)| {
        let layer = at.layer.take()?;
        let size = image.layers[layer.index()].stored_size.filter(|_| step % 2 == 0);
        Some(UnplacedStep { step, size })
    });
    let unplaced: Vec<_> = unplaced.collect();
    Message::Exporting(Box::new(DescribedImage { image, unplaced }))
}

fn listed(index: usize) -> ListedImage {
    ListedImage {
        index,
        names: vec![format!("docker-daemon:shop{index}")],
        platform: None,
        digest: None,
        created: None,
        layers: 0,
        stored_bytes: None,
        available: true,
        faulty: false,
        note: String::new(),
    }
}

#[test]
fn what_an_engine_describes_is_shown_as_such_and_what_it_does_not_say_is_absent() {
    let fixture = fixture::shop();
    let mut driver = Driver::new(80, 24);
    driver.tell(described(&fixture, usize::MAX));
    driver.press("down down");
    insta::assert_snapshot!("exporting", driver.text());
    driver.tell(Message::Progress(ProgressEvent::Spooling { done: 300_000_000, total: None }));
    assert!(driver.text().contains("exporting 300 MB"), "{}", driver.text());
    let mut driver = Driver::new(100, 24);
    driver.tell(described(&fixture, 3));
    driver.press("4 down down down");
    insta::assert_snapshot!("exporting-unplaced", driver.text());
}

#[test]
fn the_real_image_takes_the_place_of_the_described_one() {
    let fixture = fixture::shop();
    for unplaced in [3, usize::MAX] {
        for keys in ["", "4 down down C", "down down space a tab", "x ?", "ctrl-p", "2", "y"] {
            let mut driver = Driver::new(100, 30);
            driver.tell(described(&fixture, unplaced));
            driver.press(keys);
            let mut driver = driver.load(&fixture);
            driver.press("esc esc esc 1 home");
            let mut fresh = Driver::opened(&fixture, 100, 30);
            fresh.press("esc esc esc 1 home");
            for (shown, expected) in driver.text().lines().zip(fresh.text().lines()).take(2) {
                assert_eq!(shown, expected, "{unplaced} {keys}");
            }
            assert!(!driver.text().contains("xporting"), "{}", driver.text());
        }
    }
}

#[test]
fn nothing_of_a_described_image_stays_if_its_export_fails() {
    let fixture = fixture::shop();
    let mut driver = Driver::new(80, 24);
    driver.tell(described(&fixture, 3));
    driver.tell(Message::Failed("the engine stopped".to_owned()));
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::Fail("the engine stopped".to_owned())));

    let mut driver = Driver::new(80, 24);
    driver.tell(Message::Images { images: Arc::new([listed(0), listed(1)]), ask: Some(Question::Open) });
    driver.press("enter");
    driver.screen.begin_again(vec!["docker-daemon:shop0".to_owned()]);
    driver.tell(described(&fixture, 3));
    driver.tell(Message::Failed("the engine stopped".to_owned()));
    let shown = driver.text();
    assert!(shown.contains("Images · 2") && shown.contains("the engine stopped"), "{shown}");
    assert!(!shown.contains("xporting") && !shown.contains("5 layers"), "{shown}");
}
