//! The no-U-turn sampler: Hamiltonian dynamics whose length is chosen point by point.
//!
//! hamiltonian (leapfrog), trajectory and subtree (one transition), step_size and metric (what is adapted), warmup (when), start (where
//! from), chain, chains (threads). Only the target, the streams of random numbers and the draws are seen from here.

mod chain;
mod chains;
mod hamiltonian;
mod metric;
mod progress;
mod settings;
mod start;
mod step_size;
mod subtree;
mod trajectory;
mod vector;
mod warmup;

#[cfg(test)]
mod testing;

pub use chain::{Chain, ChainFailure};
pub use chains::{Failure, Fit, sample};
pub use progress::{ChainProgress, Progress};
pub use settings::Settings;
pub use start::NoStart;
pub use step_size::StepSizeFailure;
pub use trajectory::{Limits, Outcome, Transition};
