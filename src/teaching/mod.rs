//! What an image teaches about layers, in sentences. Every figure in them comes from the analysis of the very image, so a
//! text cannot say what the image does not show.
//!
//! The sentences are safe text: names of the image in them are escaped and redacted already.

mod explanation;
mod glossary;
mod layer;
mod step;
mod words;

pub use explanation::{Explanation, Paragraph};
pub use glossary::{Term, glossary, man_page, words_of};
pub use step::why_no_layer;
