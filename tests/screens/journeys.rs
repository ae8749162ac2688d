//! Ways through the screen, key by key, at three sizes.

use layerscope::tui::LoopRequest;

use crate::driver::Driver;
use crate::fixture::{self, Fixture};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// Walks a way at every size: keys, and what is on the screen after them.
fn walk(fixture: &Fixture, way: &[(&str, &str)]) {
    for (width, height) in SIZES {
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
            ("enter", "Wasted · by cause"),
            ("down down", "gcc"),
            ("enter", "Layer 2 as "),
            ("]", "this is the newest version"),
            ("d", "what changed"),
            ("d", "Layer 2 as "),
            ("esc", "Wasted · by cause"),
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
            ("down", "root/.ssh/id_rsa"),
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
