//! Which values some result needs: marked backwards until nothing is added.

use crate::ir::infer::sum_lengths;
use crate::ir::{Block, Kind, Operation, Type, Value, ValueSet};

/// The values that are needed.
pub struct Live<'a> {
    types: &'a [Type],
    values: ValueSet,
    /// Whether a value was added since this was last unset.
    grown: bool,
}

impl<'a> Live<'a> {
    /// Marks what the results of a function's body need.
    pub fn of(types: &'a [Type], body: &Block) -> Self {
        let mut live = Live { types, values: ValueSet::below(types.len()), grown: true };
        live.need(&body.results);
        while std::mem::take(&mut live.grown) {
            live.block(body);
        }
        live
    }

    /// Whether the value is needed.
    pub fn has(&self, value: Value) -> bool {
        self.values.contains(value)
    }

    fn any(&self, values: &[Value]) -> bool {
        values.iter().any(|value| self.has(*value))
    }

    /// Whether the operation stays: a result is needed, it adds to a sum that is, or it is an effect.
    pub fn keeps(&self, operation: &Operation) -> bool {
        let sum = |value: &Value| self.types[value.0 as usize].accumulator && self.has(*value);
        self.any(&operation.results)
            || (operation.kind == Kind::AddTo && self.has(operation.operands[0]))
            || operation.regions.iter().any(|region| region.captures.iter().any(sum))
            || is_effect(operation)
    }

    /// For each state of a loop, whether it stays.
    pub fn states(&self, operation: &Operation) -> Vec<bool> {
        let (first, carried, kept) = match operation.kind {
            Kind::Scan { carried, .. } => (1, carried, None),
            Kind::While { slots } => {
                (0, operation.operands.len() - 1, slots.map(|_| operation.operands.len() + 1))
            }
            _ => return Vec::new(),
        };
        let state = |at: usize| {
            operation.regions.iter().any(|region| self.has(region.parameters[first + at]))
                || self.has(operation.results[at])
                || kept.is_some_and(|kept| self.has(operation.results[kept + at]))
        };
        (0..carried).map(state).collect()
    }

    fn need(&mut self, values: &[Value]) {
        for value in values {
            self.grown |= self.values.insert(*value);
        }
    }

    fn block(&mut self, block: &Block) {
        for operation in block.operations.iter().rev() {
            if self.keeps(operation) {
                self.operation(operation);
            }
        }
    }

    fn operation(&mut self, operation: &Operation) {
        match &operation.kind {
            Kind::Scan { carried, .. } => self.scan(operation, *carried),
            Kind::While { .. } => self.repeat(operation),
            Kind::Accumulate(sums) => {
                let body = &operation.regions[0];
                let lengths = sum_lengths(sums, &operation.operands).zip(&operation.results);
                let needed = lengths.filter(|(_, sum)| self.has(**sum)).filter_map(|((_, length), _)| length);
                self.need(&needed.collect::<Vec<_>>());
                let yields = [&body.parameters[..sums.len()], &body.results].concat();
                self.yields(&operation.results, &yields);
                self.block(body);
            }
            _ => {
                self.need(&operation.operands);
                for region in &operation.regions {
                    self.yields(&operation.results, &region.results);
                    self.block(region);
                }
            }
        }
    }

    /// Where a result is needed, what is yielded for it is.
    fn yields(&mut self, results: &[Value], yielded: &[Value]) {
        for (result, yielded) in results.iter().zip(yielded) {
            if self.has(*result) {
                self.need(&[*yielded]);
            }
        }
    }

    fn scan(&mut self, operation: &Operation, carried: usize) {
        let body = &operation.regions[0];
        let (run, initial) = operation.operands.split_at(operation.operands.len() - carried);
        self.need(run);
        for (state, stays) in self.states(operation).into_iter().enumerate() {
            if stays {
                self.need(&[initial[state], body.results[state]]);
            }
        }
        self.yields(&operation.results[carried..], &body.results[carried..]);
        self.block(body);
    }

    fn repeat(&mut self, operation: &Operation) {
        let [condition, body] = operation.regions.as_slice() else { panic!("a while has two regions") };
        self.need(&[operation.operands[0], condition.results[0]]);
        for (state, stays) in self.states(operation).into_iter().enumerate() {
            if stays {
                self.need(&[operation.operands[state + 1], body.results[state]]);
            }
        }
        self.block(condition);
        self.block(body);
    }
}

fn is_effect(operation: &Operation) -> bool {
    match operation.kind {
        Kind::Sample(_) | Kind::Score | Kind::Track(_) => true,
        Kind::Expect => false,
        _ => operation.regions.iter().any(|region| region.operations.iter().any(is_effect)),
    }
}
