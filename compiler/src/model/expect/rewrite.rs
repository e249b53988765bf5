//! Walks a function, replacing expectations; everything else is copied.

use super::error::EstimatorError;
use super::rest::{Term, needed, needs_estimator, part, preferred, terms_of};
use crate::ir::kind::{Sample, Strategy};
use crate::ir::{
    Block, Builder, Dimension, Distribution, Function, Kind, Module, Operation, Polynomial, Reduction, Type,
    Value,
};
use rustc_hash::FxHashMap;

/// What values of the source are called in the result.
pub type Names = FxHashMap<Value, Value>;

pub fn rewrite(
    module: &Module,
    function: &Function,
    scored_only: bool,
) -> Result<Vec<Function>, EstimatorError> {
    let builder = Builder::new(function.name.clone(), function.sizes.clone());
    let (path, functions) = Default::default();
    let mut pass = Rewrite {
        module,
        source: function,
        builder,
        path,
        lanes: 0,
        seed: None,
        scored_only,
        inside_scored: false,
        functions,
    };
    let mut names = Names::default();
    for parameter in &function.parameters {
        let of = function.type_of(parameter.value).clone();
        names.insert(parameter.value, pass.builder.parameter(of, parameter.binding));
    }
    for operation in &function.body.operations {
        pass.emit(operation, &mut names)?;
    }
    let results = renamed(&function.body.results, &names);
    let functions = std::mem::take(&mut pass.functions);
    Ok(std::iter::once(pass.builder.finish(results)).chain(functions).collect())
}

/// The pass: a builder for the result and where in it we are.
pub struct Rewrite<'m> {
    pub module: &'m Module,
    pub source: &'m Function,
    pub builder: Builder,
    /// Indices of the loops around, and how many of them stand around the expectation.
    pub path: Vec<Value>,
    lanes: usize,
    /// The seed of the expectation around.
    seed: Option<Value>,
    /// Whether terms that no scored draw reaches are left out.
    scored_only: bool,
    /// Whether a scored draw stands before this place.
    inside_scored: bool,
    /// Functions that the result needs.
    pub functions: Vec<Function>,
}

/// The values under their new names.
pub fn renamed(values: &[Value], names: &Names) -> Vec<Value> {
    values.iter().map(|value| names[value]).collect()
}

impl<'m> Rewrite<'m> {
    /// Copies an operation; expectations become estimates and pathwise sites draws.
    pub fn emit(&mut self, operation: &'m Operation, names: &mut Names) -> Result<(), EstimatorError> {
        self.builder.origin = operation.origin;
        match &operation.kind {
            Kind::Expect => return self.expectation(operation, names),
            Kind::Sample(sample) => {
                let draw = self.draw(sample, operation, names)?;
                names.insert(operation.results[0], draw);
                return Ok(());
            }
            _ => {}
        }
        let mut regions = Vec::with_capacity(operation.regions.len());
        for region in &operation.regions {
            regions.push(self.region(&operation.kind, region, names, |pass, inner| {
                region.operations.iter().try_for_each(|operation| pass.emit(operation, inner))?;
                Ok(renamed(&region.results, inner))
            })?);
        }
        let operands = renamed(&operation.operands, names);
        self.push(operation.kind.clone(), operands, regions, operation, names);
        Ok(())
    }

    /// Pushes an operation with the result types of the source's.
    fn push(
        &mut self,
        kind: Kind,
        operands: Vec<Value>,
        regions: Vec<Block>,
        like: &Operation,
        names: &mut Names,
    ) {
        let types = like.results.iter().map(|value| self.source.type_of(*value).clone()).collect();
        let results = self.builder.push_typed(kind, operands, regions, types);
        names.extend(like.results.iter().copied().zip(results));
    }

    /// A region of the result for a region of the source; the body is given the names inside.
    pub fn region(
        &mut self,
        kind: &Kind,
        region: &'m Block,
        names: &Names,
        body: impl FnOnce(&mut Self, &mut Names) -> Result<Vec<Value>, EstimatorError>,
    ) -> Result<Block, EstimatorError> {
        let types = region.parameters.iter().map(|value| self.source.type_of(*value).clone()).collect();
        self.region_with(kind, region, types, names, |pass, inner, _| body(pass, inner))
    }

    /// Like [`Self::region`], with parameters of these types of which the first are the source's; the body is given
    /// the further ones.
    pub fn region_with(
        &mut self,
        kind: &Kind,
        region: &'m Block,
        parameters: Vec<Type>,
        names: &Names,
        body: impl FnOnce(&mut Self, &mut Names, &[Value]) -> Result<Vec<Value>, EstimatorError>,
    ) -> Result<Block, EstimatorError> {
        let mut inner = names.clone();
        let parameters = self.builder.begin(parameters);
        inner.extend(region.parameters.iter().copied().zip(parameters.iter().copied()));
        let depth = self.path.len();
        self.path.extend(&parameters[..indices(kind, region)]);
        let results = body(self, &mut inner, &parameters[region.parameters.len()..]);
        self.path.truncate(depth);
        Ok(self.builder.end(results?))
    }

