//! Provenance that builders attach: which lines made which layer, what a copy came from, and what is not believed.

use layerscope::analysis::{Analysis, Base, BuildPlan, Knowledge, StepOutcome, locate, outcomes};
use layerscope::image::{Dockerfile, Image, LayerNumber, LineEvidence};
use layerscope::secrets::{self, SecretLocation};
use layerscope::source::{ImageChoice, Quiet};
use layerscope::union::Union;
use serde_json::{Value, json};

use crate::testing::members::{CONFIG, INDEX, MANIFEST, Members, layer, only, open_path, sha256};

const STATEMENT: &str = "application/vnd.in-toto+json";

fn recorded(name: &str) -> Value {
    let path = format!("{}/tests/provenance/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).expect("a statement")).expect("JSON")
}

/// The part of a statement with layers, and its subject.
fn metadata(statement: &mut Value) -> &mut Value {
    let path = if statement.pointer("/predicate/buildDefinition").is_some() {
        "/predicate/runDetails/metadata/buildkit_metadata"
    } else {
        "/predicate/metadata/https:~1~1mobyproject.org~1buildkit@v1#metadata"
    };
    statement.pointer_mut(path).expect("metadata of BuildKit")
}

/// The digests of the longest chain of a statement.
fn chain(statement: &mut Value) -> Vec<String> {
    let layers = metadata(statement)["layers"].as_object().expect("layers").clone();
    let chains = layers.values().flat_map(|chains| chains.as_array().expect("chains").clone());
    let longest = chains.max_by_key(|chain| chain.as_array().expect("a chain").len()).expect("a chain");
    let digest = |layer: &Value| layer["digest"].as_str().expect("a digest").to_owned();
    longest.as_array().expect("a chain").iter().map(digest).collect()
}

/// How the image of a test differs from the one that its statement is about.
#[derive(Clone, Copy, PartialEq)]
enum Copied {
    /// It does not.
    Exactly,
    /// Its layers have other digests.
    Recompressed,
    /// So they have, and its history is another.
    Other,
}

/// An archive of the image that a statement is about, without the contents of its layers.
fn attested(mut statement: Value, history: &[&str], copied: Copied) -> Vec<u8> {
    let digests = chain(&mut statement);
    attested_with(statement, &digests, history, copied)
}

fn attested_with(mut statement: Value, digests: &[String], history: &[&str], copied: Copied) -> Vec<u8> {
    let mut members = Members::default();
    let bytes = layer(&[("a", b"a")]);
    let first = members.blob("application/vnd.oci.image.layer.v1.tar", bytes.clone());
    let diff_ids: Vec<String> = digests.iter().map(|_| format!("sha256:{}", sha256(&bytes))).collect();
    let history: Vec<Value> = history.iter().map(|text| json!({"created_by": text})).collect();
    let config = json!({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": history});
    let config = members.blob(CONFIG, config.to_string());
    let descriptor = |(at, digest): (usize, &String)| match copied {
        // Some layer must be there, else the image is only listed.
        _ if at == 0 && copied != Copied::Exactly => first.clone(),
        Copied::Exactly => {
            json!({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest, "size": 9})
        }
        _ => json!({"mediaType": "application/vnd.oci.image.layer.v1.tar+zstd",
            "digest": format!("sha256:{}", sha256(digest.as_bytes())), "size": 9}),
    };
    let layers: Vec<Value> = digests.iter().enumerate().map(descriptor).collect();
    let mut manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
    manifest["annotations"] = json!({"test": "kept"});
    let image = members.blob(MANIFEST, manifest.to_string());
    if copied == Copied::Exactly {
        let hex = image["digest"].as_str().map(|digest| &digest[7..]);
        statement["subject"] = json!([{"name": "test", "digest": {"sha256": hex}}]);
    }
    let statement = members.blob(STATEMENT, statement.to_string());
    let about = if copied == Copied::Exactly { image["digest"].clone() } else { json!(format!("sha256:{:064}", 7)) };
    let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [statement]});
    let mut attestation = members.blob(MANIFEST, manifest.to_string());
    attestation["platform"] = json!({"os": "unknown", "architecture": "unknown"});
    attestation["annotations"] =
        json!({"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": about});
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [image, attestation]});
    let index = members.blob(INDEX, index.to_string());
    members.index(&[index]);
    members.tar()
}

