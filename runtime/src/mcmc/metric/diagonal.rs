//! The diagonal metric and its estimate from warm-up draws.

use serde::{Deserialize, Serialize};

use super::{Metric, shrinkage};
use crate::mcmc::hamiltonian::State;
use crate::rng::Stream;

/// A mass matrix M that is diagonal, stored as its inverse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiagonalMetric {
    inverse: Vec<f64>,
    root: Vec<f64>,
    estimate: VarianceEstimate,
}

impl DiagonalMetric {
    /// M = 1.
    pub fn identity(dimension: usize) -> DiagonalMetric {
        let estimate = VarianceEstimate::new(dimension);
        DiagonalMetric { inverse: vec![1.0; dimension], root: vec![1.0; dimension], estimate }
    }
}

impl Metric for DiagonalMetric {
    fn draw_momentum(&self, momentum: &mut [f64], stream: &mut Stream) {
        stream.fill_normal(momentum);
        for (momentum, root) in momentum.iter_mut().zip(&self.root) {
            *momentum *= root;
        }
    }

    fn velocity(&self, momentum: &[f64], velocity: &mut [f64]) {
        for ((velocity, momentum), inverse) in velocity.iter_mut().zip(momentum).zip(&self.inverse) {
            *velocity = inverse * momentum;
        }
    }

    fn drift(&self, step: f64, position: &mut [f64], momentum: &[f64], _: &mut [f64]) {
        for ((position, momentum), inverse) in position.iter_mut().zip(momentum).zip(&self.inverse) {
            *position += step * inverse * momentum;
        }
    }

    fn diagonal(&self) -> Vec<f64> {
        self.inverse.clone()
    }

    fn learn(&mut self, state: &State) {
        self.estimate.add(&state.position);
    }

    fn adapt(&mut self) -> bool {
        let usable = self.estimate.finish(&mut self.inverse);
        if usable {
            for (root, variance) in self.root.iter_mut().zip(&self.inverse) {
                *root = variance.sqrt().recip();
            }
        }
        usable
    }

    fn kept(&self) -> Vec<u8> {
        crate::kept::bytes(self)
    }

    fn restore(&mut self, kept: &[u8]) -> Option<()> {
        let other: DiagonalMetric = crate::kept::value(kept)?;
        let same = other.inverse.len() == self.inverse.len();
        same.then(|| *self = other)
    }
}

/// Running mean and sum of squared deviations (Welford 1962), one pair per coordinate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct VarianceEstimate {
    count: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

impl VarianceEstimate {
    fn new(dimension: usize) -> VarianceEstimate {
        VarianceEstimate { count: 0.0, mean: vec![0.0; dimension], squares: vec![0.0; dimension] }
    }

    fn add(&mut self, position: &[f64]) {
        self.count += 1.0;
        for ((mean, squares), x) in self.mean.iter_mut().zip(&mut self.squares).zip(position) {
            let deviation = x - *mean;
            *mean += deviation / self.count;
            *squares += deviation * (x - *mean);
        }
    }

    /// Writes the variances and forgets the draws. Writes nothing and returns false when one is not finite or no two
    /// draws came in.
    fn finish(&mut self, variances: &mut [f64]) -> bool {
        let count = self.count;
        let usable = count > 1.0 && self.squares.iter().all(|squares| squares.is_finite());
        if usable {
            let [weight, floor] = shrinkage(count);
            for (variance, squares) in variances.iter_mut().zip(&self.squares) {
                *variance = weight * squares / (count - 1.0) + floor;
            }
        }
        *self = VarianceEstimate::new(self.mean.len());
        usable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_is_the_sample_variance_shrunk_by_five_draws() {
        let mut estimate = VarianceEstimate::new(1);
        [1.0, 2.0, 4.0, 9.0].iter().for_each(|&x| estimate.add(&[x]));
        let mut variance = [0.0];
        assert!(estimate.finish(&mut variance));
        let expected = 4.0 / 9.0 * (38.0 / 3.0) + 1e-3 * 5.0 / 9.0;
        assert!((variance[0] - expected).abs() < 1e-14, "{variance:?} is not {expected}");
    }

    #[test]
    fn a_draw_that_is_not_finite_leaves_the_variances_alone() {
        let mut estimate = VarianceEstimate::new(1);
        estimate.add(&[1.0]);
        estimate.add(&[f64::INFINITY]);
        let mut variance = [7.0];
        assert!(!estimate.finish(&mut variance));
        assert_eq!(variance, [7.0]);
    }
}
