//! Terms as functions whose impossible states are left out of derivatives.
//!
//! Where a state has probability zero its term is -inf and its weight 0, but the term's own derivative may be infinite,
//! and 0 times that is not a number. So each term is a function with a rule: its tangent is its own where the term is
//! above -inf, else zero. Where the term is finite for all states the rule costs nothing but a branch.

use super::emit::Emitter;
use super::factor::Term;
use crate::ir::kind::{Custom, Derivation};
use crate::ir::{Binding, Builder, Function, Kind, Polynomial, SizeVariable, Type, Value};
use crate::transform::rebuild::Rebuild;
use rustc_hash::FxHashSet;
use std::convert::Infallible;

/// A term as functions of what it captures and of the states that it reads.
pub struct Guarded {
    kind: Kind,
    /// Values of the source that are passed.
    captures: Vec<Value>,
    /// The functions to be added to the module.
    pub functions: Vec<Function>,
}

impl<'f> Emitter<'f> {
    /// The value of a term whose loops are bound.
    pub fn leaf(&mut self, term: &Term<'f>, rebuild: &Rebuild<'f>, states: &[Value]) -> Value {
        if term.dependent.is_empty() {
            return rebuild.value(term.root);
        }
        if !self.guarded.contains_key(&term.root) {
            let guarded = self.guard(term);
            self.guarded.insert(term.root, guarded);
        }
        let guarded = &self.guarded[&term.root];
        let operands = [rebuild.all(&guarded.captures), states.to_vec()].concat();
        self.builder.push_typed(guarded.kind.clone(), operands, Vec::new(), vec![Type::f64()])[0]
    }

    fn guard(&self, term: &Term<'f>) -> Guarded {
        let name = format!("{}.term{}", self.builder.name(), term.root.0);
        let captures = captures(term, self.sites.iter().map(|site| site.value));
        let states: Vec<Value> = term.reads.iter().map(|read| self.sites[read.site].value).collect();
        let mut types: Vec<Type> = captures.iter().map(|value| self.source.type_of(*value).clone()).collect();
        types.extend(states.iter().map(|site| Type::scalar(self.source.type_of(*site).element)));
        let function = self.term_function(&name, term, &captures, &types);
        let sizes: Vec<Polynomial> = identity(&self.source.sizes);
        let active: Vec<bool> = types.iter().map(Type::is_float).collect();
        if !active.contains(&true) {
            let kind = Kind::Call { function: name, sizes };
            return Guarded { kind, captures, functions: vec![function] };
        }
        let jvp = format!("{name}.jvp");
        let custom = Kind::Custom(Custom {
            function: name.clone(),
            sizes: sizes.clone(),
            jvp: jvp.clone(),
            adjoint: None,
        });
        let derivation = Derivation { function: name, sizes, active };
        let rule = rule(&jvp, &self.source.sizes, &types, &custom, derivation);
        Guarded { kind: custom, captures, functions: vec![function, rule] }
    }

    /// The term alone.
    fn term_function(&self, name: &str, term: &Term<'f>, captures: &[Value], types: &[Type]) -> Function {
        let mut builder = Builder::new(name, self.source.sizes.clone());
        let mut rebuild = Rebuild::new(self.source);
        rebuild.check = true;
        let mut parameters = Vec::new();
        for of in types {
            parameters.push(builder.parameter(of.clone(), Binding::Live));
        }
        let (passed, states) = parameters.split_at(captures.len());
        rebuild.bind_all(captures, passed);
        term.slots.iter().for_each(|(value, slot)| rebuild.bind(*value, states[*slot]));
        for operation in &term.dependent {
            let copied = rebuild.operation_by::<Infallible>(&mut builder, operation, &mut |_, _, inner| {
                let slot = inner.results.first().and_then(|value| term.slots.get(value));
                Ok(slot.map(|slot| vec![states[*slot]]))
            });
            copied.unwrap_or_else(|never| match never {});
        }
        builder.finish(vec![rebuild.value(term.root)])
    }
}

/// What the dependent operations of a term read and do not define, sites apart.
fn captures(term: &Term, sites: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut seen: FxHashSet<Value> = sites.collect();
    seen.extend(term.slots.keys());
    seen.extend(term.dependent.iter().flat_map(|operation| &operation.results));
    let mut captures = Vec::new();
    for operation in &term.dependent {
        let is_read = operation.results.first().is_some_and(|value| term.slots.contains_key(value));
        if !is_read {
            captures.extend(operation.reads().filter(|value| seen.insert(*value)));
        }
    }
    captures
}

/// `(arguments, tangents) -> tangent`: zero where the term is not above -inf.
fn rule(name: &str, sizes: &[String], types: &[Type], term: &Kind, derivation: Derivation) -> Function {
    let mut builder = Builder::new(name, sizes.to_vec());
    let mut parameter = |of: &Type| builder.parameter(of.clone(), Binding::Live);
    let arguments: Vec<Value> = types.iter().map(&mut parameter).collect();
    let tangents: Vec<Value> = types.iter().filter(|of| of.is_float()).map(parameter).collect();
    let value = builder.push_typed(term.clone(), arguments.clone(), Vec::new(), vec![Type::f64()])[0];
    let nothing = builder.f64(f64::NEG_INFINITY);
    let possible = builder.primitive("gt", &[value, nothing]);
    let derived = |builder: &mut Builder| {
        let operands = [arguments, tangents].concat();
        vec![builder.derive(Kind::Jvp, derivation, &operands, vec![Type::f64(); 2])[1]]
    };
    let tangent = builder.branch(possible, derived, |builder| vec![builder.f64(0.0)])[0];
    builder.finish(vec![tangent])
}

/// A function's sizes in terms of its own.
fn identity(sizes: &[String]) -> Vec<Polynomial> {
    (0..sizes.len()).map(|at| Polynomial::variable(SizeVariable(at as u32))).collect()
}
