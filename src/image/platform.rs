//! What an image runs on (image-spec `image-index.md`, *platform*), spelt one way.

use std::fmt;
use std::str::FromStr;

/// An operating system, a processor and its variant, normalised as containerd does, so that `x86_64` and `amd64` are one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Platform {
    /// `linux`, `windows`, …
    pub os: String,
    /// `amd64`, `arm64`, …
    pub architecture: String,
    /// `v7`, …; empty where the architecture says it all.
    pub variant: String,
}

impl Platform {
    /// Takes the three parts as they were written and spells them the usual way.
    #[must_use]
    pub fn new(os: &str, architecture: &str, variant: &str) -> Self {
        let os = match os.to_ascii_lowercase().as_str() {
            "macos" => "darwin".to_owned(),
            other => other.to_owned(),
        };
        let architecture = architecture.to_ascii_lowercase();
        let variant = variant.to_ascii_lowercase();
        let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
            ("i386", _) => ("386", ""),
            ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
            ("x86_64" | "x86-64", rest) => ("amd64", rest),
            ("aarch64" | "arm64", "8" | "v8") => ("arm64", ""),
            ("aarch64", rest) => ("arm64", rest),
            ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
            ("armel", _) | ("arm", "6") => ("arm", "v6"),
            ("arm", "5") => ("arm", "v5"),
            ("arm", "8") => ("arm", "v8"),
            (architecture, variant) => (architecture, variant),
        };
        Self { os, architecture: architecture.to_owned(), variant: variant.to_owned() }
    }

    /// The platform of this machine, as a container engine on it would name it: containers are Linux almost everywhere.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let os = if cfg!(windows) { "windows" } else { "linux" };
        Self::new(os, std::env::consts::ARCH, "")
    }

    /// Whether an image for `other` is what someone who asked for `self` meant: parts that were not said match all.
    #[must_use]
    pub fn accepts(&self, other: &Self) -> bool {
        let says = |asked: &str, given: &str| asked.is_empty() || asked == given;
        says(&self.os, &other.os)
            && says(&self.architecture, &other.architecture)
            && says(&self.variant, &other.variant)
    }

    /// Whether this is the `unknown/unknown` under which `BuildKit` files its attestations.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        if self.variant.is_empty() { Ok(()) } else { write!(f, "/{}", self.variant) }
    }
}

impl FromStr for Platform {
    type Err = String;

    /// Reads `os/architecture[/variant]`; a lone word is an architecture, of any system.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split('/').collect::<Vec<_>>().as_slice() {
            [architecture] if !architecture.is_empty() => Ok(Self::new("", architecture, "")),
            [os, architecture] if !os.is_empty() && !architecture.is_empty() => Ok(Self::new(os, architecture, "")),
            [os, architecture, variant] if !os.is_empty() && !architecture.is_empty() && !variant.is_empty() => {
                Ok(Self::new(os, architecture, variant))
            }
            _ => Err("a platform is `os/architecture[/variant]`, as in `linux/arm64` or `linux/arm/v7`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_platform_has_one_spelling() {
        for (os, arch, variant, text) in [
            ("Linux", "x86_64", "", "linux/amd64"),
            ("linux", "amd64", "v1", "linux/amd64"),
            ("linux", "aarch64", "v8", "linux/arm64"),
            ("linux", "arm", "", "linux/arm/v7"),
            ("linux", "armel", "", "linux/arm/v6"),
            ("linux", "i386", "", "linux/386"),
            ("macos", "arm64", "", "darwin/arm64"),
            ("linux", "riscv64", "", "linux/riscv64"),
        ] {
            assert_eq!(Platform::new(os, arch, variant).to_string(), text);
        }
    }

    #[test]
    fn what_was_not_asked_matches_all() {
        let arm = Platform::new("linux", "arm", "v6");
        assert!(
            "arm/v6".parse::<Platform>().is_ok_and(|asked| !asked.accepts(&arm)),
            "`arm/v6` is os and architecture"
        );
        assert!("linux/arm/v6".parse::<Platform>().is_ok_and(|asked| asked.accepts(&arm)));
        assert!("arm64".parse::<Platform>().is_ok_and(|asked| asked.accepts(&Platform::new("linux", "arm64", ""))));
        assert!("".parse::<Platform>().is_err());
        assert!("linux//v7".parse::<Platform>().is_err());
    }
}
