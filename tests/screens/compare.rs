//! Two images on the screen.

use std::sync::Arc;

use layerscope::compare::{Compared, ComparedImage, ComparedImages, Comparison};
use layerscope::image::{DiffId, Digest, Image, ListedImage};
use layerscope::secrets::Redactor;
use layerscope::tui::{LoopRequest, Message, Question};
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
    let mut driver = Driver::opened(&build(true), width, height);
    driver.tell(pair());
    driver
}

fn pair() -> Message {
    let (a, b) = (build(false), build(true));
    let side = |of: &'_ Fixture| (Arc::clone(&of.image), Arc::clone(&of.union), Fixture::contents());
    let ((image_a, union_a, contents_a), (image_b, union_b, contents_b)) = (side(&a), side(&b));
    let comparison = Comparison::new(
        Compared { image: &image_a, union: &union_a, contents: &*contents_a },
        Compared { image: &image_b, union: &union_b, contents: &*contents_b },
        &layerscope::image::Quiet,
    );
    let side = |word: &str, image: Arc<Image>, union, contents| ComparedImage {
        opened: vec![word.to_owned()],
        image: (*image).clone(),
        redactor: Redactor::for_image(&image),
        whole: image,
        union,
        contents,
    };
    let images = [side("shop 4.tar", image_a, union_a, contents_a), side("shop-5.tar", image_b, union_b, contents_b)];
    Message::Pair(Arc::new(ComparedImages { images, comparison }))
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
    assert!(driver.press("tab enter").text().contains("What differs · /srv"), "{}", driver.text());
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
}

/// The title of the lower pane, without the counts.
fn lower_title(driver: &mut Driver) -> String {
    let text = driver.text();
    let mut titles = text.lines().filter(|line| line.trim_start().starts_with(['─', '━', '┌', '┏']));
    let title = titles.next_back().expect("a title");
    let title = title.trim_matches(|letter: char| "─━┌┏┐┓ ".contains(letter));
    title.split(" · ").take(2).collect::<Vec<_>>().join(" · ")
}

fn copied(driver: &mut Driver) -> String {
    match driver.screen.take_request() {
        Some(LoopRequest::Copy(text)) => text,
        other => format!("{other:?}: {}", driver.text()),
    }
}

