//! `map` and `reduce add`: each round gets the cotangents of what it yielded, and gives those of what it read.

use super::Transpose;
use super::contribution::Contribution;
use super::peel::reads_entries;
use crate::ir::kind::Check;
use crate::ir::{Block, Bound, Kind, Operation, Reduction, Value};
use crate::transform::arrays;
use crate::transform::error::ResolveError;
use rustc_hash::FxHashMap;

/// What a loop captures that is linear, by how its cotangent comes back.
pub(super) struct Captured {
    /// Arrays read at exactly the indices: a further result.
    pub entries: Vec<Value>,
    /// Scalars: a sum.
    pub scalars: Vec<Value>,
    /// Other arrays: an accumulator.
    pub scattered: Vec<Value>,
}

impl Transpose<'_> {
    pub(super) fn captured(&self, operation: &Operation, bounds: &[Bound]) -> Captured {
        let mut captured = Captured { entries: Vec::new(), scalars: Vec::new(), scattered: Vec::new() };
        for value in self.linear_captures(operation) {
            let of = self.type_of(value);
            let list = if of.is_scalar() {
                &mut captured.scalars
            } else if self.reads_entries(operation, value, bounds) {
                &mut captured.entries
            } else {
                &mut captured.scattered
            };
            list.push(value);
        }
        captured
    }

    /// Whether a loop reads all of an array, entry by entry.
    fn reads_entries(&self, operation: &Operation, array: Value, bounds: &[Bound]) -> bool {
        let body = &operation.regions[0];
        let spans = self.source.lengths.span(array, self.type_of(array), operation, bounds);
        spans && reads_entries(body, array, &body.parameters[..bounds.len()])
    }

    /// Transposes a body inside the region that is open, from cotangents of what it yields. The contributions of
    /// what it captures are then at hand until `close`; those of the region around come back.
    pub(super) fn body(
        &mut self,
        body: &Block,
        captured: &Captured,
        seeds: &[(Value, Value)],
    ) -> Result<Outside, ResolveError> {
        let contributions = std::mem::take(&mut self.contributions);
        self.entries.extend(&captured.entries);
        self.block(body, seeds)?;
        Ok(Outside { contributions })
    }

    /// Goes back to the contributions of the region around.
    pub(super) fn close(&mut self, captured: &Captured, outside: Outside) {
        captured.entries.iter().for_each(|array| {
            self.entries.remove(array);
        });
        self.contributions = outside.contributions;
    }

    pub(super) fn map(
        &mut self,
        operation: &Operation,
        bounds: &[Bound],
        cotangents: &[Option<Value>],
    ) -> Result<(), ResolveError> {
        let body = &operation.regions[0];
        let captured = self.captured(operation, bounds);
        let mut found: Vec<(Value, Part)> = Vec::new();
        let results = self.with_sums(&captured.scattered, |pass| {
            pass.values.open(&mut pass.builder, body);
            let indices = pass.values.all(&body.parameters);
            let seeds = pass.seeds(operation, &indices, cotangents);
            let outside = pass.body(body, &captured, &seeds)?;
            let mut yields = Vec::new();
            for value in captured.entries.iter().chain(&captured.scalars) {
                let of = pass.type_of(*value);
                let entry = if of.is_scalar() { of.clone() } else { of.indexed(bounds.len()) };
                let Some(cotangent) = pass.cotangent(*value, &entry) else { continue };
                let read = pass.entry_of(operation, &seeds, cotangents, cotangent);
                let part = match read.filter(|_| captured.entries.contains(value)) {
                    Some(array) => Part::All(array),
                    None => Part::Yielded(position(&mut yields, cotangent)),
                };
                found.push((*value, part));
            }
            pass.close(&captured, outside);
            let region = pass.builder.end(yields);
            let yielded = |(value, part): &(Value, Part)| {
                matches!(part, Part::All(_)) || captured.scalars.contains(value)
            };
            let sums = !region.results.is_empty() && found.iter().all(yielded);
            let bounds = bounds.to_vec();
            let kind = if sums { Kind::Reduce(Reduction::Add, bounds) } else { Kind::Map(bounds) };
            let run = pass.values.all(&operation.operands);
            Ok(pass.builder.push(kind, run, vec![region]))
        })?;
        let mut totals = FxHashMap::default();
        for (value, part) in found {
            let result = match part {
                Part::All(array) => array,
                Part::Yielded(position) => results[position],
            };
            let cotangent = if self.type_of(value).is_scalar() {
                *totals.entry(result).or_insert_with(|| arrays::total(&mut self.builder, result))
            } else {
                result
            };
            self.contribute(value, Contribution::Whole(cotangent));
        }
        Ok(())
    }

    /// The cotangent of a result of a map, if this is its entry: what only copied is given back as a whole.
    fn entry_of(
        &self,
        operation: &Operation,
        seeds: &[(Value, Value)],
        cotangents: &[Option<Value>],
        entry: Value,
    ) -> Option<Value> {
        let (yielded, _) = seeds.iter().find(|(_, seed)| *seed == entry)?;
        let stacked = matches!(operation.kind, Kind::Map(_));
        let position = operation.regions[0].results.iter().position(|result| result == yielded)?;
        cotangents[position].filter(|_| stacked)
    }

    /// Cotangents of what a round yields: an entry of each result's, or for a sum all of it.
    fn seeds(
        &mut self,
        operation: &Operation,
        indices: &[Value],
        cotangents: &[Option<Value>],
    ) -> Vec<(Value, Value)> {
        let stacked = matches!(operation.kind, Kind::Map(_));
        let mut seeds = Vec::new();
        for (yielded, cotangent) in operation.regions[0].results.iter().zip(cotangents) {
            let Some(cotangent) = *cotangent else { continue };
            if !self.is_linear(*yielded) {
                continue;
            }
            let entry =
                if stacked { self.builder.index(cotangent, indices, Check::Proved) } else { cotangent };
            seeds.push((*yielded, entry));
        }
        seeds
    }
}

/// Where a captured value's cotangent stands.
#[derive(Clone, Copy)]
enum Part {
    /// It is this array.
    All(Value),
    /// It is yielded at this position.
    Yielded(usize),
}

/// Where a value stands in a list, put there if it does not.
fn position(list: &mut Vec<Value>, value: Value) -> usize {
    list.iter().position(|other| *other == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    })
}

/// The contributions found so far outside of a region.
pub(super) struct Outside {
    contributions: FxHashMap<Value, Vec<Contribution>>,
}
