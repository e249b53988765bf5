//! What is told of a fit and kept of it: the summary, a verdict in words, and files; messages as JSON.

mod file;
mod fit;
mod folder;
mod message;
pub(crate) mod number;
mod parquet;
mod report;
mod stan;
mod summary;
mod verdict;

pub use file::{Array, Cell, SaveFailure, Saved, Table, endings, nested, save};
pub use folder::{FolderFault, OutputFolder};
pub use message::json_lines;
#[cfg(test)]
pub use parquet::written as written_parquet;
pub use report::{Check, Report};
pub use summary::{Row, Summary};
