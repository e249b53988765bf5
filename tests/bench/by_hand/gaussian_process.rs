//! A Gaussian process at a few points: Cholesky factor, its inverse, and the adjoint (a a^T - K^-1) / 2 of the covariance.

use super::{ByHand, log_half_normal, normal_constant};

/// Data, and room for the factor and its inverse.
pub struct GaussianProcess {
    y: Vec<f64>,
    /// Squared distances.
    squares: Vec<f64>,
    kernel: Vec<f64>,
    factor: Vec<f64>,
    inverse: Vec<f64>,
}

impl GaussianProcess {
    /// Squares the distances of the points.
    pub fn new(x: &[f64], y: Vec<f64>) -> Self {
        let squares: Vec<f64> = x.iter().flat_map(|a| x.iter().map(move |b| (a - b) * (a - b))).collect();
        let room = vec![0.0; squares.len()];
        Self { y, squares, kernel: room.clone(), factor: room.clone(), inverse: room }
    }

    /// The lower factor of the covariance, and the inverse of that factor; the sum of the logs of its diagonal.
    fn factorise(&mut self, noise: f64) -> f64 {
        let n = self.y.len();
        let mut logs = 0.0;
        for i in 0..n {
            for j in 0..=i {
                let mut sum = self.kernel[i * n + j] + if i == j { noise } else { 0.0 };
                for k in 0..j {
                    sum -= self.factor[i * n + k] * self.factor[j * n + k];
                }
                self.factor[i * n + j] = if i == j { sum.sqrt() } else { sum / self.factor[j * n + j] };
            }
            let pivot = self.factor[i * n + i];
            logs += pivot.ln();
            for j in 0..i {
                let mut sum = 0.0;
                for k in j..i {
                    sum -= self.factor[i * n + k] * self.inverse[k * n + j];
                }
                self.inverse[i * n + j] = sum / pivot;
            }
            self.inverse[i * n + i] = 1.0 / pivot;
        }
        logs
    }
}

impl ByHand for GaussianProcess {
    /// `q` = logs of (length scale, amplitude, variance of the noise).
    fn log_density_gradient(&mut self, q: &[f64], gradient: &mut [f64]) -> f64 {
        let n = self.y.len();
        let [rho, alpha, sigma] = [q[0].exp(), q[1].exp(), q[2].exp()];
        let rate = 0.5 / (rho * rho);
        for (entry, square) in self.kernel.iter_mut().zip(&self.squares) {
            *entry = alpha * alpha * (-square * rate).exp();
        }
        let logs = self.factorise(sigma);
        // z = L^-1 y and a = L^-T z
        let z: Vec<f64> =
            (0..n).map(|i| (0..=i).map(|j| self.inverse[i * n + j] * self.y[j]).sum()).collect();
        let a: Vec<f64> = (0..n).map(|j| (j..n).map(|i| self.inverse[i * n + j] * z[i]).sum()).collect();
        let (mut by_rho, mut by_alpha, mut by_sigma) = (0.0, 0.0, 0.0);
        for i in 0..n {
            for j in 0..=i {
                let precision: f64 = (i..n).map(|k| self.inverse[k * n + i] * self.inverse[k * n + j]).sum();
                let both = if i == j { 0.5 } else { 1.0 };
                let slope = both * (a[i] * a[j] - precision);
                by_alpha += slope * self.kernel[i * n + j];
                by_rho += slope * self.kernel[i * n + j] * self.squares[i * n + j];
                by_sigma += if i == j { slope } else { 0.0 };
            }
        }
        let mut value = n as f64 * normal_constant(1.0) - logs - 0.5 * z.iter().map(|z| z * z).sum::<f64>();
        // gamma(25, rate = 4) of rho, on its logarithm
        value += 25.0 * 4f64.ln() - libm::lgamma(25.0) + 25.0 * q[0] - 4.0 * rho;
        gradient[0] = by_rho * 2.0 * rate + 25.0 - 4.0 * rho;
        let (prior, slope) = log_half_normal(q[1], 2.0);
        gradient[1] = 2.0 * by_alpha + slope;
        value += prior;
        let (prior, slope) = log_half_normal(q[2], 1.0);
        gradient[2] = by_sigma * sigma + slope;
        value + prior
    }
}
