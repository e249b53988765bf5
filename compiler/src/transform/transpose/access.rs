//! Access: an index contributes an entry, a view the entries that it read; an `add` reads, and `accumulate`
//! vanishes.

use super::Transpose;
use super::contribution::{Contribution, Target, through};
use crate::ir::kind::{Check, View};
use crate::ir::{Operation, Value};
use crate::transform::error::ResolveError;

impl Transpose<'_> {
    /// A part of an array that is summed up in an accumulator is summed up in that part of it.
    pub(super) fn alias(&mut self, operation: &Operation) {
        let (array, indices) = operation.operands.split_first().expect("an index has an array");
        let result = operation.results[0];
        if self.type_of(result).is_scalar() {
            return;
        }
        if let Some(Target { sum, indices: outer }) = self.targets.get(array).cloned() {
            let indices = [outer, self.values.all(indices)].concat();
            self.targets.insert(result, Target { sum, indices });
        }
    }

    pub(super) fn index(&mut self, operation: &Operation, cotangents: &[Option<Value>]) {
        let Some(value) = cotangents[0] else { return };
        let (array, indices) = operation.operands.split_first().expect("an index has an array");
        let contribution = if self.entries.contains(array) {
            Contribution::Whole(value)
        } else {
            Contribution::At { indices: self.values.all(indices), value }
        };
        self.contribute(*array, contribution);
    }

    pub(super) fn view(&mut self, operation: &Operation, view: &View, cotangents: &[Option<Value>]) {
        let Some(cotangent) = cotangents[0] else { return };
        let source = operation.operands[0];
        let of = self.type_of(source).clone();
        let contribution = through(&mut self.builder, view, &of, cotangent);
        self.contribute(source, contribution);
    }

    pub(super) fn add_to(&mut self, operation: &Operation) {
        let (value, target) = operation.operands.split_last().expect("`add` has a value");
        let Some(cotangent) = self.read.get(&target[0]).copied() else { return };
        if !self.is_linear(*value) {
            return;
        }
        let indices = self.values.all(&target[1..]);
        let part = if indices.is_empty() {
            cotangent
        } else {
            self.builder.index(cotangent, &indices, Check::Checked)
        };
        self.contribute(*value, Contribution::Whole(part));
    }

    /// The body is transposed where it stands: its sums' cotangents are read by what added to them.
    pub(super) fn accumulate(&mut self, operation: &Operation, sums: usize) -> Result<(), ResolveError> {
        let body = &operation.regions[0];
        for (sum, result) in body.parameters.iter().zip(&operation.results[..sums]) {
            let of = self.type_of(*result).clone();
            if let Some(cotangent) = self.cotangent(*result, &of) {
                self.read.insert(*sum, cotangent);
            }
        }
        let mut seeds = Vec::new();
        for (yielded, result) in body.results.iter().zip(&operation.results[sums..]) {
            let of = self.type_of(*result).clone();
            seeds.extend(self.cotangent(*result, &of).map(|cotangent| (*yielded, cotangent)));
        }
        if seeds.is_empty() && body.parameters.iter().all(|sum| !self.read.contains_key(sum)) {
            return Ok(());
        }
        self.block(body, &seeds)
    }
}
