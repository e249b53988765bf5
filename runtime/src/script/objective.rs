//! What a script does with objectives: `minimize`, `maximize`, `estimate`, and values `under` a fit.

use std::sync::Arc;
use std::time::Instant;

use ansatz_compiler::ir::{Datum, Entries};
use ansatz_compiler::typed::tree::{Expr, Role, Use, Used, Variable};
use ansatz_compiler::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};

use super::call::not_built;
use super::optimum::{Bound, Optimum};
use super::value::Value;
use super::{Script, ScriptFailure};
use crate::diagnostics::smooth;
use crate::optimize::{Ended, Watched, descend};
use crate::program::{Estimates, ObjectiveError, Optimization, PosteriorError, Scope, Settings, unmet};

/// Steps, where the program does not say.
const STEPS: i64 = 1000;
/// Draws of an estimate, where the program does not say.
const DRAWS: i64 = 1000;
/// Draws by which a bound is judged after a fit.
const JUDGED: usize = 1000;
/// The part of the steps of which a stochastic optimisation gives the mean, where the program does not say.
const AVERAGED: f64 = 0.5;
/// Draws that are made at once.
const BLOCK: usize = 4096;

/// Estimates of parameters, in the order of a use.
type Parameters = Vec<(Variable, Option<Value>)>;

