//! The site dialect by handlers: one draws every site, the other reads them from a trace; both add up log densities.
//!
//! `expect` is estimated by plain Monte Carlo: its region runs a number of times with draws of its own, which stand
//! in no trace and add no density.

use super::{Call, Failure, Frame, Interpreter, Options};
use crate::ir::data::{Distribution, Function, Operation};
use crate::ir::datum::Datum;
use crate::ir::kind::{Sample, Strategy};
use crate::ir::types::Dimension;
use crate::kernels::random::bits;
use std::collections::BTreeMap;

/// Values by name and indices.
pub type Trace = BTreeMap<(String, Vec<i64>), Datum>;

/// What a run of a model gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Its results.
    pub results: Vec<Datum>,
    /// The value of each site.
    pub trace: Trace,
    /// The sum of the sites' log densities and all scores.
    pub log_density: f64,
    /// What `track` keeps, by name and the indices of the loops around it.
    pub tracked: Trace,
}

/// Draws every site.
pub fn simulate(call: &Call, seed: i64, options: &Options) -> Result<Outcome, Failure> {
    run(call, Sites { seed: Some(seed), ..Sites::default() }, options)
}

/// Takes every site's value from the trace.
pub fn log_density(call: &Call, trace: &Trace, options: &Options) -> Result<Outcome, Failure> {
    run(call, Sites { given: trace.clone(), ..Sites::default() }, options)
}

fn run(call: &Call, sites: Sites, options: &Options) -> Result<Outcome, Failure> {
    let mut interpreter = Interpreter::new(call.module, options);
    interpreter.sites = Some(sites);
    let results = interpreter.run(call)?;
    let sites = interpreter.sites.expect("the handlers stay in place");
    Ok(Outcome { results, trace: sites.trace, log_density: sites.log_density, tracked: sites.tracked })
}

/// State of the handlers.
#[derive(Default)]
pub(super) struct Sites {
    /// Sites are drawn with it; without it they are given.
    seed: Option<i64>,
    given: Trace,
    trace: Trace,
    tracked: Trace,
    log_density: f64,
    /// Inside expectations: the seed of the innermost, and which draw of each is at work.
    expectation: Option<(i64, Vec<i64>)>,
}

