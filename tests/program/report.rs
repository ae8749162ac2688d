//! `layerscope report`: where it goes, what it is written as, and that nothing in an image becomes more than text.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::Value;

use crate::archive::Archive;
use crate::tool::{Run, command, images, layerscope};

const FORMATS: [&str; 6] = ["html", "markdown", "json", "csv", "ncdu", "dive-json"];

fn report(image: &str, arguments: &[&str]) -> Run {
    let mut words = vec!["report", image];
    words.extend(arguments);
    layerscope(&words)
}

/// On standard output.
fn out(image: &str, format: &str) -> Run {
    report(image, &["--format", format, "-o", "-"]).ok()
}

/// Names and instructions that would be more than text somewhere.
fn hostile() -> Archive {
    let one = "<img src=x onerror=alert(1)>";
    let script = "</script><script>alert(1)</script><!--\u{202e}\x1b[2J|`@me";
    Archive::new(&[
        (
            one,
            vec![
                (one.as_bytes(), b"12345"),
                (b"=HYPERLINK(1)", b"1234"),
                (b"+1", b"1"),
                (b"-1", b"1"),
                (b"@SUM(1)", b"1"),
                (b"caf\xe9", b"1"),
                (b"quote\",comma", b"12"),
            ],
        ),
        (
            script,
            vec![
                (one.as_bytes(), b"1"),
                (b".wh.=HYPERLINK(1)", b""),
                (b".wh.+1", b""),
                (b".wh.-1", b""),
                (b".wh.@SUM(1)", b""),
                (b".wh.caf\xe9", b""),
                (b".wh.quote\",comma", b""),
                (b"</script><!--", b"1"),
            ],
        ),
        ("=1+1", vec![(b"</script><!--", b"2"), (one.as_bytes(), b"3")]),
    ])
}

fn path(archive: &Archive) -> String {
    archive.path().to_str().expect("a path").to_owned()
}

fn assert_valid(document: &Value) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/report.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).expect("a schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<_> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn the_suffix_says_what_is_written_and_standard_output_stays_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    for (suffix, begins) in
        [("html", "<!doctype html>"), ("md", "### "), ("JSON", "{\n"), ("csv", "bytes,account,layer,wasted_by,")]
    {
        let file = folder.path().join(format!("app.{suffix}"));
        let run = report("docker20-legacy.tar", &["-o", file.to_str().expect("a path")]).ok();
        assert_eq!(run.text(), "", "{suffix}");
        let text = fs::read_to_string(&file).expect("a report");
        assert!(text.starts_with(begins), "{suffix}: {}", text.get(..80).unwrap_or(&text));
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 4, "nothing else is left there");
}

#[test]
fn a_report_needs_to_know_where_and_what() {
    let refusal = |words: &[&str]| report("lessons.tar.gz", words).refusal();
    assert!(refusal(&[]).contains("`-o app.html`"), "{}", refusal(&[]));
    for words in [&["-o", "-"][..], &["-o", "app.txt"], &["-o", "app"]] {
        assert!(refusal(words).contains("or `--format`"), "{words:?}: {}", refusal(words));
    }
    assert!(refusal(&["-o", "app.html", "--waste"]).contains("`--format ncdu`"));
    assert!(refusal(&["-o", "-", "--format", "ncdu", "--layer", "99"]).contains("layers 1 to 12"));
    let nowhere = refusal(&["-o", "nowhere/app.html"]);
    assert!(nowhere.starts_with("cannot write to `nowhere/app.html`"), "{nowhere}");
}

#[test]
fn several_files_come_from_one_reading_of_the_image() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = command();
    // What comes through a pipe can be read but once.
    let image = fs::File::open(images().join("buildx-gzip.tar")).expect("an archive");
    program.current_dir(folder.path()).stdin(image).args(["report", "-"]);
    let output = program.args(["-o", "a.html", "-o", "a.md", "-o", "a.json", "-o", "a.csv"]).output();
    let output = output.expect("it starts");
    assert!(output.status.success() && output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    for (suffix, format) in [("html", "html"), ("md", "markdown"), ("json", "json"), ("csv", "csv")] {
        let together = fs::read(folder.path().join(format!("a.{suffix}"))).expect("a report");
        assert!(together == out("buildx-gzip.tar", format).stdout, "{suffix} differs from the one written alone");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 4);
    let refusal = |words: &[&str]| report("lessons.tar.gz", words).refusal();
    assert!(refusal(&["-o", "a.html", "-o", "a.md", "--format", "json"]).contains("leave out `--format`"));
    assert!(refusal(&["-o", "a.html", "-o", "a"]).contains("the format of `a` is unknown"));
    assert!(!images().join("a.html").exists(), "nothing is written before all is understood");
}

