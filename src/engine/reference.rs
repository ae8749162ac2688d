//! The name or the ID of an image, as engines accept it.

use std::fmt;

/// The limit on the length of a reference; engines accept a name of 255 characters, a tag of 128 and a digest.
const BYTES_MOST: usize = 600;
/// The shortest ID that is not just a short word.
const ID_LEAST: usize = 4;

/// What the user called an image: a name in the grammar of the distribution project, or an ID or a prefix of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    text: String,
    /// The registry, if the name has one.
    domain: Option<String>,
    /// The name without the tag and the digest.
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Reference {
    /// Reads a reference; `None` if the text cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > BYTES_MOST {
            return None;
        }
        if let Some(hex) = text.strip_prefix("sha256:") {
            return (is_hex(hex) && (ID_LEAST..=64).contains(&hex.len())).then(|| Self::id(text));
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        if digest.is_some_and(|digest| digest.parse::<crate::image::Digest>().is_err()) {
            return None;
        }
        let last = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match rest[last..].rfind(':') {
            Some(colon) => (&rest[..last + colon], Some(&rest[last + colon + 1..])),
            None => (rest, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return None;
        }
        let first = name.split_once('/').map(|(first, _)| first).filter(|first| is_domain_mark(first));
        let path = first.map_or(name, |first| &name[first.len() + 1..]);
        let is_name = first.is_none_or(is_domain) && path.split('/').all(is_component);
        is_name.then(|| Self {
            text: text.to_owned(),
            domain: first.map(str::to_owned),
            repository: name.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    fn id(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            domain: None,
            repository: String::new(),
            tag: None,
            digest: Some(text.to_owned()),
        }
    }

    /// As it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The registry that the name includes; `localhost` is the mark of local images, not a registry.
    #[must_use]
    pub fn registry(&self) -> Option<&str> {
        self.domain.as_deref().filter(|domain| *domain != "localhost")
    }

    /// The hex digits, if this may be an ID or the prefix of one.
    #[must_use]
    pub fn id_prefix(&self) -> Option<&str> {
        let hex = self.text.strip_prefix("sha256:").unwrap_or(&self.text);
        (is_hex(hex) && (ID_LEAST..=64).contains(&hex.len())).then_some(hex)
    }

    /// How well a full name of an image, such as `docker.io/library/nginx:latest` or `app@sha256:…`, matches: the
    /// higher, the better. Engines complete a short name by `localhost`, then by the registry of Docker, then by the
    /// end of any name.
    #[must_use]
    pub fn rank(&self, name: &str) -> Option<u8> {
        let other = Self::parse(name)?;
        match (&self.digest, &other.digest) {
            (Some(wanted), Some(given)) if wanted == given => {}
            (None, None) if self.tag() == other.tag() => {}
            _ => return None,
        }
        let (wanted, given) = (self.repository.as_str(), other.repository.as_str());
        let completed = |prefix: &str| given.strip_prefix(prefix).is_some_and(|rest| rest == wanted);
        if given == wanted {
            return Some(4);
        }
        if self.domain.is_none() {
            if completed("localhost/") {
                return Some(3);
            }
            let is_single = !wanted.contains('/');
            if completed("docker.io/") || (is_single && (completed("docker.io/library/") || completed("library/"))) {
                return Some(2);
            }
            return given.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('/')).then_some(1);
        }
        let hub = |name: &str| {
            let path = name.strip_prefix("docker.io/").or_else(|| name.strip_prefix("index.docker.io/"))?;
            Some(path.strip_prefix("library/").unwrap_or(path).to_owned())
        };
        // Docker shows names of its own registry without it.
        let own = hub(wanted)?;
        let given = if other.domain.is_none() { Some(given.to_owned()) } else { hub(given) };
        (given.as_deref() == Some(own.as_str())).then_some(4)
    }

    /// The tag, by default `latest`.
    fn tag(&self) -> &str {
        self.tag.as_deref().unwrap_or("latest")
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether the first component of a name is a registry.
fn is_domain_mark(first: &str) -> bool {
    first == "localhost" || first.contains(['.', ':']) || first.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (domain, None),
    };
    let is_v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).is_some_and(|inside| {
        !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':')
    });
    let is_label = |label: &str| {
        let alphanumeric = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && alphanumeric(label.bytes().next())
            && alphanumeric(label.bytes().next_back())
    };
    (is_v6 || host.split('.').all(is_label))
        && port.is_none_or(|port| !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut separator = String::new();
    let mut after_word = false;
    for byte in text.bytes() {
        if is_word(byte) {
            let allowed = matches!(separator.as_str(), "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-');
            if !allowed {
                return false;
            }
            separator.clear();
            after_word = true;
        } else if after_word && matches!(byte, b'.' | b'_' | b'-') {
            separator.push(char::from(byte));
        } else {
            return false;
        }
    }
    after_word && separator.is_empty()
}

/// `[\w][\w.-]{0,127}`
fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&tag.len())
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_are_references_and_other_words_are_not() {
        let hex = "0123456789abcdef".repeat(4);
        for text in [
            "nginx",
            "nginx:1.27",
            "a/b/c:T.1-x",
            "localhost/app",
            "localhost:5000/app:1",
            "ghcr.io/a/b",
            "[::1]:5000/app",
            "UPPER/app",
            "a__b/c--d.e",
            "3f2a",
            "sha256:3f2a",
            &format!("app@sha256:{hex}"),
            &format!("app:1@sha256:{hex}"),
        ] {
            assert!(Reference::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "App",
            "a//b",
            "a/",
            "/a",
            "a:",
            "a:b:c",
            "a___b",
            "a.-b",
            "-a",
            "a-",
            "a@sha256:1",
            "a:.x",
            "ä",
            "a b",
            "sha256:",
            "sha256:12",
            "sha256:XYZW",
            "a\u{1b}[2J",
            "a_.b",
            "exa$mple.com/a",
            "h:port/a",
        ] {
            assert!(Reference::parse(text).is_none(), "{text}");
        }
        assert!(Reference::parse(&"a".repeat(700)).is_none());
    }

    #[test]
    fn only_a_name_with_a_registry_has_one() {
        let registry = |text: &str| Reference::parse(text).expect("a reference").registry().map(str::to_owned);
        assert_eq!(registry("nginx"), None);
        assert_eq!(registry("library/nginx"), None);
        assert_eq!(registry("localhost/nginx"), None);
        assert_eq!(registry("localhost:5000/nginx").as_deref(), Some("localhost:5000"));
        assert_eq!(registry("ghcr.io/a/b").as_deref(), Some("ghcr.io"));
    }

    #[test]
    fn a_short_name_is_completed_like_the_engines_do() {
        let rank = |wanted: &str, name: &str| Reference::parse(wanted).expect("a reference").rank(name);
        assert_eq!(rank("app", "app:latest"), Some(4));
        assert_eq!(rank("app:latest", "localhost/app:latest"), Some(3));
        assert_eq!(rank("app", "docker.io/library/app:latest"), Some(2));
        assert_eq!(rank("a/app", "docker.io/a/app:latest"), Some(2));
        assert_eq!(rank("app", "quay.io/x/app:latest"), Some(1));
        assert_eq!(rank("docker.io/library/app", "app:latest"), Some(4));
        assert_eq!(rank("docker.io/app", "docker.io/library/app:latest"), Some(4));
        assert_eq!(rank("app", "app:1"), None);
        assert_eq!(rank("app", "myapp:latest"), None);
        assert_eq!(rank("quay.io/app", "app:latest"), None);
        assert_eq!(rank("docker.io/a/library/app", "a/app:latest"), None);
        let by_digest = format!("app@sha256:{}", "ab".repeat(32));
        assert_eq!(rank(&by_digest, &by_digest), Some(4));
        assert_eq!(rank(&by_digest, "app:latest"), None);
        assert_eq!(rank("app", &by_digest), None);
    }

    #[test]
    fn an_id_may_be_shortened() {
        let id = |text: &str| Reference::parse(text).expect("a reference").id_prefix().map(str::to_owned);
        assert_eq!(id("3f2a").as_deref(), Some("3f2a"));
        assert_eq!(id("sha256:3f2a").as_deref(), Some("3f2a"));
        assert_eq!(id("3f2"), None);
        assert_eq!(id("nginx"), None);
        assert_eq!(id("cafe:1"), None);
    }
}
