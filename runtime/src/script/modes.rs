//! Calls that look for modes: the values there, and the normal that touches the posterior.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ansatz_compiler::ir::Datum;
use ansatz_compiler::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use nalgebra::DMatrix;

use super::call::{Call, not_built};
use super::fit::of_element;
use super::option::{chains, natural, seed};
use super::sampling::fit_of;
use super::value::Value;
use super::{Script, ScriptFailure};
use crate::diagnostics::smooth;
use crate::draws::{Draws, Layout};
use crate::mcmc::{Chain, Fit, Made, Outcome, Settings, Transition};
use crate::optimize::{Laplace, LaplaceFailure, Mode, ModeFailure, laplace, mode};
use crate::program::Posterior;
use crate::target::{Rejection, Target};

/// `map(posterior, seed, starts)`
pub(super) fn map(script: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let (seed, starts) = (script.host.seed().unwrap_or(seed(&call, 1)?), natural(&call, 2, 1)?);
    let posterior = script.posterior(&call)?.natural();
    let posterior = posterior.map_err(|error| not_built(call.expression, error))?;
    let mode = script.searched(|stop| mode(&posterior.until(stop), seed, starts, stop));
    let mode = mode.map_err(|failure| not_found(&call, failure))?;
    let fields = [
        ("mode".into(), values(&call, &posterior, &mode)?),
        ("log_density".into(), Datum::from(mode.log_density).into()),
    ];
    Ok(Value::Record(fields.into()))
}

/// `laplace_approximation(posterior, seed, chains, draws, starts)`
pub(super) fn laplace_approximation(script: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let settings = Settings {
        seed: script.host.seed().unwrap_or(seed(&call, 1)?),
        chains: chains(&call, 2)?,
        warmup: 0,
        draws: natural(&call, 3, 1)?,
        ..Settings::default()
    };
    let posterior = script.posterior(&call)?;
    let begun = Instant::now();
    let starts = natural(&call, 4, 1)?;
    let found = script.searched(|stop| {
        let posterior = posterior.until(stop);
        let found = laplace(&posterior, settings.seed, starts, stop).map_err(|failure| match failure {
            LaplaceFailure::Mode(failure) => not_found(&call, failure),
            failure => failed(&call, &failure.to_string()),
        })?;
        let fit = fit(&posterior, &found, settings, (begun, stop));
        let fit = fit.map_err(|rejection| match rejection {
            Some(rejection) => failed(&call, &rejection.to_string()),
            None => ScriptFailure::Interrupted,
        })?;
        Ok((found, fit))
    });
    let (found, fit) = found?;
    let mode = values(&call, &posterior, &found.mode)?;
    let fields = [
        ("mode".into(), mode),
        ("log_density".into(), Datum::from(found.mode.log_density).into()),
        ("log_evidence".into(), Datum::from(found.log_evidence).into()),
        ("hessian".into(), matrix(&found.hessian)),
        ("covariance".into(), matrix(&found.covariance)),
        ("fit".into(), fit_of(&call, fit)),
    ];
    Ok(Value::Record(fields.into()))
}

/// A symmetric matrix.
fn matrix(matrix: &DMatrix<f64>) -> Value {
    Datum::floats(&[matrix.nrows(), matrix.ncols()], matrix.as_slice()).into()
}

/// Sites and tracked values at the mode, in the types that the checker gave them.
fn values(call: &Call, posterior: &Posterior, mode: &Mode) -> Result<Value, ScriptFailure> {
    let layout = posterior.layout();
    let mut values = vec![0.0; layout.length()];
    let constrained = posterior.evaluator().constrain(&mode.position, &mut values);
    constrained.map_err(|rejection| failed(call, &rejection.to_string()))?;
    Ok(part(layout, &values, "", mode_type(&call.expression.ty)))
}

