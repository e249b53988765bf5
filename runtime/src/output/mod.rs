//! What is told of a fit and kept of it: the summary, a verdict in words, and files; messages as JSON.

mod file;
mod fit;
mod folder;
mod message;
pub(crate) mod number;
mod report;
mod stan;
mod summary;
mod verdict;

pub use file::{Array, SaveFailure, Saved, Table, endings, nested, save};
pub use folder::{FolderFault, OutputFolder};
pub use message::json_lines;
pub use report::{Check, Report};
pub use summary::{Row, Summary};
