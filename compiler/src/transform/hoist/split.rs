//! Splits a function by binding time.

use crate::ir::{Binding, Block, Function, Kind, Operation, Parameter, Type, Value};
use crate::transform::prune::prune;
use rustc_hash::{FxHashMap, FxHashSet};

/// A function in two parts: `live(parameters, bound(bound parameters))` is the whole.
pub struct Split {
    /// Takes the bound parameters in order; yields what the live part needs of them.
    pub bound: Function,
    /// Takes all parameters in order, then the bound part's results as bound parameters.
    pub live: Function,
}

/// Splits a resolved function. What is as cheap as a read (constants, sizes, views, lengths, integer arithmetic, which
/// proofs of indices look through) is repeated instead of passed on.
pub fn split(function: &Function) -> Split {
    let bound_parameters: Vec<Parameter> =
        function.parameters.iter().filter(|parameter| parameter.binding == Binding::Bound).copied().collect();
    let slice = bound_slice(function, &bound_parameters);
    let passed = passed_on(&function.body, &slice, &bound_parameters);

    let mut bound = function.clone();
    bound.name = format!("{}.bound", function.name);
    bound.body.operations.retain(|operation| slice.bound.contains_key(&operation.results[0]));
    bound.body.parameters = bound_parameters.iter().map(|parameter| parameter.value).collect();
    bound.parameters = bound_parameters;
    bound.body.results.clone_from(&passed);

    let mut live = function.clone();
    let known: FxHashSet<Value> = passed.iter().copied().collect();
    live.body.operations.retain(|operation| !operation.results.iter().any(|value| known.contains(value)));
    live.body.operations.retain(|operation| !slice.only_bound(operation));
    live.parameters.extend(passed.iter().map(|value| Parameter { value: *value, binding: Binding::Bound }));
    live.body.parameters = live.parameters.iter().map(|parameter| parameter.value).collect();

    prune(&mut bound);
    prune(&mut live);
    Split { bound, live }
}

/// The top-level values that the bound parameters decide.
struct Slice {
    /// Bound value to whether it is as cheap as a read.
    bound: FxHashMap<Value, bool>,
}

impl Slice {
    /// Bound, and not worth repeating in the live part.
    fn only_bound(&self, operation: &Operation) -> bool {
        operation.results.first().and_then(|value| self.bound.get(value)) == Some(&false)
    }
}

fn bound_slice(function: &Function, parameters: &[Parameter]) -> Slice {
    let given: FxHashSet<Value> = parameters.iter().map(|parameter| parameter.value).collect();
    let mut bound = FxHashMap::default();
    for operation in &function.body.operations {
        let is_bound = |value: &Value| given.contains(value) || bound.contains_key(value);
        if !operation.results.is_empty() && reads(operation).all(is_bound) {
            let cheap = match operation.kind {
                Kind::Constant(_) | Kind::Size(_) | Kind::View(_) | Kind::Length(_) => true,
                Kind::Primitive(_) => *function.type_of(operation.results[0]) == Type::i64(),
                _ => false,
            };
            bound.extend(operation.results.iter().map(|value| (*value, cheap)));
        }
    }
    Slice { bound }
}

fn reads(operation: &Operation) -> impl Iterator<Item = &Value> {
    operation.operands.iter().chain(operation.regions.iter().flat_map(|region| &region.captures))
}

/// Bound values that live code reads, cheap ones replaced by what they are made of; in order of definition.
fn passed_on(body: &Block, slice: &Slice, parameters: &[Parameter]) -> Vec<Value> {
    let given: FxHashSet<Value> = parameters.iter().map(|parameter| parameter.value).collect();
    let mut needed: FxHashSet<Value> = body.results.iter().copied().collect();
    let mut passed = Vec::new();
    for operation in body.operations.iter().rev() {
        let state = operation.results.first().and_then(|value| slice.bound.get(value));
        match state {
            None => needed.extend(reads(operation)),
            Some(true) if operation.results.iter().any(|value| needed.contains(value)) => {
                needed.extend(reads(operation));
            }
            Some(true) => {}
            Some(false) => {
                passed.extend(operation.results.iter().rev().filter(|value| needed.contains(value)));
            }
        }
    }
    passed.retain(|value| !given.contains(value));
    passed.reverse();
    passed
}
