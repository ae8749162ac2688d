//! A screen without a terminal: the same state, events and drawing as in the real loop.

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use layerscope::config::{self, UserConfig};
use layerscope::extract::{Extracted, WhyNot};
use layerscope::image::EntryPath;
use layerscope::lint::JunkRule;
use layerscope::tui::{
    JunkRules, Keymap, Message, PagerOptions, Preferences, ReportTarget, Reporter, Screen, ScreenOptions, Theme,
    view_keys, view_names,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier, Style};

use crate::fixture::Fixture;

pub struct Driver {
    pub screen: Screen,
    terminal: Terminal<TestBackend>,
}

/// The keys and colours that come with the program.
pub fn options() -> ScreenOptions {
    let config = UserConfig::read_over(view_keys(), None).expect("the defaults are sound");
    ScreenOptions {
        pager: PagerOptions::default(),
        keymap: Keymap::from_bindings(view_names(), config.keys).expect("the default keys are sound"),
        theme: Theme::from_colours(config.colors).expect("the default colours are sound"),
        by_background: None,
        opened: vec!["shop app.tar".to_owned()],
        extractor: |_, _, _, _, progress| {
            progress.report(layerscope::image::ProgressEvent::Extracting { done: 7_000_000 });
            let mut done = Extracted { files: 312, bytes: 14_000_000, ..Extracted::default() };
            for _ in 0..2 {
                done.skipped.add(EntryPath::root, WhyNot::Kind("fifo"));
            }
            Ok(done)
        },
        reporter: Reporter {
            look: |file| match file.file_name().and_then(|name| name.to_str()) {
                Some("there.md") => Ok(ReportTarget::Exists),
                Some(name) if name.contains('.') => Ok(ReportTarget::New),
                _ => Err("a report is HTML or Markdown: let the name end in .html or .md".to_owned()),
            },
            write: |inputs| {
                let images = if inputs.compared.is_some() { ", of 2 images" } else { "" };
                Ok(format!("/home/me/{}{images}", inputs.file.display()))
            },
        },
        preferences: Preferences::default(),
        junk: junk(),
    }
}

/// The rules that come with the program, read once for all tests: there are thousands of screens.
fn junk() -> JunkRules {
    static RULES: LazyLock<Vec<Arc<JunkRule>>> = LazyLock::new(|| {
        let rules = config::junk_rules(config::JUNK).expect("the rules are sound");
        rules.into_iter().map(Arc::new).collect()
    });
    JunkRules { rules: RULES.clone(), fault: None }
}

impl Driver {
    pub fn new(width: u16, height: u16) -> Self {
        let screen = Screen::new(options(), Size { width, height });
        Self { screen, terminal: Terminal::new(TestBackend::new(width, height)).expect("a test backend") }
    }

    /// With an image, read and compared, at its first layer.
    pub fn with(fixture: &Fixture, width: u16, height: u16) -> Self {
        Self::opened(fixture, width, height).at_first_layer(fixture)
    }

    /// The same at the row of the whole image, where everyone begins.
    pub fn opened(fixture: &Fixture, width: u16, height: u16) -> Self {
        Self::new(width, height).load(fixture)
    }

    pub fn at_first_layer(mut self, fixture: &Fixture) -> Self {
        let first = fixture.image.steps.iter().position(|step| step.layer.is_some());
        for _ in 0..first.map_or(0, |step| step + 1) {
            self.press("down");
        }
        self
    }

    /// The same, without colours.
    pub fn plain(fixture: &Fixture, width: u16, height: u16) -> Self {
        let mut driver = Self::new(width, height);
        let options = ScreenOptions { theme: Theme::plain(), ..options() };
        driver.screen = Screen::new(options, Size { width, height });
        driver.load(fixture).at_first_layer(fixture)
    }

    pub fn load(self, fixture: &Fixture) -> Self {
        let mut driver = self;
        driver.tell(fixture.opened());
        driver.tell(Message::Ready { union: Arc::clone(&fixture.union), analysis: Arc::clone(&fixture.early) });
        driver.tell(Message::Compared(Arc::clone(&fixture.analysis)));
        driver
    }

    pub fn tell(&mut self, message: Message) {
        self.screen.message(message);
        self.screen.finish_work();
    }

