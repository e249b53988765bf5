//! Arithmetic on numbers: sums, products, quotients, extremes.

use super::row::{Derivative, Instruction, Lower, Partial, Row, Samples, Scalar, Signature, Smoothness};
use super::rules::{KEEP, float, number};
use crate::ir::{Builder, Value};

const PAIRS: Samples = Samples {
    points: &[&[1.5, 2.5], &[-3.0, 0.25], &[1e-3, -7e2]],
    edges: &[&[0.0, -0.0], &[f64::INFINITY, 1.0], &[f64::NAN, 2.0], &[f64::INFINITY, f64::NEG_INFINITY]],
};

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "add",
        doc: "a + b; integers wrap.",
        signature: Signature::Number(2),
        smoothness: Smoothness::Smooth,
        evaluate: number!(a, b => a + b, a + b, a.wrapping_add(b)),
        derivative: Derivative::Partials(&[|_, _, _| Partial::One, |_, _, _| Partial::One]),
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
        derivative: Derivative::Partials(&[|_, _, _| Partial::One, |_, _, _| Partial::MinusOne]),
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
        derivative: Derivative::Partials(&[|_, _, _| Partial::MinusOne]),
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
    Row {
        name: "div",
        doc: "a / b, floats.",
        signature: Signature::Float(2),
        smoothness: Smoothness::Smooth,
        evaluate: float!(a, b => a / b),
        derivative: Derivative::Partials(&[
            |builder, operands, _| {
                let one = builder.number_like(operands[1], 1.0);
                Partial::Times(builder.primitive("div", &[one, operands[1]]))
            },
            |builder, operands, result| {
                let ratio = builder.primitive("div", &[result, operands[1]]);
                Partial::Times(builder.neg(ratio))
            },
        ]),
        transpose: &[
            Some(|builder, operands, cotangent| builder.primitive("div", &[cotangent, operands[1]])),
            None,
        ],
        lower: Lower::Instruction(Instruction::Div),
        safe_point: &[1.0, 1.0],
        samples: PAIRS,
    },
    Row {
        name: "fma",
        doc: "a * b + c with one rounding, floats.",
        signature: Signature::Float(3),
        smoothness: Smoothness::Smooth,
        evaluate: float!(a, b, c => a.mul_add(b, c)),
        derivative: Derivative::Partials(&[
            |_, operands, _| Partial::Times(operands[1]),
            |_, operands, _| Partial::Times(operands[0]),
            |_, _, _| Partial::One,
        ]),
        transpose: &[
            Some(|builder, operands, cotangent| builder.mul(cotangent, operands[1])),
            Some(|builder, operands, cotangent| builder.mul(cotangent, operands[0])),
            Some(|_, _, cotangent| cotangent),
        ],
        lower: Lower::Instruction(Instruction::Fma),
        safe_point: &[1.0, 1.0, 1.0],
        samples: Samples {
            points: &[&[1.5, 2.5, -0.5], &[-3.0, 0.25, 1e3]],
            edges: &[&[f64::INFINITY, 0.0, 1.0], &[1.0, -0.0, 0.0]],
        },
    },
    Row {
        name: "sqrt",
        doc: "Square root; NaN below zero.",
        signature: Signature::Float(1),
        smoothness: Smoothness::Smooth,
        evaluate: float!(x => x.sqrt()),
        derivative: Derivative::Partials(&[|builder, operands, result| {
            let half = builder.number_like(operands[0], 0.5);
            Partial::Times(builder.primitive("div", &[half, result]))
        }]),
        transpose: &[None],
        lower: Lower::Instruction(Instruction::Sqrt),
        safe_point: &[1.0],
        samples: Samples {
            points: &[&[0.25], &[2.0], &[1e9]],
            edges: &[&[0.0], &[-0.0], &[-1.0], &[f64::INFINITY]],
        },
    },
    Row {
        name: "abs",
        doc: "|x|; derivative sign(x), 0 at the kink 0. The least integer is its own absolute value.",
        signature: Signature::Number(1),
        smoothness: Smoothness::Lipschitz,
        evaluate: number!(a => a.abs(), a.abs(), a.wrapping_abs()),
        derivative: Derivative::Partials(&[|builder, operands, _| {
            Partial::Times(builder.primitive("sign", &[operands[0]]))
        }]),
        transpose: &[None],
        lower: Lower::Instruction(Instruction::Abs),
        safe_point: &[1.0],
        samples: Samples { points: &[&[0.25], &[-2.0]], edges: &[&[0.0], &[-0.0], &[f64::NAN]] },
    },
    Row {
        name: "sign",
        doc: "-1, 0 or 1; NaN of NaN, and a zero keeps its sign. Derivative 0.",
        signature: Signature::Float(1),
        smoothness: Smoothness::Jump,
        evaluate: float!(x => if x > 0.0 { 1.0 } else if x < 0.0 { -1.0 } else { x }),
        derivative: Derivative::Zero,
        transpose: &[None],
        lower: Lower::Instruction(Instruction::Sign),
        safe_point: &[1.0],
        samples: Samples { points: &[&[0.25], &[-2.0]], edges: &[&[0.0], &[-0.0], &[f64::NAN]] },
    },
    Row {
        name: "min",
        doc: "The lesser; NaN if either is; min(-0, 0) = -0. Differentiates into the first that attains it.",
        signature: Signature::Number(2),
        smoothness: Smoothness::Lipschitz,
        evaluate: number!(a, b => minimum(a, b), minimum(f64::from(a), f64::from(b)) as f32, a.min(b)),
        derivative: Derivative::Partials(&[
            |builder, operands, _| attains(builder, "le", operands, true),
            |builder, operands, _| attains(builder, "le", operands, false),
        ]),
        transpose: &[None, None],
        lower: Lower::Instruction(Instruction::Min),
        safe_point: &[1.0, 2.0],
        samples: PAIRS,
    },
    Row {
        name: "max",
        doc: "The greater; NaN if either is; max(-0, 0) = 0. Differentiates into the first that attains it.",
        signature: Signature::Number(2),
        smoothness: Smoothness::Lipschitz,
        evaluate: number!(a, b => -minimum(-a, -b), -minimum(-f64::from(a), -f64::from(b)) as f32, a.max(b)),
        derivative: Derivative::Partials(&[
            |builder, operands, _| attains(builder, "ge", operands, true),
            |builder, operands, _| attains(builder, "ge", operands, false),
        ]),
        transpose: &[None, None],
        lower: Lower::Instruction(Instruction::Max),
        safe_point: &[1.0, 2.0],
        samples: PAIRS,
    },
];

/// IEEE 754-2019 minimum: NaN propagates and -0 lies below 0.
fn minimum(a: f64, b: f64) -> f64 {
    match a.partial_cmp(&b) {
        Some(std::cmp::Ordering::Less) => a,
        Some(std::cmp::Ordering::Greater) => b,
        Some(std::cmp::Ordering::Equal) => f64::from_bits(a.to_bits() | b.to_bits() & (1 << 63)),
        None => f64::NAN,
    }
}

/// 1 for the operand that attains the extreme (the first where both do), else 0.
fn attains(builder: &mut Builder, comparison: &str, operands: &[Value], first: bool) -> Partial {
    let condition = builder.primitive(comparison, operands);
    let one = builder.number_like(operands[0], 1.0);
    let zero = builder.number_like(operands[0], 0.0);
    let (yes, no) = if first { (one, zero) } else { (zero, one) };
    Partial::Times(builder.primitive("select", &[condition, yes, no]))
}