#[test]
fn secrets_and_junk_are_told_without_a_secret_and_by_the_rules_that_are_given() {
    let word = ["correct", "horse", "9"].join("-");
    let env = format!("DB_PASSWORD={word}\n");
    let archive = Archive::new(&[
        ("ADD rootfs.tar /", vec![(b"etc/os", b"x")]),
        ("COPY . /app", vec![(b"app/.env", env.as_bytes()), (b"app/\x1b|my.thing", b"12345")]),
    ]);
    let rules = tempfile::NamedTempFile::new().expect("a file");
    let own =
        "[[junk]]\nid = \"own\"\nseverity = \"high\"\nwhat = \"a | thing\"\npaths = [\"*.thing\"]\nfix = \"`rm` it\"\n";
    fs::write(rules.path(), own).expect("room");
    let rules = rules.path().to_str().expect("a path");
    let of = |format: &str| report(&path(&archive), &["--format", format, "-o", "-", "--rules", rules]).ok();

    let document = of("json").json();
    assert_valid(&document);
    let secret = &document["secrets"][0];
    assert_eq!((&document["secrets_total_count"], &secret["path"]), (&1.into(), &"app/.env".into()));
    assert_eq!((&secret["layer"], &secret["state"], &secret["value"]), (&2.into(), &"live".into(), &Value::Null));
    let hit = &document["junk"][0];
    assert_eq!((&hit["id"], &hit["bytes"], &document["junk_total_bytes"]), (&"own".into(), &5.into(), &5.into()));
    let theirs = layerscope(&["secrets", &path(&archive), "--format", "json"]).ok().json();
    assert_eq!(document["secrets"], theirs["secrets"], "as `secrets` tells them");

    let markdown = of("markdown");
    for line in [
        "1 secret that anyone who can pull the image can read, removed or not; 5 B of junk in 2 places, 5 B of it in the final image.",
        "| high | env-file | `corr… (15)` | 2 | in the final image, readable by any user | `/app/.env` |",
        "| 5 B | high | a \\| thing | 2 | in the image | `rm` it |",
        "|  | low | containers run as root: `no user is set` |  | the image as a whole | ",
    ] {
        assert!(markdown.text().contains(line), "{line}: {}", markdown.text());
    }
    let page = of("html");
    assert!(page.text().contains("&#x2f;app&#x2f;\\x1b|my.thing"), "{}", page.text());
    for run in [of("json"), markdown, page] {
        assert!(!run.text().contains(&word), "{}", run.text());
    }
    let refused = report("lessons.tar.gz", &["-o", "-", "--format", "csv", "--rules", rules]).refusal();
    assert!(refused.contains("`--rules` is for junk"), "{refused}");
}

#[test]
fn the_schema_of_a_report_has_secrets_and_junk_as_their_own_commands_tell_them() {
    let schema = |name: &str| -> Value {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
        serde_json::from_slice(&fs::read(file).expect("a schema")).expect("JSON")
    };
    let (ours, mut secrets, junk) =
        (schema("report.schema.json"), schema("secrets.schema.json"), schema("junk.schema.json"));
    // What it is, a report never tells.
    let value = secrets["$defs"]["secret"]["properties"].as_object_mut().and_then(|known| known.remove("value"));
    assert!(value.is_some());
    assert_eq!(ours["$defs"]["secret"], secrets["$defs"]["secret"]);
    assert_eq!(ours["$defs"]["junk"], junk["properties"]["junk"]["items"]);
}

#[test]
#[cfg(unix)]
fn a_report_takes_the_place_of_an_older_one_through_links_and_is_as_readable_as_any_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let (file, link, plain) =
        (folder.path().join("app.md"), folder.path().join("link.md"), folder.path().join("plain"));
    fs::write(&file, "x".repeat(1 << 20)).expect("room");
    fs::write(&plain, "").expect("room");
    std::os::unix::fs::symlink("app.md", &link).expect("a link");
    report("lessons.tar.gz", &["-o", link.to_str().expect("a path")]).ok();
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert!(fs::read_to_string(&file).expect("a report").starts_with("### "));
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode();
    assert_eq!(mode(&file), mode(&plain));
    let device = report("lessons.tar.gz", &["-o", "/dev/null", "--format", "html"]);
    assert_eq!((device.code, device.stderr.as_str()), (Some(0), ""));
    assert!(!fs::metadata("/dev/null").expect("there").is_file());
}

#[test]
fn a_report_that_fails_leaves_the_older_one_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("app.html"), "older").expect("room");
    let run = command().current_dir(folder.path()).args(["report", "nowhere.tar", "-o", "app.html"]).output();
    assert_eq!(run.expect("it starts").status.code(), Some(2));
    assert_eq!(fs::read_to_string(folder.path().join("app.html")).expect("there"), "older");
}

