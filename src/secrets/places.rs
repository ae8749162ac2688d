//! Every place of an image's documents that a person wrote text into: the one list that the search and the redaction
//! share. A new field of the configuration does not compile before it is on it.

use crate::image::{
    BlobState, BuildStep, Config, CopiedFrom, Dockerfile, Finding, Healthcheck, Image, Layer, LayerNumber, MediaType,
    Operation, Platform, Provenance, StatedBase, Step, StepSource,
};

/// Where a text of the documents is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// `NAME=value` in the environment of the configuration.
    Env,
    /// The value of a label.
    Label(&'a str),
    /// A word of a command line, or a line of a list, by the name of the list.
    Word(&'static str),
    /// An instruction for the next build (`ONBUILD`).
    OnBuild,
    /// The instruction of a step.
    CreatedBy { number: usize, layer: Option<LayerNumber> },
    /// Anything else of a step.
    OfStep { number: usize, layer: Option<LayerNumber> },
    /// The value of an annotation.
    Annotation(&'a str),
    /// A text of the provenance, by its key.
    Attested(&'a str),
    /// The Dockerfile in the provenance.
    Dockerfile,
    /// The Dockerfile of the user, which is no part of the image.
    GivenDockerfile,
    /// Any other text, by what it is called.
    Text(&'static str),
}

macro_rules! walk {
    ($(#[$doc:meta])* $name:ident $(, $mutable:tt)?) => {
        $(#[$doc])*
        #[expect(clippy::too_many_lines, reason = "one list of every place")]
        pub(super) fn $name<'a>(
            image: &'a $($mutable)? Image,
            visit: &mut dyn FnMut(Place<'_>, &'a $($mutable)? String),
        ) {
            // Digests are checked where they are read; the raw configuration is never written; the user typed the source.
            let Image {
                names,
                platform,
                digest: _,
                manifest_size: _,
                config_digest: _,
                created,
                config,
                raw_config: _,
                    left_out_config: _,
                layers,
                steps,
                annotations,
                provenance,
                dockerfile,
                given_base: _,
                findings,
                source: _,
            } = image;
            for name in names {
                visit(Place::Text("image name"), name);
            }
            if let Some(Platform { os, architecture, variant, os_version }) = platform {
                for text in [os, architecture, variant, os_version] {
                    visit(Place::Text("platform"), text);
                }
            }
            if let Some(created) = created {
                visit(Place::Text("created"), created);
            }
            let Config {
                user,
                entrypoint,
                cmd,
                env,
                working_dir,
                exposed_ports,
                volumes,
                labels,
                stop_signal,
                healthcheck,
                on_build,
                shell,
            } = config;
            for variable in env {
                visit(Place::Env, variable);
            }
            for (name, value) in labels {
                visit(Place::Label(&*name), value);
                visit(Place::Text("label name"), name);
            }
            for word in entrypoint {
                visit(Place::Word("Entrypoint"), word);
            }
            for word in cmd {
                visit(Place::Word("Cmd"), word);
            }
            if let Some(Healthcheck { test, interval: _, timeout: _, start_period: _, retries: _ }) = healthcheck {
                for word in test {
                    visit(Place::Word("Healthcheck"), word);
                }
            }
            for word in shell {
                visit(Place::Word("Shell"), word);
            }
            for instruction in on_build {
                visit(Place::OnBuild, instruction);
            }
            for (what, text) in [("User", user), ("WorkingDir", working_dir), ("StopSignal", stop_signal)] {
                visit(Place::Text(what), text);
            }
            for volume in volumes {
                visit(Place::Text("Volumes"), volume);
            }
            for port in exposed_ports {
                visit(Place::Text("ExposedPorts"), port);
            }
            for Step { number, created, created_by, author, comment, layer, inconsistent: _, source } in steps {
                let (number, layer) = (*number, *layer);
                visit(Place::CreatedBy { number, layer }, created_by);
                visit(Place::OfStep { number, layer }, author);
                visit(Place::OfStep { number, layer }, comment);
                if let Some(created) = created {
                    visit(Place::OfStep { number, layer }, created);
                }
                if let Some(StepSource { file, lines: _, evidence: _, copied_from }) = source {
                    visit(Place::OfStep { number, layer }, file);
                    if let Some(CopiedFrom { name, .. }) = copied_from {
                        visit(Place::OfStep { number, layer }, name);
                    }
                }
            }
            for Layer {
                listed_as,
                diff_id: _,
                digest: _,
                member,
                media_type,
                stored_size: _,
                compression: _,
                blob,
                step: _,
                is_container: _,
                same_as: _,
            } in layers
            {
                visit(Place::Text("layer"), listed_as);
                if let Some(member) = member {
                    visit(Place::Text("layer"), member);
                }
                if let Some(MediaType(text)) = media_type {
                    visit(Place::Text("layer"), text);
                }
                if let BlobState::NotTar(what) = blob {
                    visit(Place::Text("layer"), what);
                }
            }
            for (key, value) in annotations {
                visit(Place::Annotation(&*key), value);
                visit(Place::Text("annotation"), key);
            }
            if let Some(Provenance { predicate, base, steps, texts }) = provenance {
                visit(Place::Text("provenance"), predicate);
                if let Some(StatedBase { name, .. }) = base {
                    visit(Place::Text("provenance"), name);
                }
                for BuildStep { operation, .. } in steps {
                    match operation {
                        Operation::Image(text) | Operation::Context(text) | Operation::Remote(text) => {
                            visit(Place::Text("provenance"), text);
                        }
                        Operation::Copy(patterns) => {
                            for pattern in patterns {
                                visit(Place::Text("provenance"), pattern);
                            }
                        }
                        Operation::Run | Operation::Files | Operation::Merge | Operation::Other => {}
                    }
                }
                for (key, text) in texts {
                    visit(Place::Attested(&*key), text);
                    visit(Place::Text("provenance"), key);
                }
            }
            if let Some(Dockerfile { name, text, is_given }) = dockerfile {
                visit(if *is_given { Place::GivenDockerfile } else { Place::Text("Dockerfile") }, name);
                visit(if *is_given { Place::GivenDockerfile } else { Place::Dockerfile }, text);
            }
            for Finding { kind: _, layer: _, path: _, message, is_gap: _ } in findings {
                visit(Place::Text("finding"), message);
            }
        }
    };
}

walk!(
    /// Visits every text, always in the same order.
    each
);
walk!(
    /// The same, to change them.
    each_mut,
    mut
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_walks_visit_the_same_places_in_the_same_order() {
        let text = |text: &str| text.to_owned();
        let mut image = Image {
            names: vec![text("a"), text("b")],
            platform: Some(Platform::new("linux", "arm", "v7")),
            created: Some(text("c")),
            config: Config {
                user: text("d"),
                env: vec![text("e")],
                cmd: vec![text("f")],
                labels: vec![(text("g"), text("h"))],
                healthcheck: Some(Healthcheck { test: vec![text("i")], ..Healthcheck::default() }),
                on_build: vec![text("j")],
                ..Config::default()
            },
            layers: vec![Layer { blob: BlobState::NotTar(text("k")), ..Layer::default() }],
            annotations: vec![(text("l"), text("m"))],
            provenance: Some(Provenance {
                steps: vec![BuildStep { operation: Operation::Copy(vec![text("n")]), ..BuildStep::default() }],
                texts: vec![(text("o"), text("p"))],
                ..Provenance::default()
            }),
            dockerfile: Some(Dockerfile { name: text("q"), text: text("r"), is_given: false }),
            ..Image::default()
        };
        let mut seen = Vec::new();
        each(&image, &mut |place, text| seen.push(format!("{place:?} {text}")));
        let mut changed = Vec::new();
        each_mut(&mut image, &mut |place, text| changed.push(format!("{place:?} {text}")));
        assert_eq!(seen, changed);
        assert!(
            ["Env e", "Word(\"Cmd\") f", "Label(\"g\") h", "OnBuild j", "Attested(\"o\") p", "Dockerfile r"]
                .iter()
                .all(|one| seen.contains(&text(one)))
        );
    }
}
