//! Simplification: constants folded, identities that keep every bit, branches with a known condition or
//! with nothing to compute.
//!
//! What disappears: operations whose value is known or is another value. What appears: constants. Only rewrites
//! that are exact in floating point stand here: `x * 1`, but not `x + 0` (which turns -0 into 0) and not `x * 0`.

use crate::ir::build::captures;
use crate::ir::kind::Check;
use crate::ir::size::Polynomial;
use crate::ir::{Block, Constant, Dimension, Element, Function, Kind, Operation, Type, Value};
use crate::primitive::Primitive;
use rustc_hash::FxHashMap;

/// Simplifies in place.
pub fn simplify(function: &mut Function) {
    let mut pass = Simplify {
        types: std::mem::take(&mut function.types),
        known: FxHashMap::default(),
        replaced: FxHashMap::default(),
    };
    pass.block(&mut function.body);
    function.types = pass.types;
    function.body.captures.clear();
}

/// What is known of a value besides its type.
#[derive(Clone, Copy)]
enum Known {
    Constant(Constant),
    Negated(Value),
    /// Never minus zero.
    Unsigned,
    /// An array with this number in every entry.
    Filled(Constant),
}

struct Simplify {
    types: Vec<Type>,
    known: FxHashMap<Value, Known>,
    replaced: FxHashMap<Value, Value>,
}

/// What an operation turns out to be.
enum Outcome {
    Value(Value),
    Constant(Constant),
    /// Another primitive of other operands.
    Primitive(&'static str, Vec<Value>),
    /// The branch taken.
    Branch(usize),
}

impl Simplify {
    fn block(&mut self, block: &mut Block) {
        let operations = std::mem::take(&mut block.operations);
        for operation in operations {
            self.operation(operation, &mut block.operations);
        }
        block.results.iter_mut().for_each(|value| *value = self.current(*value));
        block.captures = captures(block);
    }

    fn operation(&mut self, mut operation: Operation, out: &mut Vec<Operation>) {
        operation.operands.iter_mut().for_each(|value| *value = self.current(*value));
        match self.outcome(&operation) {
            None => {
                operation.regions.iter_mut().for_each(|region| self.block(region));
                if self.selects(&operation) {
                    return self.select(operation, out);
                }
                self.note(&operation);
                self.copies(&operation);
                self.fills(&operation);
                out.push(operation);
            }
            Some(Outcome::Value(value)) => {
                self.replaced.insert(operation.results[0], value);
            }
            Some(Outcome::Constant(constant)) => {
                operation.kind = Kind::Constant(constant);
                operation.operands.clear();
                self.note(&operation);
                out.push(operation);
            }
            Some(Outcome::Primitive(name, operands)) => {
                operation.kind = Kind::Primitive(Primitive::named(name));
                operation.operands = operands;
                self.operation(operation, out);
            }
            Some(Outcome::Branch(taken)) => {
                let branch = operation.regions.swap_remove(taken);
                branch.operations.into_iter().for_each(|inner| self.operation(inner, out));
                for (result, value) in operation.results.iter().zip(branch.results) {
                    let value = self.current(value);
                    self.replaced.insert(*result, value);
                }
            }
        }
    }

    /// Whether it chooses between numbers that are there anyway.
    fn selects(&self, operation: &Operation) -> bool {
        let literal = |inner: &Operation| matches!(inner.kind, Kind::Constant(_));
        let empty = |region: &Block| region.operations.iter().all(literal);
        let scalar = |value: &Value| self.types[value.0 as usize].rank() == 0;
        operation.kind == Kind::If
            && operation.regions.iter().all(empty)
            && operation.results.iter().all(scalar)
    }

    fn select(&mut self, mut choice: Operation, out: &mut Vec<Operation>) {
        out.extend(choice.regions.iter_mut().flat_map(|region| std::mem::take(&mut region.operations)));
        let [yes, no] = choice.regions.as_slice() else { panic!("an if has two regions") };
        for (result, values) in choice.results.iter().zip(yes.results.iter().zip(&no.results)) {
            let select = Operation {
                kind: Kind::Primitive(Primitive::named("select")),
                operands: vec![choice.operands[0], *values.0, *values.1],
                regions: Vec::new(),
                results: vec![*result],
                origin: choice.origin,
            };
            self.operation(select, out);
        }
    }

