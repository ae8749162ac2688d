//! `layerscope secrets`: what is found, what is told of it, and that nothing else is. Every secret is made here.

use std::path::Path;

use crate::archive::Archive;
use crate::tool::{Run, layerscope};
use crate::waste::fits_schema;

const WORD: &str = "correct-horse-9";

/// A key of no use.
pub fn key() -> String {
    let letters: String = (0..96u32).filter_map(|at| char::from_u32(65 + (at * 7) % 26)).collect();
    let (dashes, label) = ("-".repeat(5), "PRIVATE KEY");
    format!("{dashes}BEGIN {label}{dashes}\nMIIE{letters}\n{dashes}END {label}{dashes}\n")
}

/// A base with a test key of some package; a key that is removed later, a file of variables that is overwritten, and a
/// command that quotes a password.
fn leaky() -> Archive {
    let (key, env) = (key(), format!("DB_PASSWORD={WORD}\n"));
    let certificate = key.replace("PRIVATE KEY", "CERTIFICATE");
    let run = format!("RUN export API_TOKEN={WORD}-2 && \u{1b}make");
    Archive::new(&[
        ("ADD rootfs.tar /", vec![(b"usr/lib/tests/key.txt", key.as_bytes()), (b"etc/os-release", b"x")]),
        (
            "COPY . /app",
            vec![
                (b"app/id\x1b_rsa", key.as_bytes()),
                (b"app/.env", env.as_bytes()),
                (b"app/ca-cert.pem", certificate.as_bytes()),
                (b"app/translation.key", b"hello"),
                (b"app/tests/key.txt", key.as_bytes()),
            ],
        ),
        (&run, vec![(b"app/.wh.id\x1b_rsa", b""), (b"app/.env", b"PORT=80\n")]),
    ])
}

fn run(path: &Path, arguments: &[&str]) -> Run {
    let mut words = vec!["secrets".to_owned(), path.to_str().expect("a path").to_owned()];
    words.extend(arguments.iter().map(|&argument| argument.to_owned()));
    layerscope(&words)
}

#[test]
fn what_was_removed_or_overwritten_is_found_and_said_to_be_still_stored() {
    let archive = leaky();
    let json = run(&archive.path(), &["--format", "json"]).ok().json();
    fits_schema(&json, "secrets.schema.json");
    let told: Vec<_> = json["secrets"]
        .as_array()
        .expect("secrets")
        .iter()
        .map(|one| format!("{} {} {} {} {}", one["kind"], one["severity"], one["path"], one["state"], one["layer"]))
        .collect();
    assert_eq!(
        told,
        [
            r#""env-file" "high" "app/.env" "overwritten" 2"#,
            r#""private-key" "high" "app/id\u001b_rsa" "removed" 2"#,
            r#""command" "medium" null "live" 3"#,
            r#""private-key" "medium" "app/tests/key.txt" "live" 2"#,
        ],
        "{json}"
    );
}

#[test]
fn no_format_shows_a_secret_or_steers_a_terminal_unless_told_to_show() {
    let archive = leaky();
    for format in ["text", "json", "ndjson"] {
        let hidden = run(&archive.path(), &["--format", format]).ok();
        assert!(!hidden.text().contains(WORD) && !hidden.text().contains("MIIE\u{41}"), "{}", hidden.text());
        assert!(hidden.text().contains("corr"), "{}", hidden.text());
        let shown = run(&archive.path(), &["--format", format, "--show-secrets"]).ok();
        assert!(shown.text().contains(WORD), "{}", shown.text());
        for text in [hidden.text(), shown.text()] {
            assert!(!text.contains('\u{1b}'), "{text}");
        }
    }
    insta::assert_snapshot!(run(&archive.path(), &[]).ok().text());
}

#[test]
fn whatever_is_written_has_no_secret_of_the_history_unless_that_is_asked_for() {
    let archive = leaky();
    let path = archive.path();
    let path = path.to_str().expect("a path");
    let formats: [(&str, &[&str], bool); 8] = [
        ("summary", &["text", "json"], true),
        ("layers", &["text", "json", "ndjson"], true),
        ("history", &["text", "json", "dockerfile"], true),
        ("waste", &["text", "json", "ndjson"], true),
        ("secrets", &["text", "json", "ndjson"], true),
        ("junk", &["text", "json"], false),
        ("check", &["text", "json", "junit", "sarif", "github", "markdown"], false),
        ("report", &["html", "markdown", "json", "csv", "dive-json", "ncdu"], false),
    ];
    for (command, formats, shows) in formats {
        for format in formats {
            let mut words = vec![command, path, "--format", format];
            match command {
                "report" => words.extend(["-o", "-"]),
                "check" => words.extend(["--highest-layers", "1", "--highest-layer-bytes", "0"]),
                "history" if *format == "text" => words.push("--no-trunc"),
                _ => {}
            }
            let hidden = layerscope(&words);
            assert!(!hidden.text().is_empty() && !hidden.text().contains(WORD), "{words:?}: {}", hidden.text());
            words.push("--show-secrets");
            let shown = layerscope(&words);
            assert_eq!(shown.text().contains(WORD), shows, "{words:?}: {}{}", shown.text(), shown.stderr);
        }
    }
}

