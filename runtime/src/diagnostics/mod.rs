//! Whether chains mixed, and how much their draws are worth.
//!
//! Definitions are those of Vehtari, Gelman, Simpson, Carpenter and Bürkner (Bayesian Analysis 2021), computed as ArviZ
//! 0.23 does; the numbers agree with it, as `tests/reference/diagnostics.py` shows.

mod autocovariance;
mod effective_size;
mod energy;
mod predictive;
mod psis;
mod rank;
mod sample;

#[cfg(test)]
pub mod testing;

pub use energy::energy_bfmi;
pub use predictive::{Predictive, loo, waic};
pub use psis::{Smoothed, smooth};
pub use sample::{Sample, samples};
