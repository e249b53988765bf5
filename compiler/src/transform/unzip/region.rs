//! `map`, `reduce`, `if` and `accumulate`: once with the values, once with the tangents.

use super::{Rule, Unzip};
use crate::ir::infer::sum_lengths;
use crate::ir::kind::Check;
use crate::ir::{Dimension, Kind, Operation, Type, Value};
use crate::primitive::Lower;
use crate::transform::error::ResolveError;

impl Unzip<'_> {
    /// The operation with its values only, its map yielding these rows as well; the stacks of these come back.
    pub(super) fn primal_region(&mut self, operation: &Operation, rows: &[Value]) -> Vec<Value> {
        let results = self.primal_among(&operation.results);
        if results.is_empty() && rows.is_empty() && !self.adds_outside(operation) {
            return Vec::new();
        }
        let sums = sums(operation);
        let mut regions = Vec::new();
        for block in &operation.regions {
            let parameters = self.primal_among(&block.parameters);
            self.open(&parameters);
            self.primal(block);
            let yielded = self.yielded(&block.results, &operation.results[sums..], false);
            let yields = [self.values.all(&yielded), self.values.all(rows)].concat();
            regions.push(self.builder.end(yields));
        }
        let (kind, operands) = self.part(operation, false);
        let joint = self.builder.push(kind, operands, regions);
        let (values, stacks) = joint.split_at(results.len());
        self.values.bind_all(&results, values);
        stacks.to_vec()
    }

    /// Whether a region adds to a sum of values that stands outside.
    fn adds_outside(&self, operation: &Operation) -> bool {
        let captures = operation.regions.iter().flat_map(|region| &region.captures);
        captures.into_iter().any(|value| {
            let sum = self.source.type_of(*value).accumulator;
            sum && !self.is_linear(*value) && !self.dropped.contains(value)
        })
    }

    pub(super) fn linear_part(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        self.linear_region(operation, &[])
    }

    /// The operation with its tangents only, its body given the entries of these stacks of values.
    fn linear_region(&mut self, operation: &Operation, given: &[(Value, Value)]) -> Result<(), ResolveError> {
        let sums = sums(operation);
        let mut regions = Vec::new();
        for block in &operation.regions {
            let region = self.linear_scope(operation, |pass| {
                let whole =
                    if sums == 0 { block.parameters.clone() } else { pass.linear_among(&block.parameters) };
                pass.open(&whole);
                pass.dropped.extend(pass.primal_among(&block.parameters));
                for (value, stack) in given {
                    let index = pass.values.all(&block.parameters);
                    let entry = pass.builder.index(*stack, &index, Check::Proved);
                    pass.values.bind(*value, entry);
                }
                pass.full(block)?;
                let yielded = pass.yielded(&block.results, &operation.results[sums..], true);
                let yields = pass.values.all(&yielded);
                Ok(pass.builder.end(yields))
            })?;
            regions.push(region);
        }
        let (kind, operands) = self.part(operation, true);
        let tangents = self.builder.push(kind, operands, regions);
        self.values.bind_all(&self.linear_among(&operation.results), &tangents);
        Ok(())
    }

    /// Kind and operands, with the sums of one part.
    fn part(&self, operation: &Operation, linear: bool) -> (Kind, Vec<Value>) {
        let Kind::Accumulate(sums) = &operation.kind else {
            return (operation.kind.clone(), self.values.all(&operation.operands));
        };
        let kept = sum_lengths(sums, &operation.operands).zip(&operation.results);
        let kept = kept.filter(|(_, sum)| self.is_linear(**sum) == linear).map(|(sum, _)| sum);
        let (sums, lengths): (Vec<Type>, Vec<Option<Value>>) =
            kept.map(|(of, length)| (of.clone(), length)).unzip();
        let lengths = lengths.into_iter().flatten().map(|length| self.values.value(length));
        (Kind::Accumulate(sums), lengths.collect())
    }

    /// A map whose body holds whole-array rows saves their results for its linear part.
    pub(super) fn map(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        let rows = self.rows(operation);
        let stacks = self.primal_region(operation, &rows);
        self.saved.extend(stacks.iter().map(|stack| (Rule::Row, *stack)));
        let mut given: Vec<(Value, Value)> = rows.iter().copied().zip(stacks).collect();
        given.extend(self.called(operation));
        self.given.extend(given.iter().map(|(value, _)| *value));
        self.linear_region(operation, &given)?;
        given.iter().for_each(|(value, _)| {
            self.given.remove(value);
        });
        Ok(())
    }

    /// What a map yields of functions, as numbers, with its results: they are there, and need not be computed again.
    fn called(&self, operation: &Operation) -> Vec<(Value, Value)> {
        let body = &operation.regions[0];
        let calls = body.operations.iter().filter(|inner| match inner.kind {
            Kind::Primitive(primitive) => matches!(primitive.row().lower, Lower::Kernel(_)),
            _ => false,
        });
        let calls = calls.filter(|inner| !self.touches(inner) && !self.given.contains(&inner.results[0]));
        let yielded = calls.filter_map(|inner| {
            let value = inner.results[0];
            let place = body.results.iter().position(|result| *result == value)?;
            Some((value, self.values.value(operation.results[place])))
        });
        yielded.collect()
    }

    /// Results of whole-array rows, straight in the body, that can be stacked.
    fn rows(&self, operation: &Operation) -> Vec<Value> {
        let costly = |inner: &&Operation| {
            let row = matches!(inner.kind, Kind::Contract(_) | Kind::Cholesky | Kind::TriangularSolve(_));
            row && !self.touches(inner)
        };
        let rows = operation.regions[0].operations.iter().filter(costly).map(|inner| inner.results[0]);
        let known = |row: &Value| !self.source.type_of(*row).shape.contains(&Dimension::Run);
        rows.filter(|row| known(row) && !self.given.contains(row)).collect()
    }
}

/// Number of results, before those of the region, that are sums.
fn sums(operation: &Operation) -> usize {
    match &operation.kind {
        Kind::Accumulate(sums) => sums.len(),
        _ => 0,
    }
}