#[test]
fn the_rule_fails_where_one_is_found_and_no_report_holds_it() {
    let archive = leaky();
    for format in ["text", "json", "junit", "sarif", "github", "markdown"] {
        let path = archive.path();
        let path = path.to_str().expect("a path");
        let run = layerscope(&["check", path, "--forbid-secrets", "--format", format]);
        assert_eq!(run.code, Some(1), "{format}: {}", run.stderr);
        assert!(!run.text().contains(WORD), "{format}: {}", run.text());
        assert!(run.text().contains("forbid-secrets") && run.text().contains("private-key"), "{}", run.text());
    }
    let path = archive.path();
    let path = path.to_str().expect("a path");
    let one = ["check", path, "--forbid-secrets", "--allowed-secrets", "app/**", "--format", "json"];
    let json = layerscope(&one).json();
    let rules = json["rules"].as_array().expect("rules");
    let places = rules.iter().find(|rule| rule["rule"] == "forbid-secrets").expect("the rule")["places"].clone();
    assert_eq!(places.as_array().map(Vec::len), Some(1), "what a step says is in no file: {places}");
    let clean = Archive::new(&[("ADD rootfs.tar /", vec![(b"etc/os", b"x")])]);
    let path = clean.path();
    let words = ["check", path.to_str().expect("a path"), "--forbid-secrets"];
    assert_eq!(layerscope(&words).code, Some(0));
    assert_eq!(run(&path, &[]).ok().text(), "no secret was found\n");
}

#[test]
fn what_lies_deep_in_a_compiled_file_or_a_long_text_is_found() {
    let mark = key().lines().next().expect("a line").to_owned();
    let deep = |begin: &[u8], then: &str| [begin, &vec![b' '; 3 << 20], then.as_bytes(), &[0; 9]].concat();
    let (compiled, reader) = (deep(b"\x7fELF\0", &key()), deep(b"\x7fELF\0", &format!("{mark}\0bad key\0")));
    let (log, packed) = (deep(b"start\n", &key()), deep(b"PK\x03\x04", &key()));
    let archive = Archive::new(&[
        ("ADD rootfs.tar /", vec![(b"bin/base", &*compiled), (b"usr/lib/os-release", b"x")]),
        (
            "COPY . /app",
            vec![(b"app/compiled", &*compiled), (b"app/reader", &*reader), (b"app/log", &*log), (b"app/zip", &*packed)],
        ),
    ]);
    let json = run(&archive.path(), &["--format", "json"]).ok().json();
    let found = json["secrets"].as_array().expect("secrets");
    let paths: Vec<_> = found.iter().map(|one| one["path"].clone()).collect();
    assert_eq!(paths, ["app/compiled", "app/log"], "{json}");
    assert!(found.iter().all(|one| one["world_readable"] == true), "{json}");
    let text = run(&archive.path(), &[]).ok();
    assert!(text.text().contains("→ any user in the container can read it"), "{}", text.text());
}

#[test]
fn layers_of_every_packing_are_searched() {
    for image in ["docker20-legacy.tar", "buildx-gzip.tar", "buildx-zstd.tar", "buildx-estargz.tar", "lessons.tar.gz"] {
        let json = run(Path::new(image), &["--format", "json"]).ok().json();
        let secrets = json["secrets"].as_array().expect("secrets");
        let keys: Vec<_> = secrets.iter().filter(|one| one["kind"] == "private-key").collect();
        assert_eq!(keys.len(), 1, "{image}: {json}");
        assert_eq!((&keys[0]["path"], &keys[0]["state"]), (&"root/.ssh/id_ed25519".into(), &"removed".into()));
    }
}

#[test]
fn own_detectors_are_added_and_a_wrong_one_is_refused() {
    let letters: String = (0..32u32).filter_map(|at| char::from_u32(97 + (at * 7) % 26)).collect();
    let token = format!("acme_{}{}", letters.to_uppercase(), letters);
    let text = format!("token: {token}\n");
    let instruction = format!("RUN deploy {token}");
    let archive = Archive::new(&[("COPY . /app", vec![(b"app/notes", text.as_bytes())]), (&instruction, vec![])]);
    let folder = tempfile::tempdir().expect("a folder");
    let rules =
        "[[secret]]\nid = \"acme-token\"\nprefixes = [\"acme_\"]\ncharacters = \"alphanumeric\"\nat-least = 40\n";
    let run = |rules: &str, command: &str| {
        std::fs::write(folder.path().join(".layerscope.toml"), rules).expect("room");
        let mut program = crate::tool::command();
        program.current_dir(folder.path()).arg(command).arg(archive.path());
        let output = program.output().expect("it starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (status, found, _) = run(rules, "secrets");
    assert!(status == Some(0) && found.matches("acme-token").count() == 2 && !found.contains(&token), "{found}");
    for command in ["history", "layers", "summary"] {
        let (status, text, _) = run(rules, command);
        assert!(status == Some(0) && !text.contains(&token), "{command}: {text}");
        assert!(run("", command).1.contains(&token[..20]) || command == "summary", "{command}");
    }
    let checked = run(&format!("{rules}[check]\nforbid-secrets = true\n"), "check");
    assert!(checked.0 == Some(1) && checked.1.contains("acme-token"), "{}", checked.1);
    let (status, _, why) = run(&rules.replace("acme_", "a_"), "secrets");
    let reason = "in `.layerscope.toml`: secret 1 (`acme-token`): `prefixes` must be strings of 3 to 64 bytes";
    assert!(status == Some(2) && why.contains(reason), "{why}");
}
