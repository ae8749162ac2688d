use std::process::Stdio;

use crate::tool::{command, images, layerscope};

#[test]
fn an_archive_that_cannot_be_shown_is_refused_in_one_sentence() {
    let several = layerscope(&["summary", "docker20-multi.tar"]).refusal();
    assert!(several.contains("`lessons:legacy`") && several.contains("`lessons:legacy-v2`"), "{several}");
    let rootfs = layerscope(&["ls", "lessons.rootfs.tar"]).refusal();
    assert!(rootfs.contains("a root file system (docker export), not an image"), "{rootfs}");
    let missing = layerscope(&["nowhere.tar"]).refusal();
    assert!(missing.starts_with("`nowhere.tar` does not exist"), "{missing}");
    let platform = layerscope(&["summary", "lessons.tar.gz", "--platform", "linux/arm64"]).refusal();
    assert!(platform.contains("linux/arm64") && platform.contains("linux/amd64"), "{platform}");
    let platform = layerscope(&["summary", "lessons.tar.gz", "--platform", "a/b/c/d"]).refusal();
    assert!(platform.starts_with("`--platform a/b/c/d` is not a platform: "), "{platform}");
    let image = layerscope(&["summary", "lessons.tar.gz", "--image", "@x"]).refusal();
    assert!(image.contains("`@x`"), "{image}");
}

#[test]
fn wrong_words_are_usage_errors() {
    for words in [
        &["summary"][..],
        &["summary", "lessons.tar.gz", "--format", "xml"],
        &["summary", "lessons.tar.gz", "--wrong"],
        &["ls", "lessons.tar.gz", "--layer", "one"],
        &["ls", "lessons.tar.gz", "--layer", "1", "--up-to", "2"],
        &["summry", "lessons.tar.gz"],
        &["completions", "tcsh"],
        &[],
    ] {
        let run = layerscope(words);
        assert_eq!(run.code, Some(2), "{words:?}");
        assert!(
            run.stdout.is_empty() && (run.stderr.contains("--help") || run.stderr.contains("Usage:")),
            "{words:?}: {}",
            run.stderr
        );
    }
    assert!(layerscope(&["man", "nothing"]).refusal().contains("`nothing`"));
}

#[test]
fn standard_input_is_an_image_too() {
    let file = std::fs::File::open(images().join("buildx-gzip.tar")).expect("an archive");
    let piped = command().args(["ls", "-"]).stdin(Stdio::from(file)).output().expect("the program starts");
    assert_eq!(piped.stdout, layerscope(&["ls", "buildx-gzip.tar"]).ok().stdout);
}

#[test]
fn a_file_called_demo_goes_before_the_demo() {
    let folder = tempfile::TempDir::new().expect("a folder");
    std::fs::copy(images().join("buildx-gzip.tar"), folder.path().join("demo")).expect("a copy");
    let run = command().current_dir(folder.path()).args(["layers", "demo"]).output().expect("the program starts");
    assert_eq!(run.stdout, layerscope(&["layers", "buildx-gzip.tar"]).ok().stdout);
}

#[test]
fn colours_are_for_terminals_or_when_asked_for() {
    let coloured = |run: crate::tool::Run| run.ok().stdout.contains(&0x1b);
    assert!(!coloured(layerscope(&["layers", "lessons.tar.gz"])));
    assert!(!coloured(layerscope(&["layers", "lessons.tar.gz", "--color", "never"])));
    assert!(coloured(layerscope(&["layers", "lessons.tar.gz", "--color", "always"])));
}

#[test]
fn images_are_listed_with_what_chooses_them() {
    insta::assert_snapshot!(layerscope(&["images", "docker20-multi.tar"]).ok().text());
    let document = layerscope(&["images", "skopeo-oci", "--format", "json"]).ok().json();
    assert_eq!((&document["schema_version"], &document["kind"]), (&1.into(), &"OCI layout".into()));
    assert_eq!((&document["images"][0]["index"], &document["images"][0]["available"]), (&0.into(), &true.into()));
}

#[test]
fn help_shows_the_way_in() {
    insta::assert_snapshot!("help", layerscope(&["--help"]).ok().text());
    insta::assert_snapshot!("help_ls", layerscope(&["ls", "--help"]).ok().text());
}

#[test]
fn packagers_get_completions_and_pages() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = layerscope(&["completions", shell]).ok();
        assert!(run.text().contains("layerscope") && run.text().contains("waste"), "{shell}");
    }
    assert!(layerscope(&["man"]).ok().text().contains(".TH layerscope 1"));
    assert!(layerscope(&["man", "ls"]).ok().text().contains(".TH layerscope-ls 1"));
    assert!(layerscope(&["man", "glossary"]).ok().text().starts_with(".TH layerscope\\-glossary 7 "));
    assert!(layerscope(&["--version"]).ok().text().starts_with("layerscope "));
}
