//! What is told of a fit and kept of it: the summary, a verdict in words, and files; messages as JSON.

mod file;
mod folder;
mod message;
pub(crate) mod number;
mod summary;
mod verdict;

pub use file::{SaveFailure, Saved, Table, endings, nested, save};
pub use folder::{FolderFault, OutputFolder};
pub use message::json_lines;
pub use summary::{Row, Summary};
