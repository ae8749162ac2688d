//! SARIF 2.1.0, as code scanning reads it. One result per violation; its file is the path in the image. Code scanning
//! requires a file, so results about a layer or the image get a name of that kind.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::check::{Judgement, RuleResult, Verdict, Violation};
use crate::image::StepSource;
use crate::report::{Subject, json};

use super::{place, seen};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The failed rules as SARIF.
///
/// # Errors
/// If `out` cannot be written.
pub fn check_sarif(subject: &Subject<'_>, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    let rules: Vec<_> = judgement
        .rules
        .iter()
        .map(|judged| json!({ "id": judged.rule, "shortDescription": { "text": judged.asks } }))
        .collect();
    let failed = judgement.rules.iter().enumerate().filter(|(_, judged)| judged.verdict == Verdict::Fail);
    let results: Vec<_> = failed.flat_map(|(index, judged)| results(subject, index, judged)).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "layerscope",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "results": results,
        }],
    });
    json::document(out, &document)
}

fn results(subject: &Subject<'_>, index: usize, judged: &RuleResult) -> Vec<Value> {
    let result = |message: String, locations: Value| {
        json!({
            "ruleId": judged.rule,
            "ruleIndex": index,
            "level": "error",
            "message": { "text": message },
            "locations": locations,
        })
    };
    if judged.places.is_empty() {
        return vec![result(seen(judged), json!([location(b"image")]))];
    }
    let at = |at: &Violation| {
        let message = format!("{}; {}", seen(judged), place(subject, at));
        let file = match (&at.path, at.layer) {
            (Some(path), _) => location(path.as_bytes()),
            (None, Some(layer)) => location(format!("layer-{layer}").as_bytes()),
            (None, None) => location(b"image"),
        };
        let source = at.step(subject.image).and_then(|step| step.source.as_ref());
        let file = source.map_or(file, |source| in_dockerfile(source, at));
        result(message, json!([file]))
    };
    judged.places.iter().map(at).collect()
}

/// Lines of the Dockerfile; a path of the image is a name there.
fn in_dockerfile(source: &StepSource, at: &Violation) -> Value {
    let mut place = location(source.file.strip_prefix("./").unwrap_or(&source.file).as_bytes());
    place["physicalLocation"]["region"] = json!({ "startLine": source.lines.first(), "endLine": source.lines.last() });
    if let Some(path) = &at.path {
        let (path, _) = json::text(path.as_bytes());
        place["logicalLocations"] = json!([{ "fullyQualifiedName": format!("/{path}"), "kind": "resource" }]);
    }
    place
}

/// A path as a relative reference, with every special byte percent-encoded.
fn location(path: &[u8]) -> Value {
    let mut uri = String::with_capacity(path.len());
    for &byte in path {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    json!({ "physicalLocation": { "artifactLocation": { "uri": uri } } })
}
