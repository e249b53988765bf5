//! Angles too large for a branch-free reduction: Payne and Hanek's multiplication of the significand by the
//! bits of `2/pi` that matter, in integers (ACM SIGNUM Newsletter 18, 1983).

use super::trigonometric::{HALF_PI, Reduced};

/// The first 1,280 bits of `2/pi` after the point (digits of pi by mpmath), behind 64 zero bits.
const TWO_OVER_PI: [u64; 21] = [
    0,
    0xa2f9_836e_4e44_1529,
    0xfc27_57d1_f534_ddc0,
    0xdb62_9599_3c43_9041,
    0xfe51_63ab_debb_c561,
    0xb724_6e3a_424d_d2e0,
    0x0649_2eea_09d1_921c,
    0xfe1d_eb1c_b129_a73e,
    0xe882_35f5_2ebb_4484,
    0xe99c_7026_b45f_7e41,
    0x3991_d639_8353_39f4,
    0x9c84_5f8b_bdf9_283b,
    0x1ff8_97ff_de05_980f,
    0xef2f_118b_5a0a_6d1f,
    0x6d36_7ecf_27cb_09b7,
    0x4f46_3f66_9e5f_ea2d,
    0x7527_bac7_ebe5_f17b,
    0x3d07_39f7_8a52_92ea,
    0x6bfb_5fb1_1f8d_5d08,
    0x5603_3046_fc7b_6bab,
    0xf0cf_bc20_9af4_361d,
];

/// 64 bits of [`TWO_OVER_PI`] from bit `start` on.
fn bits_from(start: usize) -> u64 {
    let (word, offset) = (start / 64, start % 64);
    let pair = (u128::from(TWO_OVER_PI[word]) << 64) | u128::from(TWO_OVER_PI[word + 1]);
    (pair >> (64 - offset)) as u64
}

/// Reduces a finite `x` with `|x| >= 1`.
#[cold]
#[inline(never)]
pub(super) fn reduce(x: f64) -> Reduced {
    let exponent = ((x.to_bits() >> 52) & 0x7ff) as i64 - 1075;
    let significand = u128::from((x.to_bits() & 0x000f_ffff_ffff_ffff) | 0x0010_0000_0000_0000);
    // |x| = significand 2^exponent. Bits of 2/pi with weight above 2^(1 - exponent) give multiples of four.
    let start = (exponent - 2 + 64) as usize;
    // |x| 2/pi mod 4 = (significand window mod 2^192) / 2^190.
    let low = significand * u128::from(bits_from(start + 128));
    let middle = significand * u128::from(bits_from(start + 64)) + (low >> 64);
    let high = (significand as u64).wrapping_mul(bits_from(start)).wrapping_add((middle >> 64) as u64);
    let turns = (u128::from(high) << 64) | u128::from(middle as u64);
    let fraction = ((turns << 2) | u128::from((low as u64) >> 62)) as i128;
    let quadrant = (high >> 62).wrapping_add(u64::from(fraction < 0));
    // The fraction of a quadrant, in [-1/2, 1/2), in two words.
    let first = fraction as f64;
    let second = (fraction - first as i128) as f64;
    let unit = 2.0_f64.powi(-128);
    let (first, second) = (first * unit, second * unit);
    let product = first * HALF_PI[0];
    let rest = first.mul_add(HALF_PI[0], -product) + second.mul_add(HALF_PI[0], first * HALF_PI[1]);
    if x < 0.0 {
        Reduced { quadrant: quadrant.wrapping_neg(), high: -product, low: -rest }
    } else {
        Reduced { quadrant, high: product, low: rest }
    }
}
