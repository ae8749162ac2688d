//! The program itself, on archives of real engines and on hostile ones: what it prints, where, and how it ends.

mod archive;
mod cat;
mod history;
mod hostile;
mod ls;
mod summary;
mod tool;
mod words;
