//! Elementary functions: exponentials, logarithms, trigonometric and hyperbolic functions, powers.
//!
//! Values are those of the kernels' own definitions, which interpreter, scalar code, lanes and tiles share.

use super::row::{
    Derivative, Lower, Partial, PartialRule, Row, Samples, Scalar, Signature, Smoothness, Transpose,
};
use super::rules::through_f64;
use crate::ir::{Builder, Value};
use crate::kernels::elementary as kernel;

/// Edge points that any function of one variable is tried at.
const EDGES: &[&[f64]] = &[
    &[0.0],
    &[-0.0],
    &[1.0],
    &[-1.0],
    &[f64::INFINITY],
    &[f64::NEG_INFINITY],
    &[f64::NAN],
    &[5e-324],
    &[1e-300],
    &[745.0],
    &[-745.0],
    &[1e300],
    &[-1e10],
];

const REALS: &[&[f64]] = &[&[-2.5], &[-0.3], &[1e-3], &[0.7], &[3.0]];
const POSITIVE: &[&[f64]] = &[&[1e-3], &[0.7], &[1.5], &[40.0]];
const INSIDE: &[&[f64]] = &[&[-0.9], &[-0.2], &[0.1], &[0.75]];
const NEGATIVE: &[&[f64]] = &[&[-5.0], &[-1.0], &[-0.1]];

/// A smooth function of one float with its kernel.
const fn unary(
    name: &'static str,
    doc: &'static str,
    evaluate: fn(&[Scalar]) -> Scalar,
    derivative: &'static [PartialRule],
    safe_point: &'static [f64],
    points: &'static [&'static [f64]],
) -> Row {
    const NONE: Transpose = &[None];
    Row {
        name,
        doc,
        signature: Signature::Float(1),
        smoothness: Smoothness::Smooth,
        evaluate,
        derivative: Derivative::Partials(derivative),
        transpose: NONE,
        lower: Lower::Kernel(name),
        safe_point,
        samples: Samples { points, edges: EDGES },
    }
}

/// A smooth function of two floats with its kernel.
const fn binary(
    name: &'static str,
    doc: &'static str,
    evaluate: fn(&[Scalar]) -> Scalar,
    derivative: &'static [PartialRule],
    samples: Samples,
) -> Row {
    Row {
        name,
        doc,
        signature: Signature::Float(2),
        smoothness: Smoothness::Smooth,
        evaluate,
        derivative: Derivative::Partials(derivative),
        transpose: &[None, None],
        lower: Lower::Kernel(name),
        safe_point: &[1.0, 1.0],
        samples,
    }
}

/// 1 / x.
fn reciprocal(builder: &mut Builder, x: Value) -> Value {
    let one = builder.number_like(x, 1.0);
    builder.primitive("div", &[one, x])
}

/// (1 - x) * (1 + x), accurate near both zeros.
fn one_minus_square(builder: &mut Builder, x: Value) -> Value {
    let one = builder.number_like(x, 1.0);
    let (less, more) = (builder.sub(one, x), builder.add(one, x));
    builder.mul(less, more)
}

/// x * x + y.
fn square_plus(builder: &mut Builder, x: Value, y: Value) -> Value {
    builder.primitive("fma", &[x, x, y])
}

/// 1 / sqrt(1 - x^2).
fn arcsine_slope(builder: &mut Builder, x: Value) -> Value {
    let inside = one_minus_square(builder, x);
    let root = builder.primitive("sqrt", &[inside]);
    reciprocal(builder, root)
}

/// `value`, or 0 where `factor` is 0: the limit of a product whose other factor is infinite there.
fn unless_zero(builder: &mut Builder, factor: Value, value: Value) -> Partial {
    let zero = builder.number_like(factor, 0.0);
    let vanishes = builder.primitive("eq", &[factor, zero]);
    Partial::Times(builder.primitive("select", &[vanishes, zero, value]))
}

/// e^a / (e^a + e^b): a half where that says nothing, both infinite.
fn share_of(builder: &mut Builder, a: Value, b: Value) -> Value {
    let difference = builder.sub(a, b);
    let share = builder.primitive("sigmoid", &[difference]);
    let unknown = builder.primitive("ne", &[difference, difference]);
    let half = builder.number_like(a, 0.5);
    builder.primitive("select", &[unknown, half, share])
}

