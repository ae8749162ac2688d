//! What an image teaches about layers, in sentences. Every figure in them comes from the analysis of the very image, so a
//! text cannot say what the image does not show.
//!
//! The sentences are safe text: names of the image in them are escaped and redacted already.

mod build_facts;
mod details;
mod disk;
mod explanation;
mod facts;
mod glossary;
mod layer;
mod lessons;
mod names;
mod question;
mod record;
mod step;
mod words;

pub use details::{ImageName, LayerName, history_row, image_names, layer_names, markers, places_on_host};
pub use disk::{OwnBlobs, base_share, disk_use};
pub use explanation::{Explanation, Paragraph};
pub use facts::{Facts, chain_id};
pub use glossary::{Term, glossary, man_page, words_of};
pub use lessons::{LESSONS, Lesson, LessonFault, SkippedLesson, Tour, VIEWS, check_lessons};
pub use question::{Answer, Question};
pub use step::{copied_from, history_line, is_metadata, replacement, why_no_layer};
