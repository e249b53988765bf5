//! Special functions: gamma and beta, error function and normal, incomplete gamma and beta, Bessel and von Mises.
//!
//! A name that ends in digits is the derivative of that order in the parameters; its own derivative is the row of the
//! next order. The row of the highest order declines its derivative, so the family is closed up to there.

mod bessel;
mod gamma;
mod incomplete_beta;
mod incomplete_gamma;
mod normal;

use super::row::{
    Derivative, Lower, Partial, PartialRule, Row, Samples, Scalar, Signature, Smoothness, Transpose,
};
use crate::ir::{Builder, Value};

pub(super) use bessel::ROWS as BESSEL;
pub(super) use gamma::ROWS as GAMMA;
pub(super) use incomplete_beta::ROWS as INCOMPLETE_BETA;
pub(super) use incomplete_gamma::ROWS as INCOMPLETE_GAMMA;
pub(super) use normal::ROWS as NORMAL;

/// What a user reads who asks for a derivative above the highest order.
const LAST: Derivative =
    Derivative::Declined("this is the highest order of parameter derivatives that is computed");

/// A smooth function of as many floats as a sample point has.
const fn smooth(
    name: &'static str,
    doc: &'static str,
    evaluate: fn(&[Scalar]) -> Scalar,
    derivative: Derivative,
    points: &'static [&'static [f64]],
) -> Row {
    const NONE: Transpose = &[None, None, None];
    let arity = points[0].len();
    Row {
        name,
        doc,
        signature: Signature::Float(arity),
        smoothness: Smoothness::Smooth,
        evaluate,
        derivative,
        transpose: NONE.split_at(arity).0,
        lower: Lower::Kernel(name),
        safe_point: points[0],
        samples: Samples { points, edges: edges(arity) },
    }
}

/// Points at and beyond the edges of the domains.
const fn edges(arity: usize) -> &'static [&'static [f64]] {
    match arity {
        1 => &[&[0.0], &[-1.0], &[-2.5], &[f64::INFINITY], &[f64::NEG_INFINITY], &[f64::NAN], &[1e300]],
        2 => &[&[0.0, 0.0], &[-1.0, 2.0], &[2.0, f64::INFINITY], &[f64::NAN, 1.0], &[1e-300, 1e-300]],
        _ => {
            &[&[0.0, 1.0, 0.5], &[1.0, -1.0, 0.5], &[2.0, 2.0, 1.0], &[2.0, 2.0, 0.0], &[1.0, f64::NAN, 0.5]]
        }
    }
}

/// The rule whose factor is `value`.
fn times(value: Value) -> Partial {
    Partial::Times(value)
}

/// The row `name` of the operands, as a factor.
fn row(builder: &mut Builder, name: &str, operands: &[Value]) -> Partial {
    times(builder.primitive(name, operands))
}

/// exp(scale x^2) times `factor`.
fn gaussian(builder: &mut Builder, x: Value, scale: f64, factor: f64) -> Value {
    let (scale, factor) = (builder.number_like(x, scale), builder.number_like(x, factor));
    let square = builder.mul(x, x);
    let exponent = builder.mul(scale, square);
    let exponential = builder.primitive("exp", &[exponent]);
    builder.mul(factor, exponential)
}

/// a / b.
fn quotient(builder: &mut Builder, a: Value, b: Value) -> Value {
    builder.primitive("div", &[a, b])
}

/// x + shift.
fn shifted(builder: &mut Builder, x: Value, shift: f64) -> Value {
    let shift = builder.number_like(x, shift);
    builder.add(x, shift)
}

/// factor x.
fn scaled(builder: &mut Builder, x: Value, factor: f64) -> Value {
    let factor = builder.number_like(x, factor);
    builder.mul(factor, x)
}

/// 1 / x.
fn reciprocal(builder: &mut Builder, x: Value) -> Value {
    let one = builder.number_like(x, 1.0);
    quotient(builder, one, x)
}

/// The partial derivatives of a row.
const fn partials(rules: &'static [PartialRule]) -> Derivative {
    Derivative::Partials(rules)
}

#[cfg(test)]
mod tests;
