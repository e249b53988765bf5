//! Pruning: what nothing reads disappears.
//!
//! Goes backwards with the set of live values. Unused results of regions go with what only they need: stacked
//! outputs, states that feed nothing but themselves, sums that are not read together with the adds into them.

use crate::ir::build::captures;
use crate::ir::{Block, Function, Kind, Operation, Value};
use rustc_hash::FxHashSet;

/// Prunes in place. Parameters and results of the function stay.
pub fn prune(function: &mut Function) {
    let mut pass = Prune { live: FxHashSet::default() };
    pass.block(&mut function.body);
    function.body.captures.clear();
}

struct Prune {
    live: FxHashSet<Value>,
}

impl Prune {
    /// Prunes a block whose results are all wanted.
    fn block(&mut self, block: &mut Block) {
        self.live.extend(&block.results);
        let mut kept = Vec::with_capacity(block.operations.len());
        for mut operation in std::mem::take(&mut block.operations).into_iter().rev() {
            if self.wanted(&operation) {
                self.operation(&mut operation);
                kept.push(operation);
            }
        }
        kept.reverse();
        block.operations = kept;
        block.captures = captures(block);
    }

    fn wanted(&self, operation: &Operation) -> bool {
        let effect = match operation.kind {
            Kind::AddTo => self.live.contains(&operation.operands[0]),
            Kind::Sample(_) | Kind::Score | Kind::Track(_) => true,
            _ => false,
        };
        effect
            || operation.results.iter().any(|value| self.live.contains(value))
            || operation.regions.iter().flat_map(|region| &region.operations).any(|inner| self.acts(inner))
    }

    /// Whether a nested operation acts on something live outside its region.
    fn acts(&self, operation: &Operation) -> bool {
        match operation.kind {
            Kind::AddTo => self.live.contains(&operation.operands[0]),
            Kind::Sample(_) | Kind::Score | Kind::Track(_) => true,
            _ => operation.regions.iter().flat_map(|region| &region.operations).any(|inner| self.acts(inner)),
        }
    }

    fn operation(&mut self, operation: &mut Operation) {
        match &operation.kind {
            Kind::Map(_) | Kind::Reduce(..) => self.results(operation, 0),
            Kind::If => self.results(operation, 0),
            Kind::Accumulate(_) => self.accumulate(operation),
            Kind::Scan { .. } => self.scan(operation),
            Kind::While { .. } => self.trips(operation),
            _ => {}
        }
        operation.regions.iter_mut().for_each(|region| self.block(region));
        self.live.extend(&operation.operands);
        self.live.extend(operation.regions.iter().flat_map(|region| &region.captures));
    }

    /// Drops unused results, from the given one on, with what the regions yield for them.
    fn results(&self, operation: &mut Operation, first: usize) {
        let keep: Vec<bool> = operation
            .results
            .iter()
            .enumerate()
            .map(|(position, value)| position < first || self.live.contains(value))
            .collect();
        retain(&mut operation.results, &keep);
        operation.regions.iter_mut().for_each(|region| retain(&mut region.results, &keep));
    }

    fn accumulate(&mut self, operation: &mut Operation) {
        let Kind::Accumulate(sums) = &mut operation.kind else { return };
        let region = &mut operation.regions[0];
        let read = |value: &Value| self.live.contains(value);
        let keep_sums: Vec<bool> = operation.results[..sums.len()].iter().map(read).collect();
        let keep_results: Vec<bool> = operation.results[sums.len()..].iter().map(read).collect();
        retain(&mut region.results, &keep_results);
        retain(&mut region.parameters, &keep_sums);
        retain(sums, &keep_sums);
        retain(&mut operation.results, &[keep_sums, keep_results].concat());
        self.live.extend(&operation.regions[0].parameters);
    }

    fn scan(&mut self, operation: &mut Operation) {
        let Kind::Scan { carried, .. } = &mut operation.kind else { return };
        let region = &mut operation.regions[0];
        let read = |value: &Value| self.live.contains(value);
        let outputs: Vec<bool> = operation.results[*carried..].iter().map(read).collect();
        let mut states: Vec<bool> = operation.results[..*carried].iter().map(read).collect();
        let yielded = region.results[*carried..].iter().zip(&outputs);
        let roots = yielded.filter(|(_, wanted)| **wanted).map(|(value, _)| *value).collect();
        states_needed(region, 1, roots, &mut states);
        let bounds = operation.operands.len() - *carried;
        retain(&mut operation.operands, &[vec![true; bounds], states.clone()].concat());
        retain(&mut region.parameters, &[vec![true], states.clone()].concat());
        *carried = states.iter().filter(|kept| **kept).count();
        let keep = [states, outputs].concat();
        retain(&mut region.results, &keep);
        retain(&mut operation.results, &keep);
    }

