//! The page of a report without a browser: whole, closed to everything outside, with its numbers in its own words.

use sha2::{Digest, Sha256};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::tool::layerscope;

fn page(image: &str) -> String {
    layerscope(&["report", image, "--format", "html", "-o", "-"]).ok().text().to_owned()
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    text.split_once(begin).and_then(|(_, rest)| rest.split_once(end)).map(|(inside, _)| inside).expect("it is there")
}

#[test]
fn the_page_says_the_main_numbers_without_its_script() {
    let page = page("docker20-legacy.tar");
    let said = page.split("<script").next().expect("a page");
    for words in [
        "<title>lessons:legacy · layerscope</title>",
        "<dd>233 kB</dd>",
        "126 kB</a> <small>54.3 %</small>",
        "var&#x2f;cache&#x2f;",
        "RUN &#x2f;t chmod 0640 &#x2f;srv&#x2f;app",
        "ENTRYPOINT [",
        "<caption>",
        "aria-sort=\"descending\"",
    ] {
        assert!(said.contains(words), "{words}");
    }
}

#[test]
fn nothing_runs_in_the_page_and_nothing_is_fetched_but_its_own_two_parts() {
    let page = page("lessons.tar.gz");
    let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\">");
    let policy = policy.replace("&#x27;", "'").replace("&#x2f;", "/");
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    let (style, script) = (between(&page, "<style>", "</style>"), between(&page, "<script>", "</script>"));
    for (source, text) in [("style-src", style), ("script-src", script)] {
        let hash = STANDARD.encode(Sha256::digest(text));
        assert!(policy.contains(&format!("{source} 'sha256-{hash}'")), "{source}: {policy}");
    }
    for outside in ["http://", "https://", "src=", "@import", "url(", " style=", " onclick", "innerHTML"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn the_page_holds_the_document_too() {
    let page = page("docker20-legacy.tar");
    let data = between(&page, "<script type=\"application/json\" id=\"data\">", "</script>");
    assert!(!data.contains('<'));
    let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
    let document = layerscope(&["report", "docker20-legacy.tar", "--format", "json", "-o", "-"]).ok().json();
    assert_eq!(data, document);
}

#[test]
fn the_page_begins_with_what_to_know_and_its_headings_are_in_order() {
    let page = page("lessons.tar.gz");
    let said = page.split("<script").next().expect("a page");
    let short = between(said, "id=\"verdict-title\">", "</section>");
    for words in [
        "<dd><a href=\"#secrets-title\">1</a></dd>",
        "1 secret that anyone who can pull the image can read, removed or not.",
        "Junk in 1 place.",
        "<strong>60 kB</strong> Remove <code>&#x2f;var&#x2f;cache&#x2f;index.bin</code> at the end of <code>RUN",
        "removed: stored by layer 3: RUN",
    ] {
        assert!(short.contains(words), "{words}: {short}");
    }
    assert_eq!(short.matches("<li>").count(), 3);

    assert!(said.starts_with("<!doctype html>\n<html lang=\"en\">"));
    for landmark in ["<header>", "<main>", "<footer>"] {
        assert_eq!(said.matches(landmark).count(), 1, "{landmark}");
    }
    let levels: Vec<u32> =
        said.match_indices("<h").filter_map(|(at, _)| said[at + 2..].chars().next()?.to_digit(10)).collect();
    assert_eq!(levels[0], 1);
    assert!(levels.windows(2).all(|two| two[1] > 1 && two[1] <= two[0] + 1), "{levels:?}");
    for head in said.split("<th").skip(1).filter(|head| !head.starts_with("ead")) {
        assert!(head.starts_with(" scope=\"col\"") || head.starts_with(" scope=\"row\""), "{head:.60}");
    }
    for section in said.split("<section aria-labelledby=\"").skip(1) {
        let id = section.split('"').next().expect("an id");
        assert_eq!(said.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
    for place in said.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(said.contains(&format!("id=\"{place}\"")), "{place}");
    }
}

#[test]
fn the_page_explains_its_words() {
    let page = page("lessons.tar.gz");
    let words = between(&page, "<dl id=\"glossary\">", "</dl>");
    assert_eq!(words.matches("<dt>").count(), layerscope::teaching::glossary().len());
    assert!(words.contains("<dt>&lt;missing&gt;</dt><dd>What <code>docker history</code> prints"), "{words}");
}

#[test]
fn long_tables_are_cut_and_say_so() {
    let names: Vec<_> = (0..510).map(|at| (format!("d{at}/.env"), format!("DB_PASSWORD=correct-horse-{at}"))).collect();
    let members = names.iter().map(|(name, text)| (name.as_bytes(), text.as_bytes())).collect();
    let archive = crate::archive::Archive::new(&[("ADD a /", vec![(b"x", b"x")]), ("COPY b /", members)]);
    let page = page(archive.path().to_str().expect("a path"));
    assert!(page.contains("<dd><a href=\"#secrets-title\">510</a></dd>"));
    assert!(page.contains("; the 500 surest of 510</caption>"));
    assert_eq!(between(&page, "<table id=\"secrets\">", "</table>").matches("<tr><td").count(), 500);
    let data = between(&page, "<script type=\"application/json\" id=\"data\">", "</script>");
    let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
    assert_eq!((data["secrets"].as_array().map(Vec::len), &data["secrets_total_count"]), (Some(500), &510.into()));
}
