//! Programs: text, checked; bound to data; a posterior of theirs as a target.
//!
//! The seam between the compiler and inference: everything the compiler knows enters here, and samplers see a
//! [`crate::target::Target`].

pub(crate) mod ahead;
mod back;
mod choice;
mod declared;
mod evaluation;
mod joint;
mod likelihood;
mod objective;
mod posterior;
mod prediction;
mod reading;
mod refusal;
mod sampling;
mod simulation;

pub use declared::declared_param;
pub use evaluation::{Evaluation, Hessian};
pub use joint::{Joint, Replications, Values};
pub use likelihood::Likelihood;
pub use objective::{Estimates, ObjectiveError, Optimization, Scope, Settings};
pub use posterior::Posterior;
pub use prediction::{Predicted, Prediction};
pub use refusal::PosteriorError;
pub(crate) use refusal::unmet;
pub(crate) use sampling::{beyond_memory, not_sampled};
pub use simulation::{Drawn, Draws, Simulation};

use crate::data::{self, Data, Declared, Input};
use crate::deep::deeply;
use crate::engine::{Engine, Limits};
use ahead::Ahead;
use ansatz_compiler::codegen::ResultBuffer;
use ansatz_compiler::ir::{Datum, Entries, Polynomial};
use ansatz_compiler::lower::Known;
use ansatz_compiler::model;
use ansatz_compiler::pipeline::{Allowance, buffer};
use ansatz_compiler::typed;
use ansatz_compiler::typed::tree;
use ansatz_grammar::diagnostic::{Diagnostic, render};
use ansatz_grammar::span::{Source, SourceId, Sources, Span};
use ansatz_grammar::tree::{ItemKind, Program as Tree};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Programs of one file, no deeper than this, are checked on whatever stack the caller has.
const SHALLOW: u32 = 30;

/// A program that was read and checked, without its data.
#[derive(Debug)]
pub struct Program {
    /// The texts that messages point into.
    pub sources: Sources,
    /// What checking made of it.
    #[doc(hidden)]
    pub typed: Arc<tree::Program>,
    /// What is wrong or doubtful.
    pub diagnostics: Vec<Diagnostic>,
    /// Its posteriors, lowered when it was checked.
    posteriors: Vec<(Span, Arc<model::Posterior>)>,
    /// What it may take.
    limits: Limits,
}

impl Program {
    /// Reads and checks a program that uses no files.
    pub fn compile(name: &str, text: &str) -> Program {
        Engine::new().check((name, text))
    }

    /// Reads and checks a program that may use files: what gives a file's text by its path below the project's folder.
    pub(crate) fn checked(source: Source, files: typed::Files, limits: Limits) -> Program {
        Program::of(&[source], limits, |mut trees, sources| {
            let files = |used: &str| reading::within(files(used)?, limits);
            typed::check_with_files(trees.pop().unwrap_or_default(), sources, &files)
        })
    }

    /// Reads and checks the texts of a session.
    pub(crate) fn entered(entries: &[Source], files: typed::Files, limits: Limits) -> Program {
        Program::of(entries, limits, |trees, sources| {
            let files = |used: &str| reading::within(files(used)?, limits);
            typed::check_session(trees, sources, &files)
        })
    }

    fn of(
        texts: &[Source],
        limits: Limits,
        check: impl FnOnce(Vec<Tree>, &mut Sources) -> (tree::Program, Vec<Diagnostic>) + Send,
    ) -> Program {
        let mut sources = Sources::default();
        let (mut trees, mut diagnostics, mut shallow) = (Vec::new(), Vec::new(), true);
        for Source { name, text } in texts {
            let parse = reading::parse(sources.add(name, text), text, limits);
            let uses = parse.tree.items.iter().any(|item| matches!(item.kind, ItemKind::Use(_)));
            shallow &= parse.depth <= SHALLOW && !uses;
            diagnostics.extend(parse.diagnostics);
            trees.push(parse.tree);
        }
        let check = || {
            let (typed, more) = check(trees, &mut sources);
            diagnostics.extend(more);
            let faulty = diagnostics.iter().any(Diagnostic::is_error);
            let ahead = if faulty { Ahead::default() } else { ahead::ahead(&typed) };
            diagnostics.extend(ahead.refusals);
            Program { sources, typed: Arc::new(typed), diagnostics, posteriors: ahead.posteriors, limits }
        };
        if shallow { check() } else { deeply(check) }
    }

    /// Whether anything stands in the way of running it.
    pub fn is_faulty(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The tree of its text, as text that parses to the same tree.
    pub fn tree_text(&self) -> String {
        let source = SourceId(0);
        ansatz_grammar::print(&ansatz_grammar::parse(source, &self.sources.get(source).text).tree)
    }

    /// Messages as text to show.
    pub fn render(&self, diagnostics: &[Diagnostic], colour: bool) -> String {
        render(diagnostics, &self.sources, colour)
    }

    /// What it expects to be given.
    #[doc(hidden)]
    pub fn declared(&self) -> Declared {
        declared::declared(&self.typed)
    }

    /// The posterior that an expression of the script names, lowered.
    fn posterior(
        &self,
        expression: &tree::Expr,
        bound: &Bound,
    ) -> Result<Arc<model::Posterior>, Box<Diagnostic>> {
        let ready = self.posteriors.iter().find(|(span, _)| *span == expression.span);
        match ready.filter(|_| bound.is_data_alone(&self.typed)) {
            Some((_, lowered)) => Ok(Arc::clone(lowered)),
            None => model::posterior(&self.typed, expression, &bound.known).map(Arc::new),
        }
    }

    /// Reads and checks its data. The data's texts are added to the sources.
    #[doc(hidden)]
    pub fn read(&mut self, input: &Input) -> Result<Bound, Vec<Diagnostic>> {
        let data = data::bind(&self.declared(), input, &mut self.sources)?;
        Ok(Bound::new(self, &data))
    }
}

/// Data in the form that compiled code takes.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct Bound {
    /// A number for each size that data declare, in order.
    sizes: Vec<i64>,
    /// An array for each datum, in order, then which of their entries are missing, then for each variable of the script that is known.
    arrays: Vec<ResultBuffer>,
    /// What is known of the script besides.
    known: Known,
    /// What compiled code may take.
    allowed: Allowance,
}

