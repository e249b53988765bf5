//! Draws that leave their loop, enumerated factor by factor.
//!
//! The draws of a map, and those of a scan whose states are its draws, have a joint log density that is a sum over the
//! loop; so is what depends on them, in most programs. With f the rest, the log of the sum over all draws of
//! exp(lp + e f) is a marginal density ([`crate::model::marginal`]), computed along those dependencies: a sum of terms
//! costs a sum, a chain a scan, never a product. At e = 0 it is 0, and its derivative in e is the expectation of f.

use super::error::EstimatorError;
use super::rest::{Term, needed};
use super::rewrite::{Names, Rewrite, arguments};
use crate::ir::kind::{Check, Derivation, Sample, Strategy};
use crate::ir::{
    Binding, Block, Bound, Builder, Constant, Element, Kind, Operation, Polynomial, Reduction, SizeVariable,
    Type, Value,
};
use crate::model::marginal::{Joint, Site};
use crate::transform::rebuild::Rebuild;
use rustc_hash::FxHashSet;

/// A draw of the loop and the parameter that stands for all of its values.
struct Draw<'m> {
    operation: &'m Operation,
    sample: &'m Sample,
    site: Value,
}

/// What can be enumerated factor by factor.
struct Enumerable {
    /// The loop's draws, in order.
    sites: Vec<Site>,
    /// What the loop and the rest read from around.
    captures: Vec<Value>,
}

/// Builds the joint log density of the draws of a loop, and what is expected.
struct Loop<'m, 'b> {
    rewrite: &'b Rewrite<'m>,
    region: &'m Block,
    builder: Builder,
    rebuild: Rebuild<'m>,
    draws: Vec<Draw<'m>>,
}

