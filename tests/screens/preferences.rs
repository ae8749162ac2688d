//! Layers compared and sorted, areas, the mouse, borders, themes and signs.

use layerscope::config::UserConfig;
use layerscope::format::ascii_form;
use layerscope::tui::{Action, Colours, Preferences, Role, Screen, ScreenOptions, Split, Theme, view_keys, view_names};
use proptest::prelude::*;
use ratatui::crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Size;
use ratatui::style::Color;

use crate::driver::{Driver, options};
use crate::fixture::{self, Fixture, Made, Tar};
use crate::pictures;

/// The driver with a mouse.
impl Driver {
    fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) -> &mut Self {
        self.screen.handle(&Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
        self.screen.finish_work();
        self
    }

    fn click(&mut self, column: u16, row: u16) -> &mut Self {
        self.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
        self.mouse(MouseEventKind::Up(MouseButton::Left), column, row)
    }

    /// Where a text stands.
    fn find(&mut self, text: &str) -> (u16, u16) {
        let screen = self.text();
        let found = screen.lines().enumerate().find_map(|(row, line)| Some((row, line.find(text)?, line)));
        assert!(found.is_some(), "no `{text}` in\n{screen}");
        let (row, at, line) = found.expect("just asserted");
        let column = layerscope::format::width(&line[..at]);
        (u16::try_from(column).expect("a column"), u16::try_from(row).expect("a row"))
    }

    pub fn click_on(&mut self, text: &str) -> &mut Self {
        let (column, row) = self.find(text);
        self.click(column, row)
    }

    pub fn has(&mut self, text: &str) {
        let screen = self.text();
        assert!(screen.contains(text), "no `{text}` in\n{screen}");
    }

    fn has_not(&mut self, text: &str) {
        let screen = self.text();
        assert!(!screen.contains(text), "`{text}` in\n{screen}");
    }
}

fn with_options(options: ScreenOptions, fixture: &Fixture, width: u16, height: u16) -> Driver {
    let mut driver = Driver::new(width, height);
    driver.screen = Screen::new(options, Size { width, height });
    driver.load(fixture).at_first_layer(fixture)
}

/// What the rows of the layers begin with, from top to bottom.
fn numbers(driver: &mut Driver) -> String {
    let rows: Vec<String> = driver.text().lines().skip(4).map(str::to_owned).collect();
    let first =
        |row: &String| row.trim_start_matches('│').trim_start_matches('┃').split_whitespace().next().map(str::to_owned);
    let rows = rows.iter().take_while(|row| !row.starts_with(['└', '┗']));
    rows.filter_map(first).collect::<Vec<_>>().join(" ")
}

#[test]
fn layers_are_sorted_by_number_size_wasted_and_caused() {
    let mut driver = Driver::opened(&fixture::shop(), 160, 39);
    let orders = [
        ("by number", "all 1 – 2 3 – 4 5 – –"),
        ("by size", "all 2 1 4 5 3 – – – –"),
        ("by wasted", "all 2 1 4 3 5 – – – –"),
        ("by caused", "all 3 2 5 1 4 – – – –"),
        ("by number", "all 1 – 2 3 – 4 5 – –"),
    ];
    for (name, order) in orders {
        driver.has(&format!(" Layers · {name} "));
        assert_eq!(numbers(&mut driver), order, "{name}");
        driver.press("s");
    }
    driver.press("s down s");
    driver.has("Files of layer 2");
    assert!(driver.selected_lines()[0].contains("apt-get update"), "the selection stays on its layer");
    driver.press("tab s");
    driver.has("Layers · by caused");
    driver.has("· by size");
    driver.press("shift-tab home s");
    driver.has("Layers · by number");
}

#[test]
fn a_click_on_a_column_head_sorts_the_layers_by_it() {
    let mut driver = Driver::opened(&fixture::shop(), 160, 50);
    for head in ["size", "wasted", "caused", "#"] {
        let heads = driver.text().lines().nth(3).map(str::to_owned).expect("column heads");
        let column = heads[..heads.find(head).expect("a head")].chars().count();
        driver.click(u16::try_from(column).expect("a column"), 3);
        driver.has(&format!("Layers · by {} ", if head == "#" { "number" } else { head }));
    }
    driver.click_on("instruction").has("Layers · by number");
}

