//! `layerscope check`: verdicts, exit codes, formats, and where rules come from.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::archive::Archive;
use crate::tool::{Run, command, images, layerscope};

/// 1,000 bytes, of which 400 are overwritten by 100, and 300 removed: 700 of 1,100 are wasted.
fn wasteful() -> Archive {
    let (four, three, one): (Vec<u8>, Vec<u8>, Vec<u8>) = (vec![b'4'; 400], vec![b'3'; 300], vec![b'1'; 100]);
    Archive::new(&[
        ("base", vec![(b"a", &four), (b"key", &three), (b"<img src=x>|`", &four[..300])]),
        ("RUN rm key", vec![(b"a", &one), (b".wh.key", b"")]),
    ])
}

fn check(archive: &Archive, arguments: &[&str]) -> Run {
    let mut words = vec!["check".to_owned(), archive.path().to_str().expect("a path").to_owned()];
    words.extend(arguments.iter().map(|&argument| argument.to_owned()));
    layerscope(&words)
}

/// Runs in a folder that holds a file.
fn check_in(archive: &Archive, file: &str, text: &str, arguments: &[&str]) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(file), text).expect("room");
    let output = command().current_dir(folder.path()).arg("check").arg(archive.path()).args(arguments).output();
    let output = output.expect("the program starts");
    let stderr = String::from_utf8(output.stderr).expect("text on stderr");
    Run { code: output.status.code(), stdout: output.stdout, stderr }
}

fn verdict(run: &Run) -> (Option<i32>, &str) {
    (run.code, run.stderr.as_str())
}

#[test]
fn a_limit_is_kept_when_it_is_met_exactly_and_broken_one_beyond() {
    let archive = wasteful();
    for (kept, broken) in [
        (["--highest-wasted-bytes", "700"], ["--highest-wasted-bytes", "699"]),
        (["--highest-image-bytes", "1.1kB"], ["--highest-image-bytes", "1099"]),
        (["--highest-layers", "2"], ["--highest-layers", "1"]),
        (["--highest-layer-bytes", "1000"], ["--highest-layer-bytes", "999"]),
        (["--highest-file-bytes", "400"], ["--highest-file-bytes", "399"]),
        (["--lowest-efficiency", "0.36"], ["--lowest-efficiency", "0.37"]),
        (["--highest-wasted-percent", "64%"], ["--highest-wasted-percent", "0.63"]),
        (["--require", "a"], ["--require", "key"]),
        (["--forbid", "*.map"], ["--forbid", "/key"]),
    ] {
        let run = check(&archive, &kept);
        assert_eq!(verdict(&run), (Some(0), ""), "{kept:?}: {}", run.text());
        let run = check(&archive, &broken);
        assert_eq!(verdict(&run), (Some(1), ""), "{broken:?}: {}", run.text());
    }
}

#[test]
fn every_rule_says_what_it_saw_what_the_limit_was_and_where() {
    let archive = wasteful();
    let run =
        check(&archive, &["--highest-file-bytes", "350", "--forbid", "key", "--forbid-root", "--highest-layers", "9"]);
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(run.text());
}

#[test]
fn what_is_removed_but_stored_is_forbidden_too_and_what_is_only_stored_is_not_there() {
    let archive = wasteful();
    let json = check(&archive, &["--forbid", "key", "--require", "key", "--format", "json"]).json();
    let rule = |name: &str| {
        let rules = json["rules"].as_array().expect("rules");
        rules.iter().find(|rule| rule["rule"] == name).expect(name).clone()
    };
    assert_eq!(rule("forbidden-paths")["places"][0]["message"], "hidden by layer 2, but still stored");
    assert_eq!(rule("forbidden-paths")["places"][0]["layer"], 1);
    assert_eq!(rule("required-paths")["verdict"], "fail");
    assert_eq!(json["passed"], false);
}

#[test]
fn without_any_rule_the_efficiency_is_judged() {
    let run = check(&wasteful(), &[]);
    assert_eq!(run.code, Some(1));
    assert!(run.text().contains("lowest-efficiency"), "{}", run.text());
}

#[test]
fn rules_come_from_the_working_folder_and_flags_go_on_top() {
    let archive = wasteful();
    let toml = "[check]\nhighest-wasted-bytes = \"1MB\"\nforbidden-paths = [\"*.pem\"]\n";
    let run = check_in(&archive, ".layerscope.toml", toml, &[]);
    assert_eq!(verdict(&run), (Some(0), ""), "{}", run.text());
    assert!(!run.text().contains("lowest-efficiency"));
    let run = check_in(&archive, ".layerscope.toml", toml, &["--highest-wasted-bytes", "1"]);
    assert_eq!(run.code, Some(1));
}

