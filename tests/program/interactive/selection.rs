//! The real program on a real terminal: files written out of the image, texts put on the clipboard.

use std::path::Path;
use std::process::Command;

use crate::archive::Archive;
use crate::terminal::Terminal;
use crate::testing::archive::docker_save;
use crate::testing::tarball::{Member, archive as tar};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

const DOWN: &str = "\x1b[B";

/// What `layerscope cat` prints of the demo.
fn cat(path: &str, layer: &str) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_layerscope"));
    let output =
        command.args(["cat", "tests/images/lessons.tar.gz", path, "--layer", layer]).output().expect("it runs");
    assert!(output.status.success());
    output.stdout
}

/// The demo, with the cursor on the key that was removed and is still stored.
fn on_the_key() -> Terminal {
    let mut terminal = Terminal::run(&["tests/images/lessons.tar.gz"], 100, 30);
    terminal.wait_for("wasted 126 kB");
    terminal.keys("3");
    terminal.wait_for("var/cache/");
    terminal.keys(&DOWN.repeat(3));
    terminal.wait_for("127 B: no container");
    terminal
}

/// Answers the question where to.
fn into(terminal: &mut Terminal, folder: &Path) {
    terminal.keys("x");
    terminal.wait_for("Extract ");
    terminal.keys(&format!("\x15{}\r", folder.display()));
}

/// What the program asked the terminal to put on the clipboard, in order.
fn clipboard(raw: &[u8]) -> Vec<String> {
    let raw = String::from_utf8_lossy(raw).into_owned();
    let texts = raw.split("\x1b]52;c;").skip(1).map(|rest| {
        let (encoded, _) = rest.split_once("\x1b\\").expect("an end");
        String::from_utf8(BASE64_STANDARD.decode(encoded).expect("base64")).expect("text")
    });
    texts.collect()
}

#[test]
fn a_removed_key_is_written_to_disk_and_nothing_is_written_over_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("x");
    let mut terminal = on_the_key();
    into(&mut terminal, &place);
    terminal.wait_for("1 file, 127 B to ");
    let written = std::fs::read(place.join("id_ed25519")).expect("the key");
    assert_eq!(written, cat("/root/.ssh/id_ed25519", "4"));

    std::fs::write(place.join("id_ed25519"), "mine").expect("a file");
    into(&mut terminal, &place);
    terminal.wait_for("exists and is not replaced");
    assert_eq!(std::fs::read(place.join("id_ed25519")).expect("mine"), b"mine");

    // A folder that is gone, and a whole layer; the prompt that asked for another name is closed first.
    terminal.keys("\x1b");
    terminal.wait_for("q quit");
    terminal.keys("\x1b[H");
    terminal.wait_for("/var/cache/");
    into(&mut terminal, &place);
    terminal.wait_for("1 file, 60 kB to ");
    assert_eq!(std::fs::read(place.join("cache/index.bin")).expect("a file").len(), 60_000);
    terminal.keys("1");
    terminal.wait_for("the whole image");
    terminal.keys(&DOWN.repeat(6));
    terminal.wait_for("Files of layer 4");
    let place = folder.path().join("layer");
    into(&mut terminal, &place);
    terminal.wait_for("1 file, 127 B to ");
    assert_eq!(std::fs::read(place.join("root/.ssh/id_ed25519")).expect("the key"), written);

    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn a_path_and_a_command_reach_the_clipboard_and_the_command_works() {
    let mut terminal = on_the_key();
    terminal.keys("y");
    terminal.wait_for("diff ID");
    terminal.keys("2");
    terminal.wait_for("copied the path");
    terminal.keys("Y");
    terminal.wait_for("layerscope cat tests/images/lessons.tar.gz");
    terminal.keys("1");
    terminal.wait_for("copied the command");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 0);
    let copied = clipboard(&terminal.raw());
    assert_eq!(
        copied,
        ["/root/.ssh/id_ed25519", "layerscope cat tests/images/lessons.tar.gz /root/.ssh/id_ed25519 --layer 4"]
    );

    let mut shell = Command::new("/bin/sh");
    let folder = Path::new(env!("CARGO_BIN_EXE_layerscope")).parent().expect("a folder");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let output = shell.args(["-c", &copied[1]]).env("PATH", path).output().expect("a shell");
    assert_eq!(output.stdout, cat("/root/.ssh/id_ed25519", "4"));
}

