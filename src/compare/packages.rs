//! Packages by name and version, from the databases of dpkg and apk and the metadata of npm and pip. Only files that
//! differ are read: what is the same in both images brings no difference.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use crate::image::{Contents, EntryKind, EntryPath, Finding, FindingKind};
use crate::union::VersionRef;

use super::{DifferenceKind, Differences, Sides};

/// Where a package comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ecosystem {
    /// Debian and Ubuntu.
    Dpkg,
    /// Alpine.
    Apk,
    /// Node.
    Npm,
    /// Python.
    Pip,
}

impl Ecosystem {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg",
            Self::Apk => "apk",
            Self::Npm => "npm",
            Self::Pip => "pip",
        }
    }
}

/// A package of which the images have other versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageChange {
    /// Where it comes from.
    pub ecosystem: Ecosystem,
    /// Its name; hostile.
    pub name: String,
    /// Versions that only the first image has; hostile.
    pub before: Vec<String>,
    /// Versions that only the second image has.
    pub after: Vec<String>,
}

/// The packages that differ, and what could not be read of them.
#[derive(Clone, Debug, Default)]
pub struct PackageChanges {
    /// By ecosystem and name.
    pub changes: Vec<PackageChange>,
    /// Databases of the first and of the second image that could not be read completely.
    pub findings: [Vec<Finding>; 2],
    /// Whether an image has a database of rpm, which is not read.
    pub has_rpm: bool,
}

/// The limit on a database; Debian's has 500 bytes a package.
const LONGEST: u64 = 64 << 20;
/// The limit on the metadata of one package.
const LONGEST_OF_ONE: u64 = 1 << 20;
/// The limit on packages of both images together.
const MOST: usize = 500_000;

/// How a file lists packages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Dpkg,
    Apk,
    Npm,
    Pip,
}

fn format(path: &EntryPath) -> Option<Format> {
    let whole = path.as_bytes();
    match whole {
        b"var/lib/dpkg/status" => return Some(Format::Dpkg),
        b"lib/apk/db/installed" | b"usr/lib/apk/db/installed" => return Some(Format::Apk),
        _ => {}
    }
    if let Some(name) = whole.strip_prefix(b"var/lib/dpkg/status.d/") {
        return (!name.contains(&b'/') && !name.ends_with(b".md5sums")).then_some(Format::Dpkg);
    }
    let names: Vec<&[u8]> = path.components().collect();
    match names.as_slice() {
        [.., b"node_modules", _, b"package.json"] => Some(Format::Npm),
        [.., b"node_modules", scope, _, b"package.json"] if scope.starts_with(b"@") => Some(Format::Npm),
        [.., folder, b"METADATA"] if folder.ends_with(b".dist-info") => Some(Format::Pip),
        [.., folder, b"PKG-INFO"] if folder.ends_with(b".egg-info") => Some(Format::Pip),
        [.., folder, file] if file.ends_with(b".egg-info") && folder.ends_with(b"-packages") => Some(Format::Pip),
        _ => None,
    }
}

fn is_rpm(path: &EntryPath) -> bool {
    let folder = path.as_bytes();
    folder.starts_with(b"var/lib/rpm/") || folder.starts_with(b"usr/lib/sysimage/rpm/")
}

type Counted = BTreeMap<(Ecosystem, String), BTreeMap<String, [usize; 2]>>;

impl PackageChanges {
    /// Reads the databases that differ.
    pub(super) fn new(differences: &Differences, sides: &Sides<'_>, contents: [&dyn Contents; 2]) -> Self {
        let mut found = Self::default();
        let mut counted = Counted::new();
        let mut room = MOST;
        for id in differences.walk() {
            let row = differences.row(id);
            if matches!(row.kind, Some(DifferenceKind::Metadata | DifferenceKind::NotCompared)) {
                continue;
            }
            let name = differences.name(sides, id);
            // Building the paths of a million rows would take longer than comparing them.
            let may_be = matches!(name, b"status" | b"installed" | b"package.json" | b"METADATA" | b"PKG-INFO")
                || name.ends_with(b".egg-info")
                || name.starts_with(b"rpmdb")
                || name == b"Packages"
                || !name.ends_with(b".md5sums") && is_status_folder(differences, sides, id);
            if !may_be {
                continue;
            }
            let path = differences.path(sides, id);
            found.has_rpm |= is_rpm(&path);
            let Some(format) = format(&path) else { continue };
            for (side, version) in differences.versions(sides, id).into_iter().enumerate() {
                let Some(version) = version.filter(|version| version.inode().kind() == EntryKind::File) else {
                    continue;
                };
                match packages(version, contents[side], format) {
                    Ok(packages) => {
                        for (name, number) in packages.into_iter().take(room) {
                            room -= 1;
                            counted.entry((ecosystem(format), name)).or_default().entry(number).or_default()[side] += 1;
                        }
                    }
                    Err(why) => {
                        let message = format!("its packages are not compared: {why}");
                        let finding = Finding::of_path(FindingKind::Unreadable, version.layer(), path.clone(), message);
                        found.findings[side].push(finding.gap());
                    }
                }
            }
        }
        found.changes = counted.into_iter().filter_map(|(of, versions)| change(of, &versions)).collect();
        found
    }
}

fn is_status_folder(differences: &Differences, sides: &Sides<'_>, id: super::RowId) -> bool {
    differences.parent(id).is_some_and(|parent| differences.name(sides, parent) == b"status.d")
}

