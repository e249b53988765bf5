//! The metric of low rank plus diagonal: M^-1 = S (1 + V (D - 1) V') S with a diagonal S, and few columns in V.
//!
//! Draws and gradients of the warm-up decide it together, by the least Fisher divergence between the target, in the
//! metric's coordinates, and a standard normal (Seyboldt, Carlson and Carpenter 2024, "Preconditioning Hamiltonian Monte
//! Carlo by minimizing Fisher divergence"): S^2 is the root of the draws' variances over the gradients', and D V are the
//! eigenvalues, far enough from 1, of the geometric mean of the draws' covariance and the inverse of the gradients'.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::{Metric, shrinkage};
use crate::mcmc::hamiltonian::State;
use crate::mcmc::vector::dot;
use crate::rng::Stream;

/// A mass matrix M of low rank plus diagonal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LowRankMetric {
    /// The diagonal of S.
    scale: Vec<f64>,
    directions: Vec<Direction>,
    learnt: Vec<(Vec<f64>, Vec<f64>)>,
}

/// A column of V with its entry of D.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Direction {
    vector: Vec<f64>,
    variance: f64,
}

/// Eigenvalues between this and its inverse are left to the diagonal.
const CUTOFF: f64 = 2.0;
/// In more dimensions, directions are looked for among those of so many draws and of their gradients.
const MOST_DRAWS: usize = 128;

impl LowRankMetric {
    /// M = 1.
    pub fn identity(dimension: usize) -> LowRankMetric {
        LowRankMetric { scale: vec![1.0; dimension], directions: Vec::new(), learnt: Vec::new() }
    }

    /// Adds V (f(D) - 1) V' x to x, all vectors at once: V is orthonormal.
    fn stretch(&self, x: &mut [f64], f: fn(f64) -> f64) {
        let along: Vec<f64> = self.directions.iter().map(|direction| dot(&direction.vector, x)).collect();
        for (direction, along) in self.directions.iter().zip(along) {
            let more = along * (f(direction.variance) - 1.0);
            for (x, v) in x.iter_mut().zip(&direction.vector) {
                *x += more * v;
            }
        }
    }
}

impl Metric for LowRankMetric {
    fn draw_momentum(&self, momentum: &mut [f64], stream: &mut Stream) {
        stream.fill_normal(momentum);
        self.stretch(momentum, |variance| variance.sqrt().recip());
        for (momentum, scale) in momentum.iter_mut().zip(&self.scale) {
            *momentum /= scale;
        }
    }

    fn velocity(&self, momentum: &[f64], velocity: &mut [f64]) {
        for ((velocity, momentum), scale) in velocity.iter_mut().zip(momentum).zip(&self.scale) {
            *velocity = scale * momentum;
        }
        self.stretch(velocity, |variance| variance);
        for (velocity, scale) in velocity.iter_mut().zip(&self.scale) {
            *velocity *= scale;
        }
    }

    fn diagonal(&self) -> Vec<f64> {
        let entry = |(i, scale): (usize, &f64)| {
            let more = self.directions.iter().map(|it| it.vector[i].powi(2) * (it.variance - 1.0));
            scale * scale * (1.0 + more.sum::<f64>())
        };
        self.scale.iter().enumerate().map(entry).collect()
    }

    fn learn(&mut self, state: &State) {
        self.learnt.push((state.position.clone(), state.gradient.clone()));
    }

    fn adapt(&mut self) -> bool {
        const FEWEST: usize = 10;
        let learnt = std::mem::take(&mut self.learnt);
        if learnt.len() < FEWEST {
            return false;
        }
        let Some((scale, draws, gradients)) = standardised(&learnt) else { return false };
        let Some(directions) = directions(&draws, &gradients) else { return false };
        (self.scale, self.directions) = (scale, directions);
        true
    }

    fn kept(&self) -> Vec<u8> {
        crate::kept::bytes(self)
    }

    fn restore(&mut self, kept: &[u8]) -> Option<()> {
        let other: LowRankMetric = crate::kept::value(kept)?;
        let same = other.scale.len() == self.scale.len();
        same.then(|| *self = other)
    }
}

/// A position and the gradient there.
type Learnt = (Vec<f64>, Vec<f64>);

