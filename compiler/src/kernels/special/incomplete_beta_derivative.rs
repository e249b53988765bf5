//! Mixed derivatives of I_x(a, b), its complement, their logarithms and the beta density in the parameters a and b.
//!
//! The tail that `incomplete_beta` computes there is a prefactor times an integral or power series; both are expanded
//! in shifts of a and b and multiplied. Factors that vanish with a parameter, such as b / (a + b), are kept apart from
//! the logarithm of the prefactor, whose derivatives would otherwise cancel.

use super::gamma::polygamma;
use super::gamma_ratio::{log_minus_next_digamma, polygamma_difference};
use super::incomplete_beta::{
    Method, Point, Tails, beta_inc, beta_inc_upper, edge, integral, log_beta_inc, log_beta_inc_upper,
    prefactor, series_factor, tails,
};
use super::jets::{Jet, MAX_ORDER};

/// The derivative of order [i, j] in (a, b) of I_x(a, b); [0, 0] is `beta_inc`.
///
/// Relative error 1e-14 for first, 1e-12 for higher orders, near sign changes relative to the largest term. NaN where i
/// or j exceeds 4 and outside a, b > 0, 0 <= x <= 1. Derivatives: [i+1, j] in a, [i, j+1] in b,
/// `beta_density_dab([i, j], a, b, x)` in x.
pub fn beta_inc_dab(order: [usize; 2], a: f64, b: f64, x: f64) -> f64 {
    if order == [0, 0] { beta_inc(a, b, x) } else { derivative(order, a, b, x) }
}

/// The derivative of order [i, j] in (a, b) of 1 - I_x(a, b); domain and accuracy as `beta_inc_dab`.
pub fn beta_inc_upper_dab(order: [usize; 2], a: f64, b: f64, x: f64) -> f64 {
    if order == [0, 0] { beta_inc_upper(a, b, x) } else { -derivative(order, a, b, x) }
}

/// The derivative of order [i, j] in (a, b) of log I_x(a, b), finite where I underflows; domain as `beta_inc_dab`.
///
/// In x: with l = log f - log I (f the density), the derivative of log I is exp(l), and so on by Faa di Bruno's rule.
pub fn log_beta_inc_dab(order: [usize; 2], a: f64, b: f64, x: f64) -> f64 {
    if order == [0, 0] { log_beta_inc(a, b, x) } else { log_derivative(order, a, b, x, Side::Lower) }
}

/// The derivative of order [i, j] in (a, b) of log(1 - I_x(a, b)); as `log_beta_inc_dab`.
pub fn log_beta_inc_upper_dab(order: [usize; 2], a: f64, b: f64, x: f64) -> f64 {
    if order == [0, 0] { log_beta_inc_upper(a, b, x) } else { log_derivative(order, a, b, x, Side::Upper) }
}

/// The derivative of order [i, j] in (a, b) of the density x^(a-1) (1-x)^(b-1) / B(a, b), 0 < x < 1.
///
/// Relative error 1e-14 at order [0, 0], 1e-13 above, near sign changes relative to the largest term. NaN where i or j
/// exceeds 4 and outside the domain, x = 0 and 1 included. Derivatives: [i+1, j] in a, [i, j+1] in b; in x it is
/// ((a-1)/x - (b-1)/(1-x)) f_ij + i/x f_(i-1)j - j/(1-x) f_i(j-1).
pub fn beta_density_dab(order: [usize; 2], a: f64, b: f64, x: f64) -> f64 {
    let [i, j] = order;
    if i.max(j) > MAX_ORDER || !(0.0 < x && x < 1.0) || edge(a, b, x).is_some() {
        return f64::NAN;
    }
    let point = Point::new(a, b, x);
    let series = prefactor_tilt(&point, order).exp().times(&shapes(&point, order));
    series.derivative(i, j) * (prefactor(&point) / (point.x.high * point.y.high))
}

/// Which tail.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Lower,
    Upper,
}

