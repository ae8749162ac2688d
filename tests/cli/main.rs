//! The program itself, on archives of real engines and on hostile ones: what it prints, where, and how it ends.

mod archive;
mod base;
mod cache;
mod cat;
mod check;
mod export;
mod history;
mod hostile;
mod incomplete;
mod junk;
mod ls;
mod planted;
mod report;
mod report_page;
mod secrets;
mod summary;
mod take_and_check;
mod tool;
mod waste;
mod words;
