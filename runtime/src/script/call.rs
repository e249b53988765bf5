//! What a script can call of the runtime: one row for each function of the library whose body is `runtime`.

use std::sync::Arc;

use ansatz_compiler::ir::Datum;
use ansatz_compiler::pipeline::Unobserved;
use ansatz_compiler::typed::tree::Expr;
use ansatz_grammar::diagnostic::{Diagnostic, codes};

use super::option::{chains, fraction, natural, seed};
use super::value::Value;
use super::{Script, ScriptFailure};
use crate::mcmc::{Failure, Limits, Progress, Settings, sample};
use crate::output::number::{grouped, size};
use crate::output::{Summary, save};
use crate::program::{Posterior, PosteriorError};
use crate::target::Target;

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

const ROWS: [Row; 4] = [
    Row { name: "nuts", computes: false, run: nuts },
    Row { name: "quantile", computes: true, run: quantile },
    Row { name: "summary", computes: false, run: summary },
    Row { name: "save", computes: false, run: save_value },
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

/// `nuts(posterior, seed, chains, warmup, draws, delta, max_depth)`
fn nuts(script: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let Value::Model(model) = &call.values[0] else { panic!("the checker lets models only be sampled") };
    let settings = Settings {
        seed: script.host.seed().unwrap_or(seed(&call, 1)?),
        chains: chains(&call, 2)?,
        warmup: natural(&call, 3, 0)?,
        draws: natural(&call, 4, 1)?,
        delta: fraction(&call, 5)?,
        limits: Limits { max_depth: natural(&call, 6, 1)?.min(30) as u32, ..Limits::default() },
        threads: script.host.threads(),
    };
    let bound = script.bound.with(model.sizes.clone(), model.captured.iter());
    let posterior = Posterior::new(script.program, &model.expression, &bound, &mut Unobserved)
        .map_err(|error| not_built(call.expression, error))?;
    refuse_beyond_memory(script.host.memory(), &call, &posterior, &settings)?;
    let progress = Arc::new(Progress::new(settings.chains));
    script.host.sampling_begins(&settings, &progress);
    let fit = sample(&posterior, &settings, &progress);
    script.host.sampling_ended();
    match fit {
        Ok(fit) => Ok(Value::Fit(Arc::new(fit))),
        Err(Failure::Interrupted) => Err(ScriptFailure::Interrupted),
        Err(failure) => {
            let told = failure.to_string();
            let mut lines = told.lines().map(str::trim);
            let message = lines.next().unwrap_or("sampling failed");
            let reasons: Vec<&str> = lines.collect();
            let fault = Diagnostic::error(codes::NOT_SAMPLED, call.expression.span, message)
                .here(reasons.join("\n"))
                .help("declare where values lie, as in `sigma: positive ~ ..`, and look at the terms named here");
            Err(ScriptFailure::Failed(Box::new(fault)))
        }
    }
}

/// Draws that need more memory than the host allows are refused before any is drawn.
fn refuse_beyond_memory(
    allowed: u64,
    call: &Call,
    posterior: &Posterior,
    settings: &Settings,
) -> Result<(), ScriptFailure> {
    let numbers = (settings.chains as u64).saturating_mul(settings.draws as u64);
    let bytes = numbers.saturating_mul(8 * posterior.layout().length() as u64);
    if bytes <= allowed {
        return Ok(());
    }
    let message = "these draws need more memory than is allowed";
    let fault = Diagnostic::error(codes::TOO_LARGE, call.expression.span, message)
        .expected(format!("at most {}", size(allowed)))
        .found(format!(
            "{} for {} numbers in each draw",
            size(bytes),
            grouped(posterior.layout().length() as u64)
        ))
        .help("draw less, report less (`let` in the place of `track`), or allow more with `--max-memory`");
    Err(ScriptFailure::Program(Box::new(fault)))
}

/// Why a posterior has no code.
pub(super) fn not_built(expression: &Expr, error: PosteriorError) -> ScriptFailure {
    match error {
        PosteriorError::Program(fault) => ScriptFailure::Program(fault),
        PosteriorError::Build(error) => {
            let code = if error.is_too_large() { codes::ARRAY_TOO_LARGE } else { codes::NOT_BUILT };
            let fault = Diagnostic::error(code, expression.span, error.to_string())
                .help("look at the indices and sizes that the data give");
            ScriptFailure::Failed(Box::new(fault))
        }
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

/// `summary(fit)`
fn summary(_: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let Value::Fit(fit) = &call.values[0] else { panic!("the checker lets fits only be summarised") };
    Ok(Value::Summary(Arc::new(Summary::new(fit))))
}

/// `save(value, path)`
fn save_value(script: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let [value, Value::Text(path)] = &call.values[..] else { panic!("a path is text") };
    let failed = |message: String| {
        let fault = Diagnostic::error(codes::NOT_SAVED, call.arguments[1].span, message);
        ScriptFailure::Failed(Box::new(fault.help("name a file below the output folder (`--out`)")))
    };
    let place = script.host.output().place(path).map_err(|fault| failed(fault.to_string()))?;
    save(value, &place).map_err(|fault| failed(fault.to_string()))?;
    Ok(Value::Nothing)
}