    fn trips(&mut self, operation: &mut Operation) {
        let Kind::While { slots } = &mut operation.kind else { return };
        let carried = operation.operands.len() - 1;
        let read = |value: &Value| self.live.contains(value);
        if slots.is_some() {
            if operation.results[carried + 1..].iter().any(read) {
                return;
            }
            *slots = None;
            operation.results.truncate(carried + 1);
        }
        let mut states: Vec<bool> = operation.results[..carried].iter().map(read).collect();
        let asked = demand(&operation.regions[0], operation.regions[0].results.clone());
        for (needed, parameter) in states.iter_mut().zip(&operation.regions[0].parameters) {
            *needed |= asked.contains(parameter);
        }
        states_needed(&operation.regions[1], 0, Vec::new(), &mut states);
        retain(&mut operation.regions[0].parameters, &states);
        retain(&mut operation.regions[1].parameters, &states);
        retain(&mut operation.regions[1].results, &states);
        retain(&mut operation.operands, &[vec![true], states.clone()].concat());
        retain(&mut operation.results, &[states, vec![true]].concat());
    }
}

fn retain<T>(list: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    list.retain(|_| *keep.next().expect("one flag for each entry"));
}

/// Extends the set of needed states to all that they, the roots and the effects of the body are made of. The
/// states' parameters begin at `first`; their next values are the first results.
fn states_needed(body: &Block, first: usize, roots: Vec<Value>, states: &mut [bool]) {
    loop {
        let next = body.results.iter().zip(states.iter()).filter(|(_, needed)| **needed);
        let demanded = demand(body, roots.iter().copied().chain(next.map(|(value, _)| *value)).collect());
        let before = states.to_vec();
        for (needed, parameter) in states.iter_mut().zip(&body.parameters[first..]) {
            *needed |= demanded.contains(parameter);
        }
        if before == states {
            return;
        }
    }
}

/// The values that the roots and the effects of a block are made of; a region is taken whole.
fn demand(block: &Block, roots: Vec<Value>) -> FxHashSet<Value> {
    let mut demanded: FxHashSet<Value> = roots.into_iter().collect();
    for operation in block.operations.iter().rev() {
        if acts_somewhere(operation) || operation.results.iter().any(|value| demanded.contains(value)) {
            demanded.extend(&operation.operands);
            demanded.extend(operation.regions.iter().flat_map(|region| &region.captures));
        }
    }
    demanded
}

fn acts_somewhere(operation: &Operation) -> bool {
    matches!(operation.kind, Kind::AddTo | Kind::Sample(_) | Kind::Score | Kind::Track(_))
        || operation.regions.iter().flat_map(|region| &region.operations).any(acts_somewhere)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Binding, Bound, Builder, Element, Type};

    #[test]
    fn a_state_that_feeds_only_itself_disappears() {
        let mut builder = Builder::new("f", Vec::new());
        let x = builder.parameter(Type::f64(), Binding::Live);
        let results = builder.scan(Bound::Size(9.into()), None, &[x, x], false, |builder, _, states| {
            let (sum, product) = (builder.add(states[0], x), builder.mul(states[1], x));
            vec![sum, product, sum, product]
        });
        let mut function = builder.finish(vec![results[2]]);
        prune(&mut function);
        let scan = &function.body.operations[0];
        assert_eq!(scan.results.len(), 2);
        assert_eq!(scan.regions[0].operations.len(), 1);
    }

    #[test]
    fn a_sum_that_is_not_read_goes_with_its_adds() {
        let mut builder = Builder::new("f", Vec::new());
        let x = builder.parameter(Type::array(Element::F64, vec![4.into()]), Binding::Live);
        let array = builder.type_of(x).clone();
        let sums = builder.accumulate(vec![array.clone(), array], |builder, sums| {
            builder.map(vec![Bound::Size(4.into())], vec![], |builder, index| {
                let entry = builder.index(x, index, crate::ir::kind::Check::Proved);
                sums.iter().for_each(|sum| builder.add_to(*sum, index, entry));
                vec![]
            });
            vec![]
        });
        let mut function = builder.finish(vec![sums[1]]);
        prune(&mut function);
        let accumulate = &function.body.operations[0];
        assert_eq!(accumulate.results.len(), 1);
        let adds = |operation: &&Operation| operation.kind == Kind::AddTo;
        assert_eq!(accumulate.regions[0].operations[0].regions[0].operations.iter().filter(adds).count(), 1);
    }
}
