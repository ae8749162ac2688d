//! How people name an image, and how archives do.

use std::collections::HashMap;
use std::ops::Deref;

use super::Entry;

/// The names of one image, each once, however they are spelt.
#[derive(Clone, Debug, Default)]
pub(in crate::source) struct Names {
    list: Vec<String>,
    /// Indices in the list, by the meaning of a name.
    places: HashMap<String, usize>,
}

impl Names {
    /// Adds a name; of two spellings, the shorter one stays.
    pub(super) fn add(&mut self, name: String) {
        if name.is_empty() {
            return;
        }
        let ImageReference { repository, tag, digest } = parse(&name);
        // Only hostile parts contain a zero byte; they then equal other hostile ones.
        let meaning = [Some(repository), tag, digest].map(|part| part.map_or("\0", |part| part)).join("\0");
        match self.places.get(&meaning) {
            Some(&at) if name.len() < self.list[at].len() => self.list[at] = name,
            Some(_) => {}
            None => {
                self.places.insert(meaning, self.list.len());
                self.list.push(name);
            }
        }
    }
}

impl Deref for Names {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.list
    }
}

impl FromIterator<String> for Names {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        let mut all = Self::default();
        names.into_iter().for_each(|name| all.add(name));
        all
    }
}

/// A parsed reference, without the defaults of Docker Hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ImageReference<'a> {
    repository: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

fn parse(name: &str) -> ImageReference<'_> {
    let (name, digest) = match name.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (name, None),
    };
    // A colon before the last slash is a port.
    let (repository, tag) = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    };
    let repository =
        ["docker.io/", "index.docker.io/"].iter().find_map(|host| repository.strip_prefix(host)).unwrap_or(repository);
    ImageReference { repository: repository.strip_prefix("library/").unwrap_or(repository), tag, digest }
}

/// How well an image matches a name that was typed; `None` if it does not. Only the best matches count.
pub(in crate::source) fn rank(entry: &Entry, asked: &str) -> Option<u8> {
    let by_name = entry.names.iter().filter_map(|name| rank_of_name(name, asked)).max();
    by_name.max(rank_of_digest(entry, asked))
}

fn rank_of_name(name: &str, asked: &str) -> Option<u8> {
    if name == asked {
        return Some(5);
    }
    let (has, wants) = (parse(name), parse(asked));
    if wants.digest.is_some() {
        return None;
    }
    // An archive of buildx or skopeo may have only the tag: `latest`, with no colon to identify it.
    let is_bare = has.tag.is_none() && !has.repository.contains('/');
    match wants.tag {
        Some(tag) if has.repository == wants.repository && has.tag.unwrap_or("latest") == tag => Some(4),
        Some(tag) if is_bare && has.repository == tag => Some(1),
        None if has.repository == wants.repository => Some(if has.tag.unwrap_or("latest") == "latest" { 3 } else { 2 }),
        None if has.tag == Some(asked) => Some(1),
        _ => None,
    }
}

/// A digest, in full or from its eighth digit on, with or without its algorithm, of the manifest or of the
/// configuration.
fn rank_of_digest(entry: &Entry, asked: &str) -> Option<u8> {
    let asked = parse(asked).digest.unwrap_or(asked);
    let hex = asked.strip_prefix("sha256:").unwrap_or(asked);
    let digests = [&entry.manifest, &entry.config];
    digests.into_iter().flatten().find_map(|digest| {
        if digest.as_str() == asked || digest.encoded() == hex {
            return Some(5);
        }
        let is_hex = hex.len() >= 8 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_hex && digest.encoded().starts_with(&hex.to_ascii_lowercase())).then_some(2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best<'a>(names: &[&'a str], asked: &str) -> Vec<&'a str> {
        let entry = |name: &str| Entry { names: [name.to_owned()].into_iter().collect(), ..Entry::default() };
        let ranks: Vec<_> = names.iter().map(|name| rank(&entry(name), asked)).collect();
        let best = ranks.iter().max().copied().flatten();
        names.iter().zip(&ranks).filter(|(_, rank)| rank.is_some() && **rank == best).map(|(name, _)| *name).collect()
    }

    #[test]
    fn two_spellings_of_one_name_are_one() {
        let spelt =
            ["docker.io/library/app:1", "app:1", "index.docker.io/app:1", "app", "app:2", "a@sha256:0", "a:sha256"];
        let names: Names = spelt.into_iter().map(str::to_owned).collect();
        assert_eq!(*names, ["app:1", "app", "app:2", "a@sha256:0", "a:sha256"]);
    }

    #[test]
    fn an_image_is_found_by_every_usual_spelling() {
        let names = ["docker.io/library/lessons:legacy", "lessons:v2", "host:5000/team/app:latest", "edge"];
        for (asked, found) in [
            ("lessons:legacy", &names[..1]),
            ("docker.io/library/lessons:legacy", &names[..1]),
            ("library/lessons:v2", &names[1..2]),
            ("lessons", &names[..2]),
            ("v2", &names[1..2]),
            ("host:5000/team/app", &names[2..3]),
            ("host:5000/team/app:latest", &names[2..3]),
            ("edge", &names[3..]),
            ("app:edge", &names[3..]),
            ("other", &[]),
            ("lessons:v3", &[]),
        ] {
            assert_eq!(best(&names, asked), found, "{asked}");
        }
        assert_eq!(best(&["app:1", "app:latest"], "app"), ["app:latest"]);
    }

    #[test]
    fn an_image_is_found_by_its_digest() {
        let hex = "0123456789abcdef".repeat(4);
        let entry = Entry { config: format!("sha256:{hex}").parse().ok(), ..Entry::default() };
        for asked in [format!("sha256:{hex}"), hex.clone(), hex[..8].to_owned(), format!("app@sha256:{hex}")] {
            assert!(rank(&entry, &asked).is_some(), "{asked}");
        }
        assert_eq!(rank(&entry, &hex[..7]), None, "too short to be meant");
    }
}
