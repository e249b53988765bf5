//! Derivatives of P(a, x), Q(a, x), their logarithms and the density in the shape parameter a.
//!
//! The smaller tail is x^a e^-x / Gamma(1 + a) times a J(a) with J(a) an integral whose integrand depends on a as
//! exp(-a v) or exp(a v), so that every derivative of J is a moment with an integrand of one sign. The prefactor's
//! derivatives are those of its logarithm. Both are power series in a shift of a; their product is the answer.

use libm::{exp, log, log1p};

use super::deviance::{exp_minus_one_minus, kernel};
use super::double_double::Pair;
use super::gamma::polygamma;
use super::gamma_ratio::{log_minus_next_digamma, scaled_gamma};
use super::incomplete_gamma::{gamma_p, gamma_q, log_gamma_p, log_gamma_q, tails};
use super::jets::{Jet, MAX_ORDER};
use super::quadrature::{Sample, decreasing_integral, tail_scale};

/// The derivative of order n of P(a, x) in a; order 0 is `gamma_p`.
///
/// Relative error 1e-14 for n = 1, 1e-13 for n = 2, 3 and 4, near sign changes relative to the largest term.
/// NaN above order 4 and outside a > 0, x >= 0. Derivatives: order n + 1 in a, `gamma_density_da(n, a, x)` in x;
/// with them -gamma_p_da(1, a, x) / gamma_density_da(0, a, x) is the implicit derivative of a gamma draw
/// (Figurnov, Mohamed and Mnih 2018).
pub fn gamma_p_da(n: usize, a: f64, x: f64) -> f64 {
    if n == 0 { gamma_p(a, x) } else { tail_derivative(n, a, x) }
}

/// The derivative of order n of Q(a, x) = 1 - P(a, x) in a; domain and accuracy as `gamma_p_da`.
pub fn gamma_q_da(n: usize, a: f64, x: f64) -> f64 {
    if n == 0 { gamma_q(a, x) } else { -tail_derivative(n, a, x) }
}

/// The derivative of order n of log P(a, x) in a, finite where P underflows; domain as `gamma_p_da`.
///
/// In x: with l = log f - log P (f the density), the derivative of log P is exp(l), and so on by Faa di Bruno's rule.
pub fn log_gamma_p_da(n: usize, a: f64, x: f64) -> f64 {
    if n == 0 { log_gamma_p(a, x) } else { log_derivative(n, a, x, true) }
}

/// The derivative of order n of log Q(a, x) in a, finite where Q underflows; domain as `gamma_p_da`.
pub fn log_gamma_q_da(n: usize, a: f64, x: f64) -> f64 {
    if n == 0 { log_gamma_q(a, x) } else { log_derivative(n, a, x, false) }
}

