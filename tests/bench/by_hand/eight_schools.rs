//! Log density and gradient of eight schools over (mu, log tau, eta), by hand: one pass, constants folded beforehand.

use super::ByHand;
use std::f64::consts::PI;

/// Data and what they decide.
pub struct EightSchools {
    y: [f64; 8],
    precision: [f64; 8],
    constant: f64,
}

impl EightSchools {
    /// Folds the constants of the data.
    pub fn new(y: [f64; 8], sigma: [f64; 8]) -> Self {
        let half_log_two_pi = 0.5 * (2.0 * PI).ln();
        let normal = |scale: f64| -half_log_two_pi - scale.ln();
        let cauchy = (2.0 / (5.0 * PI)).ln();
        let constant =
            normal(5.0) + cauchy + 8.0 * normal(1.0) + sigma.iter().map(|s| normal(*s)).sum::<f64>();
        Self { y, precision: sigma.map(|s| 1.0 / (s * s)), constant }
    }
}

impl ByHand for EightSchools {
    /// `q` = (mu, log tau, eta_1, .., eta_8).
    fn log_density_gradient(&mut self, q: &[f64], gradient: &mut [f64]) -> f64 {
        let q: &[f64; 10] = q.try_into().expect("ten coordinates");
        let gradient: &mut [f64; 10] = gradient.try_into().expect("a slope for each");
        let (mu, log_tau) = (q[0], q[1]);
        let tau = log_tau.exp();
        let (mut squares, mut by_mu, mut by_tau) = (0.0, 0.0, 0.0);
        for j in 0..8 {
            let eta = q[2 + j];
            let residual = self.y[j] - mu - tau * eta;
            let pull = residual * self.precision[j];
            squares += residual * pull + eta * eta;
            by_mu += pull;
            by_tau += pull * eta;
            gradient[2 + j] = pull * tau - eta;
        }
        let ratio = tau * tau / 25.0;
        gradient[0] = by_mu - mu / 25.0;
        gradient[1] = by_tau * tau - 2.0 * ratio / (1.0 + ratio) + 1.0;
        self.constant - 0.5 * squares - mu * mu / 50.0 - ratio.ln_1p() + log_tau
    }
}
