//! The locale decides which characters text has, on a terminal or not, as for the tools of coreutils.

use std::process::Command;

use layerscope::format::to_ascii;

/// What a command prints in a locale.
fn printed(arguments: &[&str], locale: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_layerscope"));
    let output = command.args(arguments).env("LC_ALL", locale).output().expect("it runs");
    assert!(!output.stdout.is_empty(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn text_in_a_locale_without_utf_8_is_ascii_with_the_same_columns() {
    let after = ["--baseline", "demo"];
    let commands: &[&[&str]] = &[
        &["summary", "demo"],
        &["layers", "demo"],
        &["history", "demo"],
        &["ls", "demo"],
        &["waste", "demo"],
        &["secrets", "demo"],
        &["junk", "demo"],
        &["explain", "demo"],
        &["rebuild", "demo", "--change-file", "server.js"],
        &["verify", "demo"],
        &["check", "demo", "--lowest-efficiency", "0.9"],
        &["compare", "demo", "demo:1.5"],
        &[&["cost", "demo:1.5"], &after[..]].concat(),
        &["shared", "demo", "demo:1.5"],
        &["images", "tests/images/docker20-multi.tar"],
    ];
    let mut replaced = 0;
    for arguments in commands {
        let (unicode, ascii) = (printed(arguments, "C.UTF-8"), printed(arguments, "C"));
        let odd = ascii.chars().find(|&letter| letter != '\n' && !matches!(letter, ' '..='~'));
        assert_eq!(odd, None, "{arguments:?}: {ascii}");
        assert_eq!(ascii, to_ascii(&unicode), "{arguments:?}");
        assert_eq!(ascii.chars().count(), unicode.chars().count(), "{arguments:?}");
        replaced += usize::from(ascii != unicode);
    }
    assert!(replaced > 5, "{replaced}");
}

#[test]
fn documents_are_the_same_in_every_locale() {
    for arguments in [
        &["summary", "demo", "--format", "json"][..],
        &["waste", "demo", "--format", "ndjson"],
        &["explain", "demo", "--format", "markdown"],
        &["history", "demo", "--format", "dockerfile"],
        &["compare", "demo", "demo:1.5", "--format", "markdown"],
        &["check", "demo", "--lowest-efficiency", "0.9", "--format", "markdown"],
        &["report", "demo", "-o", "-", "--format", "markdown"],
    ] {
        assert_eq!(printed(arguments, "C"), printed(arguments, "en_US.UTF-8"), "{arguments:?}");
    }
}

#[test]
fn a_name_is_escaped_in_a_locale_without_utf_8() {
    let folder = tempfile::tempdir().expect("a folder");
    let image = folder.path().join("image.tar");
    let layer = crate::testing::tarball::archive(&[crate::testing::tarball::Member::file("na\u{ef}ve", b"1")]);
    std::fs::write(&image, crate::testing::archive::docker_save(&[layer])).expect("our folder");
    let image = image.to_str().expect("a plain path");
    assert!(printed(&["ls", image], "C.UTF-8").contains("na\u{ef}ve"));
    assert!(printed(&["ls", image], "POSIX").contains("na\\u{ef}ve"));
    assert!(printed(&["ls", image, "--format", "json"], "C").contains("na\u{ef}ve"));
    let missing = Command::new(env!("CARGO_BIN_EXE_layerscope"))
        .args(["cat", image, "/\u{2026}"])
        .env("LC_ALL", "C")
        .output()
        .expect("it runs");
    assert!(missing.stderr.is_ascii() && !missing.stderr.is_empty(), "{missing:?}");
}

#[test]
fn all_help_is_ascii() {
    let help = printed(&["--help"], "C.UTF-8");
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = lines.map_while(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() > 20, "{commands:?}");
    for command in commands {
        assert!(printed(&["help", command], "C.UTF-8").is_ascii(), "{command}");
    }
    assert!(help.is_ascii());
}
