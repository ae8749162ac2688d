//! Selecting one of several images. Nothing is guessed: an ambiguous choice is an error that lists what there is.

use std::collections::HashMap;

use crate::image::Platform;

use super::catalogue::{Availability, Entry, Recipe, rank};
use super::error::SourceError;
use super::location::Selector;

/// The limit on choices that are listed.
const LISTED_MOST: usize = 20;

/// Finds the one image that matches every selector and the platform; without them the only one, else the one for this
/// machine.
pub(super) fn select(
    entries: &[Entry],
    selectors: &[&Selector],
    platform: Option<&Platform>,
    file: &str,
) -> Result<usize, SourceError> {
    let fit = candidates(entries, selectors, platform, file)?;
    if let [only] = fit.as_slice() {
        return openable(entries, *only, file);
    }
    let available: Vec<usize> =
        fit.iter().copied().filter(|&at| entries[at].presence == Availability::Present).collect();
    let several = || SourceError::Several { file: file.to_owned(), choices: listed(entries, fit.iter().copied()) };
    match available.as_slice() {
        [only] => openable(entries, *only, file),
        [] => Err(several()),
        many => for_this_machine(entries, many).ok_or_else(several),
    }
}

/// All images that match every selector and the platform; there is at least one.
pub(super) fn candidates(
    entries: &[Entry],
    selectors: &[&Selector],
    platform: Option<&Platform>,
    file: &str,
) -> Result<Vec<usize>, SourceError> {
    let mut fit: Vec<usize> = (0..entries.len()).collect();
    for selector in selectors {
        fit = fitting(entries, &fit, selector);
        if fit.is_empty() {
            let choices = listed(entries, 0..entries.len());
            return Err(SourceError::NoSuchImage { file: file.to_owned(), asked: selector.to_string(), choices });
        }
    }
    if let Some(platform) = platform {
        let accepted: Vec<usize> =
            fit.iter().copied().filter(|&at| entries[at].platforms().any(|given| platform.accepts(given))).collect();
        if accepted.is_empty() {
            let choices = listed(entries, fit.iter().copied());
            return Err(SourceError::NoSuchPlatform { file: file.to_owned(), asked: platform.to_string(), choices });
        }
        fit = accepted;
    }
    Ok(fit)
}

fn fitting(entries: &[Entry], among: &[usize], selector: &Selector) -> Vec<usize> {
    let name = match selector {
        Selector::Index(index) => return among.iter().copied().filter(|at| at == index).collect(),
        Selector::Name(name) => name,
    };
    let ranked: Vec<(usize, u8)> = among.iter().filter_map(|&at| Some((at, rank(&entries[at], name)?))).collect();
    let best = ranked.iter().map(|(_, rank)| *rank).max();
    ranked.into_iter().filter(|(_, rank)| Some(*rank) == best).map(|(at, _)| at).collect()
}

/// The only image for this machine, if there is one; a variant that was not requested ranks below none.
fn for_this_machine(entries: &[Entry], among: &[usize]) -> Option<usize> {
    let here = Platform::of_this_machine();
    let which = |accepts: &dyn Fn(&Platform) -> bool| {
        let mut fit = among.iter().copied().filter(|&at| entries[at].platforms().any(accepts));
        let first = fit.next()?;
        fit.next().is_none().then_some(first)
    };
    which(&|given| here.accepts(given)).or_else(|| which(&|given| here == *given))
}

fn openable(entries: &[Entry], at: usize, file: &str) -> Result<usize, SourceError> {
    let entry = &entries[at];
    if !matches!(entry.recipe, Recipe::Absent) {
        return Ok(at);
    }
    let (file, image, why) = (file.to_owned(), describe(entries, at, false, false), entry.note.clone());
    Err(match entry.presence {
        Availability::Refused => SourceError::Unreadable { file, image, why },
        Availability::Absent | Availability::Present => SourceError::Unavailable { file, image, why },
    })
}

