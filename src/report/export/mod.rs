//! Reports for others: a page, a pull request, a spreadsheet, another program.

mod csv;
mod dive;
mod dive_tree;
mod html;
mod markdown;
mod ncdu;
mod page;
mod search_results;
mod settings;
mod sizes;
mod tree;
mod verdict;
mod whole;

pub use csv::report_csv;
pub use dive::report_dive;
pub use html::report_html;
pub use markdown::report_markdown;
pub use ncdu::report_ncdu;
pub use search_results::SearchResults;
pub use sizes::TreeScope;
pub use whole::report_json;
