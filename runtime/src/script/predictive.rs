//! Calls about what a fit predicts: the log likelihood of each observation, and the estimates made from it.

use ansatz_compiler::ir::Datum;
use ansatz_grammar::diagnostic::{Diagnostic, codes};

use super::call::{Call, not_built};
use super::value::{Numbers, Value};
use super::{Script, ScriptFailure};
use crate::diagnostics::{Predictive, loo as leave_one_out, samples, waic as criterion};
use crate::mcmc::Fit;
use crate::output::number::{grouped, size};
use crate::program::Likelihood;

/// `log_likelihood(fit)`
pub(super) fn log_likelihood(script: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let (fit, rows) = script.observed(&call)?;
    let draws = rows.first().map_or(0, Vec::len);
    let entries: Vec<f64> = (0..draws).flat_map(|draw| rows.iter().map(move |row| row[draw])).collect();
    let datum = Datum::floats(&[draws, rows.len()], &entries);
    Ok(Value::Numbers(Numbers { datum, chains: Some(fit.draws.chains()) }))
}

/// `loo(fit)`
pub(super) fn loo(script: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let (fit, rows) = script.observed(&call)?;
    let estimate = leave_one_out(&rows, efficiency(&fit));
    Ok(record(&estimate, "pareto_k"))
}

/// `waic(fit)`
pub(super) fn waic(script: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let (_, rows) = script.observed(&call)?;
    Ok(record(&criterion(&rows), "variance"))
}

fn record(estimate: &Predictive, trouble: &str) -> Value {
    let number = |value: f64| Value::from(Datum::from(value));
    let fields = [
        ("elpd".into(), number(estimate.elpd())),
        ("se".into(), number(estimate.se())),
        ("parameters".into(), number(estimate.parameters)),
        ("pointwise".into(), Datum::from(estimate.pointwise.clone()).into()),
        (trouble.into(), Datum::from(estimate.trouble.clone()).into()),
    ];
    Value::Record(fields.into())
}

/// The mean effective sample size of the scalars, over the number of draws.
fn efficiency(fit: &Fit) -> f64 {
    let sizes: Vec<f64> = samples(&fit.draws).flatten().filter_map(|sample| sample.ess_mean()).collect();
    let draws = (fit.draws.chains() * fit.draws.length()) as f64;
    if sizes.is_empty() { 1.0 } else { sizes.iter().sum::<f64>() / sizes.len() as f64 / draws }
}

impl Script<'_> {
    /// The fit that a call names first, and the log likelihoods of its observations.
    fn observed(&self, call: &Call) -> Result<(std::sync::Arc<Fit>, Vec<Vec<f64>>), ScriptFailure> {
        let Value::Fit(fit, model) = &call.values[0] else {
            panic!("the checker lets fits only be used here")
        };
        let bound = self.bound.with(model.sizes.clone(), model.captured.iter());
        let failed = |error| not_built(call.expression, error);
        let likelihood = Likelihood::new(self.program, &model.expression, &bound).map_err(failed)?;
        let numbers =
            (likelihood.length() as u64).saturating_mul((fit.draws.chains() * fit.draws.length()) as u64);
        if numbers.saturating_mul(8) > self.host.memory() {
            let message = "these log likelihoods need more memory than is allowed";
            let fault = Diagnostic::error(codes::TOO_LARGE, call.expression.span, message)
                .expected(format!("at most {}", size(self.host.memory())))
                .found(format!(
                    "{} for {} entries of given sites",
                    size(8 * numbers),
                    grouped(likelihood.length() as u64)
                ))
                .help("draw less, or allow more with `--max-memory`");
            return Err(ScriptFailure::Program(Box::new(fault)));
        }
        let rows = likelihood.rows(&fit.draws).map_err(failed)?;
        if rows.is_empty() {
            let message = "the model of this fit has no observations";
            let fault = Diagnostic::error(codes::NOT_COMPUTED, call.arguments[0].span, message);
            let fault =
                fault.help("observations are sites that are given: `m given {y}`, not `observe` or `factor`");
            return Err(ScriptFailure::Failed(Box::new(fault)));
        }
        Ok((fit.clone(), rows))
    }
}
