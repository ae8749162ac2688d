//! Who may import whom, and which outside crates belong to one module alone. A design that nothing checks does not last.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A module, which of ours it may import, and the outside crates that it alone owns.
const ALLOWED: &[(&str, &[&str], &[&str])] = &[
    ("format", &[], &["humansize", "jiff", "unicode_width"]),
    ("image", &[], &["oci_spec", "sha2"]),
    ("provenance", &["image"], &[]),
    (
        "source",
        &["image", "provenance"],
        &[
            "oci_spec",
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
            "cap_std",
            "postcard",
            "rustix",
        ],
    ),
    ("union", &["image"], &[]),
    ("analysis", &["format", "image", "provenance", "union"], &["globset", "jiff", "oci_spec", "regex"]),
    ("container", &["image", "union", "analysis"], &[]),
    ("dive", &["image", "union"], &[]),
    ("lint", &["image", "union", "analysis"], &["elf", "regex"]),
    ("secrets", &["image", "provenance", "union", "analysis", "lint"], &["aho_corasick", "regex", "toml"]),
    ("cost", &["format", "image"], &["flate2"]),
    ("compare", &["format", "image", "union", "analysis", "lint", "secrets", "cost"], &[]),
    ("overview", &["format", "image", "union", "analysis", "lint", "secrets"], &[]),
    ("teaching", &["format", "image", "union", "analysis", "lint", "secrets", "cost", "overview"], &["toml"]),
    ("check", &["format", "image", "union", "analysis", "dive", "lint", "secrets", "overview"], &[]),
    ("verify", &["image", "source"], &[]),
    ("engine", &["image", "source"], &["toml", "ureq"]),
    ("export", &["image", "union"], &["tar"]),
    ("extract", &["image", "union"], &["cap_std", "rustix", "tempfile"]),
    (
        "report",
        &[
            "format",
            "image",
            "union",
            "analysis",
            "container",
            "dive",
            "lint",
            "secrets",
            "cost",
            "compare",
            "overview",
            "teaching",
            "check",
            "verify",
        ],
        &["quick_xml", "csv", "minijinja"],
    ),
    (
        "tui",
        &[
            "format", "image", "union", "analysis", "lint", "secrets", "cost", "compare", "overview", "teaching",
            "check", "extract",
        ],
        &["ratatui", "crossterm", "similar", "unicode_width", "globset", "regex", "nucleo_matcher", "rustix"],
    ),
    ("memory", &[], &[]),
    ("config", &["check"], &["toml", "serde_saphyr", "strsim"]),
    ("cli", &[], &["clap", "clap_complete", "clap_mangen"]),
    ("run", &["*"], &["flate2", "rustix", "tempfile"]),
];

/// The parts of the screen, from low to high: each imports only those before it.
const SCREEN_PARTS: &[&str] = &[
    "action",
    "keymap",
    "work",
    "widgets",
    "preferences",
    "search",
    "model",
    "view",
    "dialogs",
    "viewer",
    "selection",
    "screens",
    "app",
];

/// More files than these, and one view is spread over too many of them.
const MOST_FILES_OF_SCREEN: usize = 90;

/// Parts whose modules do not import each other, and those of their modules that all may import.
const SEPARATE: &[(&str, &[&str])] = &[("screens", &["filter", "shared"]), ("dialogs", &[])];

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

/// Every path in the text that begins with a word, as the word behind it.
fn paths_from<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    for at in places_of(text, start) {
        let rest = &text[at + start.len() + 2..];
        match group(rest) {
            Some(items) => found.extend(items.into_iter().map(first_word)),
            None => found.push(first_word(rest)),
        }
    }
    found.retain(|word| !word.is_empty());
    found
}