#[test]
fn the_document_keeps_to_its_schema_and_its_tree_comes_to_the_totals() {
    let hostile = hostile();
    for image in ["docker20-legacy.tar", "buildx-estargz.tar", "skopeo-oci", "lessons.tar.gz", &path(&hostile)] {
        let document = out(image, "json").json();
        assert_valid(&document);
        let (root, totals) = (&document["tree"][0], &document["totals"]);
        for account in ["live_bytes", "overwritten_bytes", "rewritten_bytes", "removed_bytes"] {
            assert_eq!(root[account], totals[account], "{image} {account}");
        }
        let places = document["tree"].as_array().expect("places");
        let parents = places.iter().enumerate().skip(1);
        for (at, place) in parents {
            let parent = usize::try_from(place["parent"].as_u64().expect("a parent")).expect("small");
            assert!(parent < at && places[parent]["folder"] == true, "{image} {place}");
        }
        assert_eq!(document["waste_total_count"].as_u64(), document["waste"].as_array().map(|rows| rows.len() as u64));
    }
}

#[test]
fn every_wasted_file_is_a_row_and_no_cell_is_a_formula() {
    let hostile = hostile();
    let csv = out(&path(&hostile), "csv");
    let mut reader = csv::ReaderBuilder::new().from_reader(csv.text().as_bytes());
    assert_eq!(reader.headers().expect("names"), vec!["bytes", "account", "layer", "wasted_by", "path", "instruction"]);
    let rows: Vec<Vec<String>> =
        reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
    let paths: Vec<_> = rows.iter().map(|row| row[4].as_str()).collect();
    for path in
        ["'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(1)", "caf\\xe9", "quote\",comma", "<img src=x onerror=alert(1)>"]
    {
        assert!(paths.contains(&path), "{path}: {paths:?}");
    }
    assert!(rows.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{rows:?}");
    assert!(rows.iter().any(|row| row[5] == "'=1+1"));
    let wasted: u64 = rows.iter().map(|row| row[0].parse::<u64>().expect("bytes")).sum();
    assert_eq!(Some(wasted), out(&path(&hostile), "json").json()["totals"]["wasted_bytes"].as_u64());
}

#[test]
fn somebody_elses_parser_reads_the_same_rows() {
    let hostile = hostile();
    let csv = out(&path(&hostile), "csv");
    let script = "import csv, io, json, sys\n\
                  text = io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8', newline='')\n\
                  print(json.dumps(list(csv.reader(text, strict=True))))";
    let mut python = std::process::Command::new("python3");
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), &csv.stdout).expect("room");
    let read = python.args(["-c", script]).stdin(fs::File::open(file.path()).expect("there")).output();
    let Ok(read) = read else {
        // Past the test's own capture: whoever reads the output is to know.
        let _ = std::io::stderr().write_all(b"python3 is not installed: CSV is read by no other parser\n");
        return;
    };
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let theirs: Vec<Vec<String>> = serde_json::from_slice(&read.stdout).expect("JSON");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.text().as_bytes());
    let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect());
    let ours: Vec<Vec<String>> = rows.collect();
    assert_eq!(theirs, ours);
    assert!(theirs.len() > 8 && theirs.iter().any(|row| row[4] == "quote\",comma"), "{theirs:?}");
}

#[test]
fn markdown_fits_a_pull_request_and_stays_text() {
    insta::assert_snapshot!("report_markdown", out("lessons.tar.gz", "markdown").text());
    let hostile = hostile();
    let markdown = out(&path(&hostile), "markdown");
    let options = pulldown_cmark::Options::ENABLE_TABLES;
    let html = |event| match event {
        pulldown_cmark::Event::Html(html) | pulldown_cmark::Event::InlineHtml(html) => Some(html.to_string()),
        _ => None,
    };
    let tags: Vec<_> = pulldown_cmark::Parser::new_ext(markdown.text(), options).filter_map(html).collect();
    assert!(tags.is_empty(), "{tags:?}: {}", markdown.text());
    let many: Vec<(String, Vec<u8>)> = (0..300).map(|at| (format!("file{at}"), vec![b'x'; 9])).collect();
    let members = || many.iter().map(|(name, content)| (name.as_bytes(), content.as_slice())).collect::<Vec<_>>();
    let layers: Vec<_> = (0..60).map(|_| ("RUN x", members())).collect();
    let lines = out(&path(&Archive::new(&layers)), "markdown").text().lines().count();
    assert!(lines <= 100, "{lines}");
}

