//! The regularised incomplete beta function I_x(a, b), its complement, and their logarithms.
//!
//! Small parameters use a power series in x or in 1 - x that yields both tails; otherwise the tail on the far side
//! of the mean is the prefactor x^a y^b / B(a, b) times a continued fraction, or, for large parameters, times a
//! quadrature. The prefactor is two kernels (m/a)^a exp(a - m) with m = (a+b) x and (a+b) y, which no size of a and b
//! makes inaccurate.

use libm::{exp, expm1, log, log1p};

use super::deviance::{deviance, exp_minus_one_minus, kernel, log_one_plus_minus};
use super::double_double::Pair;
use super::gamma_ratio::{lgamma_of_one_plus, log_rising, scaled_gamma};
use super::jets::Jet;
use super::quadrature::{Sample, decreasing_integral, tail_scale};

/// Parameters both above this use the quadrature, whose cost does not grow with them.
const LARGE: f64 = 1e6;

/// I_x(a, b) = 1/B(a, b) times the integral of t^(a-1) (1-t)^(b-1) from 0 to x, for a, b > 0 and 0 <= x <= 1.
///
/// Relative error 1e-14 down to the smallest normal number. I_0 = 0, I_1 = 1; NaN outside the domain.
/// Derivatives: `beta_density_dab([0, 0], a, b, x)` in x, `beta_inc_dab([1, 0], ..)` in a, [0, 1] in b. Source: DLMF 8.17.2.
/// Student's t distribution function with n degrees of freedom at t <= 0 is I_x(n/2, 1/2) / 2 at x = n / (n + t^2).
pub fn beta_inc(a: f64, b: f64, x: f64) -> f64 {
    edge(a, b, x).unwrap_or_else(|| tails(&Point::new(a, b, x)).lower)
}

/// 1 - I_x(a, b) = I_(1-x)(b, a), with x as it is: 1 - x is not rounded.
pub fn beta_inc_upper(a: f64, b: f64, x: f64) -> f64 {
    edge(a, b, x).map_or_else(|| tails(&Point::new(a, b, x)).upper, |lower| 1.0 - lower)
}

/// log I_x(a, b), finite where the value underflows; relative error 2e-15. Negative infinity at x = 0.
pub fn log_beta_inc(a: f64, b: f64, x: f64) -> f64 {
    edge(a, b, x).map_or_else(|| log_lower(&Point::new(a, b, x)), log)
}

/// log(1 - I_x(a, b)), finite where the value underflows; relative error 2e-15. Negative infinity at x = 1.
pub fn log_beta_inc_upper(a: f64, b: f64, x: f64) -> f64 {
    edge(a, b, x).map_or_else(|| log_lower(&Point::new(a, b, x).mirrored()), |lower| log(1.0 - lower))
}

/// I at the edges of the domain, NaN outside.
pub(super) fn edge(a: f64, b: f64, x: f64) -> Option<f64> {
    if !(a > 0.0 && b > 0.0 && (0.0..=1.0).contains(&x)) || a == f64::INFINITY || b == f64::INFINITY {
        Some(f64::NAN)
    } else if x == 0.0 || x == 1.0 {
        Some(x)
    } else {
        None
    }
}

/// The arguments with 0 < x < 1; x and y = 1 - x as pairs, so that the smaller of them is exact.
#[derive(Clone, Copy)]
pub(super) struct Point {
    /// The exponent of x.
    pub a: f64,
    /// The exponent of y.
    pub b: f64,
    /// The upper limit of integration.
    pub x: Pair,
    /// 1 - x.
    pub y: Pair,
}

impl Point {
    /// The point at a double x.
    pub fn new(a: f64, b: f64, x: f64) -> Self {
        Point { a, b, x: Pair::from(x), y: Pair::sum(1.0, -x) }
    }

    /// The point where x / (1 - x) is `odds`.
    pub fn from_odds(a: f64, b: f64, odds: f64) -> Self {
        if odds > 1.0 {
            return Point::from_odds(b, a, 1.0 / odds).mirrored();
        }
        Point::new(a, b, odds / (1.0 + odds))
    }

    /// The same with both ends of the interval exchanged: I here is 1 - I there.
    pub fn mirrored(&self) -> Self {
        Point { a: self.b, b: self.a, x: self.y, y: self.x }
    }

