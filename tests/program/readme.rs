//! What the README promises is there.

use std::process::Command;

const README: &str = include_str!("../../README.md");

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

/// Runs lines of shell in an empty folder, with the program on the path and an image for `docker save`.
#[cfg(unix)]
fn shell(script: &str) -> std::process::Output {
    let folder = tempfile::tempdir().expect("a folder");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_layerscope")).parent().expect("a folder");
    let image = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/images/docker20-legacy.tar");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let stubs = format!("set -e\nIMAGE=app\ndocker() {{ [ \"$1\" != save ] || cat '{image}'; }}\ncargo() {{ :; }}\n");
    let mut command = Command::new("sh");
    command.current_dir(folder.path()).env("PATH", path).env("GITHUB_STEP_SUMMARY", folder.path().join("steps"));
    command.env_remove("HOME").env_remove("XDG_CACHE_HOME").arg("-c").arg(stubs + script).output().expect("a shell")
}

fn pipeline() -> &'static str {
    README.split("## In a pipeline").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section")
}

/// What stands in a block of the section.
fn block(language: &str) -> &'static str {
    let fence = format!("```{language}\n");
    pipeline().split(&fence).nth(1).and_then(|rest| rest.split("```").next()).expect("a block")
}

#[test]
#[cfg(unix)]
fn the_pipeline_of_the_readme_runs() {
    let lines =
        pipeline().lines().skip_while(|line| !line.starts_with("    ")).map_while(|line| line.strip_prefix("    "));
    let script: String = lines.flat_map(|line| [line, "\n"]).collect();
    assert!(script.matches("layerscope check").count() >= 2, "{script}");
    let output = shell(&script);
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[cfg(unix)]
fn the_reports_of_the_readme_are_written() {
    let section = README.split("## Reports").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section");
    let lines = section.lines().filter_map(|line| line.strip_prefix("    "));
    let script: String = lines.flat_map(|line| [line, "\n"]).collect();
    assert!(script.matches("layerscope report").count() >= 6, "{script}");
    let output = shell(&format!("ncdu() {{ test -s \"$2\"; }}\n{script}"));
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
}

#[test]
#[cfg(unix)]
fn the_workflow_of_the_readme_is_whole_and_its_steps_run() {
    #[derive(serde::Deserialize)]
    struct Workflow {
        on: Vec<String>,
        jobs: std::collections::BTreeMap<String, Job>,
    }
    #[derive(serde::Deserialize)]
    struct Job {
        #[serde(rename = "runs-on")]
        runs_on: String,
        steps: Vec<Step>,
    }
    #[derive(serde::Deserialize)]
    struct Step {
        #[serde(default)]
        run: String,
        uses: Option<String>,
    }
    let workflow: Workflow = serde_saphyr::from_str(block("yaml")).expect("YAML");
    assert!(!workflow.on.is_empty());
    let job = workflow.jobs.into_values().next().expect("a job");
    assert!(!job.runs_on.is_empty() && job.steps.iter().all(|step| step.uses.is_some() == step.run.is_empty()));
    let script: String = job.steps.iter().flat_map(|step| [step.run.as_str(), "\n"]).collect();
    assert!(script.contains("layerscope check"));
    let output = shell(&script);
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("::notice title=layerscope::"));
}

#[test]
fn two_images_of_the_readme_are_compared_as_it_shows() {
    let section = README.split("## Two images").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section");
    let blocks: Vec<_> = section.split("```\n").skip(1).step_by(2).collect();
    let commands = [
        &["compare", "demo:1.4", "demo:1.5"][..],
        &["shared", "demo:1.4", "demo:1.5"],
        &["cost", "demo:1.5", "--baseline", "demo:1.4"],
    ];
    assert_eq!(blocks.len(), commands.len());
    for (command, block) in commands.into_iter().zip(blocks) {
        let text = String::from_utf8_lossy(&layerscope(command).stdout).into_owned();
        assert!(text.starts_with(block), "{command:?}:\n{text}");
    }
}

#[test]
fn the_detector_of_the_readme_is_a_detector() {
    let secrets = README.split("## Secrets").nth(1).and_then(|rest| rest.split("```toml\n").nth(1)).expect("a block");
    let detector = secrets.split("```").next().expect("an end");
    assert!(detector.contains("[[secret]]") && layerscope::secrets::Detectors::read(detector).is_ok());
}

#[test]
fn the_rules_of_the_readme_are_rules() {
    layerscope::config::rules(block("toml")).expect("no fault");
}

#[test]
fn the_first_screen_has_one_sentence_one_picture_and_two_commands() {
    let first: Vec<_> = README.lines().take(8).collect();
    assert_eq!(first[0], "# layerscope");
    assert!(first[4].starts_with("![") && first[4].contains("(assets/overview.svg)"));
    assert_eq!((first[6].trim(), first[7].trim()), ("cargo run --profile quick -- demo", "cargo test"));
}