impl Script<'_> {
    /// A use of an objective.
    pub(super) fn used(&mut self, expression: &Expr, used: &Used) -> Result<Value, ScriptFailure> {
        self.prepare(&used.objective)?;
        match used.by {
            Use::Minimize | Use::Maximize => {
                let by = used.optimizer.as_ref().expect("the checker asks for an optimiser");
                self.prepare(&by.start)?;
                self.prepare(&by.step)?;
                self.optimized(expression, used)
            }
            Use::Estimate => self.estimate(expression, used),
            Use::Gradient => panic!("a gradient is a measure, which is drawn from"),
        }
    }

    /// A parameter that has no value yet takes the one where it begins.
    pub(super) fn begin_param(&mut self, variable: Variable) -> Result<(), ScriptFailure> {
        let typed = &self.program.typed;
        let row = &typed.variables[variable.0 as usize];
        if row.role != Role::Param || self.values.contains_key(&variable) {
            return Ok(());
        }
        let param = typed.params.iter().find(|param| param.variable == variable);
        let value = match &param.expect("a parameter is declared").start {
            Some(start) => self.value(start)?,
            None => return Err(no_start(row.span, &row.name)),
        };
        self.bind(variable, value);
        Ok(())
    }

    /// `e under fit`
    pub(super) fn under(&mut self, value: &Expr, fit: &Expr) -> Result<Value, ScriptFailure> {
        let found = self.value(fit)?;
        let around = self.set_parameters(&found, &fit.ty);
        let value = self.value(value);
        self.restore(around);
        value
    }

    /// Gives parameters the values of a fit; gives back what they had.
    fn set_parameters(&mut self, fit: &Value, ty: &Type) -> Parameters {
        let Element::Record(fields) = &ty.element else { panic!("the checker lets records only be fits") };
        let program = self.program;
        let has = |fields: &[(Arc<str>, Type)], name: &str| {
            fields.iter().find(|(field, _)| **field == *name).map(|(_, ty)| ty.clone())
        };
        let mut around = Parameters::new();
        for param in &program.typed.params {
            let name = &program.typed.variables[param.variable.0 as usize].name;
            let found = match &param.owner {
                None => has(fields, name).map(|_| fit.field(name)),
                Some(owner) => match has(fields, owner).map(|ty| ty.element) {
                    Some(Element::Record(own)) => has(&own, name).map(|_| fit.field(owner).field(name)),
                    _ => None,
                },
            };
            if let Some(found) = found {
                around.push((param.variable, self.values.get(&param.variable).cloned()));
                self.bind(param.variable, found.clone());
            }
        }
        around
    }

    fn restore(&mut self, around: Parameters) {
        for (variable, value) in around {
            match value {
                Some(value) => self.bind(variable, value),
                None => _ = self.values.remove(&variable),
            }
        }
    }

    /// What compiled code takes of the script.
    fn scope<T>(&self, work: impl FnOnce(&Scope) -> T) -> T {
        let numbers = |variable: Variable| -> Vec<Datum> {
            let numbers = self.variable(variable).numbers().into_iter();
            numbers.map(|numbers| numbers.datum.clone()).collect()
        };
        let integer = |(variable, value): (&Variable, &Value)| match value {
            Value::Numbers(numbers) => Some((*variable, numbers.datum.as_i64()?)),
            _ => None,
        };
        let integers = self.values.iter().filter_map(integer).collect();
        work(&Scope { sizes: self.sizes.clone(), integers, numbers: &numbers })
    }

    /// Makes sure that every parameter of the program that can have a value has one.
    fn begin_params(&mut self) -> Result<(), ScriptFailure> {
        let params: Vec<Variable> = self.program.typed.params.iter().map(|param| param.variable).collect();
        params.into_iter().try_for_each(|variable| self.begin_param(variable))
    }

    /// `minimize(e, with = ..)`
    fn optimized(&mut self, expression: &Expr, used: &Used) -> Result<Value, ScriptFailure> {
        let seed = self.option(used, "seed", 1)?;
        let settings = Settings {
            steps: self.natural(used, "steps", STEPS)?,
            batch: self.natural(used, "batch", 1)?,
            seed: self.host.seed().unwrap_or(seed as u64),
            averaged: 0,
        };
        let averaged = (self.part_averaged(used)? * settings.steps as f64).round() as usize;
        let settings = Settings { averaged, ..settings };
        let from = match used.option("from") {
            Some(from) => {
                let value = self.value(from)?;
                self.set_parameters(&value, &from.ty)
            }
            None => Vec::new(),
        };
        let found = self.descent(expression, used, settings);
        self.restore(from);
        found
    }

    fn descent(
        &mut self,
        expression: &Expr,
        used: &Used,
        settings: Settings,
    ) -> Result<Value, ScriptFailure> {
        self.begin_params()?;
        let failed = |error| not_run(expression, error);
        let mut steps =
            self.scope(|scope| Optimization::new(self.program, used, scope, settings)).map_err(failed)?;
        let watched = Arc::new(Watched::default());
        let begun = Instant::now();
        self.host.descent_begins(settings.steps, &watched);
        let descent = descend(&mut steps, settings.steps, &watched);
        self.host.descent_ended();
        let descent = descent.map_err(failed)?;
        let parameters = steps.parameters().map_err(failed)?;
        let record = self.record_of(used, expression, parameters, &descent.trace);
        if descent.ended == Ended::NotFinite {
            return Err(self.not_finite_at(expression, used, &steps, descent.trace.len(), record));
        }
        let around = self.set_parameters(&record, &expression.ty);
        let bound = self.judged(used, settings.seed);
        self.restore(around);
        Ok(Value::Optimum(Arc::new(Optimum {
            record,
            steps: descent.trace.len(),
            batch: settings.batch,
            time: begun.elapsed(),
            interrupted: descent.ended == Ended::Stopped,
            bound: bound?,
        })))
    }

    /// The parameters by declaration, then the values on the way.
    fn record_of(&self, used: &Used, expression: &Expr, parameters: Vec<Datum>, trace: &[f64]) -> Value {
        let typed = &self.program.typed;
        let named: Vec<(&str, &str, Datum)> = used
            .params
            .iter()
            .zip(parameters)
            .map(|(position, value)| {
                let param = &typed.params[*position];
                let name = &*typed.variables[param.variable.0 as usize].name;
                (param.owner.as_deref().unwrap_or(""), name, value)
            })
            .collect();
        let value = |owner: &str, name: &str| {
            let found = named.iter().find(|(of, own, _)| *of == owner && *own == name);
            found.map(|(_, _, value)| Value::from(value.clone()))
        };
        let sign = if used.by == Use::Maximize { -1.0 } else { 1.0 };
        let trace = Datum::from(trace.iter().map(|value| sign * value).collect::<Vec<f64>>());
        let Element::Record(fields) = &expression.ty.element else { panic!("a fit is a record") };
        let field = |(name, ty): &(Arc<str>, Type)| {
            let own = match (value("", name), &ty.element) {
                (Some(value), _) => value,
                (None, Element::Record(own)) => {
                    let part = |(field, _): &(Arc<str>, Type)| {
                        (field.clone(), value(name, field).expect("a guide's parameters are the use's"))
                    };
                    Value::Record(own.iter().map(part).collect())
                }
                (None, _) => trace.clone().into(),
            };
            (name.clone(), own)
        };
        Value::Record(fields.iter().map(field).collect())
    }

    /// What draws of an objective that bounds an evidence tell of the bound.
    fn judged(&mut self, used: &Used, seed: u64) -> Result<Option<Bound>, ScriptFailure> {
        if used.by != Use::Maximize || !used.objective.is_bound(&self.program.typed) {
            return Ok(None);
        }
        let failed = |error| not_run(&used.objective, error);
        let values = self.scope(|scope| Estimates::new(self.program, &used.objective, scope, seed));
        let drawn = values.and_then(|mut values| values.next(JUDGED)).map_err(failed)?;
        let weights = &drawn[0];
        let moments = Moments::of(weights);
        let pareto_k = Some(smooth(weights, 1.0).k).filter(|k| k.is_finite());
        Ok(Some(Bound { value: moments.mean, error: moments.error(), pareto_k }))
    }

    /// `estimate(e, draws = n, seed = k)`
    fn estimate(&mut self, expression: &Expr, used: &Used) -> Result<Value, ScriptFailure> {
        let seed = self.option(used, "seed", 1)?;
        let seed = self.host.seed().unwrap_or(seed as u64);
        let draws = self.natural(used, "draws", DRAWS)?;
        self.begin_params()?;
        let failed = |error| not_run(expression, error);
        let mut values =
            self.scope(|scope| Estimates::new(self.program, &used.objective, scope, seed)).map_err(failed)?;
        let mut sums: Vec<Vec<Moments>> = Vec::new();
        let mut done = 0;
        while done < draws {
            let count = BLOCK.min(draws - done);
            let block = values.next(count).map_err(failed)?;
            sums.resize(block.len(), Vec::new());
            for (sums, entries) in sums.iter_mut().zip(&block) {
                let size = entries.len() / count;
                sums.resize(size, Moments::default());
                for draw in entries.chunks_exact(size.max(1)) {
                    sums.iter_mut().zip(draw).for_each(|(moments, value)| moments.add(*value));
                }
            }
            done += count;
        }
        let parts: [fn(&Moments) -> f64; 3] = [|of| of.mean, Moments::error, Moments::variance];
        let Element::Record(fields) = &expression.ty.element else { panic!("an estimate is a record") };
        let fields = fields.iter().zip(parts).map(|((name, ty), part)| {
            let mut numbers = sums.iter().map(|of| of.iter().map(part).collect::<Vec<f64>>());
            (name.clone(), self.shaped(ty, &mut numbers))
        });
        Ok(Value::Record(fields.collect()))
    }

    /// Numbers as a value of a type, field by field.
    fn shaped(&self, ty: &Type, numbers: &mut dyn Iterator<Item = Vec<f64>>) -> Value {
        if let Element::Record(fields) = &ty.element {
            let fields = fields.iter().map(|(name, field)| (name.clone(), self.shaped(field, numbers)));
            return Value::Record(fields.collect());
        }
        let entries = numbers.next().expect("there is a number for each leaf");
        let extents = ty.shape.iter().map(|size| self.size(size).unwrap_or(0) as usize);
        match extents.collect::<Vec<usize>>().as_slice() {
            [] => Datum::from(entries[0]).into(),
            extents => Datum::array(extents, Entries::F64(entries)).into(),
        }
    }

    /// The message about a value that is not finite; the parameters before it are saved.
    fn not_finite_at(
        &mut self,
        expression: &Expr,
        used: &Used,
        steps: &Optimization,
        step: usize,
        parameters: Value,
    ) -> ScriptFailure {
        const FILE: &str = "not_finite.json";
        let message = format!("the objective is not finite at step {step}");
        let place = steps.not_finite(step);
        let fault = Diagnostic::error(codes::NOT_COMPUTED, place.unwrap_or(expression.span), message);
        let fault = match place {
            Some(_) => fault
                .here("the first number that is not finite is made here")
                .label(used.objective.span, "of this objective"),
            None => fault,
        };
        let kept = self.host.output().place(FILE).ok();
        let kept = kept.filter(|place| crate::output::save(&parameters, place).is_ok());
        let help = match kept {
            Some(_) => format!(
                "the parameters before that step are in `{FILE}`; begin elsewhere, or make smaller steps"
            ),
            None => "begin elsewhere, or make smaller steps".to_owned(),
        };
        ScriptFailure::Failed(Box::new(fault.help(help)))
    }

    fn option(&mut self, used: &Used, name: &str, otherwise: i64) -> Result<i64, ScriptFailure> {
        match used.option(name) {
            Some(value) => self.integer(value),
            None => Ok(otherwise),
        }
    }

    /// The part of the steps, at the end, of which the parameters are the mean. The iterates of a stochastic gradient scatter
    /// about the optimum as long as steps do not vanish; their mean does so less.
    fn part_averaged(&mut self, used: &Used) -> Result<f64, ScriptFailure> {
        let Some(written) = used.option("average") else {
            return Ok(if self.is_estimated(&used.objective) { AVERAGED } else { 0.0 });
        };
        let part = self.value(written)?.data().to_f64()[0];
        if (0.0..=1.0).contains(&part) {
            return Ok(part);
        }
        let fault = Diagnostic::error(codes::BAD_OPTION, written.span, "this option is outside its range");
        let fault = fault.expected("a part of the steps, from 0 to 1").found(part.to_string());
        Err(ScriptFailure::Program(Box::new(fault)))
    }

    /// An option that is a number of things, at least one.
    fn natural(&mut self, used: &Used, name: &str, otherwise: i64) -> Result<usize, ScriptFailure> {
        const MOST: usize = 1_000_000_000;
        let found = self.option(used, name, otherwise)?;
        match usize::try_from(found) {
            Ok(count) if (1..=MOST).contains(&count) => Ok(count),
            _ => {
                let place = used.option(name).map_or(used.objective.span, |value| value.span);
                let fault = Diagnostic::error(codes::BAD_OPTION, place, "this option is outside its range");
                let fault =
                    fault.expected(format!("a whole number from 1 to {MOST}")).found(found.to_string());
                Err(ScriptFailure::Program(Box::new(fault)))
            }
        }
    }
}

