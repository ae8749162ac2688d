//! The layer rule, case by case: layers as text in, the merged view, the accounts and the doubts out. Each case also
//! says what real engines made of the same bytes; where they disagree or refuse, a doubt must be raised.

#![allow(clippy::panic, reason = "a faulty scenario file may stop at once")]

mod testing;

use std::collections::BTreeSet;
use std::io::Read;

use layerscope::analysis::{Analysis, Identities, pairs};
use layerscope::image::{Contents, EntryKind, EntryPath, EntryRef, LayerNumber};
use layerscope::source::{Archive, ImageChoice, Input, Location, OpenedImage, Quiet, Transport};
use layerscope::union::{Scope, Union, VersionRef, View};
use libtest_mimic::{Arguments, Failed, Trial};
use testing::archive::{Scratch, docker_save};
use testing::cases::{self, Case};
use testing::notation;

struct Seen {
    merged: String,
    accounts: String,
    findings: String,
}

fn look(layers: &str) -> Seen {
    let layers: Vec<_> = layers.split('|').map(notation::layer).collect();
    let scratch = Scratch::new();
    let path = scratch.file("image.tar", &docker_save(&layers));
    let location = Location { input: Input::Path(path), transport: Transport::Detect, selector: None };
    let archive = Archive::open(&location, &Quiet).expect("the archive itself is sound");
    let opened = archive.select(&ImageChoice::default()).expect("there is one image");
    let union = Union::build(opened.scan(&Quiet));
    let identities = Identities::compare(&union, &opened, &pairs(&union), &Quiet);
    let analysis = Analysis::new(&union, Some(&identities));
    assert_adds_up(&union, &analysis);
    Seen {
        merged: merged(&union, &opened),
        accounts: accounts(&analysis),
        findings: findings(&union, &opened, &analysis),
    }
}

fn assert_adds_up(union: &Union, analysis: &Analysis) {
    let stored: u64 =
        union.layer_numbers().map(|layer| union.entries(layer).iter().map(EntryRef::stored).sum::<u64>()).sum();
    assert_eq!(analysis.totals.total(), stored, "every stored byte is in one account");
    let by_layer: u64 = analysis.layers.iter().map(|layer| layer.accounts.total()).sum();
    assert_eq!(by_layer, stored);
}

fn merged(union: &Union, contents: &dyn Contents) -> String {
    let Some(last) = union.layer_numbers().next_back() else { return "-".to_owned() };
    let view = View::new(union, Scope::Merged(last));
    let mut out = Vec::new();
    if let Some(root) = union.live(union.root()) {
        let shown = attributes(union.version(root));
        if !shown.is_empty() {
            out.push(format!("/{shown}"));
        }
    }
    for row in view.walk(union) {
        out.push(token(union, row.version, contents));
    }
    if out.is_empty() { "-".to_owned() } else { out.join(" ") }
}

fn token(union: &Union, version: VersionRef<'_>, contents: &dyn Contents) -> String {
    let path = notation::escape(version.path().as_bytes());
    let shown = attributes(version);
    let inode = version.inode();
    let tail = match (version.kind(), inode.kind()) {
        (EntryKind::Dir, _) => return format!("{path}/{shown}"),
        (EntryKind::HardLink, to) => {
            let target = version.entry().map_or(&b""[..], EntryRef::link_target);
            let target = notation::escape(EntryPath::normalise(target).path.as_bytes());
            let end = match to {
                EntryKind::HardLink => "!".to_owned(),
                EntryKind::Symlink => format!("->{}", link(inode)),
                _ => format!("={}", content(inode, contents)),
            };
            format!("=>{target}{end}")
        }
        (EntryKind::Symlink, _) => format!("->{}", link(version)),
        (EntryKind::File, _) => format!("={}", content(version, contents)),
        _ => String::new(),
    };
    let _ = union;
    format!("{path}{shown}{tail}")
}

fn link(version: VersionRef<'_>) -> String {
    notation::escape(version.entry().map_or(&b""[..], EntryRef::link_target))
}

fn content(version: VersionRef<'_>, contents: &dyn Contents) -> String {
    let mut bytes = Vec::new();
    let entry = version.entry().expect("a file has an entry");
    let read = contents.open(version.layer(), entry).map(|reader| reader.take(64).read_to_end(&mut bytes));
    match read {
        Ok(Ok(_)) => notation::escape(&bytes),
        _ => format!("{}?", notation::escape(&bytes)),
    }
}