fn lines(image: &Image) -> Vec<String> {
    let layers = (1..=image.layers.len()).filter_map(LayerNumber::new);
    layers.map(|layer| image.source_of(layer).map_or("-".to_owned(), |source| source.lines.to_string())).collect()
}

fn remarks(image: &Image) -> Vec<&str> {
    let texts = image.findings.iter().map(|finding| finding.message.as_str());
    texts.filter(|message| message.contains("provenance")).collect()
}

#[test]
fn the_layers_of_an_attested_archive_have_their_lines() {
    let path = format!("{}/tests/images/docker26-containerd.tar", env!("CARGO_MANIFEST_DIR"));
    let archive = open_path(path.as_ref()).expect("an archive");
    let opened = archive.select(&ImageChoice::default()).expect("an image");
    let image = opened.image();
    let expected = ["5", "6", "7", "8", "10", "12", "14", "16", "18", "19", "21", "22", "24", "25"];
    assert_eq!(lines(image), expected);
    assert_eq!(remarks(image), Vec::<&str>::new());
    let base = image.provenance.as_ref().and_then(|provenance| provenance.base.as_ref()).expect("a base");
    assert_eq!((base.name.as_str(), base.layers), ("scratch", Some(0)));
    assert_eq!(image.dockerfile.as_ref().map(|file| file.name.as_str()), Some("Dockerfile"));
}

const TWO_STAGES: [&str; 4] = [
    "COPY Dockerfile /base/ # buildkit",
    "COPY bin /bin/t # buildkit",
    "COPY --chmod=0640 /hello /srv/hello # buildkit",
    "WORKDIR /srv",
];

#[test]
fn a_copy_from_a_stage_names_the_steps_that_made_its_files() {
    let opened = only(&attested(recorded("v1-two-stages"), &TWO_STAGES, Copied::Exactly));
    let image = opened.image();
    assert_eq!(lines(image), ["4", "13", "14-15", "16"]);
    let copied = image.source_of(LayerNumber::new(3).expect("a layer")).and_then(|source| source.copied_from.clone());
    let copied = copied.expect("a stage");
    assert_eq!((copied.name.as_str(), copied.is_stage), ("build", true));
    assert_eq!(copied.lines.iter().map(ToString::to_string).collect::<Vec<_>>(), ["8-11"]);
    assert_eq!(image.annotations, [("test".to_owned(), "kept".to_owned())]);
}

#[test]
fn the_base_is_the_image_that_the_steps_begin_with() {
    let history = vec!["x"; 16];
    let opened = only(&attested(recorded("v1-based"), &history, Copied::Exactly));
    let base = opened.image().provenance.as_ref().and_then(|provenance| provenance.base.clone()).expect("a base");
    assert_eq!(
        (base.layers, base.name.as_str(), base.is_exact),
        (Some(14), "127.0.0.1:5501/lessons:buildx-gzip", true)
    );
    assert!(base.digest.is_some_and(|digest| digest.as_str().starts_with("sha256:b1976449")));
    assert_eq!(lines(opened.image())[13..], ["-", "3", "4"]);
}

#[test]
fn a_copy_with_other_compression_has_lines_by_position_only_if_the_instructions_agree() {
    let opened = only(&attested(recorded("v1-two-stages"), &TWO_STAGES, Copied::Recompressed));
    assert_eq!(lines(opened.image()), ["4", "13", "14-15", "16"]);
    let source = opened.image().source_of(LayerNumber::FIRST).expect("lines");
    assert_eq!(source.evidence, LineEvidence::Position);

    let other = ["COPY x /y # buildkit", "COPY bin /bin/t # buildkit", "RUN make", "WORKDIR /srv"];
    let opened = only(&attested(recorded("v1-two-stages"), &other, Copied::Other));
    assert_eq!(lines(opened.image()), ["-"; 4]);
    assert_eq!(remarks(opened.image()), ["the provenance in the archive is about another image: it is not used"]);
    assert!(opened.image().provenance.as_ref().is_some_and(|provenance| !provenance.texts.is_empty()), "but searched");
}

