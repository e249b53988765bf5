//! Generators: what `for x in d` binds, and how often it runs.

use super::{Lowered, Lowerer, unsupported};
use crate::ir::{Bound, Kind, Polynomial, Reduction, Type, Value};
use crate::typed::tree::{Domain, Generator, Loop};

/// How often a generator runs.
pub struct Count {
    /// As a bound.
    pub bound: Bound,
    /// The operand of a run-time bound.
    pub run: Option<Value>,
}

impl<'p> Lowerer<'p> {
    /// How often a generator runs; evaluated outside its loop.
    pub fn count(&mut self, generator: &'p Generator) -> Lowered<Count> {
        match &generator.domain {
            Domain::Rows(array) => {
                let bound = Bound::Size(self.size(&array.ty.shape[0]));
                Ok(Count { bound, run: None })
            }
            Domain::Range { start, end } => match (self.known_size(start), self.known_size(end)) {
                (Some(start), Some(end)) => {
                    let bound = Bound::Size(end.minus(&start));
                    Ok(Count { bound, run: None })
                }
                _ => {
                    let (start, end) = (self.value(start)?, self.value(end)?);
                    let length = self.builder.sub(end, start);
                    let zero = self.builder.i64(0);
                    let length = self.builder.primitive("max", &[length, zero]);
                    Ok(Count { bound: Bound::Run, run: Some(length) })
                }
            },
        }
    }

    /// Binds a generator's variable inside its loop, at its index.
    pub fn bind_generator(&mut self, generator: &'p Generator, index: Value) -> Lowered<()> {
        let value = match &generator.domain {
            Domain::Rows(array) => {
                let rows = self.compound(array)?;
                let row = self.row_of(&rows, index);
                self.bind(generator.variable, row);
                return Ok(());
            }
            Domain::Range { start, .. } => match self.known_size(start).and_then(|start| start.as_constant())
            {
                Some(0) => index,
                _ => {
                    let start = self.value(start)?;
                    self.builder.add(start, index)
                }
            },
        };
        self.variables.insert(generator.variable, value);
        Ok(())
    }

    /// An entry of `[for i in N, j in M: e]`: the first indices are the generators', the rest the body's.
    pub fn comprehension_entry(&mut self, nest: &'p Loop, indices: &[Value]) -> Lowered<Value> {
        if let Some(guard) = &nest.guard {
            return Err(unsupported(
                guard.span,
                "a comprehension with a guard: its length depends on values",
            ));
        }
        let (own, rest) = indices.split_at(nest.generators.len());
        for (generator, index) in nest.generators.iter().zip(own) {
            self.bind_generator(generator, *index)?;
        }
        self.entry_or_scalar(&nest.body, rest)
    }

    /// Reduces what the body yields over the generators, the last innermost.
    pub fn reduce_nest(
        &mut self,
        reduction: Reduction,
        generators: &'p [Generator],
        body: &mut dyn FnMut(&mut Self) -> Lowered<Value>,
    ) -> Lowered<Value> {
        let Some((generator, inner)) = generators.split_first() else { return body(self) };
        let count = self.count(generator)?;
        let index = self.builder.begin(vec![Type::i64()])[0];
        let bound = self.bind_generator(generator, index);
        let result = bound.and_then(|()| self.reduce_nest(reduction, inner, body));
        let region = self.builder.end(result.iter().copied().collect());
        result?;
        let kind = Kind::Reduce(reduction, vec![count.bound]);
        Ok(self.builder.push(kind, count.run.into_iter().collect(), vec![region])[0])
    }

    /// The number of entries of a shape, as a real number.
    pub fn volume(&mut self, shape: &[Polynomial]) -> Value {
        let volume = shape.iter().fold(Polynomial::constant(1), |product, size| product.times(size));
        let count = self.builder.size(volume);
        self.builder.primitive("int_to_float", &[count])
    }
}
