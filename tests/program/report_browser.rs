//! The page of a report in a real browser, where a Chromium is installed: it loads without a fault, its script sorts and
//! zooms as the address says, and names out of an image stay text.

use crate::testing::members;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use serde_json::json;

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const NAME: &str = "<img src=x onerror=alert(1)>";

/// A browser that starts; if there is none, that is said past the test's own capture.
fn browser() -> Option<&'static str> {
    let starts = |name: &&str| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    };
    let found = BROWSERS.into_iter().find(starts);
    if found.is_none() {
        let _ = std::io::stderr().write_all(b"no Chromium is installed: the page is not tried in one\n");
    }
    found
}

fn report(folder: &Path, image: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_layerscope"));
    command.current_dir(folder).arg("report").arg(image).args(["-o", "app.html", "--no-cache"]);
    assert!(command.status().is_ok_and(|status| status.success()));
}

/// The document as it is when its script has run.
fn dom(browser: &str, folder: &Path, fragment: &str) -> String {
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,900", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    command.arg(format!("file://{}{fragment}", folder.join("app.html").display()));
    let output = command.output().expect("it starts");
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(dom.contains("data-ready=\"1\""), "the script did not run: {dom:.300}");
    assert!(!dom.contains("data-error"), "the script failed");
    dom
}

/// The text of a table's rows, without its tags.
fn rows(dom: &str, table: &str) -> Vec<String> {
    let table = dom.split(&format!("<table id=\"{table}\"")).nth(1).expect("a table");
    let body = table.split("<tbody>").nth(1).and_then(|rest| rest.split("</tbody>").next()).expect("a body");
    let text = |row: &str| {
        let words = row.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
        words.filter(|word| !word.trim().is_empty()).collect::<Vec<_>>().join(" ")
    };
    body.split("<tr").skip(1).map(text).collect()
}

#[test]
fn the_page_sorts_and_zooms_as_its_address_says() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    report(folder.path(), &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/docker20-legacy.tar"));

    let plain = dom(browser, folder.path(), "");
    assert!(rows(&plain, "layers")[0].starts_with("12 "), "the topmost first");
    assert!(rows(&plain, "places")[0].starts_with("data/ 120 kB"), "{:?}", rows(&plain, "places"));
    assert!(plain.contains("aria-label=\"data/: 120 kB (live 60 kB, rewritten 30 kB, removed 30 kB), open\""));

    let sorted = dom(browser, folder.path(), "#sort=layers.bytes.desc&zoom=srv/app");
    assert!(rows(&sorted, "layers")[0].starts_with("3 removed 60 kB 60 kB"), "{:?}", rows(&sorted, "layers")[0]);
    assert!(sorted.contains("data-key=\"bytes\" aria-sort=\"descending\"><button type=\"button\">size</button>"));
    assert!(sorted.contains("<span id=\"folder\">/srv/app</span>"));
    assert!(rows(&sorted, "places")[0].starts_with("docs/ 6.2 kB"), "{:?}", rows(&sorted, "places"));
    let up = dom(browser, folder.path(), "#sort=waste.path.asc&zoom=nowhere");
    assert!(rows(&up, "waste")[0].contains("data/moved.bin"), "{:?}", rows(&up, "waste")[0]);
    assert!(up.contains("<span id=\"folder\">/</span>"));
}

#[test]
fn a_name_that_is_markup_stays_text() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let script = "</script><script>document.documentElement.dataset.error=1</script><!--";
    let layer = members::layer(&[(NAME, b"123456"), ("dir/\u{202e}gpj", b"12"), ("dir/]]>", b"1")]);
    let again = members::layer(&[(NAME, b"1")]);
    let mut members = members::Members::default();
    members.file("1.tar", layer);
    members.file("2.tar", again);
    let history = json!([{"created_by": script}, {"created_by": NAME, "comment": script}]);
    let config = json!({"os": "linux", "architecture": NAME, "config": {"User": NAME, "Labels": {NAME: script}},
        "rootfs": {"type": "layers", "diff_ids": []}, "history": history});
    members.json("config.json", &config);
    members.json(
        "manifest.json",
        &json!([{"Config": "config.json", "RepoTags": [format!("{NAME}:{script}")],
        "Layers": ["1.tar", "2.tar"]}]),
    );
    let image = folder.path().join("image.tar");
    std::fs::write(&image, members.tar()).expect("room");
    report(folder.path(), &image);
    for fragment in ["", "#zoom=dir", "#zoom=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&sort=%3Cimg.%3Cimg"] {
        let dom = dom(browser, folder.path(), fragment);
        assert!(!dom.contains("<img") && dom.matches("<script").count() == 2, "{fragment}");
        assert!(!dom.contains('\u{202e}'), "{fragment}");
        assert!(rows(&dom, "waste")[0].contains("&lt;img src=x onerror=alert(1)&gt;"), "{:?}", rows(&dom, "waste"));
    }
}

/// Rows of one table, in the order that an address asks for.
fn sorted(browser: &str, folder: &Path, table: &str, by: &str) -> Vec<String> {
    let dom = dom(browser, folder, &format!("#sort={table}.{by}"));
    assert!(!dom.contains("<img") && dom.matches("<script").count() == 2, "{by}");
    rows(&dom, table)
}

