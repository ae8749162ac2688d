//! The base image and what `apt-get` adds to it.

use std::fmt::Write;

use super::content::{Dice, library, program, tiled};
use super::disk::Disk;

const PROGRAMS: &[(&str, usize)] = &[
    ("apt", 18),
    ("apt-get", 51),
    ("awk", 160),
    ("base64", 43),
    ("bash", 1265),
    ("cat", 43),
    ("chmod", 63),
    ("chown", 67),
    ("cp", 151),
    ("cut", 47),
    ("dash", 125),
    ("date", 121),
    ("dd", 92),
    ("df", 104),
    ("dpkg", 318),
    ("env", 47),
    ("find", 224),
    ("grep", 203),
    ("gzip", 98),
    ("head", 47),
    ("id", 47),
    ("ls", 151),
    ("mkdir", 96),
    ("mv", 147),
    ("openssl", 990),
    ("perl", 1900),
    ("rm", 67),
    ("sed", 126),
    ("sort", 116),
    ("tar", 531),
    ("tail", 72),
    ("touch", 104),
    ("uname", 43),
    ("wc", 55),
    ("xargs", 72),
];

/// Programs that anyone may start as root.
const SETUID: &[(&str, usize)] = &[("chsh", 52), ("mount", 59), ("passwd", 68), ("su", 72), ("umount", 35)];

const LIBRARIES: &[(&str, usize)] = &[
    ("ld-linux-x86-64.so.2", 210),
    ("libc.so.6", 1926),
    ("libcrypto.so.3", 1400),
    ("libgcc_s.so.1", 125),
    ("libm.so.6", 907),
    ("libpcre2-8.so.0", 620),
    ("libselinux.so.1", 174),
    ("libssl.so.3", 693),
    ("libstdc++.so.6", 1190),
    ("libz.so.1", 121),
    ("libzstd.so.1", 760),
];

const PACKAGES: &[(&str, &str, &str)] = &[
    ("apt", "2.6.1", "commandline package manager"),
    ("base-files", "12.4+deb12u12", "Debian base system miscellaneous files"),
    ("bash", "5.2.15-2+b9", "GNU Bourne Again SHell"),
    ("coreutils", "9.1-1", "GNU core utilities"),
    ("dash", "0.5.12-2", "POSIX-compliant shell"),
    ("dpkg", "1.21.22", "Debian package management system"),
    ("findutils", "4.9.0-4", "utilities for finding files--find, xargs"),
    ("grep", "3.8-5", "GNU grep, egrep and fgrep"),
    ("gzip", "1.12-1", "GNU compression utilities"),
    ("libc6", "2.36-9+deb12u13", "GNU C Library: Shared libraries"),
    ("libgcc-s1", "12.2.0-14+deb12u1", "GCC support library"),
    ("libssl3", "3.0.17-1~deb12u2", "Secure Sockets Layer toolkit - shared libraries"),
    ("libstdc++6", "12.2.0-14+deb12u1", "GNU Standard C++ Library v3"),
    ("passwd", "1:4.13+dfsg1-1+deb12u1", "change and administer password and group data"),
    ("perl-base", "5.36.0-7+deb12u3", "minimal Perl system"),
    ("sed", "4.9-1", "GNU stream editor for filtering/transforming text"),
    ("tar", "1.34+dfsg-1.2+deb12u1", "GNU version of the tar archiving utility"),
    ("util-linux", "2.38.1-5+deb12u3", "miscellaneous system utilities"),
    ("zlib1g", "1:1.2.13.dfsg-1", "compression library - runtime"),
];

const INSTALLED: &[(&str, &str, &str, usize)] = &[
    ("git", "1:2.39.5-0+deb12u2", "fast, scalable, distributed revision control system", 1400),
    ("libc-ares2", "1.18.1-3", "asynchronous name resolver", 100),
    ("libnode108", "18.19.0+dfsg-6~deb12u2", "evented I/O for V8 javascript - runtime library", 2900),
    ("libuv1", "1.44.2-1+deb12u1", "asynchronous event notification library", 130),
    ("nodejs", "18.19.0+dfsg-6~deb12u2", "evented I/O for V8 javascript - runtime executable", 310),
    ("npm", "9.2.0~ds1-1", "package manager for Node.js", 700),
    ("openssh-client", "1:9.2p1-2+deb12u7", "secure shell (SSH) client, for secure access to remote machines", 990),
];

