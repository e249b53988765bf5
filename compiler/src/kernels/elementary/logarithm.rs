//! `log` and `log1p`: one reduction and one polynomial for both.
//!
//! `x = 2^k m` with `sqrt(1/2) <= m < sqrt(2)`, `f = m - 1`, `s = f / (2 + f)` and
//! `log m = f - (f^2/2 - s (f^2/2 + R(s^2)))` (Ng, FDLIBM `e_log.c`, 1993; error of `R` below `2^-58.45`).

/// The upper 32 bits of `ln 2`: `k LN_2_HIGH` is exact for every exponent `k`.
pub(super) const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
/// `ln 2 - LN_2_HIGH`.
pub(super) const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Added to the bits of a positive number, it moves the change of exponent from powers of two to `sqrt(2)`
/// times them.
const SQRT_SHIFT: u64 = 0x3ff0_0000_0000_0000 - 0x3fe6_a09e_667f_3bcd;

/// `x = 2^k m` with `sqrt(1/2) <= m < sqrt(2)`, for normal positive `x`.
#[inline(always)]
pub(super) fn split(x: f64) -> (f64, f64) {
    let shifted = x.to_bits().wrapping_add(SQRT_SHIFT);
    // The biased exponent sits in the low bits of 2^52.
    let k = f64::from_bits((shifted >> 52) | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0);
    let m = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff) + 0x3fe6_a09e_667f_3bcd);
    (k, m)
}

/// [`split`] for positive `x`, subnormal or not.
#[inline(always)]
pub(super) fn split_any(x: f64) -> (f64, f64) {
    let subnormal = x < f64::MIN_POSITIVE;
    let (k, m) = split(if subnormal { x * 18_014_398_509_481_984.0 } else { x });
    (if subnormal { k - 54.0 } else { k }, m)
}

/// `f / (2 + f)`, the argument of the polynomial.
#[inline(always)]
fn reduced(f: f64) -> f64 {
    f / (2.0 + f)
}

/// `R(s^2)`, by Estrin's scheme: the chain of operations is what takes the time of one call.
#[inline(always)]
fn rest(s: f64) -> f64 {
    let z = s * s;
    let z2 = z * z;
    let low = z.mul_add(0.399_999_999_994_094_2, 0.666_666_666_666_673_5);
    let middle = z.mul_add(0.222_221_984_321_497_84, 0.285_714_287_436_623_9);
    let high =
        z2.mul_add(0.147_981_986_051_165_86, z.mul_add(0.153_138_376_992_093_73, 0.181_835_721_616_180_5));
    z * (z2 * z2).mul_add(high, z2.mul_add(middle, low))
}

/// `k ln 2 + log(1 + f) + correction`, for `s = reduced(f)` and a correction of about an ulp.
#[inline(always)]
fn sum(k: f64, f: f64, s: f64, correction: f64) -> f64 {
    let rest = rest(s);
    let half_square = 0.5 * f * f;
    let small = s.mul_add(half_square + rest, k.mul_add(LN_2_LOW, correction));
    k.mul_add(LN_2_HIGH, f - (half_square - small))
}

/// [`log`] of a normal, positive, finite number, without its special cases.
#[inline(always)]
pub(in crate::kernels) fn log_of_normal(x: f64) -> f64 {
    let (k, m) = split(x);
    let f = m - 1.0;
    sum(k, f, reduced(f), 0.0)
}

/// The natural logarithm. Within 0.9 ulp; `log(0) = -inf`, NaN below zero.
#[inline(always)]
pub fn log(x: f64) -> f64 {
    let (k, m) = split_any(x);
    let f = m - 1.0;
    let value = sum(k, f, reduced(f), 0.0);
    let value = if x < f64::INFINITY { value } else { x };
    let outside = if x == 0.0 { f64::NEG_INFINITY } else { f64::NAN };
    if x <= 0.0 { outside } else { value }
}

/// `log(1 + x)` without cancellation near zero. Within 0.9 ulp; `log1p(-1) = -inf`, NaN below.
#[inline(always)]
pub fn log1p(x: f64) -> f64 {
    let lost = if x > LARGE { 0.0 } else { lost_by_one_plus(x) };
    let value = log1p_with(x, lost);
    let value = if x.abs() < TINY { x } else { value };
    let value = if x < f64::INFINITY { value } else { x };
    let outside = if x == -1.0 { f64::NEG_INFINITY } else { f64::NAN };
    if x <= -1.0 { outside } else { value }
}

/// Below it `log(1 + x)` is `x`.
const TINY: f64 = 5.551_115_123_125_783e-17;
/// Above it what the rounding of `1 + x` lost has no weight.
const LARGE: f64 = 1e16;

/// True where [`log1p_near`] holds: no special case.
#[inline(always)]
pub(in crate::kernels) fn log1p_is_near(x: f64) -> bool {
    x.abs() >= TINY && x > -1.0 && x <= LARGE
}

/// [`log1p`], with a short way for small numbers: they need no scaling.
#[inline(always)]
pub(in crate::kernels) fn log1p_alone(x: f64) -> f64 {
    if (TINY..=0.25).contains(&x.abs()) {
        let s = reduced(x);
        let half_square = 0.5 * x * x;
        return x - (half_square - s * (half_square + rest(s)));
    }
    if log1p_is_near(x) { log1p_near(x) } else { log1p(x) }
}

/// [`log1p`] without its special cases.
#[inline(always)]
pub(in crate::kernels) fn log1p_near(x: f64) -> f64 {
    log1p_with(x, lost_by_one_plus(x))
}

/// What the rounding of `1 + x` loses, exactly (Knuth's two-sum).
#[inline(always)]
fn lost_by_one_plus(x: f64) -> f64 {
    let u = 1.0 + x;
    let y = u - 1.0;
    (x - y) + (1.0 - (u - y))
}

/// `log(1 + x)`, where `1 + x` loses so much.
#[inline(always)]
fn log1p_with(x: f64, lost: f64) -> f64 {
    let (k, m) = split(1.0 + x);
    let scale = f64::from_bits((1023.0 - k + 4_503_599_627_370_496.0).to_bits() << 52);
    let delta = lost * scale;
    // Without scaling, x itself is the exact reduced argument.
    let unscaled = k == 0.0;
    let f = if unscaled { x } else { m - 1.0 };
    let delta = if unscaled { 0.0 } else { delta };
    let s = reduced(f);
    // delta / m, where 1/m = (1 - s)/(1 + s) is needed to a few bits only.
    let inverse = (2.0 * s).mul_add(s.mul_add(1.0 - s, -1.0), 1.0);
    sum(k, f, s, delta * inverse)
}
