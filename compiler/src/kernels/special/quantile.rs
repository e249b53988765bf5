//! Inverses in x of the incomplete gamma and beta functions.
//!
//! In the variable u = log x (gamma) or u = logit x (beta) the density is log-concave, so the logarithm of either tail
//! is a concave function of u (Prekopa 1973). Newton's method on log P(u) = log p then converges from every start, after
//! its first step from one side. The tail below one half is the one inverted.

use libm::{exp, log, log1p};

use super::beta::lbeta;
use super::deviance::deviance;
use super::double_double::Pair;
use super::gamma::{digamma, trigamma};
use super::gamma_ratio::{lgamma_of_one_plus, scaled_gamma};
use super::incomplete_beta::{Point, log_lower, log_prefactor};
use super::incomplete_gamma::{log_gamma_p, log_gamma_q};
use super::normal::normal_quantile;

/// Below this logarithm the leading term of the tail at zero is exact.
const TINY_LOG: f64 = -650.0;

/// The x with P(a, x) = p, for a > 0 and 0 <= p <= 1: 0 at p = 0, infinity at p = 1, NaN outside.
///
/// Relative error 1e-14, times the condition number p / (x f) where the density f is small. Derivatives at x, with f
/// the density: 1 / f in p, -gamma_p_da(1, a, x) / f in a.
pub fn gamma_p_inverse(a: f64, p: f64) -> f64 {
    gamma_inverse(a, p, 1.0 - p)
}

/// The x with Q(a, x) = q: infinity at q = 0, 0 at q = 1, NaN outside; accurate for the smallest q.
pub fn gamma_q_inverse(a: f64, q: f64) -> f64 {
    gamma_inverse(a, 1.0 - q, q)
}

/// The x with I_x(a, b) = p, for a, b > 0 and 0 <= p <= 1: 0 at p = 0, 1 at p = 1, NaN outside.
///
/// Relative error 1e-14, times the condition number p / (x f) where the density f is small, and half a unit of the last
/// place of 1 where x is near 1. Derivatives at x, with f the density: 1 / f in p, -beta_inc_dab([1, 0], a, b, x) / f in
/// a, and so in b.
pub fn beta_inc_inverse(a: f64, b: f64, p: f64) -> f64 {
    beta_inverse(a, b, p, 1.0 - p)
}

/// The x with 1 - I_x(a, b) = q: 1 at q = 0, 0 at q = 1, NaN outside; accurate for the smallest q.
pub fn beta_inc_upper_inverse(a: f64, b: f64, q: f64) -> f64 {
    beta_inverse(a, b, 1.0 - q, q)
}

/// A tail at u: its logarithm, and the derivative of that in u.
struct Slope {
    log_tail: f64,
    derivative: f64,
}

/// Newton's method for log tail(e^u) = `log_target` from e^u = `start`; `width` is the spread of the density in u.
fn newton(start: f64, log_target: f64, width: f64, tail: impl Fn(f64) -> Slope) -> f64 {
    let mut point = start;
    for _ in 0..100 {
        let Slope { log_tail, derivative } = tail(point);
        let step = (log_target - log_tail) / derivative;
        let next = (point * exp(step)).clamp(exp(TINY_LOG), exp(-TINY_LOG));
        if next == point || step.abs() < 1e-9 * width.min(1.0) {
            return next;
        }
        point = next;
    }
    point
}

fn gamma_inverse(a: f64, p: f64, q: f64) -> f64 {
    if !(a > 0.0 && a < f64::INFINITY && p >= 0.0 && q >= 0.0) {
        return f64::NAN;
    }
    if p == 0.0 || q == 0.0 {
        return if p == 0.0 { 0.0 } else { f64::INFINITY };
    }
    // P = x^a / Gamma(1 + a) near zero; its logarithm from q where p is rounded.
    let log_p = if p <= 0.5 { log(p) } else { log1p(-q) };
    let leading = (log_p + lgamma_of_one_plus(a)) / a;
    if leading < TINY_LOG {
        return exp(leading);
    }
    let log_factor = 0.5 * log(a / std::f64::consts::TAU) - log(scaled_gamma(a));
    // log of x f(x), the density of log x.
    let log_density = |x: f64| log_factor - deviance(a, Pair::from(x));
    let start = gamma_start(a, p, q, leading);
    let width = 1.0 / a.sqrt();
    if p <= 0.5 {
        newton(start, log_p, width, |x| {
            let log_tail = log_gamma_p(a, x);
            Slope { log_tail, derivative: exp(log_density(x) - log_tail) }
        })
    } else {
        newton(start, log(q), width, |x| {
            let log_tail = log_gamma_q(a, x);
            Slope { log_tail, derivative: -exp(log_density(x) - log_tail) }
        })
    }
}

/// Wilson and Hilferty 1931 where it is positive, for small a the leading term at zero or the tail's exponential.
fn gamma_start(a: f64, p: f64, q: f64, leading: f64) -> f64 {
    let z = if p <= 0.5 { normal_quantile(p) } else { -normal_quantile(q) };
    let root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * a.sqrt());
    if a >= 0.5 && root > 0.1 {
        a * root * root * root
    } else if p > 0.5 && leading > -1.0 {
        1.0 - log(q)
    } else {
        exp(leading.min(3.0))
    }
}

fn beta_inverse(a: f64, b: f64, p: f64, q: f64) -> f64 {
    if !(a > 0.0 && a < f64::INFINITY && b > 0.0 && b < f64::INFINITY && p >= 0.0 && q >= 0.0) {
        return f64::NAN;
    }
    if p == 0.0 || q == 0.0 {
        return if p == 0.0 { 0.0 } else { 1.0 };
    }
    let log_beta = lbeta(a, b);
    // I = x^a / (a B) near zero, 1 - I = y^b / (b B) near one.
    let leading = |shape: f64, log_rank: f64| (log_rank + log(shape) + log_beta) / shape;
    let (log_p, log_q) = if p <= 0.5 { (log(p), log1p(-p)) } else { (log1p(-q), log(q)) };
    let (near_zero, near_one) = (leading(a, log_p), leading(b, log_q));
    if near_zero < TINY_LOG {
        exp(near_zero)
    } else if near_one < TINY_LOG {
        1.0
    } else if p <= 0.5 {
        let odds = beta_odds(a, b, log_p, near_zero);
        odds / (1.0 + odds)
    } else {
        1.0 / (1.0 + beta_odds(b, a, log_q, near_one))
    }
}

/// x / (1 - x) where log I_x(a, b) = log_p <= log 1/2, started from `leading` = log x for small x, or for larger
/// parameters from a normal approximation in the logit.
fn beta_odds(a: f64, b: f64, log_p: f64, leading: f64) -> f64 {
    let variance = trigamma(a) + trigamma(b);
    let start = if a.min(b) >= 1.0 {
        digamma(a) - digamma(b) + normal_quantile(exp(log_p)).max(-38.0) * variance.sqrt()
    } else {
        leading
    };
    let tail = |odds: f64| {
        let point = Point::from_odds(a, b, odds);
        let log_tail = log_lower(&point);
        Slope { log_tail, derivative: exp(log_prefactor(&point) - log_tail) }
    };
    newton(exp(start.clamp(TINY_LOG, -TINY_LOG)), log_p, variance.sqrt(), tail)
}
