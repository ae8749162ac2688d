//! The command line as plain data. Only this module knows the parser, and it imports no other module: `run` decides
//! what the arguments mean.

mod commands;
mod compare;
mod options;
mod packaging;
mod report;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

pub use commands::{
    CatArgs, CheckArgs, CheckFormat, Command, CompletionsArgs, DemoArgs, ExplainArgs, ExplainFormat, ExportArgs,
    ExtractArgs, HistoryArgs, HistoryFormat, ImagesArgs, JunkArgs, LayersArgs, ListArgs, ManArgs, RebuildArgs,
    ScreenArgs, SecretsArgs, SummaryArgs, TourArgs, VerifyArgs, WasteArgs,
};
pub use compare::{CompareArgs, CostArgs, PageFormat, SharedArgs};
pub use options::{ColorChoice, DocumentFormat, ImageArgs, ListFormat, PaintArgs, SecretArgs, ViewArgs};
pub use packaging::{NoSuchCommand, PAGE_FOOTER, completions, man};
pub use report::{ReportArgs, ReportFormat};

/// See what every layer of a container image contains, what is wasted, and which instruction put it there.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "layerscope",
    version,
    about,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = EXAMPLES
)]
pub struct Cli {
    /// The command; without one, the image is shown on the screen.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The image to show.
    #[command(flatten)]
    pub screen: ScreenArgs,
}

const EXAMPLES: &str = "\
Examples:
  layerscope app.tar                    browse; print the summary if stdout is
                                        not a terminal
  layerscope app:1.4                    the image of this name in Docker or Podman
  docker save app | layerscope -        the same from standard input
  layerscope demo                       browse the image inside this program
  layerscope waste demo:1.5             the next build of it
  layerscope waste app.tar              what is wasted, and why
  layerscope app.tar --container rootfs.tar
                                        what a container of it changed
  layerscope ls app.tar usr --layer 3   what layer 3 changed below usr
  layerscope cat app.tar root/.npmrc --layer 2
                                        a file of layer 2, even if removed later
  layerscope extract app.tar etc out    a folder as the container sees it
  layerscope check app.tar --highest-wasted-bytes 20MB
                                        exit with 1 if more is wasted
  layerscope report app.tar -o app.html
                                        a page to send to someone
  layerscope rebuild app.tar --change-file src/main.js
                                        what runs again after an edit
  layerscope compare app-1.4.tar app-1.5.tar
                                        what differs between two builds
  layerscope cost app-1.5.tar --baseline app-1.4.tar
                                        what a push sends, and what is there already
  layerscope verify app.tar             check every digest and reference
  layerscope history app.tar --format dockerfile

IMAGE is a `docker save` archive, an OCI archive or an OCI layout folder,
compressed or not: the content decides, not the name. `-` is standard input,
`demo` and `demo:1.5` two builds of a web shop inside this program,
`demo:container` a container of the first.
A word that is not a file is the name or the ID of an image in Docker, else in
Podman; nothing is pulled. `docker-daemon:REF` and `podman:REF` name the engine,
and `container:NAME` is a container in one of them.
`docker-archive:PATH[:REF|@N]`, `oci:PATH[:REF|@N]`,
`oci-archive:PATH[:REF|@N]` and `dir:PATH` name the format.
To open a file that is called like a command, write `./summary`.

Exit codes: 0 success; 1 a check failed, `verify` found a fault, or the output
of `export`, `extract`, `images` or a report as CSV, ncdu or dive-json is
incomplete; 2 an error.";

impl Cli {
    /// Reads the command line. Prints help, the version or an error and exits; the exit code of an error is 2.
    #[must_use]
    pub fn from_command_line() -> Self {
        let words: Vec<_> = std::env::args_os().collect();
        Self::try_parse_from(&words).unwrap_or_else(|fault| explain_extra_word(fault, &words).exit())
    }

    /// Reads the given command line.
    ///
    /// # Errors
    /// The message that would be printed.
    pub fn from_words<I>(words: I) -> Result<Self, String>
    where
        I: IntoIterator,
        I::Item: Into<std::ffi::OsString> + Clone,
    {
        let words: Vec<_> = words.into_iter().map(Into::into).collect();
        Self::try_parse_from(&words).map_err(|fault| explain_extra_word(fault, &words).to_string())
    }
}

