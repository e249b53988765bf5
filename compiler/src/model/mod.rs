//! The site dialect becomes plain IR: models into densities, expectations into estimators.

mod density;
pub mod expect;
mod posterior;
mod support;

pub use posterior::{CONSTRAIN, LOG_DENSITY, LOG_DENSITY_CONSTRAINED, Posterior, Quantity, TERMS, posterior};
