//! Samplers by Hamiltonian dynamics.
//!
//! hamiltonian (leapfrog); trajectory and subtree (the no-U-turn sampler), metropolis (trajectories of given length), method
//! (which), transition (what all have in common); step_size and metric (what is adapted), warmup (when), start (where from),
//! chain, chains (threads). Only the target, the streams of random numbers and the draws are seen from here.

mod chain;
mod chains;
mod hamiltonian;
mod method;
mod metric;
mod metropolis;
mod progress;
mod settings;
mod step_size;
mod subtree;
mod trajectory;
mod transition;
mod vector;
mod warmup;

#[cfg(test)]
pub(crate) mod testing;

pub use chain::{Chain, ChainFailure};
pub use chains::{Failure, Fit, Made, sample};
pub use method::Method;
pub use metric::MetricKind;
pub use metropolis::Length;
pub use progress::{ChainProgress, Keeper, Progress};
pub use settings::Settings;
pub use step_size::StepSizeFailure;
pub use transition::{Outcome, Transition};
