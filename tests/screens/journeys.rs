//! Ways through the screen, key by key, at several sizes.

use layerscope::image::Config;
use layerscope::tui::LoopRequest;

use crate::driver::Driver;
use crate::fixture::{self, Fixture, Made, Tar};

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (160, 50), (200, 60)];

fn walk(fixture: &Fixture, way: &[(&str, &str)]) {
    walk_at(&SIZES, fixture, way);
}

/// Walks a way at every size: keys, and what is on the screen after them.
pub fn walk_at(sizes: &[(u16, u16)], fixture: &Fixture, way: &[(&str, &str)]) {
    for &(width, height) in sizes {
        let mut driver = Driver::opened(fixture, width, height);
        for (keys, wanted) in way {
            let screen = driver.press(keys).text();
            assert!(screen.contains(wanted), "{width}x{height}, `{keys}`: no `{wanted}` in\n{screen}");
        }
    }
}

#[test]
fn ten_habits_of_someone_who_comes_from_dive() {
    walk(
        &fixture::shop(),
        &[
            ("", "the whole image"),
            ("down", "Files of layer 1"),
            ("ctrl-a", "Files after layer 1"),
            ("down down", "Files after layer 2"),
            ("ctrl-l", "Files of layer 2"),
            ("tab", " Files of layer 2"),
            ("down down", "usr/"),
            ("ctrl-f g c c enter", "filter  gcc"),
            ("esc", "libcrypto"),
            ("ctrl-space", "▸ usr/"),
            ("space", "▾ "),
            ("ctrl-o", "by size"),
            ("ctrl-e", "Extract "),
            ("enter", "312 files, 14 MB to ./app-1.4-layer-2"),
            ("tab", "Layer"),
        ],
    );
    for (width, height) in SIZES {
        let mut driver = Driver::opened(&fixture::shop(), width, height);
        assert_eq!(driver.press("q").screen.take_request(), Some(LoopRequest::Quit));
        assert_eq!(driver.press("ctrl-c").screen.take_request(), Some(LoopRequest::Quit));
    }
}

#[test]
fn from_the_overview_to_the_history_of_one_file_and_back() {
    walk(
        &fixture::shop(),
        &[
            ("", "Overview"),
            ("enter", "Overview"),
            ("enter", "Wasted space · by cause"),
            ("down down", "gcc"),
            ("enter", "Layer 2 as "),
            ("]", "this is the newest version"),
            ("d", "what changed"),
            ("d", "Layer 2 as "),
            ("esc", "Wasted space · by cause"),
            ("esc", "Overview"),
            ("esc", "the whole image"),
        ],
    );
}

#[test]
fn from_a_secret_to_its_line_to_its_layer_and_to_the_instruction() {
    walk(
        &fixture::leaky(),
        &[
            ("7", "Secrets · worst first"),
            ("down down", "root/.ssh/id_rsa"),
            ("enter", "b3BlbnNzaC1rZXk"),
            ("esc", "Secrets · worst first"),
            ("1", "Files of layer 4"),
            ("4", "COPY . /"),
            ("enter", "Files of layer 4"),
            ("esc", "History"),
        ],
    );
}

#[test]
fn from_an_instruction_to_what_it_changed_to_the_map_and_back() {
    walk(
        &fixture::shop(),
        &[
            ("4", "History"),
            ("down down", "apt-get"),
            ("enter", "Files of layer 2"),
            ("6", "layer 2"),
            ("enter", "layer 2"),
            ("1", "Files of layer 2"),
            ("4", "apt-get"),
        ],
    );
}

/// `chown -R` over what two instructions stored below one folder.
fn owned() -> Fixture {
    let (mut copied, mut installed, mut owned) = (Tar::new(), Tar::new(), Tar::new());
    for at in 1..=3_u32 {
        let (source, module) = (format!("srv/app/src/{at}.js"), format!("srv/app/node_modules/{at}.js"));
        let content = u128::from(at) + 50;
        copied = copied.file_as(&source, 1_000_000, 0o644, (0, 0), content);
        installed = installed.file_as(&module, 9_000_000, 0o644, (0, 0), content + 50);
        owned = owned.file_as(&source, 1_000_000, 0o644, (1000, 1000), content);
        owned = owned.file_as(&module, 9_000_000, 0o644, (1000, 1000), content + 50);
    }
    let made = vec![
        Made("ADD rootfs.tar / ", Some(Tar::new().file("bin/sh", 90_000))),
        Made("COPY . /srv/app", Some(copied.file("var/log/build", 400_000))),
        Made("RUN npm ci", Some(installed.file("var/log/build", 500_000))),
        Made("RUN chown -R node /srv/app", Some(owned.file("var/log/build", 600_000))),
        Made("RUN make", Some(Tar::new().file("var/log/build", 700_000))),
    ];
    fixture::build(Config::default(), made, |_| {})
}

#[test]
fn enter_on_a_saving_leads_to_exactly_that_saving_and_esc_back_to_it() {
    for (width, height) in [(80, 24), (120, 40), (160, 50)] {
        let savings = [
            ("27 MB", "srv/app/node_modules/", "do that in `RUN npm ci` (layer 3)"),
            ("3.0 MB", "srv/app/src/", "a separate `COPY --chown=1000:1000`"),
            ("1.5 MB", "var/log/build", "3 old copies of `/var/log/build` are stored"),
        ];
        for (at, (bytes, path, fix)) in savings.iter().enumerate() {
            let mut driver = Driver::opened(&owned(), width, height);
            driver.press(&format!("tab home {}", "down ".repeat(at)));
            let saving = driver.selected_lines().pop().unwrap_or_default();
            assert!(saving.contains(bytes) && saving.contains(path), "{}", driver.text());
            driver.press("enter");
            let row = driver.selected_lines().pop().unwrap_or_default();
            assert!(row.contains(bytes) && row.contains(path), "{}", driver.text());
            let text = driver.text();
            let words = text.replace(['│', '┃'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains(fix) && words.matches(" fix ").count() == 1, "{text}");
            driver.press("esc");
            assert_eq!(driver.selected_lines().pop().unwrap_or_default(), saving, "{}", driver.text());
        }
    }
    let mut driver = Driver::opened(&owned(), 80, 24);
    insta::assert_snapshot!("saving-in-waste-80x24", driver.press("tab home enter").text());
    insta::assert_snapshot!("old-copies-in-waste-80x24", driver.press("esc down down enter").text());
}