/// A tail as a positive factor times exp(tilt) times rest, the latter two series in shifts of (a, b).
struct Tail {
    side: Side,
    factor: f64,
    tilt: Jet,
    rest: Jet,
}

impl Tail {
    fn mirrored(self) -> Self {
        let side = if self.side == Side::Lower { Side::Upper } else { Side::Lower };
        Tail { side, tilt: self.tilt.transposed(), rest: self.rest.transposed(), ..self }
    }
}

/// An order other than [0, 0] of I.
fn derivative(order: [usize; 2], a: f64, b: f64, x: f64) -> f64 {
    if let Some(value) = derivative_at_edge(order, a, b, x) {
        return value;
    }
    let Tail { side, factor, tilt, rest } = tail(&Point::new(a, b, x), order);
    let value = factor * tilt.exp().times(&rest).derivative(order[0], order[1]);
    if side == Side::Lower { value } else { -value }
}

/// An order other than [0, 0] of the logarithm of a tail.
fn log_derivative(order: [usize; 2], a: f64, b: f64, x: f64, side: Side) -> f64 {
    if let Some(value) = derivative_at_edge(order, a, b, x) {
        return value;
    }
    let point = Point::new(a, b, x);
    let tail = tail(&point, order);
    if tail.side == side {
        return tail.tilt.plus(&tail.rest.ln()).derivative(order[0], order[1]);
    }
    let Tails { lower, upper } = tails(&point);
    let own = if side == Side::Lower { lower } else { upper };
    let other = tail.tilt.exp().times(&tail.rest);
    other.scaled(-tail.factor).with_value(own).ln().derivative(order[0], order[1])
}

/// At x = 0 and 1 I does not depend on the parameters; NaN outside the domain and above the bound.
fn derivative_at_edge(order: [usize; 2], a: f64, b: f64, x: f64) -> Option<f64> {
    let value = edge(a, b, x);
    if order[0].max(order[1]) > MAX_ORDER {
        Some(f64::NAN)
    } else {
        value.map(|v| if v.is_nan() { v } else { 0.0 })
    }
}

fn tail(point: &Point, order: [usize; 2]) -> Tail {
    let swapped = [order[1], order[0]];
    match point.method() {
        Method::Series => series_tail(point, order),
        Method::MirroredSeries => series_tail(&point.mirrored(), swapped).mirrored(),
        Method::Lower => integral_tail(point, order),
        Method::Upper => integral_tail(&point.mirrored(), swapped).mirrored(),
    }
}

/// The lower tail as prefactor times integral.
fn integral_tail(point: &Point, order: [usize; 2]) -> Tail {
    let rest = shapes(point, order).times(&integral(point, order));
    Tail { side: Side::Lower, factor: prefactor(point), tilt: prefactor_tilt(point, order), rest }
}

/// a b over its value.
fn shapes(point: &Point, order: [usize; 2]) -> Jet {
    Jet::affine(order, 1.0, 1.0 / point.a, 0.0).times(&Jet::affine(order, 1.0, 0.0, 1.0 / point.b))
}

/// The series of log(Gamma(a+b) x^a y^b / (Gamma(1+a) Gamma(1+b))), less its value: the prefactor without `shapes`.
fn prefactor_tilt(point: &Point, order: [usize; 2]) -> Jet {
    let Point { a, b, .. } = *point;
    let total = a + b;
    let mirrored = point.mirrored();
    // log(a + b) - psi(a + b)
    let total_rest = log_minus_next_digamma(total) + 1.0 / total;
    Jet::from_derivatives(order, |i, j| match (i, j) {
        (0, 0) => 0.0,
        (1, 0) => point.log_x_over_mean() + log_minus_next_digamma(a) - total_rest,
        (0, 1) => mirrored.log_x_over_mean() + log_minus_next_digamma(b) - total_rest,
        (i, 0) => total_less_next(i - 1, a, b),
        (0, j) => total_less_next(j - 1, b, a),
        (i, j) => polygamma(i + j - 1, total),
    })
}

