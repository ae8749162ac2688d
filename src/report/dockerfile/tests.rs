use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::*;
use crate::image::LayerNumber;

mod parser {
    include!("../../../tests/dockerfile/parser.rs");
}

fn step(created_by: &str) -> Step {
    Step {
        number: 4,
        created: None,
        created_by: created_by.to_owned(),
        author: String::new(),
        comment: String::new(),
        layer: Some(LayerNumber::FIRST),
        inconsistent: false,
        source: None,
    }
}

fn of(created_by: &str) -> String {
    with(&Config::default(), created_by)
}

fn with(config: &Config, created_by: &str) -> String {
    text(&step(created_by), &ConfigValues::new(config))
}

fn all_are(lines: &[(&str, &str)]) {
    for (created_by, line) in lines {
        assert_eq!(of(created_by), *line, "{created_by}");
    }
}

#[test]
fn a_step_becomes_the_line_it_was_built_from() {
    all_are(&[
        ("/bin/sh -c #(nop)  CMD [\"mkdir\" \"/started\"]", "CMD [\"mkdir\", \"/started\"]"),
        ("ENTRYPOINT [\"a \\\"b\\\"\" \"c\"]", "ENTRYPOINT [\"a \\\"b\\\"\", \"c\"]"),
        ("CMD make all", "CMD make all"),
        ("/bin/sh -c #(nop)  VOLUME [/data]", "VOLUME /data"),
        ("EXPOSE map[443/tcp:{} 80/tcp:{}]", "EXPOSE 443/tcp 80/tcp"),
        ("/bin/sh -c #(nop)  EXPOSE 8080", "EXPOSE 8080"),
        ("/bin/sh -c #(nop) COPY dir:087aa0 in /srv/app ", "COPY dir:087aa0 /srv/app"),
        ("COPY app /srv/app # buildkit", "COPY app /srv/app"),
        ("|1 V=2 /bin/sh -c make", "# build arguments: V=2\nRUN make"),
        ("RUN /bin/sh -c make # buildkit", "RUN make"),
        ("/t append /data/one.bin more", "RUN /t append /data/one.bin more"),
        ("bazel build ...", "# bazel build ..."),
        ("# debian.sh --arch amd64", "# debian.sh --arch amd64"),
        ("", "# layer 1: no history"),
        ("FROM docker.io/library/alpine:3.20", "# FROM docker.io/library/alpine:3.20"),
    ]);
}

#[test]
fn a_script_stays_one_instruction() {
    assert_eq!(of("RUN /bin/sh -c set -e\nmake # buildkit"), "RUN <<EOF\nset -e\nmake\nEOF");
    assert_eq!(of("/bin/sh -c set -e; \\\n\tmake"), "RUN set -e; \\\n    make");
}

#[test]
fn nothing_in_a_history_breaks_out_of_its_comment() {
    assert_eq!(of("jib\nRUN evil\x1b[2J"), "# jib\n# RUN evil\\x1b[2J");
    let long = of(&format!("bazel {}\u{e9}", "x".repeat(2 * LONGEST_LINE)));
    assert!(long.lines().count() == 3 && long.lines().all(|line| line.starts_with("# ") && line.len() < 1 << 16));
    assert!(of(&format!("/bin/sh -c {}", "x".repeat(1 << 16))).lines().all(|line| line.starts_with("# ")));
}

#[test]
fn a_here_document_ends_where_the_step_does() {
    all_are(&[
        ("RUN /bin/sh -c cat <<EOF > /x\nhello\nEOF # buildkit", "RUN <<EOF1\ncat <<EOF > /x\nhello\nEOF\nEOF1"),
        ("/bin/sh -c echo hi\nEOF\nUSER root\nEOF1", "RUN <<EOF2\necho hi\nEOF\nUSER root\nEOF1\nEOF2"),
        ("/bin/sh -c <<EOF", "RUN <<EOF\n<<EOF\nEOF"),
        ("/bin/sh -c echo hi\\", "RUN <<EOF\necho hi\\\nEOF"),
        ("/bin/sh -c make; \\\n# all\nUSER root", "RUN <<EOF\nmake; \\\n# all\nUSER root\nEOF"),
        ("/bin/sh -c [\"a\"] || b", "RUN <<EOF\n[\"a\"] || b\nEOF"),
        ("/bin/sh -c --mount=type=bind b", "RUN <<EOF\n--mount=type=bind b\nEOF"),
        ("RUN /dev/pipes/EOF # buildkit", "# RUN /dev/pipes/EOF"),
        ("COPY <<EOF /z # buildkit", "# COPY <<EOF /z"),
    ]);
}

