//! The Laplace approximation: the normal with a target's mode and its curvature there (Tierney and Kadane 1986).

use std::f64::consts::PI;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use nalgebra::{DMatrix, DVector};

use super::mode::{Mode, ModeFailure, mode};
use crate::rng::{Purpose, Stream};
use crate::target::{Evaluator, Rejection, Target};

/// A normal on unconstrained space.
#[derive(Clone, Debug, PartialEq)]
pub struct Laplace {
    /// Its mean.
    pub mode: Mode,
    /// Minus the second derivatives of the log density at the mode.
    pub hessian: DMatrix<f64>,
    /// Its covariance, the inverse of that.
    pub covariance: DMatrix<f64>,
    /// Log of the integral of the target that it stands for: log p + d/2 log 2 pi - 1/2 log det H.
    pub log_evidence: f64,
    /// Lower triangular L with L L' = H.
    factor: DMatrix<f64>,
}

/// Why there is no approximation.
#[derive(Clone, Debug, PartialEq)]
pub enum LaplaceFailure {
    /// There is no mode.
    Mode(ModeFailure),
    /// The second derivatives at the mode are not defined.
    Undefined(Rejection),
    /// The density does not fall in every direction from the mode.
    Flat,
}

impl fmt::Display for LaplaceFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LaplaceFailure::Mode(failure) => failure.fmt(out),
            LaplaceFailure::Undefined(rejection) => {
                write!(out, "the curvature at the mode is not defined: {rejection}")
            }
            LaplaceFailure::Flat => out.write_str(
                "the density does not fall in every direction from its mode, so no normal touches it there",
            ),
        }
    }
}

/// The approximation at the best mode that `starts` searches lead to; none once `stop` is raised.
pub fn laplace(
    target: &dyn Target,
    seed: u64,
    starts: usize,
    stop: &AtomicBool,
) -> Result<Laplace, LaplaceFailure> {
    let mode = mode(target, seed, starts, stop).map_err(LaplaceFailure::Mode)?;
    let hessian = hessian(target, &mode.position, stop)?;
    let factor = hessian.clone().cholesky().ok_or(LaplaceFailure::Flat)?;
    let log_det: f64 = 2.0 * factor.l_dirty().diagonal().map(f64::ln).sum();
    let log_evidence = mode.log_density + 0.5 * (mode.position.len() as f64 * (2.0 * PI).ln() - log_det);
    Ok(Laplace { mode, covariance: factor.inverse(), hessian, log_evidence, factor: factor.l() })
}

/// Minus the second derivatives: exactly by the target's own products with directions, or else by central differences of
/// gradients, whose steps of the cube root of the rounding error leave relative errors of about 10^-10.
fn hessian(target: &dyn Target, at: &[f64], stop: &AtomicBool) -> Result<DMatrix<f64>, LaplaceFailure> {
    let dimension = at.len();
    let mut columns = DMatrix::zeros(dimension, dimension);
    let mut product = vec![0.0; dimension];
    let mut curvature = target.curvature();
    let mut evaluator = target.evaluator();
    for i in 0..dimension {
        if stop.load(Ordering::Relaxed) {
            return Err(LaplaceFailure::Mode(ModeFailure::Interrupted));
        }
        let column = match &mut curvature {
            Some(curvature) => {
                let mut direction = vec![0.0; dimension];
                direction[i] = 1.0;
                curvature(at, &direction, &mut product)
            }
            None => difference(&mut *evaluator, at, i, &mut product),
        };
        column.map_err(LaplaceFailure::Undefined)?;
        columns.column_mut(i).iter_mut().zip(&product).for_each(|(entry, slope)| *entry = -slope);
    }
    Rejection::unless_slopes(columns.as_slice()).map_err(LaplaceFailure::Undefined)?;
    Ok((&columns + columns.transpose()) * 0.5)
}

fn difference(
    evaluator: &mut dyn Evaluator,
    at: &[f64],
    coordinate: usize,
    product: &mut [f64],
) -> Result<(), Rejection> {
    let step = f64::EPSILON.cbrt() * at[coordinate].abs().max(1.0);
    let mut gradients = [vec![0.0; at.len()], vec![0.0; at.len()]];
    let mut places = [0.0; 2];
    for ((gradient, place), sign) in gradients.iter_mut().zip(&mut places).zip([-1.0, 1.0]) {
        let mut moved = at.to_vec();
        moved[coordinate] += sign * step;
        *place = moved[coordinate];
        evaluator.log_density_gradient(&moved, gradient)?;
    }
    let [before, after] = &gradients;
    for ((product, after), before) in product.iter_mut().zip(after).zip(before) {
        *product = (after - before) / (places[1] - places[0]);
    }
    Ok(())
}