    /// a + b.
    fn total(&self) -> Pair {
        Pair::sum(self.a, self.b)
    }

    /// a y - b x = a - (a+b) x: positive below the mean a / (a+b).
    fn below_mean(&self) -> f64 {
        (Pair::from(self.a) + -(self.total() * self.x)).high
    }

    /// log x.
    pub fn log_x(&self) -> f64 {
        if self.x.high > 0.5 { log1p(-self.y.high) } else { log(self.x.high) }
    }

    /// log(x (a+b) / a) without cancellation near the mean.
    pub fn log_x_over_mean(&self) -> f64 {
        let relative = -self.below_mean() / self.a;
        if relative.abs() < 0.5 { log1p(relative) } else { log(self.x.high * (self.total().high / self.a)) }
    }

    /// How the tails are computed here.
    pub fn method(&self) -> Method {
        let (x, y) = (self.x.high, self.y.high);
        if self.a.min(self.b) <= 1.0 {
            if x <= 0.7 && (self.b <= 1.0 || self.b * x <= 1.0) {
                return Method::Series;
            }
            if y <= 0.7 && (self.a <= 1.0 || self.a * y <= 1.0) {
                return Method::MirroredSeries;
            }
        }
        if self.below_mean() >= 0.0 { Method::Lower } else { Method::Upper }
    }
}

/// Which tail is computed and how.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Method {
    /// A power series in x gives both tails.
    Series,
    /// A power series in y gives both tails.
    MirroredSeries,
    /// The lower tail is the prefactor times an integral.
    Lower,
    /// The upper tail is.
    Upper,
}

/// Both tails, each to full relative accuracy.
#[derive(Clone, Copy)]
pub(super) struct Tails {
    /// I.
    pub lower: f64,
    /// 1 - I.
    pub upper: f64,
}

impl Tails {
    fn mirrored(self) -> Self {
        Tails { lower: self.upper, upper: self.lower }
    }

    fn from_lower(lower: f64) -> Self {
        Tails { lower, upper: 1.0 - lower }
    }
}

/// Both tails at a point.
pub(super) fn tails(point: &Point) -> Tails {
    match point.method() {
        Method::Series => series(point),
        Method::MirroredSeries => series(&point.mirrored()).mirrored(),
        Method::Lower => Tails::from_lower(prefactor(point) * lower_integral(point)),
        Method::Upper => tails_of_upper(point),
    }
}

fn tails_of_upper(point: &Point) -> Tails {
    let mirrored = point.mirrored();
    Tails::from_lower(prefactor(&mirrored) * lower_integral(&mirrored)).mirrored()
}

/// log I, from the prefactor's logarithm where I underflows.
pub(super) fn log_lower(point: &Point) -> f64 {
    let Tails { lower, upper } = tails(point);
    if lower > 0.5 {
        log1p(-upper)
    } else if lower < 1e-290 && point.method() == Method::Lower {
        log_prefactor(point) + log(lower_integral(point))
    } else if lower < 1e-290 && point.method() == Method::Series {
        log_prefactor(point) - log(point.a) + log(power_sum(point)) - point.b * point.mirrored().log_x()
    } else {
        log(lower)
    }
}

/// x^a y^b / B(a, b).
pub(super) fn prefactor(point: &Point) -> f64 {
    let total = point.total();
    kernel(point.a, total * point.x) * kernel(point.b, total * point.y) * prefactor_factor(point)
}

/// log of the prefactor, finite where that underflows.
pub(super) fn log_prefactor(point: &Point) -> f64 {
    let total = point.total();
    log(prefactor_factor(point)) - deviance(point.a, total * point.x) - deviance(point.b, total * point.y)
}

/// What Stirling's formula leaves of 1 / B(a, b).
fn prefactor_factor(point: &Point) -> f64 {
    let Point { a, b, .. } = *point;
    let total = a + b;
    let root = (a.min(b) * (a.max(b) / total) / std::f64::consts::TAU).sqrt();
    root * scaled_gamma(total) / (scaled_gamma(a) * scaled_gamma(b))
}

