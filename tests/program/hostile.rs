use std::ffi::OsStr;
use std::io::Read;
use std::process::Stdio;

use crate::archive::Archive;
use crate::tool::{command, layerscope};

/// A terminal obeys none of the characters in a text.
fn assert_tame(text: &[u8], what: &str) {
    let text = std::str::from_utf8(text).expect("text");
    let wild = text.chars().find(|&letter| {
        (letter.is_control() && letter != '\n') || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    assert_eq!(wild, None, "{what}: {text:?}");
}

#[test]
fn nothing_in_an_image_steers_the_terminal() {
    const WILD: &str = "\x1b[2J\u{9b}31m\x07\r\u{202e}gpj\x7f";
    let name = format!("dir/{WILD}\u{fe}").into_bytes();
    let broken = b"caf\xe9\x1b]0;title\x07".to_vec();
    let archive = Archive::new(&[
        (WILD, vec![(&name, b"1"), (&broken, b"2")]),
        (&format!("RUN {WILD}\nsecond"), vec![(&name, b"3"), (b".wh.gone\x1b[m", b""), (b"../out\x1b", b"4")]),
    ]);
    let path = archive.path();
    let path = path.as_os_str();
    for words in [
        &["summary"][..],
        &["summary", "--format", "json"],
        &["layers"],
        &["layers", "--format", "json"],
        &["history"],
        &["history", "--no-trunc"],
        &["history", "--format", "json"],
        &["history", "--format", "dockerfile"],
        &["ls"],
        &["ls", "--layer", "2"],
        &["ls", "--format", "json"],
        &["ls", "--format", "ndjson"],
        &["waste", "--all"],
        &["waste", "--all", "--format", "json"],
        &["images"],
        &["images", "--format", "json"],
    ] {
        let mut arguments: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
        arguments.insert(1, path);
        let run = layerscope(&arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{words:?}");
        assert!(!run.stdout.is_empty());
        assert_tame(&run.stdout, &format!("{words:?}"));
    }
    for arguments in [
        ["cat".as_ref(), path, OsStr::new(WILD)],
        ["summary".as_ref(), path, OsStr::new("--image=\x1b[2J")],
        ["ls".as_ref(), path, OsStr::new("dir/nothing\x1b[2J")],
    ] {
        let run = layerscope(&arguments);
        assert_eq!(run.code, Some(2));
        assert_tame(run.stderr.as_bytes(), "the refusal");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let names: Vec<String> = (0..20_000).map(|at| format!("usr/share/some/folder/file-{at}")).collect();
    let archive = Archive::new(&[("RUN", names.iter().map(|name| (name.as_bytes(), &b""[..])).collect())]);
    for format in ["text", "json", "ndjson"] {
        let mut child = command()
            .arg("ls")
            .arg(archive.path())
            .args(["--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut out = child.stdout.take().expect("piped");
        out.read_exact(&mut [0; 100]).expect("a beginning");
        drop(out);
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""), "{format}");
    }
}

#[test]
fn an_image_without_layers_is_an_image() {
    let archive = Archive::new(&[]);
    let path = archive.path();
    for command in ["summary", "layers", "history", "ls", "waste"] {
        layerscope(&[command.as_ref(), path.as_os_str()]).ok();
    }
    let summary = layerscope(&["summary".as_ref(), path.as_os_str(), "--format=json".as_ref()]).ok().json();
    assert_eq!(
        (&summary["totals"]["efficiency"], &summary["dive"]["user_wasted_percent"]),
        (&1.0.into(), &serde_json::Value::Null)
    );
    let words = ["ls".as_ref(), path.as_os_str(), "--layer".as_ref(), "1".as_ref()];
    assert_eq!(layerscope(&words).refusal(), "`--layer 1`: the image has no layers");
}

#[test]
fn what_cannot_be_extracted_is_named_and_the_rest_is_there() {
    let archive = Archive::new(&[("step", vec![(b"d/a", b"1"), (b"d/b", b"2"), (b"d/\x1b", b"3")])]);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("d/a")).expect("room");
    let path = archive.path();
    let extract = |words: &[&str]| {
        let mut all: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
        all.insert(1, path.as_os_str());
        all.push(folder.path().as_os_str());
        layerscope(&all)
    };
    let run = extract(&["extract", "/"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.stderr, "layerscope: `d/a` exists: choose another folder, or use `--overwrite`\n");
    assert!(run.text().contains(": 2 files,"), "{}", run.text());
    let run = extract(&["extract", "d/a"]);
    assert_eq!(run.code, Some(0));
    let run = extract(&["extract", "d"]);
    assert_eq!(run.code, Some(2), "nothing was done");
    assert_tame(run.stderr.as_bytes(), "the refusal");
    assert!(run.stderr.ends_with("; nor 2 more\n"), "{}", run.stderr);
}

#[test]
fn nothing_in_an_image_steers_the_log_of_a_build_server_or_a_comment() {
    use pulldown_cmark::{Event, Options, Parser};
    const NAMES: [&str; 6] = ["@octocat", "#1 www.evil.example", "- x|y", "---", "::warning::p", "a`@me`##[add-mask]q"];
    for name in NAMES {
        let step = format!("{name}\n::error::step\n##[error]step");
        let file = name.as_bytes();
        let archive = Archive::new(&[(name, vec![(file, b"1")]), (&step, vec![(file, b"2")])]);
        let path = archive.path();
        let path = path.to_str().expect("text");
        for words in [
            &["summary", path][..],
            &["summary", path, "--format", "json"],
            &["layers", path],
            &["history", path, "--no-trunc"],
            &["history", path, "--format", "dockerfile"],
            &["ls", path],
            &["waste", path, "--all"],
            &["images", path],
            &["secrets", path],
            &["junk", path],
            &["verify", path],
            &["check", path, "--forbid", "*"],
            &["check", path, "--forbid", "*", "--format", "junit"],
            &["check", path, "--forbid", "*", "--format", "markdown"],
            &["report", path, "--format", "markdown", "-o", "-"],
            &["check", path, "--forbid", "*", "--format", "json"],
            &["check", path, "--forbid", "*", "--format", "sarif"],
            &["report", path, "--format", "csv", "-o", "-"],
            &["report", path, "--format", "json", "-o", "-"],
            &["report", path, "--format", "ncdu", "-o", "-"],
            &["report", path, "--format", "dive-json", "-o", "-"],
            &["report", path, "--format", "html", "-o", "-"],
        ] {
            let run = layerscope(words);
            let text = std::str::from_utf8(&run.stdout).expect("text");
            let command = |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
            assert_eq!(text.lines().chain(run.stderr.lines()).find(command), None, "{words:?}");
            if !words.contains(&"markdown") {
                continue;
            }
            // What stands in code calls nobody; whatever else there is holds nothing that could.
            let mut outside = String::new();
            for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
                match event {
                    Event::Text(part) => outside += &part,
                    Event::Html(_) | Event::InlineHtml(_) => outside.push('@'),
                    _ => {}
                }
            }
            assert!(!["@", "#1", "www", "##"].iter().any(|steers| outside.contains(steers)), "{text}");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_file_of_rules_that_is_no_plain_file_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    for (target, said) in [
        ("/dev/zero", "it is a device, not a file"),
        ("/", "it is a folder, not a file"),
        ("pipe", "it is a pipe, not a file"),
        ("nowhere", "No such file"),
    ] {
        if target == "pipe" {
            let made = std::process::Command::new("mkfifo").arg(folder.path().join(target)).status();
            assert!(made.is_ok_and(|status| status.success()));
        }
        let run = |words: &[&str], link: &str| {
            let link = folder.path().join(link);
            std::os::unix::fs::symlink(target, &link).expect("a link");
            let run = command().args(words).current_dir(folder.path()).output().expect("the program starts");
            std::fs::remove_file(link).expect("ours");
            let text = String::from_utf8_lossy(&run.stderr).into_owned();
            assert_eq!((run.status.code(), text.lines().count()), (Some(2), 1), "{words:?}: {text}");
            text
        };
        for words in [&["check", "demo"][..], &["junk", "demo"]] {
            let text = run(words, ".layerscope.toml");
            assert!(text.contains(said), "{words:?}: {text}");
        }
        for option in ["--rules", "--dive-ci"] {
            let text = run(&["check", "demo", option, "link"], "link");
            assert!(text.contains(said), "{option}: {text}");
        }
        let text = run(&["check", "demo", "--highest-growth-bytes", "1", "--baseline", "link"], "link");
        assert!(text.contains(said) || !text.contains("no file"), "{text}");
    }
}
