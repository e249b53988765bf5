//! The script: the statements of a program that are run, one by one.

mod call;
mod evaluate;
mod explain;
mod host;
mod option;
mod value;

pub use explain::{Stage, explain_posteriors, explain_text};
pub use host::Host;
pub use value::Value;

use std::collections::HashMap;

use ansatz_compiler::typed::tree::{StepKind, Variable};
use ansatz_grammar::diagnostic::Diagnostic;

use crate::program::{Bound, Program};

/// Why a script ended before its end.
#[derive(Debug)]
pub enum ScriptFailure {
    /// The program is at fault.
    Program(Box<Diagnostic>),
    /// It failed as it ran.
    Failed(Box<Diagnostic>),
    /// The user ended sampling before any draw was kept.
    Interrupted,
}

/// A script as it runs.
pub struct Script<'p> {
    program: &'p Program,
    bound: &'p Bound,
    host: &'p mut dyn Host,
    values: HashMap<Variable, Value>,
}

impl<'p> Script<'p> {
    /// The script of a program without errors, with its data.
    pub fn new(program: &'p Program, bound: &'p Bound, host: &'p mut dyn Host) -> Script<'p> {
        Script { program, bound, host, values: HashMap::new() }
    }

    /// Runs every statement, in order.
    pub fn run(mut self) -> Result<(), ScriptFailure> {
        for step in &self.program.typed.script {
            match &step.kind {
                StepKind::Let { variable, value, .. } => {
                    let value = self.value(value)?;
                    self.values.insert(*variable, value);
                }
                StepKind::Print(values) => {
                    let values = values.iter().map(|value| Ok(self.value(value)?.to_string()));
                    let words = values.collect::<Result<Vec<String>, ScriptFailure>>()?;
                    self.host.print(&words.join(" "));
                }
                StepKind::Expression(value) => {
                    self.value(value)?;
                }
            }
        }
        Ok(())
    }
}
