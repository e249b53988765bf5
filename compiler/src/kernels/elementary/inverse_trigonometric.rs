//! `asin`, `acos`, `atan`, `atan2`: odd polynomials on `[0, 1/2]` and `[0, 1]`, with the complements
//! `asin x = pi/2 - 2 asin sqrt((1 - x)/2)` and `atan(1/t) = pi/2 - atan t`.

use std::f64::consts::{FRAC_PI_2, PI};

/// `pi/2 - FRAC_PI_2`.
const HALF_PI_LOW: f64 = 6.123_233_995_736_766e-17;

/// `(asin(sqrt z) - sqrt z) / sqrt z` on `0 <= z <= 1/4`: minimax (Remez at 60 digits, relative weight),
/// error below `2^-59`.
#[inline(always)]
fn asin_excess(z: f64) -> f64 {
    z * horner!(z; 0.166_666_666_666_667_6, 0.074_999_999_999_708_65, 0.044_642_857_174_563_08,
        0.030_381_942_709_740_203, 0.022_372_214_939_808_586, 0.017_351_612_778_781_056,
        0.013_980_812_229_581_304, 0.011_398_974_763_969_982, 0.010_779_927_475_432_705,
        0.003_707_558_120_121_606, 0.021_704_814_125_065_003, -0.020_995_535_082_409_044,
        0.032_626_525_644_956_5)
}

/// `(s, asin s - s)` for `s = |x|` up to one half, for `s = sqrt((1 - |x|)/2)` above.
#[inline(always)]
fn asin_parts(x: f64) -> (f64, f64) {
    let magnitude = x.abs();
    let small = magnitude <= 0.5;
    let half = 0.5_f64.mul_add(-magnitude, 0.5);
    let z = if small { x * x } else { half };
    let s = if small { magnitude } else { half.sqrt() };
    (s, s * asin_excess(z))
}

/// The arc sine, in `[-pi/2, pi/2]`. Within 1.7 ulp; NaN outside `[-1, 1]`.
#[inline(always)]
pub fn asin(x: f64) -> f64 {
    let (s, excess) = asin_parts(x);
    let far = FRAC_PI_2 - 2.0_f64.mul_add(s, 2.0_f64.mul_add(excess, -HALF_PI_LOW));
    let value = if x.abs() <= 0.5 { s + excess } else { far };
    value.copysign(x)
}

/// The arc cosine, in `[0, pi]`. Within 1.2 ulp; NaN outside `[-1, 1]`.
#[inline(always)]
pub fn acos(x: f64) -> f64 {
    let (s, excess) = asin_parts(x);
    let near = FRAC_PI_2 - (s.copysign(x) + (excess.copysign(x) - HALF_PI_LOW));
    let right = 2.0 * (s + excess);
    let left = PI - 2.0_f64.mul_add(s, 2.0_f64.mul_add(excess, -2.0 * HALF_PI_LOW));
    let far = if x > 0.0 { right } else { left };
    if x.abs() <= 0.5 { near } else { far }
}

/// `atan(t)` on `0 <= t <= 1`: minimax in `t^2` (Remez at 60 digits, relative weight), error below `2^-57`.
#[inline(always)]
fn atan_near(t: f64) -> f64 {
    let z = t * t;
    let excess = horner!(z; -0.333_333_333_333_332_87, 0.199_999_999_999_906_17, -0.142_857_142_850_449_7,
        0.111_111_110_866_703_33, -0.090_909_085_509_917_9, 0.076_922_997_543_601_88,
        -0.066_665_840_705_997_56, 0.058_817_182_637_695_71, -0.052_594_435_341_676_196,
        0.047_449_610_024_495_16, -0.042_864_888_350_588_86, 0.038_212_233_984_931_39,
        -0.032_789_236_455_015_61, 0.026_156_948_728_424_844, -0.018_619_954_135_061_34,
        0.011_322_513_842_828_577, -0.005_615_507_378_502_967, 0.002_153_055_722_554_785_6,
        -0.000_593_370_406_636_104_9, 0.000_103_967_655_466_605_27, -8.663_141_981_042_808e-6);
    (z * excess).mul_add(t, t)
}

/// The angle of the point `(x, y)`, in `[-pi, pi]`. Within 1.7 ulp; all signed zeros and infinities as in
/// C99.
#[inline(always)]
pub fn atan2(y: f64, x: f64) -> f64 {
    let (across, up) = (x.abs(), y.abs());
    let steep = up > across;
    let (small, large) = if steep { (across, up) } else { (up, across) };
    let ratio = small / large;
    let ratio = if large == 0.0 { 0.0 } else { ratio };
    let ratio = if small == f64::INFINITY { 1.0 } else { ratio };
    let angle = atan_near(ratio);
    let left = x.is_sign_negative();
    // The result is a multiple of pi/2 plus or minus the angle to the nearest axis.
    let axis = if steep {
        1.0
    } else if left {
        2.0
    } else {
        0.0
    };
    let angle = if steep != left { -angle } else { angle };
    let value = axis * FRAC_PI_2 + axis.mul_add(HALF_PI_LOW, angle);
    if x.is_nan() || y.is_nan() { f64::NAN } else { value.copysign(y) }
}

/// The arc tangent, in `[-pi/2, pi/2]`. Within 1.7 ulp.
#[inline(always)]
pub fn atan(x: f64) -> f64 {
    atan2(x, 1.0)
}
