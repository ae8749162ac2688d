use super::*;

fn parsed(text: &str) -> Vec<String> {
    let parsed = Instructions::parse(text).expect("a Dockerfile");
    parsed.items.iter().map(|item| format!("{} {} {}", item.lines, item.keyword, item.rest)).collect()
}

fn refused(text: &str) -> String {
    Instructions::parse(text).expect_err("refused").to_string()
}

#[test]
fn instructions_have_the_lines_that_they_are_on() {
    let text = "\u{feff}# a comment\r\n\nfrom a AS b\r\nRUN x \\\n  # within\n\n  y\nCMD [\"z\"]";
    assert_eq!(parsed(text), ["3 FROM a AS b", "4-7 RUN x   y", "8 CMD [\"z\"]"]);
    assert_eq!(parsed("FROM a\nRUN x \\\\\nRUN y \\ \t\n z\n"), ["1 FROM a", "2 RUN x \\\\", "3-4 RUN y  z"]);
    assert_eq!(parsed("FROM a\nRUN x \\"), ["1 FROM a", "2 RUN x"]);
    assert_eq!(parsed("FROM a\nRUN x \\\n\n"), ["1 FROM a", "2-3 RUN x"], "blank lines after a continuation");
}

#[test]
fn a_directive_chooses_what_continues_a_line() {
    assert_eq!(parsed("# syntax=x\n# escape=`\nFROM a\nRUN c:\\ `\n d\n"), ["3 FROM a", "4-5 RUN c:\\  d"]);
    assert_eq!(parsed("# no\n# escape=`\nFROM a\nRUN x \\\n y\n"), ["3 FROM a", "4-5 RUN x  y"]);
    assert_eq!(parsed("# other=x\n# escape=`\nFROM a\nRUN x \\\n y\n"), ["3 FROM a", "4-5 RUN x  y"]);
    assert_eq!(refused("#escape=x\nFROM a\n"), "line 1: the directive `escape` is neither a backslash nor a backtick");
    assert_eq!(refused("# check=a\n# Check=b\nFROM a\n"), "line 2: the directive `check` is there twice");
}

#[test]
fn here_documents_belong_to_their_instruction() {
    let text = "FROM a\nRUN <<EOT cat && <<-'B' x\nFROM b\nEOT\n\tRUN\n\tB\nCOPY <<\"X\" <<Y /d/\nX\n1\nY\nENV a=<<N\n";
    assert_eq!(
        parsed(text),
        ["1 FROM a", "2-6 RUN <<EOT cat && <<-'B' x", "7-10 COPY <<\"X\" <<Y /d/", "11 ENV a=<<N"]
    );
    let documents = Instructions::parse(text).expect("a Dockerfile").items[1].documents.clone();
    assert_eq!(documents, ["FROM b\n", "RUN\n"]);
    for one_line in ["RUN cat <<<EOT", "RUN [\"x\", \"<<EOT\"]", "RUN echo '<<EOT'", "RUN echo \"a <<EOT\"", "RUN a<<b"]
    {
        assert_eq!(parsed(&format!("FROM a\n{one_line}\n")).len(), 2, "{one_line}");
    }
    assert_eq!(refused("FROM a\nRUN <<EOT\n EOT\n"), "line 2: the here-document `EOT` has no end");
    assert_eq!(refused("FROM a\nRUN ${x:- <<'a b'}\n"), "line 2: the here-document `<<\\'a` has no name");
    let deep = format!("FROM a\nRUN {} <<EOT\nLABEL a=b\n", "${a:-".repeat(100_000));
    assert_eq!(parsed(&deep).len(), 3, "a variable in a hundred thousand levels is not read");
}

#[test]
fn stages_know_what_they_build_on() {
    let text = "ARG V=1\nFROM --platform=$X debian:$V AS Base\nRUN a\nFROM base\nRUN b\nFROM scratch AS last\nCOPY --from=1 /x /x\n";
    let parsed = Instructions::parse(text).expect("a Dockerfile");
    let stages: Vec<_> =
        parsed.stages.iter().map(|stage| (stage.name.as_deref(), stage.base.as_str(), stage.parent)).collect();
    assert_eq!(stages, [(Some("base"), "debian:$V", None), (None, "base", Some(0)), (Some("last"), "scratch", None)]);
    assert_eq!(parsed.of_stage(1).iter().map(|item| item.rest.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(parsed.stages[1].lines, Lines::new(4, 5).expect("lines"));
    assert_eq!((parsed.target("BASE"), parsed.target("1"), parsed.target("3")), (Some(0), Some(1), None));
    assert_eq!(parsed.at(5).map(|item| item.rest.as_str()), Some("b"));
}

#[test]
fn what_is_no_dockerfile_is_refused_with_its_line() {
    assert_eq!(refused(""), "it has no instructions");
    assert_eq!(refused("# only\n"), "it has no instructions");
    assert_eq!(refused("FROM a\n\nINSTALL \u{1b}[2J\n"), "line 3: unknown instruction `INSTALL`");
    assert_eq!(refused("\u{1b}[2J\n"), "line 1: unknown instruction `\\u{1b}[2J`");
    assert_eq!(refused("ARG a\nRUN x\n"), "line 2: `RUN` before the first `FROM`");
    assert_eq!(refused(&"#\n".repeat(1 << 20)), "it is larger than 1024 KiB");
    assert_eq!(refused(&"FROM a\n".repeat(201)), "it has more than 2000 instructions or 200 stages");
    assert_eq!(refused(&format!("FROM a\n{}", "RUN b\n".repeat(2_000))).len(), 48);
}
