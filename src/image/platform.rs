//! The platform of an image (image-spec `image-index.md`, *platform*), in one spelling.

use std::fmt;
use std::str::FromStr;

/// An operating system, a processor and its variant, normalised as containerd does, so that `x86_64` and `amd64` are one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Platform {
    /// `linux`, `windows`, …
    pub os: String,
    /// `amd64`, `arm64`, …
    pub architecture: String,
    /// `v7`, …; empty where the architecture is sufficient.
    pub variant: String,
    /// The build of Windows that an image needs, `10.0.20348.2322`; empty elsewhere.
    pub os_version: String,
}

impl Platform {
    /// Normalises the three parts.
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
        Self { os, architecture: architecture.to_owned(), variant: variant.to_owned(), os_version: String::new() }
    }

    /// The same with the version of its operating system.
    #[must_use]
    pub fn with_os_version(self, os_version: &str) -> Self {
        Self { os_version: os_version.to_owned(), ..self }
    }

    /// With the version of the operating system, as containerd writes it: `windows(10.0.20348.2322)/amd64`.
    #[must_use]
    pub fn with_version_text(&self) -> String {
        if self.os_version.is_empty() {
            return self.to_string();
        }
        format!("{}({}){}", self.os, self.os_version, &self.to_string()[self.os.len()..])
    }

    /// The platform of this machine, as a container engine on it would name it: containers are Linux almost everywhere.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let os = if cfg!(windows) { "windows" } else { "linux" };
        Self::new(os, std::env::consts::ARCH, "")
    }

    /// Whether an image for `other` is what someone who asked for `self` meant: omitted parts match everything.
    #[must_use]
    pub fn accepts(&self, other: &Self) -> bool {
        let says = |asked: &str, given: &str| asked.is_empty() || asked == given;
        says(&self.os, &other.os)
            && says(&self.architecture, &other.architecture)
            && says(&self.variant, &other.variant)
            // `10.0.20348` asks for every revision of that build.
            && (says(&self.os_version, &other.os_version)
                || other.os_version.strip_prefix(&*self.os_version).is_some_and(|rest| rest.starts_with('.')))
    }

    /// Whether this is the `unknown/unknown` that `BuildKit` uses for its attestations.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.os.is_empty() {
            write!(f, "{}/", self.os)?;
        }
        f.write_str(&self.architecture)?;
        if self.variant.is_empty() { Ok(()) } else { write!(f, "/{}", self.variant) }
    }
}

impl FromStr for Platform {
    type Err = String;

    /// Reads `os[(version)]/architecture[/variant]`; a single word is an architecture of any system.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((os, rest)) = text.split_once('(')
            && let Some((version, rest)) = rest.split_once(')')
            && !version.is_empty()
            && rest.starts_with('/')
        {
            return Ok(format!("{os}{rest}").parse::<Self>()?.with_os_version(version));
        }
        match text.split('/').collect::<Vec<_>>().as_slice() {
            [architecture] if !architecture.is_empty() => Ok(Self::new("", architecture, "")),
            [os, architecture] if !os.is_empty() && !architecture.is_empty() => Ok(Self::new(os, architecture, "")),
            [os, architecture, variant] if !os.is_empty() && !architecture.is_empty() && !variant.is_empty() => {
                Ok(Self::new(os, architecture, variant))
            }
            _ => Err("use `os/architecture[/variant]`, such as `linux/arm64` or `linux/arm/v7`".to_owned()),
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
    fn a_version_of_windows_is_written_and_read_as_containerd_writes_it() {
        let server = Platform::new("windows", "amd64", "").with_os_version("10.0.20348.2322");
        assert_eq!(server.with_version_text(), "windows(10.0.20348.2322)/amd64");
        for (asked, accepts) in [
            ("windows(10.0.20348.2322)/amd64", true),
            ("windows(10.0.20348)/amd64", true),
            ("windows/amd64", true),
            ("windows(10.0.2034)/amd64", false),
            ("windows(10.0.17763)/amd64", false),
        ] {
            assert_eq!(asked.parse::<Platform>().map(|asked| asked.accepts(&server)), Ok(accepts), "{asked}");
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
