//! The script: the statements of a program that are run, one by one.

mod assertion;
mod calibrate;
mod call;
mod evaluate;
mod explain;
mod fit;
mod host;
mod kernel;
mod load;
mod model;
mod modes;
mod objective;
mod optimum;
mod option;
mod picture;
mod predict;
mod predictive;
mod quantities;
mod report;
mod sampling;
mod save;
mod sections;
mod show;
mod simulate;
mod stack;
mod statement;
mod value;

pub use explain::{Stage, explain_posteriors, explain_text};
pub use host::Host;
pub(crate) use model::uses;
pub use optimum::Optimum;
pub(crate) use option::{misnamed, names};
pub use value::{ModelValue, Numbers, Value};

use std::collections::HashMap;

use ansatz_compiler::typed::tree::{Expr, Variable};
use ansatz_grammar::diagnostic::{Diagnostic, codes};

use crate::deep::deeply;
use crate::program::{Bound, Program};

/// Why a script ended before its end.
#[derive(Debug)]
pub enum ScriptFailure {
    /// The program is at fault.
    Program(Box<Diagnostic>),
    /// It failed as it ran.
    Failed(Box<Diagnostic>),
    /// The user ended what ran before anything was kept.
    Interrupted,
}

/// What a script has found.
#[derive(Clone, Default)]
pub(crate) struct State {
    values: HashMap<Variable, Value>,
    /// The numbers of the program's size symbols, where known.
    sizes: Vec<Option<i64>>,
}

/// A script as it runs.
pub struct Script<'p> {
    program: &'p Program,
    bound: &'p Bound,
    host: &'p mut dyn Host,
    values: HashMap<Variable, Value>,
    /// The numbers of the program's size symbols, where known.
    sizes: Vec<Option<i64>>,
    /// What is read of arrays of draws.
    sections: sections::Sections,
    /// Pictures shown so far.
    pictures: usize,
}

impl<'p> Script<'p> {
    /// The script of a program without errors, with its data.
    pub fn new(program: &'p Program, bound: &'p Bound, host: &'p mut dyn Host) -> Script<'p> {
        let data = bound.data(&program.typed).into_iter();
        let values = data.map(|(variable, datum)| (variable, datum.into())).collect();
        let sizes = bound.sizes(&program.typed);
        Script { program, bound, host, values, sizes, sections: sections::Sections::All, pictures: 0 }
    }

    /// The script of a program that has grown, with what was found before.
    pub(crate) fn resumed(
        program: &'p Program,
        bound: &'p Bound,
        host: &'p mut dyn Host,
        found: State,
    ) -> Script<'p> {
        let mut script = Script::new(program, bound, host);
        for (variable, value) in found.values {
            script.values.entry(variable).or_insert(value);
        }
        for (size, found) in script.sizes.iter_mut().zip(found.sizes) {
            *size = size.or(found);
        }
        script
    }

    /// Runs the statements from one on; gives what was found.
    pub(crate) fn run_from(mut self, first: usize) -> Result<State, ScriptFailure> {
        self.refuse_later()?;
        let program = self.program;
        deeply(move || {
            self.steps(&program.typed.script[first..])?;
            Ok(State { values: self.values, sizes: self.sizes })
        })
    }

    /// The value of an expression of the program.
    pub(crate) fn value_of(mut self, expression: &Expr) -> Result<Value, ScriptFailure> {
        self.refuse_later()?;
        deeply(move || self.value(expression))
    }

    /// Runs every statement, in order.
    pub fn run(mut self) -> Result<(), ScriptFailure> {
        self.refuse_later()?;
        let program = self.program;
        deeply(move || self.steps(&program.typed.script))
    }

    fn refuse_later(&self) -> Result<(), ScriptFailure> {
        if let Some((span, what)) = self.program.typed.later.first() {
            let message = format!("this statement cannot run yet: it needs {what}");
            let fault = Diagnostic::error(codes::NOT_SUPPORTED, *span, message)
                .help("`ansatz check` checks all of it; leave the statement away to run the others");
            return Err(ScriptFailure::Program(Box::new(fault)));
        }
        Ok(())
    }
}
