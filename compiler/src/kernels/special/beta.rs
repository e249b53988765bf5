//! Logarithms of the beta function and of binomial coefficients, without cancellation for large arguments.

use libm::{log, log1p};

use super::gamma::lgamma;
use super::gamma_ratio::{HALF_LOG_TWO_PI, log_rising, stirling_correction};

/// Both arguments at least this: Stirling's form, in which no large terms cancel.
const LARGE: f64 = 10.0;

/// log B(a, b) = lgamma(a) + lgamma(b) - lgamma(a + b) for a, b > 0.
///
/// Error within 2e-15 of max(1, |value|), arguments of any size. Positive infinity where one argument is zero;
/// NaN for a negative one. Derivatives: in a it is -polygamma_difference(0, a, b), in b with a and b exchanged.
/// Method: DiDonato and Morris 1992, ACM TOMS 18, 360-373 (their BETALN), with `log_rising` for ALGDIV.
pub fn lbeta(a: f64, b: f64) -> f64 {
    let (small, large) = if a <= b { (a, b) } else { (b, a) };
    if small.is_nan() || large.is_nan() || small < 0.0 {
        return f64::NAN;
    }
    if small == 0.0 {
        return if large == f64::INFINITY { f64::NAN } else { f64::INFINITY };
    }
    if large == f64::INFINITY {
        return f64::NEG_INFINITY;
    }
    if small < LARGE {
        return lgamma(small) - log_rising(large, small);
    }
    let ratio = small / large;
    let corrections =
        stirling_correction(small) + stirling_correction(large) - stirling_correction(small + large);
    let log_fraction = log(ratio / (1.0 + ratio));
    HALF_LOG_TWO_PI - 0.5 * log(large) + (small - 0.5) * log_fraction - large * log1p(ratio) + corrections
}

/// log of the binomial coefficient C(n, k) = Gamma(n+1) / (Gamma(k+1) Gamma(n-k+1)), real n > -1, -1 <= k <= n + 1.
///
/// Error as `lbeta`. Negative infinity for integers with k < 0 or k > n (no such subset) and at k = -1, n + 1;
/// elsewhere outside the domain NaN. Derivatives: digamma(n+1) - digamma(n-k+1), which is
/// polygamma_difference(0, n-k+1, k), in n; digamma(n-k+1) - digamma(k+1) in k.
pub fn log_choose(n: f64, k: f64) -> f64 {
    let other = n - k;
    if n.is_nan() || k.is_nan() || n <= -1.0 {
        return f64::NAN;
    }
    if k <= -1.0 || other <= -1.0 {
        let integers = n.fract() == 0.0 && k.fract() == 0.0;
        let at_zero = k == -1.0 || other == -1.0;
        return if integers || at_zero { f64::NEG_INFINITY } else { f64::NAN };
    }
    let small = k.min(other);
    // The smaller of the two is a short step below n: Gamma(n+1) / Gamma(n-small+1) is a rising factorial.
    if small < LARGE {
        return log_rising(n - small + 1.0, small) - lgamma(small + 1.0);
    }
    -log1p(n) - lbeta(k + 1.0, other + 1.0)
}
