//! `exp` and `expm1`: one argument reduction and one polynomial for both.
//!
//! `x = n ln 2 + r` with `|r| <= ln 2 / 2`, `e^r - 1 = r + r^2 q(r)`, and a scaling by `2^n` in two
//! exact steps, so that overflow and gradual underflow round once.

use super::words::Words;

/// `1.5 * 2^52`: adding it rounds a small number to the nearest integer, whose low bits are then
/// the low bits of the sum.
pub(super) const ROUND: f64 = 6_755_399_441_055_744.0;
/// [`ROUND`] and twice the bias of exponents, so that the low bits of a sum are never negative.
pub(super) const ROUND_BIASED: f64 = ROUND + 2046.0;
/// `log2(e)`.
const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// `ln 2` rounded to 53 bits; `n LN_2` is exact inside a fused multiply-add.
const LN_2: f64 = std::f64::consts::LN_2;
/// `ln 2 - LN_2`.
const LN_2_LOW: f64 = 2.319_046_813_846_299_6e-17;

/// `x = n ln 2 + r + low`: returns a number whose low bits are those of `n + round`, then `r` and its
/// rounding error `low`. Needs `|x| < 1400` and [`ROUND`] or [`ROUND_BIASED`].
#[inline(always)]
pub(super) fn reduce(x: f64, round: f64) -> (u64, f64, f64) {
    let shifted = x.mul_add(LOG2_E, round);
    let n = shifted - round;
    let first = n.mul_add(-LN_2, x);
    let r = n.mul_add(-LN_2_LOW, first);
    (shifted.to_bits(), r, n.mul_add(-LN_2_LOW, first - r))
}

/// `e^r - 1 - r` for `|r| <= ln 2 / 2`. Minimax polynomial of `(e^r - 1 - r) / r^2` (Remez exchange at
/// 60 digits, relative weight of `e^r - 1`); its error is below `2^-59` of that.
#[inline(always)]
pub(super) fn tail(r: f64) -> f64 {
    let z = r * r;
    let even = horner!(z; 0.5, 0.041_666_666_666_666_7, 0.001_388_888_888_886_785_8,
        2.480_158_735_892_237_2e-5, 2.755_724_393_984_332e-7, 2.092_412_637_539_316_9e-9);
    let odd = horner!(z; 0.166_666_666_666_666_77, 0.008_333_333_333_322_184,
        0.000_198_412_698_848_506_54, 2.755_724_539_880_796e-6, 2.510_864_820_453_774_8e-8);
    odd.mul_add(r, even) * z
}

/// `1 + r + tail`, rounded about once, for a small `tail`.
#[inline(always)]
pub(super) fn one_plus(r: f64, tail: f64) -> f64 {
    let sum = Words::sum(1.0, r);
    sum.high + (sum.low + tail)
}

/// `p 2^n`, rounded once, for `biased = n + 2046` (in its low 12 bits) and `p` near one.
#[inline(always)]
pub(super) fn scale(p: f64, biased: u64) -> f64 {
    let half = biased >> 1;
    p * f64::from_bits(half << 52) * f64::from_bits((biased - half) << 52)
}

/// `x` kept within the bounds; NaN passes through.
#[inline(always)]
pub(super) fn clamp(x: f64, low: f64, high: f64) -> f64 {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}

/// The exponential `e^x`. Within 0.85 ulp; `exp(-inf) = 0`, overflows to `inf` above 709.78.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let (biased, r, _) = reduce(clamp(x, -746.0, 710.0), ROUND_BIASED);
    scale(one_plus(r, tail(r)), biased)
}

/// True where [`exp_near`] holds: the result is a normal number.
#[inline(always)]
pub(in crate::kernels) fn exp_is_near(x: f64) -> bool {
    x.abs() <= 708.0
}

/// [`exp`] where the scaling is an addition to the exponent.
#[inline(always)]
pub(in crate::kernels) fn exp_near(x: f64) -> f64 {
    let (n, r, _) = reduce(x, ROUND);
    f64::from_bits(one_plus(r, tail(r)).to_bits().wrapping_add(n << 52))
}

/// `(e^x - 1) / 4`: the quarter leaves room for twice the range of `e^x` (see `sinh`).
#[inline(always)]
pub(super) fn quarter_expm1(x: f64) -> f64 {
    let (biased, r, low) = reduce(clamp(x, -40.0, 710.5), ROUND_BIASED);
    let quarter_power = f64::from_bits((biased - 1025) << 52);
    let offset = quarter_power - 0.25;
    let high = r.mul_add(quarter_power, offset);
    let lost = r.mul_add(quarter_power, offset - high);
    high + (low + tail(r)).mul_add(quarter_power, lost)
}

/// `e^x - 1` without cancellation near zero. Within 1.3 ulp; keeps the sign of zero.
#[inline(always)]
pub fn expm1(x: f64) -> f64 {
    let value = 4.0 * quarter_expm1(x);
    if x.abs() < 2.0_f64.powi(-54) { x } else { value }
}
