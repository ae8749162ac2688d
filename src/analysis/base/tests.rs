use super::*;
use crate::image::{HistoryEntry, Layer, pair_history};

const DAY: &str = "2024-05-01T00:00:00Z";
const NEXT_WEEK: &str = "2024-05-08T00:00:00Z";

/// An image with a layer for every step that is not a command or variable.
fn image(steps: &[HistoryEntry]) -> Image {
    let is_empty =
        |step: &HistoryEntry| ["CMD", "ENV", "ENTRYPOINT"].iter().any(|word| step.created_by.starts_with(word));
    let history: Vec<_> =
        steps.iter().map(|step| HistoryEntry { empty_layer: is_empty(step), ..step.clone() }).collect();
    let layers = vec![Layer::default(); history.iter().filter(|step| !step.empty_layer).count()];
    let mut image = Image { layers, ..Image::default() };
    (image.steps, _) = pair_history(history, &mut image.layers);
    image
}

fn step(created_by: &str) -> HistoryEntry {
    HistoryEntry { created_by: created_by.to_owned(), ..HistoryEntry::default() }
}

/// Layers of the base, what shows it, and how many of them are published.
fn base(steps: &[&str]) -> (usize, BaseEvidence, usize) {
    of(&steps.iter().map(|text| step(text)).collect::<Vec<_>>())
}

fn of(steps: &[HistoryEntry]) -> (usize, BaseEvidence, usize) {
    let image = image(steps);
    let base = Base::detect(&image);
    (base.layers, base.evidence, base.published)
}

#[test]
fn what_to_run_ends_a_base_where_more_is_built_on_it() {
    let command = BaseEvidence::Command;
    let steps = ["ADD file:1 in /", "CMD [\"sh\"]", "RUN a", "ENV A=b", "CMD [\"a\"]", "COPY b /", "RUN c"];
    assert_eq!(base(&steps), (2, command, 1));
    assert_eq!(base(&["ADD file:1 in /", "CMD [\"sh\"]", "RUN a", "CMD [\"a\"]"]).0, 1);
    assert_eq!(base(&["COPY app /", "RUN a", "CMD [\"a\"]"]), (0, BaseEvidence::None, 0));
    assert_eq!(base(&["", "COPY app /app"]), (1, BaseEvidence::NoInstructions, 1));
    assert_eq!(base(&[]), (0, BaseEvidence::None, 0));
}

#[test]
fn layers_at_the_bottom_that_have_no_instruction_are_the_base() {
    assert_eq!(base(&["", "", "COPY a", "RUN b"]), (2, BaseEvidence::NoInstructions, 2));
    assert_eq!(base(&["ADD rootfs", "COPY a"]).0, 0, "no archive, and not into the root");
    assert_eq!(base(&["", "COPY a", "CMD [\"a\"]", "RUN b"]), (2, BaseEvidence::Command, 1));
}

#[test]
fn where_every_layer_would_be_of_the_base_none_is() {
    for steps in [
        &[""][..],
        &["", ""],
        &["ADD file:1 in /"],
        &["ADD file:1 in /", "CMD [\"sh\"]"],
        &["bazel build ..."],
        &["bazel build ...", "bazel build ..."],
        &["/bin/sh"],
    ] {
        assert_eq!(base(steps), (0, BaseEvidence::None, 0), "{steps:?}");
    }
}

#[test]
fn the_lowest_layer_is_a_base_if_it_is_an_unpacked_archive_or_of_another_builder() {
    let root = (1, BaseEvidence::RootFilesystem, 1);
    for lowest in [
        "/bin/sh -c #(nop) ADD file:1 in / ",
        "ADD --chown=0:0 alpine-minirootfs-3.20.3-x86_64.tar.gz / # buildkit",
        "# debian.sh --arch 'amd64' out/ 'bookworm' '@1'",
    ] {
        assert_eq!(base(&[lowest, "RUN b"]), root, "{lowest}");
    }
    for own in ["ADD dir:1 in /", "ADD multi:1 in /", "ADD . / # buildkit", "ADD a.tar b.txt /srv", "COPY rootfs /"] {
        assert_eq!(base(&[own, "RUN b"]).0, 0, "{own}");
    }
    assert_eq!(base(&["bazel build ...", "bazel build ...", "jib"]), (2, BaseEvidence::OtherBuilder, 0));
    assert_eq!(base(&["/bin/bash", "RUN b"]), (1, BaseEvidence::OtherBuilder, 0));
}

