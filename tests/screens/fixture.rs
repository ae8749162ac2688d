//! Images for the tests, built line by line.

use std::io::Read;
use std::sync::Arc;

use layerscope::analysis::{Analysis, Identities};
use layerscope::image::{
    BlobState, Compression, Config, Contents, DiffId, Digest, Entries, EntryKind, EntryRef, Finding, FindingKind,
    HistoryEntry, Image, Layer, LayerNumber, ListedMember, Listing, MediaType, Mtime, NewEntry, Platform, Progress,
    RawEntry, ReadError, pair_history,
};
use layerscope::tui::Message;
use layerscope::union::Union;

/// An image with what was concluded from it.
pub struct Fixture {
    pub image: Arc<Image>,
    pub union: Arc<Union>,
    /// Before contents were compared.
    pub early: Arc<Analysis>,
    pub analysis: Arc<Analysis>,
}

impl Fixture {
    /// The contents of the files of any image.
    pub fn contents() -> Arc<dyn Contents> {
        Arc::new(Pretended)
    }

    /// What the screen is told first.
    pub fn opened(&self) -> Message {
        Message::Opened { image: Arc::clone(&self.image), contents: Arc::new(Pretended) }
    }
}

/// Contents of files that were never stored: as many numbered lines as there is room for, and the number of the layer, or
/// what the file is known by. A name ending in `.bin` is bytes of all sorts, one in `.tar.gz` has members, `lost` cannot
/// be read, `torn` not to its end.
struct Pretended;

/// What the password of a file of settings is, put together here so that no one finds it in the sources.
pub fn password() -> String {
    ["hunter2", "hunter2"].concat()
}

/// What files of telling names hold.
fn secret(name: &[u8]) -> Option<String> {
    match name.rsplit(|&byte| byte == b'/').next()? {
        b"id_rsa" => {
            let letters: String = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
            let (begin, end) = (["-----BEGIN OPENSSH ", "PRIVATE KEY-----"], ["-----END OPENSSH ", "PRIVATE KEY-----"]);
            let body = format!("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ{letters}");
            Some(format!("{}\n{body}\n{}\n", begin.concat(), end.concat()))
        }
        b"prod.env" => Some(format!("PORT=80\nDB_PASSWORD={}\n", password())),
        b"long.env" => {
            let lines = (1..=300).map(|line| {
                if line == 200 { format!("DB_PASSWORD={}\n", password()) } else { format!("PORT_{line}=80\n") }
            });
            Some(lines.collect())
        }
        _ => None,
    }
}

/// Where an archive was cut.
struct Torn;

impl Read for Torn {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::UnexpectedEof.into())
    }
}

/// What a pretended archive holds.
fn pretended_members() -> Listing {
    let member = |name: &str, kind, size| ListedMember {
        name: name.as_bytes().to_vec(),
        link: if kind == EntryKind::Symlink { b"README.md".to_vec() } else { Vec::new() },
        kind,
        mode: Some(if kind == EntryKind::Dir { 0o755 } else { 0o644 }),
        size,
        mtime: Some(1_790_000_000),
    };
    let mut members = vec![member("package/", EntryKind::Dir, 0), member("package/README.md", EntryKind::File, 1_234)];
    members.push(member("package/readme", EntryKind::Symlink, 0));
    members.push(member("package/evil\x1b[31mred", EntryKind::File, 7));
    members.extend((1..=60).map(|at| member(&format!("package/lib/{at:02}.js"), EntryKind::File, at * 1_111)));
    Listing { format: "tar in gzip".to_owned(), members, cut: None }
}

