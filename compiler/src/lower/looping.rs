//! Generators: what `for x in d` binds, and how often it runs.

use super::record::Compound;
use super::{Lowered, Lowerer, unsupported};
use crate::ir::{Bound, Kind, Polynomial, Reduction, Type, Value};
use crate::typed::tree::{Block, Body, Domain, Expr, ExprKind, Generator, Loop, Statement};

/// How deep functions inside functions are looked through for loops.
const DEEP: usize = 4;

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

    /// The arrays of a loop, each made at once.
    pub fn rows(&mut self, nest: &'p Loop) -> Lowered<Value> {
        let nothing = Compound::Record(Vec::new());
        let (_, rows) = self.carry(&nest.generators, nothing, &mut |lowerer, nothing| {
            Ok((nothing, vec![lowerer.value(&nest.body)?]))
        })?;
        Ok(rows[0])
    }

    /// Whether entries of an array, each computed by itself, would run a loop again for each that all of them share.
    pub fn repeats(&self, array: &Expr) -> bool {
        self.repeats_within(array, DEEP)
    }

    fn repeats_within(&self, array: &Expr, depth: usize) -> bool {
        let in_block = |block: &Block| {
            let value = block.value.as_ref().is_some_and(|value| self.repeats_within(value, depth));
            value || block.statements.iter().any(|statement| self.loops_in(statement, depth))
        };
        match &array.kind {
            _ if array.ty.shape.is_empty() => false,
            ExprKind::Block(block) => in_block(block),
            ExprKind::If { yes, no, .. } => in_block(yes) || in_block(no),
            ExprKind::Call { function, lift, .. } if lift.is_empty() && depth > 0 => {
                match &self.program.functions[*function].body {
                    Body::Expr(body) => self.repeats_within(body, depth - 1),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    fn loops_in(&self, statement: &Statement, depth: usize) -> bool {
        let mut found = false;
        statement.kind.parts(&mut |part| found = found || self.loops(part, depth));
        found
    }

    fn loops(&self, value: &Expr, depth: usize) -> bool {
        value.any(&mut |part| match &part.kind {
            ExprKind::Scan(_)
            | ExprKind::Repeat(_)
            | ExprKind::FixedPoint(_)
            | ExprKind::Reduce { .. }
            | ExprKind::Product(..)
            | ExprKind::Comprehension(_) => true,
            ExprKind::Call { function, .. } if depth > 0 => match &self.program.functions[*function].body {
                Body::Expr(body) => self.loops(body, depth - 1),
                _ => !part.ty.shape.is_empty(),
            },
            _ => false,
        })
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
