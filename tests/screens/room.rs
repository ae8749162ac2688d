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
