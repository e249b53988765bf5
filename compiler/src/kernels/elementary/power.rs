//! `pow`: the logarithm in two words, times the exponent, through the polynomial of `exp`.

use super::exponential::{ROUND_BIASED, clamp, one_plus, reduce, scale, tail};
use super::logarithm::{LN_2_HIGH, LN_2_LOW, split_any};
use super::words::Words;

/// `log x` in two words, relative error below `2^-65`, for positive finite `x`.
///
/// `log m = 2 s + s^3 (2/3 + s^2 Q(s^2))`, all but `Q` in two words; `Q` is minimax
/// (Remez at 60 digits), its error below `2^-68` of the whole.
#[inline(always)]
fn log_words(x: f64) -> Words {
    const TWO_THIRDS: f64 = 0.666_666_666_666_666_6;
    const TWO_THIRDS_LOW: f64 = 3.700_743_415_417_188e-17;
    let (k, m) = split_any(x);
    let f = m - 1.0;
    let d = Words::sum(2.0, f);
    let inverse = 1.0 / d.high;
    let s = f * inverse;
    let s_low = (-s).mul_add(d.low, (-s).mul_add(d.high, f)) * inverse;
    let square = Words::product(s, s);
    let square_low = (2.0 * s).mul_add(s_low, square.low);
    let cube = Words::product(square.high, s);
    let cube_low = cube.low + square.high.mul_add(s_low, square_low * s);
    let q = horner!(square.high; 0.399_999_999_999_999_97, 0.285_714_285_714_337_77, 0.222_222_222_199_991_1,
        0.181_818_185_977_640_9, 0.153_845_737_893_519_3, 0.133_357_206_034_876_39,
        0.116_860_019_774_091_8, 0.119_025_284_804_941_76);
    let rest = Words::product(square.high, q);
    let factor = Words::sum(TWO_THIRDS, rest.high);
    let factor_low = factor.low + square_low.mul_add(q, rest.low + TWO_THIRDS_LOW);
    let third = Words::product(cube.high, factor.high);
    let third_low = third.low + cube.high.mul_add(factor_low, cube_low * factor.high);
    let near = Words::sum(2.0 * s, third.high);
    let whole = Words::sum(k * LN_2_HIGH, near.high);
    let low = near.low + k.mul_add(LN_2_LOW, 2.0_f64.mul_add(s_low, third_low));
    Words::sum(whole.high, whole.low + low)
}

/// `|x|^y` for finite nonzero `x`.
#[inline(always)]
fn magnitude(x: f64, y: f64) -> f64 {
    let log = log_words(x.abs());
    let product = Words::product(y, log.high);
    let product_low = y.mul_add(log.low, product.low);
    let product_low = if product.high.abs() < 800.0 { product_low } else { 0.0 };
    let (biased, r, low) = reduce(clamp(product.high, -800.0, 800.0), ROUND_BIASED);
    let rest = Words::sum(r, product_low);
    scale(one_plus(rest.high, rest.low + low + tail(rest.high)), biased)
}

/// `x` to the power `y`, with the special cases of C99. Within 0.85 ulp.
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    let size = x.abs();
    let grows = y > 0.0;
    let value = magnitude(x, y);
    let at_zero = if grows { 0.0 } else { f64::INFINITY };
    let at_infinity = if grows { f64::INFINITY } else { 0.0 };
    let value = if size == 0.0 { at_zero } else { value };
    let value = if size == f64::INFINITY { at_infinity } else { value };
    let value = if size == 1.0 { 1.0 } else { value };
    let whole = y.floor() == y;
    let odd = whole && (0.5 * y).floor() != 0.5 * y;
    let value = if odd { value.copysign(x) } else { value };
    let undefined = x < 0.0 && size < f64::INFINITY && !whole;
    let value = if undefined || x.is_nan() || y.is_nan() { f64::NAN } else { value };
    if y == 0.0 || x == 1.0 { 1.0 } else { value }
}
