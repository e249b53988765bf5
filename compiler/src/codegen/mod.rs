//! Kernels to machine code: Cranelift's form, the module in memory, and the one checked call into it.
//!
//! Knows nothing of derivatives.

mod clif;
mod failure;
mod instruction;
mod jit;

pub use failure::Failure;
pub use jit::{Argument, Compiled, Density, Prepared, ResultBuffer, Workspace};

#[cfg(test)]
mod tests;
