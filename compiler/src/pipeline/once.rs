//! A function that is evaluated once, for a script: by the reference interpreter, and by native code where that takes long.

use super::{Allowance, BuildError, Form, Native, Program, Unobserved};
use crate::codegen::{Argument, Failure as NativeFailure, ResultBuffer};
use crate::ir::datum::{Datum, Entries};
use crate::ir::eval::{self, Failure, Limit};
use crate::ir::{Binding, Dimension, Module, Origin, Told};
use crate::transform::resolve::resolve;
use crate::transform::{Options, ResolveError};
use std::fmt;

/// Steps of the interpreter that take about as long as compiling.
const STEPS: u64 = 100_000;

/// Why there is no value.
#[derive(Debug)]
pub enum OnceError {
    /// Calls or derivatives could not be resolved.
    Resolve(ResolveError),
    /// The interpreter failed.
    Interpreted(Failure),
    /// The native code could not be made, or failed.
    Native(BuildError),
}

impl OnceError {
    /// Whether somebody asked to end.
    pub fn is_interrupted(&self) -> bool {
        matches!(self, OnceError::Native(error) if error.is_interrupted())
    }

    /// The place of the operation that failed, where it is known.
    pub fn origin(&self) -> Option<Origin> {
        match self {
            OnceError::Interpreted(failure) => failure.place().map(|place| place.origin),
            OnceError::Native(BuildError::Bound(
                NativeFailure::Index { origin, .. }
                | NativeFailure::Division { origin }
                | NativeFailure::Demand { origin, .. },
            )) => Some(*origin),
            _ => None,
        }
    }
}

impl OnceError {
    /// What a demand that does not hold has told.
    pub fn told(&self) -> Option<Told> {
        match self {
            OnceError::Interpreted(Failure::Demanded { told, .. }) => Some(**told),
            OnceError::Native(BuildError::Bound(NativeFailure::Demand { told, .. })) => Some(*told),
            _ => None,
        }
    }
}

impl fmt::Display for OnceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OnceError::Resolve(error) => error.fmt(f),
            OnceError::Interpreted(failure) => failure.reason(f),
            OnceError::Native(BuildError::Bound(failure)) => failure.fmt(f),
            OnceError::Native(error) => error.fmt(f),
        }
    }
}

/// How a function is evaluated once.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// The first operation that makes a float that is not finite is a failure.
    pub finite: bool,
    /// What native code may take.
    pub allowed: Allowance,
}

/// Evaluates a module's root, which has no sizes, at an argument for each of its parameters, the bound ones first.
pub fn once(
    module: &Module,
    root: &str,
    arguments: &[Datum],
    manner: &Manner,
) -> Result<Vec<Datum>, OnceError> {
    let options = Options { sizes: Some(Vec::new()), ..Options::default() };
    let mut plain = Module::default();
    plain.insert(resolve(module, root, &options).map_err(OnceError::Resolve)?);
    let call = eval::Call { module: &plain, function: root, sizes: &[], arguments };
    let finite = manner.finite;
    let steps = if finite { eval::Options::default().steps } else { STEPS };
    let limits = eval::Options { steps, finite, ..eval::Options::default() };
    match eval::evaluate_with(&call, &limits) {
        Err(Failure::Limit { limit: Limit::Steps, .. }) => native(module, root, arguments, &manner.allowed),
        result => result.map_err(OnceError::Interpreted),
    }
}

fn native(
    module: &Module,
    root: &str,
    arguments: &[Datum],
    allowed: &Allowance,
) -> Result<Vec<Datum>, OnceError> {
    let bound = module.functions[root].parameters.iter();
    let bound = bound.take_while(|parameter| parameter.binding == Binding::Bound).count();
    let arguments: Vec<ResultBuffer> = arguments.iter().map(buffer).collect();
    let (data, live) = arguments.split_at(bound);
    let program = Program { module, root, sizes: &[], data };
    let native = Native::within(program, Form::Value, allowed, &mut Unobserved).map_err(OnceError::Native)?;
    let mut evaluator = native.evaluator_of(allowed.bound(native.prepared()));
    let live: Vec<Argument> = live.iter().map(ResultBuffer::as_argument).collect();
    let results = evaluator.run(&live).map_err(|failure| OnceError::Native(BuildError::Bound(failure)))?;
    let function = &module.functions[root];
    let types = function.body.results.iter().map(|result| function.type_of(*result));
    Ok(types.zip(results).map(|(of, result)| datum(&of.shape, result)).collect())
}

/// A datum as native code takes it.
pub fn buffer(datum: &Datum) -> ResultBuffer {
    match datum.entries() {
        Entries::F64(entries) => ResultBuffer::F64(entries),
        Entries::F32(entries) => ResultBuffer::F32(entries),
        Entries::I64(entries) => ResultBuffer::I64(entries),
        Entries::Bool(entries) => ResultBuffer::Bool(entries),
    }
}

/// What native code gave, with its shape. An axis known at run time only takes what is left.
fn datum(shape: &[Dimension], result: &ResultBuffer) -> Datum {
    let entries = match result {
        ResultBuffer::F64(entries) => Entries::F64(entries.clone()),
        ResultBuffer::F32(entries) => Entries::F32(entries.clone()),
        ResultBuffer::I64(entries) => Entries::I64(entries.clone()),
        ResultBuffer::Bool(entries) => Entries::Bool(entries.clone()),
    };
    if shape.is_empty() {
        return Datum::Scalar(entries.get(0));
    }
    let known = shape.iter().filter_map(|dimension| match dimension {
        Dimension::Size(size) => size.as_constant(),
        Dimension::Run => None,
    });
    let rest = entries.len() / known.map(|extent| extent as usize).product::<usize>().max(1);
    let extents = shape.iter().map(|dimension| match dimension {
        Dimension::Size(size) => size.as_constant().map_or(rest, |extent| extent as usize),
        Dimension::Run => rest,
    });
    Datum::array(&extents.collect::<Vec<usize>>(), entries)
}