#[test]
fn values_with_spaces_and_quotes_are_quoted() {
    all_are(&[
        ("ENV JAVA_OPTS=-Xmx1g -Xms1g", "ENV JAVA_OPTS=\"-Xmx1g -Xms1g\""),
        ("ENV PATH=/usr/local/bin:/usr/bin", "ENV PATH=/usr/local/bin:/usr/bin"),
        (
            "/bin/sh -c #(nop)  ENV A=one two B=quoted \"x\" C=$HOME D=tab\tend E=",
            "ENV A=\"one two\" B=\"quoted \\\"x\\\"\" C=\"\\$HOME\" D=\"tab\tend\" E=\"\"",
        ),
        ("LABEL q=say \"hi\" nl=ab m=A B <a@b>", "LABEL q=\"say \\\"hi\\\"\" nl=ab m=\"A B <a@b>\""),
        ("ENV A=b\\\nUSER evil", "# ENV A=b\\\n# USER evil"),
        ("LABEL a=b c=d\ne", "# LABEL c: its value does not fit on a line: d\\ne\nLABEL a=b"),
        ("ENV A=b\\", "ENV A=\"b\\\\\""),
        ("/bin/sh -c #(nop) ENV A=\"b c\" D='e'", "ENV A=\"b c\" D='e'"),
        ("/bin/sh -c #(nop) ENV A b c", "ENV A b c"),
        ("ENV A", "# ENV A"),
        ("ENV A\"=b", "# ENV A\"=b"),
        ("ARG WHO=a b", "ARG WHO=\"a b\""),
        ("ARG A B C=d", "ARG A B C=d"),
        ("ARG A", "ARG A"),
    ]);
}

#[test]
fn the_configuration_says_where_a_value_ends() {
    let config = Config {
        env: vec!["A=x B=y".to_owned(), "Q=\"x\"".to_owned(), "H=/root/bin".to_owned(), "L=$HOME".to_owned()],
        volumes: vec!["/data with space".to_owned(), "/logs".to_owned()],
        ..Config::default()
    };
    assert_eq!(with(&config, "ENV A=x B=y C=z"), "ENV A=\"x B=y\" C=z");
    assert_eq!(with(&config, "ENV Q=\"x\""), "ENV Q=\"\\\"x\\\"\"");
    assert_eq!(with(&config, "ENV H=$HOME/bin"), "ENV H=$HOME/bin", "the builder keeps what was written");
    assert_eq!(with(&config, "ENV L=$HOME"), "ENV L=\"\\$HOME\"");
    assert_eq!(with(&config, "VOLUME [/data with space /logs]"), "VOLUME [\"/data with space\", \"/logs\"]");
}

#[test]
fn lists_become_json() {
    all_are(&[
        ("SHELL [/bin/bash -o pipefail -c]", "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]"),
        ("SHELL [\"powershell\", \"-Command\"]", "SHELL [\"powershell\", \"-Command\"]"),
        ("SHELL /bin/bash", "# SHELL /bin/bash"),
        ("SHELL []", "# SHELL []"),
        ("CMD [\"a\\x07\" \"\\u202e\"]", "CMD [\"a\\u0007\", \"\\u202e\"]"),
        ("CMD [1, 2]", "# CMD [1, 2]"),
        ("CMD [ -f x ] && y", "CMD [ -f x ] && y"),
        ("CMD a\\", "# CMD a\\"),
        ("VOLUME [\"/a b\"]", "VOLUME [\"/a b\"]"),
        ("/bin/sh -c #(nop) COPY file:b60d in /a b/ ", "COPY [\"file:b60d\", \"/a b/\"]"),
        ("/bin/sh -c #(nop) COPY file:b60d in ./files ", "COPY file:b60d ./files"),
        ("COPY a # buildkit", "# COPY a"),
        ("COPY --evil a b", "# COPY --evil a b"),
        ("COPY --from=build a b", "COPY --from=build a b"),
    ]);
}

