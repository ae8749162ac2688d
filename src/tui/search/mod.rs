//! Search and filters: what is typed, which rows of a tree or list match it, and fuzzy search over paths.
//!
//! ```text
//! keys ─▶ Finder ─(Filter)─▶ worker: Found over a View, WasteFound over the waste ─▶ rows
//! keys ─▶ jump   ─(Search)─▶ thread: the best of all paths
//! ```
//!
//! Every pass over all nodes runs on another thread, and ends early when something else is wanted ([`Ticket`]).

mod filter;
mod finder;
mod fuzzy;
mod query;
mod waste;
mod words;

pub(in crate::tui) use filter::{Filter, FilterResult, Hidden, Ticket, Tickets, next_match};
pub(in crate::tui) use finder::Finder;
pub(in crate::tui) use fuzzy::{FuzzyMatch, FuzzyQuery, FuzzyResults};
pub(in crate::tui) use query::{Query, QuerySubject};
pub(in crate::tui) use waste::{WasteFound, WasteKey, find_in_waste};
