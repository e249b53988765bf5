//! Modified Bessel functions of order 0 and 1, and the von Mises distribution with derivatives in its concentration.

use super::super::rules::through_f64;
use super::{LAST, partials, reciprocal, row, scaled, smooth, times};
use crate::ir::{Builder, Value};
use crate::kernels::special as kernel;
use crate::primitive::{Row, Scalar};

const REALS: &[&[f64]] = &[&[0.8], &[-1.5], &[6.0], &[35.0]];
const ANGLES: &[&[f64]] = &[&[0.4, 2.0], &[-1.2, 0.7], &[2.1, 5.0]];

/// The derivative of order `$order` of I_1 / I_0.
macro_rules! ratio {
    ($order:literal, $name:literal, $derivative:expr) => {
        smooth(
            $name,
            "The derivative of I_1(x) / I_0(x) of the order in the name.",
            through_f64!(kernel::orders::bessel_ratio_at::<$order>; x),
            $derivative,
            REALS,
        )
    };
    ($order:literal, $name:literal, next $next:literal) => {
        ratio!($order, $name, partials(&[|builder, operands, _| row(builder, $next, operands)]))
    };
}

/// The derivative of order `$order` in kappa of the von Mises distribution function.
macro_rules! cdf {
    ($order:literal, $name:literal, $derivative:expr) => {
        smooth(
            $name,
            "The derivative in kappa, of the order in the name, of the von Mises distribution function at t in -pi to \
             pi with location 0.",
            through_f64!(kernel::orders::von_mises_cdf_at::<$order>; t, kappa),
            $derivative,
            ANGLES,
        )
    };
    ($order:literal, $name:literal, next $next:literal, density $density:literal) => {
        cdf!($order, $name, partials(&[
            |builder, operands, _| row(builder, $density, operands),
            |builder, operands, _| row(builder, $next, operands),
        ]))
    };
}

/// The derivative of order `$order` in kappa of the von Mises density.
macro_rules! density {
    ($order:literal, $name:literal, $derivative:expr) => {
        smooth(
            $name,
            "The derivative in kappa, of the order in the name, of the von Mises density at t with location 0.",
            through_f64!(kernel::orders::von_mises_density_at::<$order>; t, kappa),
            $derivative,
            ANGLES,
        )
    };
    ($order:literal, $name:literal, next $next:literal) => {
        density!($order, $name, partials(&[
            |builder, operands, result| times(angle_slope(builder, operands, result, $order)),
            |builder, operands, _| row(builder, $next, operands),
        ]))
    };
}

/// The family.
pub const ROWS: &[Row] = &[
    smooth(
        "log_bessel_i0",
        "log I_0(x).",
        through_f64!(kernel::log_bessel_i0; x),
        partials(&[|builder, operands, _| row(builder, "bessel_ratio_0", operands)]),
        REALS,
    ),
    smooth(
        "log_bessel_i1",
        "log|I_1(x)|; -inf at 0.",
        through_f64!(kernel::log_bessel_i1; x),
        partials(&[|builder, operands, _| {
            let ratio = builder.primitive("bessel_ratio_0", operands);
            let (inverse, rest) = (reciprocal(builder, ratio), reciprocal(builder, operands[0]));
            times(builder.sub(inverse, rest))
        }]),
        REALS,
    ),
    ratio!(0, "bessel_ratio_0", next "bessel_ratio_1"),
    ratio!(1, "bessel_ratio_1", next "bessel_ratio_2"),
    ratio!(2, "bessel_ratio_2", next "bessel_ratio_3"),
    ratio!(3, "bessel_ratio_3", next "bessel_ratio_4"),
    ratio!(4, "bessel_ratio_4", LAST),
    cdf!(0, "von_mises_cdf_0", next "von_mises_cdf_1", density "von_mises_density_0"),
    cdf!(1, "von_mises_cdf_1", next "von_mises_cdf_2", density "von_mises_density_1"),
    cdf!(2, "von_mises_cdf_2", next "von_mises_cdf_3", density "von_mises_density_2"),
    cdf!(3, "von_mises_cdf_3", next "von_mises_cdf_4", density "von_mises_density_3"),
    cdf!(4, "von_mises_cdf_4", LAST),
    density!(0, "von_mises_density_0", next "von_mises_density_1"),
    density!(1, "von_mises_density_1", next "von_mises_density_2"),
    density!(2, "von_mises_density_2", next "von_mises_density_3"),
    density!(3, "von_mises_density_3", next "von_mises_density_4"),
    density!(4, "von_mises_density_4", LAST),
];

/// The derivative of the density row f_n in t: -sin(t) (kappa f_n + n f_(n-1)).
fn angle_slope(builder: &mut Builder, operands: &[Value], result: Value, n: usize) -> Value {
    let mut sum = builder.mul(operands[1], result);
    if n > 0 {
        let below = builder.primitive(&format!("von_mises_density_{}", n - 1), operands);
        let below = scaled(builder, below, n as f64);
        sum = builder.add(sum, below);
    }
    let sine = builder.primitive("sin", &[operands[0]]);
    let product = builder.mul(sine, sum);
    builder.neg(product)
}
