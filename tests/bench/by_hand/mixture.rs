//! A mixture of two normals: means ~ sorted(normal(0, 2)[2]), scales ~ half_normal(2), weight ~ beta(5, 5).

use super::{ByHand, log_half_normal, normal_constant, sigmoid};

/// What is observed.
pub struct Mixture {
    /// Its values.
    pub y: Vec<f64>,
}

impl ByHand for Mixture {
    /// `q` = (lower mean, log of the means' distance, log scales, logit of the weight).
    fn log_density_gradient(&mut self, q: &[f64], gradient: &mut [f64]) -> f64 {
        let distance = q[1].exp();
        let means = [q[0], q[0] + distance];
        let scales = [q[2].exp(), q[3].exp()];
        let weight = sigmoid(q[4]);
        let logs = [weight.ln() - q[2], (1.0 - weight).ln() - q[3]];
        let (mut value, mut by_mean, mut by_scale, mut by_weight) = (0.0, [0.0; 2], [0.0; 2], 0.0);
        for y in &self.y {
            let z = [(y - means[0]) / scales[0], (y - means[1]) / scales[1]];
            let terms = [logs[0] - 0.5 * z[0] * z[0], logs[1] - 0.5 * z[1] * z[1]];
            let greatest = terms[0].max(terms[1]);
            let parts = [(terms[0] - greatest).exp(), (terms[1] - greatest).exp()];
            let sum = parts[0] + parts[1];
            value += greatest + sum.ln();
            for k in 0..2 {
                let share = parts[k] / sum;
                by_mean[k] += share * z[k] / scales[k];
                by_scale[k] += share * (z[k] * z[k] - 1.0);
            }
            by_weight += parts[0] / sum;
        }
        let n = self.y.len() as f64;
        value += n * normal_constant(1.0);
        // The two orders of the means have one sorted value.
        value += std::f64::consts::LN_2 + 2.0 * normal_constant(2.0) + q[1];
        for k in 0..2 {
            value -= means[k] * means[k] / 8.0;
            by_mean[k] -= means[k] / 4.0;
            let (prior, slope) = log_half_normal(q[2 + k], 2.0);
            value += prior;
            gradient[2 + k] = by_scale[k] + slope;
        }
        // beta(5, 5) of the weight, with the Jacobian of the logit.
        value += libm::lgamma(10.0) - 2.0 * libm::lgamma(5.0) + 5.0 * (weight.ln() + (1.0 - weight).ln());
        gradient[0] = by_mean[0] + by_mean[1];
        gradient[1] = by_mean[1] * distance + 1.0;
        gradient[4] = by_weight - n * weight + 5.0 * (1.0 - 2.0 * weight);
        value
    }
}
