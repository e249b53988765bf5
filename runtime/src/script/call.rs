//! What a script can call of the runtime: one row for each function of the library whose body is `runtime`.

use std::sync::Arc;

use ansatz_compiler::ir::Datum;
use ansatz_compiler::typed::tree::Expr;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;

use super::modes::{laplace_approximation, map};
use super::picture;
use super::predictive::{log_likelihood, loo, waic};
use super::quantities::named;
use super::sampling::{hmc, mala, nuts};
use super::value::Value;
use super::{Script, ScriptFailure};
use crate::output::{Summary, save};
use crate::program::PosteriorError;

/// A call with its evaluated arguments, in the order of the parameters.
pub(super) struct Call<'c> {
    pub expression: &'c Expr,
    pub arguments: &'c [Expr],
    pub values: Vec<Value>,
}

struct Row {
    name: &'static str,
    /// Whether it computes a number from others, and may be asked again for a part of the draws.
    computes: bool,
    run: fn(&mut Script, Call) -> Result<Value, ScriptFailure>,
}

const ROWS: [Row; 19] = [
    Row { name: "density", computes: false, run: picture::density },
    Row { name: "fan", computes: false, run: picture::fan },
    Row { name: "heatmap", computes: false, run: picture::heatmap },
    Row { name: "histogram", computes: false, run: picture::histogram },
    Row { name: "hmc", computes: false, run: hmc },
    Row { name: "laplace_approximation", computes: false, run: laplace_approximation },
    Row { name: "line", computes: false, run: picture::line },
    Row { name: "log_likelihood", computes: false, run: log_likelihood },
    Row { name: "loo", computes: false, run: loo },
    Row { name: "mala", computes: false, run: mala },
    Row { name: "map", computes: false, run: map },
    Row { name: "nuts", computes: false, run: nuts },
    Row { name: "pairs", computes: false, run: picture::pairs },
    Row { name: "quantile", computes: true, run: quantile },
    Row { name: "rank", computes: false, run: picture::rank },
    Row { name: "save", computes: false, run: save_value },
    Row { name: "summary", computes: false, run: summary },
    Row { name: "trace", computes: false, run: picture::trace },
    Row { name: "waic", computes: false, run: waic },
];

/// Whether the runtime's function of that name computes a number from others.
pub(super) fn computes(name: &str) -> bool {
    ROWS.iter().any(|row| row.name == name && row.computes)
}

impl Script<'_> {
    /// Calls the runtime's function of that name.
    pub(super) fn call(&mut self, name: &str, call: Call) -> Result<Value, ScriptFailure> {
        let row = ROWS.iter().find(|row| row.name == name);
        (row.unwrap_or_else(|| panic!("the library declares `{name}`, the runtime does not have it")).run)(
            self, call,
        )
    }
}

/// Why a posterior has no code.
pub(super) fn not_built(expression: &Expr, error: PosteriorError) -> ScriptFailure {
    match error {
        PosteriorError::Program(fault) => ScriptFailure::Program(fault),
        PosteriorError::Build(error) if error.is_interrupted() => ScriptFailure::Interrupted,
        error => ScriptFailure::Failed(Box::new(error.diagnostic(expression.span))),
    }
}

/// `quantile(x, p)`
fn quantile(_: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let mut entries = call.values[0].data().to_f64();
    let part = call.values[1].data().to_f64()[0];
    if !(0.0..=1.0).contains(&part) || entries.is_empty() {
        let (at, expected) = match entries.is_empty() {
            true => (0, "at least one entry"),
            false => (1, "a part, from 0 to 1"),
        };
        let fault =
            Diagnostic::error(codes::NOT_COMPUTED, call.arguments[at].span, "there is no such quantile");
        let fault = fault.expected(expected).found(call.values[at].to_string());
        return Err(ScriptFailure::Failed(Box::new(fault)));
    }
    entries.sort_by(f64::total_cmp);
    let place = part * (entries.len() - 1) as f64;
    let below = entries[place.floor() as usize];
    let above = entries[place.ceil() as usize];
    Ok(Datum::from(below + (above - below) * place.fract()).into())
}

/// `summary(fit)`, `summary(fit, "mu, tau")`
fn summary(_: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let Value::Fit(fit, _) = &call.values[0] else { panic!("the checker lets fits only be summarised") };
    let labels: Vec<String> = fit.draws.layout().labels().collect();
    let mut summary = Summary::new(fit);
    if let Some(named) = named(&call, &labels)? {
        summary.rows.retain(|row| named.iter().any(|at| labels[*at] == row.label));
    }
    Ok(Value::Summary(Arc::new(summary)))
}

/// `save(value, path)`
fn save_value(script: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let [value, Value::Text(path)] = &call.values[..] else { panic!("a path is text") };
    script.write(value, path, call.arguments[1].span)?;
    Ok(Value::Nothing)
}

impl Script<'_> {
    /// Writes a value to a file of this name below the output folder; `span` is where it is named.
    pub(super) fn write(&self, value: &Value, name: &str, span: Span) -> Result<(), ScriptFailure> {
        let failed = |message: String| {
            let fault = Diagnostic::error(codes::NOT_SAVED, span, message);
            ScriptFailure::Failed(Box::new(fault.help("name a file below the output folder (`--out`)")))
        };
        let place = self.host.output().place(name).map_err(|fault| failed(fault.to_string()))?;
        let saved = match value {
            Value::Fit(fit, model) if name.ends_with(".html") => save(&self.report(fit, model), &place),
            _ => save(value, &place),
        };
        saved.map_err(|fault| failed(fault.to_string()))
    }
}