impl Contents for Pretended {
    fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        // Every file is searched for secrets: only one that is paged through is long.
        let longest = if entry.name() == b"tool.bin" { 1 << 20 } else { 1 << 15 };
        let size = usize::try_from(entry.size()).unwrap_or(usize::MAX).min(longest);
        if entry.name() == b"lost" {
            return Err(ReadError::NoBlob { layer, why: "not in the archive".to_owned() });
        }
        if let Some(secret) = secret(entry.name()) {
            return Ok(Box::new(std::io::Cursor::new(secret)));
        }
        let whose = match entry.content_hash().unwrap_or_default() {
            0 => format!("layer {layer}"),
            content => format!("content {content}"),
        };
        let bytes: Vec<u8> = if entry.name().ends_with(b".bin") {
            let bytes = (0..size).map(|at| (at.wrapping_mul(at / 7) >> 3).to_le_bytes()[0]);
            bytes
                .enumerate()
                .map(|(at, byte)| if at % 97 == 3 { byte ^ layer.to_string().as_bytes()[0] } else { byte })
                .collect()
        } else if entry.name().ends_with(b".gz") {
            b"\x1f\x8b\x08\0".iter().copied().cycle().take(size).collect()
        } else {
            (1..).flat_map(|number| format!("line {number} of {whose}\n").into_bytes()).take(size).collect()
        };
        if entry.name() == b"torn" {
            return Ok(Box::new(std::io::Cursor::new(bytes).take(60).chain(Torn)));
        }
        Ok(Box::new(std::io::Cursor::new(bytes)))
    }

    fn members(
        &self,
        _: LayerNumber,
        entry: EntryRef<'_>,
        _: usize,
        _: &dyn Progress,
    ) -> Result<Option<Listing>, ReadError> {
        Ok(entry.name().ends_with(b".tar.gz").then(pretended_members))
    }

    /// The first layer has names of all sorts, the others a hundred thousand and one entries, and no end.
    fn raw_entries(
        &self,
        layer: LayerNumber,
        _: &dyn Progress,
        each: &mut dyn FnMut(RawEntry) -> bool,
    ) -> Result<(), ReadError> {
        let entry = |name: &str, pax: &[&str]| {
            let kind = if name.ends_with('/') { EntryKind::Dir } else { EntryKind::File };
            let name = name.as_bytes().to_vec();
            let member = ListedMember { name, link: Vec::new(), kind, mode: Some(0o644), size: 1_234, mtime: Some(0) };
            RawEntry { member, owner: (1_000, 0), pax: pax.iter().map(|key| key.as_bytes().to_vec()).collect() }
        };
        if layer.get() == 1 {
            each(entry("./", &[]));
            each(entry("./etc/evil\x1b[31mred\u{202e}", &["path", "mtime", "SCHILY.xattr.x\x1b[2J"]));
            each(entry("etc/.wh.passwd", &[]));
            each(entry("../../.wh..wh..opq", &[]));
            return Ok(());
        }
        (0..=100_000).all(|at| each(entry(&format!("usr/{at}"), &[])));
        Err(ReadError::NoBlob { layer, why: "it ends early".to_owned() })
    }

    fn identity(&self, _: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
        Ok(entry.content_hash().unwrap_or_default())
    }
}

/// A layer's tar, one entry after the other.
pub struct Tar {
    entries: Entries,
    stored: u64,
}

impl Tar {
    pub fn new() -> Self {
        Self { entries: Entries::new(), stored: 0 }
    }

    fn push(mut self, new: NewEntry<'_>) -> Self {
        self.stored += new.stored;
        self.entries.push(NewEntry { mtime: Mtime { seconds: 1_790_000_000, nanoseconds: 0 }, ..new }).expect("room");
        self
    }

    pub fn dir(self, name: &str) -> Self {
        self.push(NewEntry { name: name.as_bytes(), kind: EntryKind::Dir, mode: 0o755, ..NewEntry::default() })
    }

    pub fn file(self, name: &str, size: u64) -> Self {
        self.file_as(name, size, 0o644, (0, 0), 0)
    }

    /// `content` stands for what is in it: equal for equal contents, 0 for what was not hashed.
    pub fn file_as(mut self, name: &str, size: u64, mode: u32, (uid, gid): (i64, i64), content: u128) -> Self {
        self = self.push(NewEntry { name: name.as_bytes(), mode, uid, gid, size, stored: size, ..NewEntry::default() });
        let last = self.entries.iter().last().expect("just pushed").index();
        self.entries.set_hash(last, content);
        self
    }

    pub fn link(self, name: &str, target: &str) -> Self {
        let (name, link_target) = (name.as_bytes(), target.as_bytes());
        self.push(NewEntry { name, kind: EntryKind::Symlink, mode: 0o777, link_target, ..NewEntry::default() })
    }

    pub fn hard_link(self, name: &str, target: &str) -> Self {
        let (name, link_target) = (name.as_bytes(), target.as_bytes());
        self.push(NewEntry { name, kind: EntryKind::HardLink, link_target, ..NewEntry::default() })
    }

    /// A whiteout, spelt out: `root/.wh..cache`.
    pub fn whiteout(self, name: &str) -> Self {
        self.file_as(name, 0, 0, (0, 0), 0)
    }
}

