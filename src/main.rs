//! The thin binary: the arguments go to the library, its answer becomes the exit code, and an error is printed once, in
//! one sentence.

use std::process::ExitCode;

use layerscope::cli::Cli;
use layerscope::run::Outcome;

#[global_allocator]
static MEMORY: layerscope::memory::Memory = layerscope::memory::Memory;

/// A fault was found.
const FAULT: u8 = 1;
/// It could not be done.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    layerscope::memory::before_the_end(layerscope::tui::give_back_without_memory);
    match layerscope::run::run(Cli::from_command_line()) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::FaultFound) => ExitCode::from(FAULT),
        Err(error) => {
            layerscope::run::print_error(&error);
            ExitCode::from(FAILED)
        }
    }
}