    /// What a map only copies, entry by entry, is the array it copies.
    fn copies(&mut self, operation: &Operation) {
        let (Kind::Map(_), [region]) = (&operation.kind, operation.regions.as_slice()) else { return };
        for (result, yielded) in operation.results.iter().zip(&region.results) {
            let definition = region.operations.iter().find(|inner| inner.results.contains(yielded));
            let Some(Operation { kind: Kind::Index(_), operands, .. }) = definition else { continue };
            let array = operands[0];
            let same = self.types[array.0 as usize] == self.types[result.0 as usize];
            if same && operands[1..] == region.parameters && region.captures.contains(&array) {
                self.replaced.insert(*result, array);
            }
        }
    }

    /// What a map fills with one number is known in every entry.
    fn fills(&mut self, operation: &Operation) {
        let (Kind::Map(_), [region]) = (&operation.kind, operation.regions.as_slice()) else { return };
        for (result, yielded) in operation.results.iter().zip(&region.results) {
            if let Some(Known::Constant(constant)) = self.known.get(yielded) {
                self.known.insert(*result, Known::Filled(*constant));
            }
        }
    }

    /// The number that an entry of a filled array is.
    fn filled(&self, operation: &Operation) -> Option<Outcome> {
        let [array, indices @ ..] = operation.operands.as_slice() else { return None };
        match self.known.get(array) {
            Some(Known::Filled(constant)) if indices.len() == self.types[array.0 as usize].rank() => {
                Some(Outcome::Constant(*constant))
            }
            _ => None,
        }
    }

    fn current(&self, value: Value) -> Value {
        self.replaced.get(&value).copied().unwrap_or(value)
    }

    fn note(&mut self, operation: &Operation) {
        let known = match &operation.kind {
            Kind::Constant(constant) => Known::Constant(*constant),
            Kind::Primitive(primitive) => match (primitive.row().name, operation.operands.as_slice()) {
                ("neg", [inner]) => Known::Negated(*inner),
                ("mul", [a, b]) if a == b => Known::Unsigned,
                ("exp" | "abs" | "sigmoid" | "softplus", _) => Known::Unsigned,
                _ => return,
            },
            _ => return,
        };
        self.known.insert(operation.results[0], known);
    }

    fn constant(&self, value: Value) -> Option<Constant> {
        match self.known.get(&value) {
            Some(Known::Constant(constant)) => Some(*constant),
            _ => None,
        }
    }

    fn outcome(&self, operation: &Operation) -> Option<Outcome> {
        match &operation.kind {
            Kind::Size(size) => size.as_constant().map(|n| Outcome::Constant(Constant::I64(n))),
            Kind::Length(axis) => self.length(operation.operands[0], *axis),
            Kind::If => match self.constant(operation.operands[0])? {
                Constant::Bool(condition) => Some(Outcome::Branch(usize::from(!condition))),
                _ => None,
            },
            Kind::Primitive(primitive) => {
                self.folded(*primitive, &operation.operands).or_else(|| self.identity(*primitive, operation))
            }
            Kind::Index(Check::Proved) => self.filled(operation),
            Kind::View(view) => {
                let source = &self.types[operation.operands[0].0 as usize];
                let dense = view.offset == Polynomial::default()
                    && row_major(&view.shape) == view.strides
                    && view.shape.iter().cloned().map(Dimension::Size).eq(source.shape.iter().cloned());
                dense.then(|| Outcome::Value(operation.operands[0]))
            }
            _ => None,
        }
    }

    fn length(&self, array: Value, axis: usize) -> Option<Outcome> {
        match &self.types[array.0 as usize].shape[axis] {
            Dimension::Size(size) => size.as_constant().map(|n| Outcome::Constant(Constant::I64(n))),
            Dimension::Run => None,
        }
    }

    fn folded(&self, primitive: Primitive, operands: &[Value]) -> Option<Outcome> {
        let constants: Option<Vec<Constant>> = operands.iter().map(|value| self.constant(*value)).collect();
        let constants = constants?;
        let row = primitive.row();
        (!row.fails(&constants)).then(|| Outcome::Constant((row.evaluate)(&constants)))
    }

