//! Types: the tree with every name resolved, every type and shape found, and every mistake explained.
//!
//! A program is checked without its data: sizes are symbols, shapes are polynomials in them, and two different symbols
//! never agree. What is known of signs, index ranges and structures rides on the types and proves things.

pub mod bounds;
mod check;
pub mod exact;
pub mod needed;
pub mod normalised;
pub mod objective;
pub mod print;
mod range;
pub mod smooth;
pub mod structure;
pub mod tree;
pub mod types;

pub use bounds::{Bounds, never_negative};
pub use check::{Files, check, check_session, check_with_files};
pub use range::{End, Range};
