//! Robertson's reactions by hand: the method of Kvaerno (2004) of order 5, as the library has it. Newton's method finds
//! each stage with the inverse of the step's own matrix, until it changes the stage by less than a thousandth of the
//! tolerated error, in ten trips at most; a step whose stages are not found, or whose error is too large, is tried shorter.

const A: [[f64; 7]; 7] = [
    [0.0; 7],
    [0.26, 0.26, 0.0, 0.0, 0.0, 0.0, 0.0],
    [0.13, 0.840_333_209_967_908_1, 0.26, 0.0, 0.0, 0.0, 0.0],
    [0.223_719_614_783_205_05, 0.476_755_323_197_996_99, -0.064_708_953_631_126_15, 0.26, 0.0, 0.0, 0.0],
    [
        0.166_485_643_232_483_21,
        0.104_500_188_415_917_2,
        0.036_314_822_720_987_15,
        -0.130_907_044_510_739_98,
        0.26,
        0.0,
        0.0,
    ],
    [
        0.138_556_402_312_682_24,
        0.0,
        -0.042_453_372_017_520_43,
        0.024_466_578_980_031_41,
        0.619_430_390_724_806_76,
        0.26,
        0.0,
    ],
    [
        0.136_597_511_776_402_91,
        0.0,
        -0.054_969_087_965_383_76,
        -0.041_186_267_283_210_46,
        0.629_933_048_990_164_03,
        0.069_624_794_482_027_28,
        0.26,
    ],
];
const GAMMA: f64 = 0.26;

type State = [f64; 3];

fn drift([x, y, z]: State) -> State {
    let (a, b, c) = (0.04 * x, 1e4 * y * z, 3e7 * y * y);
    [b - a, a - b - c, c]
}

/// I - d J.
fn matrix([_, y, z]: State, d: f64) -> [State; 3] {
    let (b, c, e) = (1e4 * z, 1e4 * y, 6e7 * y);
    [[1.0 + d * 0.04, -d * b, -d * c], [-d * 0.04, 1.0 + d * (b + e), d * c], [0.0, -d * e, 1.0]]
}

/// The inverse by cofactors.
fn inverse(m: [State; 3]) -> [State; 3] {
    let minor = |i: usize, j: usize| {
        let [(a, b), (c, d)] = [((i + 1) % 3, (i + 2) % 3), ((j + 1) % 3, (j + 2) % 3)];
        m[a][c] * m[b][d] - m[a][d] * m[b][c]
    };
    let determinant: f64 = (0..3).map(|j| m[0][j] * minor(0, j)).sum();
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| minor(j, i) / determinant))
}

/// The sum of the squares of x in units of the error that is tolerated at this size.
fn squares(x: State, size: State, rtol: f64, atol: f64) -> f64 {
    let square = |i: usize| (x[i] / (atol + rtol * size[i])).powi(2);
    square(0) + square(1) + square(2)
}

fn scaled(x: State, y: State, z: State, rtol: f64, atol: f64) -> f64 {
    (squares(x, [0, 1, 2].map(|i| y[i].abs().max(z[i].abs())), rtol, atol) / 3.0).sqrt()
}

/// base + h sum of weights and stages.
fn moved(base: State, h: f64, weights: &[f64], stages: &[State]) -> State {
    [0, 1, 2].map(|i| base[i] + h * weights.iter().zip(stages).map(|(weight, k)| weight * k[i]).sum::<f64>())
}

/// The concentrations at a time, from (1, 0, 0).
pub fn robertson_end(end: f64, rtol: f64, atol: f64) -> State {
    let (mut t, mut y, mut h) = (0.0, [1.0, 0.0, 0.0], 1e-6);
    let mut first = drift(y);
    while t < end {
        let step = f64::min(h, end - t);
        let tried = step_of(y, first, step, rtol, atol);
        let norm = tried.map_or(f64::NAN, |(next, error, _)| scaled(error, y, next, rtol, atol));
        let factor = if norm.is_nan() { 0.2 } else { (0.9 * (norm + 1e-20).powf(-0.2)).clamp(0.2, 10.0) };
        match tried {
            Some((next, _, last)) if norm <= 1.0 => (t, y, first, h) = (t + step, next, last, step * factor),
            _ => h = step * factor.min(0.9),
        }
    }
    y
}

/// The next state, its error, and its drift; none where Newton's method does not converge.
fn step_of(y: State, first: State, h: f64, rtol: f64, atol: f64) -> Option<(State, State, State)> {
    let inverted = inverse(matrix(y, h * GAMMA));
    let mut stages = [first, [0.0; 3], [0.0; 3], [0.0; 3], [0.0; 3], [0.0; 3], [0.0; 3]];
    let mut z = y;
    for stage in 1..7 {
        let base = moved(y, h, &A[stage][..stage], &stages);
        let mut converged = false;
        for _ in 0..10 {
            let f = drift(z);
            let left = [0, 1, 2].map(|i| z[i] - base[i] - h * GAMMA * f[i]);
            let change = [0, 1, 2].map(|i| (0..3).map(|j| inverted[i][j] * left[j]).sum::<f64>());
            z = [0, 1, 2].map(|i| z[i] - change[i]);
            if squares(change, z.map(f64::abs), rtol, atol) <= 3e-6 {
                converged = true;
                break;
            }
        }
        if !converged {
            return None;
        }
        stages[stage] = [0, 1, 2].map(|i| (z[i] - base[i]) / (h * GAMMA));
    }
    let weights: [f64; 7] = std::array::from_fn(|j| A[6][j] - A[5][j]);
    Some((z, moved([0.0; 3], h, &weights, &stages), stages[6]))
}