/// Where paths begin with a word.
fn places_of<'a>(text: &'a str, start: &str) -> impl Iterator<Item = usize> + use<'a> {
    let found: Vec<_> = text.match_indices(&format!("{start}::")).map(|(at, _)| at).collect();
    found.into_iter().filter(|&at| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

/// The items of a group in braces that the text begins with.
fn group(text: &str) -> Option<Vec<&str>> {
    let inside = text.strip_prefix('{')?;
    let (mut items, mut depth, mut begin) = (Vec::new(), 0, 0);
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                items.push(&inside[begin..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&inside[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    items.retain(|item| !item.trim().is_empty());
    Some(items)
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
    let core = [
        "format", "image", "source", "engine", "union", "analysis", "dive", "lint", "secrets", "check", "verify",
        "export", "report",
    ];
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

/// Every path in a source that leads to a module of ours, resolved, with those of a group one by one. Inline modules are
/// told by the indentation that rustfmt gives them.
fn resolved_paths(file: &Path, text: &str) -> Vec<Vec<String>> {
    let mut module: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_str().expect("a plain name").to_owned()).collect();
    if module.last().is_some_and(|name| name == "mod") {
        module.pop();
    }
    let mut found = Vec::new();
    let mut inline = Vec::new();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let indent = &line[..line.len() - line.trim_start().len()];
        if inline.last() == Some(&indent) && line.trim() == "}" {
            inline.pop();
            module.pop();
        }
        for start in ["crate", "super", "self"] {
            for at in places_of(line, start).filter(|&at| !line[..at].ends_with("in ")) {
                resolve(&text[line_start + at..], &module, &mut found);
            }
        }
        if let Some(name) = line.trim_end().strip_suffix(" {").and_then(|line| Some(line.split_once("mod ")?.1))
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        {
            inline.push(indent);
            module.push(name.to_owned());
        }
        line_start += line.len();
    }
    found
}

/// Resolves the path that the text begins with, in a module.
fn resolve(text: &str, module: &[String], found: &mut Vec<Vec<String>>) {
    let mut path = module.to_vec();
    let mut rest = text.trim_start();
    loop {
        match first_word(rest) {
            "crate" => path.clear(),
            "super" => drop(path.pop()),
            "self" | "" => {}
            word => path.push(word.to_owned()),
        }
        let Some(behind) = rest[first_word(rest).len()..].strip_prefix("::") else {
            found.push(path);
            return;
        };
        if let Some(items) = group(behind) {
            for item in items {
                resolve(item, &path, found);
            }
            return;
        }
        rest = behind;
    }
}

/// What is wrong with the imports of a source of the screen.
fn faults_of_screen(file: &Path, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let inside: Vec<&str> =
        file.iter().filter_map(|part| part.to_str()).map(|part| part.trim_end_matches(".rs")).collect();
    let height = |part: &str| SCREEN_PARTS.iter().position(|name| *name == part);
    let ["tui", part, rest @ ..] = &inside[..] else { return faults };
    if *part == "mod" {
        return faults;
    }
    let Some(own) = height(part) else { return vec![format!("{}: is in no part", file.display())] };
    let sibling = rest.first().copied().filter(|name| *name != "mod");
    for path in resolved_paths(file, text).iter().filter(|path| path.first().is_some_and(|word| word == "tui")) {
        let shown = path.join("::");
        let Some(to) = path.get(1).and_then(|part| height(part)) else {
            faults.push(format!("{}: `{shown}` is not in a part", file.display()));
            continue;
        };
        if to > own {
            faults.push(format!("{}: `{shown}` is in a higher part", file.display()));
        }
        if let Some((_, shared)) = SEPARATE.iter().find(|(name, _)| to == own && name == part)
            && let Some(sibling) = sibling
            && !path.get(2).is_some_and(|other| other == sibling || shared.contains(&other.as_str()))
        {
            faults.push(format!("{}: `{shown}` is not its own", file.display()));
        }
    }
    faults
}

#[test]
fn a_module_is_part_of_the_interface_only_by_what_lib_rs_exports() {
    let lib = include_str!("../../src/lib.rs");
    let mut before = "";
    for line in lib.lines() {
        let module = line.strip_prefix("pub mod ").map(|module| module.trim_end_matches(';'));
        let documented = module.filter(|_| before != "#[doc(hidden)]");
        assert!(documented.is_none_or(|module| ["format", "report"].contains(&module)), "{line} is not hidden");
        before = line;
    }
    assert!(!lib.contains("::*"), "exports are named");
}

#[test]
fn a_part_of_the_screen_imports_only_lower_parts_and_a_view_no_other_view() {
    let mut faults = Vec::new();
    for (file, text) in &modules()["tui"] {
        faults.extend(faults_of_screen(file, text));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let files = modules()["tui"].len();
    assert!(files <= MOST_FILES_OF_SCREEN, "{files} files: join two that hold one idea");
}

#[test]
fn wrong_imports_of_the_screen_are_found_however_they_are_written() {
    let faults = |file: &str, text: &str| faults_of_screen(Path::new(file), text).len();
    let layers = "tui/screens/layers/mod.rs";
    for allowed in [
        "use super::{filter, shared};\nuse crate::tui::view::{DrawContext, hints::{MOVE, QUIT}};",
        "use files::Files;\npub(in crate::tui) struct Layers;\nuse crate::union::View;",
        "mod tests {\n    use super::*;\n    use super::super::shared;\n}\nuse super::shared;",
    ] {
        assert_eq!(faults(layers, allowed), 0, "{allowed}");
    }
    for wrong in [
        "use crate::tui::app::Screen;",
        "use crate::tui::{\n    work::Job,\n    app::{self},\n};",
        "use super::super::app::Screen;",
        "let screen = crate::tui::app::Screen::new();",
        "use super::waste;",
        "use super::{shared, waste::Tally};",
        "use crate::tui::screens;",
        "use crate::tui::Screen;",
        "mod tests {\n    use super::super::waste;\n}",
    ] {
        assert_eq!(faults(layers, wrong), 1, "{wrong}");
    }
    assert_eq!(faults("tui/screens/mod.rs", "use crate::tui::screens::waste;"), 0, "the list of views knows them");
    assert_eq!(faults("tui/screens/shared.rs", "use super::waste;"), 1, "what views share knows none of them");
    assert_eq!(faults("tui/dialogs/jump.rs", "use super::Menu;"), 1, "dialogs do not know each other");
    assert_eq!(
        faults("tui/widgets/row.rs", "use crate::tui::model::Model;"),
        1,
        "a row does not know what an image is"
    );
}