/// The row of the lower pane that has a text.
fn row_of(driver: &mut Driver, what: &str) -> String {
    let text = driver.text();
    let row = text.lines().rfind(|line| line.contains(what));
    row.unwrap_or(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_shows_what_a_container_sees_of_either_image_and_then_what_differs_again() {
    let mut driver = compared(80, 24);
    assert_eq!(lower_title(&mut driver), "What differs · /");
    driver.press("a");
    assert_eq!(lower_title(&mut driver), "Merged view of A · /");
    assert_eq!(row_of(&mut driver, "bin/"), "120 kB 120 kB ±0 B bin/");
    driver.press("down enter");
    assert_eq!(lower_title(&mut driver), "Merged view of A · /srv");
    assert_eq!(row_of(&mut driver, "old.txt"), "R 300 B – −300 B old.txt");
    assert!(!driver.text().contains("new/"), "only B has it: {}", driver.text());
    insta::assert_snapshot!("compare-merged-80x24", driver.picture());
    driver.press("a");
    assert_eq!(lower_title(&mut driver), "Merged view of B · /");
    driver.press("down enter");
    assert_eq!(row_of(&mut driver, "new/"), "A – 700 B +700 B new/ 3 added");
    assert_eq!(row_of(&mut driver, "kept.txt"), "m 99 B 99 B ±0 B kept.txt mode");
    driver.press("/ f i l e enter");
    assert_eq!(row_of(&mut driver, "file.bin"), "A – 700 B +700 B srv/new/deep/file.bin");
    driver.press("esc a");
    assert_eq!(lower_title(&mut driver), "What differs · /");
}

#[test]
fn enter_on_layers_shows_what_differs_between_them_and_escape_leads_back() {
    let mut driver = compared(80, 24);
    driver.press("down enter");
    assert_eq!(lower_title(&mut driver), "What differs between layer 3 of A and layer 3 of B · /");
    driver.press("enter");
    assert_eq!(row_of(&mut driver, "kept.txt  mode"), "m 99 B 99 B ±0 B kept.txt mode");
    assert!(!driver.text().contains("app.js"), "another layer stores it: {}", driver.text());
    driver.press("esc esc");
    assert_eq!(lower_title(&mut driver), "What differs · /");
    driver.press("down enter");
    assert_eq!(lower_title(&mut driver), "What layer 4 of B changes · /");
    driver.press("enter");
    assert_eq!(row_of(&mut driver, "more"), "A – 5 B +5 B more");
    driver.press("esc esc home enter");
    assert!(driver.text().contains("both images have this layer"), "{}", driver.text());
    assert!(driver.press("esc").text().contains("What differs · /"), "{}", driver.text());
}

#[test]
fn what_differs_is_copied_with_the_commands_that_show_it() {
    let mut driver = compared(120, 40);
    driver.press("tab enter y enter");
    assert_eq!(
        copied(&mut driver),
        "**`/srv/app.js` differs: content**, A `registry.example/shop:1.4` and B `registry.example/shop:1.5`\n\n\
         - A: 4.0 kB, layer 2: `COPY . /srv`\n\
         - B: 4.0 kB, layer 2: `COPY . /srv`\n\n\
         ```sh\n\
         layerscope compare 'shop 4.tar' shop-5.tar --all\n\
         diff <(layerscope cat 'shop 4.tar' /srv/app.js --layer 2) <(layerscope cat shop-5.tar /srv/app.js --layer 2)\n\
         ```\n"
    );
    driver.press("Y down down down enter");
    assert_eq!(copied(&mut driver), "layerscope cat 'shop 4.tar' /srv/app.js --layer 2");
    driver.press("tab y enter");
    assert_eq!(
        copied(&mut driver),
        "**Layer 2 of A was built again as layer 2 of B**, A `registry.example/shop:1.4` and B \
         `registry.example/shop:1.5`\n\n- `COPY . /srv`\n- differs in 2 paths by content, 1 only in B, 1 only in A\n\n\
         ```sh\nlayerscope compare 'shop 4.tar' shop-5.tar\n```\n"
    );
    driver.press("Y down down enter");
    assert_eq!(copied(&mut driver), "layerscope ls 'shop 4.tar' --layer 2");
}

#[test]
fn what_b_has_can_be_marked_and_what_only_a_has_says_why_not() {
    let mut driver = compared(100, 30);
    driver.press("tab enter m");
    assert!(row_of(&mut driver, "app.js").starts_with("•M"), "{}", driver.text());
    driver.press("/ o l d enter m");
    assert!(
        driver.text().contains("nothing to mark here: B does not have it, and marks are of B"),
        "{}",
        driver.text()
    );
    driver.press("enter");
    assert!(driver.text().contains("only A has it: `Y` copies the command that prints it"), "{}", driver.text());
}

#[test]
fn both_images_are_named_and_the_help_explains_the_rows() {
    let mut driver = compared(100, 30);
    let first = driver.text().lines().next().unwrap_or_default().to_owned();
    assert!(first.contains("A registry.example/shop:1.4 · B registry.example/shop:1.5 · 125 kB"), "{first}");
    assert!(
        driver.press("tab m").text().lines().next().is_some_and(|line| line.contains(" in B")),
        "{}",
        driver.text()
    );
    let help = driver.press("?").text();
    for text in ["Two images", "recompressed", "times only", "metadata only", "the merged view of A, that of B"] {
        assert!(help.contains(text), "{text}: {help}");
    }
    assert!(driver.press("esc").text().contains("Layers of both"), "{}", driver.text());
    assert!(!driver.press("esc esc 1 ?").text().contains("Two images"), "of the view below: {}", driver.text());
}

#[test]
fn a_folder_is_copied_with_what_differs_below_it_and_with_no_other_layer() {
    let mut driver = compared(120, 40);
    driver.press("tab y enter");
    let text = copied(&mut driver);
    assert!(text.starts_with("**Below `/srv/`, 8 paths differ**"), "{text}");
    let expected = "\n- 4 added, 1 removed, 2 modified, 1 metadata only\n- A: 4.4 kB, B: 4.9 kB\n\n";
    assert!(text.contains(expected), "{text}");
    driver.press("tab down enter y enter");
    let text = copied(&mut driver);
    assert!(text.contains("- between layer 3 of A and layer 3 of B\n") && !text.contains("layer 2"), "{text}");
}

#[test]
fn e_writes_the_comparison_as_a_report() {
    let mut driver = compared(100, 30);
    driver.press("e");
    assert!(driver.text().contains("Write the comparison to:"), "{}", driver.text());
    assert!(driver.text().contains("./shop-1.5-compared.html"), "{}", driver.text());
    driver.press("tab enter");
    assert!(
        driver.text().contains("report written to /home/me/./shop-1.5-compared.md, of 2 images"),
        "{}",
        driver.text()
    );
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
    click(&mut driver, "+445 B");
    assert!(!driver.text().contains("What differs · /srv"), "the first click selects: {}", driver.text());
    click(&mut driver, "+445 B");
    assert!(driver.text().contains("What differs · /srv"), "{}", driver.text());
}

#[test]
fn enter_or_d_on_a_file_of_both_shows_what_differs_in_it_and_escape_leads_back_to_its_row() {
    for key in ["enter", "d"] {
        let mut driver = compared(100, 30);
        driver.press("tab enter");
        assert!(driver.selected_lines()[0].contains("app.js"), "{}", driver.text());
        let text = driver.press(key).text();
        assert!(text.contains("/srv/app.js · layer 2 of A → layer 2 of B"), "{text}");
        assert!(text.contains("size 4,000 B → 4,040 B") && text.contains("@@ "), "{text}");
        assert!(!text.contains("Layers of both") && !text.contains("there is no earlier one"), "{text}");
        driver.press("esc");
        assert!(driver.text().contains("Layers of both"), "{}", driver.text());
        assert!(driver.selected_lines()[0].contains("app.js"), "{}", driver.text());
    }
    let mut driver = compared(80, 24);
    driver.press("tab enter enter");
    insta::assert_snapshot!("compare-file-80x24", driver.picture());
    assert!(driver.press("enter").text().contains("Path through the layers"), "in B: {}", driver.text());
}

#[test]
fn a_file_that_differs_in_metadata_only_shows_that_and_the_same_content() {
    let mut driver = compared(100, 30);
    driver.press("/ k e p t enter d");
    let text = driver.text();
    assert!(text.contains("mode 0640 → 0600") && text.contains("the same content"), "{text}");
    assert!(driver.press("esc esc esc d").text().contains("select a file that both images have and that differs"));
}

#[test]
fn kinds_are_counted_and_the_keys_of_the_files_hide_them() {
    let mut driver = compared(100, 30);
    let text = driver.press("tab enter").text();
    assert!(text.contains("What differs · /srv · 4 added, 1 removed, 2 modified, 1 metadata only"), "{text}");
    let hidden = driver.press("U").text();
    assert!(hidden.contains("What differs · hidden: metadata only · /srv"), "{hidden}");
    assert!(!hidden.contains("kept.txt  mode") && hidden.contains("app.js"), "{hidden}");
    let hidden = driver.press("A R").text();
    assert!(hidden.contains("hidden: added, removed, metadata only") && !hidden.contains("new/"), "{hidden}");
    assert!(!hidden.contains("old.txt") && hidden.contains("app.js"), "{hidden}");
    assert!(driver.press("M").text().contains("nothing here besides what is hidden"), "{}", driver.text());
    assert!(driver.press("U").text().contains("kept.txt  mode"), "{}", driver.text());
}

#[test]
fn what_differs_in_more_than_metadata_comes_first() {
    let mut driver = compared(100, 40);
    let text = driver.press("tab enter").text();
    let at = |what: &str| text.lines().position(|line| line.contains(what)).expect("a row");
    assert!(at("odd") < at("kept.txt  mode"), "12 bytes that differ before 99 that do not: {text}");
}

#[test]
fn the_layer_from_which_on_the_cache_was_not_used_is_named() {
    let text = compared(80, 24).text();
    let expected = "layer 2 is the first difference: from here on, the build cache was not used";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn each_pane_has_as_many_lines_as_it_needs_if_there_is_room() {
    let text = compared(80, 24).text();
    assert!(["ADD", "COPY", "chmod", "touch"].iter().all(|part| text.contains(part)), "{text}");
    let text = compared(80, 24).press("tab enter").text();
    assert!(["app.js", "new/", "old.txt", "kept.txt", "more"].iter().all(|part| text.contains(part)), "{text}");
}

#[test]
fn two_images_chosen_from_the_list_lead_back_to_it_and_q_quits() {
    let listed = |index: usize| ListedImage {
        index,
        names: vec![format!("shop:1.{index}")],
        platform: None,
        digest: None,
        created: None,
        layers: 3,
        stored_bytes: Some(1),
        available: true,
        faulty: false,
        note: String::new(),
    };
    let mut driver = Driver::new(100, 30);
    driver.tell(Message::Images { images: vec![listed(4), listed(5)].into(), ask: Some(Question::Open) });
    driver.press("space down space enter");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::OpenImages(vec![4, 5])));
    driver.screen.begin_again(vec!["shop.tar".to_owned()]);
    let mut driver = driver.load(&build(true));
    driver.tell(pair());
    assert!(driver.text().contains("I images"), "{}", driver.text());
    assert!(driver.press("I").text().contains("Images · 2"), "{}", driver.text());
    assert!(driver.press("esc").text().contains("Layers of both"), "{}", driver.text());
    assert!(driver.press("esc").text().contains("Images · 2"), "{}", driver.text());
    driver.press("esc");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::Quit));

    let mut driver = compared(100, 30);
    assert!(!driver.text().contains("I images"), "{}", driver.text());
    driver.press("q");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::Quit));
}
