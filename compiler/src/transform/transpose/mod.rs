//! Transpose: the linear part of an unzipped function, run backwards, turns cotangents of its results into
//! cotangents of its parameters.
//!
//! Values are computed first, in order; then linear operations are visited from the last to the first, each giving
//! what its results' cotangents contribute to its operands. A row has its transpose in the table. For a region the
//! body is transposed in place: what is linear and captured comes back as a further result where it is read at
//! exactly the region's indices, as a sum where it is a scalar, and otherwise through an `accumulate`, whose sums
//! are handed down to nested regions. An `add` is transposed to a read, so the set is closed.

mod access;
mod branch;
mod contribution;
mod lengths;
mod peel;
mod region;
mod row;
mod scan;

use super::activity::Activity;
use super::arrays;
use super::error::ResolveError;
use super::rebuild::Rebuild;
use crate::ir::{Binding, Block, Builder, Function, Kind, Operation, Reduction, Type, Value};
use contribution::{Contribution, Target};
use lengths::Lengths;
use rustc_hash::{FxHashMap, FxHashSet};

/// The transpose in the parameters flagged. Parameters: the others, then cotangents of the linear results. Results:
/// the values, then cotangents of the flagged parameters. The function must come from `unzip`.
pub fn transpose(function: &Function, linear: &[bool]) -> Result<Function, ResolveError> {
    let source = Source::new(function, linear, &[])?;
    let mut builder = Builder::new(format!("{}.transpose", function.name), function.sizes.clone());
    let mut arguments = Vec::new();
    for (parameter, linear) in function.parameters.iter().zip(linear) {
        if !linear {
            let of = function.type_of(parameter.value).clone();
            arguments.push((parameter.value, builder.parameter(of, parameter.binding)));
        }
    }
    let results = &source.function.body.results;
    let is_linear = |value: &&Value| source.linear.has(**value);
    let seeds: Vec<(Value, Value)> = results
        .iter()
        .filter(is_linear)
        .map(|value| (*value, builder.parameter(function.type_of(*value).clone(), Binding::Live)))
        .collect();
    let values: Vec<Value> = results.iter().filter(|value| !is_linear(value)).copied().collect();
    let mut pass = source.transpose(builder, &arguments);
    pass.run(&seeds)?;
    let mut all = pass.values.all(&values);
    for (parameter, linear) in function.parameters.iter().zip(linear) {
        if *linear {
            all.push(pass.cotangent_or_zero(parameter.value, None)?);
        }
    }
    Ok(pass.builder.finish(all))
}

/// An unzipped function made ready: reads at exactly a region's indices stand first in its body.
pub(super) struct Source {
    function: Function,
    linear: Activity,
    lengths: Lengths,
}

impl Source {
    /// Pairs are arrays that are equally long, where that is known only at run time.
    pub fn new(function: &Function, linear: &[bool], alike: &[(Value, Value)]) -> Result<Self, ResolveError> {
        let mut function = function.clone();
        let mut linear = Activity::of(&function, linear);
        let lengths = Lengths::of(&function, alike);
        if let Some(origin) = lengths.untold(&function, &linear, &function.body) {
            let reason = "the length of an array is known only from its tangent".to_string();
            return Err(ResolveError::Declined { reason, origin });
        }
        peel::peel(&mut function, &mut linear, &lengths);
        Ok(Self { function, linear, lengths })
    }

    /// Begins the transpose in a builder, in which the parameters that are values are given.
    pub fn transpose(&self, builder: Builder, arguments: &[(Value, Value)]) -> Transpose<'_> {
        let mut values = Rebuild::new(&self.function);
        arguments.iter().for_each(|(parameter, value)| values.bind(*parameter, *value));
        Transpose {
            source: self,
            builder,
            values,
            contributions: FxHashMap::default(),
            targets: FxHashMap::default(),
            read: FxHashMap::default(),
            entries: FxHashSet::default(),
        }
    }
}

pub(super) struct Transpose<'a> {
    source: &'a Source,
    pub builder: Builder,
    pub values: Rebuild<'a>,
    /// By linear value: what the region that is open has found for its cotangent so far.
    contributions: FxHashMap<Value, Vec<Contribution>>,
    /// Linear arrays whose cotangents are added up in an accumulator as they are found.
    targets: FxHashMap<Value, Target>,
    /// Linear accumulators, and the cotangents of their sums.
    read: FxHashMap<Value, Value>,
    /// Linear arrays that stand for their entry at the indices of the region that is open.
    entries: FxHashSet<Value>,
}

