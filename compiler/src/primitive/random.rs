//! Numbers from random bits. Their bits come from `bits`, a pure function of seed, site and indices.

use super::row::{Derivative, Draw, Lower, Row, Samples, Scalar, Signature, Smoothness};
use crate::ir::Element::{F64, I64};
use crate::kernels::random;

/// Words of bits, as integers that a float holds exactly.
const WORDS: Samples = Samples {
    points: &[&[0.0, 1.0], &[-4503599627370496.0, 1e15], &[123456789.0, -987654321.0]],
    edges: &[&[-9223372036854775808.0, 9223372036854775807.0], &[-1.0, -1.0]],
};

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "uniform",
        doc: "A number strictly between 0 and 1 from the top 52 of 64 random bits.",
        signature: Signature::Fixed(&[I64], F64),
        smoothness: Smoothness::Jump,
        evaluate: |operands| match *operands {
            [Scalar::I64(bits)] => Scalar::F64(random::uniform(bits as u64)),
            _ => unreachable!("the signature admits one integer"),
        },
        derivative: Derivative::Zero,
        transpose: &[None],
        lower: Lower::Draw(Draw::Uniform),
        safe_point: &[0.0],
        samples: Samples { points: &[&[0.0], &[-4503599627370496.0], &[123456789.0]], edges: &[&[-1.0]] },
    },
    Row {
        name: "normal",
        doc: "A standard normal number from two words of random bits (Box and Muller 1958), within 3.5 ulp of its definition.",
        signature: Signature::Fixed(&[I64, I64], F64),
        smoothness: Smoothness::Jump,
        evaluate: |operands| match *operands {
            [Scalar::I64(first), Scalar::I64(second)] => {
                Scalar::F64(random::normal(first as u64, second as u64))
            }
            _ => unreachable!("the signature admits two integers"),
        },
        derivative: Derivative::Zero,
        transpose: &[None, None],
        lower: Lower::Draw(Draw::Normal),
        safe_point: &[0.0, 0.0],
        samples: WORDS,
    },
];