#[test]
fn what_cannot_be_is_said_and_not_used() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str); 6] = [
        (
            |statement| {
                let steps =
                    statement.pointer_mut("/predicate/buildDefinition/internalParameters/buildConfig/llbDefinition");
                steps.expect("steps")[1]["inputs"] = json!(["step7:0"]);
            },
            "has build steps that need each other in a cycle: it is not used",
        ),
        (
            |statement| {
                let steps =
                    statement.pointer_mut("/predicate/buildDefinition/internalParameters/buildConfig/llbDefinition");
                steps.expect("steps")[1]["inputs"] = json!(["step99:0"]);
            },
            "names a build step that it does not list: it is not used",
        ),
        (
            |statement| {
                let steps =
                    statement.pointer_mut("/predicate/buildDefinition/internalParameters/buildConfig/llbDefinition");
                steps.expect("steps")[1]["id"] = json!("step2");
            },
            "lists a build step twice: it is not used",
        ),
        (
            |statement| {
                let range = json!([{"ranges": [{"start": {"line": 99}, "end": {"line": 99}}]}]);
                metadata(statement)["source"]["locations"]["step7"]["locations"] = range;
            },
            "names line 99 of `Dockerfile`, which has 20 lines: its lines are not used",
        ),
        (
            |statement| {
                let range = json!([{"ranges": [{"start": {"line": 1}, "end": {"line": 1}}]}]);
                metadata(statement)["source"]["locations"]["step7"]["locations"] = range;
            },
            "names line 1 of `Dockerfile`, where no instruction is: its lines are not used",
        ),
        (
            |statement| metadata(statement)["layers"] = json!({}),
            "lists other layers than the image has: it is not used",
        ),
    ];
    let digests = chain(&mut recorded("v1-two-stages"));
    for (change, fault) in cases {
        let mut statement = recorded("v1-two-stages");
        change(&mut statement);
        let opened = only(&attested_with(statement, &digests, &["RUN x"; 4], Copied::Exactly));
        assert_eq!(lines(opened.image()), ["-"; 4], "{fault}");
        assert_eq!(remarks(opened.image()), [format!("the provenance in the archive {fault}")]);
    }
}

#[test]
fn a_statement_of_any_shape_is_read_to_its_end() {
    for statement in [
        json!({"predicateType": "https://slsa.dev/provenance/v1"}),
        json!({"predicateType": "https://slsa.dev/provenance/v1", "predicate": []}),
        json!({"predicateType": "https://slsa.dev/provenance/v1", "predicate": {"buildDefinition": {"internalParameters":
            {"buildConfig": {"llbDefinition": [1, {"id": 2, "inputs": 3, "op": {"Op": {"file": {"actions": [{"input": -9}]}}}}]}}}}}),
        json!({"predicateType": "https://slsa.dev/provenance/v0.2", "predicate": {"buildConfig": {"llbDefinition":
            [{"id": "a", "op": {"Op": {"exec": {"mounts": [{"input": 99, "dest": "/"}]}}}}]}, "materials": [{"uri": "pkg:docker/%zz%"}]}}),
    ] {
        let digests = vec![format!("sha256:{:064}", 1)];
        let opened = only(&attested_with(statement.clone(), &digests, &["RUN x"], Copied::Exactly));
        assert_eq!(lines(opened.image()), ["-"], "{statement}");
    }
}

const LESSONS: [&str; 22] = [
    "3", "4", "5", "6", "7", "8", "10", "12", "14", "16", "18", "19", "21", "22", "24", "25", "26", "27", "28", "29",
    "30", "31",
];

