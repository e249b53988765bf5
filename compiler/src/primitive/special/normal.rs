//! The error function and the standard normal distribution function, their inverses and logarithmic derivatives.

use std::f64::consts::{FRAC_2_SQRT_PI, PI, TAU};

use super::super::rules::through_f64;
use super::{LAST, gaussian, partials, row, scaled, shifted, smooth, times};
use crate::kernels::special as kernel;
use crate::primitive::{Row, Scalar};

const REALS: &[&[f64]] = &[&[-2.5], &[-0.3], &[0.7], &[3.0]];
const RANKS: &[&[f64]] = &[&[0.3], &[0.02], &[0.6], &[0.95]];

/// The derivative of order `$order` of normal_log_cdf.
macro_rules! log_cdf {
    ($order:literal, $name:literal, $derivative:expr) => {
        smooth(
            $name,
            "The derivative of normal_log_cdf of the order in the name; order 1 is the density over Phi.",
            through_f64!(kernel::orders::normal_log_cdf_at::<$order>; x),
            $derivative,
            REALS,
        )
    };
    ($order:literal, $name:literal, next $next:literal) => {
        log_cdf!($order, $name, partials(&[|builder, operands, _| row(builder, $next, operands)]))
    };
}

/// The family.
pub const ROWS: &[Row] = &[
    smooth(
        "erf",
        "The error function.",
        through_f64!(kernel::erf; x),
        partials(&[|builder, operands, _| times(gaussian(builder, operands[0], -1.0, FRAC_2_SQRT_PI))]),
        REALS,
    ),
    smooth(
        "erfc",
        "1 - erf(x), accurate in the tail.",
        through_f64!(kernel::erfc; x),
        partials(&[|builder, operands, _| times(gaussian(builder, operands[0], -1.0, -FRAC_2_SQRT_PI))]),
        REALS,
    ),
    smooth(
        "erfcx",
        "exp(x^2) erfc(x), without underflow; infinite below -26.6.",
        through_f64!(kernel::erfcx; x),
        partials(&[|builder, operands, result| {
            let product = builder.mul(operands[0], result);
            let twice = scaled(builder, product, 2.0);
            times(shifted(builder, twice, -FRAC_2_SQRT_PI))
        }]),
        REALS,
    ),
    smooth(
        "inv_erf",
        "The inverse of erf on -1 to 1; infinite at the ends, NaN outside.",
        through_f64!(kernel::inv_erf; y),
        partials(&[|builder, _, result| times(gaussian(builder, result, 1.0, 1.0 / FRAC_2_SQRT_PI))]),
        &[&[0.1], &[-0.7], &[0.9]],
    ),
    smooth(
        "inv_erfc",
        "The inverse of erfc on 0 to 2; infinite at the ends, NaN outside.",
        through_f64!(kernel::inv_erfc; y),
        partials(&[|builder, _, result| times(gaussian(builder, result, 1.0, -1.0 / FRAC_2_SQRT_PI))]),
        &[&[1.1], &[0.2], &[1.8]],
    ),
    smooth(
        "normal_cdf",
        "The standard normal distribution function Phi.",
        through_f64!(kernel::normal_cdf; x),
        partials(&[|builder, operands, _| {
            times(gaussian(
                builder,
                operands[0],
                -0.5,
                0.5 * FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2,
            ))
        }]),
        REALS,
    ),
    smooth(
        "normal_quantile",
        "The inverse of normal_cdf on 0 to 1; infinite at the ends, NaN outside.",
        through_f64!(kernel::normal_quantile; p),
        partials(&[|builder, _, result| times(gaussian(builder, result, 0.5, TAU / (2.0 * PI).sqrt()))]),
        RANKS,
    ),
    smooth(
        "normal_log_cdf",
        "log Phi(x), accurate in both tails.",
        through_f64!(kernel::normal_log_cdf; x),
        partials(&[|builder, operands, _| row(builder, "normal_log_cdf_1", operands)]),
        REALS,
    ),
    log_cdf!(1, "normal_log_cdf_1", next "normal_log_cdf_2"),
    log_cdf!(2, "normal_log_cdf_2", next "normal_log_cdf_3"),
    log_cdf!(3, "normal_log_cdf_3", next "normal_log_cdf_4"),
    log_cdf!(4, "normal_log_cdf_4", LAST),
];
