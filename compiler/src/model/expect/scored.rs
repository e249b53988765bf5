//! Score-function estimators, of a single site or of all sites of a region jointly.
//!
//! Draws are stopped; the sum of their log densities rides along: as a further result of a map, summed, as a further
//! state of a scan. The rest k is multiplied by exp(lp - stop lp), which is 1 and whose derivative is the score. A
//! baseline b of a site, which must not depend on its draw, subtracts stop(b) * (exp(lp_site - stop lp_site) - 1),
//! which is 0 and whose derivative has mean 0.

use super::error::EstimatorError;
use super::rest::Term;
use super::rewrite::{Names, Rewrite, arguments, renamed};
use crate::ir::kind::{Check, Sample, Strategy};
use crate::ir::{Block, Kind, Operation, Reduction, Type, Value};

/// What rides along: the sum of log densities, and of control variates where any site has a baseline.
type Scores = Vec<Value>;

impl<'m> Rewrite<'m> {
    /// The rest after an operation whose sites are scored.
    pub fn scored(
        &mut self,
        operation: &'m Operation,
        after: &[&'m Operation],
        terms: Vec<Term>,
        mut names: Names,
    ) -> Result<Value, EstimatorError> {
        let width = 1 + usize::from(has_baseline(operation));
        let scores = self.emit_scored(operation, &mut names, width)?;
        let rest = self.estimate(after, terms, names)?;
        let factor = self.likelihood_ratio(scores[0]);
        let product = self.builder.mul(rest, factor);
        Ok(scores.get(1).map_or(product, |control| self.builder.sub(product, *control)))
    }

    /// exp(lp - stop lp).
    fn likelihood_ratio(&mut self, lp: Value) -> Value {
        let fixed = self.stop(lp);
        let difference = self.builder.sub(lp, fixed);
        self.builder.primitive("exp", &[difference])
    }

    /// Emits an operation that holds sites, and gives their scores.
    fn emit_scored(
        &mut self,
        operation: &'m Operation,
        names: &mut Names,
        width: usize,
    ) -> Result<Scores, EstimatorError> {
        if let Kind::Sample(sample) = &operation.kind {
            return self.scored_draw(operation, sample, names, width);
        }
        match &operation.kind {
            Kind::Map(_) | Kind::Accumulate(_) | Kind::If | Kind::Reduce(Reduction::Add, _) => {
                let regions = operation
                    .regions
                    .iter()
                    .map(|region| self.scored_region(&operation.kind, region, names, width));
                let regions = regions.collect::<Result<_, _>>()?;
                let operands = renamed(&operation.operands, names);
                let results = self.builder.push(operation.kind.clone(), operands, regions);
                let (own, scores) = results.split_at(operation.results.len());
                names.extend(operation.results.iter().copied().zip(own.iter().copied()));
                Ok(scores.iter().map(|score| self.total(&operation.kind, *score, operation, names)).collect())
            }
            Kind::Scan { carried, .. } => self.scored_scan(operation, *carried, names, width),
            _ => Err(EstimatorError::Unscorable { site: first_site(operation) }),
        }
    }

    /// The draws of a map are scored entry by entry; their sum is what counts.
    fn total(&mut self, kind: &Kind, score: Value, operation: &Operation, names: &Names) -> Value {
        let Kind::Map(bounds) = kind else { return score };
        let run = renamed(&operation.operands, names);
        self.builder.reduce(Reduction::Add, bounds.clone(), run, |builder, indices| {
            vec![builder.index(score, indices, Check::Proved)]
        })[0]
    }

    fn scored_region(
        &mut self,
        kind: &Kind,
        region: &'m Block,
        names: &Names,
        width: usize,
    ) -> Result<Block, EstimatorError> {
        self.region(kind, region, names, |pass, inner| {
            let scores = pass.scored_operations(region, inner, width)?;
            Ok([renamed(&region.results, inner), scores].concat())
        })
    }

    fn scored_operations(
        &mut self,
        region: &'m Block,
        names: &mut Names,
        width: usize,
    ) -> Result<Scores, EstimatorError> {
        let mut sums: Option<Scores> = None;
        for operation in &region.operations {
            if !self.needs_estimator(operation) {
                self.emit(operation, names)?;
                continue;
            }
            let scores = self.emit_scored(operation, names, width)?;
            sums = Some(match sums {
                None => scores,
                Some(sums) => {
                    sums.iter().zip(scores).map(|(sum, score)| self.builder.add(*sum, score)).collect()
                }
            });
        }
        Ok(sums.unwrap_or_else(|| (0..width).map(|_| self.builder.f64(0.0)).collect()))
    }

    /// A scan whose further states are the scores so far.
    fn scored_scan(
        &mut self,
        operation: &'m Operation,
        carried: usize,
        names: &mut Names,
        width: usize,
    ) -> Result<Scores, EstimatorError> {
        let Kind::Scan { bound, reverse, .. } = &operation.kind else {
            unreachable!("the caller has a scan")
        };
        let region = &operation.regions[0];
        let states = operation.operands.len();
        let mut parameters: Vec<Type> =
            region.parameters.iter().map(|value| self.source.type_of(*value).clone()).collect();
        parameters.extend(vec![Type::f64(); width]);
        let body = self.region_with(&operation.kind, region, parameters, names, |pass, inner, sums| {
            let scores = pass.scored_operations(region, inner, width)?;
            let next: Vec<Value> =
                sums.iter().zip(scores).map(|(sum, score)| pass.builder.add(*sum, score)).collect();
            let mut results = renamed(&region.results, inner);
            results.splice(carried..carried, next);
            Ok(results)
        })?;
        let mut operands = renamed(&operation.operands, names);
        debug_assert_eq!(operands.len(), states);
        operands.extend((0..width).map(|_| self.builder.f64(0.0)).collect::<Vec<_>>());
        let kind = Kind::Scan { bound: bound.clone(), carried: carried + width, reverse: *reverse };
        let mut results = self.builder.push(kind, operands, vec![body]);
        let scores = results.splice(carried..carried + width, []).collect();
        names.extend(operation.results.iter().copied().zip(results));
        Ok(scores)
    }

    fn scored_draw(
        &mut self,
        operation: &'m Operation,
        sample: &Sample,
        names: &mut Names,
        width: usize,
    ) -> Result<Scores, EstimatorError> {
        let strategy = self.strategy(sample)?;
        let Strategy::Reinforce { baseline } = strategy else {
            return Err(EstimatorError::Escapes { site: sample.site.clone(), strategy });
        };
        let draw = self.draw(sample, operation, names)?;
        let draw = self.stop(draw);
        let operands = [renamed(arguments(sample, operation), names), vec![draw]].concat();
        names.insert(operation.results[0], draw);
        let lp = self.call(&self.distribution(sample)?.log_density, operands)[0];
        let mut scores = vec![lp];
        if width == 2 {
            scores.push(self.control(operation, baseline, lp, names));
        }
        Ok(scores)
    }

    /// stop(b) * (exp(lp - stop lp) - 1), or 0 for a site without a baseline.
    fn control(&mut self, operation: &Operation, baseline: bool, lp: Value, names: &Names) -> Value {
        if !baseline {
            return self.builder.f64(0.0);
        }
        let baseline = names[operation.operands.last().expect("the baseline is the last operand")];
        let baseline = self.stop(baseline);
        let ratio = self.likelihood_ratio(lp);
        let one = self.builder.f64(1.0);
        let change = self.builder.sub(ratio, one);
        self.builder.mul(baseline, change)
    }
}

fn has_baseline(operation: &Operation) -> bool {
    match &operation.kind {
        Kind::Sample(sample) => sample.strategy == Some(Strategy::Reinforce { baseline: true }),
        _ => operation.regions.iter().flat_map(|region| &region.operations).any(has_baseline),
    }
}

/// The name of the first site in an operation that holds one.
fn first_site(operation: &Operation) -> String {
    let own = match &operation.kind {
        Kind::Sample(sample) => Some(sample.site.clone()),
        _ => None,
    };
    let mut inner = operation.regions.iter().flat_map(|region| &region.operations).map(first_site);
    own.or_else(|| inner.find(|site| !site.is_empty())).unwrap_or_default()
}