fn image_of(name: &str, choice: Option<&str>) -> Image {
    let path = format!("{}/tests/images/{name}", env!("CARGO_MANIFEST_DIR"));
    let selector = choice.map(|choice| choice.parse().expect("a selector"));
    let choice = ImageChoice { selector, ..ImageChoice::default() };
    let opened = open_path(path.as_ref()).and_then(|archive| archive.select(&choice)).expect("an image");
    opened.image().clone()
}

fn step_lines(image: &Image) -> Vec<String> {
    let line = |source: &layerscope::image::StepSource| source.lines.to_string();
    image.steps.iter().map(|step| step.source.as_ref().map_or_else(|| "-".to_owned(), line)).collect()
}

#[test]
fn every_step_of_every_builder_has_its_lines_by_the_dockerfile_alone() {
    let text = image_of("docker26-containerd.tar", None).dockerfile.expect("a Dockerfile").text;
    for (name, choice) in [
        ("docker20-legacy.tar", None),
        ("docker20-buildkit.tar", None),
        ("docker20-multi.tar", Some("lessons:legacy")),
        ("docker26-reloaded.tar", None),
        ("buildx-gzip.tar", None),
        ("buildx-zstd.tar", None),
        ("buildah-oci.tar", None),
        ("buildah-docker.tar", None),
        ("skopeo-oci", None),
    ] {
        let mut image = image_of(name, choice);
        let file = Dockerfile { name: "Dockerfile".to_owned(), text: text.clone(), is_given: true };
        assert_eq!(locate(&mut image, Some(file)), Ok(()), "{name}");
        // Buildah adds an empty step of its own.
        assert_eq!(step_lines(&image)[..22], LESSONS, "{name}");
    }
}

#[test]
fn steps_without_a_layer_have_lines_between_those_of_the_provenance() {
    let mut image = image_of("docker26-containerd.tar", None);
    assert_eq!(locate(&mut image, None), Ok(()));
    assert_eq!(step_lines(&image), LESSONS);
    let other = Dockerfile { name: "other".to_owned(), text: "FROM scratch\n".to_owned(), is_given: true };
    let said = locate(&mut image, Some(other)).expect_err("another file").to_string();
    assert_eq!(said, "`other` differs from the Dockerfile in the provenance: lines are those of the provenance");
    assert_eq!(step_lines(&image), LESSONS);
}

fn built(name: &str) -> Image {
    let path = format!("{}/tests/provenance/{name}.tar", env!("CARGO_MANIFEST_DIR"));
    let opened =
        open_path(path.as_ref()).and_then(|archive| archive.select(&ImageChoice::default())).expect("an image");
    let mut image = opened.image().clone();
    assert_eq!(locate(&mut image, None), Ok(()));
    image
}

#[test]
fn linked_copies_stages_and_the_base_of_a_real_build_are_exact() {
    let image = built("multi-max");
    assert_eq!(lines(&image), ["-", "-", "10", "11", "12", "13", "14"]);
    assert_eq!(remarks(&image), Vec::<&str>::new());
    let base = Base::detect(&image);
    assert_eq!(base.describe().as_deref(), Some("basis:1, layers 1 to 2 (from provenance)"));
    assert!(base.digest.is_some());
    let from = |layer| {
        let source = LayerNumber::new(layer).and_then(|layer| image.source_of(layer));
        source.and_then(|source| source.copied_from.as_ref()).map(ToString::to_string)
    };
    assert_eq!([from(3), from(7)], [None, None]);
    assert_eq!(from(4).as_deref(), Some("stage `build`, lines 4, 5"));
    assert_eq!(from(5).as_deref(), Some("stage `gen`, lines 7, 8"));
    let plan = BuildPlan::new(&image);
    assert_eq!(plan.knowledge, Knowledge::Provenance);
    let steps = plan.shown().into_iter().map(|at| (plan.steps[at].lines.expect("lines").first(), plan.steps[at].layer));
    let steps: Vec<_> = steps.map(|(line, layer)| (line, layer.map_or(0, LayerNumber::get))).collect();
    assert_eq!(steps, [(2, 0), (4, 0), (5, 0), (7, 0), (8, 0), (10, 3), (11, 4), (12, 5), (13, 6), (14, 7)]);
    let outcome = outcomes(&plan.steps, &[plan.base.expect("a base")]);
    let again: Vec<_> = plan.shown().into_iter().filter(|&at| outcome[at] == StepOutcome::Runs).collect();
    let again: Vec<_> = again.iter().map(|&at| plan.steps[at].lines.expect("lines").first()).collect();
    assert_eq!(again, [11, 13], "linked copies stay");
}

