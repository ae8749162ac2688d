//! The scenario files of `tests/scenarios`, read.

use std::path::Path;

/// One case: layers, and what must come out of them.
#[derive(Default)]
pub struct Case {
    pub name: String,
    pub layers: String,
    pub merged: String,
    pub accounts: String,
    pub findings: String,
    pub engines: String,
}

/// Every case of every file.
pub fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios"))
        .expect("the scenarios lie in the project")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a readable scenario");
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (key, value) = line.split_once(':').expect("`key: value`");
            let value = value.trim().to_owned();
            if key == "case" {
                cases.push(Case { name: value, ..Case::default() });
                continue;
            }
            let case = cases.last_mut().expect("a case begins with its name");
            match key {
                "layers" => case.layers = value,
                "merged" => case.merged = value,
                "accounts" => case.accounts = value,
                "findings" => case.findings = value,
                "engines" => case.engines = value,
                other => panic!("{}: no such key: {other}", case.name),
            }
        }
    }
    cases
}
