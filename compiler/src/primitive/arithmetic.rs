//! Arithmetic on numbers: sums, products, and what they are made of.

use super::row::{
    Derivative, Instruction, Lower, Partial, Row, Samples, Scalar, Signature, Smoothness, Transpose,
};

/// Applies a float or integer function to scalars of one element type.
macro_rules! number {
    ($($x:ident),+ => $float:expr, $float32:expr, $integer:expr) => {
        |operands: &[Scalar]| match *operands {
            [$(Scalar::F64($x)),+] => Scalar::F64($float),
            [$(Scalar::F32($x)),+] => Scalar::F32($float32),
            [$(Scalar::I64($x)),+] => Scalar::I64($integer),
            _ => unreachable!("the signature admits only numbers of one element type"),
        }
    };
}

const PAIRS: Samples = Samples {
    points: &[&[1.5, 2.5], &[-3.0, 0.25], &[1e-3, -7e2]],
    edges: &[&[0.0, -0.0], &[f64::INFINITY, 1.0], &[f64::NAN, 2.0], &[f64::INFINITY, f64::NEG_INFINITY]],
};

const KEEP: Transpose = &[Some(|_, _, cotangent| cotangent), Some(|_, _, cotangent| cotangent)];

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "add",
        doc: "a + b; integers wrap.",
        signature: Signature::Number(2),
        smoothness: Smoothness::Smooth,
        evaluate: number!(a, b => a + b, a + b, a.wrapping_add(b)),
        derivative: Derivative::Linear,
        transpose: KEEP,
        lower: Lower::Instruction(Instruction::Add),
        safe_point: &[1.0, 1.0],
        samples: PAIRS,
    },
    Row {
        name: "sub",
        doc: "a - b; integers wrap.",
        signature: Signature::Number(2),
        smoothness: Smoothness::Smooth,
        evaluate: number!(a, b => a - b, a - b, a.wrapping_sub(b)),
        derivative: Derivative::Linear,
        transpose: &[Some(|_, _, cotangent| cotangent), Some(|builder, _, cotangent| builder.neg(cotangent))],
        lower: Lower::Instruction(Instruction::Sub),
        safe_point: &[1.0, 1.0],
        samples: PAIRS,
    },
    Row {
        name: "neg",
        doc: "-a; the least integer is its own negative.",
        signature: Signature::Number(1),
        smoothness: Smoothness::Smooth,
        evaluate: number!(a => -a, -a, a.wrapping_neg()),
        derivative: Derivative::Linear,
        transpose: &[Some(|builder, _, cotangent| builder.neg(cotangent))],
        lower: Lower::Instruction(Instruction::Neg),
        safe_point: &[1.0],
        samples: Samples { points: &[&[1.5], &[-0.25]], edges: &[&[0.0], &[f64::NAN], &[f64::INFINITY]] },
    },
    Row {
        name: "mul",
        doc: "a * b; integers wrap.",
        signature: Signature::Number(2),
        smoothness: Smoothness::Smooth,
        evaluate: number!(a, b => a * b, a * b, a.wrapping_mul(b)),
        derivative: Derivative::Partials(&[
            |_, operands, _| Partial::Times(operands[1]),
            |_, operands, _| Partial::Times(operands[0]),
        ]),
        transpose: &[
            Some(|builder, operands, cotangent| builder.mul(cotangent, operands[1])),
            Some(|builder, operands, cotangent| builder.mul(cotangent, operands[0])),
        ],
        lower: Lower::Instruction(Instruction::Mul),
        safe_point: &[1.0, 1.0],
        samples: PAIRS,
    },
];
