//! The logistic function and its relatives: what log densities of yes-or-no data are made of.

use super::exponential::{exp, expm1};
use super::logarithm::{log, log1p};
use super::words::Words;

/// The logistic function `1 / (1 + e^-x)`. Within 1.7 ulp, gradual underflow included.
#[inline(always)]
pub fn sigmoid(x: f64) -> f64 {
    let decay = exp(-x.abs());
    let top = if x < 0.0 { decay } else { 1.0 };
    Words::from(top).quotient(Words::sum(1.0, decay))
}

/// `log(1 + e^x)`, without overflow. Within 1.7 ulp.
#[inline(always)]
pub fn softplus(x: f64) -> f64 {
    let linear = if x > 0.0 { x } else { 0.0 };
    linear + log1p(exp(-x.abs()))
}

/// `log(e^a + e^b)`, without overflow. Within 1.7 units in the last place of the result or, where the two cancel, of the
/// greater argument.
#[inline(always)]
pub fn log_add_exp(a: f64, b: f64) -> f64 {
    let (more, less) = if a > b { (a, b) } else { (b, a) };
    let excess = log1p(exp(less - more));
    more + if less == more { std::f64::consts::LN_2 } else { excess }
}

/// `log(1 / (1 + e^-x)) = -softplus(-x)`. Within 1.7 ulp.
#[inline(always)]
pub fn log_sigmoid(x: f64) -> f64 {
    -softplus(-x)
}

/// `log(1 - e^x)` for `x < 0`, exact near both ends (Mächler, "Accurately computing log(1 - exp(-|a|))",
/// 2012). Within 2 ulp; `-inf` at zero, NaN above.
#[inline(always)]
pub fn log1m_exp(x: f64) -> f64 {
    let near = log(-expm1(x));
    let far = log1p(-exp(x));
    if x > -std::f64::consts::LN_2 { near } else { far }
}
