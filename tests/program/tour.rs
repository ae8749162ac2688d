//! `layerscope tour` without a terminal, and what it refuses.

use crate::tool::layerscope;

#[test]
fn the_lessons_of_the_demo_are_printed_where_there_is_no_terminal() {
    let run = layerscope(&["tour"]).ok();
    assert!(run.text().lines().all(|line| line.chars().count() <= 80), "{}", run.text());
    assert!(run.text().starts_with("1. A layer is a difference\n") && !run.text().contains("cannot show"));
    let other = layerscope(&["tour", "docker20-legacy.tar"]).ok();
    assert!(other.text().contains("This image cannot show: "), "{}", other.text());
}

#[test]
fn a_faulty_file_of_lessons_is_refused_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, "[[lesson]]\nid = \"a\"\ntitle = \"T\"\ntext = \"x\"\nview = \"nowhere\"\n").expect("room");
    let file = path.to_str().expect("a path");
    let refusal = layerscope(&["tour", "demo", "--lessons", file]).refusal();
    assert!(refusal.contains("line 5, column 8: unknown view `nowhere`"), "{refusal}");
}