impl Laplace {
    /// The normal's draws of one stream, a column each: mode + L'^-1 z.
    pub fn draws(&self, seed: u64, chain: usize, count: usize) -> DMatrix<f64> {
        let dimension = self.mode.position.len();
        let mut stream = Stream::new(seed, chain as u32, Purpose::Trajectory);
        let mut draws = DMatrix::zeros(dimension, count);
        draws.column_iter_mut().for_each(|mut column| stream.fill_normal(column.as_mut_slice()));
        let solved = self.factor.tr_solve_lower_triangular(&draws);
        let mut draws = solved.expect("the factor has a positive diagonal");
        let mode = DVector::from_column_slice(&self.mode.position);
        draws.column_iter_mut().for_each(|mut column| column += &mode);
        draws
    }

    /// The normal's log density, times the evidence.
    pub fn log_density(&self, position: &[f64]) -> f64 {
        let away = DVector::from_iterator(
            position.len(),
            position.iter().zip(&self.mode.position).map(|(x, mode)| x - mode),
        );
        self.mode.log_density - 0.5 * away.dot(&(&self.hessian * &away))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcmc::testing::{Density, correlated, flat};

    /// log of the integral of exp(-x' P x / 2) is log det (2 pi C) / 2.
    #[test]
    fn of_a_normal_it_is_the_normal() {
        let scales = [0.1, 1.0, 10.0];
        let found =
            laplace(&correlated(&scales, 0.5), 1, 2, &AtomicBool::new(false)).expect("an approximation");
        let covariance =
            DMatrix::from_fn(3, 3, |i, j| scales[i] * scales[j] * if i == j { 1.0 } else { 0.5 });
        let relative = (&found.covariance - &covariance).component_div(&covariance);
        assert!(relative.amax() < 1e-8, "{}", found.covariance);
        let evidence = 0.5 * (covariance * (2.0 * PI)).determinant().ln();
        assert!((found.log_evidence - evidence).abs() < 1e-8, "{} {evidence}", found.log_evidence);
        let point = [0.3, -1.0, 4.0];
        let mut gradient = [0.0; 3];
        let target = correlated(&scales, 0.5);
        let exact = target.evaluator().log_density_gradient(&point, &mut gradient).expect("finite");
        assert!((found.log_density(&point) - exact).abs() < 1e-6);
    }

    /// Means and mean squares of 4,000 independent draws, to five standard errors: one of six fails once in 3 10^5 seeds.
    #[test]
    fn its_draws_have_its_moments() {
        let scales = [0.1, 1.0, 10.0];
        let found =
            laplace(&correlated(&scales, 0.9), 1, 1, &AtomicBool::new(false)).expect("an approximation");
        let draws = found.draws(3, 0, 4_000);
        for (row, scale) in draws.row_iter().zip(scales) {
            let z = row / scale;
            let square = z.map(|z| z * z).mean();
            assert!(z.mean().abs() < 5.0 / 4_000f64.sqrt(), "{}", z.mean());
            assert!((square - 1.0).abs() < 5.0 * (2.0f64 / 4_000.0).sqrt(), "{square}");
        }
    }

    /// A gamma integral in log space: x = log t, density t^a e^-t; Stirling's series begins 1 / (12 a).
    #[test]
    fn the_evidence_of_a_gamma_is_stirlings() {
        const SHAPE: f64 = 50.0;
        let target = Density::new(1, |position, gradient| {
            gradient[0] = SHAPE - position[0].exp();
            Ok(SHAPE * position[0] - position[0].exp())
        });
        let found = laplace(&target, 1, 1, &AtomicBool::new(false)).expect("an approximation").log_evidence;
        let log_gamma: f64 = (1..50).map(|n| f64::from(n).ln()).sum();
        let error = log_gamma - found;
        assert!((error - 1.0 / (12.0 * SHAPE)).abs() < 1e-6, "{error}");
    }

    #[test]
    fn one_that_is_ended_is_none() {
        let ended = laplace(&correlated(&[1.0], 0.0), 1, 1, &AtomicBool::new(true));
        assert_eq!(ended, Err(LaplaceFailure::Mode(ModeFailure::Interrupted)));
    }

    #[test]
    fn a_flat_density_has_none() {
        assert_eq!(laplace(&flat(), 1, 1, &AtomicBool::new(false)), Err(LaplaceFailure::Flat));
    }
}
