//! The log density of the posterior that a program's last line names: native, and by the interpreter.

use ansatz::program::Program;
use ansatz::target::Evaluator;
use ansatz_compiler::ir::Module;
use ansatz_compiler::ir::datum::Datum;
use ansatz_compiler::ir::eval::evaluate;
use ansatz_compiler::lower::Known;
use ansatz_compiler::model::{LOG_DENSITY, posterior};
use ansatz_compiler::transform::{Options, resolve::resolve};
use ansatz_compiler::typed::tree::{Expr, StepKind};

/// What the last line names.
pub fn named_last(program: &Program) -> Option<&Expr> {
    match &program.typed.script.last()?.kind {
        StepKind::Let { value, .. } => Some(value),
        _ => None,
    }
}

/// The value of native code, and its gradient.
pub fn native(evaluator: &mut dyn Evaluator, at: &[f64], gradient: &mut [f64]) -> Result<f64, String> {
    evaluator.log_density_gradient(at, gradient).map_err(|rejection| format!("rejected: {rejection:?}"))
}

/// The value of the interpreter; the program has no data.
pub fn interpreted(program: &Program, expression: &Expr, at: &[f64]) -> Result<f64, String> {
    let lowered =
        posterior(&program.typed, expression, &Known::default()).map_err(|fault| fault.message.clone())?;
    let function = resolve(&lowered.module, LOG_DENSITY, &Options::default());
    let mut module = Module::default();
    module.insert(function.map_err(|error| format!("{error:?}"))?);
    let results = evaluate(&module, LOG_DENSITY, &[], &[Datum::floats(&[at.len()], at)]);
    Ok(results.map_err(|failure| failure.to_string())?[0].to_f64()[0])
}