    /// Types keys as the configuration writes them, with blanks between.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            let (modifiers, name) = match key.strip_prefix("ctrl-") {
                Some(name) => (KeyModifiers::CONTROL, name),
                None => (KeyModifiers::NONE, key),
            };
            let code = match name {
                "up" => KeyCode::Up,
                "down" => KeyCode::Down,
                "left" => KeyCode::Left,
                "right" => KeyCode::Right,
                "pgup" => KeyCode::PageUp,
                "pgdn" => KeyCode::PageDown,
                "home" => KeyCode::Home,
                "end" => KeyCode::End,
                "enter" => KeyCode::Enter,
                "esc" => KeyCode::Esc,
                "tab" => KeyCode::Tab,
                "shift-tab" => KeyCode::BackTab,
                "space" => KeyCode::Char(' '),
                "delete" => KeyCode::Delete,
                function if function.len() > 1 && function.starts_with('f') => {
                    KeyCode::F(function[1..].parse().expect("a number"))
                }
                letter => KeyCode::Char(letter.chars().next().expect("a letter")),
            };
            self.screen.handle(&Event::Key(KeyEvent::new(code, modifiers)));
            self.screen.finish_work();
        }
        self
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.terminal.backend_mut().resize(width, height);
        self.screen.handle(&Event::Resize(width, height));
        self.screen.finish_work();
    }

    /// The tab of the open view.
    pub fn open_tab(&mut self) -> String {
        self.text();
        let buffer = self.terminal.backend().buffer();
        let cells = (0..buffer.area.width).map(|x| &buffer[(x, 1)]);
        cells.filter(|cell| cell.modifier.contains(Modifier::REVERSED)).map(Cell::symbol).collect()
    }

    /// A terminal that changed, and has not said so yet.
    pub fn resize_without_event(&mut self, width: u16, height: u16) {
        self.terminal.backend_mut().resize(width, height);
    }

    /// The selected row of the pane that keys go to: what stands there after the last two blanks in a row.
    pub fn selected(&mut self) -> Option<String> {
        let line = self.selected_lines().pop()?;
        // A bar may fill its column up to the name.
        let name = line.trim_end().rsplit("  ").next()?;
        name.rsplit(|sign| "█▉▊▋▌▍▎▏░".contains(sign)).next().map(|name| name.trim().to_owned())
    }

    /// All lines that are marked as selected.
    pub fn selected_lines(&mut self) -> Vec<String> {
        self.text();
        let buffer = self.terminal.backend().buffer();
        let mut lines = Vec::new();
        // The open tab is on the second line, where the screen is high enough for tabs.
        let tabs = |y| y == 1 && buffer.area.height >= 12;
        for y in (0..buffer.area.height).filter(|&y| !tabs(y)) {
            let reversed = (0..buffer.area.width).map(|x| &buffer[(x, y)]);
            let line: String =
                reversed.filter(|cell| cell.modifier.contains(Modifier::REVERSED)).map(Cell::symbol).collect();
            if !line.is_empty() {
                lines.push(line);
            }
        }
        lines
    }

    /// The drawn screen as text.
    pub fn text(&mut self) -> String {
        let screen = &self.screen;
        self.terminal.draw(|frame| screen.draw(frame)).expect("a test backend");
        text(self.terminal.backend().buffer())
    }

    /// The drawn screen as text, and below it a grid with a letter for every style.
    pub fn picture(&mut self) -> String {
        let text = self.text();
        format!("{text}\n{}", styles(self.terminal.backend().buffer()))
    }
}

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(layerscope::format::width(symbol)).expect("a cell").max(1);
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// Letters in the order in which styles are met, line by line; a dot for plain text.
fn styles(buffer: &Buffer) -> String {
    let mut known: Vec<Style> = Vec::new();
    let mut grid = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        for x in 0..buffer.area.width {
            let style = buffer[(x, y)].style();
            if is_plain(style) {
                line.push('.');
                continue;
            }
            let at = known.iter().position(|&other| other == style).unwrap_or_else(|| {
                known.push(style);
                known.len() - 1
            });
            line.push(char::from(b'a' + u8::try_from(at).expect("few styles")));
        }
        let _ = writeln!(grid, "{}", line.trim_end_matches('.'));
    }
    for (at, style) in known.iter().enumerate() {
        let fg = style.fg.map(|colour| colour.to_string()).unwrap_or_default();
        let modifiers = style.add_modifier;
        let _ = writeln!(grid, "{} {fg} {modifiers:?}", char::from(b'a' + u8::try_from(at).expect("few styles")));
    }
    grid
}

fn is_plain(style: Style) -> bool {
    let plain = |colour: Option<Color>| colour.is_none_or(|colour| colour == Color::Reset);
    plain(style.fg) && plain(style.bg) && style.add_modifier.is_empty()
}
