//! `sin`, `cos`, `tan`: an argument reduced to `|r| <= pi/4` in two words, then the polynomials of
//! FDLIBM (`k_sin.c`, `k_cos.c`, 1993; errors below `2^-58`).
//!
//! Up to [`NEAR`] the reduction is three fused steps of Cody and Waite and free of branches; beyond it
//! [`super::large_angle`] multiplies by as many bits of `2/pi` as needed. The tile kernels run the near form
//! on all elements and repeat the far ones (`sin` = `sin_near` where `is_near`).

use super::exponential::ROUND;
use super::large_angle;
use super::words::Words;

/// The largest `|x|` for the branch-free reduction. Below it every product in [`reduce`] is exact where it
/// must be.
const NEAR: f64 = 268_435_456.0;
const FRAC_2_PI: f64 = std::f64::consts::FRAC_2_PI;
/// `pi/2` in three words of 53 bits.
pub(super) const HALF_PI: [f64; 3] =
    [std::f64::consts::FRAC_PI_2, 6.123_233_995_736_766e-17, -1.497_384_904_859_169_8e-33];

/// An angle `x = quadrant pi/2 + high + low` with `|high| <= pi/4`; only `quadrant mod 4` has a meaning.
#[derive(Clone, Copy)]
pub(super) struct Reduced {
    pub(super) quadrant: u64,
    pub(super) high: f64,
    pub(super) low: f64,
}

/// True where the branch-free forms hold: all but the finite arguments beyond [`NEAR`].
#[inline(always)]
pub(in crate::kernels) fn is_near(x: f64) -> bool {
    !(x.abs() > NEAR && x.abs() < f64::INFINITY)
}

#[inline(always)]
fn reduce(x: f64) -> Reduced {
    let shifted = x.mul_add(FRAC_2_PI, ROUND);
    let n = shifted - ROUND;
    // Exact: x and n HALF_PI[0] are multiples of 2^-53 and their difference is below one.
    let first = n.mul_add(-HALF_PI[0], x);
    let second = Words::product(n, HALF_PI[1]);
    let high = first - second.high;
    // Either word may be the larger: Knuth's two-sum.
    let part = high - first;
    let lost = (first - (high - part)) - (second.high + part);
    Reduced { quadrant: shifted.to_bits(), high, low: n.mul_add(-HALF_PI[2], lost - second.low) }
}

/// `sin(high + low)` as a sum of `high` and a correction.
#[inline(always)]
fn sin_words(high: f64, low: f64) -> Words {
    let z = high * high;
    let cube = z * high;
    let rest = horner!(z; 0.008_333_333_333_322_49, -0.000_198_412_698_298_579_5, 2.755_731_370_707_006_8e-6,
        -2.505_076_025_340_686_3e-8, 1.589_690_995_211_55e-10);
    let bend = z.mul_add(0.5_f64.mul_add(low, -(cube * rest)), -low);
    Words::sum(high, -cube.mul_add(0.166_666_666_666_666_32, bend))
}

/// `cos(high + low)` as a sum of `1 - high^2/2` and a correction.
#[inline(always)]
fn cos_words(high: f64, low: f64) -> Words {
    let z = high * high;
    let rest = z * horner!(z; 0.041_666_666_666_666_6, -0.001_388_888_888_887_411, 2.480_158_728_947_673e-5,
        -2.755_731_435_139_066_3e-7, 2.087_572_321_298_175e-9, -1.135_964_755_778_819_5e-11);
    let most = Words::sum(1.0, -0.5 * z);
    Words::sum(most.high, most.low + z.mul_add(rest, -(high * low)))
}

/// `sin(quadrant pi/2 + high + low)`.
#[inline(always)]
fn sin_of(angle: Reduced) -> f64 {
    let sin = sin_words(angle.high, angle.low).high;
    let cos = cos_words(angle.high, angle.low).high;
    let magnitude = if angle.quadrant & 1 == 0 { sin } else { cos };
    f64::from_bits(magnitude.to_bits() ^ ((angle.quadrant >> 1) << 63))
}

#[inline(always)]
fn cos_of(angle: Reduced) -> f64 {
    sin_of(Reduced { quadrant: angle.quadrant.wrapping_add(1), ..angle })
}

#[inline(always)]
fn tan_of(angle: Reduced) -> f64 {
    let sin = sin_words(angle.high, angle.low);
    let cos = cos_words(angle.high, angle.low);
    let odd = angle.quadrant & 1 == 1;
    let top = if odd { cos } else { sin };
    let bottom = if odd { sin } else { cos };
    let value = top.quotient(bottom);
    if odd { -value } else { value }
}

#[inline(always)]
pub(in crate::kernels) fn sin_near(x: f64) -> f64 {
    let value = sin_of(reduce(x));
    if x.abs() < 7.45e-9 { x } else { value }
}

#[inline(always)]
pub(in crate::kernels) fn cos_near(x: f64) -> f64 {
    cos_of(reduce(x))
}

#[inline(always)]
pub(in crate::kernels) fn tan_near(x: f64) -> f64 {
    let value = tan_of(reduce(x));
    if x.abs() < 7.45e-9 { x } else { value }
}

/// The sine of an angle in radians. Within 0.85 ulp for every finite argument; NaN for infinite ones.
#[inline(always)]
pub fn sin(x: f64) -> f64 {
    if is_near(x) { sin_near(x) } else { sin_of(large_angle::reduce(x)) }
}

/// The cosine of an angle in radians. Within 0.85 ulp for every finite argument; NaN for infinite ones.
#[inline(always)]
pub fn cos(x: f64) -> f64 {
    if is_near(x) { cos_near(x) } else { cos_of(large_angle::reduce(x)) }
}

/// The tangent of an angle in radians. Within 1 ulp for every finite argument; NaN for infinite ones.
#[inline(always)]
pub fn tan(x: f64) -> f64 {
    if is_near(x) { tan_near(x) } else { tan_of(large_angle::reduce(x)) }
}
