//! A posterior of a program, compiled for its data: a target.

use super::{Bound, Program};
use crate::draws::Layout;
use crate::target::{Check, Curvature, Evaluator, Rejection, Target, Term};
use ansatz_compiler::codegen::{Argument, Density, Failure, ResultBuffer};
use ansatz_compiler::ir::Polynomial;
use ansatz_compiler::model::{
    self, CONSTRAIN, GivenEntry, LOG_DENSITY, LOG_DENSITY_CONSTRAINED, LOG_DENSITY_NATURAL, TERMS,
};
use ansatz_compiler::pipeline::{self, BuildError, Form, Native, Observer};
use ansatz_compiler::typed::tree::Expr;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use std::panic::resume_unwind;
use std::sync::Arc;

/// A compiled posterior with its data.
pub struct Posterior {
    lowered: Arc<model::Posterior>,
    /// The function that is its density.
    root: &'static str,
    bound: Bound,
    dimension: usize,
    layout: Layout,
    density: Native,
    reported: Native,
}

/// Why a posterior cannot be evaluated.
#[derive(Debug)]
pub enum PosteriorError {
    /// The program is at fault.
    Program(Box<Diagnostic>),
    /// It could not be compiled.
    Build(BuildError),
}

impl From<BuildError> for PosteriorError {
    fn from(error: BuildError) -> Self {
        PosteriorError::Build(error)
    }
}

impl Posterior {
    /// Compiles the posterior that an expression of the script names.
    pub fn new(
        program: &Program,
        expression: &Expr,
        bound: &Bound,
        observer: &mut dyn Observer,
    ) -> Result<Posterior, PosteriorError> {
        let lowered = program.posterior(expression, bound).map_err(PosteriorError::Program)?;
        observer.finished("lowered", &lowered.module);
        entries_exist(&lowered.entries, &bound.sizes).map_err(PosteriorError::Program)?;
        let native = |root, form, observer: &mut dyn Observer| {
            let program =
                pipeline::Program { module: &lowered.module, root, sizes: &bound.sizes, data: &bound.arrays };
            Native::new(program, form, observer)
        };
        let (density, reported) = std::thread::scope(|scope| {
            let reported = scope.spawn(|| native(CONSTRAIN, Form::Value, &mut pipeline::Unobserved));
            let density = native(LOG_DENSITY, Form::Gradient, observer);
            (density, reported.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        let (density, reported) = (density?, reported?);
        let dimension = lowered.dimension.evaluate(&bound.sizes);
        let layout = Layout::new(
            lowered
                .latent
                .iter()
                .chain(&lowered.tracked)
                .map(|quantity| (quantity.name.clone(), shape(quantity, &bound.sizes))),
        );
        let Some(dimension) = dimension.and_then(|dimension| usize::try_from(dimension).ok()) else {
            return Err(PosteriorError::Program(Box::new(too_large(expression))));
        };
        Ok(Posterior {
            lowered,
            root: LOG_DENSITY,
            bound: bound.clone(),
            dimension,
            layout,
            density,
            reported,
        })
    }

    /// The same with the model's own density, without the Jacobians of its coordinates: what has its greatest value at the
    /// mode of the sites themselves.
    pub fn natural(mut self, program: &Program, expression: &Expr) -> Result<Posterior, PosteriorError> {
        let module = model::natural(&program.typed, expression, &self.bound.known);
        let lowered = Arc::make_mut(&mut self.lowered);
        for function in module.map_err(PosteriorError::Program)?.functions.into_values() {
            lowered.module.insert(function);
        }
        self.root = LOG_DENSITY_NATURAL;
        self.density = self.native(self.root, Form::Gradient)?;
        Ok(self)
    }

    /// The model's log density at values of its latent sites, in the order of [`Self::latent`]: no Jacobians.
    pub fn log_density_at(&self, sites: &[Vec<f64>]) -> Result<f64, PosteriorError> {
        let native = self.native(LOG_DENSITY_CONSTRAINED, Form::Value)?;
        let live: Vec<Argument> = sites.iter().map(|site| Argument::F64(site)).collect();
        let mut evaluator = native.evaluator();
        let results = evaluator.run(&live).map_err(BuildError::Bound)?;
        Ok(reals(&results[0])[0])
    }

    /// Names of latent sites, in order.
    pub fn latent(&self) -> impl Iterator<Item = &str> {
        self.lowered.latent.iter().map(|quantity| quantity.name.as_str())
    }

    fn native(&self, root: &str, form: Form) -> Result<Native, BuildError> {
        let (sizes, data) = (&self.bound.sizes, &self.bound.arrays);
        let program = pipeline::Program { module: &self.lowered.module, root, sizes, data };
        Native::new(program, form, &mut pipeline::Unobserved)
    }
}

pub(super) fn shape(quantity: &model::Quantity, sizes: &[i64]) -> Vec<usize> {
    let extents = quantity.shape.iter().map(|size| size.evaluate(sizes));
    extents.map(|extent| extent.and_then(|extent| usize::try_from(extent).ok()).unwrap_or(0)).collect()
}

/// Checks that single entries that are given lie inside their sites, each given once.
fn entries_exist(entries: &[GivenEntry], sizes: &[i64]) -> Result<(), Box<Diagnostic>> {
    let mut known: Vec<(&str, Vec<i64>)> = Vec::new();
    for entry in entries {
        let number = |size: &Polynomial| size.evaluate(sizes).unwrap_or(i64::MAX);
        let at: Vec<i64> = entry.indices.iter().map(|(index, _)| number(index)).collect();
        let fault =
            |message: String| Err(Box::new(Diagnostic::error(codes::INDEX_OUTSIDE, entry.span, message)));
        let inside = at.iter().zip(&entry.indices).all(|(at, (_, extent))| (0..number(extent)).contains(at));
        if !inside {
            return fault(format!("`{}` has no entry {at:?}, which is given this value", entry.site));
        }
        if known.contains(&(&entry.site, at.clone())) {
            return fault(format!("the entry {at:?} of `{}` is given twice", entry.site));
        }
        known.push((&entry.site, at));
    }
    Ok(())
}

fn too_large(expression: &Expr) -> Diagnostic {
    let message = "this posterior has more coordinates than memory could hold";
    Diagnostic::error(codes::NOT_SUPPORTED, expression.span, message)
}

impl Target for Posterior {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn evaluator(&self) -> Box<dyn Evaluator + '_> {
        Box::new(PosteriorEvaluator { density: self.density.density(), reported: self.reported.evaluator() })
    }

    /// None if there is no code for it.
    fn curvature(&self) -> Option<Box<Curvature<'_>>> {
        let mut evaluator = self.native(self.root, Form::Product).ok()?.evaluator();
        Some(Box::new(move |position, direction, product| {
            let live = [Argument::F64(position), Argument::F64(direction)];
            product.copy_from_slice(reals(&evaluator.run(&live).map_err(rejection)?[0]));
            Ok(())
        }))
    }

    fn terms(&self, position: &[f64]) -> Vec<Term> {
        let Ok(native) = self.native(TERMS, Form::Value) else { return Vec::new() };
        let mut evaluator = native.evaluator();
        let Ok(values) = evaluator.run(&[Argument::F64(position)]) else { return Vec::new() };
        let named = self.lowered.terms.iter().zip(values);
        named.map(|(name, value)| Term { name: name.clone(), value: reals(value)[0] }).collect()
    }

    fn explain_check(&self, check: Check) -> String {
        match check {
            Check(CHECK_DIVISION) => "an integer was divided by zero".to_owned(),
            Check(CHECK_MEMORY) => "an array of run-time length needs more memory than is allowed".to_owned(),
            Check(CHECK_INTERRUPTED) => "the evaluation was interrupted".to_owned(),
            _ => "an index lay outside its axis".to_owned(),
        }
    }
}

const CHECK_INDEX: u32 = 0;
const CHECK_DIVISION: u32 = 1;
const CHECK_MEMORY: u32 = 2;
const CHECK_INTERRUPTED: u32 = 3;

/// A run that ends early is a point that cannot be visited.
fn rejection(failure: Failure) -> Rejection {
    Rejection::Check(Check(match failure {
        Failure::Index { .. } => CHECK_INDEX,
        Failure::Division { .. } => CHECK_DIVISION,
        Failure::Memory { .. } => CHECK_MEMORY,
        Failure::Interrupted => CHECK_INTERRUPTED,
    }))
}

struct PosteriorEvaluator {
    density: Density,
    reported: pipeline::Evaluator,
}

impl Evaluator for PosteriorEvaluator {
    fn log_density_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, Rejection> {
        let value = self.density.log_density_gradient(position, gradient).map_err(rejection)?;
        Rejection::unless_finite(value)
    }

