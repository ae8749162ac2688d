//! `layerscope junk`, and the rule of `check` about it.

use std::fs;
use std::path::Path;

use crate::archive::Archive;
use crate::tool::{Run, command, layerscope};

fn littered() -> Archive {
    Archive::new(&[
        (
            "RUN apt-get update",
            vec![(b"var/lib/apt/lists/a", &[b'a'; 900]), (b"app/.git/HEAD", b"ref"), (b"app/x", b"1")],
        ),
        (
            "RUN rm",
            vec![(b"var/lib/apt/lists/.wh.a", b""), (b"app/\x1b[31m\xff.swp", b"swap"), (b"my/own.thing", b"12345")],
        ),
    ])
}

fn junk(archive: &Archive, arguments: &[&str]) -> Run {
    let path = archive.path();
    let words: Vec<_> = ["junk", path.to_str().expect("a path")].into_iter().chain(arguments.iter().copied()).collect();
    layerscope(&words)
}

#[test]
fn every_hit_says_its_rule_its_bytes_its_layer_and_whether_it_is_seen() {
    let archive = littered();
    insta::assert_snapshot!(junk(&archive, &[]).ok().text());
    let json = junk(&archive, &["--format", "json"]).ok().json();
    let rows: Vec<_> = json["junk"].as_array().expect("hits").iter().collect();
    let apt = rows.iter().find(|row| row["id"] == "apt-lists").expect("a hit");
    assert_eq!((&apt["bytes"], &apt["live"], &apt["layer"]), (&900.into(), &false.into(), &1.into()));
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/junk.schema.json");
    let schema = serde_json::from_slice(&fs::read(schema).expect("a schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<_> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn rules_are_silenced_by_id_and_a_wrong_one_is_refused() {
    let archive = littered();
    let text = |arguments: &[&str]| junk(&archive, arguments).ok().text().to_owned();
    assert!(text(&[]).contains("apt-lists") && !text(&["--ignore", "apt-lists"]).contains("apt-lists"));
    assert!(junk(&archive, &["--ignore", "apt"]).refusal().contains("`apt` is not a junk rule"));
}

#[test]
fn own_rules_are_added_and_check_fails_at_a_severity() {
    let archive = littered();
    let folder = tempfile::tempdir().expect("a folder");
    let own =
        "[[junk]]\nid = \"own\"\nseverity = \"medium\"\nwhat = \"a thing\"\npaths = [\"*.thing\"]\nfix = \"none\"\n";
    let run = |rules: &str, arguments: &[&str]| {
        fs::write(folder.path().join(".layerscope.toml"), rules).expect("room");
        let mut program = command();
        program.current_dir(folder.path()).arg(arguments[0]).arg(archive.path()).args(&arguments[1..]);
        program.output().expect("it starts")
    };
    let out = |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(out(&run(own, &["junk"])).contains("own"));
    let failed = run("[check]\nfail-on-junk = \"high\"\n", &["check"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(out(&failed).contains("git: a Git repository"), "{}", out(&failed));
    let passed = run("[check]\nfail-on-junk = \"high\"\nignored-junk = [\"git\"]\n", &["check"]);
    assert_eq!(passed.status.code(), Some(0), "{}", out(&passed));
    let failed =
        run(&format!("{own}[check]\nfail-on-junk = \"medium\"\nignored-junk = [\"git\", \"apt-lists\"]\n"), &["check"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(out(&failed).contains("own: a thing"));
    let refused = run("[check]\nfail-on-junk = \"worst\"\n", &["check"]);
    assert_eq!(refused.status.code(), Some(2));
}

/// A library with so many bytes of `.debug_info`.
fn library(debug: usize) -> Vec<u8> {
    let names = b"\0.debug_info\0.shstrtab\0";
    let debug_at = 64 + names.len();
    let mut made = [&[0x7f, b'E', b'L', b'F', 2, 1, 1][..], &[0; 9], &[3, 0, 62, 0, 1, 0, 0, 0]].concat();
    let number = |value: usize, len: usize| value.to_le_bytes()[..len].to_vec();
    made.extend([number(0, 8), number(0, 8), number(debug_at + debug, 8), number(0, 4)].concat());
    made.extend([64_usize, 0, 0, 64, 2, 1].iter().flat_map(|&half| number(half, 2)));
    made.extend(names);
    made.resize(debug_at + debug, b'd');
    for (name, sort, at, len) in [(1, 1, debug_at, debug), (13, 3, 64, names.len())] {
        made.extend([number(name, 4), number(sort, 4), vec![0; 16], number(at, 8), number(len, 8)].concat());
        made.extend([0; 24]);
    }
    made
}

/// What a rule found: place, bytes, files, the first sample.
fn hits(archive: &Archive, id: &str) -> Vec<(serde_json::Value, u64, u64, String)> {
    let json = junk(archive, &["--format", "json"]).ok().json();
    let row = |hit: &serde_json::Value| {
        let place = if hit["layer"].is_null() { hit["step"].clone() } else { hit["layer"].clone() };
        let number = |name: &str| hit[name].as_u64().expect("a number");
        let sample = hit["samples"][0]["path"].as_str().unwrap_or_default().to_owned();
        (place, number("bytes"), number("files"), sample)
    };
    json["junk"].as_array().expect("hits").iter().filter(|hit| hit["id"] == id).map(row).collect()
}

#[test]
fn debug_information_is_found_in_what_it_is_in() {
    let (large, text, detached, small) = (library(100_000), library(100_001), library(100_002), library(60_000));
    let archive = Archive::new(&[
        ("ADD rootfs /", vec![(b"lib/a.so", &large[..]), (b"lib/small.so", &small), (b"lib/debug.txt", &text)]),
        ("RUN b", vec![(b"lib/.wh.a.so", b""), (b"usr/lib/debug/a.so", &detached), (b"lib/b.so.2", &large)]),
    ]);
    let row = |layer: u64, path: &str| (layer.into(), 100_000, 1, path.to_owned());
    assert_eq!(hits(&archive, "unstripped"), [row(1, "lib/a.so"), row(2, "lib/b.so.2")]);
}

#[test]
fn a_copy_of_a_file_is_found_in_the_layer_that_holds_it() {
    let (content, other) = (vec![b'a'; 70_000], vec![b'b'; 70_000]);
    let archive = Archive::new(&[
        ("ADD rootfs /", vec![(b"srv/a", &content[..]), (b"srv/b", &other)]),
        ("COPY a /app", vec![(b"app/a", &content), (b"app/small", b"same"), (b"app/small2", b"same")]),
        ("RUN touch", vec![(b"srv/b", &other)]),
    ]);
    assert_eq!(hits(&archive, "copies"), [(2.into(), 70_000, 1, "app/a".to_owned())]);
    let text = junk(&archive, &[]).ok().text().to_owned();
    assert!(text.contains("the same as /srv/a in layer 1"), "{text}");
}

#[test]
fn compilers_and_the_user_are_found() {
    let archive = Archive::new(&[
        (
            "ADD rootfs /",
            vec![(b"usr/bin/x86_64-linux-gnu-gcc-12", b"elf"), (b"usr/bin/gccx", b"elf"), (b"bin/go", b"elf")],
        ),
        ("RUN b", vec![(b"usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", b"elf"), (b"usr/bin/arch", b"elf")]),
    ]);
    let rows = hits(&archive, "toolchain");
    let files: Vec<_> = rows.iter().map(|(layer, _, files, _)| (layer.as_u64(), *files)).collect();
    assert_eq!(files, [(Some(1), 2), (Some(2), 1)]);
    assert_eq!(hits(&archive, "root"), [(serde_json::Value::Null, 0, 0, String::new())]);
    assert!(hits(&archive, "setuid").is_empty() && hits(&archive, "world-writable").is_empty());
}

#[test]
fn a_core_dump_is_told_from_a_bundle_whose_hash_begins_with_a_digit() {
    let names: [(&[u8], &[u8]); 4] = [
        (b"app/core.4242", b"dump"),
        (b"srv/core", b"dump"),
        (b"app/core.4f2c1a.js", b"js"),
        (b"app/core.1.css", b"css"),
    ];
    assert_eq!(hits(&Archive::new(&[("RUN a", names.to_vec())]), "core-dumps")[0].2, 2);
}

#[test]
fn many_layers_are_found_and_a_large_one_by_a_rule_of_ones_own() {
    let layers = |count: usize| vec![("RUN a", vec![(&b"srv/a"[..], &b"a"[..])]); count];
    assert_eq!(hits(&Archive::new(&layers(31)), "many-layers").len(), 1);
    assert!(hits(&Archive::new(&layers(30)), "many-layers").is_empty());
    let archive =
        Archive::new(&[("ADD rootfs /", vec![(b"a", b"a")]), ("COPY app", vec![(b"srv/data/b", &[b'b'; 30])])]);
    let folder = tempfile::tempdir().expect("a folder");
    let rules = folder.path().join("rules.toml");
    let own = "[[junk]]\nid = \"large-layer\"\nlook = \"large-layer\"\nmore-than = 29\npercent = 90\nseverity = \"low\"\n\
               what = \"w\"\nfix = \"m\"\n";
    fs::write(&rules, own).expect("room");
    let text = junk(&archive, &["--rules", rules.to_str().expect("a path")]).ok().text().to_owned();
    assert!(text.contains("96 % of all bytes, 100 % of them in /srv/data/b"), "{text}");
}

#[test]
fn a_whole_debian_is_told_from_a_slim_one() {
    let release = b"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n";
    let layers = |slim: &'static [u8]| {
        let rootfs = vec![
            (&b"etc/os-release"[..], &release[..]),
            (b"usr/bin/dpkg", b"elf"),
            (b"etc/dpkg/dpkg.cfg.d/docker", slim),
        ];
        Archive::new(&[("ADD rootfs /", rootfs)])
    };
    assert_eq!(hits(&layers(b"force-unsafe-io"), "whole-distribution").len(), 1);
    assert!(hits(&layers(b"path-exclude /usr/share/doc/*"), "whole-distribution").is_empty());
}

#[test]
fn steps_are_found_by_what_they_say_and_left_behind() {
    let archive = Archive::new(&[
        ("ADD rootfs.tar /", vec![(b"a", b"a")]),
        ("RUN /bin/sh -c apt-get update && apt-get install -y git # buildkit", vec![(b"var/lib/apt/lists/x", b"list")]),
        ("RUN /bin/sh -c apt-get -y upgrade # buildkit", vec![(b"usr/bin/git", b"elf")]),
        ("RUN /bin/sh -c pip install x && rm -rf ~/.cache # buildkit", vec![(b"usr/lib/x.py", b"x")]),
        ("ADD https://example.org/x.tar.gz /opt/ # buildkit", vec![(b"opt/x.tar.gz", b"x")]),
    ]);
    let steps = |id: &str| hits(&archive, id).into_iter().map(|hit| hit.0.as_u64()).collect::<Vec<_>>();
    assert_eq!(steps("uncleaned-install"), [Some(2)]);
    assert_eq!(steps("package-upgrade"), [Some(3)]);
    assert_eq!(steps("add-url"), [Some(5)]);
    assert_eq!(steps("runs-in-a-row"), [Some(2)]);
    let text = junk(&archive, &[]).ok().text().to_owned();
    assert!(text.contains("3  history  RUN apt-get -y upgrade"), "{text}");
}

#[test]
fn a_program_without_its_loader_is_found_and_fails_a_check() {
    let loader = b"/lib/ld-musl-x86_64.so.1\0";
    let number = |value: usize, len: usize| value.to_le_bytes()[..len].to_vec();
    let mut program = [&[0x7f, b'E', b'L', b'F', 2, 1, 1][..], &[0; 9], &[2, 0, 62, 0, 1, 0, 0, 0]].concat();
    program.extend([number(0, 8), number(64, 8), vec![0; 12], number(64, 2), number(56, 2), number(1, 2)].concat());
    program.resize(64, 0);
    program.extend([number(3, 4), number(0, 4), number(120, 8), vec![0; 16], number(loader.len(), 8)].concat());
    program.resize(120, 0);
    program.extend(loader);
    let glibc: (&[u8], &[u8]) = (b"lib64/ld-linux-x86-64.so.2", b"elf");
    let layers =
        |loader| [("ADD rootfs.tar /", vec![glibc, loader]), ("COPY app /", vec![(&b"app"[..], &program[..])])];
    let broken = Archive::running("/app", &layers((b"etc/motd", b"hello")));
    assert_eq!(hits(&broken, "cannot-run"), [(2.into(), 0, 1, "app".to_owned())]);
    let text = junk(&broken, &[]).ok().text().to_owned();
    let note =
        "it is loaded by /lib/ld-musl-x86_64.so.1, which is not in the image: it was built for musl, the image has";
    assert!(text.contains(note), "{text}");
    let whole = Archive::running("/app", &layers((b"lib/ld-musl-x86_64.so.1", b"elf")));
    assert!(hits(&whole, "cannot-run").is_empty());
    let check = |archive: &Archive| {
        let path = archive.path();
        layerscope(&["check", path.to_str().expect("a path"), "--fail-on-junk", "high"]).code
    };
    assert_eq!((check(&broken), check(&whole)), (Some(1), Some(0)));
}
