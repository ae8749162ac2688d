//! Base images that are a whole distribution, where the same distribution offers less.
//!
//! The evidence is in the final image: its `os-release` names a distribution (os-release(5)), the package manager of
//! the full distribution is present, which distroless, chiselled and micro images lack and minimal ones replace, and
//! dpkg is not configured to leave out documentation, as slim Debian and all Ubuntu images do. A base whose name says
//! that it is a small one is believed without evidence.

use std::io::Read;

use crate::analysis::Base;
use crate::union::{Destination, NodeId, VersionRef};

use super::known::kept_texts;
use super::{JunkHit, JunkLook, JunkPlace, Search};

/// Neither `os-release` nor the configuration of dpkg is longer.
const LONGEST: u64 = 64 << 10;

/// What distributions call themselves, and a program that the whole of them has and their small ones lack.
const WHOLE: [(&str, &[&str]); 13] = [
    ("debian", &["usr/bin/dpkg"]),
    ("ubuntu", &["usr/bin/dpkg"]),
    ("fedora", &["usr/bin/dnf"]),
    ("centos", &["usr/bin/dnf", "usr/bin/yum"]),
    ("rhel", &["usr/bin/dnf", "usr/bin/yum"]),
    ("rocky", &["usr/bin/dnf"]),
    ("almalinux", &["usr/bin/dnf"]),
    ("ol", &["usr/bin/dnf", "usr/bin/yum"]),
    ("amzn", &["usr/bin/dnf", "usr/bin/yum"]),
    ("opensuse-leap", &["usr/bin/zypper"]),
    ("opensuse-tumbleweed", &["usr/bin/zypper"]),
    ("opensuse", &["usr/bin/zypper"]),
    ("sles", &["usr/bin/zypper"]),
];

pub(super) fn find(search: &Search<'_>) -> Option<JunkHit> {
    search.rules_of(JunkLook::Base).next()?;
    if Base::detect(search.image).is_small() {
        return None;
    }
    let name = kept_texts(search, &[b"a whole distribution"], |search| whole(search).into_iter().collect()).pop()?;
    search.hit(JunkLook::Base, JunkPlace::Image, name)
}

/// The name of the distribution, if it is there as a whole.
fn whole(search: &Search<'_>) -> Option<String> {
    let release = ["usr/lib/os-release", "etc/os-release"].iter().find_map(|path| text_of(search, path))?;
    let id = value(&release, "ID")?;
    let (_, programs) = WHOLE.iter().find(|(name, _)| id == *name)?;
    let is_whole = programs.iter().any(|program| leads_to(search, program).is_some());
    // A minimal image has this one, or has it too.
    let is_minimal = leads_to(search, "usr/bin/microdnf").is_some() || leaves_documentation_out(search);
    let name = value(&release, "PRETTY_NAME").or_else(|| value(&release, "NAME")).unwrap_or(id);
    (is_whole && !is_minimal).then_some(name)
}

/// The file that a path leads to in the final image.
fn leads_to<'a>(search: &Search<'a>, path: &str) -> Option<VersionRef<'a>> {
    match search.follow(path.as_bytes())? {
        Destination::Found(node) => search.file_at(node),
        _ => None,
    }
}

fn text_of(search: &Search<'_>, path: &str) -> Option<String> {
    text(search, leads_to(search, path)?)
}

fn text(search: &Search<'_>, version: VersionRef<'_>) -> Option<String> {
    let reader = search.contents.open(version.layer(), version.entry()?).ok()?;
    let mut bytes = Vec::new();
    reader.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The value of a name, without its quotes.
fn value(release: &str, name: &str) -> Option<String> {
    let line = release.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))?;
    let value = line.trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

/// Whether dpkg is configured to leave out documentation.
fn leaves_documentation_out(search: &Search<'_>) -> bool {
    let union = search.union;
    let Some(Destination::Found(folder)) = search.follow(b"etc/dpkg/dpkg.cfg.d") else { return false };
    let says = |node: NodeId| {
        let text = search.file_at(node).and_then(|file| text(search, file)).unwrap_or_default();
        text.lines().any(|line| {
            let option = line.trim().strip_prefix("path-exclude").map(|rest| rest.trim_start_matches(['=', ' ', '\t']));
            option.is_some_and(|path| path.starts_with("/usr/share/doc"))
        })
    };
    union.children(folder).filter(|&node| union.live(node).is_some()).any(says)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, TestFile, file, looking, program};
    use super::*;

    const DEBIAN: &str =
        "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n";

    fn found(made: Vec<TestFile<'_>>) -> Vec<String> {
        Fixture::new(vec![("ADD rootfs.tar /", made)]).lines(&[looking(JunkLook::Base, |_| {})])
    }

    fn debian(more: Vec<TestFile<'static>>) -> Vec<TestFile<'static>> {
        let mut made =
            vec![file("usr/lib/os-release", DEBIAN), TestFile::Link("etc/os-release", "../usr/lib/os-release")];
        made.extend(more);
        made
    }

    #[test]
    fn a_whole_distribution_is_told_by_its_name() {
        let line = "base: image, 0 B, 0 files (Debian GNU/Linux 12 (bookworm))";
        let speedup = file("etc/dpkg/dpkg.cfg.d/docker-apt-speedup", "force-unsafe-io\n");
        assert_eq!(found(debian(vec![program("usr/bin/dpkg", "x"), speedup])), [line]);
        let rocky = "NAME=\"Rocky Linux\"\nID=\"rocky\"\n";
        let dnf = vec![
            file("usr/lib/os-release", rocky),
            program("usr/bin/dnf-3", "x"),
            TestFile::Link("usr/bin/dnf", "dnf-3"),
        ];
        assert_eq!(found(dnf), ["base: image, 0 B, 0 files (Rocky Linux)"]);
    }

    #[test]
    fn fault_a_base_whose_name_says_slim_gets_no_advice_to_be_slim() {
        let mut fixture = Fixture::new(vec![("ADD rootfs.tar /", debian(vec![program("usr/bin/dpkg", "x")]))]);
        let rules = [looking(JunkLook::Base, |_| {})];
        for (name, hits) in [("docker.io/library/debian:12", 1), ("docker.io/library/debian:12-slim", 0)] {
            fixture.image.annotations = vec![(crate::analysis::BASE_NAME.to_owned(), name.to_owned())];
            assert_eq!(fixture.lines(&rules).len(), hits, "{name}");
        }
    }

    #[test]
    fn slim_minimal_distroless_and_other_images_are_not_told() {
        let slim = file("etc/dpkg/dpkg.cfg.d/docker", "# slim\npath-exclude /usr/share/doc/*\n");
        let ubuntu = file("etc/dpkg/dpkg.cfg.d/excludes", "path-exclude=/usr/share/doc/*\n");
        let dpkg = || program("usr/bin/dpkg", "x");
        let rocky = || file("usr/lib/os-release", "ID=rocky\n");
        for (made, which) in [
            (debian(vec![dpkg(), slim]), "slim"),
            (debian(vec![dpkg(), ubuntu]), "ubuntu"),
            (debian(vec![]), "distroless"),
            (vec![rocky(), program("usr/bin/microdnf", "x")], "minimal"),
            (vec![rocky(), program("usr/bin/microdnf", "x"), program("usr/bin/dnf", "x")], "minimal with both"),
            (vec![file("etc/os-release", "ID=alpine\nNAME=\"debian\"\n"), dpkg()], "alpine"),
            (vec![dpkg()], "no os-release"),
        ] {
            assert!(found(made).is_empty(), "{which}");
        }
    }
}
