//! Objectives of a program, compiled: what an optimiser does with them, and draws of their values.

use super::{Program, datum};
use crate::optimize::Steps;
use ansatz_compiler::codegen::{Argument, Failure, ResultBuffer};
use ansatz_compiler::ir::{self, Datum, Dimension, Entries, Polynomial};
use ansatz_compiler::lower::Known;
use ansatz_compiler::lower::script::Computed;
use ansatz_compiler::model::objective::{self, COORDINATES, PARAMETERS, START, STEPS, VALUES};
use ansatz_compiler::pipeline::{self, BuildError, Evaluator, Form, Manner, Native, OnceError, buffer, once};
use ansatz_compiler::typed::tree::{Expr, Used, Variable};
use ansatz_grammar::diagnostic::Diagnostic;
use ansatz_grammar::span::Span;

/// What the script knows: the numbers of its size symbols, and of its variables, field by field.
pub struct Scope<'s> {
    /// Where known.
    pub sizes: Vec<Option<i64>>,
    /// Whole numbers.
    pub integers: Vec<(Variable, i64)>,
    /// Of variables that have values.
    pub numbers: &'s dyn Fn(Variable) -> Vec<Datum>,
}

impl Scope<'_> {
    fn known(&self) -> Known {
        let integers = self.integers.iter().copied().collect();
        Known { sizes: self.sizes.clone(), variables: Vec::new(), integers }
    }
}

/// Why there is nothing to run.
#[derive(Debug)]
pub enum ObjectiveError {
    /// The program is at fault.
    Program(Box<Diagnostic>),
    /// What runs once failed, at this place if it is known.
    Once(OnceError, Option<Span>),
    /// There is no native code.
    Build(BuildError),
}

impl From<BuildError> for ObjectiveError {
    fn from(error: BuildError) -> Self {
        ObjectiveError::Build(error)
    }
}

/// How an objective is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Number of steps.
    pub steps: usize,
    /// Draws of each step.
    pub batch: usize,
    /// The seed of all.
    pub seed: u64,
    /// How many of the last steps the parameters are the mean of, in their coordinates; those after the last one where none.
    pub averaged: usize,
}

/// An optimiser as it runs.
pub struct Optimization {
    lowered: objective::Optimization,
    /// What [`PARAMETERS`] uses of the script.
    inputs: Vec<Datum>,
    /// What [`STEPS`] uses of it.
    used: Vec<Datum>,
    evaluator: Evaluator,
    settings: Settings,
    state: Vec<ResultBuffer>,
    before: Vec<ResultBuffer>,
    /// Which number of the state is the coordinates.
    place: usize,
    /// Which is the point that a search tries.
    tried: Option<usize>,
    /// Steps done, and before it last advanced.
    done: [usize; 2],
}

impl Optimization {
    /// Compiles what a use of an objective does, and begins at the parameters' values.
    pub fn new(
        program: &Program,
        used: &Used,
        scope: &Scope,
        settings: Settings,
    ) -> Result<Optimization, ObjectiveError> {
        let known = scope.known();
        let lowered =
            objective::optimization(&program.typed, used, &known).map_err(ObjectiveError::Program)?;
        let found = evaluated(&lowered.coordinates, COORDINATES, scope, Vec::new())?;
        let flat = found.iter().flat_map(Datum::to_f64).collect::<Vec<f64>>();
        let q = Datum::array(&[lowered.dimension], Entries::F64(flat));
        let state = evaluated(&lowered.start, START, scope, vec![q])?;
        // The averages of no values and of no coordinates come last.
        let averages = [ResultBuffer::F64(vec![0.0]), ResultBuffer::F64(vec![0.0; lowered.dimension])];
        let state: Vec<ResultBuffer> = state.iter().map(buffer).chain(averages).collect();
        let used_by_steps = inputs(&lowered.steps, scope);
        let native = native(&lowered.steps, STEPS, &used_by_steps)?;
        let by = used.optimizer.as_ref().expect("the checker asks for an optimiser");
        Ok(Optimization {
            inputs: inputs(&lowered.parameters, scope),
            used: used_by_steps,
            evaluator: native.evaluator(),
            settings,
            before: state.clone(),
            state,
            place: place_of(&by.step, "x"),
            tried: by.searches().then(|| place_of(&by.step, by.looked_at())),
            done: [0; 2],
            lowered,
        })
    }

    /// The parameters where it is, in the order of the use.
    pub fn parameters(&self) -> Result<Vec<Datum>, ObjectiveError> {
        let place = if self.done[0] > self.first_averaged() { self.state.len() - 1 } else { self.place };
        let ResultBuffer::F64(at) = &self.state[place] else { panic!("coordinates are real") };
        let q = Datum::array(&[at.len()], Entries::F64(at.clone()));
        let arguments = [self.inputs.as_slice(), &[q]].concat();
        let computed = &self.lowered.parameters;
        once(&computed.module, PARAMETERS, &arguments, &Manner::default())
            .map_err(|error| failed(computed, error))
    }

    /// Where the next step, of this number, first makes a number that is not finite.
    pub fn not_finite(&self, step: usize) -> Option<Span> {
        let computed = &self.lowered.steps;
        let function = &computed.module.functions[STEPS];
        let parameters = function.parameters[self.used.len()..].iter();
        let shapes = parameters.map(|parameter| extents(function.type_of(parameter.value)));
        let state = self.state.iter().zip(shapes).map(|(buffer, shape)| datum(&shape, &[], buffer));
        let numbers = self.numbers(step, 1).map(|[number]| Datum::from(number));
        let arguments: Vec<Datum> = self.used.iter().cloned().chain(state).chain(numbers).collect();
        let finite = Manner { finite: true, ..Manner::default() };
        let error = once(&computed.module, STEPS, &arguments, &finite).err()?;
        place(computed, &error)
    }

