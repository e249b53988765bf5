//! The incomplete beta function of (a, b, x), its complement, logarithms and inverses, the beta density, derivatives in
//! a and b of total order up to 4.

use super::super::rules::through_f64;
use super::{LAST, partials, quotient, row, scaled, shifted, smooth, times};
use crate::ir::{Builder, Value};
use crate::kernels::special as kernel;
use crate::primitive::{Partial, Row, Scalar};

const POINTS: &[&[f64]] = &[&[2.0, 3.0, 0.4], &[0.7, 0.6, 0.3], &[9.0, 4.0, 0.75]];
const RANKS: &[&[f64]] = &[&[2.0, 3.0, 0.4], &[0.9, 1.2, 0.7], &[9.0, 4.0, 0.2]];

/// The derivative of order `$i` in a and `$j` in b of beta_inc.
macro_rules! lower {
    ($i:literal $j:literal, $derivative:expr) => {
        smooth(
            concat!("beta_inc_", $i, $j),
            "The derivative of beta_inc whose orders in a and in b are the two digits of the name.",
            through_f64!(kernel::orders::beta_inc_at::<$i, $j>; a, b, x),
            $derivative,
            POINTS,
        )
    };
    ($i:literal $j:literal) => {
        lower!($i $j, partials(&[
            |builder, operands, _| row(builder, &format!("beta_inc_{}{}", $i + 1, $j), operands),
            |builder, operands, _| row(builder, &format!("beta_inc_{}{}", $i, $j + 1), operands),
            |builder, operands, _| row(builder, concat!("beta_density_", $i, $j), operands),
        ]))
    };
}

/// The derivative of order `$i` in a and `$j` in b of the beta density.
macro_rules! density {
    ($i:literal $j:literal, $derivative:expr) => {
        smooth(
            concat!("beta_density_", $i, $j),
            "The derivative of the beta density x^(a-1) (1-x)^(b-1) / B(a, b) whose orders in a and in b are the two \
             digits of the name; NaN unless 0 < x < 1.",
            through_f64!(kernel::orders::beta_density_at::<$i, $j>; a, b, x),
            $derivative,
            POINTS,
        )
    };
    ($i:literal $j:literal) => {
        density!($i $j, partials(&[
            |builder, operands, _| row(builder, &format!("beta_density_{}{}", $i + 1, $j), operands),
            |builder, operands, _| row(builder, &format!("beta_density_{}{}", $i, $j + 1), operands),
            |builder, operands, result| times(density_slope(builder, operands, result, [$i, $j])),
        ]))
    };
}

