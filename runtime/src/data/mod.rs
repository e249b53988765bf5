//! Data: JSON files with places, checked cell by cell against what a program declares.
//!
//! given (what is where), json (text to values), shape (nested lists to arrays), sizes, cells, structure (what is checked),
//! bind (in which order).

mod bind;
mod cells;
mod declaration;
mod given;
mod json;
mod shape;
mod sizes;
mod structure;

pub use bind::{Array, Data, Values, bind};
pub use declaration::{Declaration, Declared, DeclaredSize, Element, Range};
pub use given::Input;