#[test]
fn no_report_steers_a_terminal() {
    let hostile = hostile();
    for format in FORMATS {
        let run = out(&path(&hostile), format);
        let steers = |letter: char| (letter.is_control() && !matches!(letter, '\n' | '\r')) || letter == '\u{202e}';
        assert_eq!(run.text().chars().find(|&letter| steers(letter)), None, "{format}");
    }
}

// ---- ncdu ----

/// Bytes of a tree, files with several names once; and every name.
fn walk(tree: &Value, inodes: &mut Vec<u64>, names: &mut Vec<String>) -> u64 {
    let (info, children) = match tree {
        Value::Array(folder) => (&folder[0], &folder[1..]),
        file => (file, &[][..]),
    };
    names.push(info["name"].as_str().expect("a name").to_owned());
    let again = info["ino"].as_u64().is_some_and(|inode| {
        let known = inodes.contains(&inode);
        inodes.push(inode);
        known
    });
    assert_eq!(info["ino"].is_u64(), info["hlnkc"] == true);
    let own = if again { 0 } else { info["dsize"].as_u64().unwrap_or(0) };
    own + children.iter().map(|child| walk(child, inodes, names)).sum::<u64>()
}

#[test]
fn a_tree_for_ncdu_holds_the_bytes_of_the_accounts() {
    let hostile = hostile();
    for image in ["docker20-legacy.tar", "buildx-zstd.tar", &path(&hostile)] {
        let totals = out(image, "json").json();
        let tree = |more: &[&str]| {
            let words = [&["--format", "ncdu", "-o", "-"][..], more].concat();
            let document = report(image, &words).ok().json();
            assert_eq!((&document[0], &document[1]), (&1.into(), &2.into()));
            assert_eq!(document[2]["progname"], "layerscope");
            assert_eq!(document.as_array().expect("a list").len(), 4);
            let mut names = Vec::new();
            (walk(&document[3], &mut Vec::new(), &mut names), names)
        };
        assert_eq!(Some(tree(&[]).0), totals["totals"]["live_bytes"].as_u64(), "{image}");
        assert_eq!(Some(tree(&["--waste"]).0), totals["totals"]["wasted_bytes"].as_u64(), "{image}");
        for layer in totals["layers"].as_array().expect("layers") {
            let number = layer["layer"].to_string();
            assert_eq!(Some(tree(&["--layer", &number]).0), layer["total_bytes"].as_u64(), "{image} {number}");
        }
    }
    let names = {
        let document = report(&path(&hostile), &["--format", "ncdu", "-o", "-", "--waste"]).ok().json();
        let mut names = Vec::new();
        walk(&document[3], &mut Vec::new(), &mut names);
        names
    };
    assert!(names.contains(&"caf\\xe9".to_owned()), "{names:?}");
}

// ---- dive ----

#[test]
fn what_dive_wrote_of_an_archive_is_what_we_write() {
    let theirs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dive/docker20-legacy.json");
    let mut theirs: Value = serde_json::from_slice(&fs::read(theirs).expect("dive's")).expect("JSON");
    let mut ours = out(images().join("docker20-legacy.tar").to_str().expect("a path"), "dive-json").json();
    for document in [&mut ours, &mut theirs] {
        // Of rows that are equally large, dive writes the one first that it met last.
        let rows = document["image"]["fileReference"].as_array_mut().expect("rows");
        rows.sort_by_key(|row| row["file"].to_string());
        // docker's classic store leaves the link of another file in the header of a whiteout; what is no link has none here.
        let files = document["layer"].as_array_mut().expect("layers").iter_mut();
        for file in files.flat_map(|layer| layer["fileList"].as_array_mut().expect("files")) {
            if file["typeFlag"] == 48 {
                file["linkName"] = "".into();
            }
        }
    }
    assert_eq!(ours, theirs);
    assert!(theirs["layer"][1]["fileList"].as_array().is_some_and(|files| files.len() == 11));
}

#[test]
fn folders_that_no_entry_lists_are_blanks_in_dives_shape() {
    let archive = Archive::new(&[("x", vec![(b"a/b/c", b"1"), (b"a/.wh..wh..opq", b""), (b"a/.wh.gone", b"")])]);
    let document = out(&path(&archive), "dive-json").json();
    let files = document["layer"][0]["fileList"].as_array().expect("files");
    let paths: Vec<_> = files.iter().map(|file| (file["path"].as_str(), file["typeFlag"].as_u64())).collect();
    let expected =
        [(Some("a/.wh.gone"), Some(48)), (Some("a/b/c"), Some(48)), (Some(""), Some(0)), (Some(""), Some(0))];
    assert_eq!(paths, expected);
    assert_eq!(document["layer"][0]["id"], "0");
}
