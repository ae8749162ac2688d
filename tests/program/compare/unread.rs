//! Images of which a part was not read: nothing of that counts as equal, added or removed.

use super::*;

/// The same archive without one of its members.
fn without(archive: &Path, member: &str) -> PathBuf {
    let mut kept = tar::Builder::new(Vec::new());
    let mut whole = tar::Archive::new(fs::File::open(archive).expect("an archive"));
    for entry in whole.entries().expect("members") {
        let mut entry = entry.expect("a member");
        let path = entry.path().expect("a path").into_owned();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).expect("its content");
        if path != Path::new(member) {
            add(&mut kept, path.to_str().expect("a plain path").as_bytes(), &content, 0o644);
        }
    }
    let path = archive.with_extension(format!("without-{}.tar", member.replace('/', "-")));
    fs::write(&path, kept.into_inner().expect("memory")).expect("room");
    path
}

const TOKEN: &[u8] = b"//registry.example.com/:_authToken=sekrit-0123456789abcdef\n";

/// A build whose third layer has packages, a secret and a large file.
fn build<'a>(app: &'a [u8], packages: &'a [u8]) -> Vec<Step<'a>> {
    vec![
        base(),
        ("RUN adduser app", vec![(b"etc/passwd", b"app")]),
        (
            "RUN npm ci",
            vec![(b"srv/node_modules/a/package.json", packages), (b"root/.npmrc", TOKEN), (b"big", &[7; 9_000])],
        ),
        ("COPY . /srv", vec![(b"srv/app.js", app)]),
    ]
}

const PACKAGES: &[u8] = br#"{"name":"a","version":"1.0.0"}"#;

/// The paths of the document and how they differ.
fn changes(json: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    json["paths"].as_array().expect("paths").iter().map(|row| (text(&row["path"]), text(&row["change"]))).collect()
}

fn incomplete(a: &Path, b: &Path) -> Value {
    let json = document(a, b);
    assert_eq!((&json["same"], &json["complete"]), (&false.into(), &false.into()), "{json}");
    json
}

