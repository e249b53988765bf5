//! `simulate(m, n, seed = k)` in a script: compiled for what is known, drawn, and put together as a record.

use std::collections::HashMap;

use ansatz_compiler::codegen::ResultBuffer;
use ansatz_compiler::ir::{Constant, Datum, Entries};
use ansatz_compiler::typed::tree::Expr;
use ansatz_compiler::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};

use super::call::not_built;
use super::value::{Numbers, Value};
use super::{Script, ScriptFailure};
use crate::output::number::size;
use crate::program::{Drawn, Draws, Simulation};

/// The parts of a simulation.
pub(super) struct Asked<'e> {
    pub model: &'e Expr,
    /// How many draws; none for one without an axis of its own.
    pub draws: Option<&'e Expr>,
    pub seed: &'e Expr,
}

impl Script<'_> {
    /// The draws of a model, field by field.
    pub(super) fn simulate(&mut self, expression: &Expr, asked: Asked) -> Result<Value, ScriptFailure> {
        let Value::Model(model) = self.model(asked.model)? else { panic!("a model stays one") };
        let seed = self.integer(asked.seed)?;
        let count = match asked.draws {
            None => 1,
            Some(draws) => {
                let count = self.integer(draws)?;
                usize::try_from(count).map_err(|_| bad_count(draws, count))?
            }
        };
        let draws =
            Draws { count, seed: self.host.seed().unwrap_or(seed as u64), threads: self.host.threads() };
        let bound = self.bound.with(model.sizes.clone(), model.captured.iter());
        let simulation = Simulation::new(self.program, &model.expression, &bound)
            .map_err(|error| not_built(expression, error))?;
        self.refuse_draws_beyond_memory(expression, simulation.quantities(), count)?;
        let values = simulation.draw(draws).map_err(|error| not_built(expression, error))?;
        let values = simulation.quantities().iter().zip(values);
        Ok(draws_as_record(expression, values, asked.draws.map(|_| Axis { draws: count, chains: 1 })))
    }

    pub(super) fn refuse_draws_beyond_memory(
        &self,
        expression: &Expr,
        quantities: &[Drawn],
        count: usize,
    ) -> Result<(), ScriptFailure> {
        let entries: usize = quantities.iter().map(|drawn| drawn.size()).sum();
        let bytes = (count as u64).saturating_mul(8 * entries as u64);
        match bytes > self.host.memory() {
            true => Err(too_large(expression, bytes, self.host.memory())),
            false => Ok(()),
        }
    }

    pub(super) fn integer(&mut self, expression: &Expr) -> Result<i64, ScriptFailure> {
        match self.value(expression)?.data() {
            Datum::Scalar(Constant::I64(number)) => Ok(*number),
            other => panic!("a whole number is expected, not {other:?}"),
        }
    }
}

/// The axis of draws in front of each value.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    pub draws: usize,
    /// From how many chains they are, one after the other.
    pub chains: usize,
}

/// What was drawn, as the record that an expression stands for.
pub(super) fn draws_as_record<'d>(
    expression: &Expr,
    values: impl Iterator<Item = (&'d Drawn, ResultBuffer)>,
    axis: Option<Axis>,
) -> Value {
    let axes: Vec<usize> = axis.iter().map(|axis| axis.draws).collect();
    let named = values.map(|(drawn, values)| {
        let shape = [axes.as_slice(), &drawn.shape].concat();
        let datum = datum(&shape, values);
        (drawn.name.clone(), Value::Numbers(Numbers { datum, chains: axis.map(|axis| axis.chains) }))
    });
    let mut named: HashMap<String, Value> = named.collect();
    match &expression.ty.element {
        Element::Record(_) => record(&expression.ty, "", &named),
        _ => named.remove("value").expect("a measure has one value"),
    }
}

/// A record of this type, of values by their full names.
fn record(ty: &Type, prefix: &str, values: &HashMap<String, Value>) -> Value {
    let Element::Record(fields) = &ty.element else { panic!("{ty:?} is no record") };
    let field = |name: &str, ty: &Type| {
        let full = format!("{prefix}{name}");
        match values.get(&full) {
            Some(value) => value.clone(),
            None => record(ty, &format!("{full}."), values),
        }
    };
    Value::Record(fields.iter().map(|(name, ty)| (name.clone(), field(name, ty))).collect())
}

/// Entries of this shape.
pub(super) fn datum(shape: &[usize], values: ResultBuffer) -> Datum {
    let entries = match values {
        ResultBuffer::F64(entries) => Entries::F64(entries),
        ResultBuffer::F32(entries) => Entries::F32(entries),
        ResultBuffer::I64(entries) => Entries::I64(entries),
        ResultBuffer::Bool(entries) => Entries::Bool(entries),
    };
    match shape {
        [] => Datum::Scalar(entries.get(0)),
        shape => Datum::array(shape, entries),
    }
}

fn bad_count(draws: &Expr, count: i64) -> ScriptFailure {
    let message = "this is no number of draws";
    let fault = Diagnostic::error(codes::BAD_OPTION, draws.span, message)
        .expected("a whole number, 0 or more")
        .found(count.to_string());
    ScriptFailure::Program(Box::new(fault))
}

fn too_large(expression: &Expr, bytes: u64, allowed: u64) -> ScriptFailure {
    let message = "these draws need more memory than is allowed";
    let fault = Diagnostic::error(codes::TOO_LARGE, expression.span, message)
        .expected(format!("at most {}", size(allowed)))
        .found(size(bytes))
        .help("draw less, track less, or allow more with `--max-memory`");
    ScriptFailure::Program(Box::new(fault))
}