#[test]
fn what_a_hostile_image_says_reaches_the_terminal_in_no_raw_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("image.tar");
    std::fs::write(&archive, hostile()).expect("an archive");
    let mut terminal = Terminal::run(&[archive.to_str().expect("a plain path")], 100, 30);
    terminal.wait_for("Overview ·");
    terminal.keys("j\t");
    terminal.wait_for("evil");
    terminal.keys("m");
    terminal.wait_for("1 marked");
    for (keys, seen) in
        [("y", "path, quoted"), ("2", "copied"), ("Y", "layerscope cat"), ("1", "copied"), ("b", "Basket")]
    {
        terminal.keys(keys);
        terminal.wait_for(seen);
    }
    terminal.keys("Y");
    terminal.wait_for("copied the list");
    terminal.keys("\x03");
    assert_eq!(terminal.end().exit_code(), 0);
    let raw = terminal.raw();
    let copied = clipboard(&raw);
    assert_eq!(copied[0], "$'/evil\\033]52;c;aGE=\\007\\033[31m'");
    assert_eq!(copied[2], "$'/evil\\033]52;c;aGE=\\007\\033[31m'\n");
    assert_eq!(copied.len(), 3, "the program's own, and none of the image's");
    assert!(!String::from_utf8_lossy(&raw).contains("evil\x1b"));
}

/// An image with a file whose name would write the clipboard.
fn hostile() -> Vec<u8> {
    docker_save(&[tar(&[Member::file("evil\x1b]52;c;aGE=\x07\x1b[31m", b"secret")])])
}

#[test]
fn a_layer_is_found_in_the_file_by_a_command_of_tar() {
    for (image, packed) in [("docker26-containerd.tar", "| tar -tzv"), ("docker20-legacy.tar", "/layer.tar | tar -tv")]
    {
        let mut terminal = Terminal::run(&[&format!("tests/images/{image}")], 120, 30);
        terminal.wait_for("wasted 126 kB");
        terminal.keys("jjj");
        terminal.wait_for("Files of layer 1");
        terminal.keys("Y");
        terminal.wait_for("2 from the file");
        terminal.keys("2");
        terminal.wait_for("copied the command");
        terminal.keys("q");
        assert_eq!(terminal.end().exit_code(), 0);
        let copied = clipboard(&terminal.raw());
        assert!(copied[0].ends_with(packed), "{copied:?}");
        let mut shell = Command::new("/bin/sh");
        let output = shell.args(["-c", &copied[0]]).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("a shell");
        let listed = String::from_utf8(output.stdout).expect("names");
        assert!(listed.lines().count() == 1 && listed.trim_end().ends_with(" t"), "{listed}");
    }
}

#[test]
fn the_screen_writes_the_report_that_the_command_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let image = "tests/images/lessons.tar.gz";
    for name in ["of-screen.md", "of-screen.html"] {
        let (file, expected) = (folder.path().join(name), folder.path().join(name.replace("screen", "command")));
        std::fs::write(&file, "old").expect("our folder");
        let mut terminal = Terminal::run(&[image], 120, 30);
        terminal.wait_for("wasted 126 kB");
        terminal.keys("e");
        terminal.wait_for("Write a report to:");
        terminal.keys(&format!("\x15{}\r", file.display()));
        terminal.wait_for("press enter again to replace it");
        assert_eq!(std::fs::read_to_string(&file).expect("the file"), "old");
        terminal.keys("\r");
        terminal.wait_for("report written to");
        let mut command = Command::new(env!("CARGO_BIN_EXE_layerscope"));
        assert!(command.args(["report", image, "-o"]).arg(&expected).status().expect("it runs").success());
        let texts = [file, expected].map(|path| std::fs::read_to_string(path).expect("a report"));
        assert_eq!(texts[0], texts[1], "{name}");
    }
}

#[test]
fn the_command_under_a_finding_runs_as_it_is_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let image = folder.path().join("it's an image.tar.gz");
    std::fs::copy("tests/images/lessons.tar.gz", &image).expect("our folder");
    let mut terminal = Terminal::run(&[image.to_str().expect("a plain path")], 120, 30);
    terminal.wait_for("wasted 126 kB");
    terminal.wait_for("7 Secrets 1");
    // An escape and what follows it are two keys only if they do not arrive together.
    let views: [&[&str]; 5] = [
        &["2"],
        &["3", "\x1b[B"],
        &["7"],
        &["1", "\x1b", "\x1b[H"],
        &["1", "\x1b", "\x1b[H", "\x1b[B", "\x1b[B", "\x1b[B"],
    ];
    for view in views {
        for keys in view.iter().chain(&["y", "1"]) {
            terminal.keys(keys);
            terminal.wait_still();
        }
    }
    terminal.keys("q");
    terminal.end();
    let copied = clipboard(&terminal.raw());
    assert_eq!(copied.len(), 5, "{copied:?}");
    let mut commands = Vec::new();
    for text in &copied {
        let (_, block) = text.split_once("```sh\n").expect("a command");
        let command = block.split_once("\n```").expect("an end").0;
        run_as_printed(command, Path::new("."));
        commands.push(command.split(' ').nth(1).unwrap_or_default().to_owned());
    }
    assert_eq!(commands, ["waste", "waste", "secrets", "summary", "ls"]);
}

