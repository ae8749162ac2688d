//! What the README promises is there.

use std::process::Command;

const README: &str = include_str!("../README.md");

fn layerscope(arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_layerscope"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("it runs")
}

/// The commands of the README's list, and every option that it says they have.
fn commands() -> Vec<(String, Vec<String>)> {
    let list = README.split("## Commands").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a list");
    list.lines()
        .filter_map(|line| line.trim().strip_prefix("layerscope "))
        .filter_map(|line| {
            let word = line.split([' ', ',']).next()?;
            let options = line.split_whitespace().filter(|word| word.starts_with("--"));
            let options = options.map(|option| option.trim_matches([':', ';', ')', '(']).to_owned()).collect();
            word.chars().all(char::is_lowercase).then(|| (word.to_owned(), options))
        })
        .collect()
}

#[test]
fn every_command_of_the_readme_exists_with_its_options() {
    let commands = commands();
    assert!(commands.len() >= 10, "{commands:?}");
    for (command, options) in commands {
        let help = layerscope(&[&command, "--help"]);
        assert!(help.status.success(), "{command}");
        let help = String::from_utf8_lossy(&help.stdout).into_owned();
        for option in options {
            assert!(help.contains(&option), "{command} {option}");
        }
    }
}

#[test]
fn every_command_of_the_help_is_in_the_readme() {
    let help = String::from_utf8_lossy(&layerscope(&["--help"]).stdout).into_owned();
    let list = help.split("Commands:").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list");
    for word in list.lines().filter_map(|line| line.split_whitespace().next()) {
        let is_there =
            word == "help" || README.contains(&format!("layerscope {word}")) || README.contains(&format!(", {word} "));
        assert!(is_there, "`{word}` is not in the README");
    }
}

#[test]
fn the_pipeline_of_the_readme_runs() {
    let section = README.split("## In a pipeline").nth(1).expect("a section");
    let lines = section.lines().filter_map(|line| line.trim().strip_prefix("layerscope "));
    let mut count = 0;
    for line in lines.take_while(|line| !line.starts_with('#')) {
        let line = line.split(" | ").next().unwrap_or(line).replace("image.tar", "tests/images/docker20-legacy.tar");
        let arguments: Vec<_> = line.split_whitespace().collect();
        let output = layerscope(&arguments);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        count += 1;
    }
    assert!(count >= 2);
}

#[test]
fn the_first_screen_has_one_sentence_one_picture_and_two_commands() {
    let first: Vec<_> = README.lines().take(8).collect();
    assert_eq!(first[0], "# layerscope");
    assert!(first[4].starts_with("![") && first[4].contains("(assets/layers.svg)"));
    assert_eq!((first[6].trim(), first[7].trim()), ("cargo run --release -- demo", "cargo test"));
}