#[test]
fn a_health_check_is_read_from_the_structure_it_is_kept_in() {
    all_are(&[
        (
            "HEALTHCHECK &{[\"CMD-SHELL\" \"curl -f localhost || exit 1\"] \"30s\" \"0s\" \"0s\" '\\x00'}",
            "HEALTHCHECK --interval=30s CMD curl -f localhost || exit 1",
        ),
        (
            "HEALTHCHECK &{[\"CMD\" \"a b\" \"]\"] \"1m30s\" \"3s\" \"0s\" \"5s\" '\\t'}",
            "HEALTHCHECK --interval=1m30s --timeout=3s --start-interval=5s --retries=9 CMD [\"a b\", \"]\"]",
        ),
        ("HEALTHCHECK &{[\"NONE\"] \"0s\" \"0s\" \"0s\" '\\x00'}", "HEALTHCHECK NONE"),
        ("HEALTHCHECK NONE", "HEALTHCHECK NONE"),
        ("HEALTHCHECK --interval=5s CMD curl localhost", "HEALTHCHECK --interval=5s CMD curl localhost"),
        ("HEALTHCHECK --evil=5s CMD a", "# HEALTHCHECK --evil=5s CMD a"),
        (
            "HEALTHCHECK &{[\"CMD-SHELL\" \"a\\nUSER b\"] \"0s\" \"0s\" \"0s\" '\\x00'}",
            "# HEALTHCHECK &{[\"CMD-SHELL\" \"a\\nUSER b\"] \"0s\" \"0s\" \"0s\" '\\x00'}",
        ),
        ("HEALTHCHECK &{[\"CMD\"", "# HEALTHCHECK &{[\"CMD\""),
    ]);
}

#[test]
fn a_trigger_is_one_instruction_of_one_line() {
    all_are(&[
        ("/bin/sh -c #(nop)  ONBUILD RUN make", "ONBUILD RUN make"),
        ("ONBUILD ENV A=b c", "ONBUILD ENV A=\"b c\""),
        ("ONBUILD RUN a\nUSER b", "# ONBUILD RUN a\n# USER b"),
        ("ONBUILD ONBUILD RUN a", "# ONBUILD ONBUILD RUN a"),
        ("ONBUILD onbuild RUN a", "# ONBUILD onbuild RUN a"),
        ("ONBUILD FROM a", "# ONBUILD FROM a"),
        ("ONBUILD /bin/a b", "# ONBUILD /bin/a b"),
    ]);
}

/// The keywords of a Dockerfile as a builder without an `# escape` line takes its lines together.
fn keywords(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.split('\n');
    let continued = |line: &str| {
        let line = line.trim_end_matches([' ', '\t']);
        line.strip_suffix('\\').filter(|line| !line.ends_with('\\')).map(str::to_owned)
    };
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut whole = String::new();
        let mut next = Some(line);
        while let Some(line) = next {
            let trimmed = line.trim_start();
            if !whole.is_empty() && (trimmed.is_empty() || trimmed.starts_with('#')) {
                next = lines.next();
                continue;
            }
            if let Some(line) = continued(line) {
                whole += &line;
                next = lines.next();
            } else {
                whole += line;
                next = None;
            }
        }
        let keyword = whole.split_whitespace().next().expect("a word").to_owned();
        if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
            let names: Vec<_> = whole.split_whitespace().filter_map(|word| word.split_once("<<")).collect();
            for (_, name) in names {
                let name = name.trim_start_matches('-').trim_matches(['"', '\'']);
                assert!(lines.any(|line| line == name), "an open here-document in {text}");
            }
        }
        found.push(keyword);
    }
    found
}

