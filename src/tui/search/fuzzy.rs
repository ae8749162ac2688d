//! Fuzzy search over the paths of all layers: visible in the final image, removed, or overwritten.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::Ticket;
use super::filter::visit_paths;
use crate::format;
use crate::image::{EntryKind, LayerNumber};
use crate::union::{NodeId, Union, VersionRef};

/// The number of results.
const KEPT: usize = 200;

/// The characters to search for, and whether the result is still wanted.
pub(in crate::tui) struct FuzzyQuery {
    pub text: String,
    pub ticket: Ticket,
}

/// A path that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct FuzzyMatch {
    pub node: NodeId,
    /// Safe to show.
    pub path: String,
    /// The indices of the matching characters in the path, ascending.
    pub letters: Vec<u32>,
    /// Whether it is in the final image.
    pub live: bool,
    /// Where it is stored, or how it was removed, in a few words.
    pub what: String,
    /// The layer whose changes show it: that which removed it, or else that which wrote it.
    pub layer: LayerNumber,
}

/// The result of a search.
pub(in crate::tui) struct FuzzyResults {
    /// The number of the search.
    pub number: u32,
    /// Best first.
    pub places: Vec<FuzzyMatch>,
    /// All matches, kept or not.
    pub matches: usize,
}

/// Higher is better: the score, then the shorter path, then the earlier one.
type Rank = (u32, Reverse<usize>, Reverse<NodeId>);

impl FuzzyQuery {
    /// Visits every path of all layers. `None` if the result is no longer wanted.
    pub fn run(&self, union: &Union) -> Option<FuzzyResults> {
        let pattern = Pattern::parse(&self.text, CaseMatching::Smart, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
        let mut best: BinaryHeap<Reverse<Rank>> = BinaryHeap::with_capacity(KEPT + 1);
        let mut alike = 0;
        let mut letters = Vec::new();
        visit_paths(union, &self.ticket, |node, path| {
            let text = String::from_utf8_lossy(path);
            let Some(score) = pattern.score(Utf32Str::new(&text, &mut letters), &mut matcher) else { return };
            if union.versions(node).next().is_none() {
                return;
            }
            alike += 1;
            let rank = (score, Reverse(path.len()), Reverse(node));
            if best.len() < KEPT || best.peek().is_some_and(|Reverse(least)| rank > *least) {
                best.push(Reverse(rank));
                if best.len() > KEPT {
                    best.pop();
                }
            }
        })?;
        let ranks = best.into_sorted_vec();
        let mut places: Vec<_> =
            ranks.into_iter().filter_map(|Reverse((.., Reverse(node)))| place(union, node)).collect();
        // In other paths, the matcher counts grapheme clusters.
        for place in places.iter_mut().filter(|place| place.path.is_ascii()) {
            pattern.indices(Utf32Str::new(&place.path, &mut letters), &mut matcher, &mut place.letters);
            place.letters.sort_unstable();
            place.letters.dedup();
        }
        Some(FuzzyResults { number: self.ticket.number(), places, matches: alike })
    }
}

fn place(union: &Union, node: NodeId) -> Option<FuzzyMatch> {
    let versions: Vec<_> = union.versions(node).map(|id| union.version(id)).collect();
    let last = *versions.last()?;
    let folder = last.inode().kind() == EntryKind::Dir;
    let path = format!("/{}{}", format::safe(union.path(node).as_bytes()), if folder { "/" } else { "" });
    let live = union.live(node).is_some();
    let (what, layer) = match last.ended().filter(|_| !live) {
        Some(ended) => (format!("removed by {}, stored by {}", ended.by, last.layer()), ended.by),
        None => (format!("live, layer {}{}", last.layer(), older(&versions)), last.layer()),
    };
    Some(FuzzyMatch { node, path, letters: Vec::new(), live, what, layer })
}

/// Layers that store versions which are no longer visible.
fn older(versions: &[VersionRef<'_>]) -> String {
    let ended = versions.iter().filter(|version| version.ended().is_some() && version.stored() > 0);
    let mut layers: Vec<_> = ended.map(|version| version.layer()).collect();
    layers.dedup();
    match layers.as_slice() {
        [] => String::new(),
        [one] => format!(", older in {one}"),
        [first, .., last] => format!(", older in {first}…{last}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::tui::search::Tickets;
    use crate::union::testing::{self, entry};

    fn union(layers: &[&[&str]]) -> Arc<Union> {
        let layer = |names: &&[&str]| testing::layer(names.iter().map(|name| entry(name, 9)));
        Arc::new(Union::build(layers.iter().map(layer).collect()))
    }

    fn best(layers: &[&[&str]], text: &str) -> Vec<(String, String)> {
        let mut tickets = Tickets::default();
        let search = FuzzyQuery { text: text.to_owned(), ticket: tickets.draw() };
        let best = search.run(&union(layers)).expect("wanted");
        best.places.into_iter().map(|place| (place.path, place.what)).collect()
    }

    fn paths(layers: &[&[&str]], text: &str) -> Vec<String> {
        best(layers, text).into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn letters_at_the_beginnings_of_names_count_most() {
        let files: &[&str] = &["usr/share/epasswdx", "etc/passwd", "opt/e/x/p/a/s/s/w/d"];
        assert_eq!(paths(&[files], "epasswd")[0], "/usr/share/epasswdx");
        assert_eq!(paths(&[files], "etcpass"), ["/etc/passwd"]);
        assert_eq!(paths(&[files], "passwd etc"), ["/etc/passwd"], "words in any order");
        assert!(paths(&[files], "zzz").is_empty());
    }

    #[test]
    fn the_letters_that_were_found_are_told() {
        let mut tickets = Tickets::default();
        let search = FuzzyQuery { text: "etc pwd".to_owned(), ticket: tickets.draw() };
        let best = search.run(&union(&[&["etc/passwd"]])).expect("wanted");
        assert_eq!(
            (best.places[0].path.as_str(), &best.places[0].letters[..]),
            ("/etc/passwd", &[1, 2, 3, 5, 9, 10][..])
        );
    }

    #[test]
    fn what_is_gone_is_found_and_told_apart_from_what_is_there() {
        let layers: &[&[&str]] = &[&["a/key", "a/lock"], &["a/lock"], &["a/.wh.key"]];
        assert_eq!(best(layers, "a/key"), [("/a/key".to_owned(), "removed by 3, stored by 1".to_owned())]);
        assert_eq!(best(layers, "lock"), [("/a/lock".to_owned(), "live, layer 2, older in 1".to_owned())]);
    }

    #[test]
    fn many_are_counted_and_the_best_are_kept() {
        let names: Vec<String> = (0..1000).map(|at| format!("dir/file-{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut tickets = Tickets::default();
        let search = FuzzyQuery { text: "file".to_owned(), ticket: tickets.draw() };
        let best = search.run(&union(&[&names])).expect("wanted");
        assert_eq!((best.places.len(), best.matches), (KEPT, 1000));
        assert_eq!(best.places[0].path, "/dir/file-0", "the shortest of equals");
        tickets.draw();
        assert!(search.run(&union(&[&names])).is_none(), "no longer wanted");
    }
}
