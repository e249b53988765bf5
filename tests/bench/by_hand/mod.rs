//! What an engineer would write by hand in Rust for the same work: the yardstick of every speed claim.

pub mod autoregression;
pub mod dynamics;
pub mod eight_schools;
pub mod elbo;
pub mod gaussian_process;
pub mod hidden_markov;
pub mod logistic;
pub mod mixture;
pub mod random;
pub mod regression;
pub mod robertson;
pub mod sum_exp;

use std::f64::consts::PI;

/// A log density over the coordinates that samplers use, Jacobians included.
pub trait ByHand {
    /// Log density at `q`; writes the gradient.
    fn log_density_gradient(&mut self, q: &[f64], gradient: &mut [f64]) -> f64;
}

/// The constant of a normal distribution's log density.
fn normal_constant(scale: f64) -> f64 {
    -0.5 * (2.0 * PI).ln() - scale.ln()
}

/// Log density of the logarithm of a half normal value, and its derivative.
fn log_half_normal(log_value: f64, scale: f64) -> (f64, f64) {
    let ratio = (log_value.exp() / scale).powi(2);
    (std::f64::consts::LN_2 + normal_constant(scale) - 0.5 * ratio + log_value, 1.0 - ratio)
}

/// Log density of the logarithm of a half Cauchy value, and its derivative.
fn log_half_cauchy(log_value: f64, scale: f64) -> (f64, f64) {
    let ratio = (log_value.exp() / scale).powi(2);
    ((2.0 / (PI * scale)).ln() - ratio.ln_1p() + log_value, 1.0 - 2.0 * ratio / (1.0 + ratio))
}

/// 1 / (1 + e^-x)
fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
