//! Logistic regression: coefficients ~ normal(0, 1).

use super::{ByHand, normal_constant, sigmoid};

/// Data: rows one after the other.
pub struct Logistic {
    /// Predictors.
    pub x: Vec<f64>,
    /// Outcomes, 0 or 1.
    pub y: Vec<f64>,
}

impl ByHand for Logistic {
    fn log_density_gradient(&mut self, q: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let mut value = 0.0;
        for (row, y) in self.x.chunks_exact(q.len()).zip(&self.y) {
            let logit = row.iter().zip(q).map(|(x, b)| x * b).sum::<f64>();
            value += y * logit - logit.max(0.0) - (-logit.abs()).exp().ln_1p();
            let residual = y - sigmoid(logit);
            gradient.iter_mut().zip(row).for_each(|(slope, x)| *slope += x * residual);
        }
        for (slope, b) in gradient.iter_mut().zip(q) {
            *slope -= b;
            value += normal_constant(1.0) - 0.5 * b * b;
        }
        value
    }
}
