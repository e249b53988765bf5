//! Integer division, rounding, and conversion between element types.

use super::row::{
    Derivative, Instruction, Lower, Row, Samples, Scalar, Signature, Smoothness, TransposeRule,
};
use super::rules::{float, step};
use crate::ir::Element::{Bool, F32, F64, I64};

const DIVISIONS: Samples = Samples {
    points: &[&[7.0, 2.0], &[-7.0, 2.0], &[7.0, -2.0], &[-7.0, -2.0], &[6.0, 3.0]],
    edges: &[&[-9223372036854775808.0, -1.0], &[0.0, 5.0]],
};

const REALS: Samples = Samples {
    points: &[&[0.3], &[-0.3], &[7.75]],
    edges: &[&[0.5], &[1.5], &[-2.5], &[-0.0], &[f64::NAN], &[f64::INFINITY], &[1e300]],
};

const INTEGERS: Samples = Samples { points: &[&[3.0], &[-8.0]], edges: &[&[0.0], &[9007199254740993.0]] };
const BOOLS: Samples = Samples { points: &[&[0.0], &[1.0]], edges: &[] };

/// A linear conversion between float types, with the conversion back as its transpose.
const fn conversion(
    name: &'static str,
    doc: &'static str,
    signature: Signature,
    evaluate: fn(&[Scalar]) -> Scalar,
    instruction: Instruction,
    transpose: &'static [Option<TransposeRule>],
) -> Row {
    Row {
        name,
        doc,
        signature,
        smoothness: Smoothness::Smooth,
        evaluate,
        derivative: Derivative::Linear,
        transpose,
        lower: Lower::Instruction(instruction),
        safe_point: &[1.0],
        samples: Samples { points: &[&[0.5], &[-3.25]], edges: &[&[f64::NAN], &[1e300], &[1e-300]] },
    }
}

/// The family.
pub const ROWS: &[Row] = &[
    step(
        "floor_div",
        "Quotient of integers rounded to minus infinity, wrapping; dividing by zero is a run-time failure.",
        Signature::Integer(2),
        |operands| integers(operands, floor_div),
        Instruction::FloorDiv,
        DIVISIONS,
    ),
    step(
        "floor_mod",
        "Remainder of floor_div, with the divisor's sign; dividing by zero is a run-time failure.",
        Signature::Integer(2),
        |operands| integers(operands, |a, b| a.wrapping_sub(floor_div(a, b).wrapping_mul(b))),
        Instruction::FloorMod,
        DIVISIONS,
    ),
    step(
        "floor",
        "Greatest integral value not above x. Derivative 0.",
        Signature::Float(1),
        float!(x => x.floor()),
        Instruction::Floor,
        REALS,
    ),
    step(
        "ceil",
        "Least integral value not below x. Derivative 0.",
        Signature::Float(1),
        float!(x => x.ceil()),
        Instruction::Ceil,
        REALS,
    ),
    step(
        "trunc",
        "x without its fraction. Derivative 0.",
        Signature::Float(1),
        float!(x => x.trunc()),
        Instruction::Trunc,
        REALS,
    ),
    step(
        "round",
        "Nearest integral value, ties to even. Derivative 0.",
        Signature::Float(1),
        float!(x => x.round_ties_even()),
        Instruction::Nearest,
        REALS,
    ),
    step(
        "int_to_float",
        "The nearest f64 to an integer.",
        Signature::Fixed(&[I64], F64),
        |operands| match *operands {
            [Scalar::I64(n)] => Scalar::F64(n as f64),
            _ => unreachable!("the signature admits one integer"),
        },
        Instruction::IntToFloat,
        INTEGERS,
    ),
    step(
        "float_to_int",
        "x without its fraction as an integer; saturates; NaN gives 0.",
        Signature::Fixed(&[F64], I64),
        |operands| match *operands {
            [Scalar::F64(x)] => Scalar::I64(x as i64),
            _ => unreachable!("the signature admits one f64"),
        },
        Instruction::FloatToInt,
        REALS,
    ),
    step(
        "bool_to_float",
        "1 for true, 0 for false.",
        Signature::Fixed(&[Bool], F64),
        |operands| match *operands {
            [Scalar::Bool(b)] => Scalar::F64(f64::from(u8::from(b))),
            _ => unreachable!("the signature admits one bool"),
        },
        Instruction::BoolToFloat,
        BOOLS,
    ),
    step(
        "bool_to_int",
        "1 for true, 0 for false.",
        Signature::Fixed(&[Bool], I64),
        |operands| match *operands {
            [Scalar::Bool(b)] => Scalar::I64(i64::from(b)),
            _ => unreachable!("the signature admits one bool"),
        },
        Instruction::BoolToInt,
        BOOLS,
    ),
    conversion(
        "narrow",
        "The nearest f32.",
        Signature::Fixed(&[F64], F32),
        |operands| match *operands {
            [Scalar::F64(x)] => Scalar::F32(x as f32),
            _ => unreachable!("the signature admits one f64"),
        },
        Instruction::Narrow,
        &[Some(|builder, _, cotangent| builder.primitive("widen", &[cotangent]))],
    ),
    conversion(
        "widen",
        "The same value as f64.",
        Signature::Fixed(&[F32], F64),
        |operands| match *operands {
            [Scalar::F32(x)] => Scalar::F64(f64::from(x)),
            _ => unreachable!("the signature admits one f32"),
        },
        Instruction::Widen,
        &[Some(|builder, _, cotangent| builder.primitive("narrow", &[cotangent]))],
    ),
];

fn integers(operands: &[Scalar], function: fn(i64, i64) -> i64) -> Scalar {
    match *operands {
        [Scalar::I64(a), Scalar::I64(b)] => Scalar::I64(function(a, b)),
        _ => unreachable!("the signature admits two integers"),
    }
}

/// # Panics
/// If `b` is zero: [`Row::fails`] is asked first.
fn floor_div(a: i64, b: i64) -> i64 {
    let quotient = a.wrapping_div(b);
    let inexact = a.wrapping_rem(b) != 0;
    if inexact && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
}