const LIB: &str = "usr/lib/x86_64-linux-gnu";
const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
    bin:x:2:2:bin:/bin:/usr/sbin/nologin\nmail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n\
    www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n\
    nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
const BASHRC: &str = "# ~/.bashrc: executed by bash(1) for non-login shells.\n\ncase $- in\n    *i*) ;;\n      *) return;;\n\
    esac\n\nHISTCONTROL=ignoreboth\nHISTSIZE=1000\nPS1='\\u@\\h:\\w\\$ '\nalias ls='ls --color=auto'\n";
const PROFILE: &str = "# ~/.profile: executed by the command interpreter for login shells.\n\n\
    if [ -n \"$BASH_VERSION\" ] && [ -f \"$HOME/.bashrc\" ]; then\n    . \"$HOME/.bashrc\"\nfi\n";

/// `ADD` of Debian's root filesystem.
pub fn rootfs(disk: &mut Disk) {
    for path in ["boot", "dev", "home", "media", "mnt", "opt", "proc", "run/lock", "srv", "sys", "usr/games"] {
        disk.dir(path);
    }
    disk.dir_with("root", 0o700);
    disk.dir_with("tmp", 0o1777);
    disk.dir("var");
    disk.dir_with("var/tmp", 0o1777);
    for name in ["bin", "sbin", "lib", "lib64"] {
        disk.dir(&format!("usr/{name}"));
        disk.symlink(name, &format!("usr/{name}"));
    }
    for (name, size) in PROGRAMS {
        disk.program(&format!("usr/bin/{name}"), program(name, size * 600));
    }
    disk.symlink("usr/bin/sh", "dash");
    let shadow = disk.nodes["usr/bin/sh"].modified;
    for (name, size) in SETUID {
        disk.file_with(&format!("usr/bin/{name}"), 0o4755, shadow, program(name, size * 600));
    }
    for name in ["adduser", "ldconfig", "nologin", "useradd"] {
        disk.program(&format!("usr/sbin/{name}"), program(name, 90_000));
    }
    for (name, size) in LIBRARIES {
        disk.file(&format!("{LIB}/{name}"), library(name, size * 600));
    }
    disk.symlink("usr/lib64/ld-linux-x86-64.so.2", &format!("/{}/ld-linux-x86-64.so.2", &LIB[4..]));
    disk.file("usr/lib/os-release", OS_RELEASE);
    disk.symlink("etc/os-release", "../usr/lib/os-release");
    for (path, text) in [
        ("etc/debian_version", "12.12\n"),
        ("etc/hostname", "debuerreotype\n"),
        ("etc/passwd", PASSWD),
        ("etc/group", "root:x:0:\ndaemon:x:1:\nbin:x:2:\nmail:x:8:\nwww-data:x:33:\nnogroup:x:65534:\n"),
        ("etc/skel/.bashrc", BASHRC),
        ("etc/skel/.profile", PROFILE),
        ("root/.profile", PROFILE),
        ("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
        ("etc/resolv.conf", ""),
        ("etc/apt/sources.list.d/debian.sources", SOURCES),
        ("etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n"),
    ] {
        disk.file(path, text.as_bytes());
    }
    disk.file_with("etc/shadow", 0o640, shadow, "root:*:20381:0:99999:7:::\n".as_bytes());
    for (package, ..) in PACKAGES {
        document(disk, package);
    }
    disk.dir("var/cache/apt/archives/partial");
    disk.dir("var/lib/apt/lists/partial");
    disk.file("var/lib/dpkg/status", status(PACKAGES.iter().copied()).into_bytes());
}

const OS_RELEASE: &[u8] =
    b"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n\
    VERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL=\"https://www.debian.org/\"\n";
const SOURCES: &str = "Types: deb\nURIs: http://deb.debian.org/debian\nSuites: bookworm bookworm-updates\n\
    Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n";

/// What every package leaves.
fn document(disk: &mut Disk, package: &str) {
    let text = format!("{package} is free software; its source is at https://deb.debian.org/debian/pool/main/.\n");
    disk.file(&format!("usr/share/doc/{package}/copyright"), text.into_bytes());
    disk.file(
        &format!("var/lib/dpkg/info/{package}.list"),
        format!("/.\n/usr\n/usr/share/doc/{package}\n").into_bytes(),
    );
}

fn status<'a>(packages: impl Iterator<Item = (&'a str, &'a str, &'a str)>) -> String {
    packages.fold(String::new(), |mut text, (package, version, about)| {
        let stanza = write!(
            text,
            "Package: {package}\nStatus: install ok installed\nPriority: optional\nArchitecture: amd64\n\
             Version: {version}\nDescription: {about}\n\n"
        );
        stanza.expect("a string takes everything");
        text
    })
}

