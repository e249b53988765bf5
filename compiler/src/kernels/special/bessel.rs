//! Modified Bessel functions I_0 and I_1: scaled, their logarithms, and their ratio with its derivatives.
//!
//! The family is closed: the derivative of log I_0 is the ratio A = I_1 / I_0, and A has a row for each order of
//! derivative. The von Mises distribution needs nothing else.

use std::f64::consts::{PI, TAU};
use std::sync::LazyLock;

use super::jets::MAX_ORDER;

/// From here the asymptotic series serve (their smallest terms are near exp(-2x)), below it convergent ones.
const LARGE: f64 = 20.0;
/// Below this the ratio's power series serves, whose radius is 2.4048, the first zero of J_0.
const SMALL: f64 = 1.0;

/// I_0(x) exp(-|x|); relative error 1e-15, 1 at 0, 0 at infinity. Even; for x > 0 its derivative is i1 - i0.
pub fn bessel_i0_scaled(x: f64) -> f64 {
    scaled(0, x.abs())
}

/// I_1(x) exp(-|x|); relative error 1e-15, 0 at 0 and at infinity. Odd; for x > 0 its derivative is i0 - (1 + 1/x) i1.
pub fn bessel_i1_scaled(x: f64) -> f64 {
    scaled(1, x.abs()).copysign(x)
}

/// log I_0(x); relative error 1e-15, also near 0 where it is x^2 / 4. Even; infinity at either infinity.
///
/// Derivative: `bessel_ratio(0, x)`.
pub fn log_bessel_i0(x: f64) -> f64 {
    let size = x.abs();
    if size < LARGE { libm::log1p(power_series(0, size)) } else { large_logarithm(0, size) }
}

/// log|I_1(x)|; error 1e-15 of max(1, |value|). Even; negative infinity at 0, infinity at either infinity.
///
/// Derivative: 1 / bessel_ratio(0, x) - 1 / x.
pub fn log_bessel_i1(x: f64) -> f64 {
    let size = x.abs();
    if size < LARGE {
        libm::log(0.5 * size) + libm::log1p(power_series(1, size))
    } else {
        large_logarithm(1, size)
    }
}

/// The derivative of order n of A(x) = I_1(x) / I_0(x), the mean resultant length of the von Mises distribution.
///
/// Relative error 2e-15 for order 0, 1e-12 for orders 1 to 4 (absolute near zeros); NaN above 4. A is odd and tends to
/// 1, its derivatives to 0. Derivative: order n + 1.
pub fn bessel_ratio(n: usize, x: f64) -> f64 {
    let size = x.abs();
    let value = match n {
        _ if x.is_nan() || n > MAX_ORDER => f64::NAN,
        _ if size >= LARGE => large_ratio(n, size),
        0 => 0.5 * size * (1.0 + power_series(1, size)) / (1.0 + power_series(0, size)),
        _ if size < SMALL => small_ratio(n, size),
        _ => cumulant_of_cosine(n + 1, size),
    };
    if n.is_multiple_of(2) { value * x.signum() } else { value }
}

/// 1 - A(x) for x >= 0, which keeps its digits where A is near 1.
pub(super) fn one_minus_bessel_ratio(x: f64) -> f64 {
    if x >= LARGE { -inverse_powers(0, x, 1) } else { 1.0 - bessel_ratio(0, x) }
}

/// I_v(x) exp(-x).
fn scaled(order: u32, x: f64) -> f64 {
    if x >= LARGE {
        return asymptotic_series(order, x) / (TAU * x).sqrt();
    }
    let leading = if order == 0 { 1.0 } else { 0.5 * x };
    leading * (1.0 + power_series(order, x)) * libm::exp(-x)
}

/// I_v(x) v! (x/2)^-v - 1 for v = 0, 1: the sum over k >= 1 of (x^2/4)^k v! / (k! (k+v)!) (DLMF 10.25.2).
fn power_series(order: u32, x: f64) -> f64 {
    let quarter = 0.25 * x * x;
    let mut term = 1.0;
    let mut sum = 0.0;
    for k in 1..80 {
        term *= quarter / f64::from(k * (k + order));
        sum += term;
        if term < 1e-17 * sum {
            break;
        }
    }
    sum
}

