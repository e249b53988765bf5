//! Unzip: joint code is split, operation by operation, into values and what is linear in the tangents.
//!
//! One rule per region, and the rule is what reverse mode re-executes and saves:
//!
//! - straight line: a partition; nothing is saved;
//! - `map`, `reduce`, `if`, `accumulate`: the region once with its values only, once with its tangents only. The
//!   linear region re-executes the values it needs from the captures; results of whole-array rows inside a `map`
//!   are saved instead, and those of functions that it yields are read;
//! - `scan`: the states before each step are saved, or those at every sqrt(T)-th step above a budget of bytes;
//! - `while`: states are saved in a fixed number of slots and recomputed from them.
//!
//! The result is an ordinary function with the values of the joint one, bit for bit.

mod region;
mod repeat;
mod scan;
mod segments;

use super::activity::Activity;
use super::error::ResolveError;
use super::options::Options;
use super::rebuild::{self, Rebuild};
use super::saved::Rule;
use crate::ir::{Block, Builder, Function, Kind, Operation, Type, Value};
use rustc_hash::FxHashSet;

/// A function in which no operation yields both values and tangents.
pub(super) struct Unzipped {
    pub function: Function,
    /// What is saved for the linear part, by rule.
    pub saved: Vec<(Rule, Value)>,
}

/// Splits a function made by `forward`, linear in the parameters flagged.
pub fn unzip(function: &Function, linear: &[bool], options: &Options) -> Result<Function, ResolveError> {
    Ok(split(function, linear, options)?.function)
}

pub(super) fn split(
    function: &Function,
    linear: &[bool],
    options: &Options,
) -> Result<Unzipped, ResolveError> {
    let (builder, values) = rebuild::begin(function, &function.name);
    let mut pass = Unzip {
        source: function,
        linear: Activity::of(function, linear),
        builder,
        values,
        dropped: FxHashSet::default(),
        given: FxHashSet::default(),
        options,
        saved: Vec::new(),
    };
    pass.full(&function.body)?;
    let results = pass.values.all(&function.body.results);
    Ok(Unzipped { function: pass.builder.finish(results), saved: pass.saved })
}

struct Unzip<'a> {
    source: &'a Function,
    linear: Activity,
    builder: Builder,
    values: Rebuild<'a>,
    /// Sums outside of a linear part that values are added to: not again when they are re-executed.
    dropped: FxHashSet<Value>,
    /// Values of rows that the linear part is given instead of computing them again.
    given: FxHashSet<Value>,
    options: &'a Options,
    saved: Vec<(Rule, Value)>,
}

impl Unzip<'_> {
    /// All of a block, split, into the block that is open.
    fn full(&mut self, block: &Block) -> Result<(), ResolveError> {
        for operation in &block.operations {
            if !self.touches(operation) {
                self.nonlinear(operation);
            } else if operation.regions.is_empty() {
                self.values.operation(&mut self.builder, operation);
            } else {
                self.builder.origin = operation.origin;
                self.split(operation)?;
            }
        }
        Ok(())
    }

    /// The values of a block, into the block that is open.
    fn primal(&mut self, block: &Block) {
        for operation in &block.operations {
            if !self.touches(operation) {
                self.nonlinear(operation);
            } else if !operation.regions.is_empty() {
                self.builder.origin = operation.origin;
                self.primal_part(operation);
            }
        }
    }

    fn touches(&self, operation: &Operation) -> bool {
        self.linear.touches(self.source, operation)
    }

    fn nonlinear(&mut self, operation: &Operation) {
        if operation.results.iter().any(|value| self.given.contains(value)) {
            return;
        }
        let dropped = &self.dropped;
        let copied = self.values.operation_by::<std::convert::Infallible>(
            &mut self.builder,
            operation,
            &mut |_, _, operation| {
                let drop = operation.kind == Kind::AddTo && dropped.contains(&operation.operands[0]);
                Ok(drop.then(Vec::new))
            },
        );
        copied.unwrap_or_else(|never| match never {});
    }

    fn split(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        match &operation.kind {
            Kind::Scan { .. } => self.scan(operation),
            Kind::While { .. } => self.repeat(operation),
            Kind::Map(_) => self.map(operation),
            Kind::Reduce(..) | Kind::If | Kind::Accumulate(_) => {
                self.primal_part(operation);
                self.linear_part(operation)
            }
            other => panic!("{other:?} has no linear regions"),
        }
    }

    /// The operation with its values only.
    fn primal_part(&mut self, operation: &Operation) {
        match &operation.kind {
            Kind::Scan { .. } => {
                self.primal_scan(operation, false);
            }
            Kind::While { slots } => self.primal_while(operation, *slots),
            _ => {
                self.primal_region(operation, &[]);
            }
        }
    }

    fn is_linear(&self, value: Value) -> bool {
        self.linear.has(value)
    }

    fn linear_among(&self, values: &[Value]) -> Vec<Value> {
        values.iter().copied().filter(|value| self.is_linear(*value)).collect()
    }

    fn primal_among(&self, values: &[Value]) -> Vec<Value> {
        values.iter().copied().filter(|value| !self.is_linear(*value)).collect()
    }

    /// What is yielded for the results that are linear, or for those that are not.
    fn yielded(&self, yielded: &[Value], results: &[Value], linear: bool) -> Vec<Value> {
        let pairs = yielded.iter().zip(results).filter(|(_, result)| self.is_linear(**result) == linear);
        pairs.map(|(yielded, _)| *yielded).collect()
    }

    /// Opens a region with some of a block's parameters.
    fn open(&mut self, parameters: &[Value]) {
        let fresh = self.builder.begin(self.values.types_of(parameters));
        self.values.bind_all(parameters, &fresh);
    }

    /// Opens a scan's region: its index, its states.
    fn open_scan(&mut self, initial: &[Value]) -> (Value, Vec<Value>) {
        let states = initial.iter().map(|value| self.builder.type_of(*value).clone());
        let types = std::iter::once(Type::i64()).chain(states).collect();
        let parameters = self.builder.begin(types);
        (parameters[0], parameters[1..].to_vec())
    }

    /// Builds the linear part of an operation: sums of values outside of it are left alone.
    fn linear_scope<T>(
        &mut self,
        operation: &Operation,
        build: impl FnOnce(&mut Self) -> Result<T, ResolveError>,
    ) -> Result<T, ResolveError> {
        let before = self.dropped.clone();
        let captures = operation.regions.iter().flat_map(|region| &region.captures);
        let sums = captures.filter(|value| self.source.type_of(**value).accumulator);
        self.dropped.extend(sums.filter(|value| !self.linear.has(**value)));
        let built = build(self)?;
        self.dropped = before;
        Ok(built)
    }
}
