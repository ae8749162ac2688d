//! How the room of a screen is used: folders that share a row, instructions that wrap, and what is handed to other programs.

use layerscope::image::Config;
use layerscope::tui::LoopRequest;

use crate::driver::Driver;
use crate::find::typed;
use crate::fixture::{self, Made, Tar};

#[test]
fn folders_with_one_folder_inside_are_one_row_for_every_key() {
    let deep = (0..20).map(|at| format!("deep{at:02}/")).collect::<Vec<_>>().concat();
    let wide = "名".repeat(60);
    let mut tar = Tar::new();
    for name in ["a", "b"] {
        tar = tar.file(&format!("{deep}{name}"), 1_000).file(&format!("srv/{wide}/\x1b[31m/{name}"), 10);
    }
    let made = vec![Made("COPY . /", Some(tar)), Made("RUN touch", Some(Tar::new().file(&format!("{deep}c"), 1)))];
    let fixture = fixture::build(Config::default(), made, |_| {});
    let mut driver = Driver::with(&fixture, 80, 24);
    driver.press("down a tab");
    // The end of the chain is visible, its beginning is cut.
    assert!(driver.selected_lines()[0].contains("▸ …"), "{}", driver.text());
    assert!(driver.selected_lines()[0].trim_end().ends_with("deep18/deep19/"), "{}", driver.text());
    driver.press("down");
    assert!(driver.selected_lines()[0].trim_end().ends_with("/\\x1b[31m/"), "{}", driver.text());
    driver.press("up right down");
    assert!(driver.selected_lines()[0].trim_end().ends_with(" a"), "{}", driver.text());
    assert!(driver.press("left").selected_lines()[0].contains("▾ …"), "{}", driver.text());
    assert!(driver.press("left").selected_lines()[0].contains("▸ …"), "{}", driver.text());
    assert!(driver.press("left").text().contains("━ Layers"), "{}", driver.text());
    // What is marked and copied is the innermost folder, and a jump to any folder of the chain finds its row.
    driver.press("tab y 2");
    let copied = driver.screen.take_request();
    assert_eq!(copied, Some(LoopRequest::Copy(format!("/{}", deep.trim_end_matches('/')))));
    driver.press("m");
    assert!(driver.selected_lines()[0].contains('*') || driver.text().contains("1 marked"), "{}", driver.text());
    driver.press("z end").press("ctrl-p").press(&typed("deep07")).press("enter");
    assert!(driver.selected_lines()[0].contains("deep19/"), "{}", driver.text());
    // A filter leads through the chain to what matches, and the changes of a layer have it, too.
    driver.press("shift-tab end tab /").press(&typed("deep19/c")).press("enter");
    assert!(driver.text().contains("deep18/deep19/"), "{}", driver.text());
    assert!(driver.selected_lines()[0].trim_end().ends_with(" c"), "{}", driver.text());
    driver.press("esc home");
    assert!(driver.selected_lines()[0].contains("deep18/deep19/"), "{}", driver.text());
    driver.press("right");
    assert!(driver.selected_lines()[0].trim_end().ends_with(" c"), "{}", driver.text());
}

/// What a key hands to the pager.
fn paged(driver: &mut Driver, keys: &str) -> String {
    driver.press(keys);
    let Some(LoopRequest::Page(text)) = driver.screen.take_request() else {
        unreachable!("nothing is paged:\n{}", driver.text())
    };
    let mut out = Vec::new();
    text.write_to(&mut out).expect("memory is enough");
    String::from_utf8(out).expect("text")
}

#[test]
fn the_pager_gets_the_whole_content_as_it_is_shown_and_nothing_raw() {
    let made = |name: &str, size: u64| {
        let tar = Tar::new().file(name, size);
        fixture::build(Config::default(), vec![Made("COPY . /", Some(tar))], |_| {})
    };
    let mut text = Driver::with(&made("log.txt", 30_000), 80, 24);
    let lines = paged(&mut text, "tab enter o");
    assert!(lines.starts_with("line 1 of layer 1\nline 2 of layer 1\n") && lines.len() == 30_001, "{}", lines.len());
    let hex = paged(&mut Driver::with(&made("tool.bin", 100), 80, 24), "tab enter o");
    assert_eq!(hex.lines().count(), 7, "{hex}");
    assert!(hex.starts_with("00000000  ") && hex.chars().all(|letter| letter == '\n' || !letter.is_control()), "{hex}");
    let members = paged(&mut Driver::with(&made("package.tar.gz", 100), 80, 24), "tab enter o");
    assert!(members.contains("evil\\x1b[31mred") && members.contains("package/readme → README.md"), "{members}");
    let torn = paged(&mut Driver::with(&made("torn", 200), 80, 24), "tab enter o");
    assert!(
        torn.lines().last().is_some_and(|last| last.starts_with("layerscope: the content ends after 60")),
        "{torn}"
    );
    let mut none = Driver::with(&made("empty", 0), 80, 24);
    none.press("tab enter o");
    assert_eq!(none.screen.take_request(), None);
    assert!(none.text().contains("the file is empty"), "{}", none.text());
    text.press("d o");
    assert_eq!(text.screen.take_request(), None);
    assert!(text.text().contains("go back to the content first"), "{}", text.text());
    text.press("esc esc o");
    assert!(text.text().contains("no such key here"), "{}", text.text());
}

