//! What the tests and the long checks share: programs with their derivatives, interpreted and as native code,
//! estimators, random programs, and the passes with their laws.

pub mod corpus;
pub mod estimate;
pub mod gap;
pub mod generate;
pub mod native;
pub mod pass;
pub mod program;
pub mod session;
