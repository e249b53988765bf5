//! A hidden chain of two states with normal emissions of unit variance: forward and backward passes, rescaled at each step.

use super::{ByHand, normal_constant, sigmoid};

/// What is observed, and room for the passes.
pub struct HiddenMarkov {
    y: Vec<f64>,
    forward: Vec<[f64; 2]>,
    emissions: Vec<[f64; 2]>,
}

impl HiddenMarkov {
    /// With room for the passes.
    pub fn new(y: Vec<f64>) -> Self {
        let room = vec![[0.0; 2]; y.len()];
        Self { y, forward: room.clone(), emissions: room }
    }

    /// Probabilities of the states given what is seen so far; the log density of all.
    fn filter(&mut self, transition: [[f64; 2]; 2], means: [f64; 2]) -> f64 {
        let mut value = self.y.len() as f64 * normal_constant(1.0);
        let mut before = [0.5; 2];
        for (t, y) in self.y.iter().enumerate() {
            let squares = means.map(|mean| -0.5 * (y - mean) * (y - mean));
            let greatest = squares[0].max(squares[1]);
            let emission = squares.map(|square| (square - greatest).exp());
            let mut now: [f64; 2] = std::array::from_fn(|k| {
                let reached = before[0] * transition[0][k] + before[1] * transition[1][k];
                emission[k] * if t == 0 { before[k] } else { reached }
            });
            let total = now[0] + now[1];
            now = now.map(|weight| weight / total);
            value += greatest + total.ln();
            self.emissions[t] = emission.map(|weight| weight / total);
            self.forward[t] = now;
            before = now;
        }
        value
    }
}

impl ByHand for HiddenMarkov {
    /// `q` = (logits of the transition to state 0, log of the lower mean, log of the distance).
    fn log_density_gradient(&mut self, q: &[f64], gradient: &mut [f64]) -> f64 {
        let stay = [sigmoid(q[0]), sigmoid(q[1])];
        let transition = stay.map(|p| [p, 1.0 - p]);
        let means = [q[2].exp(), q[2].exp() + q[3].exp()];
        let mut value = self.filter(transition, means);
        let mut after = [1.0; 2];
        let (mut by_mean, mut by_transition) = ([0.0; 2], [[0.0; 2]; 2]);
        for t in (0..self.y.len()).rev() {
            for k in 0..2 {
                by_mean[k] += self.forward[t][k] * after[k] * (self.y[t] - means[k]);
            }
            if t == 0 {
                break;
            }
            let weighted: [f64; 2] = std::array::from_fn(|k| self.emissions[t][k] * after[k]);
            for (row, before) in by_transition.iter_mut().zip(self.forward[t - 1]) {
                row.iter_mut().zip(weighted).for_each(|(entry, weight)| *entry += before * weight);
            }
            after = transition.map(|row| row[0] * weighted[0] + row[1] * weighted[1]);
        }
        for (j, p) in stay.into_iter().enumerate() {
            // A flat simplex, with the Jacobian of the logit.
            value += p.ln() + (1.0 - p).ln();
            gradient[j] = (by_transition[j][0] - by_transition[j][1]) * p * (1.0 - p) + 1.0 - 2.0 * p;
        }
        for (k, centre) in [3.0, 10.0].into_iter().enumerate() {
            value += normal_constant(1.0) - 0.5 * (means[k] - centre).powi(2);
            by_mean[k] -= means[k] - centre;
        }
        gradient[2] = (by_mean[0] + by_mean[1]) * q[2].exp() + 1.0;
        gradient[3] = by_mean[1] * q[3].exp() + 1.0;
        value + q[2] + q[3]
    }
}
