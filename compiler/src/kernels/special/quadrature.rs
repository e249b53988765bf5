//! Double-exponential quadrature, with all parameter derivatives in one sweep.
//!
//! With v = exp(t - exp(-t)) the integral over (0, inf) becomes one over the line whose integrand falls
//! double-exponentially to the left and at least exponentially to the right; the trapezoidal rule then
//! converges geometrically (Takahasi and Mori 1974, Publ. RIMS 9, 721-741). No cancellation occurs: every
//! moment has an integrand of one sign.

use std::f64::consts::PI;
use std::sync::LazyLock;

use libm::{cosh, exp, sinh};

use super::jets::{FACTORIAL, Jet, MAX_ORDER};

/// Step of the trapezoidal rule in t.
const STEP: f64 = 0.06;
/// Below this t the remaining mass is under 1e-16 of the scale.
const FIRST: f64 = -3.6;
/// Above this t the point is further than 70 scales.
const LAST: f64 = 4.3;

/// A point of the rule and its weight, for scale 1.
struct Node {
    point: f64,
    weight: f64,
}

/// The rule on (0, inf).
static HALF_LINE: LazyLock<Vec<Node>> = LazyLock::new(|| {
    let count = ((LAST - FIRST) / STEP) as usize;
    let node = |k| {
        let t = FIRST + STEP * k as f64;
        let decay = exp(-t);
        let point = exp(t - decay);
        Node { point, weight: STEP * point * (1.0 + decay) }
    };
    (0..count).map(node).collect()
});

/// The rule on (0, 1), with v = 1 / (1 + exp(-pi sinh t)).
static INTERVAL: LazyLock<Vec<Node>> = LazyLock::new(|| {
    let node = |k: i32| {
        let t = STEP * f64::from(k);
        let odds = exp(-PI * sinh(t));
        let point = 1.0 / (1.0 + odds);
        Node { point, weight: STEP * PI * cosh(t) * point * odds * point }
    };
    let half = (3.2 / STEP) as i32;
    (-half..=half).map(node).collect()
});

/// One evaluation of exp(h(v; a, b)): the value, and the derivatives of h in a and b (h is affine in both).
pub(super) struct Sample {
    /// exp(h).
    pub value: f64,
    /// dh/da and dh/db.
    pub slopes: [f64; 2],
}

/// The integral of exp(h(v; a, b)) over v in (0, inf) as a series in (a, b).
///
/// `scale` is the width over which the decreasing integrand falls by about e; within 1e-15 for a scale that
/// is right to a factor of two.
pub(super) fn decreasing_integral(order: [usize; 2], scale: f64, sample: impl Fn(f64) -> Sample) -> Jet {
    integral(&HALF_LINE, order, scale, sample)
}

/// The integral of exp(h(v; a, b)) over v in (0, length) as a series in (a, b), within 1e-15 for an h that changes by
/// less than about 50.
pub(super) fn interval_integral(order: [usize; 2], length: f64, sample: impl Fn(f64) -> Sample) -> Jet {
    integral(&INTERVAL, order, length, sample)
}

/// The sum over the nodes, scaled; it stops where what follows is negligible.
fn integral(nodes: &[Node], order: [usize; 2], scale: f64, sample: impl Fn(f64) -> Sample) -> Jet {
    let mut moments = [[0.0; MAX_ORDER + 1]; MAX_ORDER + 1];
    for node in nodes {
        let Sample { value, slopes } = sample(scale * node.point);
        let mut row_term = node.weight * value;
        if row_term < 1e-22 * moments[0][0] {
            break;
        }
        for row in moments.iter_mut().take(order[0] + 1) {
            let mut term = row_term;
            for entry in row.iter_mut().take(order[1] + 1) {
                *entry += term;
                term *= slopes[1];
            }
            row_term *= slopes[0];
        }
    }
    Jet::from_coefficients(order, |i, j| scale * moments[i][j] / (FACTORIAL[i] * FACTORIAL[j]))
}

/// The scale of exp(-slope v - curvature v^2 / 2): a bound on its integral within a factor of two.
pub(super) fn tail_scale(slope: f64, curvature: f64) -> f64 {
    2.0 / (slope + (slope * slope + 4.0 * curvature).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_exponential_are_factorials() {
        let jet = decreasing_integral([4, 0], 1.0, |v| Sample { value: exp(-v), slopes: [-v, 0.0] });
        for (order, factorial) in FACTORIAL.into_iter().enumerate() {
            let expected = factorial * if order % 2 == 0 { 1.0 } else { -1.0 };
            assert!((jet.derivative(order, 0) / expected - 1.0).abs() < 1e-14, "{order}");
        }
    }

    #[test]
    fn half_a_gaussian_at_any_scale() {
        for curvature in [1e-12, 1.0, 1e12_f64] {
            let sample = |v: f64| Sample { value: exp(-0.5 * curvature * v * v), slopes: [0.0; 2] };
            let jet = decreasing_integral([0, 0], tail_scale(0.0, curvature), sample);
            let expected = (std::f64::consts::FRAC_PI_2 / curvature).sqrt();
            assert!((jet.value() / expected - 1.0).abs() < 1e-15, "{curvature}");
        }
    }
}
