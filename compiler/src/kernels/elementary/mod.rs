//! The elementary functions of the language, each defined once.
//!
//! Every function is free of branches (but for the far angles of `sin`, `cos`, `tan`) and fuses
//! multiplications with additions exactly where `mul_add` is written. So the scalar entry, the tiles of every
//! width and the interpreter agree in every bit: lanes change no value. No system library lies in the path.
//!
//! Accuracy is stated per function in units in the last place (ulp) of the exact result, and checked against
//! tables computed with mpmath. Call them through [`super::tile`] where speed matters: compiled without the
//! fma feature, `mul_add` is a correct but slow call.

/// Nested fused multiply-adds: `horner!(x; a, b, c)` is `a + x (b + x c)`.
macro_rules! horner {
    ($x:expr; $last:expr) => { $last };
    ($x:expr; $first:expr, $($rest:expr),+) => {
        f64::mul_add(horner!($x; $($rest),+), $x, $first)
    };
}

pub(super) use horner;

mod exponential;
mod hyperbolic;
mod inverse_trigonometric;
mod large_angle;
mod logarithm;
mod logistic;
mod power;
mod trigonometric;
mod words;

pub use exponential::{exp, expm1};
pub(super) use exponential::{exp_is_near, exp_near};
pub use hyperbolic::{cosh, sinh, tanh};
pub use inverse_trigonometric::{acos, asin, atan, atan2};
pub use logarithm::{log, log1p};
pub(super) use logarithm::{log_of_normal, log1p_alone, log1p_is_near, log1p_near};
pub use logistic::{log_add_exp, log_sigmoid, log1m_exp, sigmoid, softplus};
pub use power::pow;
pub use trigonometric::{cos, sin, tan};
pub(super) use trigonometric::{cos_near, is_near, sin_near, tan_near};

#[cfg(test)]
mod tests;
