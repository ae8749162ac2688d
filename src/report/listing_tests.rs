use crate::union::testing::{self, layer_number};
use serde_json::Value;

use super::*;
use crate::image::{EntryPath, NewEntry};
use crate::secrets::Redactor;

fn file(name: &str) -> NewEntry<'_> {
    NewEntry { name: name.as_bytes(), size: 5, stored: 5, ..NewEntry::default() }
}

fn link<'a>(name: &'a str, target: &'a str) -> NewEntry<'a> {
    NewEntry { name: name.as_bytes(), kind: EntryKind::HardLink, link_target: target.as_bytes(), ..NewEntry::default() }
}

fn union(layers: Vec<Vec<NewEntry<'_>>>) -> Union {
    Union::build(layers.into_iter().map(testing::layer).collect())
}

fn records(union: &Union, scope: Scope, top: &str) -> Vec<Value> {
    let top = union.node_at(&EntryPath::normalise(top.as_bytes()).path).expect("a path");
    let mut out = Vec::new();
    let (all, none) = (Completeness::default(), Redactor::default());
    listing_ndjson(&ListingReport::new(union, &all, scope, top, &none), &mut out).expect("memory");
    out.split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("JSON"))
        .collect()
}

fn text(union: &Union, scope: Scope) -> String {
    let mut out = Vec::new();
    let (all, none) = (Completeness::default(), Redactor::default());
    listing_text(&ListingReport::new(union, &all, scope, union.root(), &none), &Page::plain(None), &mut out)
        .expect("memory");
    String::from_utf8(out).expect("text")
}

#[test]
fn a_hard_link_names_its_file_and_both_count_their_names() {
    let union = union(vec![vec![file("a"), link("b", "a")]]);
    let records = records(&union, Scope::Merged(layer_number(1)), "");
    assert_eq!((&records[0]["type"], &records[0]["links"]), (&"file".into(), &2.into()));
    assert_eq!((&records[1]["type"], &records[1]["link_target"]), (&"hardlink".into(), &"a".into()));
    assert_eq!((&records[1]["size"], &records[1]["links"]), (&5.into(), &2.into()));
}

#[test]
fn the_name_that_is_left_of_a_linked_file_is_the_file() {
    let union = union(vec![vec![file("a"), link("b", "a"), link("c", "a")], vec![file(".wh.a")], vec![file(".wh.b")]]);
    let after = |number| records(&union, Scope::Merged(layer_number(number)), "");
    let second = after(2);
    assert_eq!((&second[0]["path"], &second[0]["type"]), (&"b".into(), &"file".into()));
    assert_eq!((&second[1]["path"], &second[1]["link_target"]), (&"c".into(), &"b".into()));
    let third = after(3);
    assert_eq!((third.len(), &third[0]["type"], third[0].get("links")), (1, &"file".into(), None));
}

#[test]
fn a_change_says_its_letter_and_where_the_removed_still_lies() {
    let union = union(vec![vec![file("gone"), file("kept")], vec![file(".wh.gone"), file("kept"), file("new")]]);
    let text = text(&union, Scope::layer(layer_number(2)));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("R -rw-r--r--") && lines[0].ends_with("gone  still stored in layer 1"), "{text}");
    assert!(lines[1].starts_with("M ") && lines[2].starts_with("A "), "{text}");
    let changes: Vec<_> =
        records(&union, Scope::layer(layer_number(2)), "").iter().map(|row| row["change"].clone()).collect();
    assert_eq!(changes, ["removed", "modified", "added"]);
}

#[test]
fn a_path_lists_what_is_below_it_and_a_file_itself() {
    let union = union(vec![vec![file("d/x/1"), file("d/y"), file("e")]]);
    let paths = |top| -> Vec<_> {
        let records = records(&union, Scope::Merged(layer_number(1)), top);
        records.iter().map(|row| row["path"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(paths("d"), ["d/x", "d/x/1", "d/y"]);
    assert_eq!(paths("e"), ["e"]);
}

#[test]
fn what_an_entry_carries_is_shown_and_what_no_layer_lists_is_not_invented() {
    let device = NewEntry {
        name: b"dev/\xffnull",
        kind: EntryKind::Char,
        rdev: Some((1, 3)),
        mode: 0o1666,
        xattrs: vec![(Box::from(*b"user.a"), Box::from(*b"\x00\x01"))],
        ..NewEntry::default()
    };
    let records = records(&union(vec![vec![device]]), Scope::Merged(layer_number(1)), "");
    assert_eq!((&records[0]["type"], &records[0]["mtime"]), (&"dir".into(), &Value::Null));
    let device = &records[1];
    assert_eq!((&device["path"], &device["path_base64"]), (&"dev/\\xffnull".into(), &"ZGV2L/9udWxs".into()));
    assert_eq!((&device["rdev"], &device["mode"]), (&"1:3".into(), &"1666".into()));
    assert_eq!(device["xattrs"]["user.a"], "AAE=");
}
