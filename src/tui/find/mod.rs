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
mod found;
mod fuzzy;
mod next;
mod pattern;
mod query;
mod ticket;
mod waste;
mod words;

pub(super) use filter::{Filter, Hidden};
pub(super) use finder::Finder;
pub(super) use found::FilterResult;
pub(super) use fuzzy::{FuzzyMatch, FuzzyQuery, FuzzyResults};
pub(super) use next::next_match;
pub(super) use query::{Query, QuerySubject};
pub(super) use ticket::{Ticket, Tickets};
pub(super) use waste::{WasteFound, WasteKey, find_in_waste};
