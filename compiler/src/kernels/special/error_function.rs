//! The error function, its complement and its scaled complement.

use libm::exp;

use super::double_double::Pair;

/// From here fourteen terms of the asymptotic series of erfcx reach 1e-17.
const FAR: f64 = 10.0;

/// erf(x) = 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.
///
/// Relative error 3e-16, all x; erf(+-inf) = +-1. Derivative: 2/sqrt(pi) exp(-x^2). Source: fdlibm, by the crate libm.
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// erfc(x) = 1 - erf(x).
///
/// Relative error 5e-16 until it underflows near x = 26.5. Derivative: -2/sqrt(pi) exp(-x^2). Source: as `erf`.
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// erfcx(x) = exp(x^2) erfc(x), which decreases from infinity to 1/(sqrt(pi) x) without underflow.
///
/// Relative error 1e-15; infinity below x = -26.64, zero at infinity. Derivative: 2 x erfcx(x) - 2/sqrt(pi), whose
/// terms cancel for large x (there use `normal_log_cdf_d`). Method: DLMF 7.12.1 for x > 10.
pub fn erfcx(x: f64) -> f64 {
    if x < FAR {
        return exp_square(x, 1.0) * libm::erfc(x);
    }
    // 1 - 1/(2x^2) + 1 3/(2x^2)^2 - ..
    let q = 0.5 / (x * x);
    let sum = (1..=14).rev().fold(1.0, |sum, k| 1.0 - f64::from(2 * k - 1) * q * sum);
    sum / (x * std::f64::consts::PI.sqrt())
}

/// exp(factor x^2) for a factor that is a power of two, x^2 being taken exactly.
pub(super) fn exp_square(x: f64, factor: f64) -> f64 {
    let square = Pair::product(x, x);
    let value = exp(factor * square.high);
    if value == 0.0 || value == f64::INFINITY { value } else { value * (1.0 + factor * square.low) }
}