#[test]
fn layers_taken_as_one_are_bracketed_and_counted_as_one() {
    pictures("combine", &fixture::shop(), "down down c down down down");
}

#[test]
fn everything_above_the_base_is_one_key_away() {
    pictures("combine-above-base", &fixture::shop(), "C");
}

#[test]
fn the_order_of_two_compared_layers_does_not_matter() {
    let fixture = fixture::shop();
    let upward = Driver::with(&fixture, 160, 50).press("down down c down down down tab").text();
    let downward = Driver::with(&fixture, 160, 50).press("down down down down down c up up up tab").text();
    let files = |text: &str| text.lines().map(|line| line.chars().skip(74).collect::<String>()).collect::<Vec<_>>();
    assert_eq!(files(&upward), files(&downward));
    assert!(upward.contains("Files of layers 2 to 4, combined · 18 added, 1 modified"), "{upward}");
}

#[test]
fn comparing_ends_by_the_same_key_and_by_escape() {
    for (width, height) in [(160, 50), (80, 24), (30, 8)] {
        let mut driver = Driver::with(&fixture::shop(), width, height);
        driver.press("c down down");
        driver.press("c tab").has("Files of layer 2");
        driver.press("shift-tab c up up esc tab").has("Files of layer 1");
    }
    let mut driver = Driver::with(&fixture::shop(), 160, 50);
    driver.press("c down down").has("Files of layers 1 to 2, combined");
    driver.press("a").has("Files after layer 2");
    driver.press("a").has("Files of layers 1 to 2, combined");
    driver.press("home down").has("Files of layer 1 · its changes");
    driver.press("C").has("Files of layers 2 to 5, combined");
    driver.press("C").has_not(", combined");
}

#[test]
fn what_is_taken_for_the_base_is_said() {
    Driver::with(&fixture::empty(), 80, 24).press("C").has("there is no layer above the base");
    let made = ["", "", "COPY app /app", "RUN make"].into_iter().zip(1_u64..);
    let made = made.map(|(said, size)| Made(said, Some(Tar::new().file(&format!("file-{size}"), size * 1000))));
    let fixture = fixture::build(layerscope::image::Config::default(), made.collect(), |image| {
        let name = "org.opencontainers.image.base.name".to_owned();
        image.config.labels.push((name, "debian:12".to_owned()));
    });
    Driver::with(&fixture, 200, 50).press("C").has("· above the base debian:12: layers 1 to 2 ");
}

#[test]
fn comparing_can_begin_in_the_history() {
    let mut driver = Driver::with(&fixture::shop(), 160, 50);
    driver.press("4 down down c down").has("Files of layers 2 to 3, combined");
}

#[test]
fn the_files_are_seen_as_areas() {
    pictures("treemap", &fixture::shop(), "end up up up up up up a 6");
}

#[test]
fn areas_of_a_layer_say_what_it_changed() {
    pictures("treemap-layer", &fixture::shop(), "down down down 6 enter down");
}

#[test]
fn areas_are_told_apart_without_colours() {
    let mut driver = Driver::plain(&fixture::large(3, 4000), 80, 24);
    driver.press("a end 6 right right enter down right");
    insta::assert_snapshot!("treemap-plain", driver.picture());
}

#[test]
fn areas_are_entered_and_left() {
    let mut driver = Driver::with(&fixture::shop(), 120, 40);
    driver.press("a end up up 6 end").has("Map after layer 5 · /");
    driver.press("home enter").has("· /usr ·");
    driver.press("esc").has("· / ·");
    driver.press("enter").has("· /usr ·");
    driver.press("left").has("· / ·");
    driver.press("enter enter").has("· /usr/lib ·");
    driver.press("enter").has("┏ Files after layer 5");
    assert_eq!(driver.selected(), Some("libcrypto.so.3".to_owned()), "{}", driver.text());
    driver.press("6 esc esc a").has("Map of layer 5");
    driver.press("pgup pgup").has("Map of layer 3");
    driver.press("pgdn").has("Map of layer 4");
}

