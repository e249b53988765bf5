//! Differences of lgamma and polygamma at two points, and what is left of Gamma after Stirling's formula.
//!
//! lgamma(a + d) - lgamma(a) by subtraction loses all digits when a is large; beta functions, binomial
//! coefficients and the prefactors of the incomplete integrals need it to full accuracy. Method: shift both
//! points above 10 by the recurrence, then subtract the asymptotic series (DLMF 5.11.1, 5.15.8) term by term.

use libm::{exp, expm1, log, log1p, pow};

use super::gamma::{BERNOULLI, digamma, lgamma, polygamma};

/// Above this point eight terms of Stirling's series reach 1e-17.
const LARGE: f64 = 10.0;
/// Above this order `polygamma_difference` is NaN.
const MAX_DIFFERENCE_ORDER: usize = 20;
/// log(sqrt(2 pi)).
pub(super) const HALF_LOG_TWO_PI: f64 = 0.918938533204672741780329736406;

/// lgamma(a + d) - lgamma(a), the logarithm of the rising factorial (a)_d, for a > 0 and a + d > 0.
///
/// Error within 2e-15 of the larger of |d| and the value, so small d and large a lose nothing. Negative infinity at
/// a = 0 < d, positive infinity at a + d = 0 < a, 0 where both are zero; NaN for negative arguments. Derivatives:
/// `polygamma_difference(0, a, d)` in a, `digamma(a + d)` in d.
pub fn log_rising(a: f64, d: f64) -> f64 {
    if !(a > 0.0 && a + d > 0.0) || a == f64::INFINITY {
        return at_the_edge(a, d);
    }
    if a.min(a + d) < LARGE && d.abs() > 0.5 { lgamma(a + d) - lgamma(a) } else { shifted_log_rising(a, d) }
}

fn at_the_edge(a: f64, d: f64) -> f64 {
    match (a == 0.0, a + d == 0.0) {
        (true, true) => 0.0,
        (true, false) if d > 0.0 => f64::NEG_INFINITY,
        (false, true) if a > 0.0 => f64::INFINITY,
        _ => f64::NAN,
    }
}

/// Both points raised above `LARGE`, where the series are subtracted.
fn shifted_log_rising(a: f64, d: f64) -> f64 {
    let mut point = a;
    // The product of (1 + d / (a + k)), less one.
    let mut lowered = 0.0;
    while point.min(point + d) < LARGE {
        let step = d / point;
        lowered += step + lowered * step;
        point += 1.0;
    }
    let log_ratio = log1p(d / point);
    let mut corrections = 0.0;
    let square = 1.0 / (point * point);
    let mut power = 1.0 / point;
    for (k, bernoulli) in BERNOULLI.iter().enumerate().take(8) {
        let m = 2.0 * k as f64 + 1.0;
        corrections += bernoulli / (m * (m + 1.0)) * power * expm1(-m * log_ratio);
        power *= square;
    }
    let leading = (point - 0.5) * log_ratio - d + d * log(point + d);
    leading + corrections - log1p(lowered)
}

/// log Gamma(1 + x) for x > -1, with full relative accuracy near x = 0.
pub(super) fn lgamma_of_one_plus(x: f64) -> f64 {
    if x.abs() < 0.5 { shifted_log_rising(1.0, x) } else { lgamma(1.0 + x) }
}