    fn constrain(&mut self, position: &[f64], values: &mut [f64]) -> Result<(), Rejection> {
        let results = self.reported.run(&[Argument::F64(position)]).map_err(rejection)?;
        let mut rest = values;
        for result in results {
            rest = write(result, rest);
        }
        Ok(())
    }
}

/// Writes a result's entries as real numbers; gives what is left to write.
fn write<'v>(result: &ResultBuffer, values: &'v mut [f64]) -> &'v mut [f64] {
    let numbers: Box<dyn Iterator<Item = f64>> = match result {
        ResultBuffer::F64(entries) => {
            let (own, rest) = values.split_at_mut(entries.len());
            own.copy_from_slice(entries);
            return rest;
        }
        ResultBuffer::F32(entries) => Box::new(entries.iter().map(|entry| f64::from(*entry))),
        ResultBuffer::I64(entries) => Box::new(entries.iter().map(|entry| *entry as f64)),
        ResultBuffer::Bool(entries) => Box::new(entries.iter().map(|entry| f64::from(u8::from(*entry)))),
    };
    let mut rest = values;
    for number in numbers {
        let (first, others) = rest.split_first_mut().expect("the layout has room for every result");
        *first = number;
        rest = others;
    }
    rest
}

/// # Panics
/// If the buffer does not hold real numbers: densities and gradients do.
pub(super) fn reals(buffer: &ResultBuffer) -> &[f64] {
    match buffer {
        ResultBuffer::F64(values) => values,
        other => panic!("real numbers are expected, not {other:?}"),
    }
}