/// With u = x^a / (a B(a, b)) and s the power sum, I = u s; as a tends to zero 1 - I = (1 - u) - u (s - 1) keeps its
/// digits.
fn series(point: &Point) -> Tails {
    let log_u = log_leading(point);
    let u = leading(point, log_u);
    let rest = power_sum_less_one(point);
    let lower = u * (1.0 + rest);
    Tails { lower, upper: if log_u < -1.0 { 1.0 - lower } else { -expm1(log_u) - u * rest } }
}

/// log(x^a / (a B(a, b))), within 1e-15 of its largest term.
fn log_leading(point: &Point) -> f64 {
    point.a * point.log_x() + log_rising(point.b, point.a) - lgamma_of_one_plus(point.a)
}

/// x^a / (a B(a, b)) where a power series is used: y^b there is not small, and the rounding of y would be raised to b.
fn leading(point: &Point, log_leading: f64) -> f64 {
    if log_leading > -1.0 {
        return exp(log_leading);
    }
    prefactor(point) / (point.a * exp(point.b * point.mirrored().log_x()))
}

/// The leading factor of the power series, for its parameter derivatives.
pub(super) fn series_factor(point: &Point) -> f64 {
    leading(point, log_leading(point))
}

fn power_sum(point: &Point) -> f64 {
    1.0 + power_sum_less_one(point)
}

/// a times the sum over n >= 1 of (1-b)_n x^n / (n! (a+n)) (DLMF 8.17.7): few or positive terms where it is used.
fn power_sum_less_one(point: &Point) -> f64 {
    let Point { a, b, x, .. } = *point;
    let mut term = 1.0;
    let mut sum = 0.0;
    for n in 1..2000 {
        let n = f64::from(n);
        term *= (n - b) / n * x.high;
        sum += term / (a + n);
        if term.abs() < 1e-17 * sum.abs() || term == 0.0 {
            break;
        }
    }
    a * sum
}

/// I over the prefactor, below the mean.
fn lower_integral(point: &Point) -> f64 {
    if point.a.min(point.b) > LARGE {
        integral(point, [0, 0]).value()
    } else {
        1.0 / continued_fraction(point)
    }
}

/// The continued fraction of DiDonato and Morris 1992 (ACM TOMS 18, 360-373, eq. 9) by Lentz's method.
fn continued_fraction(point: &Point) -> f64 {
    let Point { a, b, .. } = *point;
    let x = point.x.high;
    let gap = point.below_mean();
    let partial = |m: f64| {
        m + m * (b - m) * x / (a + 2.0 * m - 1.0)
            + (a + m) * (gap + 1.0 + m * (2.0 - x)) / (a + 2.0 * m + 1.0)
    };
    let mut value = a * (gap + 1.0) / (a + 1.0);
    let mut c = value;
    let mut d = 0.0;
    for m in 1..100_000 {
        let m = f64::from(m);
        let divisor = a + 2.0 * m - 1.0;
        let numerator = (a + m - 1.0) * (a + b + m - 1.0) * m * (b - m) * x * x / (divisor * divisor);
        let term = partial(m);
        d = 1.0 / numerator.mul_add(d, term);
        c = term + numerator / c;
        let change = c * d;
        value *= change;
        if (change - 1.0).abs() < 2e-16 {
            break;
        }
    }
    value
}

/// I over the prefactor, below the mean, as a series in shifts of a and b: with t = x e^-v / (y + x e^-v) it is the
/// integral over v > 0 of e^(-a v) (y + x e^-v)^-(a+b).
///
/// The exponent is split into its slope a - (a+b) x, which is exact, and remainders of second order in v, written with
/// the smaller of x and y so that they do not cancel.
pub(super) fn integral(point: &Point, order: [usize; 2]) -> Jet {
    let (x, y) = (point.x.high, point.y.high);
    let total = point.a + point.b;
    let gap = point.below_mean();
    let scale = tail_scale(gap, total * x * y);
    decreasing_integral(order, scale, |v| {
        if x <= 0.5 {
            let w = x * expm1(-v);
            let second_order = x * exp_minus_one_minus(-v) + log_one_plus_minus(w);
            let log = log1p(w);
            Sample { value: exp(-gap * v - total * second_order), slopes: [-v - log, -log] }
        } else {
            let w = y * expm1(v);
            let second_order = y * exp_minus_one_minus(v) + log_one_plus_minus(w);
            let log = log1p(w);
            Sample { value: exp(-gap * v - total * second_order), slopes: [-log, v - log] }
        }
    })
}
