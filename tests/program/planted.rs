//! A secret in every place of an image, written in every way: no output of any command holds six letters of it in a row,
//! unless that is asked for. Every secret is made here.

use std::io::Write;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use layerscope::analysis::Analysis;
use layerscope::dive::Dive;
use layerscope::image::{Completeness, Digest, LayerNumber};
use layerscope::lint::Junk;
use layerscope::report::{self, ListingReport, Page, SearchResults, Subject};
use layerscope::secrets::{self, Redactor};
use layerscope::source::{Archive as LayerArchive, ImageChoice, Location, Quiet};
use layerscope::union::{Scope, Union};

use crate::archive::add;
use crate::tool::layerscope;

/// What an image says, and the secrets in it.
struct Planted {
    way: String,
    names: Vec<String>,
    config: Value,
    history: Vec<Value>,
    author: String,
    files: Vec<(String, String)>,
    diff_ids: Vec<String>,
    secrets: Vec<String>,
    /// Whether the search is to find it, not only to keep it out of sight.
    is_found: bool,
}

impl Planted {
    fn new(way: impl Into<String>, secret: &str) -> Self {
        Self {
            way: way.into(),
            names: vec!["app:1".to_owned()],
            config: json!({}),
            history: vec![
                json!({"created_by": "COPY app /srv/app # buildkit"}),
                json!({"created_by": "RUN /bin/sh -c rm /srv/app # buildkit"}),
            ],
            author: String::new(),
            files: vec![("srv/app".to_owned(), "x".to_owned())],
            diff_ids: (0..2).map(|at| format!("sha256:{at:064x}")).collect(),
            secrets: vec![secret.to_owned()],
            is_found: true,
        }
    }

    /// A step that made the upper layer.
    fn step(way: &str, created_by: &str, secret: &str) -> Self {
        let mut planted = Self::new(way, secret);
        planted.history[1]["created_by"] = created_by.into();
        planted
    }

    fn run(way: &str, command: &str, secret: &str) -> Self {
        Self::step(way, &format!("RUN /bin/sh -c {command} # buildkit"), secret)
    }

    /// A configuration and nothing else that tells it.
    fn config(way: &str, config: Value, secret: &str) -> Self {
        let mut planted = Self::new(way, secret);
        planted.config = config;
        planted
    }

    /// The value of `DB_PASSWORD`, and whatever else is said.
    fn known(way: &str, secret: &str, change: impl FnOnce(&mut Self)) -> Self {
        let mut planted = Self::config(way, json!({"Env": [format!("DB_PASSWORD={secret}")]}), secret);
        change(&mut planted);
        planted
    }

    fn write(&self) -> Written {
        let folder = TempDir::new().expect("a folder");
        let mut archive = tar::Builder::new(Vec::new());
        let mut lower = tar::Builder::new(Vec::new());
        for (name, content) in &self.files {
            add(&mut lower, name.as_bytes(), content.as_bytes(), 0o644);
        }
        let mut upper = tar::Builder::new(Vec::new());
        add(&mut upper, b"srv/.wh.app", b"", 0o644);
        let names = ["0/layer.tar", "1/layer.tar"];
        for (name, layer) in names.iter().zip([lower, upper]) {
            add(&mut archive, name.as_bytes(), &layer.into_inner().expect("memory"), 0o644);
        }
        let config = json!({
            "os": "linux", "architecture": "amd64", "author": self.author, "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": self.diff_ids}, "history": self.history,
        });
        add(&mut archive, b"config.json", config.to_string().as_bytes(), 0o644);
        let manifest = json!([{"Config": "config.json", "RepoTags": self.names, "Layers": names}]);
        add(&mut archive, b"manifest.json", manifest.to_string().as_bytes(), 0o644);
        std::fs::write(folder.path().join("image.tar"), archive.into_inner().expect("memory")).expect("room");
        Written { folder }
    }
}

struct Written {
    folder: TempDir,
}

impl Written {
    fn path(&self) -> PathBuf {
        self.folder.path().join("image.tar")
    }
}

const WORD: &str = "Kd82hfLs0qPz";

