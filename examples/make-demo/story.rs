//! What happens to the demo: two builds of a web shop from one Dockerfile, and a container of the first. The archive is
//! written from this, and a test holds what layerscope reads against it.

use super::content::private_key;
use super::disk::{Change, Disk, Layer};
use super::shop::SHOP;
use super::{debian, shop};

/// The Dockerfile of both builds. `BUILD` finds its lines.
pub const DOCKERFILE: &str = "\
# The corner shop.
FROM debian:12-slim

ENV NODE_ENV=production
RUN apt-get update && apt-get install -y nodejs npm git openssh-client
RUN useradd --create-home --uid 1000 node
WORKDIR /srv/shop
COPY . .
RUN npm ci
RUN chown -R node:node /srv/shop

# The themes are in a private repository.
COPY --from=keys id_ed25519 /root/.ssh/
RUN GIT_SSH_COMMAND='ssh -o StrictHostKeyChecking=accept-new' git clone --depth 1 git@git.example.com:shop/themes.git themes \\
    && rm /root/.ssh/id_ed25519
RUN mv themes/summer public/theme && ln public/theme/hero.jpg public/hero.jpg
RUN sed -i 's|http://localhost:8080|https://shop.example.com|' config.toml public/catalog.json

# Clean up.
RUN rm -rf .git test /var/lib/apt/lists /var/cache/apt && mkdir -p /var/cache/apt/archives/partial
RUN node --check server.js

