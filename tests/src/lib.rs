//! What the tests and the long checks share: programs with their derivatives, interpreted and as native code,
//! estimators, random programs, and the passes with their laws; programs taken to their end, runs that are killed,
//! and a fuzzer.

pub mod calibration;
pub mod corpus;
pub mod density;
pub mod drawn;
pub mod estimate;
pub mod fuzz;
pub mod gap;
pub mod generate;
pub mod guides;
pub mod kills;
pub mod native;
pub mod pass;
pub mod program;
pub mod reference;
pub mod session;
pub mod sources;
