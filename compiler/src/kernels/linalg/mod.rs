//! Dense linear algebra on row-major `f64` arrays in the caller's buffers: contractions of two arrays,
//! Cholesky factors and triangular systems. Small sizes by own loops, the rest by faer on one thread.
//!
//! Nothing here allocates but the plan of a contraction, and faer's products a buffer for each thread, once.

#![allow(clippy::needless_range_loop, reason = "formulas of matrices are written with their indices")]

mod cholesky;
mod contraction;
mod multiply;
mod triangular;
mod vector;

pub use cholesky::{CHOLESKY, Cholesky, NotPositiveDefinite, cholesky, scratch_length};
pub use contraction::{Contraction, Extents, Labelled, contract, is_plain, row_major};
pub use triangular::{SOLVE, Solve, System, solve};

#[cfg(test)]
mod tests;
