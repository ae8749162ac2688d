use serde_json::Value;

use crate::tool::{layerscope, read};

fn engines(name: &str) -> Vec<Value> {
    read(name).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn the_history_is_the_engines() {
    for archive in ["docker20-legacy", "docker20-buildkit"] {
        let ours = layerscope(&["history", &format!("{archive}.tar"), "--format", "json"]).ok().json();
        let ours = ours["history"].as_array().expect("a list").clone();
        let theirs = engines(&format!("{archive}.history.json"));
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            // The classic store counts the target of a symlink, four bytes of it here; we count contents alone.
            let size = if theirs["Size"] == "4B" { &Value::from("0B") } else { &theirs["Size"] };
            assert_eq!(
                [&ours["created_by"], &ours["comment"], &ours["size"], &ours["created_at"]],
                [&theirs["CreatedBy"], &theirs["Comment"], size, &theirs["CreatedAt"]],
                "{archive}"
            );
        }
        assert_eq!(ours[0]["id"], theirs[0]["ID"]);
    }
}

#[test]
fn the_table_has_dockers_columns() {
    let run = layerscope(&["history", "docker20-buildkit.tar"]).ok();
    let lines: Vec<_> = run.text().lines().collect();
    // The age depends on the day, and with it the width of its column.
    let words: Vec<_> = lines[0].split_whitespace().collect();
    assert_eq!(words, ["IMAGE", "CREATED", "CREATED", "BY", "SIZE", "COMMENT"]);
    assert!(lines[1].starts_with("5c6beb557f71   "), "{}", lines[1]);
    assert!(lines[2..].iter().all(|line| line.starts_with("<missing>      ")), "{lines:#?}");
    assert!(lines[10].contains("   RUN /t mv /data/two.bin /data/moved.bin # bu…   30kB      buildkit.dockerfile.v0"));
    assert_eq!(lines.len(), 23);
}

#[test]
fn nothing_is_cut_when_that_is_asked_for() {
    let run = layerscope(&["history", "docker20-legacy.tar", "--no-trunc"]).ok();
    let theirs = engines("docker20-legacy.history.json");
    for (ours, theirs) in run.text().lines().skip(1).zip(&theirs) {
        let created_by = theirs["CreatedBy"].as_str().expect("text").trim_end();
        assert!(ours.contains(created_by), "{ours}");
    }
    assert!(run.text().lines().nth(1).is_some_and(|line| line.starts_with("sha256:c349c7e50748c881d101b5c93a11f1fb")));
}

#[test]
fn a_dockerfile_comes_back_from_either_builder() {
    insta::assert_snapshot!(
        "classic",
        layerscope(&["history", "docker20-legacy.tar", "--format", "dockerfile"]).ok().text()
    );
    insta::assert_snapshot!(
        "buildkit",
        layerscope(&["history", "buildx-gzip.tar", "--format", "dockerfile"]).ok().text()
    );
}
