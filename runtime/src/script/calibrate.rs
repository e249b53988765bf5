//! `calibrate(m, data = [y])` in a script: the posterior is compiled once, and takes the data of each replicate.

use std::collections::BTreeMap;
use std::sync::Arc;

use ansatz_compiler::codegen::ResultBuffer;
use ansatz_compiler::ir::Datum;
use ansatz_compiler::pipeline::Unobserved;
use ansatz_compiler::typed::tree::{Calibration as Asked, Expr, Variable};
use ansatz_grammar::diagnostic::{Diagnostic, codes};

use super::call::not_built;
use super::simulate::datum;
use super::value::{ModelValue, Value};
use super::{Script, ScriptFailure};
use crate::calibration::{Calibration, Replicates, Settings, calibrate};
use crate::mcmc::{self, Progress};
use crate::program::{Bound, Drawn, Draws, Posterior, PosteriorError, Simulation};
use crate::target::{Evaluator, Target};

/// Replicates and draws of each that are of use.
const REPLICATES: [usize; 2] = [20, 1_000_000];
const DRAWS: [usize; 2] = [7, 10_000];

impl Script<'_> {
    /// The ranks of values among draws of the posteriors of their data.
    pub(super) fn calibrate(&mut self, expression: &Expr, asked: &Asked) -> Result<Value, ScriptFailure> {
        let seed = self.integer(&asked.seed)? as u64;
        let settings = Settings {
            replicates: self.number_between(&asked.replicates, REPLICATES)?,
            draws: self.number_between(&asked.draws, DRAWS)?,
            seed: self.host.seed().unwrap_or(seed),
            threads: self.host.threads(),
        };
        let failed = |error: PosteriorError| not_built(expression, error);
        let Value::Model(model) = self.model(&asked.model)? else { panic!("a model stays one") };
        let bound = self.bound.with(model.sizes.clone(), model.captured.iter());
        let simulation = Simulation::new(self.program, &model.expression, &bound).map_err(failed)?;
        self.refuse_draws_beyond_memory(expression, simulation.quantities(), settings.replicates)?;
        let drawn = Draws { count: settings.replicates, seed: settings.seed, threads: settings.threads };
        let values = simulation.draw(drawn).map_err(failed)?;
        let drawn: Vec<(Drawn, ResultBuffer)> = simulation.quantities().iter().cloned().zip(values).collect();
        for (name, variable) in &asked.data {
            self.bind(*variable, site(&drawn, name, 0).into());
        }
        let Value::Model(fitted) = self.model(&asked.fitted)? else { panic!("a model stays one") };
        let first = self.bound.with(fitted.sizes.clone(), fitted.captured.iter());
        let posterior =
            Posterior::new(self.program, &fitted.expression, &first, &mut Unobserved).map_err(failed)?;
        // Compiled once, for all replicates; where it cannot be, the log density is not ranked.
        let _ = posterior.inverse();
        let simulated = Simulated { bound: self.bound, fitted: &fitted, data: &asked.data, drawn, posterior };
        let found = self.calibrated(&simulated, &settings);
        match found {
            found if found.ranks.is_empty() && found.failed.0 == 0 => Err(ScriptFailure::Interrupted),
            found if found.ranks.is_empty() => {
                let reason = found.failed.1.unwrap_or_default();
                let message = format!("no replicate could be sampled: {reason}");
                let fault = Diagnostic::error(codes::NOT_SAMPLED, expression.span, message);
                Err(ScriptFailure::Failed(Box::new(
                    fault.help("sample one posterior by `nuts` first, to see why"),
                )))
            }
            found => Ok(record(found)),
        }
    }

    /// Calibrates, watched by the host.
    fn calibrated(&mut self, simulated: &Simulated, settings: &Settings) -> Calibration {
        let shown = mcmc::Settings {
            seed: settings.seed,
            chains: 1,
            warmup: 0,
            draws: settings.replicates,
            threads: settings.threads,
            ..mcmc::Settings::default()
        };
        let progress = Arc::new(Progress::new(1));
        self.host.sampling_begins(&shown, &progress);
        let found = calibrate(simulated, settings, &progress);
        self.host.sampling_ended();
        found
    }

    fn number_between(
        &mut self,
        expression: &Expr,
        [least, most]: [usize; 2],
    ) -> Result<usize, ScriptFailure> {
        let number = self.integer(expression)?;
        let found = usize::try_from(number).ok().filter(|number| (least..=most).contains(number));
        found.ok_or_else(|| {
            let fault =
                Diagnostic::error(codes::BAD_OPTION, expression.span, "this option is outside its range")
                    .expected(format!("a whole number from {least} to {most}"))
                    .found(number.to_string())
                    .help("leave it out to have the default");
            ScriptFailure::Program(Box::new(fault))
        })
    }
}

