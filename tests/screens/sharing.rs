//! What is passed on to others: reports and findings.

use std::fmt::Write;

use layerscope::image::Config;
use layerscope::tui::LoopRequest;

use crate::driver::Driver;
use crate::fixture::{self, Made, Tar};

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

fn copied(fixture: &fixture::Fixture, keys: &str) -> String {
    let mut driver = Driver::opened(fixture, 80, 24);
    driver.press(keys);
    match driver.screen.take_request() {
        Some(LoopRequest::Copy(text)) => text,
        other => format!("{other:?} instead of a text: {}", driver.text()),
    }
}

#[test]
fn the_first_thing_to_copy_is_the_finding_as_markdown_with_its_proof() {
    let (shop, leaky) = (fixture::shop(), fixture::leaky());
    let mut all = String::new();
    for (name, fixture, keys) in [
        ("the image", &shop, "y enter"),
        ("a saving of the overview", &shop, "tab y 1"),
        ("a cause", &shop, "2 y 1"),
        ("a row of waste", &shop, "2 space down y 1"),
        ("a file", &shop, "end a tab home right down y 1"),
        ("a layer", &shop, "down down down y 1"),
        ("a secret", &leaky, "7 y 1"),
        ("junk", &leaky, "8 y 1"),
    ] {
        let _ = writeln!(all, "{name}\n\n{}", copied(fixture, keys));
    }
    insta::assert_snapshot!("markdown", all);
}

#[test]
fn the_markdown_of_a_saving_says_what_its_line_says() {
    let own = fixture::own_junk();
    let git = copied(&own, "tab home y 1");
    for said in [
        "**80 MB of junk: ",
        "`/app/.git/pack` (2 files)**",
        "- stored by layer 2: `COPY . /app`",
        "- also stored by layer 3: `RUN chown",
        "- fix: ",
        ".dockerignore",
        "layerscope junk",
    ] {
        assert!(git.contains(said), "no `{said}` in\n{git}");
    }
    let rest = copied(&own, "tab home down y 1");
    for said in [
        "**500 kB wasted: 2 files in `/app/` are stored, but rewritten**",
        "- 500 kB without `/app/.git/pack`, which is junk and counted there",
        "layerscope waste",
    ] {
        assert!(rest.contains(said), "no `{said}` in\n{rest}");
    }
    let marked = Driver::opened(&own, 80, 24).press("tab home m b").text();
    assert!(marked.contains("/app/.git/pack"), "{marked}");
}

#[test]
fn the_markdown_of_a_secret_has_none_of_its_value() {
    let leaky = fixture::leaky();
    for row in 0..8 {
        let text = copied(&leaky, &format!("7 {} y 1", "down ".repeat(row)));
        for value in ["zxcvbnmasdf34", "qwertyuiop12"] {
            assert!(!text.contains(value), "{text}");
        }
    }
}

#[test]
fn in_the_views_of_waste_the_basket_counts_the_wasted_bytes_alone() {
    let shop = fixture::shop();
    // libcrypto is stored by two layers, and only the first version is wasted.
    let mut of_waste = Driver::opened(&shop, 80, 24);
    let waste = of_waste.press("2 t t / l i b c r y p t o enter m b").text();
    assert!(waste.contains("where it is wasted") && waste.contains("4.7 MB of 86 MB smaller"), "{waste}");
    let mut of_files = Driver::opened(&shop, 80, 24);
    let files = of_files.press("end a tab / l i b c r y p t o enter m b").text();
    assert!(!files.contains("4.7 MB of 86 MB smaller") && files.contains("smaller"), "{files}");
}

#[test]
fn a_whole_cause_is_marked_and_unmarked() {
    let mut driver = Driver::opened(&fixture::shop(), 80, 24);
    let before = driver.press("2").text();
    let marked = driver.press("m").text();
    assert!(marked.contains("•  68 MB") || marked.contains("•   68 MB"), "{marked}");
    insta::assert_snapshot!("cause-in-basket-80x24", driver.press("b").text());
    assert_eq!(driver.press("esc m").text(), before);
}

#[test]
fn a_hard_link_says_why_it_saves_nothing() {
    let mut driver = Driver::opened(&fixture::shop(), 80, 24);
    let text = driver.press("end a tab home down right down m b").text();
    assert!(text.contains("0 B") && text.contains("hard link: the content stays as /bin/sh"), "{text}");
    let text = driver.press("esc down m b").text();
    assert!(!text.contains("the content stays"), "with all its names the content goes: {text}");
}

#[test]
fn the_basket_gives_the_fixes_of_causes_and_of_junk() {
    let text = copied(&fixture::wasteful(), "2 m down m b y");
    assert!(text.starts_with("# .dockerignore\n") || text.starts_with("# fixes\n# layer "), "{text}");
    assert!(!text.contains("# not from the build context"), "{text}");
    let fixes = text.lines().filter(|line| line.starts_with("# layer ")).count();
    assert_eq!(fixes, 2, "{text}");
    let text = copied(&fixture::leaky(), "8 home down m b y");
    assert_eq!(
        text,
        "# fixes\n# layer 2: end the `RUN` of `apt-get update` with `rm -rf /var/lib/apt/lists/*`, or mount a cache at /var/lib/apt/lists\n"
    );
}

#[test]
fn the_basket_gives_lines_of_dockerignore_and_the_fixes() {
    let made = vec![
        Made("WORKDIR /srv/app", None),
        Made("COPY . .", Some(Tar::new().file("srv/app/.git/pack", 9000).file("srv/app/main.js", 500))),
        Made("RUN rm -rf .git", Some(Tar::new().whiteout("srv/app/.wh..git"))),
        Made("RUN make", Some(Tar::new().file("out", 700))),
    ];
    let fixture = fixture::build(Config::default(), made, |_| {});
    let text = copied(&fixture, "2 m t t m space down m 1 esc end m b y");
    assert!(text.starts_with("# .dockerignore\n.git/pack\n.git\n# fixes\n# layer 2: keep "), "{text}");
    assert!(text.ends_with("\n# not from the build context\n# layer 3: RUN make\n"), "{text}");
    assert!(text.lines().filter(|line| !line.starts_with('#')).all(|line| line.starts_with(".git")), "{text}");
}
