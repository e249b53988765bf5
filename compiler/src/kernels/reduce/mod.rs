//! Reductions in the one order that the language fixes: see [`order`]. The interpreter uses
//! [`reduce`], generated code the streamed kernels of [`streaming`]; both give the same bits.

pub mod logsumexp;
pub mod operators;
pub mod order;
pub mod streaming;

pub use logsumexp::logsumexp;
pub use order::{Partials, WAYS, reduce};
pub use streaming::{Reducer, find, float, integer, truth};

#[cfg(test)]
mod tests;