ARG VERSION
LABEL org.opencontainers.image.version=$VERSION
EXPOSE 8080
USER node
CMD [\"node\", \"server.js\"]
";

/// Midnight of 2026-10-20, when the base image was made.
const BASE: i64 = 1_792_454_400;
/// 2026-11-09 09:14, when `shop:1.4` was built.
const FIRST: i64 = 1_794_215_640;
/// 2026-11-12 16:32, when `shop:1.5` was built.
const SECOND: i64 = 1_794_501_120;

pub const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// An instruction that was carried out.
#[derive(Clone, Debug)]
pub struct Step {
    /// The first and the last line of the Dockerfile; none for the steps of the base image.
    pub lines: Option<(usize, usize)>,
    pub created: i64,
    /// As the history has it.
    pub created_by: String,
    /// What the instruction stored; none if it changed only metadata.
    pub layer: Option<Layer>,
}

/// A build of the shop.
pub struct Build {
    pub version: &'static str,
    pub steps: Vec<Step>,
    /// What a container sees.
    pub disk: Disk,
}

impl Build {
    /// `shop:1.4`
    pub fn first() -> Self {
        Self::of("1.4", FIRST)
    }

    /// `shop:1.5`: one source file has changed, so `COPY . .` and everything after it ran again.
    pub fn second() -> Self {
        Self::of("1.5", SECOND)
    }

    fn of(version: &'static str, now: i64) -> Self {
        let mut build = Self { version, steps: Vec::new(), disk: Disk::default() };
        build.base();
        build.metadata(FIRST + 48, "ENV NODE_ENV=production");
        build.run(FIRST + 48, debian::install);
        build.run(FIRST + 50, debian::add_user);
        build.layer("WORKDIR", FIRST + 51, "WORKDIR /srv/shop", |disk| disk.dir(SHOP));
        let is_next = version != "1.4";
        build.layer("COPY . ", now + 53, "COPY . . # buildkit", |disk| shop::sources(disk, DOCKERFILE, is_next));
        build.run(now + 71, shop::dependencies);
        build.run(now + 74, |disk| disk.chown(SHOP, 1000));
        build.layer("COPY --from", now + 75, "COPY id_ed25519 /root/.ssh/ # buildkit", |disk| {
            disk.file_with("root/.ssh/id_ed25519", 0o600, now - 9_000_000, private_key("the shop").into_bytes());
        });
        build.run(now + 79, |disk| {
            shop::themes(disk);
            disk.remove("root/.ssh/id_ed25519");
        });
        build.run(now + 80, |disk| {
            disk.rename(&format!("{SHOP}/themes/summer"), &format!("{SHOP}/public/theme"));
            disk.hard_link(&format!("{SHOP}/public/hero.jpg"), &format!("{SHOP}/public/theme/hero.jpg"));
        });
        build.run(now + 81, |disk| {
            for path in ["config.toml", "public/catalog.json"] {
                let path = format!("{SHOP}/{path}");
                let text = disk.text(&path).replace("http://localhost:8080", "https://shop.example.com");
                disk.file(&path, text.into_bytes());
            }
        });
        build.run(now + 82, |disk| {
            for path in [&format!("{SHOP}/.git"), &format!("{SHOP}/test"), "var/lib/apt/lists", "var/cache/apt"] {
                disk.remove(path);
            }
            disk.dir("var/cache/apt/archives/partial");
        });
        build.run(now + 83, |_| ());
        for text in [
            &format!("ARG VERSION={version}"),
            &format!("LABEL org.opencontainers.image.version={version}"),
            "EXPOSE map[8080/tcp:{}]",
            "USER node",
            "CMD [\"node\" \"server.js\"]",
        ] {
            build.metadata(now + 83, text);
        }
        build
    }

    fn base(&mut self) {
        self.disk.begin(BASE);
        debian::rootfs(&mut self.disk);
        let mut step = |text: &str, layer| {
            let created_by = format!("/bin/sh -c #(nop) {text}");
            self.steps.push(Step { lines: None, created: BASE, created_by, layer });
        };
        step(&format!("ADD file:{} in / ", super::content::Dice::of("rootfs").hex(64)), Some(self.disk.end()));
        step(" LABEL org.opencontainers.image.vendor=Debian", None);
        step(" CMD [\"bash\"]", None);
    }

    /// The lines of the next instruction of the Dockerfile, and its text on one line.
    fn next(&self) -> ((usize, usize), String) {
        let lines: Vec<_> = DOCKERFILE.lines().collect();
        let done = self.steps.iter().filter_map(|step| step.lines).map(|(_, last)| last).max().unwrap_or(2);
        let first = (done..lines.len()).find(|&at| !lines[at].is_empty() && !lines[at].starts_with('#'));
        let first = first.expect("an instruction");
        let last = (first..lines.len()).find(|&at| !lines[at].ends_with('\\')).expect("an end");
        let text = lines[first..=last].concat().replace('\\', "");
        ((first + 1, last + 1), text)
    }

    /// A step with the text of the Dockerfile.
    fn run(&mut self, now: i64, change: impl FnOnce(&mut Disk)) {
        let (_, text) = self.next();
        let command = text.strip_prefix("RUN ").expect(&text);
        self.layer("RUN", now, &format!("RUN /bin/sh -c {command} # buildkit"), change);
    }

    fn layer(&mut self, keyword: &str, now: i64, created_by: &str, change: impl FnOnce(&mut Disk)) {
        self.disk.begin(now);
        change(&mut self.disk);
        let layer = self.disk.end();
        self.step(keyword, now, created_by, Some(layer));
    }

    fn metadata(&mut self, now: i64, created_by: &str) {
        let keyword = created_by.split(' ').next().unwrap_or_default();
        self.step(keyword, now, created_by, None);
    }

    fn step(&mut self, keyword: &str, created: i64, created_by: &str, layer: Option<Layer>) {
        let (lines, text) = self.next();
        assert!(text.starts_with(keyword), "{created_by} is not {text}");
        self.steps.push(Step { lines: Some(lines), created, created_by: created_by.to_owned(), layer });
    }
}

/// A container of `shop:1.4`, and what it changed: it wrote a log and an upload, its configuration was edited, and a page
/// was removed. The engine adds the files that every container has.
pub fn container() -> (Disk, Layer) {
    let mut disk = Build::first().disk;
    disk.begin(FIRST + 7_300);
    disk.own(1000);
    let visits =
        [("GET /", 200), ("GET /catalog", 200), ("POST /cart", 201), ("GET /beta.html", 404), ("POST /pay", 502)];
    let lines: Vec<_> = (0..400)
        .map(|line| {
            let (request, status) = visits[line * 7 % visits.len()];
            format!("2026-11-09T11:{:02}:{:02}Z {request} {status}\n", line / 60, line % 60)
        })
        .collect();
    let log = lines.concat();
    disk.file(&format!("{SHOP}/logs/shop.log"), log.into_bytes());
    let config = format!("{SHOP}/config.toml");
    let edited = disk.text(&config).replace("lifetime-minutes = 90", "lifetime-minutes = 15");
    disk.file(&config, edited.into_bytes());
    disk.remove(&format!("{SHOP}/public/beta.html"));
    disk.own(0);
    disk.file_with(".dockerenv", 0o755, FIRST + 7_200, b"".as_slice());
    disk.device("dev/console", 5, 1);
    disk.dir("dev/pts");
    disk.dir("dev/shm");
    // The engine mounts its own files there, and an export has the empty ones below.
    for name in ["hostname", "hosts", "resolv.conf"] {
        disk.file_with(&format!("etc/{name}"), 0o755, FIRST + 7_200, b"".as_slice());
    }
    disk.symlink("etc/mtab", "/proc/mounts");
    let layer = disk.end();
    (disk, layer)
}

/// The container as one layer on nothing, which is what an export has.
pub fn exported() -> Layer {
    let (disk, _) = container();
    let changes = disk.nodes.into_iter().map(|(path, node)| (path, Change::Stored(node))).collect();
    Layer { changes, ..Layer::default() }
}
