//! What is passed on to others: reports and findings.

use layerscope::image::Config;

use crate::driver::Driver;
use crate::fixture;

fn last_line(driver: &mut Driver) -> String {
    driver.text().lines().last().unwrap_or_default().trim().to_owned()
}

/// Replaces what is in a prompt.
fn type_over(driver: &mut Driver, text: &str) {
    let keys: Vec<String> = text.chars().map(String::from).collect();
    driver.press("ctrl-u").press(&keys.join(" "));
}

#[test]
fn e_asks_for_the_format_and_the_file_of_a_report() {
    let mut driver = Driver::with(&fixture::shop(), 80, 24);
    insta::assert_snapshot!("report-80x24", driver.press("2 e").text());
    driver.press("tab");
    assert!(driver.text().contains(" ./app-1.4.md "), "{}", driver.text());
    driver.press("enter");
    assert_eq!(last_line(&mut driver), "report written to /home/me/./app-1.4.md");
    assert!(driver.text().contains(" Wasted "), "the view stays: {}", driver.text());
    driver.press("down");
    assert_eq!(
        last_line(&mut driver),
        "report written to /home/me/./app-1.4.md",
        "a key does not take it away at once"
    );
}

#[test]
fn a_report_replaces_a_file_only_after_a_question() {
    let mut driver = Driver::with(&fixture::shop(), 80, 24);
    driver.press("e");
    type_over(&mut driver, "there.md");
    driver.press("enter");
    insta::assert_snapshot!("report-exists-80x24", driver.text());
    // Another name is another question.
    driver.press("x enter");
    assert!(driver.text().contains("report written to /home/me/there.mdx"), "{}", driver.text());
    driver.press("e");
    type_over(&mut driver, "there.md");
    driver.press("enter enter");
    assert!(driver.text().contains("report written to /home/me/there.md"), "{}", driver.text());
}

#[test]
fn a_report_that_cannot_be_written_says_why_and_the_prompt_stays() {
    let mut driver = Driver::with(&fixture::shop(), 80, 24);
    driver.press("e");
    type_over(&mut driver, "report");
    driver.press("enter");
    assert!(last_line(&mut driver).contains("let the name end in .html or .md"));
    assert!(driver.text().contains("Write a report to:"));
    driver.press("esc");
    assert!(!driver.text().contains("Write a report to:"));
}

#[test]
fn no_report_is_written_before_contents_are_compared() {
    let fixture = fixture::build(Config::default(), Vec::new(), |_| {});
    let mut driver = Driver::new(80, 24);
    driver.tell(fixture.opened());
    driver.press("e");
    assert!(last_line(&mut driver).starts_with("a report can be written once"), "{}", driver.text());
}