/// Values with what a shell, a list or a quotation could end at.
fn awkward() -> Vec<String> {
    [
        "plainRq7wZk29Lm4x",
        "two Rq7wZk29Lm4x",
        "semi;Rq7wZk29Lm4x",
        "amp&Rq7wZk29Lm4x",
        "pipe|Rq7wZk29Lm4x",
        "paren(Rq7wZk29Lm4x)",
        "comma,Rq7wZk29Lm4x",
        "quote'Rq7wZk29Lm4x",
        "dq\"Rq7wZk29Lm4x",
        "dollar$Rq7wZk29Lm4x",
        "back`Rq7wZk29Lm4x",
        "bs\\Rq7wZk29Lm4x",
        "new\nRq7wZk29Lm4x",
        "tab\tRq7wZk29Lm4x",
        "lt<Rq7wZk29Lm4x",
        "hash#Rq7wZk29Lm4x",
        "pc%40Rq7wZk29Lm4x",
        "eq=Rq7wZk29Lm4x",
        "a -c Rq7wZk29Lm4x",
        "a /bin/sh -c Rq7wZk29Lm4x",
        "$xRq7wZk29Lm4x",
        "/xRq7wZk29Lm4x",
        "%xRq7wZk29Lm4x",
        "x7todoRq7wZk29Lm4x",
        "x://Rq7wZk29Lm4x",
        "[Rq7wZk29Lm4x]",
        "{Rq7wZk29Lm4x}",
        "ünïRq7wZk29Lm4x",
        "https://Rq7wZk29Lm4x",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// A token that its form tells.
fn token() -> String {
    let letters: String = (0..20)
        .map(|at| char::from(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM0123456789"[(at * 37 + at / 3) % 49]))
        .collect();
    format!("glpat-{letters}")
}

/// What a command is told.
fn commands() -> Vec<Planted> {
    let (w, mut all) = (WORD, Vec::new());
    let texts = [
        format!("curl -u app:{w} https://h/"),
        format!("curl -uapp:{w} https://h/"),
        format!("curl --user 'app:{w}' https://h/"),
        format!("curl -H 'X-Api-Key: {w}' https://h/"),
        format!("curl -H \"PRIVATE-TOKEN: {w}\" https://h/"),
        format!("curl -H 'Authorization: Bearer {w}' https://h/"),
        format!("curl -H \"authorization:Basic {w}\" https://h/"),
        format!("echo 'root:{w}' | chpasswd"),
        format!("echo root:{w} | chpasswd -e && true"),
        format!("chpasswd <<EOF\nroot:{w}\nEOF"),
        format!("mysql -uroot -p{w} -e 'select 1'"),
        format!("sshpass -p {w} ssh h"),
        format!("wpa_passphrase net {w}"),
        format!("nmcli dev wifi connect net password {w}"),
        format!("echo '<password>{w}</password>' > settings.xml"),
        format!("sshpass -p'{w}' scp a h:"),
        format!("docker login -u app -p {w} r.io"),
        format!("echo {w} | docker login -u app --password-stdin"),
        format!("redis-cli -a {w} ping"),
        format!("unzip -P {w} a.zip"),
        format!("7z x -p{w} a.7z"),
        format!("openssl enc -aes-256-cbc -k {w} -in a"),
        format!("openssl rsa -passin pass:{w} -in a"),
        format!("npm config set //r.io/:_authToken {w}"),
        format!("echo //r.io/:_authToken={w} > .npmrc"),
        format!("echo 'machine h login app password {w}' > ~/.netrc"),
        format!("printf 'machine h\\nlogin app\\npassword {w}\\n' > ~/.netrc"),
        format!("aws configure set aws_secret_access_key {w}"),
        format!("git clone https://{w}@h/r.git"),
        format!("git clone https://app:{w}@h/r.git"),
        format!("psql 'postgres://app:{w}/x?y@db/app'"),
        format!("echo 'password: {w}' > f.yml"),
        format!("echo 'password = {w}' > f.ini"),
        format!("echo '{{\"password\":\"{w}\"}}' > f.json"),
        format!("echo \"{{\\\"password\\\": \\\"{w}\\\"}}\" > f.json"),
        format!("echo 'Server=a;Password={w};' > f"),
        format!("psql -c \"ALTER USER app PASSWORD '{w}'\""),
        format!("mysql -e \"CREATE USER a IDENTIFIED BY '{w}'\""),
        format!("cat <<EOF > .env\nDB_PASSWORD={w}\nEOF"),
        format!("cat <<EOF > f.yml\n  password: {w} two\nEOF"),
        format!("login --password 'a${w}'"),
        format!("login --password={w}"),
        format!("export API_TOKEN=\"{w}\" && make"),
        format!("java -Ddb.password={w} -jar a.jar"),
        format!("echo {w} | passwd --stdin root"),
        format!("bash -c \"echo 'root:{w}' | chpasswd\""),
        format!("rabbitmqctl add_user app {w}"),
        format!("htpasswd -bc /f app {w}"),
        format!("ldapsearch -x -w {w} -b dc=a"),
        format!("wget --header='X-Auth-Token: {w}' h"),
        format!("wget --http-password={w} h"),
        format!("smbclient //h/s -U 'app%{w}'"),
        format!("mongo -u app -p {w} h"),
        format!("keytool -storepass {w} -list"),
        format!("vault login {w}"),
        format!("echo it's && export API_TOKEN={w}"),
    ];
    for text in texts {
        all.push(Planted::run(&text, &text, &text_secret(&text)));
    }
    all.push(Planted::step("a file in COPY", &format!("COPY <<EOF /app/.env # buildkit\nDB_PASSWORD={w}\nEOF"), w));
    all.push(Planted::step(
        "a health check",
        &format!("HEALTHCHECK &{{[\"CMD-SHELL\" \"curl -u app:{w} http://h || exit 1\"] \"0s\" \"0s\"}}"),
        w,
    ));
    all.push(Planted::step("CMD", &format!("CMD [\"serve\" \"--token\" \"{w}\"]"), w));
    all.push(Planted::step("ONBUILD", &format!("ONBUILD ENV DB_PASSWORD={w}"), w));
    all
}

/// The letters of the secret in a command: what follows a sign within is part of it.
fn text_secret(_: &str) -> String {
    WORD.to_owned()
}

/// Names that say it, and values within values.
fn names() -> Vec<Planted> {
    let mut all = Vec::new();
    let names = [
        "DB_PASSWORD",
        "PGPASSWORD",
        "DBPASSWORD",
        "REDISCLI_AUTH",
        "BASIC_AUTH",
        "GH_PAT",
        "SSH_KEY",
        "APP_KEY",
        "API_TOKEN",
        "MYSQL_PWD",
        "CLIENT_SECRET",
        "dbPassword",
    ];
    for name in names {
        all.push(Planted::config(&format!("env {name}"), json!({"Env": [format!("{name}={WORD}")]}), WORD));
        all.push(Planted::step(
            &format!("argument {name}"),
            &format!("RUN |1 {name}={WORD} /bin/sh -c make # buildkit"),
            WORD,
        ));
        all.push(Planted::step(&format!("env step {name}"), &format!("ENV {name}={WORD}"), WORD));
    }
    for value in [
        format!("JAVA_OPTS=-Xmx1g -Ddb.password={WORD} -Dx=y"),
        format!("CONFIG={{\"password\":\"{WORD}\"}}"),
        format!("ConnectionStrings__Db=Server=a;Password={WORD};Database=b"),
        format!("DATABASE_URL=postgres://app:{WORD}@db/app"),
        format!("REPO=https://{WORD}@h/r.git"),
        format!("SOME_DATA=MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj{WORD}AgEAAoIBAQ"),
    ] {
        all.push(Planted::config(&value, json!({"Env": [&value]}), WORD));
    }
    for value in awkward() {
        all.push(Planted::config(&format!("env of {value}"), json!({"Env": [format!("DB_PASSWORD={value}")]}), &value));
        all.push(Planted::config(&format!("label of {value}"), json!({"Labels": {"db.password": &value}}), &value));
        for shell in ["/bin/bash -eo pipefail -c", "/bin/sh -c", "pwsh -Command"] {
            let step = format!("RUN |2 DB_PASSWORD={value} Z=1 {shell} make # buildkit");
            all.push(Planted::step(&step, &step, &value));
        }
        let classic = format!("|1 DB_PASSWORD={value} /bin/ash -eo pipefail -c make");
        all.push(Planted::step(&classic, &classic, &value));
    }
    all
}

/// Places of the documents, each with a token that nothing else tells, and with what names or commands tell.
fn places() -> Vec<Planted> {
    let (t, w, mut all) = (token(), WORD, Vec::new());
    for (way, config) in [
        ("Cmd", json!({"Cmd": ["serve", "--x", &t]})),
        ("Cmd, shell", json!({"Cmd": ["/bin/sh", "-c", format!("serve {t}")]})),
        ("Entrypoint", json!({"Entrypoint": ["serve", &t]})),
        ("Healthcheck", json!({"Healthcheck": {"Test": ["CMD-SHELL", format!("x {t}")]}})),
        ("OnBuild", json!({"OnBuild": [format!("RUN x {t}")]})),
        ("Shell", json!({"Shell": ["/bin/sh", &t, "-c"]})),
        ("User", json!({"User": &t})),
        ("WorkingDir", json!({"WorkingDir": format!("/{t}/x")})),
        ("Volumes", json!({"Volumes": {format!("/{t}"): {}}})),
        ("StopSignal", json!({"StopSignal": &t})),
        ("ExposedPorts", json!({"ExposedPorts": {&t: {}}})),
        ("label name", json!({"Labels": {format!("a.{t}"): "x"}})),
        ("label value", json!({"Labels": {"a": format!("x {t} y")}})),
        ("Env", json!({"Env": [format!("A=x{{{t}}}")]})),
    ] {
        all.push(Planted::config(&format!("token in {way}"), config, &t[6..]));
    }
    for (way, config) in [
        ("Cmd", json!({"Cmd": ["serve", "--token", w]})),
        ("Cmd of an entrypoint", json!({"Entrypoint": ["redis-cli"], "Cmd": ["-a", w]})),
        ("Cmd =", json!({"Cmd": ["serve", format!("--password={w}")]})),
        ("Entrypoint", json!({"Entrypoint": ["/bin/sh", "-c", format!("API_TOKEN={w} exec srv")]})),
        ("Healthcheck", json!({"Healthcheck": {"Test": ["CMD", "curl", "-u", format!("app:{w}"), "h"]}})),
        ("OnBuild", json!({"OnBuild": [format!("ENV DB_PASSWORD={w}")]})),
        ("OnBuild RUN", json!({"OnBuild": [format!("RUN curl -H 'Authorization: Bearer {w}' h")]})),
    ] {
        all.push(Planted::config(&format!("named in {way}"), config, w));
    }
    let mut author = Planted::new("token in an author", &t[6..]);
    author.history[1]["author"] = format!("me <{t}>").into();
    let mut comment = Planted::new("password in a comment", w);
    comment.history[1]["comment"] = format!("built with --password {w}").into();
    let mut name = Planted::new("token in a name", &t[6..]);
    name.names = vec![format!("r.io/{t}:1"), format!("r.io/x:{t}")];
    let mut file = Planted::new("token in a file name", &t[6..]);
    file.files.push((format!("srv/{t}.txt"), "x".to_owned()));
    file.is_found = false;
    all.extend([author, comment, name, file]);
    all
}

/// What is known in one place, in every other one and in other encodings.
fn elsewhere() -> Vec<Planted> {
    let mut all = Vec::new();
    let hex = WORD.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    all.push(Planted::known("in hexadecimal digits", WORD, |p| {
        p.history[1]["created_by"] = format!("RUN x {hex}").into();
        p.secrets.push(hex.clone());
    }));
    for diff_id in ["kd82hfls0qpz:aaaa", "sha256:kd82hfls0qpz", "kd82hfls0qpz"] {
        all.push(Planted::known(&format!("the diff ID {diff_id}"), "kd82hfls0qpz", |p| p.diff_ids[0] = diff_id.into()));
    }
    for secret in [WORD, "pa$s/w'o\"rd+99", "hunter29", "0123456789abcdef0"] {
        let s = secret.to_owned();
        all.push(Planted::known(&format!("{s} in names"), secret, |p| {
            p.names = vec![format!("r.io/{s}:1"), format!("r.io/a:{s}")];
        }));
        for field in ["User", "WorkingDir", "StopSignal"] {
            all.push(Planted::known(&format!("{s} in {field}"), secret, |p| p.config[field] = format!("/{s}").into()));
        }
        all.push(Planted::known(&format!("{s} in volumes"), secret, |p| {
            p.config["Volumes"] = json!({format!("/{s}"): {}});
        }));
        all.push(Planted::known(&format!("{s} in ports"), secret, |p| p.config["ExposedPorts"] = json!({&s: {}})));
        all.push(Planted::known(&format!("{s} in label names"), secret, |p| p.config["Labels"] = json!({&s: "x"})));
        all.push(Planted::known(&format!("{s} in a label"), secret, |p| {
            p.config["Labels"] = json!({"a": format!("x {s} y")});
        }));
        all.push(Planted::known(&format!("{s} in the shell"), secret, |p| {
            p.config["Shell"] = json!([format!("/bin/{s}")]);
        }));
        all.push(Planted::known(&format!("{s} in a command"), secret, |p| p.config["Cmd"] = json!(["x", &s])));
        all.push(Planted::known(&format!("{s} in a step"), secret, |p| {
            p.history[1]["created_by"] = format!("RUN x {s} y").into();
        }));
        all.push(Planted::known(&format!("{s} in a comment"), secret, |p| p.history[1]["comment"] = s.as_str().into()));
        if !secret.contains('/') {
            all.push(Planted::known(&format!("{s} in a file name"), secret, |p| {
                p.files.push((format!("srv/{s}/x"), "x".to_owned()));
            }));
        }
        for before in ["", "a", "ab"] {
            let text = STANDARD.encode(format!("{before}{s}:x"));
            // Of the ends, other letters decide too.
            let core = text[4..text.len() - 6].to_owned();
            all.push(Planted::known(&format!("{s} in base64"), secret, |p| {
                p.history[1]["created_by"] = format!("RUN x {text}").into();
                p.secrets.push(core);
            }));
        }
        let percent: String = s
            .bytes()
            .map(
                |byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") },
            )
            .collect();
        all.push(Planted::known(&format!("{s} in a URL"), secret, |p| {
            p.history[1]["created_by"] = format!("RUN x h/?q={percent}").into();
        }));
        let json = Value::from(s.as_str()).to_string();
        all.push(Planted::known(&format!("{s} in JSON"), secret, |p| {
            p.history[1]["created_by"] = format!("RUN x '{json}'").into();
        }));
    }
    all
}

/// Every six letters of a secret, as texts and as JSON and HTML have them.
fn leaks(output: &str, secret: &str) -> Option<String> {
    let letters: Vec<char> = secret.chars().collect();
    let windows = letters.windows(6).map(|window| window.iter().collect::<String>());
    let mut parts = windows.filter(|part| !" /bin/sh -c https://".contains(part.as_str()));
    parts.find(|part| {
        let json = Value::from(part.as_str()).to_string();
        let html = part.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#x27;");
        output.contains(part.as_str()) || output.contains(&json[1..json.len() - 1]) || output.contains(&html)
    })
}

const OUTPUTS: &[&[&str]] = &[
    &["summary"],
    &["summary", "--format", "json"],
    &["layers", "--format", "json"],
    &["history", "--no-trunc"],
    &["history", "--format", "json"],
    &["history", "--format", "dockerfile"],
    &["ls"],
    &["ls", "--format", "json"],
    &["waste", "--all"],
    &["waste", "--format", "json"],
    &["secrets"],
    &["secrets", "--format", "json"],
    &["explain"],
    &["rebuild", "--change-base"],
    &["rebuild", "--format", "json"],
    &["rebuild", "--format", "markdown"],
    &["explain", "--format", "markdown"],
    &["junk"],
    &["junk", "--format", "json"],
    &["check", "--forbid-secrets", "--forbid-root", "--forbid", "srv/**", "--format", "text"],
    &["check", "--forbid-secrets", "--highest-layers", "1", "--highest-layer-bytes", "0", "--format", "json"],
    &["check", "--forbid-secrets", "--highest-layer-bytes", "0", "--format", "junit"],
    &["check", "--forbid-secrets", "--highest-layer-bytes", "0", "--format", "sarif"],
    &["check", "--forbid-secrets", "--highest-layer-bytes", "0", "--format", "github"],
    &["check", "--forbid-secrets", "--forbid-root", "--highest-layer-bytes", "0", "--format", "markdown"],
    &["report", "-o", "-", "--format", "html"],
    &["report", "-o", "-", "--format", "markdown"],
    &["report", "-o", "-", "--format", "json"],
    &["report", "-o", "-", "--format", "csv"],
    &["report", "-o", "-", "--format", "ncdu"],
    &["report", "-o", "-", "--format", "dive-json"],
    &["images"],
    &["images", "--format", "json"],
    &["verify"],
    &["verify", "--format", "json"],
];

/// What the renderers say that hold most of what there is to hold, and whether a secret was found.
fn rendered(path: &std::path::Path) -> (Vec<(&'static str, String)>, bool) {
    let archive = LayerArchive::open(&Location::of_path(path), &Quiet).expect("it opens");
    let opened = archive.select(&ImageChoice::default()).expect("its one image");
    let union = Union::build(opened.scan(&Quiet));
    let analysis = Analysis::new(&union, None);
    let found = secrets::find(opened.image(), &union, &analysis, &opened, &Quiet);
    let redactor = Redactor::with(opened.image(), &found);
    let (image, found) = (redactor.image(opened.image()), redactor.secrets(found));
    let completeness = Completeness::default();
    let (union, analysis, completeness, redactor) = (&union, &analysis, &completeness, &redactor);
    let subject = Subject { image: &image, union, analysis, completeness, redactor };
    let all = SearchResults { secrets: &found, junk: &Junk::default(), compared: None };
    let listing = ListingReport::new(union, completeness, Scope::Merged(LayerNumber::FIRST), union.root(), redactor);
    let text = |write: &dyn Fn(&mut dyn Write) -> std::io::Result<()>| {
        let mut out = Vec::new();
        write(&mut out).expect("memory");
        String::from_utf8(out).expect("text")
    };
    let dive = Dive::new(&[]);
    let page = Page::plain(None);
    let texts = vec![
        ("json", text(&|out| report::report_json(&subject, &dive, &all, out))),
        ("html", text(&|out| report::report_html(&subject, &dive, &all, out))),
        ("dockerfile", text(&|out| report::dockerfile(&subject, out))),
        ("markdown", text(&|out| report::report_markdown(&subject, &all, out))),
        ("secrets", text(&|out| report::secrets_text(&subject, &found, false, &page, out))),
        ("summary", text(&|out| report::summary_text(&subject, all.junk, &dive, &page, out))),
        ("ls", text(&|out| report::listing_json(&listing, out))),
    ];
    (texts, !found.found.is_empty())
}

/// Of so many ways, one goes through the program, too.
const SOME: usize = 12;

fn output(path: &std::path::Path, words: &[&str]) -> String {
    let path = path.to_str().expect("a path");
    let (command, options) = words.split_first().expect("a command");
    let run = layerscope(&[&[*command, path], options].concat());
    assert!(run.code.is_some_and(|code| code < 2) || *command == "verify", "{words:?}: {}", run.stderr);
    format!("{}{}", String::from_utf8_lossy(&run.stdout), run.stderr)
}

#[test]
fn no_output_holds_six_letters_of_a_secret_whatever_place_it_is_in_and_however_it_is_written() {
    let all: Vec<_> = commands().into_iter().chain(names()).chain(places()).chain(elsewhere()).collect();
    let mut faults = Vec::new();
    for (at, planted) in all.iter().enumerate() {
        let archive = planted.write();
        let (texts, is_found) = rendered(&archive.path());
        let words = OUTPUTS[(at / SOME) % OUTPUTS.len()];
        let of_program = (at % SOME == 0).then(|| (words[0], output(&archive.path(), words)));
        for (format, text) in texts.into_iter().chain(of_program) {
            let leak = planted.secrets.iter().find_map(|secret| leaks(&text, secret));
            faults.extend(leak.map(|part| format!("{}: {format} shows {part:?}", planted.way)));
        }
        if planted.is_found && !is_found {
            faults.push(format!("{}: not found", planted.way));
        }
    }
    println!("{} ways", all.len());
    assert!(faults.is_empty(), "of {} ways\n{}", all.len(), faults.join("\n"));
}

#[test]
fn every_command_and_format_keeps_what_is_in_every_place() {
    let word = "Kd82hf'Ls0\"qPz";
    let config = json!({
        "Env": [format!("DB_PASSWORD={word}"), format!("X=a {word} b")],
        "Cmd": ["x", format!("--token={word}")], "User": word, "WorkingDir": format!("/{word}"), "StopSignal": word,
        "Volumes": {format!("/{word}"): {}}, "ExposedPorts": {word: {}}, "Labels": {format!("a.{word}"): word, "b": word},
        "OnBuild": [format!("RUN {word}")], "Shell": [word], "Healthcheck": {"Test": ["CMD", word]}, "Entrypoint": [word],
    });
    let mut planted = Planted::config("everywhere", config, word);
    planted.names = vec![format!("r.io/{word}:1"), format!("a:{word}")];
    planted.files.push((format!("srv/{word}/x"), "x".to_owned()));
    for step in &mut planted.history {
        *step = json!({"created_by": format!("RUN /bin/sh -c x {word} # buildkit"), "comment": word, "author": word, "created": word});
    }
    let archive = planted.write();
    for words in OUTPUTS {
        let output = output(&archive.path(), words);
        assert_eq!(leaks(&output, word), None, "{words:?}: {output}");
    }
    for command in ["summary", "layers", "history", "ls", "waste", "secrets"] {
        let output = output(&archive.path(), &[command, "--show-secrets"]);
        assert!(leaks(&output, word).is_some() || command == "summary" || command == "waste", "{command}: {output}");
    }
}

#[test]
fn what_is_no_digest_is_not_quoted() {
    let digests =
        [format!("sha256:{WORD}"), format!("{WORD}:aaaa"), WORD.to_owned(), format!("sha256:{}", "0".repeat(64))];
    let config =
        json!({"config": {"Env": [format!("DB_PASSWORD={WORD}")]}, "rootfs": {"diff_ids": digests}}).to_string();
    let config_digest = Digest::of_sha256(&Sha256::digest(&config));
    let layers: Vec<_> = digests.iter().map(|digest| json!({"digest": digest, "size": 1})).collect();
    let manifest =
        json!({"schemaVersion": 2, "config": {"digest": config_digest.as_str()}, "layers": layers}).to_string();
    let manifest_digest = Digest::of_sha256(&Sha256::digest(&manifest));
    let mut manifests = vec![json!({"digest": manifest_digest.as_str()})];
    manifests.extend(digests.iter().map(|digest| json!({"digest": digest, "size": 1})));
    let mut archive = tar::Builder::new(Vec::new());
    add(&mut archive, b"oci-layout", br#"{"imageLayoutVersion": "1.0.0"}"#, 0o644);
    add(&mut archive, b"index.json", json!({"manifests": manifests}).to_string().as_bytes(), 0o644);
    for (digest, document) in [(config_digest, config), (manifest_digest, manifest)] {
        add(&mut archive, format!("blobs/sha256/{}", digest.encoded()).as_bytes(), document.as_bytes(), 0o644);
    }
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("image.tar");
    std::fs::write(&path, archive.into_inner().expect("memory")).expect("room");
    for command in ["verify", "images", "summary", "layers", "history", "secrets", "junk", "waste", "ls"] {
        let run = layerscope(&[command, path.to_str().expect("a path")]);
        let text = format!("{}{}", String::from_utf8_lossy(&run.stdout), run.stderr);
        assert_eq!(leaks(&text, WORD), None, "{command}: {text}");
        assert!(command != "verify" || text.contains("sha256:…"), "{text}");
    }
}
