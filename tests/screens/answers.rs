//! What learners ask, each answered on the screen: the name of a test is the question.

use crate::driver::Driver;
use crate::fixture;
use crate::tour::DEMO;

/// A screen with room for all details, at the step that made a layer.
fn at_layer(layer: usize) -> Driver {
    let fixture = &DEMO.fixture;
    let step = fixture.image.steps.iter().position(|step| step.layer.is_some_and(|made| made.get() == layer));
    let mut driver = Driver::opened(fixture, 200, 120);
    driver.press(&"down ".repeat(step.expect("a step") + 1));
    driver
}

/// Without the frames, and with single blanks.
fn words(driver: &mut Driver) -> String {
    // The left half has the list and the details.
    let left = |line: &str| line.chars().take(91).collect::<String>();
    let text: String = driver.text().lines().map(|line| left(line) + "\n").collect();
    text.replace(['│', '┃'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn says(driver: &mut Driver, text: &str) {
    let screen = words(driver);
    assert!(screen.contains(text), "no `{text}` in\n{}", driver.text());
}

#[test]
fn what_does_the_removing_layer_store() {
    let mut driver = at_layer(9);
    says(&mut driver, "It hides 1 path of the layers below");
    says(&mut driver, "root/.ssh/.wh.id_ed25519 a whiteout: hides /root/.ssh/id_ed25519");
}

#[test]
fn what_are_the_entries_of_a_layer_in_its_tar() {
    let fixture = fixture::shop();
    let mut driver = Driver::with(&fixture, 80, 24);
    insta::assert_snapshot!("raw-entries", driver.press("W").picture());
    driver.press("/ w h");
    assert!(driver.text().contains("2 of 4 match"), "{}", driver.text());
    driver.press("enter");
    assert!(driver.text().contains("2 of 4 match") && driver.text().contains(" wh"), "{}", driver.text());
    driver.press("esc");
    assert!(driver.text().contains("4 entries, 1 whiteout, 1 opaque"), "{}", driver.text());
    assert!(!driver.press("esc").text().contains("Tar of layer"), "{}", driver.text());
}

#[test]
fn can_the_tar_of_a_layer_have_a_hundred_thousand_entries() {
    let fixture = fixture::shop();
    let mut driver = Driver::with(&fixture, 80, 24);
    driver.press("end up up W G");
    let text = driver.text();
    assert!(text.contains("usr/100000") && text.contains("100,001 entries"), "{text}");
    assert!(text.contains("incomplete: the content"), "what could not be read is said: {text}");
    driver.press("/ 9 9 9 9 9 enter home");
    assert!(driver.text().contains("1 of 100,001 match") && driver.text().contains("usr/99999"), "{}", driver.text());
    driver.resize(30, 8);
    driver.text();
}

#[test]
fn where_is_the_tar_listed_if_no_layer_is_selected() {
    let mut driver = Driver::opened(&fixture::shop(), 80, 24);
    assert!(driver.press("W").text().contains("select a layer first"), "{}", driver.text());
}

#[test]
fn does_chown_store_everything_again() {
    says(&mut at_layer(7), "copy-up 11 MB in 255 files stored again as a whole, content unchanged");
}

#[test]
fn why_did_a_step_make_no_layer_or_an_empty_one() {
    let fixture = &DEMO.fixture;
    let mut driver = Driver::opened(fixture, 200, 120);
    driver.press("4 down down");
    let text = driver.text();
    assert!(text.contains("It writes the command that a container runs to the configuration."), "{text}");
    let mut driver = at_layer(13);
    says(&mut driver, "empty: the step changed no file. BuildKit stores a layer for it, a classic builder none");
}

#[test]
fn what_does_docker_history_print_and_what_is_missing() {
    let mut driver = at_layer(2);
    says(&mut driver, "IMAGE <missing> CREATED BY RUN /bin/sh -c apt-get update");
    says(&mut driver, "SIZE 19.7MB COMMENT buildkit.dockerfile.v0");
    says(&mut driver, "<missing>: an image has one ID, that of its newest step.");
    driver.press("4 end");
    let text = driver.text();
    let is_id = |line: &str| line.contains("IMAGE ") && line.split_whitespace().any(|word| word == "fac33373ba8b");
    assert!(text.lines().any(is_id), "the newest step has the ID of the image: {text}");
    assert!(!text.contains("<missing>"), "{text}");
}

#[test]
fn which_settings_are_inherited_and_by_which_step() {
    let mut driver = Driver::opened(&DEMO.fixture, 160, 100);
    let text = driver.press("5").text();
    assert!(text.contains("NODE_ENV=production · set by `ENV NODE_ENV=production`"), "{text}");
    assert!(text.contains("/srv/shop · set by `WORKDIR /srv/shop` (Dockerfile:"), "{text}");
    assert!(text.contains("· inherited from the base: `LABEL"), "{text}");
    assert!(text.contains("/sbin:/bin · no step sets it: the base or the builder does"), "{text}");
}

/// The history with the cursor on the step whose row has a text.
fn at_step(text: &str) -> Driver {
    let mut driver = Driver::opened(&DEMO.fixture, 160, 60);
    driver.press("4 home");
    for _ in 0..DEMO.fixture.image.steps.len() {
        if !driver.selected_lines().concat().contains(text) {
            driver.press("down");
        }
    }
    driver
}

fn shows(driver: &mut Driver, texts: &[&str]) {
    let screen = driver.text();
    let screen = screen.replace(['│', '┃'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
    for text in texts {
        assert!(screen.contains(text), "no `{text}` in\n{}", driver.text());
    }
}

#[test]
fn does_expose_publish_the_port() {
    shows(
        &mut at_step("EXPOSE 8080/tcp"),
        &["notes a port in the configuration and publishes none: `docker run -p` does"],
    );
}

#[test]
fn which_of_two_commands_runs() {
    let says = "Replaced by `CMD [\"node\" \"server.js\"]` (Dockerfile:27): a container runs `node server.js`.";
    shows(&mut at_step("CMD [\"bash\"]"), &["– replaced base 2026", says]);
    let mut last = at_step("CMD [\"node\"");
    assert!(!last.text().contains("Replaced by"), "{}", last.text());
}

#[test]
fn what_came_from_another_stage() {
    let mut driver = at_step("COPY --from=keys id_ed25519");
    shows(&mut driver, &["copied from `keys`, a build context of its own", "8 13"]);
}

#[test]
fn which_steps_made_no_layer() {
    shows(&mut at_step("ADD file"), &["History · 21 steps, 8 made no layer, metadata only · oldest first"]);
}

#[test]
fn what_is_the_image_id_and_what_the_digest_of_the_manifest() {
    let mut driver = Driver::opened(&DEMO.fixture, 160, 100);
    driver.press("5");
    shows(
        &mut driver,
        &[
            "image ID sha256:f4936899423b",
            "of the configuration; Podman, and Docker without a containerd store, show it as IMAGE ID",
            "manifest sha256:fac33373ba8b",
            "each layer has a digest, of its blob as it is stored; a diff ID, of its tar; and a chain ID, of it and all below",
        ],
    );
}

#[test]
fn what_do_ten_containers_need_of_a_disk() {
    let mut driver = Driver::opened(&DEMO.fixture, 160, 100);
    driver.press("5");
    shows(
        &mut driver,
        &[
            "image 60 MB, once: containers share its layers, which are read-only",
            "ten of them 60 MB, and what each of the ten containers writes",
            "base 10 MB in 1 layer; above it 50 MB in 12 layers",
            "push 62 kB in 14 blobs where the registry has the base",
        ],
    );
}

#[test]
fn what_is_built_again_if_a_variable_changes() {
    let mut driver = at_step("ENV NODE_ENV");
    driver.press("r");
    shows(&mut driver, &["if `ENV NODE_ENV=production` changes", "– changes 4 metadata", "– no layer 26 metadata"]);
    assert!(driver.selected_lines().concat().contains("changes"), "{}", driver.text());
    // Of the base and before the change, only steps with a layer are cached.
    shows(&mut driver, &["1 cached 10 MB"]);
}

#[test]
fn how_is_a_layer_identified_and_where_is_it_on_a_host() {
    let mut driver = at_layer(2);
    for text in [
        "of the blob as it is stored; registries find it by this",
        "of its tar, not compressed; the configuration lists it",
        "of this layer and all below, in their order",
        "overlay2 files in /var/lib/docker/overlay2/ID/diff, with the ID from",
        "containerd blob in /var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/",
        "podman files in /var/lib/containers/storage/overlay/1e48b2",
    ] {
        says(&mut driver, text);
    }
}

#[test]
fn what_is_the_union() {
    let mut driver = at_layer(9);
    driver.press("a");
    assert!(driver.text().contains("merged: the union of 9 layers"), "{}", driver.text());
}
