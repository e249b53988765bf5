//! An autoregression of order K: alpha and coefficients ~ normal(0, 10), sigma ~ half_cauchy(2.5).

use super::{ByHand, log_half_cauchy, normal_constant};

/// The series.
pub struct Autoregression {
    /// Its values.
    pub y: Vec<f64>,
}

impl ByHand for Autoregression {
    /// `q` = (alpha, coefficients, log sigma).
    fn log_density_gradient(&mut self, q: &[f64], gradient: &mut [f64]) -> f64 {
        let order = q.len() - 2;
        let (alpha, beta, log_sigma) = (q[0], &q[1..=order], q[order + 1]);
        let precision = (-2.0 * log_sigma).exp();
        gradient.fill(0.0);
        let mut squares = 0.0;
        for t in order..self.y.len() {
            let past = &self.y[t - order..t];
            let mean = alpha + beta.iter().zip(past.iter().rev()).map(|(b, y)| b * y).sum::<f64>();
            let residual = self.y[t] - mean;
            squares += residual * residual;
            gradient[0] += residual;
            gradient[1..=order]
                .iter_mut()
                .zip(past.iter().rev())
                .for_each(|(slope, y)| *slope += residual * y);
        }
        let n = (self.y.len() - order) as f64;
        let (mut value, slope) = log_half_cauchy(log_sigma, 2.5);
        value += n * (normal_constant(1.0) - log_sigma) - 0.5 * squares * precision;
        for (slope, b) in gradient.iter_mut().zip(&q[..=order]) {
            *slope = *slope * precision - b / 100.0;
            value += normal_constant(10.0) - b * b / 200.0;
        }
        gradient[order + 1] = slope - n + squares * precision;
        value
    }
}