fn attributes(version: VersionRef<'_>) -> String {
    let entry = version.inode_entry();
    let kind = version.inode().kind();
    let mut out = Vec::new();
    match kind {
        EntryKind::Char => out.push("chr".to_owned()),
        EntryKind::Block => out.push("blk".to_owned()),
        EntryKind::Fifo => out.push("fifo".to_owned()),
        EntryKind::Unknown(flag) => out.push(format!("type={}", char::from(flag))),
        _ => {}
    }
    if let Some((major, minor)) =
        entry.and_then(EntryRef::rdev).filter(|_| matches!(kind, EntryKind::Char | EntryKind::Block))
    {
        out.push(format!("rdev={major}:{minor}"));
    }
    let usual = match kind {
        EntryKind::Dir => 0o755,
        EntryKind::Symlink => 0o777,
        _ => 0o644,
    };
    if version.mode() != usual {
        out.push(format!("mode={:o}", version.mode()));
    }
    let (uid, gid) = version.owner();
    if uid != 0 {
        out.push(format!("uid={uid}"));
    }
    if gid != 0 {
        out.push(format!("gid={gid}"));
    }
    let mtime = entry.map(EntryRef::mtime).unwrap_or_default();
    let nanos = i128::from(mtime.seconds) * 1_000_000_000 + i128::from(mtime.nanoseconds);
    if nanos != 0 {
        let sign = if nanos < 0 { "-" } else { "" };
        let whole = nanos.unsigned_abs() / 1_000_000_000;
        let part = format!("{:09}", nanos.unsigned_abs() % 1_000_000_000);
        let part = part.trim_end_matches('0');
        let dot = if part.is_empty() { "" } else { "." };
        out.push(format!("mtime={sign}{whole}{dot}{part}"));
    }
    for (name, value) in entry.map_or(&[][..], EntryRef::xattrs) {
        if !name.starts_with(b"trusted.overlay.") {
            out.push(format!("xattr.{}={}", notation::escape(name), notation::escape(value)));
        }
    }
    if out.is_empty() { String::new() } else { format!("{{{}}}", out.join(",")) }
}

fn accounts(analysis: &Analysis) -> String {
    let totals = analysis.totals;
    let accounts = [
        ("live", totals.live),
        ("overwritten", totals.overwritten),
        ("rewritten", totals.rewritten),
        ("removed", totals.removed),
    ];
    let shown: Vec<_> =
        accounts.iter().filter(|(_, bytes)| *bytes > 0).map(|(name, bytes)| format!("{name}={bytes}")).collect();
    if shown.is_empty() { "-".to_owned() } else { shown.join(" ") }
}

fn findings(union: &Union, opened: &OpenedImage, analysis: &Analysis) -> String {
    let all = opened.image().findings.iter().chain(union.findings()).chain(&analysis.findings);
    let kinds: BTreeSet<_> =
        all.map(|finding| format!("{}@{}", finding.kind.name(), finding.layer.map_or(0, LayerNumber::get))).collect();
    if kinds.is_empty() { "-".to_owned() } else { kinds.into_iter().collect::<Vec<_>>().join(" ") }
}

/// The case's two promises: it comes out as the rule says, and where engines disagree or refuse there is a doubt.
fn check(case: &Case) -> Result<(), Failed> {
    let seen = look(&case.layers);
    let mut wrong = String::new();
    for (what, expected, got) in [
        ("merged", &case.merged, &seen.merged),
        ("accounts", &case.accounts, &seen.accounts),
        ("findings", &case.findings, &seen.findings),
    ] {
        if expected != got {
            wrong = format!("{wrong}{what}\n    expected {expected}\n         got {got}\n");
        }
    }
    // `x2` is a count of links, which copying engines lose; the listing is the same.
    let results: BTreeSet<_> = case
        .engines
        .split(" ; ")
        .map(|result| result.split_once(": ").map_or("", |(_, listing)| listing).replace("x2", ""))
        .collect();
    let agree = results.len() == 1 && !case.engines.contains("ERR");
    if !agree && case.findings == "-" {
        wrong = format!("{wrong}engines say `{}`, and no doubt is raised\n", case.engines);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into()) }
}