/// Archives of a `BuildKit` that writes SLSA 1 by default.
#[test]
fn the_lines_of_a_newer_builder_are_exact() {
    let image = built("newer-max");
    let predicate = image.provenance.as_ref().map(|provenance| provenance.predicate.as_str());
    assert_eq!(predicate, Some("https://slsa.dev/provenance/v1"));
    assert_eq!(lines(&image), ["-", "-", "14", "16-20", "21-25", "26", "27"]);
    assert_eq!(step_lines(&image), ["-", "-", "14", "15", "16-20", "21-25", "26", "27", "28"]);
    assert_eq!(remarks(&image), Vec::<&str>::new());
    let base = Base::detect(&image);
    assert_eq!(base.describe().as_deref(), Some("basis:1, layers 1 to 2 (from provenance)"));
    let copied =
        LayerNumber::new(3).and_then(|layer| image.source_of(layer)).and_then(|source| source.copied_from.as_ref());
    assert_eq!(copied.map(ToString::to_string).as_deref(), Some("stage `build`, lines 6-7, 9-11"));
    let plan = BuildPlan::new(&image);
    assert_eq!(plan.knowledge, Knowledge::Provenance);
    let outcome = outcomes(&plan.steps, &[plan.base.expect("a base")]);
    let again = plan.shown().into_iter().filter(|&at| outcome[at] == StepOutcome::Runs);
    let again: Vec<_> = again.map(|at| plan.steps[at].lines.expect("lines").to_string()).collect();
    assert_eq!(again, ["16-20", "21-25", "26"], "linked copies stay");

    assert_eq!(lines(&built("newer-stage")), ["2", "6-7", "9-11"]);
    assert_eq!(step_lines(&built("newer-linear")), ["3", "4-5", "7-8", "9", "10"]);
    for scratch in ["newer-stage", "newer-linear"] {
        let said = Base::detect(&built(scratch)).describe();
        assert_eq!(said.as_deref(), Some("none: built from scratch (from provenance)"), "{scratch}");
    }
}

#[test]
fn minimal_provenance_of_a_newer_builder_names_the_base_and_leaves_lines_to_the_dockerfile() {
    let mut image = built("newer-min");
    assert_eq!(lines(&image), ["-"; 7]);
    assert_eq!(remarks(&image), Vec::<&str>::new());
    assert_eq!(Base::detect(&image).describe().as_deref(), Some("basis:1; which layers it has is unknown"));
    let path = format!("{}/tests/provenance/newer.Dockerfile", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a Dockerfile");
    let file = Dockerfile { name: "Dockerfile".to_owned(), text, is_given: true };
    assert_eq!(locate(&mut image, Some(file)), Ok(()));
    assert_eq!(step_lines(&image), step_lines(&built("newer-max")), "those of the complete provenance");
}

#[test]
fn the_stage_that_was_built_has_the_lines_of_its_own_steps() {
    let image = built("gen-max");
    assert_eq!(lines(&image), ["2", "7", "8"]);
    assert_eq!(Base::detect(&image).describe().as_deref(), Some("none: built from scratch (from provenance)"));
}

#[test]
fn a_short_statement_names_the_base_and_has_no_lines() {
    let image = built("multi-min");
    assert_eq!(lines(&image), ["-"; 7]);
    assert_eq!(remarks(&image), Vec::<&str>::new());
    let base = Base::detect(&image);
    assert_eq!((base.name, base.digest.is_some()), (Some("basis:1"), true));
    // The same of the first version.
    let mut statement = recorded("v1-based");
    let digests = chain(&mut statement);
    statement["predicate"]["buildDefinition"]["internalParameters"] = json!({"builderPlatform": "linux/amd64"});
    statement["predicate"]["runDetails"]["metadata"] = json!({"invocationId": "x"});
    let opened = only(&attested_with(statement, &digests, &["x"; 16], Copied::Exactly));
    assert_eq!(Base::detect(opened.image()).name, Some("127.0.0.1:5501/lessons:buildx-gzip"));
    assert_eq!(remarks(opened.image()), Vec::<&str>::new());
}

/// What a seed makes of a number below a limit.
fn dice(seed: &mut u64, limit: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).expect("a number") % limit.max(1)
}