#[test]
fn a_folder_that_a_layer_does_not_have_is_left() {
    let mut driver = Driver::with(&fixture::shop(), 120, 40);
    driver.press("6 home enter").has("Map of layer 1 · /usr");
    driver.press("1 end up up 6").has("Map of layer 5 · / ");
}

#[test]
fn a_click_selects_and_another_opens() {
    let mut driver = Driver::with(&fixture::shop(), 160, 50);
    driver.click_on("RUN rm -rf").has("Files of layer 3");
    driver.has("┏ Layers");
    driver.click_on("RUN rm -rf").has("┏ Files of layer 3");
    driver.click_on("▾ var/lib/apt/lists/");
    assert_eq!(driver.selected(), Some("▾ var/lib/apt/lists/".to_owned()));
    let (column, row) = driver.find("▾ var/lib/apt/lists/");
    driver.click(column + 3, row).has("▸ var/lib/apt/lists/");
}

#[test]
fn the_second_of_two_clicks_opens_although_the_first_moved_the_panes() {
    let mut driver = Driver::with(&fixture::shop(), 80, 24);
    let (column, row) = driver.press("a").find("▸ bin/");
    driver.click(column, row).click(column, row).has("busybox");
}

#[test]
fn a_wheel_scrolls_what_is_under_it() {
    let mut driver = Driver::with(&fixture::large(40, 200), 80, 24);
    driver.press("a Z");
    let (column, row) = driver.find("Files after");
    driver.has("▾ srv/");
    driver.mouse(MouseEventKind::ScrollDown, column, row + 3).has_not("▾ srv/");
    driver.has("━ Layers");
    driver.mouse(MouseEventKind::ScrollUp, column, row + 3).has("▾ srv/");
    driver.mouse(MouseEventKind::ScrollDown, 5, 4).has("4 of 41");
}

#[test]
fn a_click_beside_what_lies_on_top_closes_it_and_a_wheel_scrolls_it() {
    let mut driver = Driver::with(&fixture::shop(), 160, 30);
    let first = driver.press("?").text();
    driver.mouse(MouseEventKind::ScrollDown, 80, 15);
    assert_ne!(first, driver.text());
    driver.click(80, 15).has("unfold everything");
    driver.click(2, 15).has_not("unfold everything");
}

#[test]
fn hints_can_be_clicked() {
    let mut driver = Driver::with(&fixture::shop(), 160, 60);
    driver.click_on("? help").has("one line up");
    driver.press("esc").click_on("a merged").has("Files after layer 1");
    driver.click_on("4 History").has("History · ");
    driver.click_on("q quit");
    assert!(driver.screen.take_request().is_some());
}

#[test]
fn borders_are_moved_by_keys_and_by_hand_and_are_to_be_remembered() {
    let mut driver = Driver::with(&fixture::shop(), 160, 50);
    assert_eq!(driver.screen.split(), Split::default());
    let (before, _) = driver.find("Files of layer 1");
    let (wider, _) = driver.press("> >").find("Files of layer 1");
    let (narrower, _) = driver.press("< < <").find("Files of layer 1");
    assert!(narrower < before && before < wider, "{narrower} {before} {wider}");
    let border = narrower - 2;
    driver.mouse(MouseEventKind::Down(MouseButton::Left), border, 20);
    driver.mouse(MouseEventKind::Drag(MouseButton::Left), 100, 20);
    driver.mouse(MouseEventKind::Up(MouseButton::Left), 100, 20);
    assert_eq!(driver.find("Files of layer 1").0, 102);
    driver.mouse(MouseEventKind::Drag(MouseButton::Left), 50, 20);
    assert_eq!(driver.find("Files of layer 1").0, 102, "only a held border moves");
    let split = driver.screen.split();
    let kept = ScreenOptions { preferences: Preferences { split, ..Preferences::default() }, ..options() };
    let mut again = with_options(kept, &fixture::shop(), 160, 50);
    assert_eq!(again.find("Files of layer 1").0, 102);
    again.resize(80, 24);
    let (_, before) = again.find("Files of layer 1");
    let (_, after) = again.press("> >").find("Files of layer 1");
    assert!(after > before || before > 10, "{before} {after}");
}