/// What is reported under a name, or a record of what is reported below it.
fn part(layout: &Layout, values: &[f64], name: &str, ty: &Type) -> Value {
    let Some(quantity) = layout.quantity(name) else {
        let Element::Record(fields) = &ty.element else { panic!("the posterior reports no `{name}`") };
        let below = |field: &str| if name.is_empty() { field.to_owned() } else { format!("{name}.{field}") };
        let field = |(field, ty): &(Arc<str>, Type)| (field.clone(), part(layout, values, &below(field), ty));
        return Value::Record(fields.iter().map(field).collect());
    };
    let entries = of_element(&ty.element, values[quantity.range()].iter().copied());
    match quantity.shape.as_slice() {
        [] => Datum::Scalar(entries.get(0)).into(),
        shape => Datum::array(shape, entries).into(),
    }
}

fn mode_type(result: &Type) -> &Type {
    let Element::Record(fields) = &result.element else { panic!("the result is a record") };
    &fields.iter().find(|(name, _)| **name == *"mode").expect("the result has a mode").1
}

/// Draws of the approximation, as those of chains; no rejection where it was ended.
fn fit(
    posterior: &dyn Target,
    found: &Laplace,
    settings: Settings,
    (begun, stop): (Instant, &AtomicBool),
) -> Result<Fit, Option<Rejection>> {
    let length = posterior.layout().length();
    let mut evaluator = posterior.evaluator();
    let (mut chains, mut values, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut gradient = vec![0.0; posterior.dimension()];
    for number in 0..settings.chains {
        let mut rows = vec![0.0; settings.draws * length];
        let mut transitions = Vec::with_capacity(settings.draws);
        for (draw, position) in found.draws(settings.seed, number, settings.draws).column_iter().enumerate() {
            if stop.load(Ordering::Relaxed) {
                return Err(None);
            }
            evaluator.constrain(position.as_slice(), &mut rows[draw * length..(draw + 1) * length])?;
            let near = found.log_density(position.as_slice());
            let exact = evaluator.log_density_gradient(position.as_slice(), &mut gradient);
            ratios.push(exact.unwrap_or(f64::NEG_INFINITY) - near);
            transitions.push(independent(near));
        }
        chains.push(Chain {
            number,
            transitions,
            step_size: 1.0,
            inverse_metric: found.covariance.diagonal().as_slice().to_vec(),
            warmup_time: Duration::ZERO,
            sampling_time: Duration::ZERO,
            gradients: 0,
            failed: Vec::new(),
            told: None,
        });
        values.push(rows);
    }
    let draws = Draws::new(posterior.layout().clone(), values);
    const FEWEST: usize = 25;
    let k = (ratios.len() >= FEWEST).then(|| smooth(&ratios, 1.0).k);
    let made = Made::Approximated(k.filter(|k| k.is_finite()));
    Ok(Fit { draws, chains, settings, interrupted: false, time: begun.elapsed(), made })
}

/// What is recorded of a draw that depends on no other.
fn independent(log_density: f64) -> Transition {
    let outcome = Outcome::Accepted;
    Transition { outcome, depth: 0, leapfrogs: 0, acceptance: 1.0, energy: -log_density, log_density }
}

impl Script<'_> {
    /// A search, watched by the host.
    fn searched<T>(&mut self, search: impl FnOnce(&Arc<AtomicBool>) -> T) -> T {
        let stop = Arc::new(AtomicBool::new(false));
        self.host.search_begins(&stop);
        let found = search(&stop);
        self.host.search_ended();
        found
    }
}

fn not_found(call: &Call, failure: ModeFailure) -> ScriptFailure {
    match failure {
        ModeFailure::Interrupted => ScriptFailure::Interrupted,
        failure => failed(call, &failure.to_string()),
    }
}

fn failed(call: &Call, told: &str) -> ScriptFailure {
    let mut lines = told.lines();
    let message = lines.next().unwrap_or("no mode was found");
    let fault = Diagnostic::error(codes::NOT_SAMPLED, call.expression.span, message)
        .here(lines.collect::<Vec<&str>>().join("\n"))
        .help("sample by `nuts`, which needs no mode, or give the sites priors that hold them");
    ScriptFailure::Failed(Box::new(fault))
}
