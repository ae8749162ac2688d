//! A frame of the screen over a large image: after a key, and nothing but drawing.

mod archive;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use layerscope::analysis::Analysis;
use layerscope::config::UserConfig;
use layerscope::extract::Extracted;
use layerscope::source::{Archive, ImageChoice, Location, Quiet};
use layerscope::tui::{
    JunkRules, Keymap, Message, PagerOptions, Preferences, ReportTarget, Reporter, Screen, ScreenOptions, Theme,
    view_keys, view_names,
};
use layerscope::union::Union;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{Event, KeyCode};
use ratatui::layout::Size;

const FILES: usize = 100_000;
const SIZE: Size = Size { width: 140, height: 40 };

/// A screen on an image of many files, all of its folders open.
fn screen() -> Screen {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    archive::docker_save(file.path(), &archive::layer(FILES));
    let opened = Archive::open(&Location::of_path(file.path()), &Quiet).expect("an archive");
    let opened = opened.select(&ImageChoice::default()).expect("one image");
    let union = Arc::new(Union::build(opened.scan(&Quiet)));
    let analysis = Arc::new(Analysis::new(&union, None));
    let config = UserConfig::read_over(view_keys(), None).expect("the defaults are sound");
    let options = ScreenOptions {
        keymap: Keymap::from_bindings(view_names(), config.keys).expect("the default keys are sound"),
        theme: Theme::from_colours(config.colors).expect("the default colours are sound"),
        by_background: None,
        opened: vec!["bench.tar".to_owned()],
        extractor: |_, _, _, _, _| Ok(Extracted::default()),
        reporter: Reporter { look: |_| Ok(ReportTarget::New), write: |_| Ok(String::new()) },
        pager: PagerOptions::default(),
        preferences: Preferences::default(),
        junk: JunkRules::default(),
    };
    let mut screen = Screen::new(options, SIZE);
    screen.message(Message::Opened { image: Arc::new(opened.image().clone()), contents: Arc::new(opened.clone()) });
    screen.message(Message::Ready { union, analysis });
    screen.finish_work();
    for key in [KeyCode::Tab, KeyCode::Char('Z')] {
        screen.handle(&Event::Key(key.into()));
        screen.finish_work();
    }
    screen
}

fn frame(criterion: &mut Criterion) {
    let mut screen = screen();
    let mut terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).expect("a test backend");
    let mut group = criterion.benchmark_group("frame");
    group.sample_size(20);
    group.bench_function("draw", |bencher| {
        bencher.iter(|| black_box(terminal.draw(|frame| screen.draw(frame)).expect("a test backend").count));
    });
    for (name, key) in [("down", KeyCode::Down), ("end and back", KeyCode::End)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                screen.handle(&Event::Key(key.into()));
                if key == KeyCode::End {
                    screen.handle(&Event::Key(KeyCode::Home.into()));
                }
                terminal.draw(|frame| screen.draw(frame)).expect("a test backend").count
            });
        });
    }
    group.finish();
}

criterion_group!(benches, frame);
criterion_main!(benches);