/// Runs a command in a shell that finds this program.
fn run_as_printed(command: &str, folder: &Path) {
    let program = Path::new(env!("CARGO_BIN_EXE_layerscope"));
    let others = std::env::var_os("PATH").unwrap_or_default();
    let folders = program.parent().map(Path::to_path_buf).into_iter().chain(std::env::split_paths(&others));
    let path = std::env::join_paths(folders).expect("a path");
    let output =
        Command::new("sh").args(["-c", command]).current_dir(folder).env("PATH", path).output().expect("it runs");
    assert!(output.status.success() && !output.stdout.is_empty(), "{command}: {output:?}");
}

#[test]
fn every_view_copies_the_command_that_lists_the_same_and_it_runs_as_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let image = folder.path().join("it's an image.tar.gz");
    std::fs::copy("tests/images/lessons.tar.gz", &image).expect("our folder");
    let mut terminal = Terminal::run(&[image.to_str().expect("a plain path"), "--no-cache"], 120, 30);
    terminal.wait_for("wasted 126 kB");
    terminal.wait_for("7 Secrets 1");
    // In the views 2 to 8 the commands for the path under the cursor come first.
    let views = [
        ("1", "1", "summary"),
        ("2", "2", "waste"),
        ("3", "2", "waste --all"),
        ("4", "1", "history --no-trunc"),
        ("5", "1", "summary"),
        ("6", "1", "ls"),
        ("7", "2", "secrets"),
        ("8", "1", "junk"),
    ];
    for (view, choice, _) in views {
        for keys in [view, "Y", choice] {
            terminal.keys(keys);
            terminal.wait_still();
        }
    }
    terminal.keys("q");
    terminal.end();
    let copied = clipboard(&terminal.raw());
    assert_eq!(copied.len(), views.len(), "{copied:?}");
    for (command, (view, _, expected)) in copied.iter().zip(views) {
        let (name, option) = expected.split_once(' ').unwrap_or((expected, ""));
        assert!(command.starts_with(&format!("layerscope {name} ")), "{view}: {command}");
        assert!(command.contains(option), "{view}: {command}");
        run_as_printed(command, Path::new("."));
    }
}

/// Copies the first two commands of views, and runs them where the screen was opened.
fn commands_of(views: &[&str], folder: &Path, arguments: &[&str]) -> Vec<String> {
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_layerscope"));
    command.args(arguments);
    command.cwd(folder);
    command.env("TERM", "xterm-256color");
    command.env("LC_ALL", "C.UTF-8");
    let mut terminal = Terminal::start(command, 120, 30);
    terminal.wait_for("7 Secrets ");
    terminal.wait_for("8 Junk ");
    terminal.wait_still();
    for view in views {
        for keys in [*view, "Y", "1", "Y", "2"] {
            terminal.keys(keys);
            terminal.wait_still();
        }
    }
    terminal.keys("\x03");
    terminal.end();
    // Others need an engine or take the archive apart.
    let is_ours = |command: &String| command.starts_with("layerscope ");
    let copied: Vec<_> = clipboard(&terminal.raw()).into_iter().filter(is_ours).collect();
    assert!(copied.len() > views.len(), "{copied:?}");
    for command in &copied {
        run_as_printed(command, folder);
    }
    copied
}

#[test]
fn the_commands_of_all_views_name_odd_files_and_the_options_that_choose_the_image() {
    let folder = tempfile::tempdir().expect("a folder");
    let below = [(&b"etc/$(id) it's \"odd\""[..], &b"1"[..]), (b"-rf", b"2")];
    let above = [(&b"etc/$(id) it's \"odd\""[..], &b"3"[..]), (b"-rf", b"4"), (b"b\xe9 *", b"5")];
    let base = Archive::new(&[("COPY a /", below.to_vec())]);
    let image = Archive::new(&[("COPY a /", below.to_vec()), ("COPY . /", above.to_vec())]);
    let (base_name, name) = ("-b`id`.tar", "-it's \"odd\" $HOME.tar");
    std::fs::copy(base.path(), folder.path().join(base_name)).expect("a copy");
    std::fs::copy(image.path(), folder.path().join(name)).expect("a copy");
    let base_option = format!("--base=./{base_name}");
    let views = ["1", "2", "3", "4", "5", "6", "7", "8"];
    let copied = commands_of(&views, folder.path(), &[&base_option, "--no-cache", "--", name]);
    assert!(copied.iter().any(|command| command.contains("--base")), "{copied:?}");

    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/shop.tar.zst");
    std::fs::copy(demo, folder.path().join("two images.tar.zst")).expect("a copy");
    let choice = ["two images.tar.zst", "--image", "@1", "--platform", "linux/amd64"];
    let copied = commands_of(&["2", "6"], folder.path(), &choice);
    assert!(copied.iter().all(|command| command.contains("@1")), "{copied:?}");
    let copied = commands_of(&["2", "7"], folder.path(), &["two images.tar.zst@0"]);
    assert!(copied.iter().all(|command| command.contains("@0")), "{copied:?}");
}
