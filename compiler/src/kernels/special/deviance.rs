//! The kernel (m/a)^a exp(a - m), in which the incomplete gamma and beta prefactors are written.
//!
//! Its logarithm is minus the Poisson deviance a log(a/m) + m - a, small when m is near a although its terms
//! are large. Following Loader 2000 (Fast and accurate computation of binomial probabilities, section 2), with
//! the exponent carried as a pair so that even a value near 1e-300 has full relative accuracy.

use libm::{exp, expm1, log, log1p, log2, pow};

use super::double_double::Pair;

/// Beyond this (m - a) / (m + a) the terms cancel little and are used as they are.
const NEAR: f64 = 0.125;

/// exp(-deviance(a, m)) for a > 0, m >= 0, relative error 2e-15 down to the subnormal numbers.
pub(super) fn kernel(a: f64, m: Pair) -> f64 {
    if m.high == 0.0 || m.high == f64::INFINITY {
        return 0.0;
    }
    if m.high / a == f64::INFINITY {
        return exp(-m.high);
    }
    let split = relative_gap(a, m);
    if split.high.abs() <= NEAR {
        let exponent = near_deviance(a, m, split);
        return exp(-exponent.high) * (1.0 - exponent.low);
    }
    if deviance(a, m) > 760.0 { 0.0 } else { kernel_by_powers(a, m) }
}

/// a log(a/m) + m - a >= 0, relative error 1e-15.
pub(super) fn deviance(a: f64, m: Pair) -> f64 {
    let split = relative_gap(a, m);
    if split.high.abs() <= NEAR {
        return near_deviance(a, m, split).high;
    }
    let ratio = m.high / a;
    // So small an a that the power is 1.
    if ratio == f64::INFINITY { m.high } else { (m.high - a) - a * log(ratio) }
}

/// (m - a) / (m + a).
fn relative_gap(a: f64, m: Pair) -> Pair {
    (m + Pair::from(-a)).quotient(m + Pair::from(a))
}

/// With s = (m-a)/(m+a) the deviance is (m - a) s - 2 a s^3 (1/3 + s^2/5 + s^4/7 + ..).
fn near_deviance(a: f64, m: Pair, split: Pair) -> Pair {
    let s = split.high;
    (m + Pair::from(-a)) * split + Pair::from(-2.0 * a * s * s * s * atanh_tail(s * s))
}

/// 1/3, 1/5, 1/7, ..
const ODD_RECIPROCALS: [f64; 27] = {
    let mut table = [0.0; 27];
    let mut k = 0;
    while k < 27 {
        table[k] = 1.0 / (2 * k + 3) as f64;
        k += 1;
    }
    table
};

/// 1/3 + q/5 + q^2/7 + .. = (atanh(s) - s) / s^3 for q = s^2 <= 1/4.
fn atanh_tail(q: f64) -> f64 {
    let count = if q < 0.016 { 9 } else { 27 };
    ODD_RECIPROCALS[..count].iter().rev().fold(0.0, |sum, c| sum * q + c)
}

/// (m/a)^a exp(a - m) from powers that do not overflow: each factor is the root of order 2^halvings.
fn kernel_by_powers(a: f64, m: Pair) -> f64 {
    let ratio = m.high / a;
    let gap = Pair::from(a) + -m;
    let largest = (a * log(ratio)).abs().max(gap.high.abs());
    let halvings = log2(largest / 600.0).ceil().max(0.0) as i32;
    let fraction = 0.5_f64.powi(halvings);
    let root = pow(ratio, a * fraction) * exp(gap.high * fraction);
    let power = (0..halvings).fold(root, |value, _| value * value);
    // What rounding m / a and a - m left out, to first order.
    let ratio_rest = ((-ratio).mul_add(a, m.high) + m.low) / ratio;
    power * (1.0 + ratio_rest + gap.low)
}

/// log(1 + w) - w for w > -1, relative error 1e-15.
pub(super) fn log_one_plus_minus(w: f64) -> f64 {
    if !(-0.5..1.0).contains(&w) {
        return log1p(w) - w;
    }
    let s = w / (2.0 + w);
    s * (2.0 * s * s * atanh_tail(s * s) - w)
}

/// exp(v) - 1 - v, relative error 1e-15.
pub(super) fn exp_minus_one_minus(v: f64) -> f64 {
    if v.abs() > 0.5 {
        return expm1(v) - v;
    }
    v * v * FACTORIAL_RECIPROCALS.iter().rev().fold(0.0, |sum, c| sum * v + c)
}

/// 1/2!, 1/3!, .., 1/15!
const FACTORIAL_RECIPROCALS: [f64; 14] = {
    let mut table = [0.0; 14];
    let (mut k, mut factorial) = (0, 1.0);
    while k < 14 {
        factorial *= (k + 2) as f64;
        table[k] = 1.0 / factorial;
        k += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far_forms_of_the_kernel_agree_at_the_border() {
        for a in [0.3, 5.0, 700.0, 2e4] {
            for s in [-0.1249, 0.1249] {
                let m = Pair::from(a * (1.0 + s) / (1.0 - s));
                let (near, far) = (kernel(a, m), kernel_by_powers(a, m));
                assert!((near / far - 1.0).abs() < 1e-14, "{a} {s}: {near:e} {far:e}");
            }
        }
    }

    #[test]
    fn elementary_differences_agree_at_their_borders() {
        for w in [-0.4999_f64, 0.9999] {
            assert!((log_one_plus_minus(w) / (log1p(w) - w) - 1.0).abs() < 4e-15, "{w}");
        }
        for v in [-0.4999_f64, 0.4999] {
            assert!((exp_minus_one_minus(v) / (expm1(v) - v) - 1.0).abs() < 4e-15, "{v}");
        }
        assert!((exp_minus_one_minus(1e-9) / (0.5e-18 * (1.0 + 1e-9 / 3.0)) - 1.0).abs() < 1e-15);
        assert!((log_one_plus_minus(1e-9) / (-0.5e-18 * (1.0 - 2e-9 / 3.0)) - 1.0).abs() < 1e-15);
    }
}
