//! What families share: evaluation over the element types, and common transposes.

use super::row::{Derivative, Instruction, Lower, Row, Samples, Scalar, Signature, Smoothness, Transpose};

/// Evaluates numbers of one element type: expressions for f64, f32 and i64.
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

/// Evaluates floats by one expression, valid for f64 and f32 alike.
macro_rules! float {
    ($($x:ident),+ => $body:expr) => {
        |operands: &[Scalar]| match *operands {
            [$(Scalar::F64($x)),+] => Scalar::F64($body),
            [$(Scalar::F32($x)),+] => Scalar::F32($body),
            _ => unreachable!("the signature admits only floats of one element type"),
        }
    };
}

/// Evaluates floats by a function of f64; f32 goes through f64 and is rounded once.
macro_rules! through_f64 {
    ($function:path; $($x:ident),+) => {
        |operands: &[Scalar]| match *operands {
            [$(Scalar::F64($x)),+] => Scalar::F64($function($($x),+)),
            [$(Scalar::F32($x)),+] => Scalar::F32($function($(f64::from($x)),+) as f32),
            _ => unreachable!("the signature admits only floats of one element type"),
        }
    };
}

pub(super) use {float, number, through_f64};

/// The cotangent as it is, for rows such as `add`.
pub(super) const KEEP: Transpose = &[Some(|_, _, cotangent| cotangent), Some(|_, _, cotangent| cotangent)];

/// A row whose result is a step function or no float.
pub(super) const fn step(
    name: &'static str,
    doc: &'static str,
    signature: Signature,
    evaluate: fn(&[Scalar]) -> Scalar,
    instruction: Instruction,
    samples: Samples,
) -> Row {
    Row {
        name,
        doc,
        signature,
        smoothness: Smoothness::Jump,
        evaluate,
        derivative: Derivative::Zero,
        transpose: if signature.arity() == 2 { &[None, None] } else { &[None] },
        lower: Lower::Instruction(instruction),
        safe_point: if signature.arity() == 2 { &[1.0, 1.0] } else { &[1.0] },
        samples,
    }
}
