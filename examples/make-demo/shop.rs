//! The source of the web shop, its dependencies, and its themes.

use super::content::{Dice, licence, script, tiled, token};
use super::debian::commit;
use super::disk::Disk;

/// Where the shop is.
pub const SHOP: &str = "srv/shop";
/// When the sources were last changed: builders keep these times.
const EDITED: i64 = 1_793_700_000;
/// When the source file was changed that makes the next version.
const EDITED_AGAIN: i64 = 1_794_300_000;

const PACKAGES: &[(&str, &str)] = &[
    ("accepts", "1.3.8"),
    ("array-flatten", "1.1.1"),
    ("body-parser", "1.20.3"),
    ("bytes", "3.1.2"),
    ("content-disposition", "0.5.4"),
    ("content-type", "1.0.5"),
    ("cookie", "0.7.1"),
    ("cookie-signature", "1.0.6"),
    ("date-fns", "3.6.0"),
    ("debug", "2.6.9"),
    ("depd", "2.0.0"),
    ("destroy", "1.2.0"),
    ("ee-first", "1.1.1"),
    ("encodeurl", "2.0.0"),
    ("escape-html", "1.0.3"),
    ("etag", "1.8.1"),
    ("express", "4.21.2"),
    ("finalhandler", "1.3.1"),
    ("forwarded", "0.2.0"),
    ("fresh", "0.5.2"),
    ("handlebars", "4.7.8"),
    ("http-errors", "2.0.0"),
    ("iconv-lite", "0.4.24"),
    ("inherits", "2.0.4"),
    ("ipaddr.js", "1.9.1"),
    ("lodash", "4.17.21"),
    ("merge-descriptors", "1.0.3"),
    ("mime", "1.6.0"),
    ("mime-db", "1.52.0"),
    ("mime-types", "2.1.35"),
    ("ms", "2.1.3"),
    ("negotiator", "0.6.3"),
    ("on-finished", "2.4.1"),
    ("parseurl", "1.3.3"),
    ("path-to-regexp", "0.1.12"),
    ("pg", "8.13.1"),
    ("proxy-addr", "2.0.7"),
    ("qs", "6.13.0"),
    ("range-parser", "1.2.1"),
    ("raw-body", "2.5.2"),
    ("safe-buffer", "5.2.1"),
    ("send", "0.19.0"),
    ("serve-static", "1.16.2"),
    ("setprototypeof", "1.2.0"),
    ("side-channel", "1.0.6"),
    ("smol-toml", "1.3.1"),
    ("statuses", "2.0.1"),
    ("stripe", "17.4.0"),
    ("toidentifier", "1.0.1"),
    ("type-is", "1.6.18"),
    ("vary", "1.1.2"),
];

/// Packages that are more than a few functions, with the size of their bundle.
const BUNDLES: &[(&str, &str, usize)] = &[
    ("date-fns", "cdn.js", 610_000),
    ("handlebars", "dist/handlebars.js", 205_000),
    ("lodash", "lodash.js", 544_000),
    ("mime-db", "db.json.js", 186_000),
    ("stripe", "cjs/stripe.core.js", 890_000),
];

const SERVER: &str = "\
'use strict'

const fs = require('fs')
const express = require('express')
const { parse } = require('smol-toml')
const cart = require('./lib/cart')
const catalog = require('./lib/catalog')
const payment = require('./lib/payment')

const config = parse(fs.readFileSync('config.toml', 'utf8'))
const app = express()
app.use(express.static('public'))
app.use('/cart', cart.router(config))
app.use('/catalog', catalog.router(config))
app.use('/pay', payment.router(config, process.env.STRIPE_SECRET_KEY))
app.listen(config.server.port)
";

const CONFIG: &str = "\
[shop]
name = \"Corner Shop\"
url = \"http://localhost:8080\"
currency = \"EUR\"

[server]
port = 8080
log = \"logs/shop.log\"

[cart]
lifetime-minutes = 90
";

