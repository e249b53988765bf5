//! IR to IR, one file a pass.

pub mod copy;
pub mod distribute;
pub mod hoist;
pub mod prune;
pub mod share;
pub mod simplify;
