//! Two loops of one kind, neither of which needs the other.

use super::{adds, bounds, is_nested, rename};
use crate::ir::build::captures;
use crate::ir::{Block, Operation, Value};
use rustc_hash::FxHashSet;

/// The most operations of a fused body: loops stay small enough for registers and tiles.
const MOST: usize = 200;

/// Merges such loops of the block, each with the next of its kind that it may join; whether there were any.
pub(super) fn beside(block: &mut Block) -> bool {
    let before = block.operations.len();
    let mut position = 0;
    while position < block.operations.len() {
        match partner(&block.operations, position) {
            Some((partner, waiting)) => merge(&mut block.operations, position, partner, &waiting),
            None => position += 1,
        }
    }
    block.operations.len() < before
}

/// The next loop that the one at a position can join, and what stands between them and needs its results.
fn partner(operations: &[Operation], position: usize) -> Option<(usize, Vec<usize>)> {
    let first = &operations[position];
    let over = bounds(first)?;
    if over.is_empty() || adds(first) {
        return None;
    }
    let mut waiting = Vec::new();
    let mut needed: FxHashSet<Value> = first.results.iter().copied().collect();
    for (at, second) in operations.iter().enumerate().skip(position + 1) {
        if second.reads().any(|value| needed.contains(&value)) {
            needed.extend(&second.results);
            waiting.push(at);
            continue;
        }
        let alike = second.kind == first.kind && second.operands.is_empty() && !adds(second);
        if alike && is_nested(first) == is_nested(second) && size(first) + size(second) <= MOST {
            return Some((at, waiting));
        }
    }
    None
}

fn size(operation: &Operation) -> usize {
    let inner = operation.regions.iter().flat_map(|region| &region.operations);
    1 + inner.map(size).sum::<usize>()
}

/// One loop where the second stood, before what waits for the first.
fn merge(operations: &mut Vec<Operation>, first: usize, second: usize, waiting: &[usize]) {
    let mut waiting: Vec<Operation> = waiting.iter().rev().map(|at| operations.remove(*at)).collect();
    waiting.reverse();
    let mut after = operations.split_off(second - waiting.len());
    let mut joined = operations.remove(first);
    let mut joining = after.remove(0);
    let (own, mut other) = (&mut joined.regions[0], joining.regions.remove(0));
    let indices = other.parameters.iter().copied().zip(own.parameters.iter().copied()).collect();
    rename(&mut other, &indices);
    own.operations.extend(other.operations);
    own.results.extend(other.results);
    own.captures = captures(own);
    joined.results.extend(joining.results);
    operations.push(joined);
    operations.extend(waiting);
    operations.extend(after);
}