/// What was drawn of a model, with the posterior of its data.
struct Simulated<'s> {
    bound: &'s Bound,
    fitted: &'s ModelValue,
    data: &'s [(Arc<str>, Variable)],
    drawn: Vec<(Drawn, ResultBuffer)>,
    /// That of the first replicate.
    posterior: Posterior,
}

impl Simulated<'_> {
    fn posterior_of(&self, replicate: usize) -> Result<Posterior, String> {
        let mut captured: BTreeMap<Variable, Vec<Datum>> = self.fitted.captured.clone();
        for (name, variable) in self.data {
            captured.insert(*variable, vec![site(&self.drawn, name, replicate)]);
        }
        let bound = self.bound.with(self.fitted.sizes.clone(), captured.iter());
        self.posterior.rebound(bound).map_err(|error| error.to_string())
    }
}

impl Replicates for Simulated<'_> {
    fn target(&self, replicate: usize) -> Result<Box<dyn Target + '_>, String> {
        Ok(Box::new(self.posterior_of(replicate)?))
    }

    /// None where the fitted model has sites that were not drawn.
    fn log_density(&self, replicate: usize) -> Option<f64> {
        let sites = self.posterior.sites().last().map_or(0, |last| last.range().end);
        let values: Vec<f64> = self.truth(replicate).into_iter().take(sites).collect::<Option<_>>()?;
        let mut position = vec![0.0; self.posterior.dimension()];
        let mut gradient = position.clone();
        let posterior = self.posterior_of(replicate).ok()?;
        posterior.unconstrain(&values, &mut position).ok()?;
        posterior.evaluation().log_density_gradient(&position, &mut gradient).ok()
    }

    fn truth(&self, replicate: usize) -> Vec<Option<f64>> {
        let value = |name: &str, shape: &[usize], entry: usize| {
            let (drawn, values) =
                self.drawn.iter().find(|(drawn, _)| drawn.name == name && drawn.shape == shape)?;
            Some(values.real(replicate * drawn.size() + entry))
        };
        let quantities = self.posterior.layout().quantities().iter();
        let entries =
            quantities.flat_map(|quantity| (0..quantity.size()).map(move |entry| (quantity, entry)));
        entries.map(|(quantity, entry)| value(&quantity.name, &quantity.shape, entry)).collect()
    }
}

/// A site of a replicate.
fn site(drawn: &[(Drawn, ResultBuffer)], name: &str, replicate: usize) -> Datum {
    let found = drawn.iter().find(|(drawn, _)| drawn.name == *name);
    let (drawn, values) = found.expect("the checker lets sites only be data");
    let size = drawn.size();
    datum(&drawn.shape, values.part(replicate * size..(replicate + 1) * size))
}

/// The value of a calibration.
fn record(found: Calibration) -> Value {
    let quantities = found.labels.len();
    let ranks: Vec<i64> = found.ranks.iter().flatten().map(|rank| *rank as i64).collect();
    let ranks = datum(&[found.ranks.len(), quantities], ResultBuffer::I64(ranks));
    let fields = [
        ("uniform".into(), Datum::from(found.is_uniform()).into()),
        ("p_values".into(), Datum::from(found.p_values.clone()).into()),
        ("ranks".into(), ranks.into()),
        ("report".into(), Value::Calibration(Arc::new(found))),
    ];
    Value::Record(fields.into())
}