    /// The number of the first step of which the parameters are the mean.
    fn first_averaged(&self) -> usize {
        self.settings.steps - self.settings.averaged.min(self.settings.steps)
    }

    fn numbers(&self, first: usize, count: usize) -> [[i64; 1]; 6] {
        let Settings { steps, batch, seed, .. } = self.settings;
        let kept = self.first_averaged();
        [[seed as i64], [first as i64], [steps as i64], [batch as i64], [kept as i64], [count as i64]]
    }
}

impl Steps for Optimization {
    type Failure = ObjectiveError;

    fn advance(&mut self, first: usize, count: usize) -> Result<Vec<f64>, ObjectiveError> {
        let numbers = self.numbers(first, count);
        let state = self.state.iter().map(ResultBuffer::as_argument);
        let live: Vec<Argument> = state.chain(numbers.iter().map(|number| Argument::I64(number))).collect();
        let results = self.evaluator.run(&live);
        let results = results.map_err(|failure| not_run(&self.lowered.steps, failure))?;
        let (state, values) = results.split_at(self.state.len());
        let values = super::evaluation::reals(&values[0]).to_vec();
        self.before = std::mem::replace(&mut self.state, state.to_vec());
        self.done = [first + count, first];
        Ok(values)
    }

    fn back(&mut self) {
        self.state.clone_from(&self.before);
        self.done[0] = self.done[1];
    }

    fn is_finite(&self) -> bool {
        let finite =
            |place: usize| super::evaluation::reals(&self.state[place]).iter().all(|x| x.is_finite());
        finite(self.place) && self.tried.is_none_or(finite)
    }

    fn search(&self) -> bool {
        self.tried.is_some()
    }
}

/// Draws of a value whose expectation is wanted.
pub struct Estimates {
    computed: Computed,
    evaluator: Evaluator,
    seed: u64,
    done: usize,
}

impl Estimates {
    /// Compiles an expression's draws.
    pub fn new(
        program: &Program,
        value: &Expr,
        scope: &Scope,
        seed: u64,
    ) -> Result<Estimates, ObjectiveError> {
        let known = scope.known();
        let computed = objective::values(&program.typed, value, &known).map_err(ObjectiveError::Program)?;
        let evaluator = native(&computed, VALUES, &inputs(&computed, scope))?.evaluator();
        Ok(Estimates { computed, evaluator, seed, done: 0 })
    }

    /// The next draws: for each number of the value, all entries of one draw after the other.
    pub fn next(&mut self, count: usize) -> Result<Vec<Vec<f64>>, ObjectiveError> {
        let numbers = [[self.seed as i64], [self.done as i64], [count as i64]];
        let live: Vec<Argument> = numbers.iter().map(|number| Argument::I64(number)).collect();
        let results = self.evaluator.run(&live).map_err(|failure| not_run(&self.computed, failure))?;
        self.done += count;
        Ok(results.iter().map(|result| super::evaluation::reals(result).to_vec()).collect())
    }
}

/// The position, among the numbers of an optimiser's state, of a field.
fn place_of(state: &Expr, field: &str) -> usize {
    let ansatz_compiler::typed::types::Element::Record(fields) = &state.ty.element else {
        panic!("the state of an optimiser is a record")
    };
    let before = fields.iter().take_while(|(name, _)| **name != *field);
    let mut numbers = Vec::new();
    before.for_each(|(_, ty)| ansatz_compiler::lower::numbers(ty, &mut numbers));
    numbers.len()
}

/// The extents of an array whose sizes are numbers.
fn extents(of: &ir::Type) -> Vec<Polynomial> {
    let extent = |dimension: &Dimension| match dimension {
        Dimension::Size(size) => size.clone(),
        Dimension::Run => panic!("the state of an optimiser has known sizes"),
    };
    of.shape.iter().map(extent).collect()
}

/// What a function uses of the script.
fn inputs(computed: &Computed, scope: &Scope) -> Vec<Datum> {
    computed.inputs.iter().flat_map(|variable| (scope.numbers)(*variable)).collect()
}

fn evaluated(
    computed: &Computed,
    root: &str,
    scope: &Scope,
    own: Vec<Datum>,
) -> Result<Vec<Datum>, ObjectiveError> {
    let arguments = [inputs(computed, scope), own].concat();
    once(&computed.module, root, &arguments, &Manner::default()).map_err(|error| failed(computed, error))
}

fn native(computed: &Computed, root: &str, inputs: &[Datum]) -> Result<Native, BuildError> {
    let data: Vec<ResultBuffer> = inputs.iter().map(buffer).collect();
    let program = pipeline::Program { module: &computed.module, root, sizes: &[], data: &data };
    Native::new(program, Form::Value, &mut pipeline::Unobserved)
}

/// A run that ended early.
fn not_run(computed: &Computed, failure: Failure) -> ObjectiveError {
    failed(computed, OnceError::Native(BuildError::Bound(failure)))
}

fn failed(computed: &Computed, error: OnceError) -> ObjectiveError {
    let span = place(computed, &error);
    ObjectiveError::Once(error, span)
}

fn place(computed: &Computed, error: &OnceError) -> Option<Span> {
    let origin = error.origin()?.0 as usize;
    computed.origins.get(origin.checked_sub(1)?).copied()
}
