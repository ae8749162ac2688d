//! Two images on the screen.

use std::sync::Arc;

use layerscope::compare::{Compared, Comparison};
use layerscope::image::{DiffId, Digest};
use layerscope::secrets::Redactor;
use layerscope::tui::{ComparedImages, Message};
use ratatui::crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::driver::Driver;
use crate::fixture::{self, Fixture, Made, Tar};

/// A build, with other content in one layer, other modes in another, and a layer and a file more.
fn build(second: bool) -> Fixture {
    let content = u128::from(second);
    let base = Tar::new().dir("bin").file_as("bin/sh", 120_000, 0o755, (0, 0), 7);
    let app = Tar::new()
        .dir("srv")
        .file_as("srv/app.js", 4_000 + 40 * u64::from(second), 0o644, (0, 0), 10 + content)
        .file_as("srv/\u{202e}odd\u{1b}[2J.txt", 12, 0o644, (0, 0), 20 + content)
        .file_as("srv/kept.txt", 99, 0o644, (0, 0), 30);
    let app = if second { app.file("srv/new/deep/file.bin", 700) } else { app.file("srv/old.txt", 300) };
    let modes = Tar::new().file_as("srv/kept.txt", 99, if second { 0o600 } else { 0o640 }, (0, 0), 30);
    let mut made = vec![
        Made("ADD rootfs.tar / # buildkit", Some(base)),
        Made("COPY . /srv # buildkit", Some(app)),
        Made("RUN chmod o= /srv/kept.txt # buildkit", Some(modes)),
    ];
    if second {
        made.push(Made("RUN touch /srv/more # buildkit", Some(Tar::new().file("srv/more", 5))));
    }
    fixture::build(layerscope::image::Config::default(), made, |image| {
        image.names = vec![format!("registry.example/shop:1.{}", 4 + u8::from(second))];
        for (at, layer) in image.layers.iter_mut().enumerate().skip(1) {
            let byte = u8::try_from(at).unwrap_or(0) + if second { 0x40 } else { 0x20 };
            layer.diff_id = Some(DiffId(Digest::of_sha256(&[byte; 32])));
            layer.digest = Some(Digest::of_sha256(&[byte ^ 0x80; 32]));
        }
    })
}

fn compared(width: u16, height: u16) -> Driver {
    let (a, b) = (build(false), build(true));
    let side = |of: &'_ Fixture| (Arc::clone(&of.image), Arc::clone(&of.union), Fixture::contents());
    let ((image_a, union_a, contents_a), (image_b, union_b, contents_b)) = (side(&a), side(&b));
    let comparison = Comparison::new(
        Compared { image: &image_a, union: &union_a, contents: &*contents_a },
        Compared { image: &image_b, union: &union_b, contents: &*contents_b },
        &layerscope::image::Quiet,
    );
    let redactors = [Redactor::for_image(&image_a), Redactor::for_image(&image_b)];
    let images = [(*image_a).clone(), (*image_b).clone()];
    let pair = ComparedImages { images, unions: [union_a, union_b], comparison, redactors };
    let mut driver = Driver::opened(&b, width, height);
    driver.tell(Message::Pair(Arc::new(pair)));
    driver
}

#[test]
fn the_layers_of_both_images_are_aligned_above_the_files_that_differ() {
    for (width, height) in [(80, 24), (160, 50)] {
        insta::assert_snapshot!(format!("compare-{width}x{height}"), compared(width, height).picture());
        let files = compared(width, height).press("enter enter").picture();
        insta::assert_snapshot!(format!("compare-files-{width}x{height}"), files);
        let filtered = compared(width, height).press("/ t x t enter").picture();
        insta::assert_snapshot!(format!("compare-filter-{width}x{height}"), filtered);
    }
}

#[test]
fn a_layer_that_differs_in_metadata_only_says_so() {
    let text = compared(100, 30).text();
    let row = text.lines().find(|line| line.contains("chmod")).expect("a row");
    assert!(row.contains("rebuilt") && row.contains("metadata only") && !row.contains("differ"), "{row}");
}

#[test]
fn enter_goes_deeper_escape_back_and_s_sorts_by_name() {
    let mut driver = compared(100, 30);
    assert!(driver.press("enter enter").text().contains("What differs · /srv"), "{}", driver.text());
    let by_size = driver.selected_lines();
    assert!(by_size[0].contains("app.js"), "the largest first: {by_size:?}");
    let first = driver.press("s").selected_lines();
    assert!(first[0].contains("app.js") && driver.press("down").selected_lines()[0].contains("kept.txt"), "{first:?}");
    driver.press("esc");
    assert!(!driver.text().contains("What differs · /srv"), "{}", driver.text());
    driver.press("enter / x y z");
    assert!(driver.text().contains("nothing here"), "{}", driver.text());
    driver.press("esc esc esc esc");
    assert!(!driver.text().contains("Layers of both"), "{}", driver.text());
    assert!(driver.press("esc").text().contains("Layers of both"), "{}", driver.text());
    assert!(!driver.press("a").text().contains("Layers of both"), "{}", driver.text());
    assert!(driver.text().contains("Files after layer 4"), "the merged view of B: {}", driver.text());
}

#[test]
fn a_click_selects_a_row_of_either_pane_and_a_click_on_the_selected_one_goes_deeper() {
    let mut driver = compared(100, 30);
    let click = |driver: &mut Driver, what: &str| {
        let row = driver.text().lines().position(|line| line.contains(what)).expect("a row");
        let row = u16::try_from(row).expect("a small screen");
        let kind = MouseEventKind::Down(MouseButton::Left);
        driver.screen.handle(&Event::Mouse(MouseEvent { kind, column: 30, row, modifiers: KeyModifiers::NONE }));
        driver.screen.finish_work();
    };
    click(&mut driver, "chmod");
    assert!(driver.selected_lines().iter().any(|line| line.contains("chmod")), "{}", driver.text());
    click(&mut driver, "8 differ");
    assert!(!driver.text().contains("What differs · /srv"), "the first click selects: {}", driver.text());
    click(&mut driver, "8 differ");
    assert!(driver.text().contains("What differs · /srv"), "{}", driver.text());
}