    fn identity(&self, primitive: Primitive, operation: &Operation) -> Option<Outcome> {
        let rule = IDENTITIES.iter().find(|(name, _)| *name == primitive.row().name)?.1;
        rule(self, &operation.operands)
    }

    /// Whether the value is this number, signs of zero told apart.
    fn is(&self, value: Value, number: f64) -> bool {
        match self.constant(value) {
            Some(Constant::F64(x)) => x.to_bits() == number.to_bits(),
            Some(Constant::F32(x)) => x.to_bits() == (number as f32).to_bits(),
            Some(Constant::I64(n)) => n == number as i64 && !(number == 0.0 && number.is_sign_negative()),
            _ => false,
        }
    }

    fn is_integer(&self, value: Value) -> bool {
        self.types[value.0 as usize].element == Element::I64
    }

    fn negated(&self, value: Value) -> Option<Value> {
        match self.known.get(&value) {
            Some(Known::Negated(inner)) => Some(*inner),
            _ => None,
        }
    }
}

type Identity = fn(&Simplify, &[Value]) -> Option<Outcome>;

/// Exact identities, by primitive.
const IDENTITIES: &[(&str, Identity)] = &[
    ("add", |pass, operands| {
        let &[a, b] = operands else { return None };
        for (zero, other) in [(a, b), (b, a)] {
            let plus = pass.is_integer(other) || matches!(pass.known.get(&other), Some(Known::Unsigned));
            if pass.is(zero, -0.0) || plus && pass.is(zero, 0.0) {
                return Some(Outcome::Value(other));
            }
        }
        let subtract = |from, what| Outcome::Primitive("sub", vec![from, what]);
        pass.negated(b).map(|b| subtract(a, b)).or_else(|| pass.negated(a).map(|a| subtract(b, a)))
    }),
    ("sub", |pass, operands| {
        let &[a, b] = operands else { return None };
        if pass.is(b, 0.0) {
            return Some(Outcome::Value(a));
        }
        pass.negated(b).map(|b| Outcome::Primitive("add", vec![a, b]))
    }),
    ("mul", |pass, operands| {
        let &[a, b] = operands else { return None };
        for (factor, other) in [(a, b), (b, a)] {
            if pass.is(factor, 1.0) {
                return Some(Outcome::Value(other));
            }
            if pass.is(factor, -1.0) {
                return Some(Outcome::Primitive("neg", vec![other]));
            }
        }
        Some(Outcome::Primitive("mul", vec![pass.negated(a)?, pass.negated(b)?]))
    }),
    ("div", |pass, operands| pass.is(operands[1], 1.0).then(|| Outcome::Value(operands[0]))),
    ("neg", |pass, operands| pass.negated(operands[0]).map(Outcome::Value)),
    ("select", |pass, operands| {
        let &[condition, yes, no] = operands else { return None };
        match pass.constant(condition) {
            Some(Constant::Bool(taken)) => Some(Outcome::Value(if taken { yes } else { no })),
            _ => (yes == no).then_some(Outcome::Value(yes)),
        }
    }),
    ("and", |pass, operands| logic(pass, operands, true)),
    ("or", |pass, operands| logic(pass, operands, false)),
];

/// `and` with its neutral element true, `or` with false.
fn logic(pass: &Simplify, operands: &[Value], neutral: bool) -> Option<Outcome> {
    let &[a, b] = operands else { return None };
    for (known, other) in [(a, b), (b, a)] {
        if let Some(Constant::Bool(value)) = pass.constant(known) {
            let decided = Outcome::Constant(Constant::Bool(value));
            return Some(if value == neutral { Outcome::Value(other) } else { decided });
        }
    }
    (a == b).then_some(Outcome::Value(a))
}

/// The strides of a dense array.
pub fn row_major(shape: &[Polynomial]) -> Vec<Polynomial> {
    let mut strides = vec![Polynomial::constant(1); shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].times(&shape[axis]);
    }
    strides
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Binding, Bound, Builder};

    fn simplified(build: impl FnOnce(&mut Builder, Value) -> Value) -> Vec<Kind> {
        let mut builder = Builder::new("f", Vec::new());
        let x = builder.parameter(Type::f64(), Binding::Live);
        let result = build(&mut builder, x);
        let mut function = builder.finish(vec![result]);
        simplify(&mut function);
        let defines = |operation: &&Operation| operation.results.contains(&function.body.results[0]);
        let root = function.body.operations.iter().find(defines);
        root.map(|operation| operation.kind.clone()).into_iter().collect()
    }

    #[test]
    fn exact_identities_vanish() {
        let gone = simplified(|builder, x| {
            let one = builder.f64(1.0);
            let zero = builder.f64(0.0);
            let product = builder.mul(one, x);
            let negative = builder.neg(product);
            let back = builder.neg(negative);
            builder.sub(back, zero)
        });
        assert!(gone.is_empty());
    }

    #[test]
    fn adding_zero_stays_because_it_changes_the_sign_of_zero() {
        let kept = simplified(|builder, x| {
            let zero = builder.f64(0.0);
            builder.add(x, zero)
        });
        assert_eq!(kept, [Kind::Primitive(Primitive::named("add"))]);
    }

    #[test]
    fn adding_zero_to_what_is_never_minus_zero_vanishes() {
        let kept = simplified(|builder, x| {
            let (zero, exponential) = (builder.f64(0.0), builder.primitive("exp", &[x]));
            builder.add(zero, exponential)
        });
        assert_eq!(kept, [Kind::Primitive(Primitive::named("exp"))]);
    }

    #[test]
    fn constants_fold_and_decide_branches() {
        let folded = simplified(|builder, x| {
            let (two, three) = (builder.f64(2.0), builder.f64(3.0));
            let less = builder.primitive("lt", &[two, three]);
            builder.branch(less, |builder| vec![builder.mul(two, three)], |_| vec![x])[0]
        });
        assert_eq!(folded, [Kind::Constant(Constant::F64(6.0))]);
    }

    #[test]
    fn an_entry_of_a_filled_array_is_its_number() {
        let mut builder = Builder::new("f", Vec::new());
        let i = builder.parameter(Type::i64(), Binding::Live);
        let filled = builder.map(vec![Bound::Size(5.into())], vec![], |builder, _| vec![builder.f64(2.0)])[0];
        let entries = [Check::Proved, Check::Checked].map(|check| builder.index(filled, &[i], check));
        let mut function = builder.finish(entries.to_vec());
        simplify(&mut function);
        let kinds: Vec<&Kind> =
            function.body.operations[1..].iter().map(|operation| &operation.kind).collect();
        assert_eq!(kinds, [&Kind::Constant(Constant::F64(2.0)), &Kind::Index(Check::Checked)]);
    }

    #[test]
    fn a_branch_between_literals_is_a_choice_of_numbers() {
        let chosen = simplified(|builder, x| {
            let positive = builder.primitive("is_nan", &[x]);
            builder.branch(positive, |builder| vec![builder.f64(1.0)], |_| vec![x])[0]
        });
        assert_eq!(chosen, [Kind::Primitive(Primitive::named("select"))]);
    }

    #[test]
    fn a_map_that_only_copies_is_its_source() {
        let mut builder = Builder::new("f", Vec::new());
        let x = builder.parameter(Type::array(Element::F64, vec![5.into(), 2.into()]), Binding::Live);
        let copy = builder.map(vec![Bound::Size(5.into())], vec![], |builder, index| {
            vec![builder.index(x, index, Check::Proved)]
        });
        let mut function = builder.finish(copy);
        simplify(&mut function);
        assert_eq!(function.body.results, [x]);
    }

    #[test]
    fn division_by_a_zero_constant_is_left_to_fail_when_it_runs() {
        let mut builder = Builder::new("f", Vec::new());
        let (one, zero) = (builder.i64(1), builder.i64(0));
        let quotient = builder.primitive("floor_div", &[one, zero]);
        let mut function = builder.finish(vec![quotient]);
        simplify(&mut function);
        assert_eq!(function.body.operations.len(), 3);
    }
}
