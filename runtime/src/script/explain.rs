//! A program as a stage of the compiler sees it, as text.

use std::fmt::{Display, Write};

use ansatz_compiler::lower::Known;
use ansatz_compiler::model::posterior;
use ansatz_compiler::pipeline::Observer;
use ansatz_compiler::typed::objective::{Reason, reasons};

use super::ScriptFailure;
use super::call::not_built;
use crate::program::{Bound, Posterior, Program, ahead};

/// A stage of the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The syntax tree.
    Tree,
    /// Names, types and shapes.
    Typed,
    /// The intermediate representation of log density and gradient, after all passes.
    Ir,
    /// Loop nests over buffers.
    Kernel,
    /// What Cranelift is given.
    Clif,
}

impl Stage {
    /// Whether it needs the sizes of the data.
    pub fn needs_data(self) -> bool {
        self.observed().is_some()
    }

    /// The name by which the pipeline reports it.
    fn observed(self) -> Option<&'static str> {
        match self {
            Stage::Tree | Stage::Typed => None,
            Stage::Ir => Some("ir"),
            Stage::Kernel => Some("kernel"),
            Stage::Clif => Some("clif"),
        }
    }
}

/// A stage of the program's text or types.
pub fn explain_text(program: &Program, stage: Stage) -> String {
    assert!(!stage.needs_data(), "{stage:?} is made for the sizes of data");
    match stage {
        Stage::Typed => program.typed.to_string() + &eliminations(program) + &strategies(program),
        _ => program.tree_text(),
    }
}

/// How the posteriors that the script samples sum out discrete sites, a line for each elimination.
fn eliminations(program: &Program) -> String {
    let lowered = ahead::sampled(&program.typed)
        .into_iter()
        .filter_map(|model| posterior(&program.typed, model, &Known::default()).ok());
    let lines = lowered.flat_map(|posterior| posterior.eliminations);
    lines.map(|line| format!("// {line}\n")).collect()
}

/// How the gradient at each draw of an expectation is estimated, a line for each.
fn strategies(program: &Program) -> String {
    let line = |reason: Reason| format!("// {} by {}: {}\n", reason.draw, reason.strategy, reason.why);
    reasons(&program.typed).into_iter().map(line).collect()
}

/// A stage of every posterior that the script samples, for these data.
pub fn explain_posteriors(program: &Program, bound: &Bound, stage: Stage) -> Result<String, ScriptFailure> {
    let mut text = String::new();
    for model in ahead::sampled(&program.typed) {
        let mut observer =
            Keep { stage: stage.observed().expect("the stage is made for data"), text: &mut text };
        Posterior::new(program, model, bound, &mut observer).map_err(|error| not_built(model, error))?;
    }
    Ok(text)
}

/// Keeps what one stage made.
struct Keep<'t> {
    stage: &'static str,
    text: &'t mut String,
}

impl Observer for Keep<'_> {
    fn finished(&mut self, stage: &'static str, product: &dyn Display) {
        if stage == self.stage {
            writeln!(self.text, "{product}").expect("memory can be written");
        }
    }
}