/// I_v(x) exp(-x) sqrt(2 pi x) for large x: terms ((2k-1)^2 - 4 v^2) / (8 k x) times the last (DLMF 10.40.1).
fn asymptotic_series(order: u32, x: f64) -> f64 {
    let square = f64::from(4 * order * order);
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..40 {
        let odd = f64::from(2 * k - 1);
        term *= (odd * odd - square) / (8.0 * f64::from(k) * x);
        sum += term;
        if term.abs() < 1e-17 {
            break;
        }
    }
    sum
}

fn large_logarithm(order: u32, x: f64) -> f64 {
    if x == f64::INFINITY {
        return x;
    }
    x + libm::log(asymptotic_series(order, x)) - 0.5 * libm::log(TAU * x)
}

/// Terms kept of the two series of the ratio.
const TERMS: usize = 40;

/// A = sum of c_k x^(2k+1): from A' + A/x + A^2 = 1, (2k+2) c_k is minus the sum of c_i c_(k-1-i).
static POWERS: LazyLock<[f64; TERMS]> = LazyLock::new(|| {
    let mut c = [0.0; TERMS];
    c[0] = 0.5;
    for k in 1..TERMS {
        let sum: f64 = (0..k).map(|i| c[i] * c[k - 1 - i]).sum();
        c[k] = -sum / (2 * k + 2) as f64;
    }
    c
});

/// A = sum of d_k x^-k for large x: 2 d_k = (k-2) d_(k-1) less the sum of d_i d_(k-i) over 0 < i < k.
static INVERSE_POWERS: LazyLock<[f64; TERMS]> = LazyLock::new(|| {
    let mut d = [0.0; TERMS];
    d[0] = 1.0;
    for k in 1..TERMS {
        let sum: f64 = (1..k).map(|i| d[i] * d[k - i]).sum();
        d[k] = 0.5 * ((k as f64 - 2.0) * d[k - 1] - sum);
    }
    d
});

/// Order n of A for x < 1, term by term.
fn small_ratio(n: usize, x: f64) -> f64 {
    let term = |(k, c): (usize, &f64)| {
        let power = 2 * k as i32 + 1 - n as i32;
        if power < 0 { 0.0 } else { c * falling(2.0 * k as f64 + 1.0, n) * x.powi(power) }
    };
    POWERS.iter().enumerate().map(term).sum()
}

/// Order n of A for large x.
fn large_ratio(n: usize, x: f64) -> f64 {
    inverse_powers(n, x, 0)
}

/// Order n of the sum of d_k x^-k from k = `first`, up to its smallest term.
fn inverse_powers(n: usize, x: f64, first: usize) -> f64 {
    let mut sum = 0.0;
    for (k, d) in INVERSE_POWERS.iter().enumerate().skip(first) {
        let term = d * falling(-(k as f64), n) * x.powi(-((k + n) as i32));
        sum += term;
        if term.abs() < 1e-18 * sum.abs() {
            break;
        }
    }
    sum
}

/// p (p-1) .. (p-n+1), the factor of x^(p-n) in the derivative of x^p.
fn falling(p: f64, n: usize) -> f64 {
    (0..n).map(|i| p - i as f64).product()
}

/// The cumulant of order 2 to 5 of cos(t) under the density proportional to exp(x cos t), which is A's derivative of
/// one order less. The trapezoidal rule on the circle is exact to exp(-N^2 / 2x).
fn cumulant_of_cosine(order: usize, x: f64) -> f64 {
    const POINTS: usize = 40;
    let mean = bessel_ratio(0, x);
    let mut moments = [0.0; MAX_ORDER + 2];
    for k in 0..=POINTS {
        let cosine = libm::cos(PI * k as f64 / POINTS as f64);
        let mut term = libm::exp(x * (cosine - 1.0)) * if k % POINTS == 0 { 0.5 } else { 1.0 };
        for moment in &mut moments {
            *moment += term;
            term *= cosine - mean;
        }
    }
    let central = |k: usize| moments[k] / moments[0];
    match order {
        2 | 3 => central(order),
        4 => central(4) - 3.0 * central(2) * central(2),
        _ => central(5) - 10.0 * central(3) * central(2),
    }
}
