//! The site dialect becomes plain IR: models into densities, expectations into estimators.

mod density;
pub mod expect;
pub mod marginal;
mod posterior;
mod summed;
mod support;

pub use posterior::{
    CONSTRAIN, DRAWS, LOG_DENSITY, LOG_DENSITY_CONSTRAINED, Posterior, Quantity, TERMS, posterior,
};
