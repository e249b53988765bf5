//! The target: all of a program that inference may see.
//!
//! A target is a log density on unconstrained space with its gradient, and a map from there to the named values that
//! are reported. Samplers and optimisers import this file and never the compiler, so any density can be sampled: a
//! compiled program, or a dozen lines of Rust in a test.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::draws::Layout;

/// A log density on R^d, known up to a constant, with the values that its points stand for.
pub trait Target: Send + Sync {
    /// Number of unconstrained coordinates, d.
    fn dimension(&self) -> usize;

    /// Names and shapes of what [`Evaluator::constrain`] writes.
    fn layout(&self) -> &Layout;

    /// An evaluator with a workspace of its own; each thread asks for one.
    fn evaluator(&self) -> Box<dyn Evaluator + '_>;

    /// Second derivatives of the log density, where the target has them.
    fn curvature(&self) -> Option<Box<Curvature<'_>>> {
        None
    }

    /// The terms of the log density at `position`, so that a value that is not finite can be blamed on one of them.
    /// Slow; called only to explain a failure.
    fn terms(&self, position: &[f64]) -> Vec<Term>;

    /// What the run-time check `check` demands, in words and with its place.
    fn explain_check(&self, check: Check) -> String;
}

/// Writes the product of the second derivatives at a position with a direction: (position, direction, product).
pub type Curvature<'t> = dyn FnMut(&[f64], &[f64], &mut [f64]) -> Result<(), Rejection> + 't;

/// Evaluates a target in one thread. Evaluations do not allocate, but for the first of a program that has arrays of
/// run-time length.
pub trait Evaluator {
    /// Log density at `position`; writes its gradient into `gradient`. Both slices have the target's dimension. Whether
    /// the gradient is finite is left to the caller, who may see it at no cost.
    fn log_density_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, Rejection>;

    /// Of the last run-time check that failed: where that was, in words, if it was told.
    fn told(&self) -> Option<String> {
        None
    }

    /// Writes the reported values at `position` into `values`, in the order of the target's layout.
    fn constrain(&mut self, position: &[f64], values: &mut [f64]) -> Result<(), Rejection>;
}

/// Number of a check compiled into a program, such as "this scale is positive".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Check(pub u32);

/// Why a point cannot be visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rejection {
    /// The log density is minus infinity: the point is outside the support.
    ZeroDensity,
    /// The log density is plus infinity.
    InfiniteDensity,
    /// The log density is NaN.
    UndefinedDensity,
    /// The log density is finite and its gradient is not.
    UndefinedGradient,
    /// A run-time check failed.
    Check(Check),
}

impl Rejection {
    /// The finite `log_density`, or why it is none.
    pub fn unless_finite(log_density: f64) -> Result<f64, Rejection> {
        if log_density.is_finite() {
            Ok(log_density)
        } else if log_density.is_nan() {
            Err(Rejection::UndefinedDensity)
        } else if log_density > 0.0 {
            Err(Rejection::InfiniteDensity)
        } else {
            Err(Rejection::ZeroDensity)
        }
    }

    /// Whether slopes are finite.
    pub fn unless_slopes(slopes: &[f64]) -> Result<(), Rejection> {
        let finite = slopes.iter().all(|slope| slope.is_finite());
        if finite { Ok(()) } else { Err(Rejection::UndefinedGradient) }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rejection::ZeroDensity => out.write_str("the density is zero"),
            Rejection::InfiniteDensity => out.write_str("the log density is infinite"),
            Rejection::UndefinedDensity => out.write_str("the log density is not a number"),
            Rejection::UndefinedGradient => out.write_str("the gradient is not finite"),
            Rejection::Check(Check(number)) => write!(out, "run-time check {number} failed"),
        }
    }
}

impl std::error::Error for Rejection {}

/// One named summand of a log density, such as a site, and its value at a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The site or expression, as the user wrote it.
    pub name: String,
    /// Its contribution to the log density.
    pub value: f64,
}
