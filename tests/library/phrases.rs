//! Texts use the words that people search for: phrases that are never right are refused, here by one list.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use regex::{Regex, RegexBuilder};

const REFUSED: &str = include_str!("../phrases.txt");

fn refused() -> Vec<(Regex, &'static str)> {
    let lines = REFUSED.lines().filter(|line| !line.starts_with('#'));
    let phrases = lines.map(|line| {
        let (phrase, instead) = line.split_once('\t').expect("a phrase, a tab, and what to write instead");
        let regex = RegexBuilder::new(&phrase.replace(' ', r"\s+")).case_insensitive(!phrase.contains("[A-Z]")).build();
        (regex.expect(phrase), instead)
    });
    phrases.collect()
}

/// A text with comment marks and line continuations blanked out, so that a phrase may run over the end of a line. Lengths
/// stay as they are.
fn running(text: &str) -> String {
    let mut running = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let marked = line.trim_start();
        let indent = line.len() - marked.len();
        let mark = marked.len() - marked.trim_start_matches(['/', '!', '#', '*', '>']).len();
        running.push_str(&" ".repeat(indent + mark));
        running.push_str(&line[indent + mark..]);
    }
    running.replace("\\\n", " \n")
}

fn texts(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            texts(&entry.unwrap().path(), found);
        }
    } else if path
        .extension()
        .is_some_and(|kind| ["rs", "toml", "json", "md", "html", "js", "css"].iter().any(|known| kind == *known))
    {
        found.push(path.to_owned());
    }
}

fn faults(name: &str, text: &str, refused: &[(Regex, &str)], faults: &mut String) {
    let running = running(text);
    for (phrase, instead) in refused {
        for found in phrase.find_iter(&running) {
            let line = running[..found.start()].matches('\n').count() + 1;
            let words = found.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
            writeln!(faults, "{name}:{line}: `{words}`: write {instead}").unwrap();
        }
    }
}

#[test]
fn no_text_uses_a_refused_phrase() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for part in [
        "src",
        "assets",
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "Cargo.toml",
        "examples",
        "benches",
    ] {
        texts(&root.join(part), &mut files);
    }
    files.sort();
    assert!(files.len() > 100, "the sources are there");
    let (refused, mut found) = (refused(), String::new());
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        faults(&file.strip_prefix(root).unwrap().display().to_string(), &text, &refused, &mut found);
    }
    assert!(found.is_empty(), "{found}");
}

#[test]
fn a_refused_phrase_is_found_over_the_end_of_a_line() {
    let mut found = String::new();
    faults("x", "/// What is stored for\n/// nothing.\n", &refused(), &mut found);
    assert_eq!(found, "x:1: `stored for nothing`: write wasted\n");
}