/// `apt-get update && apt-get install -y nodejs npm git openssh-client`
pub fn install(disk: &mut Disk) {
    let index = |name: &str, size| tiled(name, b"\x04\x22\x4d\x18", size);
    for (suite, size) in [("dists_bookworm", 3_400_000), ("dists_bookworm-updates", 220_000)] {
        let list = format!("var/lib/apt/lists/deb.debian.org_debian_{suite}_main_binary-amd64_Packages.lz4");
        disk.file(&list, index(suite, size));
        let release = format!("Origin: Debian\nLabel: Debian\nSuite: {suite}\nComponents: main\n");
        disk.file(&format!("var/lib/apt/lists/deb.debian.org_debian_{suite}_InRelease"), release.into_bytes());
    }
    for (package, version, _, size) in INSTALLED {
        let version = version.replace(':', "%3a");
        let deb = tiled(package, b"!<arch>\ndebian-binary   ", size * 600);
        disk.file(&format!("var/cache/apt/archives/{package}_{version}_amd64.deb"), deb);
        document(disk, package);
    }
    disk.file("var/cache/apt/pkgcache.bin", tiled("pkgcache", b"\xfe\xdc\x98\x76", 1_300_000));
    disk.program("usr/bin/node", program("node", 96_000));
    disk.symlink("usr/bin/nodejs", "node");
    for (name, size) in [("libnode.so.108", 6_100_000), ("libuv.so.1", 205_000), ("libcares.so.2", 88_000)] {
        disk.file(&format!("{LIB}/{name}"), library(name, size));
    }
    for (name, size) in [("git", 2_400_000), ("ssh", 850_000), ("ssh-keygen", 530_000)] {
        disk.program(&format!("usr/bin/{name}"), program(name, size));
    }
    let now = disk.nodes["usr/bin/node"].modified;
    disk.file_with("usr/lib/openssh/ssh-keysign", 0o4755, now, program("ssh-keysign", 480_000));
    disk.symlink("usr/bin/npm", "../share/nodejs/npm/bin/npm-cli.js");
    let npm = "#!/usr/bin/env node\nrequire('../lib/cli.js')(process)\n";
    disk.program("usr/share/nodejs/npm/bin/npm-cli.js", npm.as_bytes());
    for name in ["cli", "npm", "utils/config"] {
        let text = super::content::script(name, 40_000);
        disk.file(&format!("usr/share/nodejs/npm/lib/{name}.js"), text.into_bytes());
    }
    let added = INSTALLED.iter().map(|&(package, version, about, _)| (package, version, about));
    let mut all: Vec<_> = PACKAGES.iter().copied().chain(added.clone()).collect();
    all.sort_unstable();
    disk.file("var/lib/dpkg/status", status(all.into_iter()).into_bytes());
    disk.file("var/lib/dpkg/status-old", status(PACKAGES.iter().copied()).into_bytes());
    let mut log = String::new();
    for (package, version, _) in added {
        writeln!(log, "2026-11-09 09:14:31 install {package}:amd64 <none> {version}")
            .expect("a string takes everything");
    }
    disk.file("var/log/dpkg.log", log.into_bytes());
    disk.file("etc/ld.so.cache", tiled("ld.so.cache", b"glibc-ld.so.cache1.1", 9_000));
}

/// `useradd --create-home --uid 1000 node`
pub fn add_user(disk: &mut Disk) {
    let passwd = disk.text("etc/passwd") + "node:x:1000:1000::/home/node:/bin/sh\n";
    let group = disk.text("etc/group") + "node:x:1000:\n";
    let shadow = disk.text("etc/shadow") + "node:!:20401:0:99999:7:::\n";
    disk.file("etc/passwd", passwd.into_bytes());
    disk.file("etc/group", group.into_bytes());
    disk.file("etc/passwd-", PASSWD.as_bytes());
    let now = disk.nodes["etc/passwd"].modified;
    disk.file_with("etc/shadow", 0o640, now, shadow.into_bytes());
    disk.own(1000);
    disk.dir_with("home/node", 0o700);
    disk.file("home/node/.bashrc", BASHRC.as_bytes());
    disk.file("home/node/.profile", PROFILE.as_bytes());
    disk.own(0);
}

/// An identity for `.git` and its like.
pub fn commit(name: &str) -> String {
    Dice::of(name).hex(40)
}