/// A step of the build: what the history says, and the layer it made.
pub struct Made(pub &'static str, pub Option<Tar>);

pub fn build(config: Config, made: Vec<Made>, adjust: impl FnOnce(&mut Image)) -> Fixture {
    let (mut layers, mut tars, mut history) = (Vec::new(), Vec::new(), Vec::new());
    for (at, Made(created_by, tar)) in made.into_iter().enumerate() {
        let byte = u8::try_from(at + 1).unwrap_or(0xff);
        history.push(HistoryEntry {
            created: Some(format!("2026-11-20T{:02}:{:02}:00.5Z", 8 + at / 60, at % 60)),
            created_by: created_by.to_owned(),
            comment: if created_by.ends_with("# buildkit") { "buildkit.dockerfile.v0" } else { "" }.to_owned(),
            empty_layer: tar.is_none(),
            ..HistoryEntry::default()
        });
        if let Some(tar) = tar {
            layers.push(Layer {
                member: Some(format!("blobs/sha256/{byte:02x}")),
                digest: Some(Digest::of_sha256(&[byte; 32])),
                diff_id: Some(DiffId(Digest::of_sha256(&[byte ^ 0xff; 32]))),
                media_type: Some(MediaType::new("application/vnd.oci.image.layer.v1.tar+gzip")),
                stored_size: Some(tar.stored * 3 / 8 + 512),
                compression: Some(Compression::Gzip),
                ..Layer::default()
            });
            tars.push(Arc::new(tar.entries));
        }
    }
    let (steps, findings) = pair_history(history, &mut layers);
    let mut image = Image {
        names: vec!["registry.example/shop/app:1.4".to_owned()],
        platform: Some(Platform::new("linux", "amd64", "")),
        digest: Some(Digest::of_sha256(&[0xab; 32])),
        created: Some("2026-11-20T09:10:11Z".to_owned()),
        config,
        layers,
        steps,
        findings,
        ..Image::default()
    };
    adjust(&mut image);
    let union = Arc::new(Union::build(tars));
    let early = Arc::new(Analysis::new(&union, None));
    let analysis = Arc::new(Analysis::new(&union, Some(&Identities::default())));
    Fixture { image: Arc::new(image), union, early, analysis }
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|&word| word.to_owned()).collect()
}

