//! Regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 - P(a, x), and their logarithms.
//!
//! Four methods, each where it loses nothing: a series for small a and x, Temme's uniform expansion for large
//! a, the series of positive terms below the mean and the continued fraction above it. The smaller of P and Q is
//! always the one computed, as (x/a)^a exp(a - x) times a factor of moderate size.

use libm::{exp, expm1, log, log1p};

use super::deviance::{deviance, kernel};
use super::double_double::Pair;
use super::error_function::erfcx;
use super::gamma_ratio::{lgamma_of_one_plus, scaled_gamma};
use super::temme::remainder_series;

/// Both tails, each to full relative accuracy.
pub(super) struct Tails {
    /// P(a, x).
    pub lower: f64,
    /// Q(a, x).
    pub upper: f64,
    /// The smaller tail over (x/a)^a exp(a - x), where it was computed so.
    factor: Option<f64>,
}

impl Tails {
    fn from_lower(kernel: f64, factor: f64) -> Self {
        let lower = kernel * factor;
        Tails { lower, upper: 1.0 - lower, factor: Some(factor) }
    }

    fn from_upper(kernel: f64, factor: f64) -> Self {
        let upper = kernel * factor;
        Tails { lower: 1.0 - upper, upper, factor: Some(factor) }
    }
}

/// P(a, x) = 1/Gamma(a) times the integral of t^(a-1) e^-t from 0 to x, for a > 0 and x >= 0.
///
/// Relative error 1e-14 down to the smallest normal number. P(a, 0) = 0, P(a, inf) = 1; NaN outside the domain.
/// Derivatives: `gamma_density_da(0, a, x)` in x, `gamma_p_da(1, a, x)` in a. Source: DLMF 8.2.4.
pub fn gamma_p(a: f64, x: f64) -> f64 {
    edge(a, x).unwrap_or_else(|| tails(a, x).lower)
}

/// Q(a, x) = 1 - P(a, x) with the same domain and accuracy, Q being small above the mean.
pub fn gamma_q(a: f64, x: f64) -> f64 {
    edge(a, x).map_or_else(|| tails(a, x).upper, |lower| 1.0 - lower)
}

/// log P(a, x), finite where P underflows; relative error 2e-15. Negative infinity at x = 0.
pub fn log_gamma_p(a: f64, x: f64) -> f64 {
    if let Some(lower) = edge(a, x) {
        return log(lower);
    }
    let tails = tails(a, x);
    log_tail(a, x, tails.lower, tails.upper, tails.factor)
}

/// log Q(a, x), finite where Q underflows; relative error 2e-15. Negative infinity at x = inf.
pub fn log_gamma_q(a: f64, x: f64) -> f64 {
    if let Some(lower) = edge(a, x) {
        return log(1.0 - lower);
    }
    let tails = tails(a, x);
    log_tail(a, x, tails.upper, tails.lower, tails.factor)
}

/// The logarithm of one of two tails that sum to one.
fn log_tail(a: f64, x: f64, own: f64, other: f64, factor: Option<f64>) -> f64 {
    match factor {
        _ if own > 0.5 => log1p(-other),
        Some(factor) if own < 1e-290 => log(factor) - deviance(a, Pair::from(x)),
        _ => log(own),
    }
}

/// P at the edges of the domain, NaN outside.
fn edge(a: f64, x: f64) -> Option<f64> {
    if !(a > 0.0 && x >= 0.0) || (a == f64::INFINITY && x == f64::INFINITY) {
        Some(f64::NAN)
    } else if x == 0.0 || a == f64::INFINITY {
        Some(0.0)
    } else if x == f64::INFINITY {
        Some(1.0)
    } else {
        None
    }
}

/// P and Q for finite a > 0 and x > 0.
pub(super) fn tails(a: f64, x: f64) -> Tails {
    if a <= 1.0 && x <= 1.5 {
        return small_arguments(a, x);
    }
    let kernel = kernel(a, Pair::from(x));
    if a >= 20.0 && (0.35 * a..2.3 * a).contains(&x) {
        return temme(a, x, kernel);
    }
    // kernel / denominator = x^a e^-x / Gamma(a + 1)
    let denominator = (std::f64::consts::TAU * a).sqrt() * scaled_gamma(a);
    if x < a {
        Tails::from_lower(kernel, lower_series(a, x) / denominator)
    } else {
        Tails::from_upper(kernel, a * upper_fraction(a, x) / denominator)
    }
}

/// P = u (1 + a w) and Q = (1 - u) - a u w with u = x^a / Gamma(1 + a) and
/// w = sum over k >= 1 of (-x)^k / (k! (a + k)) (DLMF 8.7.1); 1 - u keeps its digits as a tends to zero.
fn small_arguments(a: f64, x: f64) -> Tails {
    let log_u = a * log(x) - lgamma_of_one_plus(a);
    let (u, complement) = (exp(log_u), -expm1(log_u));
    let mut term = 1.0;
    let mut w = 0.0;
    for k in 1..40 {
        let k = f64::from(k);
        term *= -x / k;
        w += term / (a + k);
        if term.abs() < 1e-18 * w.abs() {
            break;
        }
    }
    Tails { lower: u * (1.0 + a * w), upper: complement - a * u * w, factor: None }
}

/// The sum over k >= 0 of x^k / (a+1)_k (DLMF 8.11.4), for x below about a.
fn lower_series(a: f64, x: f64) -> f64 {
    let mut sum = 1.0;
    let mut term = 1.0;
    let mut point = a;
    while term > 1e-17 * sum {
        point += 1.0;
        term *= x / point;
        sum += term;
    }
    sum
}

/// Gamma(a, x) e^x x^-a by its continued fraction (DLMF 8.9.2 contracted), modified Lentz, for x above about a.
fn upper_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = f64::INFINITY;
    let mut d = 1.0 / b;
    let mut value = d;
    for k in 1..1_000_000 {
        let k = f64::from(k);
        let numerator = -k * (k - a);
        b += 2.0;
        d = 1.0 / numerator.mul_add(d, b);
        c = b + numerator / c;
        let change = c * d;
        value *= change;
        if (change - 1.0).abs() < 2e-16 {
            break;
        }
    }
    value
}

/// Temme's uniform expansion: with eta^2 / 2 = x/a - 1 - log(x/a), of the sign of x - a,
/// Q = erfc(eta sqrt(a/2)) / 2 + R (DLMF 8.12.3), and P the same with both signs changed.
fn temme(a: f64, x: f64, kernel: f64) -> Tails {
    let z = deviance(a, Pair::from(x)).sqrt();
    let eta = z * (2.0 / a).sqrt();
    let half = 0.5 * erfcx(z);
    let root = (std::f64::consts::TAU * a).sqrt();
    if x < a {
        Tails::from_lower(kernel, half - remainder_series(a, -eta) / root)
    } else {
        Tails::from_upper(kernel, half + remainder_series(a, eta) / root)
    }
}