/// Explains an extra word: the first word was probably meant as a command.
fn explain_extra_word(fault: clap::Error, words: &[std::ffi::OsString]) -> clap::Error {
    if let Some(ContextValue::String(word)) = fault.get(ContextKind::InvalidArg)
        && fault.kind() == ErrorKind::UnknownArgument
        && words.get(1).is_some_and(|command| command == "cost")
        && !word.starts_with('-')
        && let Some(cost) = grammar().find_subcommand_mut("cost")
    {
        let command = with_baseline(words, word);
        let message = format!("an image that is there already needs `--baseline` before it: `{command}`");
        return cost.error(ErrorKind::UnknownArgument, message);
    }
    let Some(ContextValue::String(word)) = fault.get(ContextKind::InvalidSubcommand) else { return fault };
    if fault.kind() != ErrorKind::ArgumentConflict {
        return fault;
    }
    let tip = words.get(1).and_then(|first| similar_command(first.to_str()?));
    let tip = tip.map(|command| format!("\n\n  tip: a similar command exists: `{command}`")).unwrap_or_default();
    let message =
        format!("the first word is not a command, so it is read as IMAGE, and `{word}` cannot follow it{tip}");
    grammar().error(ErrorKind::InvalidSubcommand, message)
}

/// A command line with `--baseline` before the last word that has this text.
fn with_baseline(words: &[std::ffi::OsString], word: &str) -> String {
    let words: Vec<_> = words.iter().skip(1).map(|word| word.to_string_lossy()).collect();
    let extra = words.iter().rposition(|other| other == word);
    let mut command = "layerscope".to_owned();
    for (at, other) in words.iter().enumerate() {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_=./:@+,".contains(letter);
        command += if Some(at) == extra { " --baseline " } else { " " };
        let quoted = format!("{other:?}");
        command += if other.chars().all(is_plain) { other } else { &quoted };
    }
    command
}

/// The command that a word was probably meant as: what clap suggests where no image can be given.
#[must_use]
pub fn similar_command(word: &str) -> Option<String> {
    let commands = clap::Command::new("layerscope").subcommands(grammar().get_subcommands().cloned());
    let fault = commands.try_get_matches_from(["layerscope", word]).err()?;
    match fault.get(ContextKind::SuggestedSubcommand)? {
        ContextValue::String(name) => Some(name.clone()),
        // The most similar one is the last.
        ContextValue::Strings(names) => names.last().cloned(),
        _ => None,
    }
}

fn grammar() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        grammar().debug_assert();
    }

    #[test]
    fn a_first_word_that_is_not_a_command_is_an_image() {
        let typed = Cli::from_words(["layerscope", "app.tar"]).expect("an image");
        assert!(typed.command.is_none());
        assert_eq!(typed.screen.image.image.as_deref(), Some("app.tar".as_ref()));
        let typed = Cli::from_words(["layerscope", "./summary", "--platform", "linux/arm64"]).expect("an image");
        assert_eq!(typed.screen.image.image.as_deref(), Some("./summary".as_ref()));
        let typed = Cli::from_words(["layerscope", "-"]).expect("standard input");
        assert_eq!(typed.screen.image.image.as_deref(), Some("-".as_ref()));
    }

    #[test]
    fn a_misspelt_command_is_explained() {
        let fault = Cli::from_words(["layerscope", "summry", "app.tar", "x"]).expect_err("no command");
        assert!(fault.contains("a similar command exists: `summary`"), "{fault}");
        assert_eq!(similar_command("summry").as_deref(), Some("summary"));
        assert_eq!(similar_command("wast").as_deref(), Some("waste"), "and not `cat`");
        assert_eq!(similar_command("other.tar"), None);
        let fault = Cli::from_words(["layerscope", "other.tar", "app.tar", "x"]).expect_err("no command");
        assert!(!fault.contains("similar"), "{fault}");
    }

    #[test]
    fn two_views_at_once_are_refused() {
        let fault = Cli::from_words(["layerscope", "ls", "a.tar", "--layer", "1", "--up-to", "2"]).expect_err("both");
        assert!(fault.contains("cannot be used with"), "{fault}");
    }
}
