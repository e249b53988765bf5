//! `save(fit, "report.html")`: what the page of a fit shows besides its draws is drawn here, from the fit's own model.

use ansatz_compiler::codegen::ResultBuffer;
use ansatz_compiler::ir::Element;

use super::Script;
use super::value::ModelValue;
use crate::draws::Draws;
use crate::mcmc::Fit;
use crate::output::{Check, Report};
use crate::program::{self, Drawn, Joint, Replications};

/// Draws of the prior, draws of the posterior that have replications, and numbers that any of these may take.
const PRIOR: usize = 1_000;
const REPLICATIONS: usize = 200;
const MOST_NUMBERS: usize = 4_000_000;

impl Script<'_> {
    /// The report of a fit.
    pub(super) fn report<'f>(&self, fit: &'f Fit, model: &ModelValue) -> Report<'f> {
        let name = self.program.sources.get(ansatz_grammar::span::SourceId(0)).name.clone();
        let name = std::path::Path::new(&name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let bound = self.bound.with(model.sizes.clone(), model.captured.iter());
        let unknown = || "the model of this fit is of a form that cannot be drawn anew".to_owned();
        let joint = Joint::new(self.program, &model.expression, &bound);
        let prior = joint.as_ref().ok_or_else(unknown).and_then(|joint| self.prior(fit, joint));
        let checks = joint.as_ref().ok_or_else(unknown).and_then(|joint| self.checks(fit, joint));
        Report { name, fit, prior, checks }
    }

    /// Draws of each component of a fit from the prior.
    fn prior(&self, fit: &Fit, joint: &Joint) -> Result<Vec<Option<Vec<f64>>>, String> {
        let width = fit.draws.layout().length().max(1);
        let count = PRIOR.min(MOST_NUMBERS / width);
        let draws = program::Draws { count, seed: fit.settings.seed, threads: self.host.threads() };
        let values = joint.prior(draws)?;
        let component = |(name, entry): (&str, usize)| {
            let (drawn, numbers) = values.iter().find(|(drawn, _)| drawn.name == name)?;
            let numbers = reals(numbers);
            Some(numbers.into_iter().skip(entry).step_by(drawn.size()).collect())
        };
        let quantities = fit.draws.layout().quantities().iter();
        let names =
            quantities.flat_map(|quantity| (0..quantity.size()).map(|entry| (quantity.name.as_str(), entry)));
        Ok(names.map(component).collect())
    }

    /// The given sites of a fit's model against their replications.
    fn checks(&self, fit: &Fit, joint: &Joint) -> Result<Vec<Check>, String> {
        if fit.draws.is_empty() {
            return Err("there are no draws".to_owned());
        }
        let some = thinned(&fit.draws, REPLICATIONS);
        let Replications { observed, replicated } =
            joint.replications(&some, fit.settings.seed, self.host.threads())?;
        let check = |(drawn, values): &(Drawn, ResultBuffer)| {
            let (_, all) = replicated.iter().find(|(other, _)| other.name == drawn.name)?;
            let (observed, all) = (reals(values), reals(all));
            let known: Vec<usize> =
                (0..observed.len()).filter(|entry| observed[*entry].is_finite()).collect();
            let of = |row: &[f64]| known.iter().map(|entry| row[*entry]).collect::<Vec<f64>>();
            (!known.is_empty()).then(|| Check {
                site: drawn.name.clone(),
                whole: drawn.element != Element::F64,
                replicated: all.chunks(observed.len()).map(of).collect(),
                observed: of(&observed),
            })
        };
        Ok(observed.iter().filter_map(check).collect())
    }
}

/// Some of the draws, as one chain.
fn thinned(draws: &Draws, most: usize) -> Draws {
    let count = draws.chains() * draws.length();
    let rows = (0..count).step_by(count.div_ceil(most).max(1));
    let values = rows.flat_map(|row| draws.draw(row / draws.length(), row % draws.length()));
    Draws::new(draws.layout().clone(), vec![values.copied().collect()])
}

fn reals(values: &ResultBuffer) -> Vec<f64> {
    (0..values.len()).map(|entry| values.real(entry)).collect()
}
