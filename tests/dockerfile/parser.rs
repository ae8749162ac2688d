// `BuildKit`'s own parser, where `.ci/run` has built it.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// The parser's answers, a line for each document; none if it is not built.
pub(super) fn answers(mode: Option<&str>, documents: &[String]) -> Option<Vec<String>> {
    let parser = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dockerfile/parser");
    if !parser.exists() {
        return None;
    }
    let mut command = Command::new(parser);
    command.args(mode).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the parser starts");
    let mut input = child.stdin.take().expect("a pipe");
    let all = documents.join("\0");
    let writer = std::thread::spawn(move || input.write_all(all.as_bytes()));
    let mut answers = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut answers).expect("text");
    writer.join().expect("no panic").expect("all is read");
    assert!(child.wait().expect("it ends").success());
    let answers: Vec<String> = answers.lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), documents.len());
    Some(answers)
}