#[test]
fn ascii_is_ascii() {
    let (fixture, mut seen) = (fixture::shop(), String::new());
    let ascii = || ScreenOptions {
        keymap: options().keymap.in_ascii(),
        preferences: Preferences { ascii: true, ..Preferences::default() },
        ..options()
    };
    let unicode = || ScreenOptions { keymap: options().keymap.in_ascii(), ..options() };
    let keys = [
        "",
        "down down c down tab G",
        "2 enter",
        "2 / i",
        "3 m down m b",
        "4 r",
        "5 G",
        "6 right",
        "7",
        "8 Z",
        "?",
        "a Z tab G",
        "a tab enter",
        "a tab enter v",
        "y",
        "Y",
        "x",
        "e",
        "I",
        "W",
        "ctrl-p a",
        "K",
    ];
    for keys in keys {
        for (width, height) in [(80, 24), (160, 50)] {
            let drawn = with_options(unicode(), &fixture, width, height).press(keys).text();
            let text = with_options(ascii(), &fixture, width, height).press(keys).text();
            let unknown = |(drawn, shown): &(char, char)| *shown == '?' && *drawn != '?' && !drawn.is_alphanumeric();
            assert_eq!(drawn.chars().zip(text.chars()).find(unknown), None, "{keys}: no form in ASCII");
            seen.push_str(&text);
        }
    }
    let is_printable = |letter: char| letter == '\n' || matches!(letter, ' '..='~');
    assert_eq!(seen.chars().find(|&letter| !is_printable(letter)), None);
    let marked = with_options(ascii(), &fixture, 80, 24).press("m").text();
    assert!(marked.contains("\no  1 "), "a mark has a sign of its own: {marked}");
    let mut driver = with_options(ascii(), &fixture, 80, 24);
    insta::assert_snapshot!("ascii", driver.press("down down down tab").text());
}

#[test]
fn every_sign_of_a_picture_has_a_form_in_ascii() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/screens/snapshots");
    let mut seen = std::collections::BTreeSet::new();
    for picture in std::fs::read_dir(folder).expect("the pictures") {
        seen.extend(std::fs::read_to_string(picture.expect("a picture").path()).expect("text").chars());
    }
    let keys = "⏎";
    seen.retain(|&sign| !sign.is_ascii() && !sign.is_alphanumeric() && !keys.contains(sign));
    assert!(seen.len() > 20, "{seen:?}");
    let without: Vec<char> = seen.into_iter().filter(|&sign| ascii_form(sign).is_none()).collect();
    assert!(without.is_empty(), "{without:?}: each needs a form in `format/ascii.rs`");
}

#[test]
fn every_theme_is_sound_and_fits_every_terminal() {
    let config = UserConfig::read(None).expect("sound");
    for theme in ["auto", "dark", "light", "high-contrast", "none"] {
        let whole = Theme::from_colours(config.palette(theme)).expect("sound");
        for colours in [Colours::Indexed, Colours::Named] {
            let fewer = whole.clone().within(colours);
            for colour in Role::ALL.iter().flat_map(|&role| [fewer.style(role).fg, fewer.style(role).bg]).flatten() {
                let fits = match colour {
                    Color::Rgb(..) => false,
                    Color::Indexed(_) => colours == Colours::Indexed,
                    _ => true,
                };
                assert!(fits, "{theme}: {colour}");
            }
        }
        let plain = Role::ALL.iter().all(|&role| whole.style(role).fg.is_none() && whole.style(role).bg.is_none());
        assert_eq!(plain, theme == "none");
    }
    let dark = Theme::from_colours(config.palette("dark")).expect("sound");
    let mut driver = with_options(ScreenOptions { theme: dark, ..options() }, &fixture::shop(), 80, 24);
    insta::assert_snapshot!("dark", driver.press("down down down tab").picture());
}