/// The family.
pub const ROWS: &[Row] = &[
    smooth(
        "beta_inc",
        "The regularised incomplete beta function I_x(a, b), a, b > 0, 0 <= x <= 1.",
        through_f64!(kernel::beta_inc; a, b, x),
        partials(&[
            |builder, operands, _| row(builder, "beta_inc_10", operands),
            |builder, operands, _| row(builder, "beta_inc_01", operands),
            |builder, operands, _| row(builder, "beta_density_00", operands),
        ]),
        POINTS,
    ),
    smooth(
        "beta_inc_upper",
        "1 - beta_inc, accurate in the upper tail.",
        through_f64!(kernel::beta_inc_upper; a, b, x),
        partials(&[
            |builder, operands, _| negated(builder, "beta_inc_10", operands),
            |builder, operands, _| negated(builder, "beta_inc_01", operands),
            |builder, operands, _| negated(builder, "beta_density_00", operands),
        ]),
        POINTS,
    ),
    lower!(1 0),
    lower!(0 1),
    lower!(2 0),
    lower!(1 1),
    lower!(0 2),
    lower!(3 0),
    lower!(2 1),
    lower!(1 2),
    lower!(0 3),
    lower!(4 0, LAST),
    lower!(3 1, LAST),
    lower!(2 2, LAST),
    lower!(1 3, LAST),
    lower!(0 4, LAST),
    density!(0 0),
    density!(1 0),
    density!(0 1),
    density!(2 0),
    density!(1 1),
    density!(0 2),
    density!(3 0),
    density!(2 1),
    density!(1 2),
    density!(0 3),
    density!(4 0, LAST),
    density!(3 1, LAST),
    density!(2 2, LAST),
    density!(1 3, LAST),
    density!(0 4, LAST),
    smooth(
        "log_beta_inc",
        "log I_x(a, b), finite where I underflows; its derivatives are NaN there.",
        through_f64!(kernel::log_beta_inc; a, b, x),
        partials(&[
            |builder, operands, _| relative(builder, ["beta_inc_10", "beta_inc"], operands, 1.0),
            |builder, operands, _| relative(builder, ["beta_inc_01", "beta_inc"], operands, 1.0),
            |builder, operands, _| relative(builder, ["beta_density_00", "beta_inc"], operands, 1.0),
        ]),
        POINTS,
    ),
    smooth(
        "log_beta_inc_upper",
        "log(1 - I_x(a, b)), finite where it underflows; its derivatives are NaN there.",
        through_f64!(kernel::log_beta_inc_upper; a, b, x),
        partials(&[
            |builder, operands, _| relative(builder, ["beta_inc_10", "beta_inc_upper"], operands, -1.0),
            |builder, operands, _| relative(builder, ["beta_inc_01", "beta_inc_upper"], operands, -1.0),
            |builder, operands, _| relative(builder, ["beta_density_00", "beta_inc_upper"], operands, -1.0),
        ]),
        POINTS,
    ),
    smooth(
        "beta_inc_inverse",
        "The x at which beta_inc(a, b, x) is p, 0 <= p <= 1; NaN outside.",
        through_f64!(kernel::beta_inc_inverse; a, b, p),
        partials(&[
            |builder, operands, result| shape_slope(builder, "beta_inc_10", operands, result),
            |builder, operands, result| shape_slope(builder, "beta_inc_01", operands, result),
            |builder, operands, result| rank_slope(builder, operands, result, 1.0),
        ]),
        RANKS,
    ),
    smooth(
        "beta_inc_upper_inverse",
        "The x at which beta_inc_upper(a, b, x) is q, 0 <= q <= 1; NaN outside.",
        through_f64!(kernel::beta_inc_upper_inverse; a, b, q),
        partials(&[
            |builder, operands, result| shape_slope(builder, "beta_inc_10", operands, result),
            |builder, operands, result| shape_slope(builder, "beta_inc_01", operands, result),
            |builder, operands, result| rank_slope(builder, operands, result, -1.0),
        ]),
        RANKS,
    ),
];

/// Minus the row `name`.
fn negated(builder: &mut Builder, name: &str, operands: &[Value]) -> Partial {
    let value = builder.primitive(name, operands);
    times(builder.neg(value))
}

/// `sign` times the quotient of two rows.
fn relative(builder: &mut Builder, names: [&str; 2], operands: &[Value], sign: f64) -> Partial {
    let [above, below] = names.map(|name| builder.primitive(name, operands));
    let ratio = quotient(builder, above, below);
    times(scaled(builder, ratio, sign))
}

/// The derivative of the density row f_ij in x:
/// ((a-1)/x - (b-1)/(1-x)) f_ij + i/x f_(i-1)j - j/(1-x) f_i(j-1).
fn density_slope(builder: &mut Builder, operands: &[Value], result: Value, order: [usize; 2]) -> Value {
    let [a, b, x] = [operands[0], operands[1], operands[2]];
    let opposite = builder.neg(x);
    let y = shifted(builder, opposite, 1.0);
    let (less_a, less_b) = (shifted(builder, a, -1.0), shifted(builder, b, -1.0));
    let (by_x, by_y) = (quotient(builder, less_a, x), quotient(builder, less_b, y));
    let slope = builder.sub(by_x, by_y);
    let mut sum = builder.mul(slope, result);
    let [i, j] = order;
    if i > 0 {
        let below = builder.primitive(&format!("beta_density_{}{j}", i - 1), operands);
        let below = scaled(builder, below, i as f64);
        let term = quotient(builder, below, x);
        sum = builder.add(sum, term);
    }
    if j > 0 {
        let below = builder.primitive(&format!("beta_density_{i}{}", j - 1), operands);
        let below = scaled(builder, below, j as f64);
        let term = quotient(builder, below, y);
        sum = builder.sub(sum, term);
    }
    sum
}

/// The derivative of a quantile x in a shape at a fixed rank: minus the row `name` over the density.
fn shape_slope(builder: &mut Builder, name: &str, operands: &[Value], x: Value) -> Partial {
    relative(builder, [name, "beta_density_00"], &[operands[0], operands[1], x], -1.0)
}

/// The derivative of a quantile x in its rank: `sign` over the density.
fn rank_slope(builder: &mut Builder, operands: &[Value], x: Value, sign: f64) -> Partial {
    let density = builder.primitive("beta_density_00", &[operands[0], operands[1], x]);
    let sign = builder.number_like(x, sign);
    times(quotient(builder, sign, density))
}
