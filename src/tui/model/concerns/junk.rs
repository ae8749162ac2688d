//! Junk as the views need it: every hit, and the rule that each wasted file matches.

use std::collections::HashSet;
use std::sync::Arc;

use crate::analysis::{Analysis, Junk, JunkHit, JunkPlace, JunkRule, junk_rule_of};
use crate::image::Cancel;
use crate::union::{Union, VersionId};

/// No rule.
const NONE: u16 = u16::MAX;

/// What the rules found.
pub(in crate::tui) struct FoundJunk {
    pub junk: Junk,
    rules: Vec<Arc<JunkRule>>,
    /// The index of the rule that each wasted file matches.
    of_waste: Vec<u16>,
}

/// How many bytes of some files match a rule.
#[derive(Clone, Copy)]
pub(in crate::tui) struct Share<'a> {
    pub rule: &'a JunkRule,
    pub files: usize,
    pub bytes: u64,
}

impl FoundJunk {
    pub fn new(junk: Junk, rules: Vec<Arc<JunkRule>>, union: &Union, analysis: &Analysis, cancel: &Cancel) -> Self {
        let place = |file: VersionId| junk_rule_of(union, file, &rules).and_then(|rule| u16::try_from(rule).ok());
        let going = analysis.waste.iter().take_while(|_| !cancel.is_cancelled());
        let of_waste = going.map(|waste| place(waste.version).unwrap_or(NONE)).collect();
        Self { junk, rules, of_waste }
    }

    /// The rules that some wasted files match, the most bytes first.
    pub fn shares<'a>(&'a self, files: &[usize], analysis: &Analysis) -> Vec<Share<'a>> {
        let mut shares: Vec<(u16, Share<'a>)> = Vec::new();
        for &file in files {
            let place = self.of_waste.get(file).copied().filter(|&place| place != NONE);
            let rule = place.and_then(|place| Some((place, self.rules.get(usize::from(place))?)));
            let Some(((place, rule), waste)) = rule.zip(analysis.waste.get(file)) else { continue };
            let at = shares.iter().position(|(known, _)| *known == place).unwrap_or_else(|| {
                shares.push((place, Share { rule, files: 0, bytes: 0 }));
                shares.len() - 1
            });
            if let Some((_, share)) = shares.get_mut(at) {
                share.files += 1;
                share.bytes = share.bytes.saturating_add(waste.bytes);
            }
        }
        shares.sort_by_key(|(_, share)| std::cmp::Reverse(share.bytes));
        shares.into_iter().map(|(_, share)| share).collect()
    }

    /// How many rules have hits: anywhere, or only in what no container sees.
    pub fn rules_hit(&self, only_stored: bool) -> usize {
        let hits = self.junk.hits.iter().filter(|hit| is_listed(hit, only_stored));
        hits.map(|hit| hit.rule.text.id.as_str()).collect::<HashSet<_>>().len()
    }
}

/// Whether a hit belongs in the list of what no container sees, or in the list of everything.
pub(in crate::tui) fn is_listed(hit: &JunkHit, only_stored: bool) -> bool {
    !only_stored || !hit.place.is_live()
}

/// The version of a sample of a hit.
pub(in crate::tui) fn sample_of(union: &Union, hit: &JunkHit, sample: usize) -> Option<VersionId> {
    let node = union.node_at(hit.samples.get(sample)?)?;
    let JunkPlace::Layer { layer, live } = hit.place else { return union.live(node) };
    union.versions(node).find(|&id| {
        let version = union.version(id);
        version.layer() == layer && version.ended().is_none() == live
    })
}
