//! Logarithms of the gamma and beta functions, and all derivatives of them: digamma, polygamma, and differences.

use super::super::rules::through_f64;
use super::{LAST, partials, row, shifted, smooth, times};
use crate::kernels::special as kernel;
use crate::primitive::{Row, Scalar};

const POSITIVE: &[&[f64]] = &[&[0.7], &[2.5], &[9.0], &[60.0]];
const PAIRS: &[&[f64]] = &[&[0.8, 2.0], &[3.0, 0.4], &[40.0, 12.0]];

/// The derivative of order `$order` of digamma.
macro_rules! polygamma {
    ($order:literal, $name:literal, $derivative:expr) => {
        smooth(
            $name,
            "The derivative of digamma of the order in the name; poles at 0, -1, -2, ..: infinite for odd orders, NaN \
             for even ones.",
            through_f64!(kernel::orders::polygamma_at::<$order>; x),
            $derivative,
            POSITIVE,
        )
    };
    ($order:literal, $name:literal, next $next:literal) => {
        polygamma!($order, $name, partials(&[|builder, operands, _| row(builder, $next, operands)]))
    };
}

/// Polygamma of order `$order` at a + d less that at a; `$slope` is polygamma of the next order.
macro_rules! difference {
    ($order:literal, $name:literal, $derivative:expr) => {
        smooth(
            $name,
            "Polygamma of the order in the name at a + d less that at a, without cancellation; a > 0, a + d > 0.",
            through_f64!(kernel::orders::polygamma_difference_at::<$order>; a, d),
            $derivative,
            PAIRS,
        )
    };
    ($order:literal, $name:literal, next $next:literal, slope $slope:literal) => {
        difference!($order, $name, partials(&[
            |builder, operands, _| row(builder, $next, operands),
            |builder, operands, _| {
                let sum = builder.add(operands[0], operands[1]);
                row(builder, $slope, &[sum])
            },
        ]))
    };
}

/// The family.
pub const ROWS: &[Row] = &[
    smooth(
        "lgamma",
        "log|Gamma(x)|; infinite at the poles 0, -1, -2, ..",
        through_f64!(kernel::lgamma; x),
        partials(&[|builder, operands, _| row(builder, "digamma", operands)]),
        POSITIVE,
    ),
    smooth(
        "digamma",
        "The derivative of lgamma; NaN at the poles 0, -1, -2, ..",
        through_f64!(kernel::digamma; x),
        partials(&[|builder, operands, _| row(builder, "polygamma_1", operands)]),
        POSITIVE,
    ),
    polygamma!(1, "polygamma_1", next "polygamma_2"),
    polygamma!(2, "polygamma_2", next "polygamma_3"),
    polygamma!(3, "polygamma_3", next "polygamma_4"),
    polygamma!(4, "polygamma_4", next "polygamma_5"),
    polygamma!(5, "polygamma_5", next "polygamma_6"),
    polygamma!(6, "polygamma_6", next "polygamma_7"),
    polygamma!(7, "polygamma_7", next "polygamma_8"),
    polygamma!(8, "polygamma_8", LAST),
    smooth(
        "lbeta",
        "log B(a, b) for a, b > 0, without cancellation for large arguments; NaN for negative ones.",
        through_f64!(kernel::lbeta; a, b),
        partials(&[
            |builder, operands, _| {
                let slope = builder.primitive("polygamma_difference_0", operands);
                times(builder.neg(slope))
            },
            |builder, operands, _| {
                let slope = builder.primitive("polygamma_difference_0", &[operands[1], operands[0]]);
                times(builder.neg(slope))
            },
        ]),
        PAIRS,
    ),
    smooth(
        "log_rising",
        "lgamma(a + d) - lgamma(a) without cancellation; a > 0, a + d > 0.",
        through_f64!(kernel::log_rising; a, d),
        partials(&[
            |builder, operands, _| row(builder, "polygamma_difference_0", operands),
            |builder, operands, _| {
                let sum = builder.add(operands[0], operands[1]);
                row(builder, "digamma", &[sum])
            },
        ]),
        PAIRS,
    ),
    smooth(
        "log_choose",
        "The logarithm of the binomial coefficient of real n > -1 and k from -1 to n + 1; -inf for integers beyond.",
        through_f64!(kernel::log_choose; n, k),
        partials(&[
            |builder, operands, _| {
                let rest = builder.sub(operands[0], operands[1]);
                let next = shifted(builder, rest, 1.0);
                row(builder, "polygamma_difference_0", &[next, operands[1]])
            },
            |builder, operands, _| {
                let rest = builder.sub(operands[0], operands[1]);
                let (rest, chosen) = (shifted(builder, rest, 1.0), shifted(builder, operands[1], 1.0));
                let (rest, chosen) =
                    (builder.primitive("digamma", &[rest]), builder.primitive("digamma", &[chosen]));
                times(builder.sub(rest, chosen))
            },
        ]),
        &[&[5.0, 2.2], &[30.0, 4.0], &[200.0, 90.0]],
    ),
    difference!(0, "polygamma_difference_0", next "polygamma_difference_1", slope "polygamma_1"),
    difference!(1, "polygamma_difference_1", next "polygamma_difference_2", slope "polygamma_2"),
    difference!(2, "polygamma_difference_2", next "polygamma_difference_3", slope "polygamma_3"),
    difference!(3, "polygamma_difference_3", next "polygamma_difference_4", slope "polygamma_4"),
    difference!(4, "polygamma_difference_4", next "polygamma_difference_5", slope "polygamma_5"),
    difference!(5, "polygamma_difference_5", next "polygamma_difference_6", slope "polygamma_6"),
    difference!(6, "polygamma_difference_6", LAST),
];