#[test]
fn a_rule_file_with_faults_is_refused_with_all_of_them() {
    let archive = wasteful();
    let toml = "[check]\nhighest-waste-bytes = 1\nlowest-efficiency = 2\nforbidden-paths = [\"a[\"]\n[chek]\n";
    let why = check_in(&archive, ".layerscope.toml", toml, &[]).refusal();
    for part in [
        "`check.highest-waste-bytes`",
        "did you mean `check.highest-wasted-bytes`?",
        "`check.lowest-efficiency` must be a fraction",
        "`a[`",
        "did you mean `check`?",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
    assert!(check(&archive, &["--rules", "nonesuch.toml"]).refusal().contains("nonesuch.toml"));
    assert!(check(&archive, &["--lowest-efficiency", "90"]).refusal().contains("a fraction from 0 to 1"));
}

#[test]
fn growth_is_measured_from_an_image_or_from_the_json_of_one() {
    let (before, after) = (Archive::new(&[("base", vec![(b"a", &[b'4'; 1000])])]), wasteful());
    let saved = tempfile::tempdir().expect("a folder");
    let json = layerscope(&["summary".as_ref(), before.path().as_os_str(), "--format".as_ref(), "json".as_ref()]);
    fs::write(saved.path().join("before.json"), &json.stdout).expect("room");
    for baseline in [before.path(), saved.path().join("before.json")] {
        let baseline = baseline.to_str().expect("a path");
        let run = check(&after, &["--baseline", baseline, "--highest-growth-bytes", "100"]);
        assert_eq!(verdict(&run), (Some(0), ""), "{}", run.text());
        let run = check(&after, &["--baseline", baseline, "--highest-growth-percent", "9.9%"]);
        assert_eq!(run.code, Some(1), "{}", run.text());
    }
    assert_eq!(check(&after, &["--highest-growth-bytes", "1"]).code, Some(2), "since when?");
}

#[test]
fn an_image_that_cannot_be_read_to_its_end_is_not_passed() {
    let bytes = fs::read(images().join("docker20-legacy.tar")).expect("an archive");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cut.tar");
    // The cut falls into a layer; the manifest stands at the end of such archives, so it is put first.
    let mut damaged = bytes.clone();
    let at = damaged.windows(5).position(|five| five == b"ustar").expect("a header") + 512 * 8;
    for byte in &mut damaged[at..at + 4096] {
        *byte ^= 0xff;
    }
    fs::write(&file, damaged).expect("room");
    let run = layerscope(&["check".as_ref(), file.as_os_str(), "--highest-layers".as_ref(), "99".as_ref()]);
    assert_ne!(run.code, Some(0), "{}", run.text());
}

#[test]
fn dives_rules_are_judged_by_dives_figures_and_a_rule_left_out_keeps_its_default() {
    let archive = wasteful();
    let judged = |text: &str| {
        let run = check_in(&archive, ".dive-ci", text, &["--format", "json"]);
        assert_eq!(run.stderr, "");
        let json = run.json();
        let rules = json["rules"].as_array().expect("rules").clone();
        let verdict = |name: &str| {
            let rule = rules.iter().find(|rule| rule["rule"] == name).expect(name);
            rule["verdict"].as_str().expect("a verdict").to_owned()
        };
        ["dive-lowest-efficiency", "dive-highest-wasted-bytes", "dive-highest-user-wasted-percent"].map(verdict)
    };
    // dive: a 400 + 100, key 300 + 0, the odd name 300 once: 100 + 0 + 300 of 1,100; wasted 500 + 300; 800 of 100 user bytes.
    assert_eq!(judged(""), ["fail", "skipped", "fail"]);
    assert_eq!(
        judged("rules:\n  lowestEfficiency: 0.36\n  highestWastedBytes: 800B\n  highestUserWastedPercent: disabled\n"),
        ["pass", "pass", "skipped"]
    );
    assert_eq!(
        judged("rules:\n  lowestEfficiency: disabled\n  highestWastedBytes: 799\n"),
        ["skipped", "fail", "fail"]
    );
    assert_eq!(judged("rules:\n  lowestEfficiency: high\n  highestWastedBytes: off\n"), ["fail", "fail", "fail"]);
    let why = check_in(&archive, ".dive-ci", "rules:\n  lowestEficiency: 0.1\n", &[]).refusal();
    assert!(why.contains("did you mean `rules.lowestEfficiency`?"), "{why}");
}

#[test]
fn standard_output_is_the_chosen_format_and_nothing_else() {
    let archive = wasteful();
    let rules = ["--forbid", "<img*", "--highest-layers", "1", "--format"];
    let of = |format: &str| check(&archive, &[&rules[..], &[format]].concat());
    insta::assert_snapshot!("github", of("github").text());
    insta::assert_snapshot!("markdown", of("markdown").text());
    insta::assert_snapshot!("junit", of("junit").text());
    insta::assert_snapshot!("sarif", of("sarif").text());
    insta::assert_snapshot!("json", of("json").text());
}

#[test]
fn somebody_elses_parser_reads_every_rule_of_the_junit_report() {
    let archive = wasteful();
    let rules = ["--forbid", "<img*", "--highest-layers", "1", "--highest-image-bytes", "1MB", "--fail-on-junk", "low"];
    let of = |format: &str| check(&archive, &[&rules[..], &["--format", format]].concat());
    let junit = junit_parser::from_reader(of("junit").stdout.as_slice()).expect("JUnit");
    let document = of("json").json();
    let judged = document["rules"].as_array().expect("rules");
    assert_eq!(junit.suites.len(), 1);
    let suite = &junit.suites[0];
    assert_eq!(suite.name, "test:base");
    let of_verdict = |verdict: &str| judged.iter().filter(|rule| rule["verdict"] == verdict).count() as u64;
    let counted = (suite.tests, suite.failures, suite.errors, suite.skipped);
    assert_eq!(counted, (judged.len() as u64, of_verdict("fail"), 0, of_verdict("skipped")));
    assert!(of_verdict("fail") >= 2 && of_verdict("pass") >= 2, "{document}");
    assert_eq!((junit.tests, junit.failures), (suite.tests, suite.failures));
    for (case, rule) in suite.cases.iter().zip(judged) {
        assert_eq!(Some(case.original_name.as_str()), rule["rule"].as_str());
        assert_eq!(case.classname.as_deref(), Some("layerscope"));
        let verdict = if case.status.is_failure() { "fail" } else { "pass" };
        assert!(case.status.is_skipped() || rule["verdict"] == verdict, "{}", case.name);
    }
    let forbidden = suite.cases.iter().find(|case| case.original_name == "forbidden-paths").expect("the rule");
    let failure = forbidden.status.failure_as_ref();
    assert_eq!(failure.failure_type, "forbidden-paths");
    assert!(failure.message.ends_with("saw 1, limit **/<img*"), "{}", failure.message);
    // This parser leaves references out of what stands between tags; below, another reads that.
    assert!(failure.text.ends_with("|` · 300 B · in the final image · layer 1: base"), "{}", failure.text);
}

#[test]
fn somebody_elses_xml_parser_reads_the_places_of_the_junit_report() {
    let archive = wasteful();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("junit.xml");
    fs::write(&file, check(&archive, &["--forbid", "<img*", "--format", "junit"]).stdout).expect("room");
    let place = "string(//failure[@type='forbidden-paths'])";
    let Ok(output) = std::process::Command::new("xmllint").args(["--xpath", place]).arg(&file).output() else {
        // Past the test's own capture: whoever reads the output is to know.
        let _ =
            std::io::stderr().write_all(b"xmllint is not installed: the places of JUnit's XML are not read by it\n");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(text.trim_end(), "/<img src=x>|` · 300 B · in the final image · layer 1: base");
}

#[test]
fn somebody_elses_parsers_read_every_format() {
    let archive = wasteful();
    let of = |format: &str| check(&archive, &["--forbid", "<img*", "--highest-layers", "1", "--format", format]);
    let markdown = of("markdown");
    let parsed = pulldown_cmark::Parser::new_ext(markdown.text(), pulldown_cmark::Options::ENABLE_TABLES);
    let events: Vec<_> = parsed.collect();
    assert!(events.iter().any(|event| matches!(event, pulldown_cmark::Event::Start(pulldown_cmark::Tag::Table(_)))));
    let html = |event: &pulldown_cmark::Event<'_>| {
        matches!(event, pulldown_cmark::Event::Html(_) | pulldown_cmark::Event::InlineHtml(_))
    };
    assert!(!events.iter().any(html), "a name became more than text: {}", markdown.text());
    for (format, schema) in [("sarif", "sarif-2.1.0.json"), ("json", "check.schema.json")] {
        let schema = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(if format == "json" { "assets" } else { "tests/schemas" })
            .join(schema);
        let schema: serde_json::Value = serde_json::from_slice(&fs::read(schema).expect("a schema")).expect("JSON");
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let document = of(format).json();
        let faults: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{format}: {faults:?}");
    }
}
