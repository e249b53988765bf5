//! Steps of Adam on evidence lower bounds of one draw or several, reparametrised, with their gradients by hand.

use std::f64::consts::{LN_2, PI};

/// Adam (Kingma and Ba 2015, algorithm 1), upwards.
pub struct Adam {
    rate: f64,
    step: i32,
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Adam {
    pub fn new(rate: f64, dimension: usize) -> Adam {
        Adam { rate, step: 0, mean: vec![0.0; dimension], square: vec![0.0; dimension] }
    }

    fn ascend(&mut self, x: &mut [f64], gradient: &[f64]) {
        self.step += 1;
        let (first, second) = (1.0 - 0.9f64.powi(self.step), 1.0 - 0.999f64.powi(self.step));
        for (((x, g), mean), square) in x.iter_mut().zip(gradient).zip(&mut self.mean).zip(&mut self.square) {
            *mean = 0.9 * *mean + 0.1 * g;
            *square = 0.999 * *square + 0.001 * g * g;
            *x += self.rate / first * *mean / ((*square / second).sqrt() + 1e-8);
        }
    }
}

/// Standard normal numbers: xoshiro256++ (Blackman and Vigna 2021) and pairs by Box and Muller.
pub struct Normals {
    state: [u64; 4],
    spare: Option<f64>,
}

impl Normals {
    pub fn new() -> Normals {
        let state =
            [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0x2545_f491_4f6c_dd1d];
        Normals { state, spare: None }
    }

    fn word(&mut self) -> u64 {
        let s = &mut self.state;
        let word = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        word
    }

    /// In (0, 1].
    fn uniform(&mut self) -> f64 {
        ((self.word() >> 11) + 1) as f64 * 2f64.powi(-53)
    }

    fn draw(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sin, cos) = (2.0 * PI * self.uniform()).sin_cos();
        self.spare = Some(radius * sin);
        radius * cos
    }
}

fn half_log_2pi() -> f64 {
    0.5 * (2.0 * PI).ln()
}

/// Eight schools by independent normals: of mu, log tau, and the eight eta; means first, then logarithms of scales.
pub struct Schools {
    pub y: [f64; 8],
    pub sigma: [f64; 8],
    pub at: [f64; 20],
    pub adam: Adam,
    pub noise: Normals,
}

impl Schools {
    /// A step with one draw; gives its value before the step.
    pub fn step(&mut self) -> f64 {
        let mut z = [0.0; 10];
        let mut e = [0.0; 10];
        let mut entropy = 0.0;
        for i in 0..10 {
            e[i] = self.noise.draw();
            z[i] = self.at[i] + self.at[10 + i].exp() * e[i];
            entropy += self.at[10 + i] + 0.5 * e[i] * e[i] + half_log_2pi();
        }
        let (mu, tau) = (z[0], z[1].exp());
        let ratio = (tau / 5.0).powi(2);
        let mut value = -0.5 * (mu / 5.0).powi(2) - 5f64.ln() - half_log_2pi();
        value += LN_2 - (PI * 5.0).ln() - ratio.ln_1p() + z[1] + entropy;
        let mut slope = [0.0; 10];
        slope[0] = -mu / 25.0;
        slope[1] = 1.0 - 2.0 * ratio / (1.0 + ratio);
        for j in 0..8 {
            let eta = z[2 + j];
            let residual = (self.y[j] - mu - tau * eta) / self.sigma[j];
            value -= 0.5 * (eta * eta + residual * residual) + self.sigma[j].ln() + 2.0 * half_log_2pi();
            let pull = residual / self.sigma[j];
            slope[0] += pull;
            slope[1] += pull * tau * eta;
            slope[2 + j] = pull * tau - eta;
        }
        let mut gradient = [0.0; 20];
        for i in 0..10 {
            gradient[i] = slope[i];
            gradient[10 + i] = slope[i] * self.at[10 + i].exp() * e[i] + 1.0;
        }
        self.adam.ascend(&mut self.at, &gradient);
        value
    }
}

/// The cone by two independent normals: means, then logarithms of scales.
pub struct Cone {
    pub draws: usize,
    pub at: [f64; 4],
    pub adam: Adam,
    pub noise: Normals,
}

impl Cone {
    /// A step; gives its mean value over the draws before the step.
    pub fn step(&mut self) -> f64 {
        let scales = [self.at[2].exp(), self.at[3].exp()];
        let mut gradient = [0.0; 4];
        let mut total = 0.0;
        for _ in 0..self.draws {
            let e = [self.noise.draw(), self.noise.draw()];
            let z = [self.at[0] + scales[0] * e[0], self.at[1] + scales[1] * e[1]];
            let r = z[0] * z[0] + z[1] * z[1];
            let scale = 0.1 + r / 100.0;
            let residual = (5.0 - r) / scale;
            total += -r / 200.0 - 2.0 * (10f64.ln() + half_log_2pi());
            total += -0.5 * residual * residual - scale.ln() - half_log_2pi();
            total += self.at[2] + self.at[3] + 0.5 * (e[0] * e[0] + e[1] * e[1]) + 2.0 * half_log_2pi();
            // Of the term of z in r.
            let slope = residual / scale + (residual * residual - 1.0) / scale / 100.0;
            for k in 0..2 {
                let pull = -z[k] / 100.0 + 2.0 * z[k] * slope;
                gradient[k] += pull;
                gradient[2 + k] += pull * scales[k] * e[k] + 1.0;
            }
        }
        let count = self.draws as f64;
        gradient.iter_mut().for_each(|g| *g /= count);
        self.adam.ascend(&mut self.at, &gradient);
        total / count
    }
}
