//! Forward mode: a function becomes the joint function of its values and their tangents, interleaved.
//!
//! A row's derivative builds the tangent of its result; regions become joint regions, which carry and yield
//! tangents beside values. A tangent that is zero by structure is not built unless a signature demands it.
//! What appears is ordinary IR, linear in the tangents. `stop` has no tangent; `custom` follows its own rule.

mod matrix;
mod named;
mod reduce;
mod region;
mod scalar;

use super::activity::Activity;
use super::arrays;
use super::error::ResolveError;
use super::rebuild::{self, Rebuild};
use crate::ir::{Binding, Block, Builder, Function, Kind, Operation, Polynomial, Value};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Where the functions that `custom` and `linear` name are found, calls inlined and derivatives resolved.
pub trait Library {
    /// The function at these sizes.
    fn function(&mut self, name: &str, sizes: &[Polynomial]) -> Result<Rc<Function>, ResolveError>;
}

/// A library without functions.
pub struct Nothing;

impl Library for Nothing {
    fn function(&mut self, name: &str, _: &[Polynomial]) -> Result<Rc<Function>, ResolveError> {
        Err(ResolveError::UnknownFunction { function: name.to_string() })
    }
}

/// The forward derivative: parameters are the function's, then tangents of the active ones; results are the
/// function's, then tangents of the floating-point ones.
pub fn forward(
    function: &Function,
    active: &[bool],
    library: &mut dyn Library,
) -> Result<Function, ResolveError> {
    let mut pass = Forward::new(function, active, library);
    pass.block(&function.body)?;
    let floats = function.body.results.iter().filter(|value| function.type_of(**value).is_float());
    let tangents: Vec<Value> = floats.map(|value| pass.tangent_or_zero(*value)).collect();
    Ok(pass.finish(tangents))
}

/// The forward derivative with tangents of the active results only.
pub(super) struct Joint {
    /// Parameters: the function's, then tangents. Results: the function's, then tangents.
    pub function: Function,
    /// For each result of the function, whether it has a tangent.
    pub active_results: Vec<bool>,
}

pub(super) fn joint(
    function: &Function,
    active: &[bool],
    library: &mut dyn Library,
) -> Result<Joint, ResolveError> {
    let mut pass = Forward::new(function, active, library);
    pass.block(&function.body)?;
    let results = &function.body.results;
    let active_results: Vec<bool> = results.iter().map(|value| pass.active.has(*value)).collect();
    let tangents: Vec<Value> = pass.active_tangents(results);
    Ok(Joint { function: pass.finish(tangents), active_results })
}

struct Forward<'a> {
    source: &'a Function,
    active: Activity,
    builder: Builder,
    primal: Rebuild<'a>,
    /// Tangents in the builder, by value of the source.
    tangent: FxHashMap<Value, Value>,
    library: &'a mut dyn Library,
}

impl<'a> Forward<'a> {
    fn new(source: &'a Function, active: &[bool], library: &'a mut dyn Library) -> Self {
        let (builder, primal) = rebuild::begin(source, format!("{}.jvp", source.name));
        let activity = Activity::of(source, active);
        let mut pass =
            Self { source, active: activity, builder, primal, tangent: FxHashMap::default(), library };
        for (parameter, active) in source.parameters.iter().zip(active) {
            if *active {
                let of = source.type_of(parameter.value).clone();
                let tangent = pass.builder.parameter(of, Binding::Live);
                pass.tangent.insert(parameter.value, tangent);
            }
        }
        pass
    }

    fn finish(self, tangents: Vec<Value>) -> Function {
        let results = self.primal.all(&self.source.body.results);
        self.builder.finish([results, tangents].concat())
    }

    fn block(&mut self, block: &Block) -> Result<(), ResolveError> {
        block.operations.iter().try_for_each(|operation| self.operation(operation))
    }

    fn operation(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        self.builder.origin = operation.origin;
        if !self.active.touches(self.source, operation) {
            self.primal.operation(&mut self.builder, operation);
            return Ok(());
        }
        match &operation.kind {
            Kind::Primitive(primitive) => self.scalar(operation, *primitive),
            Kind::Index(_) | Kind::View(_) => self.access(operation),
            Kind::Demand(_) => self.demand(operation),
            Kind::Map(_) => self.map(operation),
            Kind::Reduce(reduction, bounds) => self.reduce(operation, *reduction, bounds),
            Kind::Scan { bound, carried, reverse } => self.scan(operation, bound, *carried, *reverse),
            Kind::While { slots } => self.repeat(operation, *slots),
            Kind::If => self.branch(operation),
            Kind::Accumulate(sums) => self.accumulate(operation, sums),
            Kind::AddTo => self.add_to(operation),
            Kind::Contract(contraction) => self.contract(operation, contraction),
            Kind::Cholesky => self.cholesky(operation),
            Kind::TriangularSolve(triangular) => self.triangular_solve(operation, *triangular),
            Kind::Custom(custom) => self.custom(operation, custom),
            Kind::Linear(pair) => self.linear(operation, pair),
            Kind::Sample(_) | Kind::Score | Kind::Track(_) | Kind::Expect => Err(ResolveError::declined(
                operation,
                "the site dialect is made plain, by estimators, before it is differentiated",
            )),
            Kind::Call { .. } | Kind::Jvp(_) | Kind::Vjp(_) => {
                panic!("calls and derivatives are expanded before @{} is differentiated", self.source.name)
            }
            Kind::Constant(_) | Kind::Size(_) | Kind::Length(_) | Kind::Bits { .. } | Kind::Stop => {
                unreachable!("{:?} is never active", operation.kind)
            }
        }
    }

    fn value(&self, value: Value) -> Value {
        self.primal.value(value)
    }

    fn tangent(&self, value: Value) -> Option<Value> {
        self.tangent.get(&value).copied()
    }

    fn tangent_or_zero(&mut self, value: Value) -> Value {
        self.tangent(value).unwrap_or_else(|| arrays::zeros_like(&mut self.builder, self.primal.value(value)))
    }

    /// The values among these that have tangents.
    fn active_among(&self, values: &[Value]) -> Vec<Value> {
        values.iter().copied().filter(|value| self.active.has(*value)).collect()
    }

    fn active_tangents(&mut self, values: &[Value]) -> Vec<Value> {
        self.active_among(values).into_iter().map(|value| self.tangent_or_zero(value)).collect()
    }

    /// Binds tangents, in order, to the active ones among these values.
    fn bind_tangents(&mut self, values: &[Value], tangents: &[Value]) {
        let active = self.active_among(values);
        assert_eq!(active.len(), tangents.len(), "one tangent for each active value");
        self.tangent.extend(active.into_iter().zip(tangents.iter().copied()));
    }
}
