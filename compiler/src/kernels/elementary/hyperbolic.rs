//! `sinh`, `cosh`, `tanh` from `e^|x| - 1`, carried as a quarter so that nothing overflows early.

use super::exponential::{clamp, expm1, quarter_expm1};
use super::words::Words;

/// The hyperbolic sine. Within 2 ulp; overflows only above 710.47.
#[inline(always)]
pub fn sinh(x: f64) -> f64 {
    let quarter = quarter_expm1(x.abs());
    // e^x - 1 over e^x is one to the last bit where it is kept from overflowing.
    let bounded = if quarter < 1e20 { quarter } else { 1e20 };
    let value = 2.0 * (quarter + Words::from(bounded).quotient(Words::sum(1.0, 4.0 * bounded)));
    let value = if x.abs() < 3e-8 { x.abs() } else { value };
    value.copysign(x)
}

/// The hyperbolic cosine. Within 1.7 ulp; overflows only above 710.47.
#[inline(always)]
pub fn cosh(x: f64) -> f64 {
    let quarter = quarter_expm1(x.abs()) + 0.25;
    2.0 * (quarter + 0.062_5 / quarter)
}

/// The hyperbolic tangent. Within 1.7 ulp.
#[inline(always)]
pub fn tanh(x: f64) -> f64 {
    let t = expm1(2.0 * clamp(x.abs(), 0.0, 20.0));
    Words::from(t).quotient(Words::sum(2.0, t)).copysign(x)
}
