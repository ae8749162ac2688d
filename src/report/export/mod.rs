//! Reports for others: a page, a pull request, a spreadsheet, another program.

mod csv;
mod dive;
mod dive_tree;
mod found;
mod html;
mod markdown;
mod ncdu;
mod page;
mod settings;
mod sizes;
mod tree;
mod verdict;
mod whole;

pub use csv::report_csv;
pub use dive::report_dive;
pub use found::SearchResults;
pub use html::report_html;
pub use markdown::report_markdown;
pub use ncdu::report_ncdu;
pub use sizes::TreeScope;
pub use whole::report_json;