/// A web application on a distribution: everything that usually goes wrong in one image.
pub fn shop() -> Fixture {
    let mut base = Tar::new().dir("bin").dir("etc").dir("usr").dir("usr/bin").dir("usr/lib").dir("var").dir("tmp");
    base = base
        .file_as("bin/busybox", 1_131_168, 0o4755, (0, 0), 11)
        .hard_link("bin/sh", "bin/busybox")
        .link("lib", "usr/lib")
        .file("etc/passwd", 839)
        .file("etc/hosts", 174)
        .file("usr/bin/perl", 3_800_000)
        .file("usr/lib/libc.so.6", 1_900_000)
        .file("usr/lib/libcrypto.so.3", 4_700_000);
    let mut apt =
        Tar::new().dir("usr").dir("usr/lib").dir("var").dir("var/lib").dir("var/lib/apt").dir("var/lib/apt/lists");
    for at in 1..=9 {
        apt = apt.file(&format!("var/lib/apt/lists/deb.example_dists_stable_main_{at}"), 4_100_000 + at * 77_777);
    }
    apt = apt.file_as("usr/bin/gcc", 28_000_000, 0o755, (0, 0), 0).file("usr/lib/libgcc_s.so.1", 1_100_000);
    apt = apt.file("usr/lib/libcrypto.so.3", 4_800_000);
    let clean = Tar::new()
        .dir("var/lib/apt")
        .dir("var/lib/apt/lists")
        .whiteout("var/lib/apt/lists/.wh..wh..opq")
        .whiteout("usr/bin/.wh.gcc");
    let mut app =
        Tar::new().dir("app").file_as("app/start.sh", 1_234, 0o644, (0, 0), 21).file("app/名前と説明.txt", 5_000);
    app = app.file("app/.env", 120).file("app/server.js", 48_300).dir("app/node_modules");
    for name in ["accepts", "body-parser", "express", "left-pad"] {
        app = app.dir(&format!("app/node_modules/{name}")).file_as(
            &format!("app/node_modules/{name}/index.js"),
            12_000,
            0o644,
            (0, 0),
            31,
        );
    }
    let chmod = Tar::new()
        .file_as("app/start.sh", 1_234, 0o755, (1000, 1000), 21)
        .file_as("app/node_modules/express/index.js", 12_000, 0o644, (1000, 1000), 31)
        .file("tmp/evil\x1b[31mred\u{202e}name", 7)
        .whiteout("app/.wh..env");
    let config = Config {
        user: "app".to_owned(),
        entrypoint: words(&["/bin/sh", "-c", "exec node server.js"]),
        cmd: words(&["--port", "8080"]),
        env: words(&["PATH=/usr/local/bin:/usr/bin:/bin", "NODE_ENV=production"]),
        working_dir: "/app".to_owned(),
        exposed_ports: words(&["8080/tcp"]),
        volumes: words(&["/data"]),
        labels: vec![("org.opencontainers.image.source".to_owned(), "https://git.example/shop/app".to_owned())],
        stop_signal: "SIGTERM".to_owned(),
        ..Config::default()
    };
    let made = vec![
        Made("/bin/sh -c #(nop) ADD file:5b1a9c0e7d in / ", Some(base)),
        Made("ENV NODE_ENV=production", None),
        Made(
            "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends gcc libssl-dev && make -C /src install # buildkit",
            Some(apt),
        ),
        Made("RUN /bin/sh -c rm -rf /var/lib/apt/lists/* /usr/bin/gcc # buildkit", Some(clean)),
        Made("WORKDIR /app", None),
        Made("COPY . /app # buildkit", Some(app)),
        Made("RUN /bin/sh -c chmod +x start.sh && chown -R 1000:1000 start.sh && rm .env # buildkit", Some(chmod)),
        Made("EXPOSE map[8080/tcp:{}]", None),
        Made("ENTRYPOINT [\"/bin/sh\" \"-c\" \"exec node server.js\"]", None),
    ];
    build(config, made, |image| {
        let message = "the media type says gzip, the bytes are a plain tar; read as what they are".to_owned();
        let layer = layerscope::image::LayerNumber::new(2).expect("not 0");
        image.findings.push(Finding::of_layer(FindingKind::MediaType, layer, message));
    })
}

/// A folder that is removed as a whole, and one that a file takes the place of.
pub fn folders() -> Fixture {
    let mut cache = Tar::new().dir("root").dir("root/.cache").dir("opt").dir("opt/tool");
    for at in 1..=40 {
        cache = cache.file(&format!("root/.cache/pip/wheels/{at:02}.whl"), 1_000_000 + at * 10_000);
    }
    cache = cache.file("opt/tool/bin", 2_000_000).file("opt/tool/readme", 300);
    let made = vec![
        Made("RUN /bin/sh -c pip install -r requirements.txt # buildkit", Some(cache)),
        Made("RUN /bin/sh -c rm -rf /root/.cache # buildkit", Some(Tar::new().whiteout("root/.wh..cache"))),
        Made("COPY tool /opt/tool # buildkit", Some(Tar::new().file("opt/tool", 5_000))),
    ];
    build(Config::default(), made, |_| {})
}

/// Junk and secrets, in the end and below it, in the environment and in the history.
pub fn leaky() -> Fixture {
    let mut apt = Tar::new().dir("var/lib/apt/lists");
    for at in 1..=7 {
        apt = apt.file(&format!("var/lib/apt/lists/deb.example_dists_{at}"), 400_000 + at * 1_000);
    }
    let copied = Tar::new()
        .file("app/.git/config", 92)
        .file("app/.git/objects/pack/pack-1.pack", 700_000)
        .file("app/prod.env", 120)
        .file("app/server.js", 4_000)
        .file("root/.ssh/id_rsa", 411);
    let gone = Tar::new().whiteout("app/.wh..git").whiteout("root/.ssh/.wh.id_rsa").file("app/prod.env", 130);
    let made = vec![
        Made("ADD rootfs.tar / ", Some(Tar::new().file("var/log/dpkg.log", 40_000).file("bin/sh", 90_000))),
        Made("RUN /bin/sh -c apt-get update && apt-get install -y make # buildkit", Some(apt)),
        Made(
            "RUN /bin/sh -c rm -rf /var/lib/apt/lists/* # buildkit",
            Some(Tar::new().whiteout("var/lib/apt/lists/.wh..wh..opq")),
        ),
        Made("COPY . / # buildkit", Some(copied)),
        Made("RUN /bin/sh -c NPM_TOKEN=qwertyuiop12 npm ci && rm -rf /root/.ssh/* .git # buildkit", Some(gone)),
        Made("ENV API_KEY=zxcvbnmasdf34", None),
    ];
    let config = Config { env: words(&["PATH=/bin", "API_KEY=zxcvbnmasdf34"]), ..Config::default() };
    build(config, made, |_| {})
}

