//! Dynamics by hand: a diffusion in steps of Euler and Maruyama, the method of Tsitouras with its step control, and the reverse
//! derivative of a loss of stochastic predators and prey.

use super::random::Normals;

/// An Ornstein-Uhlenbeck process.
#[derive(Clone, Copy)]
pub struct OrnsteinUhlenbeck {
    /// Rate of return.
    pub theta: f64,
    /// Where to.
    pub mu: f64,
    /// Scale of the noise.
    pub s: f64,
}

impl OrnsteinUhlenbeck {
    /// The ends of some paths from 2, after so many steps of this length.
    pub fn ends(self, paths: usize, steps: usize, h: f64, normals: &mut Normals) -> Vec<f64> {
        let (keep, push, spread) = (1.0 - self.theta * h, self.theta * self.mu * h, self.s * h.sqrt());
        let end = |_| (0..steps).fold(2.0f64, |x, _| x.mul_add(keep, spread.mul_add(normals.next(), push)));
        (0..paths).map(end).collect()
    }
}

/// The method of Tsitouras (2011): rows of its tableau, weights of its error.
const A: [[f64; 6]; 6] = [
    [0.161, 0.0, 0.0, 0.0, 0.0, 0.0],
    [-0.008_480_655_492_356_989, 0.335_480_655_492_357, 0.0, 0.0, 0.0, 0.0],
    [2.897_153_057_105_493, -6.359_448_489_975_075, 4.362_295_432_869_581_5, 0.0, 0.0, 0.0],
    [
        5.325_864_828_439_257,
        -11.748_883_564_062_828,
        7.495_539_342_889_836_5,
        -0.092_495_066_361_755_25,
        0.0,
        0.0,
    ],
    [
        5.861_455_442_946_42,
        -12.920_969_317_847_11,
        8.159_367_898_576_159,
        -0.071_584_973_281_401,
        -0.028_269_050_394_068_383,
        0.0,
    ],
    [
        0.096_460_766_818_065_23,
        0.01,
        0.479_889_650_414_499_6,
        1.379_008_574_103_742,
        -3.290_069_515_436_081,
        2.324_710_524_099_774,
    ],
];
const E: [f64; 7] = [
    -0.001_780_011_052_225_777_1,
    -0.000_816_434_459_656_746_9,
    0.007_880_878_010_261_995,
    -0.144_711_007_173_262_9,
    0.582_357_165_452_555_2,
    -0.458_082_105_929_186_97,
    1.0 / 66.0,
];

fn lorenz([x, y, z]: [f64; 3]) -> [f64; 3] {
    [10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z]
}

/// y + h sum of weights and stages.
#[inline(always)]
fn moved(y: [f64; 3], h: f64, weights: &[f64], stages: &[[f64; 3]; 7]) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for (weight, stage) in weights.iter().zip(stages) {
        (0..3).for_each(|i| sum[i] = weight.mul_add(stage[i], sum[i]));
    }
    [0, 1, 2].map(|i| h.mul_add(sum[i], y[i]))
}

/// The state of Lorenz's system at a time, with this tolerance, and how many steps were tried.
pub fn lorenz_end(from: [f64; 3], end: f64, tolerance: f64) -> ([f64; 3], u32) {
    let (mut t, mut y, mut h, mut tried) = (0.0, from, 1e-3, 0);
    let mut stages = [[0.0; 3]; 7];
    stages[0] = lorenz(y);
    while t < end {
        let step = f64::min(h, end - t);
        let mut next = y;
        for (stage, row) in A.iter().enumerate() {
            next = moved(y, step, &row[..=stage], &stages);
            stages[stage + 1] = lorenz(next);
        }
        let error = moved([0.0; 3], step, &E, &stages);
        let scaled = |i: usize| (error[i] / (tolerance + tolerance * y[i].abs().max(next[i].abs()))).powi(2);
        let norm = ((scaled(0) + scaled(1) + scaled(2)) / 3.0).sqrt();
        h = step * (0.9 * (norm + 1e-20).powf(-0.2)).clamp(0.2, if norm <= 1.0 { 10.0 } else { 0.9 });
        tried += 1;
        if norm <= 1.0 {
            (t, y, stages[0]) = (t + step, next, stages[6]);
        }
    }
    (y, tried)
}

/// The mean of the squared ends of paths of stochastic predators and prey from (1, 1), and its gradient in four rates and two
/// scales; `noise` holds two standard normal numbers for each step of each path.
pub fn predators(q: &[f64], gradient: &mut [f64], noise: &[f64], steps: usize, h: f64) -> f64 {
    let root = h.sqrt();
    let paths = noise.len() / (2 * steps);
    let mut states = vec![[0.0; 2]; steps + 1];
    let mut sum = 0.0;
    gradient.fill(0.0);
    for w in noise.chunks_exact(2 * steps) {
        states[0] = [1.0, 1.0];
        for k in 0..steps {
            let [x, y] = states[k];
            let (a, b) = (q[0] - q[1] * y, q[3] * x - q[2]);
            states[k + 1] =
                [x * (1.0 + h * a + root * q[4] * w[2 * k]), y * (1.0 + h * b + root * q[5] * w[2 * k + 1])];
        }
        let [x, y] = states[steps];
        sum += x * x + y * y;
        let (mut gx, mut gy) = (2.0 * x, 2.0 * y);
        for k in (0..steps).rev() {
            let [x, y] = states[k];
            let (a, b) = (q[0] - q[1] * y, q[3] * x - q[2]);
            gradient[0] += gx * h * x;
            gradient[1] -= gx * h * x * y;
            gradient[2] -= gy * h * y;
            gradient[3] += gy * h * x * y;
            gradient[4] += gx * root * x * w[2 * k];
            gradient[5] += gy * root * y * w[2 * k + 1];
            let back = gx * (1.0 + h * a + root * q[4] * w[2 * k]) + gy * h * q[3] * y;
            gy = gy * (1.0 + h * b + root * q[5] * w[2 * k + 1]) - gx * h * q[1] * x;
            gx = back;
        }
    }
    gradient.iter_mut().for_each(|slope| *slope /= paths as f64);
    sum / paths as f64
}
