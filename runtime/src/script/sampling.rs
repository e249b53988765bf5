//! Calls of samplers: what they have in common first, in the order of their headers, then the options of each.

use std::sync::Arc;

use ansatz_compiler::pipeline::Unobserved;

use super::call::{Call, not_built};
use super::option::{chains, fraction, natural, one_of, positive, seed};
use super::value::Value;
use super::{Script, ScriptFailure};
use crate::mcmc::{Failure, Fit, Length, Method, MetricKind, Progress, Settings, sample};
use crate::program::{Posterior, beyond_memory, not_sampled};
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
    let place = call.expression.span;
    if let Some(fault) = beyond_memory(place, script.host.memory(), posterior.layout(), &settings) {
        return Err(ScriptFailure::Program(Box::new(fault)));
    }
    let keeper = script.host.keeper(&settings);
    let progress = Arc::new(Progress::new(settings.chains).kept_by(keeper));
    script.host.sampling_begins(&settings, &progress);
    let fit = sample(&posterior, &settings, &progress);
    script.host.sampling_ended();
    match fit {
        Ok(fit) => Ok(fit_of(call, fit)),
        Err(Failure::Interrupted) => Err(ScriptFailure::Interrupted),
        Err(failure) => Err(ScriptFailure::Failed(Box::new(not_sampled(place, &failure)))),
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