/// `COPY . .`: all that is in the build context, because there is no `.dockerignore`.
pub fn sources(disk: &mut Disk, dockerfile: &str, next: bool) {
    let mut put = |path: &str, content: Vec<u8>| {
        let modified = if next && path == "lib/cart.js" { EDITED_AGAIN } else { EDITED };
        let mode = if path == ".env" { 0o600 } else { 0o644 };
        disk.file_with(&format!("{SHOP}/{path}"), mode, modified, content);
    };
    put("Dockerfile", dockerfile.as_bytes().to_vec());
    let readme = "# Corner Shop\n\nA small web shop. `npm ci && npm start`, then open http://localhost:8080.\n";
    put("README.md", readme.as_bytes().to_vec());
    put(".env", format!("PORT=8080\nSTRIPE_SECRET_KEY={}\n", token("the shop")).into_bytes());
    put("config.toml", CONFIG.as_bytes().to_vec());
    put("server.js", SERVER.as_bytes().to_vec());
    put("package.json", PACKAGE.as_bytes().to_vec());
    put("package-lock.json", lock().into_bytes());
    let total = if next { "Math.round(sum * 100) / 100" } else { "sum" };
    let cart = format!(
        "'use strict'\n\nfunction total (items) {{\n  const sum = items.reduce((sum, item) => sum + item.price * item.count, 0)\n  return {total}\n}}\n\n"
    );
    put("lib/cart.js", (cart + &script("cart", 2_400)).into_bytes());
    for name in ["catalog", "mail", "orders", "payment", "search", "session"] {
        put(&format!("lib/{name}.js"), script(name, 3_000).into_bytes());
    }
    for name in ["cart", "catalog", "orders", "payment"] {
        put(&format!("test/{name}.test.js"), script(&format!("{name}.test"), 2_000).into_bytes());
    }
    put("test/fixtures/orders.json", products(2_000).replace("price", "paid").repeat(600).into_bytes());
    put("public/index.html", INDEX.as_bytes().to_vec());
    put("public/beta.html", INDEX.replace("Corner Shop", "Corner Shop (beta)").into_bytes());
    put("public/style.css", "body { font-family: Inter, sans-serif; margin: 0 }\n".as_bytes().to_vec());
    put("public/fonts/inter.woff2", font());
    put("public/catalog.json", catalog().into_bytes());
    for (name, size) in [("banner", 460_000), ("team", 380_000)] {
        put(&format!("public/images/{name}.jpg"), photo(name, size));
    }
    let head = commit("head");
    let author = "Ada Example <ada@shop.example.com> 1793699000 +0100";
    let zero = "0".repeat(40);
    put(".git/HEAD", b"ref: refs/heads/main\n".to_vec());
    put(
        ".git/config",
        b"[core]\n\tbare = false\n[remote \"origin\"]\n\turl = git@git.example.com:shop/shop.git\n".to_vec(),
    );
    put(".git/index", tiled("index", b"DIRC\0\0\0\x02\0\0\0\x20", 4_800));
    put(".git/refs/heads/main", format!("{head}\n").into_bytes());
    put(".git/logs/HEAD", format!("{zero} {head} {author}\tcommit: Sell umbrellas\n").into_bytes());
    for name in ["a tree", "a commit", "a blob"] {
        let id = commit(name);
        put(&format!(".git/objects/{}/{}", &id[..2], &id[2..]), tiled(name, b"\x78\x01", 300));
    }
    let pack = format!(".git/objects/pack/pack-{}", commit("pack"));
    put(&format!("{pack}.pack"), tiled("pack", b"PACK\0\0\0\x02\0\0\x0c\x35", 3_300_000));
    put(&format!("{pack}.idx"), tiled("idx", b"\xfftOc\0\0\0\x02", 88_000));
}

const PACKAGE: &str = "{\n  \"name\": \"shop\",\n  \"version\": \"1.4.0\",\n  \"private\": true,\n  \"main\": \"server.js\",\n  \
    \"scripts\": { \"start\": \"node server.js\", \"test\": \"node --test\" },\n  \"dependencies\": {\n    \
    \"date-fns\": \"^3.6.0\",\n    \"express\": \"^4.21.2\",\n    \"handlebars\": \"^4.7.8\",\n    \"lodash\": \"^4.17.21\",\n    \
    \"pg\": \"^8.13.1\",\n    \"smol-toml\": \"^1.3.1\",\n    \"stripe\": \"^17.4.0\"\n  }\n}\n";
const INDEX: &str = "<!doctype html>\n<html lang=\"en\">\n<title>Corner Shop</title>\n\
    <link rel=\"stylesheet\" href=\"style.css\">\n<h1>Corner Shop</h1>\n<img src=\"hero.jpg\" alt=\"\">\n</html>\n";

fn lock() -> String {
    let packages = PACKAGES.iter().map(|(name, version)| {
        let archive = name.rsplit('/').next().expect("a name");
        format!(
            "    \"node_modules/{name}\": {{\n      \"version\": \"{version}\",\n      \
             \"resolved\": \"https://registry.npmjs.org/{name}/-/{archive}-{version}.tgz\",\n      \"license\": \"MIT\"\n    }}"
        )
    });
    let packages: Vec<_> = packages.collect();
    format!(
        "{{\n  \"name\": \"shop\",\n  \"lockfileVersion\": 3,\n  \"packages\": {{\n{}\n  }}\n}}\n",
        packages.join(",\n")
    )
}