/// psi_n(a + b) - psi_n(1 + a); a sum below one must not be found by way of 1 + a, which would round it.
fn total_less_next(n: usize, a: f64, b: f64) -> f64 {
    if a + b < 1.0 {
        polygamma(n, a + b) - polygamma(n, 1.0 + a)
    } else {
        polygamma_difference(n, 1.0 + a, b - 1.0)
    }
}

/// The lower tail u s of `incomplete_beta`'s power series, u = x^a Gamma(a+b) / (Gamma(1+a) Gamma(b)).
fn series_tail(point: &Point, order: [usize; 2]) -> Tail {
    let factor = series_factor(point);
    let sum = power_sum(point, order);
    if point.b < point.a {
        let rest = share(point, order).times(&sum);
        Tail { side: Side::Lower, factor, tilt: tilt_for_small_b(point, order), rest }
    } else {
        Tail { side: Side::Lower, factor, tilt: tilt_for_small_a(point, order), rest: sum }
    }
}

/// b / (a + b) over its value.
fn share(point: &Point, order: [usize; 2]) -> Jet {
    let Point { a, b, .. } = *point;
    let total = Jet::affine(order, 1.0, 1.0 / (a + b), 1.0 / (a + b));
    Jet::affine(order, 1.0, 0.0, 1.0 / b).times(&total.reciprocal())
}

/// The series of log(x^a Gamma(1+a+b) / (Gamma(1+a) Gamma(1+b))), less its value: log u without `share`, for b < a.
fn tilt_for_small_b(point: &Point, order: [usize; 2]) -> Jet {
    let Point { a, b, .. } = *point;
    Jet::from_derivatives(order, |i, j| match (i, j) {
        (0, 0) => 0.0,
        (1, 0) => point.log_x() + polygamma_difference(0, 1.0 + a, b),
        (i, 0) => polygamma_difference(i - 1, 1.0 + a, b),
        (0, j) => polygamma_difference(j - 1, 1.0 + b, a),
        (i, j) => polygamma(i + j - 1, 1.0 + a + b),
    })
}

/// The series of log u, less its value, for a <= b: its derivatives in b vanish with a.
fn tilt_for_small_a(point: &Point, order: [usize; 2]) -> Jet {
    let Point { a, b, .. } = *point;
    Jet::from_derivatives(order, |i, j| match (i, j) {
        (0, 0) => 0.0,
        (1, 0) => point.log_x() + total_less_next(0, a, b),
        (i, 0) => total_less_next(i - 1, a, b),
        (0, j) => polygamma_difference(j - 1, b, a),
        (i, j) => polygamma(i + j - 1, a + b),
    })
}

/// The sum over n >= 0 of c_n(b) x^n a / (a + n) with c_n = (1-b)_n / n!, as a series in shifts of a and b.
fn power_sum(point: &Point, order: [usize; 2]) -> Jet {
    let Point { a, b, x, .. } = *point;
    let mut in_b = [0.0; MAX_ORDER + 1];
    in_b[0] = 1.0;
    let mut sums = [[0.0; MAX_ORDER + 1]; MAX_ORDER + 1];
    sums[0][0] = 1.0;
    for n in 1..2000 {
        let n = f64::from(n);
        // The next c_n x^n: times (n - b - beta) x / n.
        for j in (0..=order[1]).rev() {
            let before = if j > 0 { in_b[j - 1] } else { 0.0 };
            in_b[j] = (in_b[j] * (n - b) - before) * (x.high / n);
        }
        // a / (a + n) = 1 - n / (a + n)
        let reciprocal = 1.0 / (a + n);
        let mut in_a = a * reciprocal;
        let mut next = n * reciprocal * reciprocal;
        for row in sums.iter_mut().take(order[0] + 1) {
            for (entry, c) in row.iter_mut().zip(&in_b) {
                *entry += c * in_a;
            }
            in_a = next;
            next *= -reciprocal;
        }
        let largest = in_b.iter().fold(0.0_f64, |most, c| most.max(c.abs()));
        if largest < 1e-19 * a.min(1.0) {
            break;
        }
    }
    Jet::from_coefficients(order, |i, j| sums[i][j])
}
