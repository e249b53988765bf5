//! Copies code into a builder with fresh values: what every pass that makes a new function stands on.
//!
//! A copy substitutes values; a rule may replace any operation on the way, those inside regions included. Captures
//! are found again by the builder.

use crate::ir::kind::Check;
use crate::ir::{Block, Builder, Function, Kind, Operation, Type, Value};
use rustc_hash::FxHashMap;
use std::convert::Infallible;

/// What replaces an operation: its new results, or none to copy it as it is.
pub type Rule<'r, E> =
    dyn FnMut(&mut Builder, &mut Rebuild, &Operation) -> Result<Option<Vec<Value>>, E> + 'r;

/// A substitution from the values of a source function to those of a builder.
#[derive(Clone)]
pub struct Rebuild<'a> {
    types: &'a [Type],
    values: FxHashMap<Value, Value>,
    /// Whether indices are copied as checked: they were proved where loops ran that no longer stand around them.
    pub check: bool,
}

impl<'a> Rebuild<'a> {
    /// Copies from this function; nothing is bound yet.
    pub fn new(source: &'a Function) -> Self {
        Self::over(&source.types)
    }

    /// Copies code whose values have these types.
    pub fn over(types: &'a [Type]) -> Self {
        Self { types, values: FxHashMap::default(), check: false }
    }

    /// Lets a value of the source stand for one of the builder.
    pub fn bind(&mut self, source: Value, value: Value) {
        self.values.insert(source, value);
    }

    /// Binds values pairwise.
    pub fn bind_all(&mut self, sources: &[Value], values: &[Value]) {
        assert_eq!(sources.len(), values.len(), "as many values as sources");
        sources.iter().zip(values).for_each(|(source, value)| self.bind(*source, *value));
    }

    /// What a value of the source has become.
    pub fn value(&self, source: Value) -> Value {
        self.find(source).unwrap_or_else(|| panic!("{source} is used before its copy is bound"))
    }

    /// The same, or none where it is not bound.
    pub fn find(&self, source: Value) -> Option<Value> {
        self.values.get(&source).copied()
    }

    /// What values of the source have become.
    pub fn all(&self, sources: &[Value]) -> Vec<Value> {
        sources.iter().map(|source| self.value(*source)).collect()
    }

    /// The type of a value of the source.
    pub fn type_of(&self, source: Value) -> &'a Type {
        &self.types[source.0 as usize]
    }

    /// The types of values of the source.
    pub fn types_of(&self, sources: &[Value]) -> Vec<Type> {
        sources.iter().map(|source| self.type_of(*source).clone()).collect()
    }

    /// The kind of the copy of an operation.
    pub fn kind(&self, kind: &Kind) -> Kind {
        match kind {
            Kind::Index(_) if self.check => Kind::Index(Check::Checked),
            other => other.clone(),
        }
    }

    /// Opens a region with copies of the block's parameters.
    pub fn open(&mut self, builder: &mut Builder, block: &Block) {
        let parameters = builder.begin(self.types_of(&block.parameters));
        self.bind_all(&block.parameters, &parameters);
    }

    /// Copies an operation, regions included, and binds its results.
    pub fn operation(&mut self, builder: &mut Builder, operation: &Operation) {
        infallible(self.operation_by(builder, operation, &mut |_, _, _| Ok(None)));
    }

    /// Copies the operations of a block into the block that is open.
    pub fn operations(&mut self, builder: &mut Builder, block: &Block) {
        block.operations.iter().for_each(|operation| self.operation(builder, operation));
    }

    /// Copies a block as a region.
    pub fn region(&mut self, builder: &mut Builder, block: &Block) -> Block {
        infallible(self.region_by(builder, block, &mut |_, _, _| Ok(None)))
    }

    /// Copies an operation, where the rule may replace it or any inside it, and binds its results.
    pub fn operation_by<E>(
        &mut self,
        builder: &mut Builder,
        operation: &Operation,
        rule: &mut Rule<E>,
    ) -> Result<(), E> {
        builder.origin = operation.origin;
        let results = match rule(builder, self, operation)? {
            Some(results) => results,
            None => {
                let regions = operation.regions.iter().map(|block| self.region_by(builder, block, rule));
                let regions = regions.collect::<Result<_, E>>()?;
                let types = self.types_of(&operation.results);
                builder.push_typed(self.kind(&operation.kind), self.all(&operation.operands), regions, types)
            }
        };
        self.bind_all(&operation.results, &results);
        Ok(())
    }

    /// Copies the operations of a block into the block that is open, by a rule.
    pub fn operations_by<E>(
        &mut self,
        builder: &mut Builder,
        block: &Block,
        rule: &mut Rule<E>,
    ) -> Result<(), E> {
        block.operations.iter().try_for_each(|operation| self.operation_by(builder, operation, rule))
    }

    /// Copies a block as a region, by a rule.
    pub fn region_by<E>(
        &mut self,
        builder: &mut Builder,
        block: &Block,
        rule: &mut Rule<E>,
    ) -> Result<Block, E> {
        self.open(builder, block);
        self.operations_by(builder, block, rule)?;
        let results = self.all(&block.results);
        Ok(builder.end(results))
    }
}

fn infallible<T>(result: Result<T, Infallible>) -> T {
    result.unwrap_or_else(|never| match never {})
}

/// A builder with copies of a function's parameters.
pub fn begin<'a>(source: &'a Function, name: impl Into<String>) -> (Builder, Rebuild<'a>) {
    let mut builder = Builder::new(name, source.sizes.clone());
    let mut rebuild = Rebuild::new(source);
    for parameter in &source.parameters {
        let copy = builder.parameter(source.type_of(parameter.value).clone(), parameter.binding);
        rebuild.bind(parameter.value, copy);
    }
    (builder, rebuild)
}

/// Copies a function by a rule.
pub fn rewrite<E>(source: &Function, rule: &mut Rule<E>) -> Result<Function, E> {
    let (mut builder, mut rebuild) = begin(source, &source.name);
    rebuild.operations_by(&mut builder, &source.body, rule)?;
    Ok(builder.finish(rebuild.all(&source.body.results)))
}

/// Puts a function's body, its sizes already ours, where it would be called.
pub fn inline(builder: &mut Builder, function: &Function, arguments: &[Value]) -> Vec<Value> {
    inline_knowing(builder, function, arguments, &[])
}

/// The same, where the first results are at hand: what computes them alone is left out.
pub fn inline_knowing(
    builder: &mut Builder,
    function: &Function,
    arguments: &[Value],
    known: &[Value],
) -> Vec<Value> {
    let mut rebuild = Rebuild::new(function);
    rebuild.bind_all(&function.body.parameters, arguments);
    let known: FxHashMap<Value, Value> =
        function.body.results.iter().copied().zip(known.iter().copied()).collect();
    let origin = builder.origin;
    infallible(rebuild.operations_by(builder, &function.body, &mut |_, _, operation| {
        let results = operation.results.iter().map(|result| known.get(result).copied());
        Ok(results.collect::<Option<Vec<Value>>>().filter(|results| !results.is_empty()))
    }));
    builder.origin = origin;
    rebuild.all(&function.body.results)
}
