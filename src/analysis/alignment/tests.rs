use super::*;
use crate::image::{HistoryEntry, pair_history};

/// Lines of the steps, `-` for none, or the error.
fn lines(history: &[&str], dockerfile: &str) -> Vec<String> {
    let mut image = Image::default();
    let entries = history.iter().map(|text| HistoryEntry {
        created_by: (*text).to_owned(),
        empty_layer: true,
        ..HistoryEntry::default()
    });
    (image.steps, _) = pair_history(entries.collect(), &mut []);
    let file = Dockerfile { name: "Dockerfile".to_owned(), text: dockerfile.to_owned(), is_given: true };
    match locate(&mut image, Some(file)) {
        Ok(()) => image
            .steps
            .iter()
            .map(|step| step.source.as_ref().map_or_else(|| "-".to_owned(), |source| source.lines.to_string()))
            .collect(),
        Err(error) => vec![error.to_string()],
    }
}

const APP: &str = "\
FROM debian:12 AS base
RUN apt-get update && \\
    apt-get install -y curl
ENV A=1 \\
    B=\"two words\"
FROM base AS build
COPY . /src
RUN make -C /src
FROM base
ARG VERSION
COPY --link --from=build --chown=1:1 /src/app /srv/app
COPY <<EOT /etc/app.conf
level=info
EOT
RUN <<EOT
set -e
id app
EOT
EXPOSE 8080
CMD [\"/srv/app\", \"serve\"]
";

const APP_HISTORY: [&str; 11] = [
    "/bin/sh -c #(nop) ADD file:1234567890123456789012345678901234567890123456789012345678901234 in / ",
    "/bin/sh -c #(nop)  CMD [\"bash\"]",
    "RUN /bin/sh -c apt-get update &&     apt-get install -y curl # buildkit",
    "ENV A=1 B=two words",
    "ARG VERSION",
    "COPY --chown=1:1 /src/app /srv/app # buildkit",
    "COPY <<EOT /etc/app.conf # buildkit",
    "RUN |1 VERSION=2 /bin/sh -c set -e\nid app\n # buildkit",
    "EXPOSE map[8080/tcp:{}]",
    "CMD [\"/srv/app\" \"serve\"]",
    "",
];

#[test]
fn steps_of_the_base_have_no_lines_and_the_stages_below_have_theirs() {
    let expected = ["-", "-", "2-3", "4-5", "10", "11", "12-14", "15-18", "19", "20"];
    assert_eq!(lines(&APP_HISTORY[..10], APP), expected);
}

#[test]
fn the_stage_that_was_built_is_found() {
    let history = [&APP_HISTORY[..4], &["COPY . /src # buildkit", "RUN /bin/sh -c make -C /src # buildkit"]].concat();
    assert_eq!(lines(&history, APP), ["-", "-", "2-3", "4-5", "7", "8"]);
}

#[test]
fn a_copy_from_a_stage_names_its_steps() {
    let mut image = Image::default();
    let entry = |text: &&str| HistoryEntry { created_by: (*text).to_owned(), ..HistoryEntry::default() };
    (image.steps, _) = pair_history(APP_HISTORY[..10].iter().map(entry).collect(), &mut []);
    let file = Dockerfile { name: "Dockerfile".to_owned(), text: APP.to_owned(), is_given: true };
    assert_eq!(locate(&mut image, Some(file)), Ok(()));
    let copied = image.steps[5].source.as_ref().and_then(|source| source.copied_from.as_ref()).expect("a stage");
    assert_eq!((copied.name.as_str(), copied.is_stage), ("build", true));
    assert_eq!(copied.lines.iter().map(ToString::to_string).collect::<Vec<_>>(), ["7", "8"]);
}

#[test]
fn the_classic_builder_names_copies_by_checksum_and_has_them_at_their_target() {
    let sum = "1234567890123456789012345678901234567890123456789012345678901234";
    let history = [
        &format!("/bin/sh -c #(nop) COPY file:{sum} in /a ") as &str,
        &format!("/bin/sh -c #(nop) COPY dir:{sum} in /srv/b "),
        "/b/make all",
        "/bin/sh -c #(nop)  ENTRYPOINT [\"/a\"]",
    ];
    let dockerfile = "FROM scratch\nCOPY a /a\nCOPY b $HOME/b\nRUN [\"/b/make\", \"all\"]\nENTRYPOINT [\"/a\"]\n";
    assert_eq!(lines(&history, dockerfile), ["2", "3", "4", "5"]);
}

#[test]
fn a_dockerfile_of_another_image_gives_no_lines() {
    let other =
        "FROM alpine\nWORKDIR /code\nCOPY go.mod .\nRUN go mod download\nCOPY . .\nRUN go build\nCMD [\"./code\"]\n";
    assert_eq!(
        lines(&APP_HISTORY[..10], other),
        ["`Dockerfile` does not look like this image's Dockerfile (0% of it agrees with the history, 50% is needed): \
          no lines are shown"]
    );
    assert_eq!(
        lines(&APP_HISTORY, "FROM a\nINSTALL b\n"),
        ["`Dockerfile` cannot be read as a Dockerfile: line 2: unknown instruction `INSTALL`; no lines are shown"]
    );
    assert!(lines(&APP_HISTORY, "FROM a\n")[0].contains("does not look like"));
    assert!(lines(&[], APP)[0].contains("does not look like"));
}

#[test]
fn very_long_texts_are_not_compared() {
    let dockerfile = format!("FROM a\n{}", "RUN x\n".repeat(1_990));
    assert!(lines(&["RUN x"; 1_000], &dockerfile)[0].contains("too long to be compared"));
}