impl Transpose<'_> {
    /// Computes the values, then the cotangents from those of results.
    pub fn run(&mut self, seeds: &[(Value, Value)]) -> Result<(), ResolveError> {
        let source = self.source;
        self.block(&source.function.body, seeds)
    }

    /// A parameter's cotangent; where there is none zeros, as long as the given value.
    pub fn cotangent_or_zero(
        &mut self,
        parameter: Value,
        like: Option<Value>,
    ) -> Result<Value, ResolveError> {
        let of = self.type_of(parameter).clone();
        match (self.cotangent(parameter, &of), like) {
            (Some(cotangent), _) => Ok(cotangent),
            (None, Some(like)) => Ok(arrays::zeros_like(&mut self.builder, like)),
            (None, None) => Ok(arrays::zeros(&mut self.builder, None, &of)),
        }
    }

    fn block(&mut self, block: &Block, seeds: &[(Value, Value)]) -> Result<(), ResolveError> {
        self.forward(block);
        for (value, cotangent) in seeds {
            self.contribute(*value, Contribution::Whole(*cotangent));
        }
        for operation in block.operations.iter().rev() {
            if self.touches(operation) {
                self.builder.origin = operation.origin;
                self.backward(operation)?;
            }
        }
        Ok(())
    }

    /// The values of a block; and parts of arrays that are summed up as they are found are so too.
    fn forward(&mut self, block: &Block) {
        for operation in &block.operations {
            if !self.touches(operation) {
                self.values.operation(&mut self.builder, operation);
            } else if matches!(operation.kind, Kind::Index(_)) {
                self.alias(operation);
            }
        }
    }

    fn touches(&self, operation: &Operation) -> bool {
        self.source.linear.touches(&self.source.function, operation)
    }

    fn type_of(&self, value: Value) -> &Type {
        self.source.function.type_of(value)
    }

    fn is_linear(&self, value: Value) -> bool {
        self.source.linear.has(value)
    }

    fn backward(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        match &operation.kind {
            Kind::AddTo => self.add_to(operation),
            Kind::Accumulate(sums) => return self.accumulate(operation, sums.len()),
            _ => {
                let types: Vec<Type> = self.values.types_of(&operation.results);
                let results = operation.results.iter().zip(&types);
                let cotangents: Vec<Option<Value>> =
                    results.map(|(result, of)| self.cotangent(*result, of)).collect();
                if cotangents.iter().any(Option::is_some) || self.reads_sums(operation) {
                    return self.row_or_region(operation, &cotangents);
                }
            }
        }
        Ok(())
    }

    fn row_or_region(
        &mut self,
        operation: &Operation,
        cotangents: &[Option<Value>],
    ) -> Result<(), ResolveError> {
        match &operation.kind {
            Kind::Primitive(primitive) => self.primitive(operation, *primitive, cotangents),
            Kind::Index(_) => self.index(operation, cotangents),
            Kind::View(view) => self.view(operation, view, cotangents),
            Kind::Map(bounds) | Kind::Reduce(Reduction::Add, bounds) => {
                return self.map(operation, bounds, cotangents);
            }
            Kind::Scan { bound, carried, reverse } => {
                let shape = scan::Shape { bound, carried: *carried, reverse: *reverse };
                return self.scan(operation, &shape, cotangents);
            }
            Kind::If => return self.branch(operation, cotangents),
            Kind::Contract(contraction) => return self.contract(operation, contraction, cotangents),
            Kind::TriangularSolve(triangular) => self.triangular_solve(operation, *triangular, cotangents),
            Kind::Linear(pair) => self.linear(operation, pair, cotangents),
            other => panic!("{other:?} is not linear, or unzip left it"),
        }
        Ok(())
    }

    /// Whether a region adds to linear sums that have cotangents.
    fn reads_sums(&self, operation: &Operation) -> bool {
        let mut captures = operation.regions.iter().flat_map(|region| &region.captures);
        captures.any(|value| self.read.contains_key(value))
    }

    /// Linear arrays and scalars that regions capture and that are not summed up elsewhere.
    fn linear_captures(&self, operation: &Operation) -> Vec<Value> {
        let mut found: Vec<Value> = Vec::new();
        for value in operation.regions.iter().flat_map(|region| &region.captures) {
            let sum = self.type_of(*value).accumulator || self.targets.contains_key(value);
            if self.is_linear(*value) && !sum && !found.contains(value) {
                found.push(*value);
            }
        }
        found
    }
}
