//! Tile kernels: the numeric loops that Rust compiles once for each vector width, and the one
//! definition of every elementary function, random draw and reduction order of the language.
//!
//! The interpreter, the generated code and the runtime call the same functions, so no choice of
//! lanes or of machine changes a value.

pub mod elementary;
pub mod level;
pub mod linalg;
pub mod random;
pub mod reduce;
pub mod special;
pub mod tile;
