//! The diagonal metric and its estimate from warm-up draws.

use crate::rng::Stream;

/// A mass matrix M that is diagonal, stored as its inverse, which plays the part of the target's variances.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagonalMetric {
    inverse: Vec<f64>,
    root: Vec<f64>,
}

impl DiagonalMetric {
    /// M = 1.
    pub fn identity(dimension: usize) -> DiagonalMetric {
        DiagonalMetric { inverse: vec![1.0; dimension], root: vec![1.0; dimension] }
    }

    /// M^-1 = diag(`variances`).
    pub fn set(&mut self, variances: &[f64]) {
        self.inverse.copy_from_slice(variances);
        for (root, variance) in self.root.iter_mut().zip(variances) {
            *root = variance.sqrt().recip();
        }
    }

    /// Diagonal of M^-1.
    pub fn inverse(&self) -> &[f64] {
        &self.inverse
    }

    /// Draws a momentum from N(0, M).
    pub fn draw_momentum(&self, momentum: &mut [f64], stream: &mut Stream) {
        stream.fill_normal(momentum);
        for (momentum, root) in momentum.iter_mut().zip(&self.root) {
            *momentum *= root;
        }
    }

    /// Writes the velocity M^-1 p of a momentum p.
    pub fn velocity(&self, momentum: &[f64], velocity: &mut [f64]) {
        for ((velocity, momentum), inverse) in velocity.iter_mut().zip(momentum).zip(&self.inverse) {
            *velocity = inverse * momentum;
        }
    }
}

/// Running mean and sum of squared deviations (Welford 1962), one pair per coordinate.
#[derive(Clone, Debug)]
pub struct VarianceEstimate {
    count: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

impl VarianceEstimate {
    /// The estimate from no draws.
    pub fn new(dimension: usize) -> VarianceEstimate {
        VarianceEstimate { count: 0.0, mean: vec![0.0; dimension], squares: vec![0.0; dimension] }
    }

    /// Takes in one draw.
    pub fn add(&mut self, position: &[f64]) {
        self.count += 1.0;
        for ((mean, squares), x) in self.mean.iter_mut().zip(&mut self.squares).zip(position) {
            let deviation = x - *mean;
            *mean += deviation / self.count;
            *squares += deviation * (x - *mean);
        }
    }

    /// Writes the variances, drawn towards 1e-3 as if five draws had shown it (Stan reference manual, "Euclidean
    /// metric"), and forgets the draws. Writes nothing and returns false when one is not finite or no two draws came in.
    pub fn finish(&mut self, variances: &mut [f64]) -> bool {
        let count = self.count;
        let usable = count > 1.0 && self.squares.iter().all(|squares| squares.is_finite());
        if usable {
            for (variance, squares) in variances.iter_mut().zip(&self.squares) {
                *variance = (count / (count + 5.0)) * squares / (count - 1.0) + 1e-3 * (5.0 / (count + 5.0));
            }
        }
        *self = VarianceEstimate::new(self.mean.len());
        usable
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

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

    /// The mean kinetic energy of 20,000 momenta per coordinate is 1/2 within 4.5 standard errors; false alarm 1 in 10^5.
    #[test]
    fn momenta_have_the_metric_as_variance() {
        let mut metric = DiagonalMetric::identity(2);
        metric.set(&[0.01, 25.0]);
        let mut stream = Stream::new(1, 0, Purpose::Momentum);
        let (mut momentum, mut velocity, mut sums) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        for _ in 0..20_000 {
            metric.draw_momentum(&mut momentum, &mut stream);
            metric.velocity(&momentum, &mut velocity);
            (0..2).for_each(|i| sums[i] += 0.5 * momentum[i] * velocity[i]);
        }
        for sum in sums {
            assert!(
                (sum / 20_000.0 - 0.5).abs() < 4.5 * (0.5f64 / 20_000.0).sqrt(),
                "mean energy {}",
                sum / 20_000.0
            );
        }
    }
}
