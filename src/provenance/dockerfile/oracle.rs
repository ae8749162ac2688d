//! `BuildKit`'s own parser on odd Dockerfiles: what it said is recorded in `tests/dockerfile/odd.json`, and where
//! `.ci/run` has built it (`tests/dockerfile`), it judges them again, and random ones.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

use super::{DockerfileError, Instructions, KEYWORDS};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

mod parser {
    include!("../../../tests/dockerfile/parser.rs");
}

/// What our parser says, as the other one writes it.
fn ours(document: &str) -> Result<Value, DockerfileError> {
    let item = |item: &super::Item| {
        let mut value = json!({
            "keyword": item.keyword, "first": item.lines.first(), "last": item.lines.last(), "rest": item.rest,
        });
        if !item.documents.is_empty() {
            value["documents"] = json!(item.documents);
        }
        value
    };
    let parsed = Instructions::parse(document)?;
    Ok(parsed.items.iter().map(item).collect())
}

/// Why our answer differs from the parser's.
fn difference(document: &str, answer: &Value) -> Option<String> {
    let ours = ours(document);
    let mut answer = answer.clone();
    let refused = answer["refused"].as_str().map(str::to_owned);
    let instructions = answer["instructions"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let keywords: Vec<&str> = instructions.iter().map(|one| one["keyword"].as_str().unwrap_or_default()).collect();
    let is_unknown = keywords.iter().any(|keyword| !KEYWORDS.contains(keyword));
    let has_stage = keywords.iter().find(|keyword| **keyword != "ARG").is_none_or(|keyword| *keyword == "FROM");
    let agrees = match (&ours, &refused) {
        // Its parser looks at arguments too, and ours does not.
        (Ok(_), Some(why)) => {
            ["must have two arguments", "can't find =", "comprised of strings only"].iter().any(|of| why.contains(of))
        }
        (Err(_), Some(_)) => true,
        (Err(why), None) => match why {
            DockerfileError::Unknown { .. } => is_unknown,
            DockerfileError::NoStage { .. } => is_unknown || !has_stage,
            _ => false,
        },
        (Ok(ours), None) => {
            let plain: Value = instructions.iter().map(unix_lines).collect();
            *ours == plain && !is_unknown && has_stage
        }
    };
    (!agrees).then(|| {
        let mut text = format!("{document:?}\n");
        let _ = writeln!(text, "  ours: {}", ours.map_or_else(|why| why.to_string(), |ours| ours.to_string()));
        let _ = writeln!(text, "  BuildKit: {}", refused.unwrap_or_else(|| Value::from(instructions).to_string()));
        text
    })
}

/// Here-documents keep their line ends there, and a last line without one is not the same.
fn unix_lines(instruction: &Value) -> Value {
    let mut instruction = instruction.clone();
    for document in instruction.get_mut("documents").and_then(Value::as_array_mut).into_iter().flatten() {
        let lines = document.as_str().unwrap_or_default().split_inclusive('\n');
        let lines = lines.map(|line| format!("{}\n", line.trim_end_matches(['\r', '\n'])));
        *document = lines.collect::<String>().into();
    }
    instruction
}

fn recorded() -> Vec<Value> {
    let text = std::fs::read_to_string(format!("{ROOT}/tests/dockerfile/odd.json")).expect("a record");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn odd_dockerfiles_have_the_lines_that_buildkit_recorded() {
    let records = recorded();
    let differences: Vec<String> =
        records.iter().filter_map(|record| difference(record["dockerfile"].as_str().expect("text"), record)).collect();
    assert!(records.len() >= 100, "{} records", records.len());
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.concat());
}

/// With `LAYERSCOPE_RECORD=1`, its answers on the recorded documents are written anew.
#[test]
fn buildkit_finds_the_same_lines_now() {
    let mut records = recorded();
    let odd: Vec<String> =
        records.iter().map(|record| record["dockerfile"].as_str().unwrap_or_default().into()).collect();
    let Some(answers) = parser::answers(Some("lines"), &odd) else { return };
    let is_recording = std::env::var_os("LAYERSCOPE_RECORD").is_some();
    for (record, answer) in records.iter_mut().zip(&answers) {
        let mut now: Value = serde_json::from_str(answer).expect("JSON");
        now["dockerfile"] = record["dockerfile"].clone();
        assert!(is_recording || *record == now, "was {record}, is {now}");
        *record = now;
    }
    if is_recording {
        let lines: Vec<String> = records.iter().map(Value::to_string).collect();
        std::fs::write(format!("{ROOT}/tests/dockerfile/odd.json"), format!("[\n{}\n]\n", lines.join(",\n")))
            .expect("written");
    }
    let mut runner = proptest::test_runner::TestRunner::default();
    let random: Vec<String> =
        (0..40_000).map(|_| dockerfiles().new_tree(&mut runner).expect("a value").current()).collect();
    let answers = parser::answers(Some("lines"), &random).expect("it is built");
    let mut accepted = 0;
    let mut differences = Vec::new();
    for (document, answer) in random.iter().zip(&answers) {
        let answer = serde_json::from_str(answer).expect("JSON");
        accepted += usize::from(ours(document).is_ok());
        differences.extend(difference(document, &answer));
    }
    differences.sort_by_key(String::len);
    let some = differences.iter().take(30).cloned().collect::<String>();
    assert!(differences.is_empty(), "{} differ:\n{some}", differences.len());
    assert!(accepted > 10_000, "{accepted} of {} are Dockerfiles", random.len());
}

const BEGINS: &[&str] = &[
    "",
    "",
    "",
    "",
    "\u{feff}",
    "# escape=`\n",
    "# escape=\\\n",
    "#escape = `  \n",
    "# ESCAPE=`\r\n",
    "# syntax=x\n",
    "# check=skip=all\n# escape=`\n",
    "# other=x\n# escape=`\n",
    "# a comment\n# escape=`\n",
    "\n# escape=`\n",
    "# escape=x\n",
    "# escape=\n",
    "# escape=`\n# escape=`\n",
    "#!/x\n",
    " # escape=`\n",
];
const FROMS: &[&str] = &["FROM a\n", "from a AS b\n", "ARG V\nFROM a\n", "FROM \\\n a\n", "  FROM a\r\n", ""];
const FIRST_WORDS: &[&str] = &[
    "RUN ",
    "run ",
    "RUN\t",
    "COPY ",
    "ADD ",
    "ONBUILD RUN ",
    "ONBUILD COPY ",
    "onbuild\tadd ",
    "ONBUILD ONBUILD RUN ",
    "ONBUILD ENV ",
    "ENV a=",
    "LABEL a=",
    "CMD ",
    "ENTRYPOINT ",
    "HEALTHCHECK CMD ",
    "USER ",
    "EXPOSE ",
    "SHELL ",
    "WORKDIR ",
    "FROM ",
    "ARG ",
    "VOLUME ",
    "STOPSIGNAL ",
    "MAINTAINER ",
    "RUN --mount=a ",
    "COPY --from=\"a b\" ",
    "RUN --x='[ ' ",
    "ONBUILD --x RUN ",
    "RUN -- ",
    "RUN\u{a0}",
    "NO ",
    "RUN\u{b}",
];
const PARTS: &[&str] = &[
    "x",
    "x",
    "x ",
    " ",
    "\t",
    "<<EOT",
    "<<EOT ",
    " <<EOT",
    " <<EOT ",
    " <<-EOT",
    " <<'EOT'",
    " <<\"EOT\"",
    " <<\"E T\"",
    " <<E\\OT",
    " 3<<EOT",
    " a<<EOT",
    " <<<EOT",
    " <<",
    " << EOT",
    " <<-",
    " <<$X",
    " <<B",
    " <<EOT;",
    "\\",
    "\\\\",
    "\\\\\\",
    "`",
    "``",
    "'",
    "\"",
    "\\\"",
    "\\'",
    "$",
    "$x",
    "${",
    "${x",
    "${x:-",
    "${x/",
    "/",
    "}",
    "${x:-<<EOT",
    "{",
    ":",
    "#",
    " #x",
    "[",
    "]",
    "[\"x\"]",
    "[\"x\", \"<<EOT\"]",
    "[\"<<EOT\"",
    "[1, \"<<EOT\"]",
    "[ <<EOT ]",
    "\u{a0}",
    "\u{85}",
    "\r",
    "é",
    "--",
    " --x ",
    "=",
    "\u{2028}",
];
const ENDS: &[&str] = &[
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r\r\n",
    "\\\n",
    "\\ \t\n",
    "`\n",
    "\\\r\n",
    "\\\n# c\n",
    "\\\n\n",
    "\\\n  #\\\n",
    "\\\n \\\n",
    "\nEOT\n",
    "\nEOT\n",
    "\nx\nEOT\n",
    "\n\tx\n\tEOT\n",
    "\nEOT\r\n",
    "\n EOT\n",
    "\nE T\n",
    "\n\nEOT",
    "\nB\n",
    "\nRUN x\nEOT\n",
    "",
    "\n\n",
    "\n# c\n",
    "\n  # escape=`\n",
    "\\\n\u{a0}\n",
    "\n$X\n",
    "\nEOT;\n",
];

/// Dockerfiles of parts that end instructions, lines and here-documents, or do not.
fn dockerfiles() -> impl Strategy<Value = String> {
    let begin = prop::sample::select(BEGINS);
    let from = prop::sample::select(FROMS);
    let keyword = prop::sample::select(FIRST_WORDS);
    let part = prop::sample::select(PARTS);
    let end = prop::sample::select(ENDS);
    let line = (keyword, prop::collection::vec(part, 0..6), end)
        .prop_map(|(keyword, parts, end)| format!("{keyword}{}{end}", parts.concat()));
    (begin, from, prop::collection::vec(line, 0..5))
        .prop_map(|(begin, from, lines)| format!("{begin}{from}{}", lines.concat()))
}