    fn expectation(&mut self, operation: &'m Operation, names: &mut Names) -> Result<(), EstimatorError> {
        let around = self.seed.replace(names[&operation.operands[0]]);
        let lanes = std::mem::replace(&mut self.lanes, self.path.len());
        let region = &operation.regions[0];
        let operations: Vec<&Operation> = region.operations.iter().collect();
        for (result, root) in operation.results.iter().zip(&region.results) {
            let terms = terms_of(&operations, *root);
            let estimate = self.estimate(&operations, terms, names.clone())?;
            names.insert(*result, estimate);
        }
        (self.seed, self.lanes) = (around, lanes);
        Ok(())
    }

    /// An estimate of the expectation of the terms over the sites of the operations.
    pub fn estimate(
        &mut self,
        operations: &[&'m Operation],
        terms: Vec<Term>,
        mut names: Names,
    ) -> Result<Value, EstimatorError> {
        let rest = needed(operations, &terms);
        for (position, operation) in rest.iter().enumerate() {
            if !self.needs_estimator(operation) {
                self.emit(operation, &mut names)?;
                continue;
            }
            let after = &rest[position + 1..];
            let (dependent, apart) = part(after, terms, &operation.results);
            let apart =
                if apart.is_empty() { None } else { Some(self.estimate(after, apart, names.clone())?) };
            let around = std::mem::replace(&mut self.inside_scored, true);
            let joined = self.site(operation, after, dependent, names);
            self.inside_scored = around;
            let joined = joined?;
            return Ok(apart.map_or(joined, |apart| self.builder.add(apart, joined)));
        }
        if self.scored_only && !self.inside_scored {
            return Ok(self.builder.f64(0.0));
        }
        Ok(self.sum(&terms, &names))
    }

    fn sum(&mut self, terms: &[Term], names: &Names) -> Value {
        let mut sum = None;
        for term in terms {
            let value = names[&term.value];
            sum = Some(match (sum, term.negative) {
                (None, false) => value,
                (None, true) => self.builder.neg(value),
                (Some(sum), false) => self.builder.add(sum, value),
                (Some(sum), true) => self.builder.sub(sum, value),
            });
        }
        sum.unwrap_or_else(|| self.builder.f64(0.0))
    }

    /// The terms that depend on an operation which holds sites.
    fn site(
        &mut self,
        operation: &'m Operation,
        after: &[&'m Operation],
        terms: Vec<Term>,
        names: Names,
    ) -> Result<Value, EstimatorError> {
        let own = terms.iter().all(|term| operation.results.contains(&term.value));
        match &operation.kind {
            Kind::Sample(sample) => match self.strategy(sample)? {
                Strategy::Enumerate => self.enumerate(operation, sample, after, terms, names),
                Strategy::MeasureValued => self.measure_valued(operation, sample, after, terms, names),
                _ => self.scored(operation, after, terms, names),
            },
            Kind::Reduce(Reduction::Add, _) | Kind::If if own => self.inside(operation, &terms, &names),
            _ => match self.eliminated(operation, after, &terms, &names)? {
                Some(estimate) => Ok(estimate),
                None => self.scored(operation, after, terms, names),
            },
        }
    }

    /// Terms that are results of a sum over a loop, or of a branch, estimated inside it.
    fn inside(
        &mut self,
        operation: &'m Operation,
        terms: &[Term],
        names: &Names,
    ) -> Result<Value, EstimatorError> {
        let mut regions = Vec::with_capacity(operation.regions.len());
        let wanted: Vec<usize> = terms
            .iter()
            .filter_map(|term| operation.results.iter().position(|result| *result == term.value))
            .collect();
        for region in &operation.regions {
            let operations: Vec<&Operation> = region.operations.iter().collect();
            regions.push(self.region(&operation.kind, region, names, |pass, inner| {
                let estimates = wanted.iter().map(|position| {
                    let terms = terms_of(&operations, region.results[*position]);
                    pass.estimate(&operations, terms, inner.clone())
                });
                estimates.collect()
            })?);
        }
        let operands = renamed(&operation.operands, names);
        let results = self.builder.push(operation.kind.clone(), operands, regions);
        let estimates: Names =
            wanted.iter().map(|position| operation.results[*position]).zip(results).collect();
        Ok(self.sum(terms, &estimates))
    }

    /// Whether an operation holds sites whose estimators do more than draw.
    pub fn needs_estimator(&self, operation: &Operation) -> bool {
        needs_estimator(operation, &|site| match &site.kind {
            Kind::Sample(sample) => matches!(self.strategy(sample), Ok(Strategy::Reparam)),
            _ => false,
        })
    }

    /// The distribution of a site.
    pub fn distribution(&self, sample: &Sample) -> Result<&'m Distribution, EstimatorError> {
        let unknown = || EstimatorError::UnknownDistribution {
            site: sample.site.clone(),
            distribution: sample.distribution.clone(),
        };
        self.module.distributions.get(&sample.distribution).ok_or_else(unknown)
    }

    /// The strategy of a site, which its distribution has.
    pub fn strategy(&self, sample: &Sample) -> Result<Strategy, EstimatorError> {
        let distribution = self.distribution(sample)?;
        let finite = distribution.support_size.is_some();
        let strategy = sample.strategy.unwrap_or_else(|| preferred(distribution.reparameterized, finite));
        if distribution.has(strategy) {
            return Ok(strategy);
        }
        let (site, distribution) = (sample.site.clone(), sample.distribution.clone());
        Err(EstimatorError::Lacks { site, distribution, strategy })
    }

    /// A draw: the distribution's `sample` of the arguments and the site's noise.
    pub fn draw(
        &mut self,
        sample: &Sample,
        operation: &Operation,
        names: &Names,
    ) -> Result<Value, EstimatorError> {
        let distribution = self.distribution(sample)?;
        let [first, second] = self.bits(sample, operation, names, 0)?;
        let mut operands = renamed(arguments(sample, operation), names);
        operands.extend([first, second]);
        Ok(self.call(&distribution.sample, operands)[0])
    }

    /// Random bits of a site, a function of its name, the role, the loops around the expectation, the site's own
    /// indices, and the loops that are none of them. Without loops around it is what a simulation draws.
    pub fn bits(
        &mut self,
        sample: &Sample,
        operation: &Operation,
        names: &Names,
        role: u64,
    ) -> Result<[Value; 2], EstimatorError> {
        let seed = self.seed.ok_or_else(|| EstimatorError::Stray { site: sample.site.clone() })?;
        let (lanes, inner) = self.path.split_at(self.lanes);
        let first = arguments(sample, operation).len();
        let own = renamed(&operation.operands[first..first + sample.indices], names);
        let others = inner.iter().copied().filter(|index| !own.contains(index));
        let operands = [&[seed], lanes, &own].concat().into_iter().chain(others).collect();
        let kind = Kind::Bits { site: sample.number(role) };
        let bits = self.builder.push(kind, operands, Vec::new());
        Ok([bits[0], bits[1]])
    }

    /// Calls a function of the module, whose sizes follow from the operands.
    ///
    /// # Panics
    /// If they do not: the verifier admits no such distribution.
    pub fn call(&mut self, function: &str, operands: Vec<Value>) -> Vec<Value> {
        let called = &self.module.functions[function];
        let types = operands.iter().map(|operand| self.builder.type_of(*operand));
        let sizes =
            sizes(called, types).unwrap_or_else(|| panic!("nothing decides the sizes of @{function}"));
        let types = called.result_types().map(|of| of.substitute(&sizes)).collect();
        let kind = Kind::Call { function: function.to_string(), sizes };
        self.builder.push_typed(kind, operands, Vec::new(), types)
    }
}

/// The sizes of a function whose parameters have every size as the extent of some axis.
fn sizes<'t>(function: &Function, operands: impl Iterator<Item = &'t Type>) -> Option<Vec<Polynomial>> {
    let mut sizes = vec![None; function.sizes.len()];
    for (of, operand) in function.parameter_types().zip(operands) {
        for pair in of.shape.iter().zip(&operand.shape) {
            if let (Dimension::Size(size), Dimension::Size(found)) = pair
                && let Some(variable) = size.as_variable()
            {
                sizes[variable.0 as usize] = Some(found.clone());
            }
        }
    }
    sizes.into_iter().collect()
}

/// How many of a region's parameters are loop indices.
fn indices(kind: &Kind, region: &Block) -> usize {
    match kind {
        Kind::Map(_) | Kind::Reduce(..) => region.parameters.len(),
        Kind::Scan { .. } => 1,
        _ => 0,
    }
}

/// The operands that are the distribution's arguments.
pub fn arguments<'o>(sample: &Sample, operation: &'o Operation) -> &'o [Value] {
    let baseline = usize::from(matches!(sample.strategy, Some(Strategy::Reinforce { baseline: true })));
    &operation.operands[..operation.operands.len() - sample.indices - baseline]
}
