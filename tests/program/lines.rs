//! The lines of the Dockerfile, wherever a layer, a cause, a secret or junk is named.

use std::fs;

use crate::tool::layerscope;
use crate::waste::fits_schema;

/// The Dockerfile of the archives, as the provenance of one of them has it.
fn dockerfile() -> tempfile::NamedTempFile {
    let context = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/lessons/Dockerfile");
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), fs::read(context).expect("a Dockerfile")).expect("room");
    file
}

#[test]
fn provenance_has_the_lines_of_everything_that_is_reported() {
    let run = |words: &[&str]| layerscope(&[words, &["demo"]].concat());
    let history = run(&["history", "--format", "json"]).ok().json();
    let lines = |row: &serde_json::Value| {
        let at = &row["dockerfile"];
        format!("{}:{}-{} {}", at["path"], at["first_line"], at["last_line"], at["evidence"]).replace('"', "")
    };
    let steps = history["history"].as_array().expect("steps");
    let chown = steps.iter().find(|row| row["created_by"].as_str().is_some_and(|text| text.contains("chown -R")));
    assert_eq!(lines(chown.expect("a step")), "Dockerfile:10-10 provenance");
    assert!(run(&["history"]).ok().text().lines().next().is_some_and(|line| line.ends_with("DOCKERFILE")));
    for (command, schema, rows, fields) in [
        ("waste", "waste.schema.json", "causes", &["dockerfile", "by_dockerfile"][..]),
        ("secrets", "secrets.schema.json", "secrets", &["dockerfile"]),
        ("junk", "junk.schema.json", "junk", &["dockerfile"]),
    ] {
        let json = run(&[command, "--format", "json"]).ok().json();
        fits_schema(&json, schema);
        let has = |row: &serde_json::Value| fields.iter().all(|field| row[field]["path"] == "Dockerfile");
        assert!(json[rows].as_array().expect("rows").iter().any(has), "{command}");
        assert!(run(&[command]).ok().text().contains("Dockerfile:"), "{command}");
    }
    for format in ["markdown", "html", "json"] {
        assert!(run(&["report", "-o", "-", "--format", format]).ok().text().contains("Dockerfile"), "{format}");
    }
}

#[test]
fn a_row_of_waste_has_the_lines_of_its_layers_in_every_format() {
    let run = |words: &[&str]| layerscope(&[words, &["demo"]].concat());
    let history = run(&["history", "--format", "json"]).ok().json();
    let steps = history["history"].as_array().expect("steps");
    let of_layer = |layer: &serde_json::Value| {
        let step = steps.iter().find(|step| step["layer"] == *layer && !layer.is_null());
        step.map_or(&serde_json::Value::Null, |step| &step["dockerfile"])
    };
    let rows_agree = |rows: &serde_json::Value| {
        let rows = rows.as_array().expect("rows");
        assert!(rows.iter().any(|row| row["by_dockerfile"]["first_line"].is_u64()), "{rows:?}");
        for row in rows {
            assert_eq!(&row["dockerfile"], of_layer(&row["layer"]), "{row}");
            assert_eq!(&row["by_dockerfile"], of_layer(&row["by_layer"]), "{row}");
        }
    };
    let waste = run(&["waste", "--all", "--format", "json"]).ok().json();
    fits_schema(&waste, "waste.schema.json");
    rows_agree(&waste["waste"]);
    rows_agree(&waste["causes"]);
    let report = run(&["report", "-o", "-", "--format", "json"]).ok().json();
    fits_schema(&report, "report.schema.json");
    rows_agree(&report["waste"]);
    // The rules about waste fail at the same lines.
    let check = |format: &str| layerscope(&["check", "demo", "--highest-wasted-bytes", "1", "--format", format]);
    let causes = waste["causes"].as_array().expect("causes");
    let json = check("json").json();
    fits_schema(&json, "check.schema.json");
    let rules = json["rules"].as_array().expect("rules");
    let judged = rules.iter().find(|rule| rule["rule"] == "highest-wasted-bytes").expect("the rule");
    let sarif: serde_json::Value = serde_json::from_str(check("sarif").text()).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert_eq!(judged["places"].as_array().map(Vec::len), Some(causes.len()));
    for ((cause, at), result) in causes.iter().zip(judged["places"].as_array().expect("places")).zip(results) {
        assert_eq!(cause["by_dockerfile"], at["dockerfile"]);
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region["startLine"], cause["by_dockerfile"]["first_line"], "{cause}");
        assert_eq!(region["endLine"], cause["by_dockerfile"]["last_line"], "{cause}");
    }
    let first = causes.iter().find_map(|cause| cause["by_dockerfile"]["first_line"].as_u64()).expect("lines");
    let github = check("github");
    assert!(
        github.text().contains(&format!("highest-wasted-bytes,file=Dockerfile,line={first},")),
        "{}",
        github.text()
    );
}

#[test]
fn build_servers_are_led_to_the_lines() {
    let run = |format: &str| layerscope(&["check", "demo", "--forbid-secrets", "--format", format]);
    let sarif: serde_json::Value = serde_json::from_str(run("sarif").text()).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let place = &results.iter().find(|result| result["locations"][0]["logicalLocations"].is_array()).expect("a file")["locations"]
        [0];
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "Dockerfile");
    assert!(place["physicalLocation"]["region"]["startLine"].is_u64(), "{place}");
    let github = run("github");
    assert!(github.text().contains(",file=Dockerfile,line="), "{}", github.text());
    let json = run("json").json();
    fits_schema(&json, "check.schema.json");
    assert!(run("text").text().contains(", Dockerfile:"));
}

#[test]
fn a_dockerfile_that_is_named_has_the_lines_where_there_is_no_provenance() {
    let file = dockerfile();
    let path = file.path().to_str().expect("a path");
    let json = layerscope(&["layers", "docker20-legacy.tar", "--dockerfile", path, "--format", "json"]).ok().json();
    let first =
        json["layers"].as_array().expect("layers").iter().map(|layer| layer["dockerfile"]["first_line"].as_u64());
    assert_eq!(first.collect::<Option<Vec<_>>>().expect("all"), [5, 6, 7, 8, 10, 12, 14, 16, 18, 19, 21, 22]);
    assert_eq!(json["layers"][0]["dockerfile"]["evidence"], "dockerfile");
}

#[test]
fn a_dockerfile_that_gives_no_lines_is_said_to() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().to_str().expect("a path");
    for (text, said) in [
        ("FROM alpine\nRUN apk add curl\nCMD [\"curl\"]\n", "does not look like this image's Dockerfile"),
        ("# nothing\n", "cannot be read as a Dockerfile: it has no instructions; no lines are shown"),
        ("FROM a\nRUN \u{1b}[2J\\\n", "does not look like"),
        ("HELLO\n", "line 1: unknown instruction `HELLO`"),
    ] {
        fs::write(file.path(), text).expect("room");
        let run = layerscope(&["layers", "docker20-legacy.tar", "--dockerfile", path, "--format", "json"]);
        assert_eq!(run.code, Some(0));
        assert!(run.stderr.contains(said), "{}", run.stderr);
        assert!(!run.text().contains("\"dockerfile\""), "{text}");
    }
    let missing = layerscope(&["layers", "docker20-legacy.tar", "--dockerfile", "/nowhere/Dockerfile"]).refusal();
    assert!(missing.starts_with("cannot read the Dockerfile `/nowhere/Dockerfile`"), "{missing}");
    let folder = layerscope(&["layers", "docker20-legacy.tar", "--dockerfile", "."]).refusal();
    assert!(folder.contains("it is a folder"), "{folder}");
}