/// Mean and squared deviations of numbers seen one by one (Welford 1962).
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn of(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        values.iter().for_each(|value| moments.add(*value));
        moments
    }

    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.squares += before * (value - self.mean);
    }

    fn variance(&self) -> f64 {
        if self.count > 1.0 { self.squares / (self.count - 1.0) } else { f64::NAN }
    }

    /// Of the mean.
    fn error(&self) -> f64 {
        (self.variance() / self.count).sqrt()
    }
}

fn no_start(span: ansatz_grammar::span::Span, name: &str) -> ScriptFailure {
    let message = format!("`{name}` has no value: no fit gives one, and nothing says where it begins");
    let fault = Diagnostic::error(codes::NOT_COMPUTED, span, message);
    ScriptFailure::Failed(Box::new(fault.help(format!("write where it begins: `param {name}: .. = e`"))))
}

/// Why an objective cannot be run.
fn not_run(expression: &Expr, error: ObjectiveError) -> ScriptFailure {
    match error {
        ObjectiveError::Program(fault) => not_built(expression, PosteriorError::Program(fault)),
        ObjectiveError::Build(error) => not_built(expression, PosteriorError::Build(error)),
        ObjectiveError::Once(error, span) => {
            let span = span.unwrap_or(expression.span);
            let fault = match error.told() {
                Some(told) => unmet(span, &told),
                None => Diagnostic::error(codes::NOT_COMPUTED, span, error.to_string()),
            };
            ScriptFailure::Failed(Box::new(fault))
        }
    }
}