#[test]
fn instructions_wrap_onto_a_second_line_where_all_layers_still_fit() {
    let mut driver = Driver::opened(&fixture::shop(), 120, 40);
    insta::assert_snapshot!("wrapped-120x40", driver.press("down").picture());
    driver.has("apt-get install -y --no…");
    // The second line is part of its row: a click selects that row, and the next row is one key away.
    driver.click_on("apt-get install -y --no…").has("Files of layer 2");
    driver.press("down").has("Files of layer 3");
    let continues = |text: &str| {
        let inside = |line: &str| line.trim_start_matches(['┃', '│', ' ']).starts_with("chown -R 1000:1000 star…");
        text.lines().any(inside)
    };
    assert!(continues(&Driver::opened(&fixture::shop(), 120, 40).text()));
    for (width, height) in [(119, 40), (120, 39), (80, 24)] {
        let text = Driver::opened(&fixture::shop(), width, height).text();
        assert!(!continues(&text), "{width}×{height}: {text}");
    }
    // With more layers than fit on two lines each, each has one.
    let long = "RUN a long instruction that would need two lines to be read as a whole";
    let made = (0..16).map(|_| Made(long, Some(Tar::new())));
    let many = fixture::build(Config::default(), made.collect(), |_| {});
    let text = Driver::opened(&many, 120, 40).text();
    let rows: Vec<_> =
        text.lines().enumerate().filter(|(_, line)| line.contains("RUN a long")).map(|(at, _)| at).collect();
    assert!(rows.len() >= 16 && rows[15] == rows[0] + 15, "{rows:?} {text}");
}

#[test]
fn instructions_of_the_history_wrap_onto_a_second_line_where_all_steps_still_fit() {
    let continues = |text: &str| {
        text.lines().any(|line| line.trim_start_matches(['┃', ' ']).starts_with("--no-install-recommends gcc"))
    };
    let mut driver = Driver::opened(&fixture::shop(), 120, 40);
    assert!(continues(&driver.press("4 s").text()), "{}", driver.text());
    // The second line is part of its row.
    driver.click_on("libssl-dev").has("Layer 2 of 5");
    assert_eq!(driver.selected_lines().len(), 2, "{}", driver.text());
    driver.press("down").has("┌ No layer");
    driver.press("down").has("Layer 1 of 5");
    for (width, height) in [(119, 40), (120, 39), (80, 24)] {
        let text = Driver::opened(&fixture::shop(), width, height).press("4 s").text();
        assert!(!continues(&text), "{width}×{height}: {text}");
    }
    let long = "RUN a long instruction that would need two lines to be read as a whole, as it has so many words in it";
    let made = (0..16).map(|_| Made(long, Some(Tar::new())));
    let many = fixture::build(Config::default(), made.collect(), |_| {});
    let text = Driver::opened(&many, 120, 40).press("4").text();
    let rows: Vec<_> =
        text.lines().enumerate().filter(|(_, line)| line.contains("RUN a long")).map(|(at, _)| at).collect();
    assert!(rows.len() >= 16 && rows[15] == rows[0] + 15, "{rows:?} {text}");
}

/// The first row of the pane with this title, and the number of its rows.
fn pane(text: &str, title: &str) -> (usize, usize) {
    let lines: Vec<_> = text.lines().collect();
    let begin = lines.iter().position(|line| line.contains(title)).expect(title);
    let rest = &lines[begin + 1..];
    (begin, rest.iter().position(|line| line.starts_with(['└', '┗', '─', '━', '┌', '┏'])).unwrap_or(rest.len()))
}

#[test]
fn details_are_no_higher_than_their_text_and_leave_the_rest_to_a_list_that_needs_it() {
    let fixture = fixture::large(40, 20);
    for (width, height) in [(80, 24), (120, 40)] {
        let mut driver = Driver::with(&fixture, width, height);
        let text = driver.press("2").text();
        let (begin, details) = pane(&text, " Details ");
        let shown: Vec<_> = text.lines().skip(begin + 1).take(details).collect();
        let last = shown.last().expect("a line").trim_matches(['│', '┃', '█', ' ']);
        assert!(!last.is_empty(), "{width}×{height}: the details end with an empty line\n{text}");
        // The border stays where it is while one walks through rows whose texts are as long.
        let before = pane(&driver.press("down").text(), " Details ");
        assert_eq!(pane(&driver.press("down").text(), " Details "), before);
    }
    // The details of a step without a layer are short, and so the list of layers gets their lines.
    let steps = (0..60).map(|_| Made("ENV A=b", None)).collect();
    let mut driver = Driver::with(&fixture::build(Config::default(), steps, |_| {}), 120, 40);
    let (_, layers) = pane(&driver.press("end").text(), "Layers ·");
    assert!(layers >= 23, "{layers}: {}", driver.text());
}

#[test]
fn whatever_scrolls_has_a_scrollbar() {
    let fixture = fixture::large(12, 12);
    for (keys, what, height) in [
        ("1 end tab tab", "details", 16),
        ("home", "overview", 13),
        ("2 tab", "details of waste", 16),
        ("5", "image", 16),
        ("?", "help", 16),
        ("? tab", "words", 16),
        ("ctrl-p f i l e", "jump", 12),
        ("a tab end enter", "content", 12),
        ("y", "menu", 9),
    ] {
        for width in [80, 100] {
            let text = Driver::with(&fixture, width, height).press(keys).text();
            let is_bar = |line: &str| line.contains("█│") || line.trim_end().ends_with('█');
            assert!(text.lines().any(is_bar), "{what} at {width}×{height}:\n{text}");
        }
    }
}

#[test]
fn caused_is_shown_where_the_instruction_keeps_room() {
    let mut driver = Driver::with(&fixture::leaky(), 120, 40);
    insta::assert_snapshot!("layers-120x40", driver.press("1 home").picture());
    let heads = |width| {
        let text = Driver::with(&fixture::leaky(), width, 40).press("1 home").text();
        text.lines().find(|line| line.contains("instruction")).expect("heads").to_owned()
    };
    assert!(heads(120).contains("caused"), "{}", heads(120));
    assert!(!heads(112).contains("caused"), "{}", heads(112));
}
