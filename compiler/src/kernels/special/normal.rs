//! The standard normal distribution function, its logarithm with derivatives, and its inverse.

use libm::{log, log1p};

use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2, TAU};

use super::error_function::{erf, erfc, erfcx, exp_square};
use super::jets::{Jet, MAX_ORDER};

/// Left of here Mills' ratio is taken from its continued fraction.
const TAIL: f64 = -2.0;

/// Phi(x) = erfc(-x / sqrt 2) / 2.
///
/// Relative error 2e-15 until it underflows at x = -38.5. Derivative: exp(-x^2/2) / sqrt(2 pi).
pub fn normal_cdf(x: f64) -> f64 {
    if x > -1.0 {
        0.5 * erfc(-x * FRAC_1_SQRT_2)
    } else {
        0.5 * exp_square(x, -0.5) * erfcx(-x * FRAC_1_SQRT_2)
    }
}

/// log Phi(x), relative error 2e-15 in both tails; negative infinity at negative infinity.
///
/// Derivative: `normal_log_cdf_d(1, x)`.
pub fn normal_log_cdf(x: f64) -> f64 {
    if x > 0.0 {
        log1p(-normal_cdf(-x))
    } else if x > -1.0 {
        log(0.5 * erfc(-x * FRAC_1_SQRT_2))
    } else if x == f64::NEG_INFINITY {
        f64::NEG_INFINITY
    } else {
        log(0.5 * erfcx(-x * FRAC_1_SQRT_2)) - 0.5 * x * x
    }
}

/// The derivative of order n of log Phi; order 1 is the density over Phi (the inverse Mills ratio).
///
/// Its own derivative is order n + 1; NaN above order 4. Relative error 2e-15 for order 1, 1e-13 for order 2, 1e-12
/// for 3 and 4 (relative to their largest term where they change sign). Tail: Laplace's continued fraction
/// t + 1/(t + 2/(t + 3/(t + ..))) for t = -x (DLMF 7.9.3), differentiated as a jet, so no digits cancel.
pub fn normal_log_cdf_d(n: usize, x: f64) -> f64 {
    match n {
        0 => normal_log_cdf(x),
        1 => mills(x),
        _ if n > MAX_ORDER || x.is_nan() => f64::NAN,
        _ if x >= 40.0 => 0.0,
        _ if x > TAIL || (n == 2 && x > 3.0 * TAIL) => central_derivative(n, x),
        _ => tail_derivative(n, -x),
    }
}

/// density(x) / Phi(x).
fn mills(x: f64) -> f64 {
    if x < 0.0 {
        return (2.0 / PI).sqrt() / erfcx(-x * FRAC_1_SQRT_2);
    }
    exp_square(x, -0.5) / (TAU.sqrt() * normal_cdf(x))
}

/// m' = -m (x + m), differentiated as a power series.
fn central_derivative(n: usize, x: f64) -> f64 {
    let mut m = [0.0; MAX_ORDER];
    m[0] = mills(x);
    for k in 0..n - 1 {
        let square: f64 = (0..=k).map(|i| m[i] * m[k - i]).sum();
        let shifted = if k > 0 { m[k - 1] } else { 0.0 };
        m[k + 1] = -(x * m[k] + shifted + square) / (k + 1) as f64;
    }
    let factorial: f64 = (2..n).map(|k| k as f64).product();
    m[n - 1] * factorial
}

/// (-1)^n times the derivative of order n - 1 of m(t) = t + 1/(t + 2/(t + ..)), t >= 2.
fn tail_derivative(n: usize, t: f64) -> f64 {
    let order = [n - 1, 0];
    let point = Jet::affine(order, t, 1.0, 0.0);
    let depth = (20.0 + 280.0 / (t * t)) as u32;
    // The rest r of the fraction solves r = k / (t + r) nearly.
    let root = (t * t + f64::from(4 * depth)).sqrt();
    let start = Jet::affine(order, 0.5 * (root - t), 0.5 * (t / root - 1.0), 0.0);
    let fraction =
        (1..=depth).rev().fold(start, |rest, k| point.plus(&rest).reciprocal().scaled(f64::from(k)));
    let slope = if n == 2 { 1.0 } else { 0.0 };
    let sign = if n.is_multiple_of(2) { -1.0 } else { 1.0 };
    sign * (slope + fraction.derivative(n - 1, 0))
}

/// The inverse of Phi on [0, 1]: infinite at 0 and 1, NaN outside.
///
/// Relative error 1e-15, also beside 1/2, given p exactly. Derivative: sqrt(2 pi) exp(q^2 / 2) at q = the value.
/// Method: Wichura 1988, Applied Statistics 37, 477-484 (AS 241, PPND16), then one Newton step.
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let from_half = p - 0.5;
    if from_half.abs() <= 0.425 {
        return central_quantile(from_half);
    }
    // 1 - p is exact above one half.
    if p < 0.5 { lower_quantile(p) } else { -lower_quantile(1.0 - p) }
}

/// The inverse of erf on [-1, 1]: infinite at the ends, NaN outside; relative error 1e-15.
///
/// Derivative: sqrt(pi)/2 exp(value^2).
pub fn inv_erf(y: f64) -> f64 {
    if !(-1.0..=1.0).contains(&y) {
        return f64::NAN;
    }
    let quantile = if y.abs() <= 0.85 {
        central_quantile(0.5 * y)
    } else {
        -lower_quantile(0.5 * (1.0 - y.abs())) * y.signum()
    };
    quantile / SQRT_2
}

/// The inverse of erfc on [0, 2]: infinite at the ends, NaN outside; relative error 1e-15, zero at y = 1.
///
/// Derivative: -sqrt(pi)/2 exp(value^2).
pub fn inv_erfc(y: f64) -> f64 {
    -normal_quantile(0.5 * y) / SQRT_2
}

/// The quantile of 1/2 + q for |q| <= 0.425.
fn central_quantile(q: f64) -> f64 {
    let r = 0.180625 - q * q;
    let guess = q * polynomial(&CENTRAL[0], r) / polynomial(&CENTRAL[1], r);
    let residual = 0.5 * erf(guess * FRAC_1_SQRT_2) - q;
    guess - residual * TAU.sqrt() * exp_square(guess, 0.5)
}

/// The quantile of p < 0.075; the step is Newton's on the logarithm of Phi.
fn lower_quantile(p: f64) -> f64 {
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    let log_p = log(p);
    let r = (-log_p).sqrt();
    let (shifted, table) = if r <= 5.0 { (r - 1.6, &MIDDLE) } else { (r - 5.0, &FAR) };
    let guess = -polynomial(&table[0], shifted) / polynomial(&table[1], shifted);
    guess - (normal_log_cdf(guess) - log_p) / mills(guess)
}

fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// AS 241, |p - 1/2| <= 0.425: numerator and denominator in 0.180625 - (p - 1/2)^2.
const CENTRAL: [[f64; 8]; 2] = [
    [
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ],
    [
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ],
];

/// AS 241, sqrt(-log p) <= 5: in sqrt(-log p) - 1.6.
const MIDDLE: [[f64; 8]; 2] = [
    [
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ],
    [
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ],
];

/// AS 241, sqrt(-log p) > 5: in sqrt(-log p) - 5.
const FAR: [[f64; 8]; 2] = [
    [
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ],
    [
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ],
];
