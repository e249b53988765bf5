//! Regions become joint regions: parameters, states and results, each followed by the tangents of the active ones.

use super::{Forward, ResolveError};
use crate::ir::infer::sum_lengths;
use crate::ir::kind::Slots;
use crate::ir::{Block, Bound, Kind, Operation, Type, Value};

impl Forward<'_> {
    /// Opens a joint region: the block's parameters, then tangents of the active ones.
    fn open(&mut self, block: &Block) {
        let active = self.active_among(&block.parameters);
        let types = [self.primal.types_of(&block.parameters), self.primal.types_of(&active)].concat();
        let parameters = self.builder.begin(types);
        let (values, tangents) = parameters.split_at(block.parameters.len());
        self.primal.bind_all(&block.parameters, values);
        self.bind_tangents(&block.parameters, tangents);
    }

    /// What a joint region yields: these values, then tangents where the operation's results are active.
    fn yields(&mut self, yielded: &[Value], results: &[Value]) -> Vec<Value> {
        let mut all = self.primal.all(yielded);
        for (yielded, result) in yielded.iter().zip(results) {
            if self.active.has(*result) {
                all.push(self.tangent_or_zero(*yielded));
            }
        }
        all
    }

    /// A joint region that yields for these results of its operation.
    pub(super) fn region(&mut self, block: &Block, results: &[Value]) -> Result<Block, ResolveError> {
        self.open(block);
        self.block(block)?;
        let yields = self.yields(&block.results, results);
        Ok(self.builder.end(yields))
    }

    /// Binds values, then tangents of the active ones, to results in groups.
    fn bind_joint(&mut self, groups: &[&[Value]], mut joint: &[Value]) {
        for group in groups {
            let (values, rest) = joint.split_at(group.len());
            let (tangents, rest) = rest.split_at(self.active_among(group).len());
            self.primal.bind_all(group, values);
            self.bind_tangents(group, tangents);
            joint = rest;
        }
    }

    pub(super) fn map(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        let region = self.region(&operation.regions[0], &operation.results)?;
        let run = self.primal.all(&operation.operands);
        let joint = self.builder.push(operation.kind.clone(), run, vec![region]);
        self.bind_joint(&[&operation.results], &joint);
        Ok(())
    }

    pub(super) fn branch(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        let regions = operation.regions.iter().map(|block| self.region(block, &operation.results));
        let regions = regions.collect::<Result<_, _>>()?;
        let condition = self.primal.all(&operation.operands);
        let joint = self.builder.push(Kind::If, condition, regions);
        self.bind_joint(&[&operation.results], &joint);
        Ok(())
    }

    pub(super) fn accumulate(&mut self, operation: &Operation, sums: &[Type]) -> Result<(), ResolveError> {
        let body = &operation.regions[0];
        let region = self.region(body, &operation.results[sums.len()..])?;
        let active = self.active_among(&body.parameters);
        let tangents = active.iter().map(|sum| self.source.type_of(*sum).to_array());
        let sums_joint = sums.iter().cloned().chain(tangents).collect();
        let lengths = self.primal.all(&operation.operands);
        let of_active = sum_lengths(sums, &lengths).zip(&body.parameters);
        let of_active =
            of_active.filter(|(_, sum)| active.contains(sum)).filter_map(|((_, length), _)| length);
        let lengths = lengths.iter().copied().chain(of_active).collect();
        let joint = self.builder.push(Kind::Accumulate(sums_joint), lengths, vec![region]);
        let (sum_results, results) = operation.results.split_at(sums.len());
        self.bind_joint(&[sum_results, results], &joint);
        Ok(())
    }

    /// Initial states, then tangents where the state is active.
    fn initial(&mut self, operands: &[Value], states: &[Value]) -> Vec<Value> {
        self.yields(operands, states)
    }

    pub(super) fn scan(
        &mut self,
        operation: &Operation,
        bound: &Bound,
        carried: usize,
        reverse: bool,
    ) -> Result<(), ResolveError> {
        let body = &operation.regions[0];
        let states = &body.parameters[1..];
        let (run, operands) = operation.operands.split_at(operation.operands.len() - carried);
        let operands = [self.primal.all(run), self.initial(operands, states)].concat();
        self.open(body);
        self.block(body)?;
        let (next, outputs) = body.results.split_at(carried);
        let (last, stacked) = operation.results.split_at(carried);
        let yields = [self.yields(next, states), self.yields(outputs, stacked)].concat();
        let region = self.builder.end(yields);
        let carried = carried + self.active_among(states).len();
        let kind = Kind::Scan { bound: bound.clone(), carried, reverse };
        let joint = self.builder.push(kind, operands, vec![region]);
        self.bind_joint(&[last, stacked], &joint);
        Ok(())
    }

    /// The condition sees the states only; slots, where they are kept, hold tangents too.
    pub(super) fn repeat(&mut self, operation: &Operation, slots: Option<Slots>) -> Result<(), ResolveError> {
        let [condition, body] = operation.regions.as_slice() else { panic!("a while has two regions") };
        let states = &body.parameters;
        let (limit, operands) = operation.operands.split_first().expect("a while has a limit");
        let operands = [vec![self.value(*limit)], self.initial(operands, states)].concat();
        let tangents = self.primal.types_of(&self.active_among(states));
        let types = [self.primal.types_of(&condition.parameters), tangents].concat();
        let parameters = self.builder.begin(types);
        self.primal.bind_all(&condition.parameters, &parameters[..states.len()]);
        self.primal.operations(&mut self.builder, condition);
        let condition = self.builder.end(self.primal.all(&condition.results));
        self.open(body);
        self.block(body)?;
        let yields = self.yields(&body.results, states);
        let body = self.builder.end(yields);
        let joint = self.builder.push(Kind::While { slots }, operands, vec![condition, body]);
        let carried = operation.regions[1].parameters.len();
        let (last, rest) = operation.results.split_at(carried);
        let (counts, kept) = rest.split_at(if slots.is_some() { 2 } else { 1 });
        self.bind_joint(&[last, counts, kept], &joint);
        Ok(())
    }
}
