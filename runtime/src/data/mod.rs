//! Data: files with places, checked cell by cell against what a program declares.
//!
//! given (what is where), format (which endings), json, csv and npy (files to values), shape (nested lists to arrays), sizes, cells, structure (what is checked),
//! bind (in which order); stored (what a run has saved).

mod bind;
mod cells;
mod csv;
mod declaration;
mod format;
mod given;
mod json;
pub(crate) mod npy;
mod parquet;
mod shape;
mod sizes;
mod stored;
mod structure;

pub use bind::{Array, Data, Values, bind};
pub use declaration::{Declaration, Declared, DeclaredSize, Element, Range};
pub use format::{File, endings};
pub use given::Input;
pub use stored::Stored;