fn listed(entries: &[Entry], which: impl Iterator<Item = usize>) -> String {
    let which: Vec<usize> = which.collect();
    let mut same_looks: HashMap<_, usize> = HashMap::new();
    let look = |at: usize| (entries[at].names.first().cloned(), entries[at].platform_text());
    for &at in &which {
        *same_looks.entry(look(at)).or_default() += 1;
    }
    let shown = which.iter().take(LISTED_MOST);
    let mut said: Vec<String> = shown
        .map(|&at| describe(entries, at, same_looks.get(&look(at)).is_some_and(|&count| count > 1), true))
        .collect();
    if which.len() > LISTED_MOST {
        said.push(format!("and {} more", which.len() - LISTED_MOST));
    }
    said.join(", ")
}

/// `@0` with names and platform, and with the digest if there is no name or another image looks the same.
fn describe(entries: &[Entry], at: usize, with_digest: bool, with_note: bool) -> String {
    let entry = &entries[at];
    let name = entry.names.first().map(|name| format!(" `{}`", name.escape_debug()));
    let digest = entry.digest().filter(|_| with_digest || name.is_none());
    let digest = digest.map(|digest| format!(" {}", digest.short())).unwrap_or_default();
    let name = name.unwrap_or_default();
    let platform = entry.platform_text().map(|text| text.escape_debug().to_string());
    let note = match entry.presence {
        Availability::Present => None,
        Availability::Absent => Some("not in the archive".to_owned()),
        // The sentence about one image contains it anyway.
        Availability::Refused => with_note.then(|| entry.note.escape_debug().to_string()),
    };
    let facts: Vec<String> = platform.into_iter().chain(note).collect();
    if facts.is_empty() {
        format!("@{at}{name}{digest}")
    } else {
        format!("@{at}{name}{digest} ({})", facts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, platform: &str, available: bool) -> Entry {
        let recipe = if available { Recipe::Legacy(Vec::new()) } else { Recipe::Absent };
        let presence = if available { Availability::Present } else { Availability::Absent };
        let names = [name.to_owned()].into_iter().collect();
        Entry { names, platform: platform.parse().ok(), presence, recipe, ..Entry::default() }
    }

    fn chosen(entries: &[Entry], name: Option<&str>, platform: Option<&str>) -> Result<usize, String> {
        let selector = name.map(|name| name.parse::<Selector>().expect("a selector"));
        let selectors: Vec<&Selector> = selector.iter().collect();
        let platform = platform.map(|platform| platform.parse().expect("a platform"));
        select(entries, &selectors, platform.as_ref(), "`a.tar`").map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_choice_only_the_unambiguous_is_opened() {
        let here = Platform::of_this_machine().to_string();
        let two = [entry("a:1", &here, true), entry("a:2", &here, true)];
        assert_eq!(chosen(&two[..1], None, None), Ok(0));
        let refused = chosen(&two, None, None).expect_err("ambiguous");
        assert!(refused.contains("@0 `a:1`") && refused.contains("@1 `a:2`"), "{refused}");
        let other = [entry("a:1", "linux/s390x", true), entry("a:1", &here, true), entry("a:1", "linux/mips", true)];
        assert_eq!(chosen(&other, None, None), Ok(1));
        let alone = [entry("a:1", "linux/s390x", true), entry("a:1", "linux/mips", false)];
        assert_eq!(chosen(&alone, None, None), Ok(0), "the only one that is there");
    }

    #[test]
    fn a_platform_without_a_match_is_never_replaced_by_another() {
        let one = [entry("a:1", "linux/s390x", true), entry("a:1", "linux/arm64", false)];
        let refused = chosen(&one, None, Some("linux/amd64")).expect_err("no match");
        assert!(refused.contains("linux/s390x") && refused.contains("linux/arm64"), "{refused}");
        let refused = chosen(&one, None, Some("arm64")).expect_err("not there");
        assert!(refused.contains("does not contain it"), "{refused}");
    }

    #[test]
    fn names_and_places_choose() {
        let two = [entry("a:1", "linux/amd64", true), entry("b:latest", "linux/amd64", true)];
        assert_eq!(chosen(&two, Some("b"), None), Ok(1));
        assert_eq!(chosen(&two, Some("@0"), None), Ok(0));
        assert!(chosen(&two, Some("@2"), None).is_err());
        assert!(chosen(&two, Some("c\u{1b}[2J"), None).is_err_and(|text| !text.contains('\u{1b}')));
    }
}
