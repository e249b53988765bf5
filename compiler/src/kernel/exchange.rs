//! A long loop around a short one, with functions or draws inside: exchanged, so that the long one can run over tiles.
//! Only where the order of iterations decides nothing, which tiles ask for too: nothing is carried, nothing is reduced,
//! no buffer is read and written.

use super::data::{Expression, Lanes, Loop, Statement};
use crate::primitive::Lower;

/// The short loop and, to stand inside it, the long one; what the long one computes before the short one begins is
/// computed in every iteration, so it must be cheap.
pub(super) fn exchanged(outer: &Loop) -> Option<(Loop, Loop)> {
    let (last, before) = outer.body.split_last()?;
    let Statement::Loop(inner) = last else { return None };
    let plain = |nested: &Loop| nested.carried.is_empty() && !nested.reverse && nested.step == 1;
    let ordered = |statement: &Statement| matches!(statement, Statement::Absorb(..) | Statement::Require(..));
    let fits = plain(outer) && plain(inner) && inner.bound.as_size().is_some();
    if !fits || !before.iter().all(is_cheap) || inner.body.iter().any(ordered) {
        return None;
    }
    let body = [before, &inner.body].concat();
    let short = Loop { lanes: Lanes::Scalar, body: Vec::new(), ..inner.clone() };
    Some((short, Loop { body, ..outer.clone() }))
}

/// Whether a statement may be carried out again in every iteration of a loop.
pub(super) fn is_cheap(statement: &Statement) -> bool {
    match statement {
        Statement::Let(_, Expression::Primitive(primitive, _)) => {
            matches!(primitive.row().lower, Lower::Instruction(_))
        }
        Statement::Let(..) => true,
        _ => false,
    }
}
