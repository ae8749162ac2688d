//! `layerscope tour` without a terminal, and what it refuses.

use crate::tool::layerscope;

#[test]
fn the_lessons_of_the_demo_are_printed_where_there_is_no_terminal() {
    let run = layerscope(&["tour"]).ok();
    assert!(run.text().lines().all(|line| line.chars().count() <= 80), "{}", run.text());
    assert!(run.text().starts_with("1. A layer is a difference\n") && !run.text().contains("cannot show"));
    let other = layerscope(&["tour", "docker20-legacy.tar"]).ok();
    let text = other.text().split_whitespace().collect::<Vec<_>>().join(" ");
    let skipped = "This image cannot show: The highest copy counts (no file gets other content in a higher layer); ";
    assert!(text.contains(skipped), "{text}");
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

#[test]
fn the_lesson_about_a_container_has_the_figures_of_the_container() {
    let text = layerscope(&["tour", "demo:container"]).ok().text().split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "here 2 paths added, 1 path changed and 1 path removed, which is what `docker diff` lists.",
        "the size is 15 kB; the virtual size, with the layers of the image, is 60 MB.",
        "Answer: Layer 14.",
    ] {
        assert!(text.contains(said), "`{said}` in {text}");
    }
    assert!(!text.contains("`layerscope demo:container` shows"), "{text}");
}

#[test]
fn what_is_no_file_of_lessons_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.toml");
    let file = path.to_str().expect("a path");
    for (content, says) in [
        (Vec::new(), "line 1, column 1: there is no lesson: a file has at least one `[[lesson]]`"),
        (b"\xff\xfe[[lesson]]".to_vec(), "stream did not contain valid UTF-8"),
        (vec![b'#'; 10 << 20], "it has more than 1048576 bytes"),
        (b"Lessons about layers\n".to_vec(), "line 1, column "),
        (b"[[lesson]]\nid = \"a\"\nid = \"b\"\n".to_vec(), "line 3, column 1: duplicate key"),
        (b"[[lesson]]\nid = \"a\"\n".to_vec(), "line 1, column 1: missing field `title`"),
        (b"[lesson]\nid = \"a\"\n".to_vec(), "line 1, column 1: "),
        ([b"a = ".to_vec(), vec![b'['; 100_000]].concat(), "line 1, column "),
    ] {
        std::fs::write(&path, &content).expect("room");
        let refusal = layerscope(&["tour", "demo", "--lessons", file]).refusal();
        assert!(refusal.contains(says) && refusal.lines().count() <= 2, "`{says}` in {refusal}");
    }
    let refusal = layerscope(&["tour", "demo", "--lessons", "/no/such/file"]).refusal();
    assert!(refusal.contains("/no/such/file"), "{refusal}");
}
