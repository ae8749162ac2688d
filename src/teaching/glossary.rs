//! The words of this field, as the help, the man page and the report explain them. They are data: `assets/glossary.toml`.

use std::sync::OnceLock;

use serde::Serialize;
use toml::{Table, Value};

const FILE: &str = include_str!("../../assets/glossary.toml");

/// A word, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Term {
    /// The word.
    pub name: String,
    /// What it means, in a few sentences.
    pub text: String,
    /// The views where it is explained first.
    pub screens: Vec<String>,
    /// Related words.
    pub see: Vec<String>,
}

/// All words, by name.
///
/// # Panics
/// Never: the file is part of the program, and a test reads it.
pub fn glossary() -> &'static [Term] {
    static TERMS: OnceLock<Vec<Term>> = OnceLock::new();
    TERMS.get_or_init(|| {
        let mut terms = read(FILE).expect("a test reads the glossary");
        terms.sort_by_key(|term| term.name.trim_start_matches('<').to_lowercase());
        terms
    })
}

/// The words of one view, by name; then all others.
#[must_use]
pub fn words_of(screen: &str) -> (Vec<&'static Term>, Vec<&'static Term>) {
    glossary().iter().partition(|term| term.screens.iter().any(|known| known == screen))
}

fn read(text: &str) -> Option<Vec<Term>> {
    let table: Table = text.parse().ok()?;
    let list = |term: &Table, key: &str| -> Option<Vec<String>> {
        let words = term.get(key)?.as_array()?.iter();
        words.map(|word| word.as_str().map(str::to_owned)).collect()
    };
    let term = |value: &Value| {
        let term = value.as_table()?;
        let text = |key: &str| term.get(key)?.as_str().map(str::to_owned);
        Some(Term {
            name: text("name")?,
            text: text("text")?,
            screens: list(term, "screens")?,
            see: list(term, "see")?,
        })
    };
    table.get("term")?.as_array()?.iter().map(term).collect()
}

/// The man page `layerscope-glossary(7)`, in roff.
#[must_use]
pub fn man_page(version: &str) -> String {
    let mut page = format!(
        ".TH layerscope\\-glossary 7 \"\" \"{}\"\n.SH NAME\nlayerscope\\-glossary \\- the words of container images and \
         of layerscope\n.SH WORDS\n",
        roff(version)
    );
    for term in glossary() {
        let see = if term.see.is_empty() { String::new() } else { format!(" See also: {}.", term.see.join(", ")) };
        let text = roff(&format!("{}{see}", term.text));
        page.extend([".TP\n.B ", roff(&term.name).as_str(), "\n", text.as_str(), "\n"]);
    }
    page.push_str(".SH SEE ALSO\n.BR layerscope (1)\n");
    page
}

fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    // A line that begins with either of these is a request.
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_is_there_once_and_leads_to_words_that_are_there() {
        let terms = read(FILE).expect("the file is well-formed");
        assert!(terms.len() > 40);
        let names: BTreeSet<_> = terms.iter().map(|term| term.name.to_lowercase()).collect();
        assert_eq!(names.len(), terms.len(), "no word twice");
        let texts: BTreeSet<_> = terms.iter().map(|term| &term.text).collect();
        assert_eq!(texts.len(), terms.len(), "no text twice");
        for term in &terms {
            assert!(term.text.ends_with('.') && !term.text.contains('\n'), "{}", term.name);
            for other in &term.see {
                assert!(names.contains(&other.to_lowercase()) && *other != term.name, "{}: {other}", term.name);
            }
        }
    }

    #[test]
    fn the_words_of_the_field_are_there() {
        let words = "layer union whiteout copy-up digest image manifest container registry volume".split(' ');
        let phrases =
            ["opaque marker", "diff ID", "chain ID", "base image", "build cache", "<missing>", "container layer"];
        for word in words.chain(phrases) {
            assert!(glossary().iter().any(|term| term.name == word), "{word}");
        }
    }

    #[test]
    fn the_page_has_every_word_and_no_line_is_a_request_by_chance() {
        let page = man_page("layerscope 1.0");
        for term in glossary() {
            assert!(page.contains(&format!(".B {}\n", roff(&term.name))), "{}", term.name);
        }
        let requests = [".TH", ".SH", ".TP", ".B ", ".BR"];
        let strange =
            page.lines().find(|line| line.starts_with('.') && !requests.iter().any(|known| line.starts_with(known)));
        assert_eq!(strange, None);
    }
}
