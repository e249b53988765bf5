//! Regrouping: sums of floats put together anew, so that an evaluation does less.
//!
//! What disappears: terms of a `reduce add` that data alone decide (they become a reduce of their own, which runs once)
//! or that do not depend on its index (they become a product with the number of entries); literal factors that are
//! powers of two, which move outward until they cancel or meet; reduces over the same indices that are added up (they
//! become one). What appears: fewer operations of the same kinds.
//!
//! Factors change no value (but for numbers too small to be normal); the order of sums does change, so this pass is
//! checked to 1e-9.

mod factor;
mod merge;
mod separate;
mod sum;

use crate::ir::{Block, Constant, Element, Function, Kind, Operation, Origin, Type, Value};
use crate::primitive::Primitive;
use crate::transform::prune::prune;
use rustc_hash::FxHashMap;

/// Regroups in place.
pub fn regroup(function: &mut Function) {
    for step in [separate::separate, factor::factor, sum::gather] {
        step(function);
        prune(function);
    }
}

/// Writes operations on scalar floats.
struct Writer<'a> {
    types: &'a mut Vec<Type>,
    out: &'a mut Vec<Operation>,
    origin: Origin,
}

/// A term of a sum: whether it is subtracted, and what it is.
#[derive(Clone, Copy, Debug)]
struct Term {
    negative: bool,
    value: Value,
}

impl Writer<'_> {
    fn fresh(&mut self, like: Value) -> Value {
        self.types.push(self.types[like.0 as usize].clone());
        Value(self.types.len() as u32 - 1)
    }

    fn push(&mut self, kind: Kind, operands: Vec<Value>, result: Value) {
        let (regions, results) = (Vec::new(), vec![result]);
        self.out.push(Operation { kind, operands, regions, results, origin: self.origin });
    }

    fn primitive(&mut self, name: &'static str, operands: &[Value], result: Value) {
        self.push(Kind::Primitive(Primitive::named(name)), operands.to_vec(), result);
    }

    /// `name operands`, of the type of the first.
    fn apply(&mut self, name: &'static str, operands: &[Value]) -> Value {
        let result = self.fresh(operands[0]);
        self.primitive(name, operands, result);
        result
    }

    /// A literal of the type of another value.
    fn literal(&mut self, like: Value, x: f64) -> Value {
        let result = self.fresh(like);
        let constant = match self.types[like.0 as usize].element {
            Element::F32 => Constant::F32(x as f32),
            _ => Constant::F64(x),
        };
        self.push(Kind::Constant(constant), Vec::new(), result);
        result
    }

    /// `result = factor * value`.
    fn scaled(&mut self, factor: f64, value: Value, result: Value) {
        if factor == -1.0 {
            return self.primitive("neg", &[value], result);
        }
        let literal = self.literal(value, factor);
        self.primitive("mul", &[literal, value], result);
    }

    /// The sum of terms, from left to right but for the first, which is not subtracted if another is not.
    fn sum(&mut self, terms: &[Term]) -> Value {
        let first = terms.iter().position(|term| !term.negative).unwrap_or(0);
        let start = match terms[first].negative {
            true => self.apply("neg", &[terms[first].value]),
            false => terms[first].value,
        };
        let rest = terms.iter().enumerate().filter(|(position, _)| *position != first);
        rest.fold(start, |sum, (_, term)| {
            self.apply(if term.negative { "sub" } else { "add" }, &[sum, term.value])
        })
    }
}

/// The operations of a block that are part of larger sums of the block alone.
struct Sums<'a> {
    /// What defines each value of the block.
    definitions: FxHashMap<Value, &'a Operation>,
    /// How often each value is read in the block.
    uses: FxHashMap<Value, usize>,
}

impl<'a> Sums<'a> {
    fn of(block: &'a Block) -> Self {
        let (mut definitions, mut uses) = (FxHashMap::default(), FxHashMap::default());
        for operation in &block.operations {
            definitions.extend(operation.results.iter().map(|result| (*result, operation)));
            let inner = operation.regions.iter().flat_map(|region| &region.captures);
            for value in operation.operands.iter().chain(inner) {
                *uses.entry(*value).or_default() += 1;
            }
        }
        for value in &block.results {
            *uses.entry(*value).or_default() += 1;
        }
        Self { definitions, uses }
    }

    fn is_read_once(&self, value: Value) -> bool {
        self.uses.get(&value) == Some(&1)
    }

    /// The name of the primitive that defines a value here, and its operands.
    fn primitive(&self, value: Value) -> Option<(&'static str, &'a [Value])> {
        let operation = self.definitions.get(&value)?;
        match &operation.kind {
            Kind::Primitive(primitive) => Some((primitive.row().name, &operation.operands)),
            _ => None,
        }
    }

    /// The terms that a value is the sum of, through sums that nothing else reads.
    fn terms(&self, value: Value) -> Vec<Term> {
        let mut terms = Vec::new();
        self.collect(Term { negative: false, value }, true, &mut terms);
        terms
    }

    fn collect(&self, term: Term, root: bool, terms: &mut Vec<Term>) {
        let inner = if root || self.is_read_once(term.value) { self.primitive(term.value) } else { None };
        let mut part = |value: Value, opposite: bool| {
            self.collect(Term { negative: term.negative != opposite, value }, false, terms);
        };
        match inner {
            Some(("add", &[a, b])) => {
                part(a, false);
                part(b, false);
            }
            Some(("sub", &[a, b])) => {
                part(a, false);
                part(b, true);
            }
            Some(("neg", &[a])) => part(a, true),
            _ => terms.push(term),
        }
    }
}

fn is_float(of: &Type) -> bool {
    of.is_scalar() && of.is_float()
}

#[cfg(test)]
mod tests;