/// The derivative of order n in a of the density x^(a-1) e^-x / Gamma(a).
///
/// Relative error 1e-14 at order 0, 1e-13 above (near sign changes relative to the largest term). At x = 0 the limit
/// of order 0, and of higher orders where a > 1 (zero). NaN above order 4 and outside a > 0, x >= 0. Derivatives: n + 1
/// in a; in x it is ((a-1)/x - 1) f_n + n/x f_(n-1).
pub fn gamma_density_da(n: usize, a: f64, x: f64) -> f64 {
    if !(a > 0.0 && x >= 0.0) || n > MAX_ORDER || a == f64::INFINITY {
        return f64::NAN;
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    if x == 0.0 {
        return match (n, a.total_cmp(&1.0)) {
            (_, std::cmp::Ordering::Greater) => 0.0,
            (0, std::cmp::Ordering::Equal) => 1.0,
            (0, _) => f64::INFINITY,
            (n, _) if n % 2 == 0 => f64::INFINITY,
            _ => f64::NEG_INFINITY,
        };
    }
    let series = tilt(n, a, x).exp().times(&Jet::affine([n, 0], a, 1.0, 0.0));
    series.derivative(n, 0) * (prefactor(a, x) / x)
}

/// A tail as `prefactor` times exp(tilt) times rest, the latter two power series in the shift of a.
struct Tail {
    /// Whether this is P; else it is Q.
    lower: bool,
    tilt: Jet,
    rest: Jet,
}

/// Order n >= 1 of P.
fn tail_derivative(n: usize, a: f64, x: f64) -> f64 {
    if let Some(value) = edge(n, a, x) {
        return value;
    }
    let Tail { lower, tilt, rest } = tail(n, a, x);
    let value = tilt.exp().times(&rest).derivative(n, 0) * prefactor(a, x);
    if lower { value } else { -value }
}

/// Order n >= 1 of log P or log Q.
fn log_derivative(n: usize, a: f64, x: f64, lower: bool) -> f64 {
    if let Some(value) = edge(n, a, x) {
        return value;
    }
    let tail = tail(n, a, x);
    if tail.lower == lower {
        return tail.tilt.plus(&tail.rest.ln()).derivative(n, 0);
    }
    let tails = tails(a, x);
    let own = if lower { tails.lower } else { tails.upper };
    let other = tail.tilt.exp().times(&tail.rest);
    other.scaled(-prefactor(a, x)).with_value(own).ln().derivative(n, 0)
}

/// Orders n >= 1 at the edges of the domain, where P is 0 or 1 for all a; NaN outside and above the bound.
fn edge(n: usize, a: f64, x: f64) -> Option<f64> {
    if !(a > 0.0 && x >= 0.0) || n > MAX_ORDER || a == f64::INFINITY {
        Some(f64::NAN)
    } else if x == 0.0 || x == f64::INFINITY {
        Some(0.0)
    } else {
        None
    }
}

/// x^a e^-x / Gamma(1 + a).
fn prefactor(a: f64, x: f64) -> f64 {
    kernel(a, Pair::from(x)) / ((std::f64::consts::TAU * a).sqrt() * scaled_gamma(a))
}

/// The series of the prefactor's logarithm, less its value.
fn tilt(n: usize, a: f64, x: f64) -> Jet {
    let slope = if (x - a).abs() < 0.5 * a {
        log1p((x - a) / a) + log_minus_next_digamma(a)
    } else {
        log(x) - polygamma(0, 1.0 + a)
    };
    let derivative = |i: usize, _| match i {
        0 => 0.0,
        1 => slope,
        _ => -polygamma(i - 1, 1.0 + a),
    };
    Jet::from_derivatives([n, 0], derivative)
}

/// The tail that is small, or P where both arguments are.
fn tail(n: usize, a: f64, x: f64) -> Tail {
    let lower = x < a || (a <= 3.0 && x <= 1.5);
    let rest = if a <= 3.0 && x <= 1.5 {
        small_series(n, a, x)
    } else {
        let shape = Jet::affine([n, 0], a, 1.0, 0.0);
        shape.times(&if lower { lower_integral(n, a, x) } else { upper_integral(n, a, x) })
    };
    Tail { lower, tilt: tilt(n, a, x), rest }
}

/// e^x times the sum over k >= 0 of (-x)^k / k! a / (a + k) (DLMF 8.7.1), differentiated term by term.
fn small_series(n: usize, a: f64, x: f64) -> Jet {
    let mut coefficients = [0.0; MAX_ORDER + 1];
    let mut power = 1.0;
    coefficients[0] = 1.0;
    for k in 1..40 {
        let k = f64::from(k);
        power *= -x / k;
        // a / (a + k) = 1 - k / (a + k)
        let reciprocal = 1.0 / (a + k);
        coefficients[0] += power * a * reciprocal;
        let mut term = power * k * reciprocal * reciprocal;
        for coefficient in coefficients.iter_mut().skip(1) {
            *coefficient += term;
            term *= -reciprocal;
        }
        if power.abs() < 1e-19 {
            break;
        }
    }
    Jet::from_coefficients([n, 0], |i, _| coefficients[i] * x.exp())
}

/// The integral of exp(-a v - x (e^-v - 1)) over v > 0: from t = x e^-v in P. Slope a - x, curvature x at v = 0.
fn lower_integral(n: usize, a: f64, x: f64) -> Jet {
    let gap = a - x;
    decreasing_integral([n, 0], tail_scale(gap, x), |v| Sample {
        value: exp(-gap * v - x * exp_minus_one_minus(-v)),
        slopes: [-v, 0.0],
    })
}

/// The integral of exp(a v - x (e^v - 1)) over v > 0: from t = x e^v in Q.
fn upper_integral(n: usize, a: f64, x: f64) -> Jet {
    let gap = x - a;
    decreasing_integral([n, 0], tail_scale(gap, x), |v| Sample {
        value: exp(-gap * v - x * exp_minus_one_minus(v)),
        slopes: [v, 0.0],
    })
}
