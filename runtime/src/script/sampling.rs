//! Calls of samplers: what they have in common first, in the order of their headers, then the options of each.

use std::sync::Arc;

use ansatz_compiler::pipeline::Unobserved;
use ansatz_grammar::diagnostic::{Diagnostic, codes};

use super::call::{Call, not_built};
use super::option::{chains, fraction, natural, one_of, positive, seed};
use super::value::Value;
use super::{Script, ScriptFailure};
use crate::mcmc::{Failure, Fit, Length, Method, MetricKind, Progress, Settings, sample};
use crate::output::number::{grouped, size};
use crate::program::Posterior;
use crate::target::Target;

/// Where the options of a sampler of its own begin.
const OWN: usize = 7;

/// `nuts(posterior, .., max_depth)`
pub(super) fn nuts(script: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    const DEEPEST: usize = 30;
    let max_depth = natural(&call, OWN, 1)?.min(DEEPEST) as u32;
    sampled(script, &call, Method::Nuts { max_depth })
}

/// `hmc(posterior, .., time, max_steps)`
pub(super) fn hmc(script: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let most_steps = natural(&call, OWN + 1, 1)? as u32;
    let length = Length { time: positive(&call, OWN)?, most_steps };
    sampled(script, &call, Method::Hmc(length))
}

/// `mala(posterior, ..)`
pub(super) fn mala(script: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    sampled(script, &call, Method::Mala)
}

/// Samples the posterior that a call names first.
fn sampled(script: &mut Script, call: &Call, method: Method) -> Result<Value, ScriptFailure> {
    let settings = Settings {
        seed: script.host.seed().unwrap_or(seed(call, 1)?),
        chains: chains(call, 2)?,
        warmup: natural(call, 3, 0)?,
        draws: natural(call, 4, 1)?,
        delta: fraction(call, 5)?,
        metric: one_of(call, 6, MetricKind::names(), MetricKind::named)?,
        method,
        threads: script.host.threads(),
    };
    let posterior = script.posterior(call)?;
    refuse_beyond_memory(script.host.memory(), call, &posterior, &settings)?;
    let keeper = script.host.keeper(&settings);
    let progress = Arc::new(Progress::new(settings.chains).kept_by(keeper));
    script.host.sampling_begins(&settings, &progress);
    let fit = sample(&posterior, &settings, &progress);
    script.host.sampling_ended();
    match fit {
        Ok(fit) => Ok(fit_of(call, fit)),
        Err(Failure::Interrupted) => Err(ScriptFailure::Interrupted),
        Err(failure) => Err(not_sampled(call, &failure)),
    }
}

/// A fit of the posterior that a call names first.
pub(super) fn fit_of(call: &Call, fit: Fit) -> Value {
    let Value::Model(model) = &call.values[0] else { panic!("the checker lets models only be sampled") };
    Value::Fit(Arc::new(fit), Arc::clone(model))
}

impl Script<'_> {
    /// The posterior that a call names first, compiled.
    pub(super) fn posterior(&self, call: &Call) -> Result<Posterior, ScriptFailure> {
        let Value::Model(model) = &call.values[0] else { panic!("the checker lets models only be sampled") };
        let bound = self.bound.with(model.sizes.clone(), model.captured.iter());
        Posterior::new(self.program, &model.expression, &bound, &mut Unobserved)
            .map_err(|error| not_built(call.expression, error))
    }
}

fn not_sampled(call: &Call, failure: &Failure) -> ScriptFailure {
    let told = failure.to_string();
    let mut lines = told.lines();
    let message = lines.next().unwrap_or("sampling failed");
    let reasons: Vec<&str> = lines.collect();
    let fault = Diagnostic::error(codes::NOT_SAMPLED, call.expression.span, message)
        .here(reasons.join("\n"))
        .help("declare where values lie, as in `sigma: positive ~ ..`, and look at the terms named here");
    ScriptFailure::Failed(Box::new(fault))
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