/// The diagonal of S, and draws and gradients in its coordinates, a column each. Nothing if an entry is not finite.
fn standardised(learnt: &[Learnt]) -> Option<(Vec<f64>, DMatrix<f64>, DMatrix<f64>)> {
    const LARGEST: f64 = 1e10;
    let dimension = learnt[0].0.len();
    let matrix = |column: fn(&Learnt) -> &[f64]| {
        let mut matrix = DMatrix::from_fn(dimension, learnt.len(), |i, j| column(&learnt[j])[i]);
        let mean: DVector<f64> = matrix.column_mean();
        matrix.column_iter_mut().for_each(|mut column| column -= &mean);
        matrix
    };
    let mut draws = matrix(|state| &state.0);
    let mut gradients = matrix(|state| &state.1);
    if !draws.iter().chain(gradients.iter()).all(|entry| entry.is_finite()) {
        return None;
    }
    let scale = |i: usize| {
        let ratio = draws.row(i).norm_squared() / gradients.row(i).norm_squared();
        // Nothing is known of a coordinate that does not move, or without slope.
        if ratio.is_normal() { ratio.sqrt().sqrt().clamp(LARGEST.recip(), LARGEST) } else { 1.0 }
    };
    let scale: Vec<f64> = (0..dimension).map(scale).collect();
    for (i, scale) in scale.iter().enumerate() {
        draws.row_mut(i).unscale_mut(*scale);
        gradients.row_mut(i).scale_mut(*scale);
    }
    Some((scale, draws, gradients))
}

/// The directions in which standardised draws are far from standard.
fn directions(draws: &DMatrix<f64>, gradients: &DMatrix<f64>) -> Option<Vec<Direction>> {
    let basis = basis(draws, gradients);
    let within = |columns: &DMatrix<f64>| match &basis {
        Some(basis) => basis.tr_mul(columns),
        None => columns.clone(),
    };
    let covariance = |columns: &DMatrix<f64>| {
        let count = columns.ncols() as f64;
        let [weight, floor] = shrinkage(count);
        let within = within(columns);
        let rows = within.nrows();
        (&within * within.transpose()) * (weight / count) + DMatrix::identity(rows, rows) * floor
    };
    let mean = geometric_mean(&covariance(draws), covariance(gradients))?.symmetric_eigen();
    let far = |variance: f64| variance > CUTOFF || variance < CUTOFF.recip();
    let chosen =
        mean.eigenvalues.iter().zip(mean.eigenvectors.column_iter()).filter(|(value, _)| far(**value));
    let direction = |(variance, vector): (&f64, nalgebra::DVectorView<f64>)| {
        let vector = match &basis {
            Some(basis) => basis * vector,
            None => vector.into_owned(),
        };
        Direction { vector: vector.as_slice().to_vec(), variance: *variance }
    };
    Some(chosen.map(direction).collect())
}

/// Orthonormal columns among which directions are looked for; none where that is the whole space.
fn basis(draws: &DMatrix<f64>, gradients: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let (dimension, count) = draws.shape();
    let used = count.min(MOST_DRAWS);
    if dimension <= 2 * used {
        return None;
    }
    let spread = |column: usize| column * count / used;
    let columns = DMatrix::from_fn(dimension, 2 * used, |i, j| match j.checked_sub(used) {
        None => draws[(i, spread(j))],
        Some(j) => gradients[(i, spread(j))],
    });
    Some(columns.qr().q())
}

/// The symmetric X with X B X = A. Nothing if B is singular.
fn geometric_mean(a: &DMatrix<f64>, b: DMatrix<f64>) -> Option<DMatrix<f64>> {
    let lower = b.cholesky()?.l();
    let middle = lower.tr_mul(a) * &lower;
    let eigen = middle.symmetric_eigen();
    let roots = eigen.eigenvalues.map(|value| value.max(0.0).sqrt());
    let root = &eigen.eigenvectors * DMatrix::from_diagonal(&roots) * eigen.eigenvectors.transpose();
    let left = lower.tr_solve_lower_triangular(&root)?;
    let mean = lower.tr_solve_lower_triangular(&left.transpose())?;
    Some((&mean + mean.transpose()) * 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_geometric_mean_solves_its_equation() {
        let a = DMatrix::from_row_slice(2, 2, &[3.0, 1.0, 1.0, 2.0]);
        let b = DMatrix::from_row_slice(2, 2, &[5.0, -1.0, -1.0, 0.5]);
        let mean = geometric_mean(&a, b.clone()).expect("positive definite");
        assert!((&mean * b * &mean - a).amax() < 1e-13, "{mean}");
    }

    #[test]
    fn few_draws_teach_nothing() {
        let mut metric = LowRankMetric::identity(1);
        metric.learn(&State::blank(1));
        assert!(!metric.adapt());
    }
}
