//! Run-time lengths: which arrays with a run-time first axis are as long as a loop runs, known from where they were
//! made.

use crate::ir::infer::sum_lengths;
use crate::ir::{Block, Bound, Dimension, Function, Kind, Operation, Origin, Type, Value};
use crate::transform::activity::Activity;
use rustc_hash::FxHashMap;

/// Where a run-time length comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// A count that bounded the loop that made the array.
    Count(Value),
    /// An array's own length.
    Of(Value),
}

/// The lengths of a function's arrays, and the counts that are lengths.
#[derive(Default)]
pub(super) struct Lengths {
    known: FxHashMap<Value, Length>,
}

impl Lengths {
    /// Pairs are arrays as long as one another, such as a parameter's tangent and the parameter.
    pub fn of(function: &Function, alike: &[(Value, Value)]) -> Self {
        let mut lengths = Self::default();
        for (array, other) in alike {
            lengths.known.insert(*array, Length::Of(*other));
        }
        lengths.block(function, &function.body);
        lengths
    }

    /// The run-time length of an array.
    pub fn array(&self, array: Value) -> Length {
        self.known.get(&array).copied().unwrap_or(Length::Of(array))
    }

    /// A count, as a length where it is one.
    fn count(&self, count: Value) -> Length {
        self.known.get(&count).copied().unwrap_or(Length::Count(count))
    }

    /// Whether the array's first axes are the loop's bounds, each over its whole range.
    pub fn span(&self, array: Value, of: &Type, loop_: &Operation, bounds: &[Bound]) -> bool {
        let same = |(bound, extent): (&Bound, &Dimension)| match bound {
            Bound::Size(_) => bound.dimension() == *extent,
            Bound::Run => *extent == Dimension::Run && self.count(loop_.operands[0]) == self.array(array),
        };
        !of.accumulator && of.rank() >= bounds.len() && bounds.iter().zip(&of.shape).all(same)
    }

    /// A linear array of this block whose length cannot be told from values.
    pub fn untold(&self, function: &Function, linear: &Activity, block: &Block) -> Option<Origin> {
        block.operations.iter().find_map(|operation| {
            let untold = |value: &Value| {
                let runs = linear.has(*value) && function.type_of(*value).runs();
                runs && matches!(self.array(*value), Length::Of(array) if linear.has(array))
            };
            let inner = operation.regions.iter().find_map(|region| self.untold(function, linear, region));
            if operation.results.iter().any(untold) { Some(operation.origin) } else { inner }
        })
    }

    fn block(&mut self, function: &Function, block: &Block) {
        for operation in &block.operations {
            operation.regions.iter().for_each(|region| self.block(function, region));
            self.operation(function, operation);
        }
    }

    fn operation(&mut self, function: &Function, operation: &Operation) {
        let runs = |value: &Value| function.type_of(*value).runs();
        let first = operation.operands.first();
        match &operation.kind {
            Kind::Length(0) if runs(&operation.operands[0]) => {
                self.known.insert(operation.results[0], self.array(operation.operands[0]));
            }
            Kind::Stop if runs(&operation.operands[0]) => {
                self.known.insert(operation.results[0], self.array(operation.operands[0]));
            }
            Kind::Map(_) => self.stacked(operation, 0, first.filter(|_| operation.results.iter().any(runs))),
            Kind::Scan { bound: Bound::Run, carried, .. } => self.stacked(operation, *carried, first),
            Kind::If => {
                let [yes, no] = operation.regions.as_slice() else { panic!("an if has two regions") };
                for (result, (yes, no)) in operation.results.iter().zip(yes.results.iter().zip(&no.results)) {
                    if runs(result) && self.array(*yes) == self.array(*no) {
                        self.known.insert(*result, self.array(*yes));
                    }
                }
            }
            Kind::Accumulate(sums) => {
                for ((_, length), result) in sum_lengths(sums, &operation.operands).zip(&operation.results) {
                    self.known.extend(length.map(|length| (*result, self.count(length))));
                }
                let yielded = operation.regions[0].results.iter().zip(&operation.results[sums.len()..]);
                for (yielded, result) in yielded.filter(|(_, result)| runs(result)) {
                    self.known.insert(*result, self.array(*yielded));
                }
            }
            _ => {}
        }
    }

    fn stacked(&mut self, operation: &Operation, from: usize, count: Option<&Value>) {
        if let Some(count) = count {
            let length = self.count(*count);
            self.known.extend(operation.results[from..].iter().map(|result| (*result, length)));
        }
    }
}
