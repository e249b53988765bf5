//! Linear regression by a plain loop over rows: coefficients ~ normal(0, 10), sigma ~ half_normal(10).

use super::{ByHand, log_half_normal, normal_constant};

/// Data: rows one after the other.
pub struct Regression {
    /// Predictors.
    pub x: Vec<f64>,
    /// What is predicted.
    pub y: Vec<f64>,
}

impl ByHand for Regression {
    /// `q` = (coefficients, log sigma).
    fn log_density_gradient(&mut self, q: &[f64], gradient: &mut [f64]) -> f64 {
        let (beta, log_sigma) = q.split_at(q.len() - 1);
        let precision = (-2.0 * log_sigma[0]).exp();
        let n = self.y.len() as f64;
        gradient.fill(0.0);
        let mut squares = 0.0;
        for (row, y) in self.x.chunks_exact(beta.len()).zip(&self.y) {
            let residual = y - row.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
            squares += residual * residual;
            gradient.iter_mut().zip(row).for_each(|(slope, x)| *slope += x * residual);
        }
        let (mut value, slope) = log_half_normal(log_sigma[0], 10.0);
        value += n * (normal_constant(1.0) - log_sigma[0]) - 0.5 * squares * precision;
        for (slope, b) in gradient.iter_mut().zip(beta) {
            *slope = *slope * precision - b / 100.0;
            value += normal_constant(10.0) - b * b / 200.0;
        }
        gradient[beta.len()] = slope - n + squares * precision;
        value
    }
}