#[test]
fn secrets_and_junk_sort_and_their_paths_stay_text() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let word = ["correct", "horse", "9"].join("-");
    let env = format!("DB_PASSWORD={word}\n");
    let (dashes, letters) = ("-".repeat(5), "Ab3".repeat(40));
    let key = format!("{dashes}BEGIN PRIVATE KEY{dashes}\nMIIE{letters}\n{dashes}END PRIVATE KEY{dashes}\n");
    let (key_name, git) = (format!("{NAME}/id_rsa"), format!("{NAME}/.git/HEAD"));
    let first = members::layer(&[("etc/os", b"x")]);
    let second = members::layer(&[
        (key_name.as_str(), key.as_bytes()),
        ("app/.env", env.as_bytes()),
        (git.as_str(), b"ref"),
        ("var/lib/apt/lists/a", &[b'a'; 900]),
    ]);
    let mut members = members::Members::default();
    members.file("1.tar", first);
    members.file("2.tar", second);
    let config = json!({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": []},
        "history": [{"created_by": "ADD a /"}, {"created_by": "COPY b /"}]});
    members.json("config.json", &config);
    members.json("manifest.json", &json!([{"Config": "config.json", "RepoTags": [], "Layers": ["1.tar", "2.tar"]}]));
    let image = folder.path().join("image.tar");
    std::fs::write(&image, members.tar()).expect("room");
    report(folder.path(), &image);

    let plain = dom(browser, folder.path(), "#secrets-title");
    assert!(!plain.contains(&word) && !plain.contains(&letters), "a secret is never shown");
    assert!(plain.contains("2 secrets that anyone who can pull the image can read, removed or not."));
    let heads = plain.matches("data-key=").count();
    assert_eq!(
        plain.matches("<button type=\"button\">").count(),
        heads + folders(&plain),
        "every heading can be reached"
    );

    let escaped = "/&lt;img src=x onerror=alert(1)&gt;/";
    let of = |table, by| sorted(browser, folder.path(), table, by);
    let by_place = of("secrets", "location.desc");
    assert!(by_place[0].contains("/app/.env") && by_place[1].contains(&format!("{escaped}id_rsa")), "{by_place:?}");
    assert!(of("secrets", "location.asc")[0].contains("id_rsa"));
    let by_size = of("junk", "bytes.desc");
    assert!(by_size[0].starts_with("medium 900 B 1 2 in the image"), "{by_size:?}");
    assert!(by_size[1].contains(&format!("{escaped}.git/HEAD")), "{by_size:?}");
    assert!(of("junk", "severity.desc")[0].starts_with("high 3 B"));
}

/// Folders that the table of places opens.
fn folders(dom: &str) -> usize {
    rows(dom, "places").iter().filter(|row| row.contains("/ ")).count()
}

/// The document when a script of ours has run in it besides, which its policy would not let run.
fn scripted(browser: &str, folder: &Path, script: &str) -> String {
    let (file, scripted) = (folder.join("app.html"), tempfile::tempdir().expect("a folder"));
    let page = std::fs::read_to_string(file).expect("a page");
    let policy = page.split("<meta ").find(|tag| tag.contains("Content-Security-Policy")).expect("a policy");
    let page =
        page.replace(&format!("<meta {policy}"), "").replace("</body>", &format!("<script>{script}</script></body>"));
    std::fs::write(scripted.path().join("app.html"), page).expect("room");
    dom(browser, scripted.path(), "")
}

/// Presses keys where the focus is, the first on the first tile of the map, and says what has the focus in the end.
const PRESS: &str = r##"
addEventListener("load", () => {
  document.querySelector("#map button").focus();
  for (const key of KEYS) {
    const at = document.activeElement;
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    if (at.dispatchEvent(event) && key === "Enter") at.click();
  }
  document.documentElement.dataset.focus = document.activeElement.getAttribute("aria-label");
  document.documentElement.dataset.stops = document.querySelectorAll("#map > button:not([tabindex='-1'])").length;
});
"##;

#[test]
fn the_map_is_one_stop_of_the_tab_key_and_arrows_move_in_it() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    report(folder.path(), &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/docker20-legacy.tar"));
    for (keys, focus, folder_shown) in [
        ("", "data/: 120 kB", "/"),
        ("'ArrowRight'", "var/: 60 kB", "/"),
        ("'ArrowRight', 'ArrowLeft'", "data/: 120 kB", "/"),
        ("'Enter'", "moved.bin: ", "/data"),
        ("'ArrowRight', 'Enter', 'Escape'", "var/: 60 kB", "/"),
    ] {
        let dom = scripted(browser, folder.path(), &PRESS.replace("KEYS", &format!("[{keys}]")));
        let focused = dom.split("data-focus=\"").nth(1).expect("a focus");
        assert!(focused.starts_with(focus), "{keys}: {focused:.60}");
        assert!(dom.contains(&format!("<span id=\"folder\">{folder_shown}</span>")), "{keys}");
        assert!(dom.contains("data-stops=\"1\""), "{keys}");
    }
}

#[test]
fn on_paper_the_headings_are_plain_so_that_every_sheet_repeats_them() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    report(folder.path(), &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images/docker20-legacy.tar"));
    let plain = "data-key=\"path\">path</th>";
    let printed = scripted(browser, folder.path(), "dispatchEvent(new Event('beforeprint'))");
    assert!(printed.contains(plain));
    let back = "dispatchEvent(new Event('beforeprint')); dispatchEvent(new Event('afterprint'))";
    let shown = scripted(browser, folder.path(), back);
    assert!(!shown.contains(plain) && shown.contains("data-key=\"path\"><button type=\"button\">path</button></th>"));
}
