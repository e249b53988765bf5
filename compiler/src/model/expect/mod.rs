//! Expectations become estimators: plain IR whose value estimates the expectation and whose derivative, taken by the
//! ordinary rules, estimates the gradient.
//!
//! What disappears: `expect` and the `sample` operations inside. What appears: noise (`bits`), calls of the
//! distributions' functions, and `stop`. In `expect { x ~ d by s; k }`, with lp = log d(x) and k the terms of the rest
//! that depend on x:
//!
//! | strategy | plain IR |
//! |---|---|
//! | reparam | `x = g(theta, bits); k(x)` |
//! | enumerate | `reduce add (x) { exp(lp) * k(x) }`, terms of probability zero left out |
//! | reinforce | `x = stop(draw); (k(x) - stop b) * exp(lp - stop lp) + stop b` |
//! | measure-valued | `x = stop(draw); k(x) + sum_j (theta_j - stop theta_j) * stop(c_j * (k(x+_j) - k(x-_j)))` |
//!
//! Terms that do not depend on a site are kept out of its estimator. A term that is a sum over a loop is estimated
//! inside the loop, entry by entry; sites whose values leave their loop are scored jointly, or enumerated along their
//! dependencies.
//!
//! Reinforce: Williams 1992. Stochastic graphs with `stop` as an operator: Foerster et al. 2018 (DiCE). Measure-valued
//! derivatives: Heidergott and Vazquez-Abad 2008, Mohamed et al. 2020, section 6. Composition by continuation: Lew et
//! al. 2023 (ADEV).

mod eliminated;
mod error;
mod rest;
mod rewrite;
mod scored;
mod strategy;

pub use error::EstimatorError;

use crate::ir::{Function, Module};

/// Replaces every expectation of a function by its estimator. The result is first, then functions that it needs; they
/// call the distributions' functions of the module and have no site operation left.
pub fn estimators(module: &Module, function: &Function) -> Result<Vec<Function>, EstimatorError> {
    rewrite::rewrite(module, function, false)
}

/// The same without the terms that no scored draw reaches: what a baseline is compared with.
pub fn scored_terms(module: &Module, function: &Function) -> Result<Vec<Function>, EstimatorError> {
    rewrite::rewrite(module, function, true)
}

#[cfg(test)]
mod tests;
