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
        "126 kB <small>54.3 %</small>",
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
    let page = page("demo");
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
