//! The program around the views: the loop, the terminal, and the screen with its header and footer.

mod footer;
mod header;
mod opening;
mod run;
mod screen;
mod terminal;
mod timings;

pub use run::run;
pub use screen::{Due, LoopRequest, Screen};
pub use terminal::{columns, give_back_without_memory};