fn products(seed: usize) -> String {
    let mut dice = Dice::of("products");
    let mut text = String::new();
    for number in 0..40 {
        let name = format!(
            "{} {}",
            dice.pick(&["Red", "Blue", "Large", "Small", "Folding", "Wooden"]),
            dice.pick(&["umbrella", "teapot", "lamp", "basket", "chair", "clock"])
        );
        let price = dice.roll(9_000) + 100;
        let id = seed + number;
        let product = format!("  {{ \"id\": {id}, \"name\": \"{name}\", \"price\": {price} }},\n");
        text += &product;
    }
    text
}

fn catalog() -> String {
    format!("{{ \"base\": \"http://localhost:8080\", \"products\": [\n{}] }}\n", products(1_000).repeat(1_000))
}

fn font() -> Vec<u8> {
    tiled("inter", b"wOF2\0\x01\0\0", 345_000)
}

fn photo(name: &str, size: usize) -> Vec<u8> {
    tiled(name, b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01", size)
}

/// `npm ci`
pub fn dependencies(disk: &mut Disk) {
    let modules = format!("{SHOP}/node_modules");
    for (name, version) in PACKAGES {
        package(disk, &format!("{modules}/{name}"), name, version);
    }
    // Two packages need another version than the rest, and each has its own copy.
    for parent in ["send", "serve-static"] {
        package(disk, &format!("{modules}/{parent}/node_modules/ms"), "ms", "2.0.0");
    }
    for (name, path, size) in BUNDLES {
        disk.file(&format!("{modules}/{name}/{path}"), script(path, *size).into_bytes());
    }
    disk.symlink(&format!("{modules}/.bin/mime"), "../mime/cli.js");
    disk.program(&format!("{modules}/mime/cli.js"), b"#!/usr/bin/env node\nrequire('./index.js')\n".as_slice());
    disk.file(&format!("{modules}/.package-lock.json"), lock().into_bytes());
    for name in ["content-v2/sha512/3f/9a", "index-v5/1c/07"] {
        let path = format!("root/.npm/_cacache/{name}/{}", commit(name));
        disk.file(&path, tiled(name, b"\x1f\x8b\x08\0", 700_000));
    }
}

fn package(disk: &mut Disk, folder: &str, name: &str, version: &str) {
    let description = format!(
        "{{\n  \"name\": \"{name}\",\n  \"version\": \"{version}\",\n  \"license\": \"MIT\",\n  \"main\": \"index.js\"\n}}\n"
    );
    disk.file(&format!("{folder}/package.json"), description.into_bytes());
    disk.file(&format!("{folder}/LICENSE"), licence(&format!("the authors of {name}")).into_bytes());
    let readme = format!("# {name}\n\n    npm install {name}\n\n    const {{ get }} = require('{name}')\n");
    disk.file(&format!("{folder}/README.md"), readme.into_bytes());
    let size = 1_500 + Dice::of(name).roll(14_000);
    disk.file(&format!("{folder}/index.js"), script(name, size).into_bytes());
}

/// `git clone --depth 1 git@git.example.com:shop/themes.git themes`
pub fn themes(disk: &mut Disk) {
    let themes = format!("{SHOP}/themes");
    let known =
        format!("git.example.com ssh-ed25519 {}\n", "AAAAC3NzaC1lZDI1NTE5AAAAI".to_owned() + &commit("host")[..24]);
    let head = commit("themes");
    let url = "[remote \"origin\"]\n\turl = git@git.example.com:shop/themes.git\n";
    disk.file("root/.ssh/known_hosts", known.into_bytes());
    disk.file(&format!("{themes}/.git/HEAD"), b"ref: refs/heads/main\n".as_slice());
    disk.file(&format!("{themes}/.git/config"), url.as_bytes());
    disk.file(&format!("{themes}/.git/refs/heads/main"), format!("{head}\n").into_bytes());
    disk.file(&format!("{themes}/.git/shallow"), format!("{head}\n").into_bytes());
    let pack = format!("{themes}/.git/objects/pack/pack-{}.pack", commit("themes pack"));
    disk.file(&pack, tiled("themes pack", b"PACK\0\0\0\x02\0\0\0\x09", 1_450_000));
    disk.file(&format!("{themes}/README.md"), b"# Themes of the Corner Shop\n".as_slice());
    disk.file(&format!("{themes}/winter/theme.css"), b":root { --accent: #357 }\n".as_slice());
    disk.file(&format!("{themes}/summer/theme.css"), b":root { --accent: #e83 }\n".as_slice());
    disk.file(&format!("{themes}/summer/fonts/inter.woff2"), font());
    disk.file(&format!("{themes}/summer/hero.jpg"), photo("hero", 1_200_000));
}
