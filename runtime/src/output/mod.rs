//! What is told of a fit and kept of it: the summary, a verdict in words, and files of draws; messages as JSON.

mod file;
mod folder;
mod message;
mod number;
mod summary;
mod verdict;

pub use file::{SaveFailure, endings, save};
pub use folder::{FolderFault, OutputFolder};
pub use message::json_lines;
pub use summary::{Row, Summary};
