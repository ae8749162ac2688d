//! What was typed, as plain data. What it means is for `run` to say; nothing of ours is known here, and nothing of the
//! parser is known elsewhere.

mod commands;
mod options;
mod packaging;
mod report;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

pub use commands::{
    CatArgs, CheckArgs, CheckFormat, Command, CompletionsArgs, ExportArgs, ExtractArgs, HistoryArgs, HistoryFormat,
    ImagesArgs, JunkArgs, LayersArgs, ListArgs, ManArgs, ScreenArgs, SecretsArgs, SummaryArgs, VerifyArgs, WasteArgs,
};
pub use options::{ColorChoice, DocumentFormat, ImageArgs, ListFormat, PaintArgs, SecretArgs, ViewArgs};
pub use packaging::{NoSuchCommand, completions, man};
pub use report::{ReportArgs, ReportFormat};

/// See what every layer of a container image holds, what is wasted, and which instruction put it there.
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
    /// What to do; without one, the image is shown.
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
  docker save app | layerscope -        the same from standard input
  layerscope demo                       browse the image inside this program
  layerscope waste app.tar              what is wasted, and why
  layerscope ls app.tar usr --layer 3   what layer 3 changed below usr
  layerscope cat app.tar root/.npmrc --layer 2
                                        a file of layer 2, even if removed later
  layerscope extract app.tar etc out    a folder as the container sees it
  layerscope check app.tar --highest-wasted-bytes 20MB
                                        exit 1 if it wastes more
  layerscope report app.tar -o app.html
                                        a page to send to someone
  layerscope verify app.tar             whether every digest and reference is right
  layerscope history app.tar --format dockerfile

IMAGE is a `docker save` archive, an OCI archive or an OCI layout folder,
compressed or not; its content decides. `-` is standard input, `demo` the image
inside this program. `docker-archive:PATH[:REF|@N]`, `oci:PATH[:REF|@N]`,
`oci-archive:PATH[:REF|@N]` and `dir:PATH` name the format. A file with the name
of a command is opened as `./summary`.

Exit codes: 0 done; 1 a check failed, verification found a fault, or a report
as CSV, for ncdu or as `dive --json` lacks what could not be read; 2 an error.";

impl Cli {
    /// Reads the command line. Help, the version and faults are printed at once and end the process: with 2 for a fault.
    #[must_use]
    pub fn from_command_line() -> Self {
        Self::try_parse().unwrap_or_else(|fault| explain_extra_word(fault).exit())
    }

    /// Reads a command line that is given.
    ///
    /// # Errors
    /// What is wrong with it, as it would be printed.
    pub fn from_words<I>(words: I) -> Result<Self, String>
    where
        I: IntoIterator,
        I::Item: Into<std::ffi::OsString> + Clone,
    {
        Self::try_parse_from(words).map_err(|fault| explain_extra_word(fault).to_string())
    }
}

/// Explains an extra word: the first word was probably meant as a command.
fn explain_extra_word(fault: clap::Error) -> clap::Error {
    let Some(ContextValue::String(word)) = fault.get(ContextKind::InvalidSubcommand) else { return fault };
    if fault.kind() != ErrorKind::ArgumentConflict {
        return fault;
    }
    let said = format!("the first word is not a command, so it is IMAGE, and `{word}` cannot follow it");
    grammar().error(ErrorKind::InvalidSubcommand, said)
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
    fn a_first_word_that_is_no_command_is_an_image() {
        let typed = Cli::from_words(["layerscope", "app.tar"]).expect("an image");
        assert!(typed.command.is_none());
        assert_eq!(typed.screen.image.image.as_deref(), Some("app.tar".as_ref()));
        let typed = Cli::from_words(["layerscope", "./summary", "--platform", "linux/arm64"]).expect("an image");
        assert_eq!(typed.screen.image.image.as_deref(), Some("./summary".as_ref()));
        let typed = Cli::from_words(["layerscope", "-"]).expect("standard input");
        assert_eq!(typed.screen.image.image.as_deref(), Some("-".as_ref()));
    }

    #[test]
    fn a_misspelt_command_is_named_as_what_it_was_taken_for() {
        let fault = Cli::from_words(["layerscope", "summry", "app.tar"]).expect_err("no command");
        assert!(fault.contains("so it is IMAGE, and `app.tar` cannot follow it"), "{fault}");
    }

    #[test]
    fn two_views_at_once_are_refused() {
        let fault = Cli::from_words(["layerscope", "ls", "a.tar", "--layer", "1", "--up-to", "2"]).expect_err("both");
        assert!(fault.contains("cannot be used with"), "{fault}");
    }
}
