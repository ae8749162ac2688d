//! Shell completions and manual pages, generated from the command line grammar.

use std::io;

/// The footer of a page.
pub const PAGE_FOOTER: &str = concat!("layerscope ", env!("CARGO_PKG_VERSION"));

/// There is no such command.
#[derive(Clone, Debug, thiserror::Error)]
#[error("there is no command `{name}`: `layerscope --help` lists all commands")]
pub struct NoSuchCommand {
    name: String,
}

/// Completions for a shell.
#[must_use]
pub fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::grammar(), "layerscope", &mut script);
    script
}

/// The manual page of the program, or of one of its commands, in roff.
///
/// # Errors
/// If there is no such command.
///
/// # Panics
/// Never: a vector accepts every byte.
pub fn man(command: Option<&str>) -> Result<Vec<u8>, NoSuchCommand> {
    let mut grammar = super::grammar();
    grammar.build();
    let page = match command {
        None => grammar,
        Some(name) => {
            let found = grammar.find_subcommand(name).cloned();
            found.ok_or_else(|| NoSuchCommand { name: name.to_owned() })?
        }
    };
    let mut text = Vec::new();
    let written: io::Result<()> = clap_mangen::Man::new(page).source(PAGE_FOOTER).render(&mut text);
    written.expect("a vector accepts every byte");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_that_names_it() {
        for command in super::super::grammar().get_subcommands() {
            let name = command.get_name();
            let page = String::from_utf8(man(Some(name)).expect("a page")).expect("text");
            assert!(page.contains(&format!("layerscope\\-{name}")), "{page}");
        }
        assert!(man(Some("nothing")).is_err());
    }
}
