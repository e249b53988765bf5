//! The embedding API: compile a model, bind its data, sample its posterior.

pub mod draws;
pub mod mcmc;
pub mod rng;
pub mod target;