/// Steps of what means something to some builder.
fn histories() -> impl Strategy<Value = Vec<String>> {
    let parts = prop::sample::select(vec![
        "RUN ",
        "/bin/sh -c ",
        "/bin/sh -c #(nop) ",
        "|1 A=b /bin/sh -c ",
        "COPY ",
        "ADD ",
        "ENV ",
        "LABEL ",
        "ARG ",
        "CMD ",
        "SHELL ",
        "VOLUME ",
        "HEALTHCHECK ",
        "ONBUILD ",
        "USER ",
        "FROM ",
        "EXPOSE ",
        "WORKDIR ",
        "STOPSIGNAL ",
        "MAINTAINER ",
        "A=b",
        "\n",
        "\r\n",
        "\\",
        "\\\n",
        "EOF",
        "<<EOF",
        "<<-EOF",
        "\"",
        "'",
        " ",
        "\t",
        "#",
        "# escape=`\n",
        "[",
        "]",
        "{",
        "&{",
        "\0",
        "\x1b",
        "\u{a0}",
        "\u{2028}",
        "$",
        "`",
        "--",
        "CMD-SHELL",
        " # buildkit",
        " in ",
        "file:1",
        "x",
        "=",
        ",",
        ":",
        "/",
        "80",
        "--from=a",
        "NONE",
        "${",
        "}",
        "map[",
    ]);
    let step = prop::collection::vec(parts, 1..9).prop_map(|parts| parts.concat());
    prop::collection::vec(step, 1..5)
}

/// A Dockerfile of these steps.
fn document(steps: &[String]) -> String {
    let config = Config::default();
    let known = ConfigValues::new(&config);
    let lines: Vec<_> = steps.iter().map(|created_by| text(&step(created_by), &known)).collect();
    format!("# The history\n{}\n", lines.join("\n"))
}

proptest! {
    /// A step never makes more than the one instruction that it says, whatever it holds.
    #[test]
    fn a_history_never_says_more_instructions_than_it_has(steps in histories()) {
        let mut expected = Vec::new();
        for created_by in &steps {
            let text = of(created_by);
            let said = match Instruction::read(created_by) {
                Instruction::Run { .. } => "RUN",
                Instruction::Written { keyword, .. } => keyword,
                Instruction::Nothing | Instruction::Other(_) => "",
            };
            let keywords = keywords(&text);
            prop_assert!(keywords.is_empty() || keywords == [said], "{created_by:?} became {text:?}");
            expected.extend(keywords);
        }
        prop_assert_eq!(keywords(&document(&steps)), expected);
    }
}

#[test]
fn a_copy_with_options_that_builders_refuse_is_a_comment() {
    for (rest, is_written) in [
        ("--from=a /b /c", true),
        ("--from=a --from=b /b /c", false),
        ("--from /b /c", false),
        ("--link --link /b /c", false),
        ("--link=maybe /b /c", false),
        ("--link=false --exclude=a --exclude=b /b /c", true),
    ] {
        let text = of(&format!("COPY {rest} # buildkit"));
        assert_eq!(text.starts_with("COPY"), is_written, "{rest} became {text:?}");
    }
}

#[test]
fn an_instruction_without_arguments_is_a_comment() {
    for created_by in ["EXPOSE map[\u{a0}]", "EXPOSE map[:{}]", "/bin/sh -c #(nop)  EXPOSE map[ ]"] {
        let text = of(created_by);
        assert!(text.starts_with('#'), "{created_by:?} became {text:?}");
    }
}

#[test]
fn a_backslash_before_a_wide_blank_continues_nothing() {
    assert!(of("RUN /bin/sh -c x \\\u{a0}\ny # buildkit").starts_with("RUN <<"));
    assert_eq!(of("RUN /bin/sh -c x \\ \ny # buildkit"), "RUN x \\ \ny");
}