impl<'m> Rewrite<'m> {
    /// The expectation of terms over the draws of a map or scan; none where they cannot be enumerated factor by factor.
    pub fn eliminated(
        &mut self,
        operation: &'m Operation,
        after: &[&'m Operation],
        terms: &[Term],
        names: &Names,
    ) -> Result<Option<Value>, EstimatorError> {
        let rest = needed(after, terms);
        let Some(found) = self.enumerable(operation, &rest, terms)? else { return Ok(None) };
        let Enumerable { sites, captures } = found;
        let mut builder = Builder::new(
            format!("{}.over{}", self.source.name, self.functions.len()),
            self.source.sizes.clone(),
        );
        let mut rebuild = Rebuild::new(self.source);
        let types: Vec<Type> = rebuild.types_of(&captures);
        for (value, of) in captures.iter().zip(&types) {
            rebuild.bind(*value, builder.parameter(of.clone(), Binding::Live));
        }
        let weight = builder.parameter(Type::f64(), Binding::Live);
        let mut draws = Vec::new();
        for ((operation, sample), site) in samples(operation).zip(&sites) {
            let shape = site.extents.iter().cloned().map(Into::into).collect();
            let of = Type::array(self.source.type_of(site.value).element, shape);
            draws.push(Draw { operation, sample, site: builder.parameter(of, Binding::Live) });
        }
        let region = &operation.regions[0];
        let mut made = Loop { rewrite: self, region, builder, rebuild, draws };
        let Some(mut results) = made.log_densities(operation)? else { return Ok(None) };
        let Loop { mut builder, mut rebuild, draws, .. } = made;
        rest.iter().for_each(|operation| rebuild.operation(&mut builder, operation));
        for term in terms {
            let value = rebuild.value(term.value);
            let value = if term.negative { builder.neg(value) } else { value };
            results.push(builder.mul(weight, value));
        }
        let sites = sites.into_iter().zip(&draws).map(|(site, draw)| Site { value: draw.site, ..site });
        let name = builder.name().to_string();
        let Ok(marginal) = Joint::new(builder.finish(results), sites.collect()).density(&name, true) else {
            return Ok(None);
        };
        self.functions.extend(marginal.functions);
        let sizes = (0..self.source.sizes.len() as u32).map(|at| Polynomial::variable(SizeVariable(at)));
        let active = (0..=captures.len()).map(|at| at == captures.len()).collect();
        let derivation = Derivation { function: name, sizes: sizes.collect(), active };
        let mut operands: Vec<Value> = captures.iter().map(|value| names[value]).collect();
        operands.push(self.builder.f64(0.0));
        operands.push(self.builder.f64(1.0));
        Ok(Some(self.builder.derive(Kind::Jvp, derivation, &operands, vec![Type::f64(); 2])[1]))
    }

    /// The loop's draws as sites; none where a draw is not enumerated, or the rest draws itself.
    fn enumerable(
        &self,
        operation: &'m Operation,
        rest: &[&'m Operation],
        terms: &[Term],
    ) -> Result<Option<Enumerable>, EstimatorError> {
        let extents: Option<Vec<Polynomial>> = match &operation.kind {
            Kind::Map(bounds) => bounds.iter().map(|bound| bound.size().cloned()).collect(),
            Kind::Scan { bound, reverse: false, .. } => bound.size().map(|length| vec![length.clone()]),
            _ => None,
        };
        let Some(extents) = extents else { return Ok(None) };
        let mut sites = Vec::new();
        for (drawn, sample) in samples(operation) {
            let states = self.constant_states(sample)?;
            let value = drawn.results[0];
            let discrete = matches!(self.source.type_of(value).element, Element::I64 | Element::Bool);
            let (Some(states), Strategy::Enumerate, true) = (states, self.strategy(sample)?, discrete) else {
                return Ok(None);
            };
            let (name, extents, first) = (sample.site.clone(), extents.clone(), Polynomial::default());
            sites.push(Site { name, value, extents, states, first });
        }
        let mut inner = operation.regions[0].operations.iter();
        let nested = inner.any(|inner| !matches!(inner.kind, Kind::Sample(_)) && draws_inside(inner));
        if sites.is_empty() || nested || rest.iter().any(|operation| draws_inside(operation)) {
            return Ok(None);
        }
        let all = || std::iter::once(operation).chain(rest.iter().copied());
        let mut seen: FxHashSet<Value> = all().flat_map(|operation| &operation.results).copied().collect();
        let read = all().flat_map(Operation::reads).chain(terms.iter().map(|term| term.value));
        Ok(Some(Enumerable { sites, captures: read.filter(|value| seen.insert(*value)).collect() }))
    }

    /// How many states a distribution's draws have, where that is the same for all arguments.
    fn constant_states(&self, sample: &Sample) -> Result<Option<Polynomial>, EstimatorError> {
        let distribution = self.distribution(sample)?;
        let Some(size) = &distribution.support_size else { return Ok(None) };
        let body = &self.module.functions[size].body;
        let made = body.operations.iter().find(|operation| operation.results.contains(&body.results[0]));
        Ok(made.and_then(|operation| match operation.kind {
            Kind::Constant(Constant::I64(states)) => Some(states.into()),
            _ => None,
        }))
    }
}

impl<'m> Loop<'m, '_> {
    /// The log densities of the draws, summed over the loop; binds the loop's results to what the draws make them.
    fn log_densities(&mut self, operation: &'m Operation) -> Result<Option<Vec<Value>>, EstimatorError> {
        match &operation.kind {
            Kind::Map(bounds) => self.map(operation, bounds).map(Some),
            Kind::Scan { bound: Bound::Size(length), carried, .. } => self.scan(operation, length, *carried),
            _ => Ok(None),
        }
    }

    fn map(&mut self, operation: &Operation, bounds: &[Bound]) -> Result<Vec<Value>, EstimatorError> {
        let count = self.region.parameters.len();
        let indices = self.builder.begin(vec![Type::i64(); count]);
        let density = self.entry(&indices, &[])?;
        let body = self.builder.end(vec![density]);
        let kind = Kind::Reduce(Reduction::Add, bounds.to_vec());
        let density = self.builder.push(kind, Vec::new(), vec![body]);
        let indices = self.builder.begin(vec![Type::i64(); count]);
        self.entry(&indices, &[])?;
        let results = self.rebuild.all(&self.region.results);
        let body = self.builder.end(results);
        let results = self.builder.push(Kind::Map(bounds.to_vec()), Vec::new(), vec![body]);
        self.rebuild.bind_all(&operation.results, &results);
        Ok(density)
    }

    /// A scan whose next states are draws, and whose outputs do not depend on states: the first step, then the others.
    fn scan(
        &mut self,
        operation: &Operation,
        length: &Polynomial,
        carried: usize,
    ) -> Result<Option<Vec<Value>>, EstimatorError> {
        let (next, outputs) = self.region.results.split_at(carried);
        let drawn = |value: &Value| self.draws.iter().position(|draw| draw.operation.results[0] == *value);
        let (Some(next), Some(outputs)) = (
            next.iter().map(drawn).collect::<Option<Vec<usize>>>(),
            outputs.iter().map(drawn).collect::<Option<Vec<usize>>>(),
        ) else {
            return Ok(None);
        };
        let sites: Vec<Value> = self.draws.iter().map(|draw| draw.site).collect();
        let zero = self.builder.i64(0);
        let start = self.rebuild.all(&operation.operands);
        let first = self.entry(&[zero], &start)?;
        let before = self.builder.begin(vec![Type::i64()])[0];
        let one = self.builder.i64(1);
        let index = self.builder.add(before, one);
        let states: Vec<Value> =
            next.iter().map(|draw| self.builder.index(sites[*draw], &[before], Check::Checked)).collect();
        let density = self.entry(&[index], &states)?;
        let body = self.builder.end(vec![density]);
        let kind = Kind::Reduce(Reduction::Add, vec![Bound::Size(length.minus(&1.into()))]);
        let others = self.builder.push(kind, Vec::new(), vec![body])[0];
        let last = self.builder.size(length.minus(&1.into()));
        let last = next.iter().map(|draw| self.builder.index(sites[*draw], &[last], Check::Checked));
        let results: Vec<Value> =
            last.collect::<Vec<_>>().into_iter().chain(outputs.iter().map(|draw| sites[*draw])).collect();
        self.rebuild.bind_all(&operation.results, &results);
        Ok(Some(vec![first, others]))
    }

    /// The region's code at an index and states, its draws read; their log density.
    fn entry(&mut self, indices: &[Value], states: &[Value]) -> Result<Value, EstimatorError> {
        let (own, carried) = self.region.parameters.split_at(indices.len());
        self.rebuild.bind_all(own, indices);
        self.rebuild.bind_all(carried, states);
        let mut total = None;
        for operation in &self.region.operations {
            let Some(draw) = self.draws.iter().find(|draw| std::ptr::eq(draw.operation, operation)) else {
                self.rebuild.operation(&mut self.builder, operation);
                continue;
            };
            let value = self.builder.index(draw.site, indices, Check::Checked);
            self.rebuild.bind(operation.results[0], value);
            let operands = [self.rebuild.all(arguments(draw.sample, operation)), vec![value]].concat();
            let function = self.rewrite.distribution(draw.sample)?.log_density.clone();
            let kind = Kind::Call { function, sizes: Vec::new() };
            let density = self.builder.push_typed(kind, operands, Vec::new(), vec![Type::f64()])[0];
            total = Some(total.map_or(density, |total| self.builder.add(total, density)));
        }
        Ok(total.expect("the loop draws"))
    }
}

/// The draws of a loop, those of loops inside it apart.
fn samples(operation: &Operation) -> impl Iterator<Item = (&Operation, &Sample)> {
    operation.regions[0].operations.iter().filter_map(|inner| match &inner.kind {
        Kind::Sample(sample) => Some((inner, sample)),
        _ => None,
    })
}

/// Whether an operation is a draw or holds one.
fn draws_inside(operation: &Operation) -> bool {
    let mut inner = operation.regions.iter().flat_map(|region| &region.operations);
    matches!(operation.kind, Kind::Sample(_) | Kind::Expect) || inner.any(draws_inside)
}
