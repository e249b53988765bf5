//! The site dialect becomes plain IR: models into densities and functions that draw, expectations into estimators.

mod density;
pub mod expect;
pub mod marginal;
pub mod objective;
mod partial;
mod peel;
mod posterior;
mod rows;
mod simulate;
mod summed;
mod support;
mod turns;
mod values;

pub use posterior::{
    CONSTRAIN, DRAWS, GivenEntry, LOG_DENSITY, LOG_DENSITY_CONSTRAINED, LOG_DENSITY_NATURAL, Posterior,
    Quantity, TERMS, UNCONSTRAIN, WEIGHTED, Weighted, natural, posterior, unconstrain, weighted,
};
pub use simulate::{SIMULATE, Simulation, Wanted, drawn_sites, simulation};
pub use values::log_density_at;