#[test]
fn a_command_in_the_middle_publishes_nothing_unless_another_build_replaced_it() {
    let built = |at: &[&str], steps: &[&str]| {
        let at = at.iter().map(|at| Some((*at).to_owned()));
        of(&steps.iter().zip(at).map(|(text, created)| HistoryEntry { created, ..step(text) }).collect::<Vec<_>>())
    };
    let own = ["ADD file:1 in /", "COPY secret /", "CMD [\"/bin/bash\"]", "RUN y"];
    assert_eq!(base(&own).2, 1);
    assert_eq!(built(&[DAY, DAY, DAY, NEXT_WEEK], &own).2, 1, "a cached build is as far apart");
    let replaced = ["ADD file:1 in /", "COPY secret /", "CMD [\"a\"]", "RUN y", "CMD [\"b\"]"];
    assert_eq!(base(&replaced).2, 1);
    assert_eq!(built(&[DAY; 5], &replaced).2, 1);
    assert_eq!(built(&[DAY, DAY, DAY, NEXT_WEEK, NEXT_WEEK], &replaced), (2, BaseEvidence::Command, 2));
    let epoch = "1970-01-01T00:00:00Z";
    assert_eq!(built(&[epoch, epoch, epoch, DAY, DAY], &replaced).2, 1);
    let other = ["ADD file:1 in /", "COPY e /", "ENTRYPOINT [\"e\"]", "COPY y /", "CMD [\"b\"]"];
    assert_eq!(built(&[DAY, DAY, DAY, NEXT_WEEK, NEXT_WEEK], &other).2, 1, "an entrypoint is not a command");
}

#[test]
fn a_comment_of_the_builder_names_the_base_and_where_it_ends() {
    let commented = |text: &str, comment: &str| HistoryEntry { comment: comment.to_owned(), ..step(text) };
    let steps = [
        commented("ADD file:1 in /", ""),
        commented("RUN a", "FROM docker.io/library/debian:12"),
        commented("COPY b /b", "FROM localhost/base:1"),
        commented("RUN c", "FROM 5e35d350aded"),
    ];
    let image = image(&steps);
    let base = Base::detect(&image);
    assert_eq!((base.layers, base.evidence, base.published), (2, BaseEvidence::Comment, 2));
    assert_eq!(base.name, Some("localhost/base:1"));
    assert!(base.has(LayerNumber::FIRST) && !base.has(LayerNumber::from_index(2)));
}

#[test]
fn a_label_names_the_base() {
    let mut image = image(&[step("COPY a /"), step("RUN b")]);
    image.config.labels = vec![(BASE_NAME.to_owned(), "debian:12".to_owned())];
    assert_eq!((Base::detect(&image).name, Base::detect(&image).layers), (Some("debian:12"), 0));
}

#[test]
fn what_the_user_or_the_provenance_states_counts_before_the_history() {
    let mut image = image(&["ADD file:1 in /", "CMD [\"sh\"]", "RUN a", "CMD [\"a\"]", "COPY b /"].map(step));
    let stated = |layers, is_exact| crate::image::Provenance {
        base: Some(crate::image::StatedBase { name: "debian:12".to_owned(), digest: None, layers, is_exact }),
        ..crate::image::Provenance::default()
    };
    let read = |image: &Image| {
        let base = Base::detect(image);
        (base.layers, base.evidence, base.published, base.describe())
    };
    assert_eq!(read(&image).3.as_deref(), Some("layers 1 to 2 (assumed, from the history)"));
    image.provenance = Some(stated(Some(1), true));
    let said = Some("debian:12, layer 1 (from provenance)".to_owned());
    assert_eq!(read(&image), (1, BaseEvidence::Provenance, 1, said));
    image.provenance = Some(stated(Some(3), false));
    let (layers, evidence, published, _) = read(&image);
    assert_eq!(
        (layers, evidence),
        (3, BaseEvidence::ProvenancePosition),
        "all of them, and nothing but settings above"
    );
    assert_eq!(published, 1, "a statement hides no secret");
    image.provenance = Some(stated(Some(0), true));
    assert_eq!(read(&image).3.as_deref(), Some("none: built from scratch (from provenance)"));
    image.provenance = Some(stated(None, true));
    assert_eq!(read(&image).3.as_deref(), Some("debian:12, layers 1 to 2 (assumed, from the history)"));
    let config = Box::default();
    image.given_base = Some(crate::image::GivenBase { name: "own:1".to_owned(), layers: 2, config });
    assert_eq!(read(&image).3.as_deref(), Some("own:1, layers 1 to 2 (by --base)"));
}
