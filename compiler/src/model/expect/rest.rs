//! The rest of an expectation: which operations it needs, which of its terms depend on a site.

use crate::ir::kind::Strategy;
use crate::ir::{Kind, Operation, Value};
use rustc_hash::FxHashSet;

/// One summand of an expectation's value.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// The value.
    pub value: Value,
    /// Whether it is subtracted.
    pub negative: bool,
}

/// Takes a value apart into the summands that make it.
pub fn terms_of(operations: &[&Operation], root: Value) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut open = vec![Term { value: root, negative: false }];
    while let Some(term) = open.pop() {
        let definition = operations.iter().find(|operation| operation.results.contains(&term.value));
        let name = definition.and_then(|operation| match &operation.kind {
            Kind::Primitive(primitive) => Some((primitive.row().name, &operation.operands)),
            _ => None,
        });
        match name {
            Some(("add", operands)) => {
                open.extend(operands.iter().map(|value| Term { value: *value, ..term }))
            }
            Some(("sub", operands)) => {
                open.push(Term { value: operands[0], ..term });
                open.push(Term { value: operands[1], negative: !term.negative });
            }
            Some(("neg", operands)) => open.push(Term { value: operands[0], negative: !term.negative }),
            _ => terms.push(term),
        }
    }
    terms.reverse();
    terms
}

/// The operations that the terms need, in order.
pub fn needed<'a>(operations: &[&'a Operation], terms: &[Term]) -> Vec<&'a Operation> {
    let mut wanted: FxHashSet<Value> = terms.iter().map(|term| term.value).collect();
    let mut kept = Vec::new();
    for operation in operations.iter().rev() {
        if operation.results.iter().any(|value| wanted.contains(value)) {
            wanted.extend(operation.reads());
            kept.push(*operation);
        }
    }
    kept.reverse();
    kept
}

/// Parts the terms into those that depend on one of the values, through draws as well, and the others.
pub fn part(operations: &[&Operation], terms: Vec<Term>, on: &[Value]) -> (Vec<Term>, Vec<Term>) {
    let mut dependent: FxHashSet<Value> = on.iter().copied().collect();
    for operation in operations {
        if operation.reads().any(|value| dependent.contains(&value)) {
            dependent.extend(&operation.results);
        }
    }
    terms.into_iter().partition(|term| dependent.contains(&term.value))
}

/// Whether the operation is a site, or holds one, whose estimator does more than draw. An expectation inside is a
/// value of its own.
pub fn needs_estimator(operation: &Operation, is_pathwise: &impl Fn(&Operation) -> bool) -> bool {
    match operation.kind {
        Kind::Sample(_) => !is_pathwise(operation),
        Kind::Expect => false,
        _ => operation
            .regions
            .iter()
            .flat_map(|region| &region.operations)
            .any(|inner| needs_estimator(inner, is_pathwise)),
    }
}

/// The strategy taken where none is asked for: the one of least variance that the distribution has.
pub fn preferred(reparameterized: bool, finite: bool) -> Strategy {
    if reparameterized {
        Strategy::Reparam
    } else if finite {
        Strategy::Enumerate
    } else {
        Strategy::Reinforce { baseline: false }
    }
}