/// The contrast of two colours, as the Web Content Accessibility Guidelines define it.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let luminance = |colour: [u8; 3]| {
        let linear = colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        linear[0] * 0.2126 + linear[1] * 0.7152 + linear[2] * 0.0722
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_text_of_a_theme_can_be_read_on_common_backgrounds() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
    let config = UserConfig::read(None).expect("sound");
    // Black, two greys, One Dark and Solarized; white, grey, Catppuccin and Solarized.
    let dark: &[[u8; 3]] = &[[0; 3], [30; 3], [36; 3], [40, 44, 52], [0, 43, 54]];
    let light: &[[u8; 3]] = &[[255; 3], [245; 3], [239, 241, 245], [253, 246, 227]];
    for (name, backgrounds) in [("dark", dark), ("light", light)] {
        let theme = Theme::from_colours(config.palette(name)).expect("sound");
        for &role in Role::ALL.iter().filter(|role| **role != Role::Border) {
            let style = theme.style(role);
            let rgb = |colour| match colour {
                Some(Color::Rgb(red, green, blue)) => Some([red, green, blue]),
                _ => None,
            };
            let text = rgb(style.fg).expect("a colour of the theme, not the terminal's");
            let behind = rgb(style.bg).map_or_else(|| backgrounds.to_vec(), |background| vec![background]);
            for behind in behind {
                let contrast = contrast(text, behind);
                assert!(contrast >= 4.5, "{name}, {}: {contrast:.1} on {behind:?}", role.name());
            }
        }
    }
}

#[test]
fn what_really_runs_is_searched_for_inside_the_image() {
    let mut tar = Tar::new().dir("usr").dir("usr/bin").dir("opt").dir("etc");
    tar = tar.file_as("usr/bin/app-1.2", 4096, 0o755, (0, 0), 1).link("usr/bin/app", "app-1.2").link("bin", "usr/bin");
    let config = layerscope::image::Config {
        user: "1000".to_owned(),
        entrypoint: vec!["app".to_owned()],
        cmd: vec!["--serve".to_owned(), "a file".to_owned()],
        env: vec!["PATH=/sbin:/bin".to_owned()],
        working_dir: "/opt/new".to_owned(),
        healthcheck: Some(layerscope::image::Healthcheck {
            test: vec!["CMD".to_owned(), "app".to_owned(), "--ping".to_owned()],
            interval: 30_000_000_000,
            retries: 3,
            ..Default::default()
        }),
        ..Default::default()
    };
    let fixture = fixture::build(config, vec![Made("COPY app /", Some(tar))], |image| {
        let label = |name: &str, value: &str| (format!("org.opencontainers.image.base.{name}"), value.to_owned());
        image.config.labels = vec![label("name", "debian:12"), label("digest", "sha256:ab")];
    });
    insta::assert_snapshot!("image-command", Driver::with(&fixture, 100, 50).press("5").text());
}

#[test]
fn no_size_breaks_comparing_areas_or_moved_borders() {
    let sizes = || (1..=60).flat_map(|width| (1..=30).map(move |height| (width, height)));
    for (fixture, step) in [(fixture::shop(), 1), (fixture::broken(), 7), (fixture::empty(), 7)] {
        for keys in ["c end", "C tab", "6", "6 a end", "6 enter right down", "> > > > > > > > > > tab", "< < < < < < <"]
        {
            let mut driver = Driver::with(&fixture, 60, 30);
            driver.press(keys);
            for (width, height) in sizes().step_by(step) {
                driver.resize(width, height);
                driver.text();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_that_a_mouse_does_breaks_the_screen(
        deeds in prop::collection::vec((0..6_usize, 0_u16..200, 0_u16..60, prop::sample::select(Action::all(&view_names()).collect::<Vec<_>>())), 0..60),
        width in 1_u16..200, height in 1_u16..60,
    ) {
        let keys = UserConfig::read_over(view_keys(), None).expect("sound").keys;
        let mut driver = Driver::with(&fixture::shop(), width, height);
        for (deed, column, row, action) in deeds {
            let kind = match deed {
                0 => MouseEventKind::Down(MouseButton::Left),
                1 => MouseEventKind::Drag(MouseButton::Left),
                2 => MouseEventKind::Up(MouseButton::Left),
                3 => MouseEventKind::ScrollUp,
                4 => MouseEventKind::ScrollDown,
                _ => {
                    driver.press(&keys[action.name()][0]);
                    continue;
                }
            };
            driver.mouse(kind, column, row);
            driver.text();
        }
    }
}