/// What builders write where values have spaces, quotes and several lines.
const WRITTEN: [&str; 28] = [
    "COPY --from=a\"/bin/sh -c x y # buildkit",
    "RUN /bin/sh -c cat <<EOF > /x\nhello\nEOF # buildkit",
    "/bin/sh -c set -e; \\\n\tmake; \\\n  install",
    "/bin/sh -c #(nop)  ARG WHO=a b",
    "/bin/sh -c #(nop)  ENV JAVA_OPTS=-Xmx1g -Xms1g B=quoted \"x\" C=$HOME D=tab\tend E=back\\slash\\",
    "/bin/sh -c #(nop)  LABEL description=Some text here maintainer=A B <a@b> q=say \"hi\" nl=a\nb",
    "/bin/sh -c #(nop) LABEL a=\"b c\" d='e f' g=h\\ i",
    "/bin/bash -o pipefail -c #(nop)  SHELL [/bin/bash -o pipefail -c]",
    "/bin/bash -o pipefail -c #(nop)  EXPOSE 443/udp 80",
    "EXPOSE map[443/tcp:{} 80/tcp:{}]",
    "/bin/bash -o pipefail -c #(nop)  VOLUME [/data with space /logs]",
    "/bin/bash -o pipefail -c #(nop) WORKDIR /srv/app dir",
    "HEALTHCHECK &{[\"CMD-SHELL\" \"curl -f http://localhost || exit 1\"] \"30s\" \"0s\" \"0s\" '\\x03'}",
    "HEALTHCHECK &{[\"CMD\" \"a b\"] \"30s\" \"1m0s\" \"0s\" \"5s\" '\\x00'}",
    "/bin/bash -o pipefail -c #(nop)  ONBUILD RUN make",
    "/bin/bash -o pipefail -c #(nop)  ENTRYPOINT [\"/bin/x\" \"a b\" \"c\\\"d\\x07\"]",
    "/bin/bash -o pipefail -c #(nop) COPY file:b60d9216e39e in /a b/ ",
    "COPY --from=build --chown=1:1 /src a /dst/ # buildkit",
    "ADD --checksum=sha256:0 https://example.org/a.tar / # buildkit",
    "COPY --from=a --from=b /src /dst/ # buildkit",
    "COPY --from /src /dst/ # buildkit",
    "COPY --link --link=true /src /dst/ # buildkit",
    "COPY --link=maybe /src /dst/ # buildkit",
    "COPY --link=false --chmod=755 /src /dst/ # buildkit",
    "ADD --keep-git-dir=true https://example.org/a.git / # buildkit",
    "ADD --keep-git-dir= https://example.org/a.git / # buildkit",
    "RUN /bin/sh -c x \\\u{a0}\ny # buildkit",
    "RUN /bin/sh -c x \\ \t\ny\\\u{3000} # buildkit",
];

/// `BuildKit`'s own parser on the same, where `.ci/run` has built it (`tests/dockerfile`).
#[test]
fn buildkit_accepts_every_line_and_finds_the_same_instructions() {
    let mut runner = proptest::test_runner::TestRunner::default();
    let random = (0..20_000).map(|_| histories().new_tree(&mut runner).expect("a value").current());
    let written = WRITTEN.map(|created_by| vec![created_by.to_owned()]);
    let documents: Vec<_> = written.into_iter().chain(random).map(|steps| document(&steps)).collect();
    let Some(answers) = parser::answers(None, &documents) else { return };
    let differences = documents.iter().zip(&answers).filter_map(|(document, answer)| {
        let expected = keywords(document).join(" ");
        (*answer != expected).then(|| format!("{document}expected {expected}, BuildKit says {answer}"))
    });
    let differences: Vec<_> = differences.collect();
    let some = differences.iter().take(30).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(differences.is_empty(), "{} differ:\n{some}", differences.len());
}

#[test]
fn a_million_triggers_of_triggers_are_a_comment() {
    let text = of(&"ONBUILD ".repeat(1_000_000));
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')), "{text:.200}");
}
