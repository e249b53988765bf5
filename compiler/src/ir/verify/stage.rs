//! What a stage admits, sizes in range, views inside their sources, and proofs of indices.

use super::types::polynomials;
use super::{Context, Stage};
use crate::ir::data::{Operation, Value};
use crate::ir::infer::volume;
use crate::ir::kind::{Check, Kind, View};
use crate::ir::size::Polynomial;
use crate::ir::types::{Dimension, Type};

/// The operation belongs to the stage.
pub(super) fn admitted(context: &Context, operation: &Operation) -> Result<(), String> {
    let site = matches!(operation.kind, Kind::Sample(_) | Kind::Score | Kind::Track(_) | Kind::Expect);
    let operator = operation.kind.names_functions() || operation.kind == Kind::Stop;
    match context.stage {
        Stage::Site => Ok(()),
        _ if site => Err("plain IR has no site operations".into()),
        Stage::Resolved | Stage::Bound if operator => Err("resolved IR has no operators and no calls".into()),
        _ => Ok(()),
    }
}

/// Sizes are made of the function's size parameters.
pub(super) fn sizes(context: &Context, operation: &Operation) -> Result<(), String> {
    let count = context.function.sizes.len();
    let in_range = |size: &Polynomial| {
        size.terms().all(|(monomial, _)| monomial.iter().all(|variable| (variable.0 as usize) < count))
    };
    let typed = |value: &Value| fits(context.function.type_of(*value), &in_range);
    let sums = match &operation.kind {
        Kind::Accumulate(sums) => sums.as_slice(),
        _ => &[],
    };
    let parameters = operation.regions.iter().flat_map(|region| &region.parameters);
    let values = operation.results.iter().chain(parameters).chain(&context.function.body.parameters);
    let kinds = polynomials(&operation.kind).into_iter().all(in_range);
    if kinds && sums.iter().all(|of| fits(of, &in_range)) && values.into_iter().all(typed) {
        return Ok(());
    }
    Err("a size is made of something else than the function's size parameters".into())
}

fn fits(of: &Type, in_range: &impl Fn(&Polynomial) -> bool) -> bool {
    of.shape.iter().all(|dimension| match dimension {
        Dimension::Size(size) => in_range(size),
        Dimension::Run => true,
    })
}

/// Once sizes are numbers, a view stays inside its source.
pub(super) fn views(context: &Context, operation: &Operation) -> Result<(), String> {
    let (Kind::View(view), Some(source)) = (&operation.kind, operation.operands.first()) else {
        return Ok(());
    };
    let entries = volume(&context.function.type_of(*source).shape).and_then(|volume| volume.as_constant());
    let (Some(entries), Some((least, greatest))) = (entries, reach(view)) else { return Ok(()) };
    if least >= 0 && greatest < entries {
        return Ok(());
    }
    Err(format!("the view reads entries {least} to {greatest} of {entries}"))
}

/// The least and greatest entry that a view reads, if its sizes are numbers and it reads any.
fn reach(view: &View) -> Option<(i64, i64)> {
    let mut reach = (view.offset.as_constant()?, view.offset.as_constant()?);
    for (extent, stride) in view.shape.iter().zip(&view.strides) {
        let (extent, stride) = (extent.as_constant()?, stride.as_constant()?);
        if extent <= 0 {
            return None;
        }
        let far = (extent - 1).saturating_mul(stride);
        reach = (reach.0.saturating_add(far.min(0)), reach.1.saturating_add(far.max(0)));
    }
    Some(reach)
}

/// What is marked as proved can be proved.
pub(super) fn proved(context: &Context, operation: &Operation) -> Result<(), String> {
    match operation.kind {
        Kind::Index(Check::Proved) if !context.prover.in_bounds(operation, &context.around) => {
            Err("the index does not follow from the bounds of the regions around it".into())
        }
        _ => Ok(()),
    }
}