impl Bound {
    /// The number of each size symbol of the program, where data give it.
    pub fn sizes(&self, typed: &tree::Program) -> Vec<Option<i64>> {
        let mut values = vec![None; typed.sizes.len()];
        for ((_, symbol), value) in typed.bound_sizes().zip(&self.sizes) {
            values[symbol.0 as usize] = Some(*value);
        }
        values
    }

    /// The data, by variable.
    pub fn data(&self, typed: &tree::Program) -> Vec<(tree::Variable, Datum)> {
        let sizes: Vec<i64> = self.sizes(typed).iter().map(|size| size.unwrap_or(0)).collect();
        let datum = |(row, array): (&tree::Data, &ResultBuffer)| {
            let shape = &typed.variables[row.variable.0 as usize].ty.shape;
            (row.variable, datum(shape, &sizes, array))
        };
        typed.data.iter().zip(&self.arrays).map(datum).collect()
    }

    /// The same with what is known of the script: numbers for its size symbols, and the numbers of variables.
    pub fn with<'v>(
        &self,
        sizes: Vec<Option<i64>>,
        values: impl Iterator<Item = (&'v tree::Variable, &'v Vec<Datum>)>,
    ) -> Bound {
        let mut bound = self.clone();
        bound.known.sizes = sizes;
        for (variable, value) in values {
            bound.known.variables.push(*variable);
            bound.arrays.extend(value.iter().map(buffer));
        }
        bound
    }

    /// The same, for work that ends when the flag is raised.
    pub fn until(mut self, interrupt: Arc<AtomicBool>) -> Bound {
        self.allowed.interrupt = interrupt;
        self
    }

    /// What compiled code may take.
    pub fn allowed(&self) -> &Allowance {
        &self.allowed
    }

    /// Whether nothing but the data is known.
    fn is_data_alone(&self, typed: &tree::Program) -> bool {
        let of_data = |symbol: usize| typed.data_sizes.iter().any(|row| row.symbol.0 as usize == symbol);
        let mut sizes = self.known.sizes.iter().enumerate();
        self.known.variables.is_empty() && sizes.all(|(symbol, size)| size.is_none() || of_data(symbol))
    }

    fn new(program: &Program, data: &Data) -> Bound {
        let typed = &program.typed;
        let sizes = typed.data_sizes.iter().map(|size| data.sizes[size.symbol.0 as usize].unwrap_or(0));
        let arrays = data.arrays.iter().map(|array| match &array.values {
            data::Values::Real(values) => ResultBuffer::F64(values.clone()),
            data::Values::Int(values) => ResultBuffer::I64(values.clone()),
            data::Values::Bool(values) => ResultBuffer::Bool(values.clone()),
        });
        let gaps = || typed.data.iter().zip(&data.arrays).filter(|(datum, _)| datum.gaps.is_some());
        let counts = gaps().map(|(_, array)| array.missing.len() as i64);
        let numbers = gaps().map(|(_, array)| ResultBuffer::I64(numbers(array)));
        Bound {
            sizes: sizes.chain(counts).collect(),
            arrays: arrays.chain(numbers).collect(),
            known: Known::default(),
            allowed: Allowance { memory: program.limits.memory, ..Allowance::default() },
        }
    }
}

/// For each entry its number among the missing ones; -1 where it is known.
fn numbers(array: &data::Array) -> Vec<i64> {
    let mut numbers = vec![-1; array.shape.iter().product()];
    for (number, position) in array.missing.iter().enumerate() {
        numbers[*position] = number as i64;
    }
    numbers
}

/// An array of data with its shape.
///
/// # Panics
/// If the array does not fill the shape: binding lets no such data pass.
fn datum(shape: &[Polynomial], sizes: &[i64], array: &ResultBuffer) -> Datum {
    let extents = shape.iter().map(|size| size.evaluate(sizes).and_then(|size| usize::try_from(size).ok()));
    let extents: Option<Vec<usize>> = extents.collect();
    let entries = match array {
        ResultBuffer::F64(entries) => Entries::F64(entries.clone()),
        ResultBuffer::F32(entries) => Entries::F32(entries.clone()),
        ResultBuffer::I64(entries) => Entries::I64(entries.clone()),
        ResultBuffer::Bool(entries) => Entries::Bool(entries.clone()),
    };
    match extents.expect("the sizes of data are checked when they are bound").as_slice() {
        [] => Datum::Scalar(entries.get(0)),
        extents => Datum::array(extents, entries),
    }
}
