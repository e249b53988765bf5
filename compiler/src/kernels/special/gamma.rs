//! The gamma function's logarithm and its derivatives: lgamma, digamma, trigamma, polygamma.
//!
//! The family is closed: the derivative of `lgamma` is `digamma`, that of `polygamma(n, .)` is
//! `polygamma(n + 1, .)`.

use libm::{log, tan};

use special::Gamma;

use super::gamma_ratio::polygamma_difference;

/// Bernoulli numbers B_2, B_4, .., B_24 (DLMF table 24.2.1), exact or rounded once.
pub(super) const BERNOULLI: [f64; 12] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43867.0 / 798.0,
    -174611.0 / 330.0,
    854513.0 / 138.0,
    -236364091.0 / 2730.0,
];

/// Above this order `polygamma` is NaN; factorials overflow soon after.
pub const MAX_POLYGAMMA_ORDER: usize = 100;

/// The positive zero of digamma (OEIS A030169), as a double and the rest of it.
const DIGAMMA_ZERO: [f64; 2] = [1.4616321449683622, 9.549995429965697e-17];

/// log|Gamma(x)|.
///
/// Within 4e-16 of max(1, |value|) for x > 0, relative to the value near its zeros 1 and 2; for x < 0 the error
/// is 1e-15 of the largest term of the reflection formula. Positive infinity at the poles 0, -1, -2, .. and at
/// either infinity. Source: fdlibm, as ported by the crate libm.
pub fn lgamma(x: f64) -> f64 {
    if x == f64::NEG_INFINITY { f64::INFINITY } else { libm::lgamma(x) }
}

/// psi(x) = d/dx log|Gamma(x)|.
///
/// Relative error 2e-15 for x > 0, its zero 1.4616.. included; for x < 0 that is the error relative to the
/// larger term of psi(1 - x) - pi cot(pi x) (DLMF 5.5.4). NaN at the poles 0, -1, -2, .. and at negative infinity.
pub fn digamma(x: f64) -> f64 {
    if x > 0.0 {
        let from_zero = x - DIGAMMA_ZERO[0];
        return if from_zero.abs() < 0.25 {
            polygamma_difference(0, DIGAMMA_ZERO[0], from_zero - DIGAMMA_ZERO[1])
        } else if x < 1e17 {
            x.digamma()
        } else {
            log(x)
        };
    }
    let from_pole = x - x.round();
    if from_pole == 0.0 || x == f64::NEG_INFINITY {
        return f64::NAN;
    }
    (1.0 - x).digamma() - std::f64::consts::PI / tan(std::f64::consts::PI * from_pole)
}

/// psi'(x), the second derivative of log|Gamma|: see [`polygamma`].
pub fn trigamma(x: f64) -> f64 {
    polygamma(1, x)
}

/// The derivative of order n of digamma: psi_n(x) = (-1)^(n+1) n! sum over k >= 0 of (x + k)^-(n+1).
///
/// Relative error 1e-14 up to order 20 (growing with the order, as n * 1e-16) for x > 0; for x < 0 relative to the
/// largest term, so absolute near the zeros of even orders. At the poles 0, -1, -2, .. odd orders are positive
/// infinity, even orders NaN. Zero at positive infinity (order >= 1), NaN at negative infinity and above order 100.
/// Method: Euler-Maclaurin sum of the Hurwitz zeta function (DLMF 5.15.1, 25.11.5); for x < 0 the sum over all
/// integers less its missing half.
pub fn polygamma(n: usize, x: f64) -> f64 {
    if n == 0 {
        return digamma(x);
    }
    if n > MAX_POLYGAMMA_ORDER {
        return f64::NAN;
    }
    let sign = if n % 2 == 1 { 1.0 } else { -1.0 };
    if x == f64::INFINITY {
        return 0.0;
    }
    if x > 0.0 {
        return sign * factorial_over_power(n, x) * scaled_zeta(n + 1, x);
    }
    if x.is_nan() || x == f64::NEG_INFINITY {
        return f64::NAN;
    }
    let nearest = x - x.round();
    if nearest == 0.0 {
        return if n % 2 == 1 { f64::INFINITY } else { f64::NAN };
    }
    let term = |point: f64| factorial_over_power(n, point) * scaled_zeta(n + 1, point);
    let size = nearest.abs();
    let pole = factorial_over_power(n, size) / size * if nearest < 0.0 { sign } else { 1.0 };
    sign * (pole + term(1.0 + nearest)) + term(1.0 - nearest) - term(1.0 - x)
}

/// n! / x^n, without overflow on the way.
fn factorial_over_power(n: usize, x: f64) -> f64 {
    (1..=n).fold(1.0, |product, k| product * (k as f64 / x))
}

/// x^(s-1) zeta(s, x) = sum over k >= 0 of (x / (x + k))^s / x for s >= 2 and x > 0.
fn scaled_zeta(s: usize, x: f64) -> f64 {
    let mut sum = 0.0;
    let mut point = x;
    while point < s as f64 + 10.0 {
        sum += (x / point).powi(s as i32);
        point += 1.0;
    }
    let rest = euler_maclaurin(s, point);
    (sum + (x / point).powi(s as i32) * rest) / x
}

/// point^s times the sum over k >= 0 of (point + k)^-s, for a large point (DLMF 25.11.5).
fn euler_maclaurin(s: usize, point: f64) -> f64 {
    let s = s as f64;
    let mut sum = point / (s - 1.0) + 0.5;
    // (s)_(2k-1) / (2k)! / point^(2k-1)
    let mut factor = s / (2.0 * point);
    for (k, bernoulli) in BERNOULLI.iter().enumerate() {
        let term = factor * bernoulli;
        sum += term;
        if term.abs() < 1e-18 * sum {
            break;
        }
        let m = 2.0 * k as f64 + 1.0;
        factor *= (s + m) / point * ((s + m + 1.0) / point) / ((m + 2.0) * (m + 3.0));
    }
    sum
}
