//! IR to IR, one file a pass.

pub mod share;
pub mod simplify;
