//! The dense metric: covariances of the warm-up draws.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::{Metric, shrinkage};
use crate::mcmc::hamiltonian::State;
use crate::mcmc::vector::dot;
use crate::rng::Stream;

/// A mass matrix M, stored as its inverse and the Cholesky factor of that. Matrices are row after row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DenseMetric {
    dimension: usize,
    inverse: Vec<f64>,
    /// Lower triangular L with L L' = M^-1.
    factor: Vec<f64>,
    estimate: CovarianceEstimate,
}

/// Running mean and sum of products of deviations (Welford 1962).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct CovarianceEstimate {
    count: f64,
    mean: Vec<f64>,
    /// The lower triangle.
    products: Vec<f64>,
}

impl CovarianceEstimate {
    fn new(dimension: usize) -> CovarianceEstimate {
        let products = vec![0.0; dimension * dimension];
        CovarianceEstimate { count: 0.0, mean: vec![0.0; dimension], products }
    }

    fn add(&mut self, position: &[f64]) {
        self.count += 1.0;
        let before: Vec<f64> = position.iter().zip(&self.mean).map(|(x, mean)| x - mean).collect();
        for (mean, deviation) in self.mean.iter_mut().zip(&before) {
            *mean += deviation / self.count;
        }
        for (i, row) in self.products.chunks_exact_mut(position.len()).enumerate() {
            let after = position[i] - self.mean[i];
            for (product, before) in row[..=i].iter_mut().zip(&before) {
                *product += after * before;
            }
        }
    }

    /// The covariances, shrunk.
    fn covariance(&self) -> DMatrix<f64> {
        let dimension = self.mean.len();
        let [weight, floor] = shrinkage(self.count);
        DMatrix::from_fn(dimension, dimension, |i, j| {
            let product = self.products[i.max(j) * dimension + i.min(j)];
            weight * product / (self.count - 1.0) + if i == j { floor } else { 0.0 }
        })
    }
}

impl DenseMetric {
    /// M = 1.
    pub fn identity(dimension: usize) -> DenseMetric {
        let identity: Vec<f64> = DMatrix::identity(dimension, dimension).as_slice().to_vec();
        let estimate = CovarianceEstimate::new(dimension);
        DenseMetric { dimension, inverse: identity.clone(), factor: identity, estimate }
    }
}

impl Metric for DenseMetric {
    /// p = L'^-1 z.
    fn draw_momentum(&self, momentum: &mut [f64], stream: &mut Stream) {
        stream.fill_normal(momentum);
        for i in (0..self.dimension).rev() {
            let row = &self.factor[i * self.dimension..=i * self.dimension + i];
            let (earlier, solved) = momentum.split_at_mut(i);
            solved[0] /= row[i];
            for (momentum, factor) in earlier.iter_mut().zip(row) {
                *momentum -= factor * solved[0];
            }
        }
    }

    fn velocity(&self, momentum: &[f64], velocity: &mut [f64]) {
        for (velocity, row) in velocity.iter_mut().zip(self.inverse.chunks_exact(self.dimension)) {
            *velocity = dot(row, momentum);
        }
    }

    fn diagonal(&self) -> Vec<f64> {
        self.inverse.iter().step_by(self.dimension + 1).copied().collect()
    }

    fn learn(&mut self, state: &State) {
        self.estimate.add(&state.position);
    }

    fn adapt(&mut self) -> bool {
        let learnt = std::mem::replace(&mut self.estimate, CovarianceEstimate::new(self.dimension));
        if learnt.count < 2.0 || learnt.products.iter().any(|product| !product.is_finite()) {
            return false;
        }
        let covariance = learnt.covariance();
        let Some(factor) = covariance.clone().cholesky() else { return false };
        self.inverse.copy_from_slice(covariance.as_slice());
        self.factor.copy_from_slice(factor.l().transpose().as_slice());
        true
    }

    fn kept(&self) -> Vec<u8> {
        crate::kept::bytes(self)
    }

    fn restore(&mut self, kept: &[u8]) -> Option<()> {
        let other: DenseMetric = crate::kept::value(kept)?;
        let same = other.dimension == self.dimension && other.inverse.len() == self.inverse.len();
        same.then(|| *self = other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_is_the_sample_covariance_shrunk_by_five_draws() {
        let mut estimate = CovarianceEstimate::new(2);
        [[1.0, 2.0], [2.0, 5.0], [4.0, 3.0], [9.0, 8.0]].iter().for_each(|x| estimate.add(x));
        let covariance = estimate.covariance();
        // Means 4 and 4.5; products of deviations 38 and 28 / 3 * 3.
        let expected = |product: f64, floor: f64| 4.0 / 9.0 * product / 3.0 + floor;
        assert!((covariance[(0, 0)] - expected(38.0, 1e-3 * 5.0 / 9.0)).abs() < 1e-13);
        assert!((covariance[(0, 1)] - expected(24.0, 0.0)).abs() < 1e-13, "{covariance}");
        assert_eq!(covariance[(0, 1)], covariance[(1, 0)]);
    }

    #[test]
    fn a_draw_that_is_not_finite_leaves_the_matrix_alone() {
        let mut metric = DenseMetric::identity(1);
        for x in [1.0, f64::INFINITY, 2.0] {
            metric.learn(&State { position: vec![x], ..State::blank(1) });
        }
        assert!(!metric.adapt());
        assert_eq!(metric, DenseMetric::identity(1));
    }
}