fn ecosystem(format: Format) -> Ecosystem {
    match format {
        Format::Dpkg => Ecosystem::Dpkg,
        Format::Apk => Ecosystem::Apk,
        Format::Npm => Ecosystem::Npm,
        Format::Pip => Ecosystem::Pip,
    }
}

/// What differs of a package. The same version at another place is no difference.
fn change((ecosystem, name): (Ecosystem, String), versions: &BTreeMap<String, [usize; 2]>) -> Option<PackageChange> {
    let only = |side: usize| {
        let has = |&(_, counts): &(&String, &[usize; 2])| counts[side] > 0 && counts[1 - side] == 0;
        versions.iter().filter(has).map(|(version, _)| version.clone()).collect::<Vec<_>>()
    };
    let (before, after) = (only(0), only(1));
    (!before.is_empty() || !after.is_empty()).then_some(PackageChange { ecosystem, name, before, after })
}

/// The packages that a file lists.
fn packages(
    version: VersionRef<'_>,
    contents: &dyn Contents,
    format: Format,
) -> Result<BTreeSet<(String, String)>, String> {
    let inode = version.inode();
    let entry = inode.entry().ok_or("the archive has no entry for it")?;
    let most = if matches!(format, Format::Dpkg | Format::Apk) { LONGEST } else { LONGEST_OF_ONE };
    if entry.size() > most {
        return Err(format!("it is larger than {} MiB", most >> 20));
    }
    let mut text = Vec::new();
    let mut reader = contents.open(inode.layer(), entry).map_err(|error| error.to_string())?;
    reader.read_to_end(&mut text).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&text);
    Ok(match format {
        Format::Dpkg => dpkg(&text),
        Format::Apk => apk(&text),
        Format::Npm => npm(&text)?,
        Format::Pip => pip(&text)?,
    })
}

/// Paragraphs of `Package`, `Status` and `Version`. What was removed, but not purged, is not installed.
fn dpkg(text: &str) -> BTreeSet<(String, String)> {
    let package = |paragraph: &str| {
        let field = |name: &str| paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let is_installed = field("Status").is_none_or(|status| status.trim().ends_with(" installed"));
        let of = |name: &str| field(name).map(|value| value.trim().to_owned());
        of("Package").zip(of("Version")).filter(|_| is_installed)
    };
    paragraphs(text).filter_map(package).collect()
}

/// Paragraphs of `P:` and `V:`.
fn apk(text: &str) -> BTreeSet<(String, String)> {
    let package = |paragraph: &str| {
        let field = |name: &str| {
            paragraph.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
        };
        field("P:").zip(field("V:"))
    };
    paragraphs(text).filter_map(package).collect()
}

fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty())
}

fn npm(text: &str) -> Result<BTreeSet<(String, String)>, String> {
    #[derive(serde::Deserialize)]
    struct Package {
        name: Option<String>,
        version: Option<String>,
    }
    let package: Package = serde_json::from_str(text).map_err(|error| format!("it is not valid JSON: {error}"))?;
    // Packages inside a package may have neither: they only set a module format.
    Ok(package.name.zip(package.version).into_iter().collect())
}

fn pip(text: &str) -> Result<BTreeSet<(String, String)>, String> {
    let head = text.lines().take_while(|line| !line.trim().is_empty());
    let (mut name, mut version) = (None, None);
    for line in head {
        if let Some(value) = line.strip_prefix("Name:") {
            name.get_or_insert_with(|| value.trim().to_owned());
        } else if let Some(value) = line.strip_prefix("Version:") {
            version.get_or_insert_with(|| value.trim().to_owned());
        }
    }
    name.zip(version).map(|package| BTreeSet::from([package])).ok_or_else(|| "it has no name and version".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, version: &str) -> BTreeSet<(String, String)> {
        BTreeSet::from([(name.to_owned(), version.to_owned())])
    }

    #[test]
    fn every_database_is_read_in_its_format() {
        let status = "Package: curl\nStatus: install ok installed\nDescription: x\n .\nVersion: 7.88-1\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n";
        assert_eq!(dpkg(status), one("curl", "7.88-1"));
        assert_eq!(apk("C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\n\n"), one("musl", "1.2.5-r0"));
        assert_eq!(npm(r#"{"name":"@a/b","version":"1.0.0"}"#), Ok(one("@a/b", "1.0.0")));
        assert_eq!(npm(r#"{"type":"module"}"#), Ok(BTreeSet::new()));
        assert!(npm("no").is_err());
        assert_eq!(
            pip("Metadata-Version: 2.1\nName: requests\nVersion: 2.31.0\n\nVersion: x\n"),
            Ok(one("requests", "2.31.0"))
        );
    }

    #[test]
    fn a_database_is_known_by_its_path() {
        for (path, is_one) in [
            ("var/lib/dpkg/status", true),
            ("var/lib/dpkg/status.d/base-files", true),
            ("var/lib/dpkg/status.d/base-files.md5sums", false),
            ("usr/lib/apk/db/installed", true),
            ("srv/node_modules/a/package.json", true),
            ("srv/node_modules/@a/b/package.json", true),
            ("srv/node_modules/a/lib/package.json", false),
            ("srv/package.json", false),
            ("usr/lib/python3/site-packages/requests-2.31.0.dist-info/METADATA", true),
            ("srv/METADATA", false),
        ] {
            assert_eq!(format(&EntryPath::normalise(path.as_bytes()).path).is_some(), is_one, "{path}");
        }
    }
}