/// The family.
pub const ROWS: &[Row] = &[
    unary(
        "exp",
        "e^x.",
        through_f64!(kernel::exp; x),
        &[|_, _, result| Partial::Times(result)],
        &[0.0],
        REALS,
    ),
    unary(
        "expm1",
        "e^x - 1, accurate near 0.",
        through_f64!(kernel::expm1; x),
        &[|builder, operands, _| Partial::Times(builder.primitive("exp", &[operands[0]]))],
        &[0.0],
        REALS,
    ),
    unary(
        "log",
        "Natural logarithm; -inf at 0, NaN below.",
        through_f64!(kernel::log; x),
        &[|builder, operands, _| Partial::Times(reciprocal(builder, operands[0]))],
        &[1.0],
        POSITIVE,
    ),
    unary(
        "log1p",
        "log(1 + x), accurate near 0; -inf at -1, NaN below.",
        through_f64!(kernel::log1p; x),
        &[|builder, operands, _| {
            let one = builder.number_like(operands[0], 1.0);
            let shifted = builder.add(one, operands[0]);
            Partial::Times(reciprocal(builder, shifted))
        }],
        &[0.0],
        &[&[-0.9], &[-1e-4], &[0.5], &[30.0]],
    ),
    unary(
        "log1m_exp",
        "log(1 - e^x) for x < 0; -inf at 0, NaN above.",
        through_f64!(kernel::log1m_exp; x),
        &[|builder, operands, _| {
            let opposite = builder.neg(operands[0]);
            let growth = builder.primitive("expm1", &[opposite]);
            let slope = reciprocal(builder, growth);
            Partial::Times(builder.neg(slope))
        }],
        &[-1.0],
        NEGATIVE,
    ),
    unary(
        "softplus",
        "log(1 + e^x), without overflow.",
        through_f64!(kernel::softplus; x),
        &[|builder, operands, _| Partial::Times(builder.primitive("sigmoid", &[operands[0]]))],
        &[0.0],
        REALS,
    ),
    binary(
        "log_add_exp",
        "log(e^a + e^b), without overflow.",
        through_f64!(kernel::log_add_exp; a, b),
        &[
            |builder, operands, _| Partial::Times(share_of(builder, operands[0], operands[1])),
            |builder, operands, _| Partial::Times(share_of(builder, operands[1], operands[0])),
        ],
        Samples {
            points: &[&[1.0, 2.0], &[-1.0, -3.5], &[0.25, 0.25], &[40.0, -40.0]],
            edges: &[
                &[f64::NEG_INFINITY, 1.0],
                &[f64::NEG_INFINITY, f64::NEG_INFINITY],
                &[f64::INFINITY, f64::INFINITY],
                &[f64::NAN, 1.0],
                &[1.0, f64::NAN],
                &[800.0, 800.0],
            ],
        },
    ),
    unary(
        "sigmoid",
        "1 / (1 + e^-x), accurate in both tails.",
        through_f64!(kernel::sigmoid; x),
        &[|builder, operands, result| {
            let opposite = builder.neg(operands[0]);
            let complement = builder.primitive("sigmoid", &[opposite]);
            Partial::Times(builder.mul(result, complement))
        }],
        &[0.0],
        REALS,
    ),
    unary(
        "log_sigmoid",
        "log(1 / (1 + e^-x)), accurate in both tails.",
        through_f64!(kernel::log_sigmoid; x),
        &[|builder, operands, _| {
            let opposite = builder.neg(operands[0]);
            Partial::Times(builder.primitive("sigmoid", &[opposite]))
        }],
        &[0.0],
        REALS,
    ),
    unary(
        "sin",
        "Sine of radians; NaN at infinities.",
        through_f64!(kernel::sin; x),
        &[|builder, operands, _| Partial::Times(builder.primitive("cos", &[operands[0]]))],
        &[0.0],
        REALS,
    ),
    unary(
        "cos",
        "Cosine of radians; NaN at infinities.",
        through_f64!(kernel::cos; x),
        &[|builder, operands, _| {
            let sine = builder.primitive("sin", &[operands[0]]);
            Partial::Times(builder.neg(sine))
        }],
        &[0.0],
        REALS,
    ),
    unary(
        "tan",
        "Tangent of radians; NaN at infinities.",
        through_f64!(kernel::tan; x),
        &[|builder, _, result| {
            let one = builder.number_like(result, 1.0);
            Partial::Times(square_plus(builder, result, one))
        }],
        &[0.0],
        REALS,
    ),
    unary(
        "asin",
        "Arc sine; NaN outside -1 to 1.",
        through_f64!(kernel::asin; x),
        &[|builder, operands, _| Partial::Times(arcsine_slope(builder, operands[0]))],
        &[0.0],
        INSIDE,
    ),
    unary(
        "acos",
        "Arc cosine; NaN outside -1 to 1.",
        through_f64!(kernel::acos; x),
        &[|builder, operands, _| {
            let slope = arcsine_slope(builder, operands[0]);
            Partial::Times(builder.neg(slope))
        }],
        &[0.0],
        INSIDE,
    ),
    unary(
        "atan",
        "Arc tangent.",
        through_f64!(kernel::atan; x),
        &[|builder, operands, _| {
            let one = builder.number_like(operands[0], 1.0);
            let square = square_plus(builder, operands[0], one);
            Partial::Times(reciprocal(builder, square))
        }],
        &[0.0],
        REALS,
    ),
    unary(
        "sinh",
        "Hyperbolic sine.",
        through_f64!(kernel::sinh; x),
        &[|builder, operands, _| Partial::Times(builder.primitive("cosh", &[operands[0]]))],
        &[0.0],
        REALS,
    ),
    unary(
        "cosh",
        "Hyperbolic cosine.",
        through_f64!(kernel::cosh; x),
        &[|builder, operands, _| Partial::Times(builder.primitive("sinh", &[operands[0]]))],
        &[0.0],
        REALS,
    ),
    unary(
        "tanh",
        "Hyperbolic tangent.",
        through_f64!(kernel::tanh; x),
        &[|builder, _, result| Partial::Times(one_minus_square(builder, result))],
        &[0.0],
        REALS,
    ),
    binary(
        "atan2",
        "Angle of the point (b, a): atan2(y, x).",
        through_f64!(kernel::atan2; a, b),
        &[
            |builder, operands, _| Partial::Times(angle_slope(builder, operands, operands[1])),
            |builder, operands, _| {
                let slope = angle_slope(builder, operands, operands[0]);
                Partial::Times(builder.neg(slope))
            },
        ],
        Samples {
            points: &[&[1.0, 2.0], &[-1.0, 0.5], &[0.3, -2.0], &[-0.4, -0.1]],
            edges: &[&[0.0, 1.0], &[0.0, -1.0], &[-0.0, -1.0], &[f64::INFINITY, 1.0], &[f64::NAN, 1.0]],
        },
    ),
    binary(
        "pow",
        "a^b as C99's pow: 1 at b = 0, NaN for a < 0 unless b is integral. The derivative in b is taken as 0 at \
         a = 0, the derivative in a as 0 at b = 0.",
        through_f64!(kernel::pow; a, b),
        &[
            |builder, operands, _| {
                let one = builder.number_like(operands[1], 1.0);
                let less = builder.sub(operands[1], one);
                let power = builder.primitive("pow", &[operands[0], less]);
                let slope = builder.mul(operands[1], power);
                unless_zero(builder, operands[1], slope)
            },
            |builder, operands, result| {
                let logarithm = builder.primitive("log", &[operands[0]]);
                let slope = builder.mul(result, logarithm);
                unless_zero(builder, operands[0], slope)
            },
        ],
        Samples {
            points: &[&[1.5, 2.0], &[0.3, -1.25], &[4.0, 0.5]],
            edges: &[&[0.0, 0.0], &[-2.0, 3.0], &[-2.0, 0.5], &[0.0, -1.0], &[1.0, f64::NAN], &[2.0, 2000.0]],
        },
    ),
];

/// `numerator / (a^2 + b^2)`.
fn angle_slope(builder: &mut Builder, operands: &[Value], numerator: Value) -> Value {
    let square = builder.mul(operands[1], operands[1]);
    let norm = square_plus(builder, operands[0], square);
    builder.primitive("div", &[numerator, norm])
}
