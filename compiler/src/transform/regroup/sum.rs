//! Gathers the terms of sums that are evaluated once: what data alone decide comes together, so that it is added up once,
//! equal literal factors are applied once, and reduces over the same indices become one.

use super::merge::merge;
use super::{Sums, Term, Writer, is_float};
use crate::ir::{Binding, Constant, Function, Kind, Operation, Type, Value};
use crate::primitive::Lower;
use rustc_hash::FxHashSet;

/// Gathers the sums of the function's body, in place.
pub(super) fn gather(function: &mut Function) {
    let bound = decided(function);
    let mut types = std::mem::take(&mut function.types);
    let sums = Sums::of(&function.body);
    let inner = inner(&function.body.operations, &sums);
    let mut gathered = Vec::new();
    for (position, operation) in function.body.operations.iter().enumerate() {
        let Some(("add" | "sub" | "neg", _)) =
            operation.results.first().and_then(|value| sums.primitive(*value))
        else {
            continue;
        };
        let root = operation.results[0];
        if inner.contains(&root) || bound.contains(&root) || !is_float(&types[root.0 as usize]) {
            continue;
        }
        let terms = sums.terms(root);
        if let Some(new) =
            Gathering::of(&sums, &bound, terms).and_then(|found| found.write(operation, &mut types))
        {
            gathered.push((position, new));
        }
    }
    drop(sums);
    function.types = types;
    for (position, new) in gathered.into_iter().rev() {
        function.body.operations.splice(position..=position, new);
    }
}

/// The values of the body that data alone decide.
fn decided(function: &Function) -> FxHashSet<Value> {
    let bound = function.parameters.iter().filter(|parameter| parameter.binding == Binding::Bound);
    let mut bound: FxHashSet<Value> = bound.map(|parameter| parameter.value).collect();
    for operation in &function.body.operations {
        let captured = operation.regions.iter().flat_map(|region| &region.captures);
        if operation.operands.iter().chain(captured).all(|value| bound.contains(value)) {
            bound.extend(&operation.results);
        }
    }
    bound
}

/// The values that are terms of a sum and read by nothing else.
fn inner(operations: &[Operation], sums: &Sums) -> FxHashSet<Value> {
    let additive = |operation: &&Operation| {
        let name = operation.results.first().and_then(|value| sums.primitive(*value));
        matches!(name, Some(("add" | "sub" | "neg", _)))
    };
    let operands = operations.iter().filter(additive).flat_map(|operation| &operation.operands);
    operands.copied().filter(|value| sums.is_read_once(*value)).collect()
}

/// Terms with the same literal factor.
struct Class {
    factor: f64,
    terms: Vec<Term>,
}

/// The terms of one sum.
struct Gathering<'a> {
    sums: &'a Sums<'a>,
    /// Those that data decide.
    bound: Vec<Term>,
    /// The others; the first class has the factor 1.
    classes: Vec<Class>,
}

impl<'a> Gathering<'a> {
    fn of(sums: &'a Sums<'a>, decided: &FxHashSet<Value>, terms: Vec<Term>) -> Option<Self> {
        let (mut bound, live): (Vec<Term>, Vec<Term>) =
            terms.into_iter().partition(|term| decided.contains(&term.value));
        let mut classes = vec![Class { factor: 1.0, terms: Vec::new() }];
        let factored: Vec<(f64, Term)> = live.iter().map(|term| unfactored(sums, *term)).collect();
        for (plain, (factor, term)) in live.into_iter().zip(&factored) {
            let alone = factored.iter().filter(|(other, _)| other == factor).count() < 2;
            let (factor, term) = if alone { (1.0, plain) } else { (*factor, *term) };
            match classes.iter_mut().find(|class| class.factor == factor) {
                Some(class) => class.terms.push(term),
                None => classes.push(Class { factor, terms: vec![term] }),
            }
        }
        if bound.len() == 1 {
            classes[0].terms.append(&mut bound);
        }
        Some(Self { sums, bound, classes })
    }

    /// The operations that take the place of the sum, if it gains.
    fn write(self, root: &Operation, types: &mut Vec<Type>) -> Option<Vec<Operation>> {
        let mut out = Vec::new();
        let mut gains = !self.bound.is_empty() || self.classes.len() > 1;
        let mut parts = Vec::new();
        for Class { factor, terms } in &self.classes {
            let merged = merge(self.sums, terms, types, &mut out);
            gains |= merged.len() < terms.len();
            if *factor == 1.0 {
                parts.extend(merged);
                continue;
            }
            let negative = merged.iter().all(|term| term.negative);
            let merged: Vec<Term> =
                merged.iter().map(|term| Term { negative: term.negative != negative, ..*term }).collect();
            let mut writer = Writer { types, out: &mut out, origin: root.origin };
            let sum = writer.sum(&merged);
            let literal = writer.literal(sum, if negative { -factor } else { *factor });
            parts.push(Term { negative: false, value: writer.apply("mul", &[literal, sum]) });
        }
        let mut writer = Writer { types, out: &mut out, origin: root.origin };
        if !self.bound.is_empty() {
            parts.push(Term { negative: false, value: writer.sum(&self.bound) });
        }
        // What takes longest comes last: everything else is added up in the meantime.
        parts.sort_by_key(|term| is_call(self.sums, term.value));
        let total = writer.sum(&parts);
        let last =
            out.iter_mut().flat_map(|operation| &mut operation.results).find(|result| **result == total);
        *last? = root.results[0];
        gains.then_some(out)
    }
}

/// Whether a value is what a function of the kernels' table gives.
fn is_call(sums: &Sums, value: Value) -> bool {
    let kind = sums.definitions.get(&value).map(|operation| &operation.kind);
    matches!(kind, Some(Kind::Primitive(primitive)) if matches!(primitive.row().lower, Lower::Kernel(_)))
}

/// A term that is a product with a literal which nothing else reads, as the literal's size and the rest.
fn unfactored(sums: &Sums, term: Term) -> (f64, Term) {
    let literal = |value: Value| match sums.definitions.get(&value).map(|operation| &operation.kind) {
        Some(Kind::Constant(Constant::F64(x))) => Some(*x),
        _ => None,
    };
    let Some(("mul", &[a, b])) = sums.primitive(term.value).filter(|_| sums.is_read_once(term.value)) else {
        return (1.0, term);
    };
    let (factor, value) = match (literal(a), literal(b)) {
        (Some(factor), None) => (factor, b),
        (None, Some(factor)) => (factor, a),
        _ => return (1.0, term),
    };
    (factor.abs(), Term { negative: term.negative != (factor < 0.0), value })
}
