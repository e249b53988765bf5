//! Comparison, logic and selection.

use super::row::{Derivative, Instruction, Lower, Row, Samples, Scalar, Signature, Smoothness};
use super::rules::step;

const PAIRS: Samples = Samples {
    points: &[&[1.0, 2.0], &[2.0, 1.0], &[3.0, 3.0]],
    edges: &[&[0.0, -0.0], &[f64::NAN, 1.0], &[f64::NAN, f64::NAN], &[f64::INFINITY, f64::INFINITY]],
};
const TRUTHS: Samples = Samples { points: &[&[0.0, 0.0], &[0.0, 1.0], &[1.0, 0.0], &[1.0, 1.0]], edges: &[] };

macro_rules! compare {
    ($operator:tt) => {
        |operands: &[Scalar]| match *operands {
            [Scalar::F64(a), Scalar::F64(b)] => Scalar::Bool(a $operator b),
            [Scalar::F32(a), Scalar::F32(b)] => Scalar::Bool(a $operator b),
            [Scalar::I64(a), Scalar::I64(b)] => Scalar::Bool(a $operator b),
            _ => unreachable!("the signature admits two numbers of one element type"),
        }
    };
}

macro_rules! logic {
    ($($x:ident),+ => $body:expr) => {
        |operands: &[Scalar]| match *operands {
            [$(Scalar::Bool($x)),+] => Scalar::Bool($body),
            _ => unreachable!("the signature admits only bools"),
        }
    };
}

macro_rules! classify {
    ($method:ident) => {
        |operands: &[Scalar]| match *operands {
            [Scalar::F64(x)] => Scalar::Bool(x.$method()),
            [Scalar::F32(x)] => Scalar::Bool(x.$method()),
            _ => unreachable!("the signature admits one float"),
        }
    };
}

const FLOATS: Samples = Samples {
    points: &[&[1.0], &[-2.0]],
    edges: &[&[f64::NAN], &[f64::INFINITY], &[f64::NEG_INFINITY], &[5e-324]],
};

/// The family.
pub const ROWS: &[Row] = &[
    step("lt", "a < b; false with NaN.", Signature::Compare, compare!(<), Instruction::Less, PAIRS),
    step("le", "a <= b; false with NaN.", Signature::Compare, compare!(<=), Instruction::LessEqual, PAIRS),
    step("gt", "a > b; false with NaN.", Signature::Compare, compare!(>), Instruction::Greater, PAIRS),
    step("ge", "a >= b; false with NaN.", Signature::Compare, compare!(>=), Instruction::GreaterEqual, PAIRS),
    step("eq", "a = b; false with NaN.", Signature::Compare, compare!(==), Instruction::Equal, PAIRS),
    step(
        "ne",
        "a differs from b; true with NaN.",
        Signature::Compare,
        compare!(!=),
        Instruction::NotEqual,
        PAIRS,
    ),
    step("is_nan", "Not a number.", Signature::Classify, classify!(is_nan), Instruction::IsNan, FLOATS),
    step(
        "is_finite",
        "Neither infinite nor NaN.",
        Signature::Classify,
        classify!(is_finite),
        Instruction::IsFinite,
        FLOATS,
    ),
    step("and", "Both.", Signature::Bool(2), logic!(a, b => a && b), Instruction::And, TRUTHS),
    step("or", "Either.", Signature::Bool(2), logic!(a, b => a || b), Instruction::Or, TRUTHS),
    step("xor", "One of the two.", Signature::Bool(2), logic!(a, b => a != b), Instruction::Xor, TRUTHS),
    step(
        "not",
        "The opposite.",
        Signature::Bool(1),
        logic!(a => !a),
        Instruction::Not,
        Samples { points: &[&[0.0], &[1.0]], edges: &[] },
    ),
    Row {
        name: "select",
        doc: "The second operand if the first is true, else the third. Both are evaluated: where one may fail or \
              be NaN in its derivative, use `if`.",
        signature: Signature::Select,
        smoothness: Smoothness::Smooth,
        evaluate: |operands| match *operands {
            [Scalar::Bool(condition), yes, no] => {
                if condition {
                    yes
                } else {
                    no
                }
            }
            _ => unreachable!("the signature admits a bool and two alike"),
        },
        derivative: Derivative::Linear,
        transpose: &[
            None,
            Some(|builder, operands, cotangent| {
                let zero = builder.number_like(cotangent, 0.0);
                builder.primitive("select", &[operands[0], cotangent, zero])
            }),
            Some(|builder, operands, cotangent| {
                let zero = builder.number_like(cotangent, 0.0);
                builder.primitive("select", &[operands[0], zero, cotangent])
            }),
        ],
        lower: Lower::Instruction(Instruction::Select),
        safe_point: &[1.0, 1.0, 1.0],
        samples: Samples {
            points: &[&[0.0, 1.5, 2.5], &[1.0, 1.5, 2.5]],
            edges: &[&[1.0, 2.0, f64::NAN], &[0.0, f64::INFINITY, 1.0]],
        },
    },
];