/// psi_n(a + d) - psi_n(a) for a > 0 and a + d > 0, psi_n the polygamma function of order n.
///
/// Relative error 1e-14 for orders up to 7, however small d / a. NaN outside the domain and above order 20; infinite,
/// with the sign of the limit, where a or a + d is zero. Derivatives: order n + 1 in a, `polygamma(n + 1, a + d)` in d.
pub fn polygamma_difference(n: usize, a: f64, d: f64) -> f64 {
    if n > MAX_DIFFERENCE_ORDER {
        return f64::NAN;
    }
    let sign = if n.is_multiple_of(2) { 1.0 } else { -1.0 };
    if !(a > 0.0 && a + d > 0.0) || a == f64::INFINITY {
        // psi_n falls to -inf at zero for even n and rises to +inf for odd n: the opposite of lgamma.
        return -sign * at_the_edge(a, d);
    }
    let large = LARGE + n as f64;
    if a.min(a + d) < large && a.max(a + d) > 100.0 * large {
        return polygamma(n, a + d) - polygamma(n, a);
    }
    let mut point = a;
    // Each removed term is n! (1/(point+d)^(n+1) - 1/point^(n+1)).
    let mut removed = 0.0;
    while point.min(point + d) < large {
        removed += power_difference(n + 1, point, d);
        point += 1.0;
    }
    sign * (factorial(n) * -removed + asymptotic_difference(n, point, d))
}

/// (point + d)^-m - point^-m, without cancellation.
fn power_difference(m: usize, point: f64, d: f64) -> f64 {
    let (low, high) = (1.0 / point, 1.0 / (point + d));
    // high - low = -d low high; x^m - y^m = (x - y) times the sum of x^i y^(m-1-i).
    let mut sum = 0.0;
    let mut power = 1.0;
    for _ in 0..m {
        sum = sum * low + power;
        power *= high;
    }
    -d * low * high * sum
}

/// (-1)^n (psi_n(p + d) - psi_n(p)) by the asymptotic series, p and p + d large.
fn asymptotic_difference(n: usize, point: f64, d: f64) -> f64 {
    let log_ratio = log1p(d / point);
    let order = n as f64;
    let relative = |m: f64| expm1(-m * log_ratio);
    let lead = if n == 0 { log_ratio } else { -factorial(n - 1) * point.powi(-(n as i32)) * relative(order) };
    let mut sum = lead - 0.5 * factorial(n) * point.powi(-(n as i32) - 1) * relative(order + 1.0);
    // (n + 2k - 1)! / (2k)! / point^(n + 2k)
    let mut factor = 0.5 * factorial(n + 1) * point.powi(-(n as i32) - 2);
    for (k, bernoulli) in BERNOULLI.iter().enumerate() {
        let m = order + 2.0 * k as f64 + 2.0;
        let term = bernoulli * factor * relative(m);
        sum -= term;
        if term.abs() < 1e-18 * sum.abs() {
            break;
        }
        let even = 2.0 * k as f64 + 2.0;
        factor *= m / point * ((m + 1.0) / point) / ((even + 1.0) * (even + 2.0));
    }
    sum
}

fn factorial(n: usize) -> f64 {
    (2..=n).map(|k| k as f64).product()
}

/// Gamma(a) / (sqrt(2 pi / a) (a / e)^a) for a > 0: what Stirling's formula leaves (DLMF 5.11.3), within 1e-15.
pub(super) fn scaled_gamma(a: f64) -> f64 {
    if a >= LARGE {
        return exp(stirling_correction(a));
    }
    // a Gamma(a) = Gamma(1 + a) stays finite for the smallest a.
    libm::tgamma(1.0 + a) * exp(a) / (pow(a, a) * (std::f64::consts::TAU * a).sqrt())
}

/// log Gamma(a) - (a - 1/2) log a + a - log sqrt(2 pi), for a >= 10.
pub(super) fn stirling_correction(a: f64) -> f64 {
    let square = 1.0 / (a * a);
    let term = |k: usize| BERNOULLI[k] / ((2 * k + 1) * (2 * k + 2)) as f64;
    (0..8).rev().fold(0.0, |sum, k| sum * square + term(k)) / a
}

/// log a - psi(1 + a) for a > 0, which tends to -1 / (2a); relative error 1e-15 except near its zero 0.24.
pub(super) fn log_minus_next_digamma(a: f64) -> f64 {
    if a < LARGE {
        return log(a) - digamma(1.0 + a);
    }
    let square = 1.0 / (a * a);
    let term = |k: usize| BERNOULLI[k] / (2 * k + 2) as f64;
    (0..9).rev().fold(0.0, |sum, k| sum * square + term(k)) * square - 0.5 / a
}