/// Where none of the overlay engines shows what we show: by the specification, or one of the exceptions that README names.
const NOT_AS_OVERLAY: [&str; 7] = [
    "aufs_meta",
    "hl_target_whited_out",
    "opq_missing_dir",
    "root_entry",
    "root_opq",
    "wo_dir_then_readd_dir",
    "wo_missing_parent",
];

/// README says what our answer is where engines disagree: what at least one overlay engine shows that does not refuse the
/// layer, but for the cases above. Names that a mount lists and cannot open are missing.
fn engines_that_disagree_are_settled_as_readme_says(cases: &[Case]) -> Result<(), Failed> {
    let differs = |case: &&Case| {
        let of_overlays = case.engines.split(" ; ").filter_map(|result| {
            let (names, listing) = result.split_once(": ")?;
            let is_overlay = names.split(',').any(|name| matches!(name, "D" | "CO" | "PO"));
            (is_overlay && !listing.starts_with("ERR")).then_some(listing)
        });
        let mut listings = of_overlays.peekable();
        listings.peek().is_some() && !listings.any(|listing| is_listing_of(&case.merged, listing))
    };
    let different: BTreeSet<_> = cases.iter().filter(differs).map(|case| case.name.as_str()).collect();
    if different == BTreeSet::from(NOT_AS_OVERLAY) { Ok(()) } else { Err(format!("{different:?}").into()) }
}

/// Whether a listing of ours and one of an engine, which writes attributes behind names, have the same paths and contents.
fn is_listing_of(ours: &str, engines: &str) -> bool {
    let ours: Vec<_> = ours.split(' ').filter(|token| *token != "-").map(plain).collect();
    let theirs: Vec<_> =
        engines.split(' ').filter(|token| !token.ends_with("(phantom)") && !token.is_empty()).collect();
    let is_same = |our: &String, their: &&str| {
        their.strip_prefix(our.as_str()).is_some_and(|rest| matches!(rest, "" | "/") || !rest.starts_with('/'))
    };
    ours.len() == theirs.len() && ours.iter().all(|our| theirs.iter().any(|their| is_same(our, their)))
}

/// A path and what is in it, without attributes and without the target of a hard link.
fn plain(token: &str) -> String {
    let token = match (token.find('{'), token.find('}')) {
        (Some(open), Some(close)) => format!("{}{}", &token[..open], &token[close + 1..]),
        _ => token.to_owned(),
    };
    let token = token.trim_end_matches('/');
    match token.split_once("=>") {
        Some((name, rest)) => format!("{name}{}", &rest[rest.find(['=', '-', '!']).unwrap_or(rest.len())..]),
        None => token.to_owned(),
    }
}

/// Every row of the table of engine results has a case.
fn rows_are_covered(names: &BTreeSet<String>) -> Result<(), Failed> {
    let rows = include_str!("scenarios/ROWS");
    let missing: Vec<_> = rows.lines().filter(|row| !names.contains(*row)).collect();
    if missing.is_empty() && rows.lines().count() == 132 {
        Ok(())
    } else {
        Err(format!("rows without a case: {missing:?}").into())
    }
}

/// One test a case, under its name.
fn main() {
    let arguments = Arguments::from_args();
    let cases = cases::all();
    let names: BTreeSet<_> = cases.iter().map(|case| case.name.clone()).collect();
    let settled = {
        let cases = cases::all();
        let rows: BTreeSet<_> = include_str!("scenarios/ROWS").lines().collect();
        let cases: Vec<_> = cases
            .into_iter()
            .filter(|case| rows.contains(case.name.as_str()) && !case.engines.starts_with("all: "))
            .collect();
        Trial::test("engines_that_disagree_are_settled_as_readme_says", move || {
            engines_that_disagree_are_settled_as_readme_says(&cases)
        })
    };
    let covered = Trial::test("every_row_of_the_engine_table_has_a_case", move || rows_are_covered(&names));
    let trials = cases.into_iter().map(|case| Trial::test(case.name.clone(), move || check(&case)));
    libtest_mimic::run(&arguments, trials.chain([covered, settled]).collect()).exit();
}
