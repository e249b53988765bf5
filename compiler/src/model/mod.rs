//! The site dialect becomes plain IR: models into densities, expectations into estimators.

pub mod expect;
