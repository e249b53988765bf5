//! Discrete sites summed out: a joint density in which they are parameters becomes one without them.
//!
//! What disappears: the sites' parameters, and the terms that read them. What appears: sums over their states, along
//! the terms' dependencies. The joint density is a sum of terms inside loops (`factor`); each reads entries of sites
//! at indices that are affine in its loops (`affine`). An elimination takes all terms that read an entry of a site,
//! placed so that this entry is the one at hand (`place`), and replaces them by the log of the sum over its states:
//! a factor of the other entries that they read, in a loop over the site's entries, so never a product over them.
//! Where entries are coupled along one axis that sum is the forward algorithm (`chain`, `scaled`). `plan` orders
//! eliminations; run backwards they draw the sites from their exact conditionals (`draw`).
//!
//! Variable elimination: Zhang and Poole 1994. Over loops as plates: Obermeyer et al. 2019.

mod affine;
mod chain;
mod draw;
mod emit;
mod expose;
mod factor;
mod guard;
mod place;
mod plan;
mod refusal;
mod scaled;

pub use refusal::Refusal;

use crate::ir::{Binding, Builder, Function, Polynomial, Type, Value};
use crate::transform::prune::prune;
use crate::transform::rebuild::Rebuild;
use crate::transform::share::share;
use crate::transform::simplify::simplify;
use emit::Emitter;
use factor::Terms;
use plan::Plan;
use rustc_hash::FxHashMap;

/// A site to be summed out: a parameter of the joint density.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// The parameter: integers or truth values.
    pub value: Value,
    /// Extents of its axes.
    pub extents: Vec<Polynomial>,
    /// How many states an entry has.
    pub states: Polynomial,
    /// The first of them.
    pub first: Polynomial,
}

/// A joint density, its terms the results of a function.
pub struct Joint {
    function: Function,
    sites: Vec<Site>,
}

/// Functions made of a joint density.
pub struct Made {
    /// The function asked for, then those that it calls.
    pub functions: Vec<Function>,
    /// Which results of the joint density depend on no site; they are the first results, where terms were asked for.
    pub free: Vec<usize>,
}

/// One elimination, for reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summed {
    /// The sites, numbered as they were listed.
    pub sites: Vec<usize>,
    /// How many steps a chain reaches back; 0 where entries are independent.
    pub lag: usize,
    /// How many entries stand together.
    pub width: usize,
    /// How many combinations of states those have.
    pub combinations: Polynomial,
    /// At how many places.
    pub places: Polynomial,
}

impl Joint {
    /// A function whose results are the terms of a log density.
    pub fn new(mut function: Function, sites: Vec<Site>) -> Self {
        simplify(&mut function);
        share(&mut function);
        let values: Vec<Value> = sites.iter().map(|site| site.value).collect();
        let mut exposed = expose::expose(&function, &values);
        simplify(&mut exposed);
        share(&mut exposed);
        prune(&mut exposed);
        let sites = sites.into_iter().map(|site| {
            let place = function.parameters.iter().position(|parameter| parameter.value == site.value);
            Site { value: exposed.parameters[place.expect("a site is a parameter")].value, ..site }
        });
        let sites = sites.collect();
        Self { function: exposed, sites }
    }

    /// The marginal density: its terms, those without sites first and what is summed out last, or their total.
    pub fn density(&self, name: &str, total: bool) -> Result<Made, Refusal> {
        let (terms, plan) = self.plan()?;
        let mut emitter = self.emitter(name, &terms);
        let results = &self.function.body.results;
        let free: Vec<usize> = (0..results.len()).filter(|at| !terms.is_dependent(results[*at])).collect();
        let mut values: Vec<Value> = free.iter().map(|at| emitter.base.value(results[*at])).collect();
        let summed = plan.rest.iter().map(|factor| {
            let loops = vec![None; factor.loops.len()];
            emitter.factor(factor, &loops, &[])
        });
        let mut summed: Vec<Value> = summed.collect();
        summed.extend(plan.checks().iter().map(|(extent, index)| emitter.zero_if_inside(extent, index)));
        values.push(emitter.sum_of(summed));
        if total {
            values = vec![emitter.sum_of(values)];
        }
        Ok(Made { functions: emitter.finish(values), free })
    }

    /// Draws of the sites given everything else: `(parameters without the sites, seed, number of the draw) -> sites`.
    pub fn draws(&self, name: &str) -> Result<Made, Refusal> {
        let (terms, plan) = self.plan()?;
        let mut emitter = self.emitter(name, &terms);
        let seed = [0; 2].map(|_| emitter.builder.parameter(Type::i64(), Binding::Live));
        let mut drawn = vec![None; self.sites.len()];
        for step in plan.steps.iter().rev() {
            emitter.draw(step, seed, &mut drawn);
        }
        let values = drawn.into_iter().map(|value| value.expect("every site is summed out")).collect();
        Ok(Made { functions: emitter.finish(values), free: Vec::new() })
    }

    /// The eliminations, in order.
    pub fn report(&self) -> Result<Vec<Summed>, Refusal> {
        let (_, plan) = self.plan()?;
        Ok(plan.steps.iter().map(|step| plan::summed(step, &self.sites)).collect())
    }

    /// The function's results as they are, where none depends on a site; else the position of one that does.
    pub fn without_sites(&self, name: &str) -> Result<Function, usize> {
        let terms = Terms::new(&self.function, &self.sites);
        let results = &self.function.body.results;
        if let Some(position) = results.iter().position(|value| terms.is_dependent(*value)) {
            return Err(position);
        }
        let emitter = self.emitter(name, &terms);
        let values = emitter.base.all(results);
        Ok(emitter.builder.finish(values))
    }

    fn plan(&self) -> Result<(Terms<'_>, Plan<'_>), Refusal> {
        let terms = Terms::new(&self.function, &self.sites);
        let mut found = Vec::new();
        for result in &self.function.body.results {
            if terms.is_dependent(*result) {
                found.extend(terms.of(*result)?);
            }
        }
        let plan = plan::plan(found, &self.sites, self.function.types.len() as u32)?;
        Ok((terms, plan))
    }

    /// A function with the parameters of this one, sites apart, and what depends on none of them.
    fn emitter<'f>(&'f self, name: &str, terms: &Terms<'f>) -> Emitter<'f> {
        let mut builder = Builder::new(name, self.function.sizes.clone());
        let mut base = Rebuild::new(&self.function);
        base.check = true;
        for parameter in &self.function.parameters {
            if self.sites.iter().all(|site| site.value != parameter.value) {
                let of = self.function.type_of(parameter.value).clone();
                base.bind(parameter.value, builder.parameter(of, parameter.binding));
            }
        }
        for operation in &self.function.body.operations {
            if !operation.reads().any(|value| terms.is_dependent(value)) {
                base.operation(&mut builder, operation);
            }
        }
        Emitter { builder, sites: &self.sites, source: &self.function, base, guarded: FxHashMap::default() }
    }
}

impl Emitter<'_> {
    fn finish(self, results: Vec<Value>) -> Vec<Function> {
        let mut function = self.builder.finish(results);
        prune(&mut function);
        let mut made: Vec<(Value, guard::Guarded)> = self.guarded.into_iter().collect();
        made.sort_by_key(|(root, _)| *root);
        std::iter::once(function).chain(made.into_iter().flat_map(|(_, term)| term.functions)).collect()
    }
}