impl Interpreter<'_> {
    fn handlers(&mut self, frame: &Frame, operation: &Operation) -> Result<&mut Sites, Failure> {
        self.sites.as_mut().ok_or_else(|| Failure::Unresolved { place: frame.place(operation) })
    }

    /// `sample %x = @dist(args) site s[idx]`.
    pub(super) fn sample(
        &mut self,
        frame: &mut Frame,
        operation: &Operation,
        sample: &Sample,
    ) -> Result<Datum, Failure> {
        let wrong = |reason: String| Failure::Site { place: frame.place(operation), reason };
        let module = self.module;
        let unknown = || wrong(format!("no distribution is named @{}", sample.distribution));
        let distribution = module.distributions.get(&sample.distribution).ok_or_else(unknown)?;
        let baseline = usize::from(sample.strategy == Some(Strategy::Reinforce { baseline: true }));
        let count = operation.operands.len() - baseline - sample.indices;
        let arguments = frame.all(&operation.operands[..count]);
        let indices = &operation.operands[count..count + sample.indices];
        let indices: Vec<i64> = indices.iter().map(|value| frame.integer(*value)).collect();
        let sites = self.handlers(frame, operation)?;
        if let Some((seed, mut draws)) = sites.expectation.clone() {
            draws.extend(indices);
            let words = bits(seed, sample.number(0), &draws);
            return self.draw(frame, operation, distribution, words, arguments);
        }
        let key = (sample.site.clone(), indices);
        let x = match sites.seed {
            Some(seed) => {
                let words = bits(seed, sample.number(0), &key.1);
                self.draw(frame, operation, distribution, words, arguments.clone())?
            }
            None => {
                let found = sites.given.get(&key).cloned();
                found.ok_or_else(|| wrong(format!("the trace has no site {}{:?}", key.0, key.1)))?
            }
        };
        let with_x = [arguments, vec![x.clone()]].concat();
        let density = self.apply(frame, operation, &distribution.log_density, with_x)?;
        let sites = self.handlers(frame, operation)?;
        sites.log_density += density.as_f64().unwrap_or(f64::NAN);
        if sites.trace.insert(key, x.clone()).is_some() {
            return Err(wrong(format!("site {} has one value twice", sample.site)));
        }
        Ok(x)
    }

    /// A draw made of two random words.
    fn draw(
        &mut self,
        frame: &Frame,
        operation: &Operation,
        distribution: &Distribution,
        words: [u64; 2],
        mut arguments: Vec<Datum>,
    ) -> Result<Datum, Failure> {
        arguments.extend(words.map(|word| Datum::from(word as i64)));
        self.apply(frame, operation, &distribution.sample, arguments)
    }

    /// Applies a distribution's function, whose sizes follow from its arguments.
    fn apply(
        &mut self,
        frame: &Frame,
        operation: &Operation,
        name: &str,
        arguments: Vec<Datum>,
    ) -> Result<Datum, Failure> {
        let sizes = self.module.functions.get(name).and_then(|function| sizes_from(function, &arguments));
        let Some(sizes) = sizes else {
            let reason = format!("the arguments do not decide the sizes of @{name}");
            return Err(Failure::Site { place: frame.place(operation), reason });
        };
        Ok(self.nested(frame, operation, name, sizes, arguments)?.swap_remove(0))
    }

    /// `score %lp`.
    pub(super) fn score(&mut self, frame: &Frame, operation: &Operation) -> Result<(), Failure> {
        let score = frame.get(operation.operands[0]).as_f64().unwrap_or(f64::NAN);
        let sites = self.handlers(frame, operation)?;
        if sites.expectation.is_some() {
            let reason = "an expectation is over draws, not weighted by a score".into();
            return Err(Failure::Site { place: frame.place(operation), reason });
        }
        sites.log_density += score;
        Ok(())
    }

    /// `track %x as name`; inside an expectation nothing is kept.
    pub(super) fn track(&mut self, frame: &Frame, operation: &Operation, name: &str) -> Result<(), Failure> {
        let value = frame.get(operation.operands[0]).clone();
        let key = (name.to_string(), self.path.clone());
        let sites = self.handlers(frame, operation)?;
        if sites.expectation.is_none() {
            sites.tracked.insert(key, value);
        }
        Ok(())
    }

    /// `expect %seed {..}`: the mean of the region's results over draws.
    pub(super) fn expect(&mut self, frame: &mut Frame, operation: &Operation) -> Result<Vec<Datum>, Failure> {
        let seed = frame.integer(operation.operands[0]);
        let draws = self.options.draws.max(1);
        let outer = self.handlers(frame, operation)?.expectation.clone();
        let around = outer.as_ref().map_or(Vec::new(), |(_, draws)| draws.clone());
        let mut sums = vec![0.0; operation.results.len()];
        for draw in 0..i64::from(draws) {
            let draws = [around.clone(), vec![draw]].concat();
            self.handlers(frame, operation)?.expectation = Some((seed, draws));
            let results = self.block(frame, &operation.regions[0])?;
            for (sum, result) in sums.iter_mut().zip(&results) {
                *sum += result.as_f64().unwrap_or(f64::NAN);
            }
        }
        self.handlers(frame, operation)?.expectation = outer;
        Ok(sums.into_iter().map(|sum| Datum::from(sum / f64::from(draws))).collect())
    }
}

/// The sizes of a function whose parameters have every size as the extent of some axis.
fn sizes_from(function: &Function, arguments: &[Datum]) -> Option<Vec<i64>> {
    let mut sizes = vec![None; function.sizes.len()];
    for (of, argument) in function.parameter_types().zip(arguments) {
        for (dimension, extent) in of.shape.iter().zip(argument.shape()) {
            let Dimension::Size(size) = dimension else { continue };
            if let Some(variable) = size.as_variable() {
                sizes[variable.0 as usize] = i64::try_from(*extent).ok();
            }
        }
    }
    sizes.into_iter().collect()
}
