//! Who may import whom, and which outside crates belong to one module alone. A design that nothing checks does not last.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A module, which of ours it may import, and the outside crates that it alone owns.
const ALLOWED: &[(&str, &[&str], &[&str])] = &[
    ("format", &[], &["humansize", "jiff", "unicode_width"]),
    ("image", &[], &["oci_spec", "sha2"]),
    (
        "source",
        &["image"],
        &[
            "tar",
            "flate2",
            "libz_rs_sys",
            "zstd",
            "bzip2",
            "liblzma",
            "memmap2",
            "twox_hash",
            "tempfile",
            "blake3",
            "postcard",
            "rustix",
        ],
    ),
    ("union", &["image"], &[]),
    ("analysis", &["image", "union"], &["aho_corasick", "globset", "jiff", "regex"]),
    ("check", &["format", "image", "union", "analysis"], &[]),
    ("verify", &["image", "source"], &[]),
    ("export", &["image", "union"], &["tar"]),
    ("extract", &["image", "union"], &["cap_std", "rustix", "tempfile"]),
    ("report", &["format", "image", "union", "analysis", "check", "verify"], &["quick_junit", "csv", "minijinja"]),
    (
        "tui",
        &["format", "image", "union", "analysis", "check", "extract"],
        &["ratatui", "crossterm", "similar", "unicode_width", "globset", "regex", "nucleo_matcher"],
    ),
    ("memory", &[], &[]),
    ("config", &["check"], &["toml", "serde_saphyr", "strsim"]),
    ("cli", &[], &["clap", "clap_complete", "clap_mangen"]),
    ("run", &["*"], &["flate2", "tempfile"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The files of each module, with their text less comments.
fn modules() -> BTreeMap<String, Vec<(PathBuf, String)>> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut modules: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for file in files {
        let inside = file.strip_prefix(&src).expect("below src").to_path_buf();
        let module = inside.iter().next().and_then(|part| part.to_str()).expect("a plain name").trim_end_matches(".rs");
        let text = std::fs::read_to_string(&file).expect("a readable source");
        let code: String = text
            .lines()
            .map(|line| if line.trim_start().starts_with("//") { "" } else { line })
            .flat_map(|line| [line, "\n"])
            .collect();
        modules.entry(module.to_owned()).or_default().push((inside, code));
    }
    modules
}

/// Every path in the text that begins with a word, as that word and the one behind it.
fn paths_from<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(&format!("{start}::")) {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &text[at + start.len() + 2..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut begin = 0;
            for (at, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => {
                        found.push(first_word(&group[begin..at]));
                        break;
                    }
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.push(first_word(&group[begin..at]));
                        begin = at + 1;
                    }
                    _ => {}
                }
            }
        } else {
            found.push(first_word(rest));
        }
    }
    found.retain(|word| !word.is_empty());
    found
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    &text[..end]
}

#[test]
fn a_module_imports_only_what_the_table_allows() {
    let mut faults = Vec::new();
    for (module, files) in modules() {
        if module == "lib" || module == "main" {
            continue;
        }
        let Some((_, allowed, _)) = ALLOWED.iter().find(|(name, ..)| *name == module) else {
            faults.push(format!("{module}: is missing from the table"));
            continue;
        };
        for (file, text) in files {
            for used in paths_from(&text, "crate") {
                if used != module && !allowed.contains(&used) && !allowed.contains(&"*") {
                    faults.push(format!("{}: may not import `{used}`", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_outside_crate_stays_with_its_owners() {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (module, _, crates) in ALLOWED {
        for name in *crates {
            owners.entry(name).or_default().push(module);
        }
    }
    let mut faults = Vec::new();
    for (module, files) in modules() {
        for (file, text) in files {
            for (name, owners) in &owners {
                if !owners.contains(&module.as_str()) && !paths_from(&text, name).is_empty() {
                    faults.push(format!("{}: `{name}` belongs to {owners:?}", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_core_neither_prints_nor_exits_nor_reads_the_environment() {
    let core = ["format", "image", "source", "union", "analysis", "check", "verify", "report"];
    let mut faults = Vec::new();
    for (module, files) in modules().into_iter().filter(|(module, _)| core.contains(&module.as_str())) {
        let is_test = |file: &Path| file.components().any(|part| part.as_os_str() == "tests");
        for (file, text) in files.into_iter().filter(|(file, _)| !is_test(file)) {
            let tested = text.split("#[cfg(test)]").next().unwrap_or("");
            for word in ["println!", "eprintln!", "print!(", "process::exit", "env::var", "dbg!"] {
                if tested.contains(word) {
                    faults.push(format!("{module}: {} has `{word}`", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