/// Three causes of waste, a key that was removed, and a file of settings that `chown` stores again.
pub fn wasteful() -> Fixture {
    let mut app =
        Tar::new().file("app/.git/objects/pack/pack-1.pack", 60_000_000).file_as("app/prod.env", 120, 0o644, (0, 0), 5);
    let mut owned = Tar::new().file_as("app/prod.env", 120, 0o644, (1000, 1000), 5);
    for at in 1..=40_u32 {
        let name = format!("app/node_modules/{at}.js");
        app = app.file_as(&name, 900_000, 0o644, (0, 0), u128::from(at) + 100);
        owned = owned.file_as(&name, 900_000, 0o644, (1000, 1000), u128::from(at) + 100);
    }
    let apt = Tar::new().file("var/lib/apt/lists/deb.example_1", 41_000_000).file("root/.ssh/id_rsa", 411);
    let gone =
        Tar::new().whiteout("app/.wh..git").whiteout("var/lib/apt/lists/.wh..wh..opq").whiteout("root/.ssh/.wh.id_rsa");
    let made = vec![
        Made("ADD rootfs.tar / ", Some(Tar::new().file("bin/sh", 90_000))),
        Made("RUN /bin/sh -c apt-get update && apt-get install -y make # buildkit", Some(apt)),
        Made("COPY . /app # buildkit", Some(app)),
        Made("RUN /bin/sh -c rm -rf /app/.git /var/lib/apt/lists/* /root/.ssh/* # buildkit", Some(gone)),
        Made("RUN /bin/sh -c chown -R 1000:1000 /app # buildkit", Some(owned)),
        Made("ENV NODE_ENV=production", None),
        Made("CMD [\"node\"]", None),
    ];
    build(Config::default(), made, |_| {})
}

/// A Git repository and two files that `chown` stores again.
pub fn own_junk() -> Fixture {
    let files = |owner: i64| {
        Tar::new()
            .file_as("app/.git/pack", 40_000_000, 0o644, (owner, owner), 9)
            .file_as("app/a.js", 300_000, 0o644, (owner, owner), 7)
            .file_as("app/b.js", 200_000, 0o644, (owner, owner), 8)
    };
    let made = vec![
        Made("ADD rootfs.tar / ", Some(Tar::new().file("bin/sh", 90_000))),
        Made("COPY . /app # buildkit", Some(files(0))),
        Made("RUN /bin/sh -c chown -R 1000:1000 /app # buildkit", Some(files(1000))),
    ];
    build(Config::default(), made, |_| {})
}

/// Layers that cannot be shown, each for another reason.
pub fn broken() -> Fixture {
    let mut cut = Tar::new().dir("etc").file("etc/passwd", 839);
    cut.entries.complete = false;
    let nothing = || {
        let mut tar = Tar::new();
        tar.entries.complete = false;
        tar
    };
    let made = vec![
        Made("ADD windows.tar /", Some(nothing())),
        Made("COPY a /a", Some(nothing())),
        Made("COPY b /b", Some(nothing())),
        Made("", Some(cut)),
    ];
    build(Config::default(), made, |image| {
        image.names.clear();
        image.layers[0].blob = BlobState::Foreign;
        image.layers[1].blob = BlobState::Absent;
        image.layers[2].blob = BlobState::Encrypted;
    })
}

/// Nothing at all.
pub fn empty() -> Fixture {
    build(Config::default(), Vec::new(), |image| image.platform = None)
}

/// As many layers, files and folders below each other as are asked for.
pub fn large(layers: usize, files: usize) -> Fixture {
    let made = (0..layers).map(|layer| {
        let mut tar = Tar::new();
        for file in 0..files {
            tar = tar.file(&format!("srv/{}/{}/file-{file}", layer % 7, file / 100), (file as u64 % 97) * 1000);
        }
        Made("COPY srv /srv", Some(tar))
    });
    build(Config::default(), made.collect(), |_| {})
}