#[test]
fn what_an_unread_layer_may_change_is_not_compared() {
    let images = Images::new();
    let a = images.linux("a", &build(b"1", PACKAGES));
    let b = without(&images.linux("b", &build(b"2", br#"{"name":"a","version":"1.1.0"}"#)), "2/layer.tar");
    let same = without(&images.linux("s", &build(b"2", PACKAGES)), "2/layer.tar");
    for (b, relation) in [(&b, "rebuilt"), (&same, "same")] {
        for (before, after, [old, new], image) in [(&a, b, ["a", "b"], "B"), (b, &a, ["b", "a"], "A")] {
            let json = incomplete(before, after);
            let layer = &json["layers"][2];
            assert_eq!((&layer["relation"], &layer["unread"]), (&relation.into(), &true.into()));
            let known: Vec<_> = changes(&json).into_iter().filter(|(_, change)| change != "not_compared").collect();
            assert_eq!(known, [("srv/app.js".to_owned(), "modified".to_owned())]);
            let unknown =
                json["paths"].as_array().expect("paths").iter().find(|row| row["path"] == "big").expect("a row");
            assert_eq!(
                (&unknown[new], unknown[old].is_object(), &unknown["unread"]),
                (&Value::Null, true, &true.into())
            );
            let files = &json["files"];
            assert_eq!((&files["not_compared"], &files["added"], &files["removed"]), (&6.into(), &0.into(), &0.into()));
            assert_eq!((&json["growth_bytes"], &json["packages"]), (&Value::Null, &json!([])));
            assert_eq!(json["secrets"][0]["presence"], "not_compared", "{}", json["secrets"]);
            let said = format!("cannot be compared: layer 3 of {image} was not read (blob not in archive)");
            assert!(json["incomplete"].as_array().expect("gaps").contains(&said.as_str().into()), "{json}");
        }
        let text = compare(&a, b, &[]).ok().text().to_owned();
        assert!(text.contains("incomplete, layer 3 of B was not read: ") && text.contains("at least"), "{text}");
        assert!(text.contains("cannot be compared: layer 3 of B was not read (blob not in archive)\n"), "{text}");
        assert!(text.contains("1 modified, 6 not compared\n"), "{text}");
        assert!(!text.contains("\nR ") && !text.contains("Packages"), "{text}");
        let markdown = compare(&a, b, &["--format", "markdown"]).ok().text().to_owned();
        assert!(markdown.starts_with("**incomplete, layer 3 of B was not read: "), "{markdown}");
        assert!(
            markdown.contains("\nFiles: 1 modified, 6 not compared\n") && !markdown.contains("\n| R |"),
            "{markdown}"
        );
        assert!(markdown.contains("| not compared | "), "of the secret: {markdown}");
    }
    insta::assert_snapshot!("incomplete", compare(&a, &b, &[]).ok().text());
}

#[test]
fn what_a_layer_above_the_unread_one_settles_is_compared() {
    let images = Images::new();
    let step = |name: &'static [u8], content: &'static [u8]| ("RUN step", vec![(name, content)]);
    let removal: Step<'_> = ("RUN rm", vec![(b".wh.gone", b"")]);
    let a = [base(), step(b"low", b"1"), step(b"gone", b"1"), ("RUN top", vec![(&b"high"[..], &b"1"[..])])];
    let b = [base(), step(b"gone", b"1"), step(b"low", b"22"), removal, ("RUN top", vec![(b"high", b"22")])];
    let (a, b) = (images.linux("a", &a), without(&images.linux("b", &b), "2/layer.tar"));
    let row = |path: &str, change: &str| (path.to_owned(), change.to_owned());
    assert_eq!(
        changes(&incomplete(&a, &b)),
        [row("gone", "removed"), row("high", "modified"), row("low", "not_compared")]
    );
    assert_eq!(changes(&incomplete(&b, &a))[0], row("gone", "added"));
}

#[test]
fn the_same_image_without_a_layer_is_never_the_same() {
    let images = Images::new();
    let whole = images.linux("a", &build(b"1", PACKAGES));
    let part = without(&whole, "2/layer.tar");
    for (a, b) in [(&whole, &part), (&part, &whole), (&part, &part)] {
        let json = incomplete(a, b);
        assert!(changes(&json).iter().all(|(_, change)| change == "not_compared"), "{json}");
        let text = compare(a, b, &[]).ok().text().to_owned();
        assert!(text.contains("same digest, not read"), "{text}");
        let run = compare(a, b, &["--highest-growth-bytes", "1GB"]);
        assert_eq!(run.code, Some(1), "a growth of a part proves nothing");
    }
    let text = compare(&part, &part, &[]).ok().text().to_owned();
    assert!(text.contains("no difference in what was read"), "{text}");
    assert!(text.contains("layer 3 of A was not read") && text.contains("layer 3 of B was not read"), "{text}");
}

#[test]
fn settings_of_a_configuration_that_was_not_read_are_not_removed() {
    let images = Images::new();
    let config = json!({ "User": "app", "Env": ["A=1", "API_TOKEN=first-secret-value"] });
    let whole = images.write("a", "linux/amd64", &config, &build(b"1", PACKAGES));
    let part = without(&whole, "config.json");
    for (a, b, image) in [(&whole, &part, "B"), (&part, &whole, "A")] {
        let json = incomplete(a, b);
        assert_eq!(json["settings"], json!([]));
        for list in ["secrets", "junk"] {
            let rows = json[list].as_array().expect("rows");
            assert!(rows.iter().all(|row| row["presence"] != "new" && row["presence"] != "gone"), "{json}");
        }
        assert_eq!(json["first_difference"], Value::Null);
        let text = compare(a, b, &[]).ok().text().split_whitespace().collect::<Vec<_>>().join(" ");
        let said = format!("the settings cannot be compared: the configuration of {image} was not read");
        assert!(text.contains(&said) && text.contains("which layers are the same is unknown"), "{text}");
        assert!(!text.contains("only in"), "{text}");
    }
}

#[test]
fn a_gate_and_a_report_name_what_was_not_read_of_the_baseline() {
    let images = Images::new();
    let b = images.linux("b", &build(b"2", PACKAGES));
    let a = without(&images.linux("a", &build(b"1", PACKAGES)), "2/layer.tar");
    let words = |command: &str, image: &Path, baseline: &Path, rest: &[&str]| {
        let words = [command, image.to_str().expect("a path"), "--baseline", baseline.to_str().expect("a path")];
        layerscope(&[&words[..], rest].concat())
    };
    for rule in [&["--highest-growth-bytes", "1GB"][..], &["--forbid-new-secrets"]] {
        assert!(words("check", &b, &a, rule).refusal().contains("cannot be read completely"));
        assert_eq!(words("check", &a, &b, rule).code, Some(1));
        let run = compare(&a, &b, rule);
        assert_eq!(run.code, Some(1));
        assert!(run.text().contains("the baseline, layer 3: blob not in archive"), "{}", run.text());
    }
    let saved = images.folder.path().join("saved.json");
    for command in ["check", "summary"] {
        let summary = layerscope(&[command, a.to_str().expect("a path"), "--format", "json"]);
        fs::write(&saved, &summary.stdout).expect("room");
        let refusal = words("check", &b, &saved, &["--highest-growth-bytes", "1GB"]).refusal();
        assert!(refusal.contains("not read completely"), "{command}: {refusal}");
    }
    for format in ["markdown", "html"] {
        let report = words("report", &b, &a, &["-o", "-", "--format", format]);
        let text = report.ok().text().to_owned();
        assert!(text.contains("layer 3 of A was not read"), "{text}");
        assert!(text.contains("not compared") && !text.contains("| A | +9.0 kB"), "{text}");
    }
}