/// Replaces a part of a document by something else.
fn mutate(value: &mut Value, seed: &mut u64, depth: usize) {
    if depth == 0 || dice(seed, 6) == 0 {
        let parts = [
            json!(null),
            json!(-1),
            json!(u64::MAX),
            json!("step1:0"),
            json!([[["x"]]]),
            json!({"id": "step0"}),
            json!(""),
        ];
        *value = parts[dice(seed, parts.len())].clone();
        return;
    }
    match value {
        Value::Array(items) if !items.is_empty() => {
            let at = dice(seed, items.len());
            mutate(&mut items[at], seed, depth - 1);
        }
        Value::Object(fields) if !fields.is_empty() => {
            let at = dice(seed, fields.len());
            if let Some((_, field)) = fields.iter_mut().nth(at) {
                mutate(field, seed, depth - 1);
            }
        }
        other => *other = json!("x"),
    }
}

#[test]
fn a_changed_statement_breaks_nothing_and_has_no_lines_beyond_the_file() {
    let digests = chain(&mut recorded("v1-two-stages"));
    for seed in 0..400_u64 {
        let mut statement = recorded("v1-two-stages");
        let mut dice = seed.wrapping_mul(7_919);
        for _ in 0..=seed % 3 {
            mutate(&mut statement["predicate"], &mut dice, 12);
        }
        let bytes = attested_with(statement, &digests, &TWO_STAGES, Copied::Exactly);
        let mut image = only(&bytes).image().clone();
        assert_eq!(locate(&mut image, None), Ok(()), "{seed}");
        let count = image.dockerfile.as_ref().map_or(0, |file| file.text.lines().count());
        let sources = image.steps.iter().filter_map(|step| step.source.as_ref());
        assert!(sources.into_iter().all(|source| source.lines.last() <= count), "{seed}");
        let plan = BuildPlan::new(&image);
        assert_eq!(outcomes(&plan.steps, &[0]).len(), plan.steps.len(), "{seed}");
        let _ = Base::detect(&image).describe();
    }
}

#[test]
fn build_arguments_and_files_in_a_statement_are_searched_for_secrets_even_if_it_is_of_another_image() {
    let token: String = ["hunter2", "Hunter2", "9"].concat();
    let mut statement = recorded("v1-two-stages");
    let request = statement.pointer_mut("/predicate/buildDefinition/externalParameters/request").expect("a request");
    request["args"]["build-arg:NPM_TOKEN"] = json!(token);
    let other = ["COPY x /y", "COPY bin /bin/t", "RUN make", "WORKDIR /srv"];
    for copied in [Copied::Exactly, Copied::Other] {
        let opened = only(&attested(statement.clone(), &other, copied));
        let union = Union::build(opened.scan(&Quiet));
        let analysis = Analysis::new(&union, None);
        let found = secrets::find(opened.image(), &union, &analysis, &opened, &Quiet);
        let of_statement =
            found.found.iter().filter(|secret| secret.location == SecretLocation::Document("provenance"));
        let values: Vec<_> = of_statement.map(|secret| (secret.kind, secret.value.as_str())).collect();
        assert_eq!(values, [("build-argument", token.as_str())]);
        let clean = secrets::redacted(opened.image());
        assert!(!format!("{clean:?}").contains(&token));
    }
}
