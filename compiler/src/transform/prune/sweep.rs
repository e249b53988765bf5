//! Drops what is not live, kind by kind.

use super::live::Live;
use crate::ir::build::captures;
use crate::ir::{Block, Kind, Operation, Value};
use rustc_hash::FxHashMap;

pub(super) struct Sweep<'a> {
    live: &'a Live<'a>,
    /// Results of an `accumulate` without sums, and what its body yielded for them.
    replaced: FxHashMap<Value, Value>,
}

impl<'a> Sweep<'a> {
    pub fn new(live: &'a Live<'a>) -> Self {
        Self { live, replaced: FxHashMap::default() }
    }

    pub fn block(&mut self, block: &mut Block) {
        let operations = std::mem::take(&mut block.operations);
        self.operations(operations, &mut block.operations);
        self.rename(&mut block.results);
        block.captures = captures(block);
    }

    fn operations(&mut self, operations: Vec<Operation>, out: &mut Vec<Operation>) {
        for mut operation in operations {
            if !self.live.keeps(&operation) {
                continue;
            }
            self.rename(&mut operation.operands);
            self.narrow(&mut operation);
            if operation.kind == Kind::Accumulate(Vec::new()) {
                self.open(operation, out);
                continue;
            }
            operation.regions.iter_mut().for_each(|region| self.block(region));
            out.push(operation);
        }
    }

    /// The body of an `accumulate` that sums nothing stands where it stood.
    fn open(&mut self, mut operation: Operation, out: &mut Vec<Operation>) {
        let mut body = operation.regions.pop().expect("an accumulate has a region");
        self.operations(body.operations, out);
        self.rename(&mut body.results);
        self.replaced.extend(operation.results.into_iter().zip(body.results));
    }

    fn rename(&self, values: &mut [Value]) {
        for value in values {
            *value = self.replaced.get(value).copied().unwrap_or(*value);
        }
    }

    fn are_live(&self, values: &[Value]) -> Vec<bool> {
        values.iter().map(|value| self.live.has(*value)).collect()
    }

    /// Drops operands, parameters and results that are not live.
    fn narrow(&self, operation: &mut Operation) {
        match &operation.kind {
            Kind::Map(_) | Kind::Reduce(..) | Kind::If | Kind::Expect => {
                let live = self.are_live(&operation.results);
                retain(&mut operation.results, &live);
                operation.regions.iter_mut().for_each(|region| retain(&mut region.results, &live));
            }
            Kind::Scan { .. } => self.scan(operation),
            Kind::While { .. } => self.repeat(operation),
            Kind::Accumulate(_) => self.accumulate(operation),
            _ => {}
        }
    }

    fn scan(&self, operation: &mut Operation) {
        let states = self.live.states(operation);
        let Kind::Scan { carried, .. } = &mut operation.kind else { unreachable!("a scan") };
        let outputs = self.are_live(&operation.results[*carried..]);
        let runs = operation.operands.len() - *carried;
        *carried = count(&states);
        let results = [states.as_slice(), &outputs].concat();
        let body = &mut operation.regions[0];
        retain(&mut operation.operands, &[vec![true; runs], states.clone()].concat());
        retain(&mut body.parameters, &[&[true], states.as_slice()].concat());
        retain(&mut body.results, &results);
        retain(&mut operation.results, &results);
    }

    fn repeat(&self, operation: &mut Operation) {
        let states = self.live.states(operation);
        let carried = states.len();
        let Kind::While { slots } = &mut operation.kind else { unreachable!("a while") };
        let kept = operation.results[carried + 1..].iter().any(|value| self.live.has(*value));
        let mut results = [states.as_slice(), &[true]].concat();
        if slots.is_some() {
            results.extend(std::iter::once(kept).chain(states.iter().map(|stays| *stays && kept)));
        }
        *slots = slots.filter(|_| kept);
        retain(&mut operation.operands, &[&[true], states.as_slice()].concat());
        for region in &mut operation.regions {
            retain(&mut region.parameters, &states);
        }
        retain(&mut operation.regions[1].results, &states);
        retain(&mut operation.results, &results);
    }

    fn accumulate(&self, operation: &mut Operation) {
        let Kind::Accumulate(sums) = &mut operation.kind else { unreachable!("an accumulate") };
        let live = self.are_live(&operation.results);
        let (read, yielded) = live.split_at(sums.len());
        let runs = sums.iter().zip(read).filter(|(of, _)| of.runs());
        retain(&mut operation.operands, &runs.map(|(_, read)| *read).collect::<Vec<bool>>());
        retain(sums, read);
        retain(&mut operation.regions[0].parameters, read);
        retain(&mut operation.regions[0].results, yielded);
        retain(&mut operation.results, &live);
    }
}

fn count(flags: &[bool]) -> usize {
    flags.iter().filter(|flag| **flag).count()
}

/// Keeps the items whose flag is set.
fn retain<T>(items: &mut Vec<T>, keep: &[bool]) {
    assert_eq!(items.len(), keep.len(), "one flag for each");
    let mut keep = keep.iter();
    items.retain(|_| *keep.next().expect("one flag for each"));
}
