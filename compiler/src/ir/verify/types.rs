//! Types: results as inferred, region parameters as the kind says, accumulators only added to.

use super::Context;
use crate::ir::data::{Block, Function, Operation, Value};
use crate::ir::infer::{Site, result_types, run_bounds};
use crate::ir::kind::{Bound, Kind, Slots};
use crate::ir::size::Polynomial;
use crate::ir::types::{Dimension, Element, Type};

/// Result types are those that inference gives.
pub(super) fn results(context: &Context, operation: &Operation) -> Result<(), String> {
    let types = &context.function.types;
    let site = Site { types, operands: &operation.operands, regions: &operation.regions };
    let Some(expected) = result_types(&operation.kind, &site)? else { return Ok(()) };
    same(context.function, &expected, &operation.results, "result")
}

/// The values have these types.
pub(super) fn same(
    function: &Function,
    expected: &[Type],
    found: &[Value],
    what: &str,
) -> Result<(), String> {
    if expected.len() != found.len() {
        return Err(format!("{} {what}s are expected, not {}", expected.len(), found.len()));
    }
    for (expected, value) in expected.iter().zip(found) {
        let of = function.type_of(*value);
        if of != expected {
            let sizes = &function.sizes;
            return Err(format!("{what} {value} is {}, not {}", expected.display(sizes), of.display(sizes)));
        }
    }
    Ok(())
}

/// Region parameters are the indices, states or sums of the kind.
pub(super) fn parameters(context: &Context, operation: &Operation) -> Result<(), String> {
    let function = context.function;
    let states = |first: usize| {
        let initial = operation.operands.iter().skip(first);
        initial.map(|value| function.type_of(*value).clone()).collect::<Vec<Type>>()
    };
    let expected: Vec<Type> = match &operation.kind {
        Kind::Map(bounds) | Kind::Reduce(_, bounds) => vec![Type::i64(); bounds.len()],
        Kind::Scan { bound, .. } => {
            let run = run_bounds(std::slice::from_ref(bound));
            [vec![Type::i64()], states(run)].concat()
        }
        Kind::While { slots: Some(Slots { count: 0, .. }) } => {
            return Err("a while keeps at least one state".into());
        }
        Kind::While { .. } => states(1),
        Kind::Accumulate(sums) => sums.iter().map(Type::to_accumulator).collect(),
        _ => Vec::new(),
    };
    operation.regions.iter().try_for_each(|region| same(function, &expected, &region.parameters, "parameter"))
}

/// Accumulators are added to and captured, and never read, yielded or stacked.
pub(super) fn accumulators(context: &Context, operation: &Operation) -> Result<(), String> {
    let is_sum = |value: &Value| context.function.type_of(*value).accumulator;
    let reads = match operation.kind {
        Kind::AddTo => &operation.operands[1.min(operation.operands.len())..],
        _ => &operation.operands,
    };
    let yields = operation.regions.iter().flat_map(|region| &region.results);
    if let Some(value) = reads.iter().chain(yields).find(|value| is_sum(value)) {
        return Err(format!("{value} is a sum, which can only be added to"));
    }
    match &operation.kind {
        Kind::Accumulate(sums) => {
            if sums.iter().all(|of| of.element != Element::Bool && !of.accumulator) {
                return Ok(());
            }
            Err("a sum is of numbers".into())
        }
        Kind::While { .. } if sums_in(operation.regions.first(), context.function) => {
            Err("the condition of a while adds to nothing".into())
        }
        _ => Ok(()),
    }
}

fn sums_in(block: Option<&Block>, function: &Function) -> bool {
    block.is_some_and(|block| block.captures.iter().any(|value| function.type_of(*value).accumulator))
}

/// Types of the function as a whole: run-time axes come first, sums neither go in nor come out.
pub(super) fn function(function: &Function) -> Vec<String> {
    let mut messages = Vec::new();
    for value in function.body.defined() {
        let of = function.type_of(value);
        if of.shape.iter().skip(1).any(|dimension| *dimension == Dimension::Run) {
            messages.push(format!("only the first axis of {value} may be as long as it turns out"));
        }
    }
    let outside = function.body.parameters.iter().chain(&function.body.results);
    for value in outside.filter(|value| function.type_of(**value).accumulator) {
        messages.push(format!("the sum {value} goes in or out"));
    }
    messages
}

/// Every size that stands in a kind.
pub(super) fn polynomials(kind: &Kind) -> Vec<&Polynomial> {
    match kind {
        Kind::Size(size) => vec![size],
        Kind::View(view) => view.shape.iter().chain(&view.strides).chain([&view.offset]).collect(),
        Kind::Map(bounds) | Kind::Reduce(_, bounds) => bounds.iter().filter_map(Bound::size).collect(),
        Kind::Scan { bound, .. } => bound.size().into_iter().collect(),
        Kind::Call { sizes, .. } => sizes.iter().collect(),
        Kind::Jvp(derivation) | Kind::Vjp(derivation) => derivation.sizes.iter().collect(),
        Kind::Custom(custom) => custom.sizes.iter().collect(),
        Kind::Linear(pair) => pair.sizes.iter().collect(),
        _ => Vec::new(),
    }
}
