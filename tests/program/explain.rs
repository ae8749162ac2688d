//! `layerscope explain`: the whole text, and where it goes.

use crate::testing;
use crate::tool::layerscope;

#[test]
fn the_demo_is_explained_layer_by_layer() {
    let run = layerscope(&["explain", "demo"]).ok();
    assert!(run.text().lines().all(|line| line.chars().count() <= 80), "it fits a terminal");
    insta::assert_snapshot!("text", run.text());
    insta::assert_snapshot!("markdown", layerscope(&["explain", "demo", "--format", "markdown"]).ok().text());
}

#[test]
fn a_classic_builder_made_no_layer_where_nothing_changed() {
    let run = layerscope(&["explain", "docker20-legacy.tar"]).ok();
    let text = run.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("this builder makes no layer of such a step; BuildKit would store an empty one"), "{text}");
    assert!(text.contains("`docker history` prints `<missing>` for 21 of these steps"), "{text}");
    let metadata = "`USER 1000`, `VOLUME [/data]`, `STOPSIGNAL SIGTERM`, `ENTRYPOINT [\"/t\"]` and `CMD [\"mkdir\" \"/started\"]` \
                    change only the configuration of the image";
    assert!(text.contains(metadata), "one sentence for all: {text}");
    assert!(text.contains("It hides 1 file of layer 9, 30 kB: it is still stored there"), "{text}");
    assert!(text.contains("All of it is wasted: layer 5 stores it again."), "{text}");
}

#[test]
fn what_cannot_be_read_is_said_first() {
    let scratch = testing::archive::Scratch::new();
    let layers = [testing::notation::layer("a=x"), b"not a tar".repeat(200)];
    let archive = scratch.file("image.tar", &testing::archive::docker_save(&layers));
    let run = layerscope(&["explain", archive.to_str().expect("a path")]).ok();
    assert!(run.text().contains("Incomplete: "), "{}", run.text());
    assert!(run.text().contains("Its contents are unknown: "), "{}", run.text());
}
