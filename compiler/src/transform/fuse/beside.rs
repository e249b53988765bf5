//! Two loops of one kind, neither of which needs the other.

use super::{adds, bounds, is_nested, rename};
use crate::ir::build::captures;
use crate::ir::{Block, Kind, Operation, Type, Value};
use crate::transform::copy::Copier;
use rustc_hash::{FxHashMap, FxHashSet};

/// The most operations of a fused body: loops stay small enough for registers and tiles.
const MOST: usize = 200;

/// The same of a body with loops inside, which is in no tiles.
const MOST_NESTED: usize = 1000;

/// Merges such loops of the block, each with the next of its kind that it may join; whether there were any.
pub(super) fn beside(block: &mut Block, types: &mut Vec<Type>) -> bool {
    let before = block.operations.len();
    let mut position = 0;
    while position < block.operations.len() {
        match partner(&block.operations, position) {
            Some((partner, waiting)) => merge(&mut block.operations, (position, partner), &waiting, types),
            None => position += 1,
        }
    }
    block.operations.len() < before
}

/// The next loop that the one at a position can join, or the accumulation in which it stands, and what stands between them
/// and needs its results.
fn partner(operations: &[Operation], position: usize) -> Option<(usize, Vec<usize>)> {
    let first = &operations[position];
    let (over, _) = bounds(first)?;
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
        if joins(first, second) && !adds(second) || inner(first, second).is_some() {
            return Some((at, waiting));
        }
    }
    None
}

/// Whether two loops may be one.
fn joins(first: &Operation, second: &Operation) -> bool {
    let alike = second.kind == first.kind && second.operands == first.operands;
    let nested = is_nested(first);
    let most = if nested { MOST_NESTED } else { MOST };
    alike && nested == is_nested(second) && size(first) + size(second) <= most
}

/// Where in an accumulation the loop stands that another may join: one that is in no tiles, since it adds to sums around it.
fn inner(first: &Operation, second: &Operation) -> Option<usize> {
    let (Kind::Accumulate(_), [region]) = (&second.kind, second.regions.as_slice()) else { return None };
    region.operations.iter().position(|inner| joins(first, inner) && is_nested(inner))
}

fn size(operation: &Operation) -> usize {
    let inner = operation.regions.iter().flat_map(|region| &region.operations);
    1 + inner.map(size).sum::<usize>()
}

/// One loop where the second stood, before what waits for the first.
fn merge(
    operations: &mut Vec<Operation>,
    (first, second): (usize, usize),
    waiting: &[usize],
    types: &mut Vec<Type>,
) {
    let mut waiting: Vec<Operation> = waiting.iter().rev().map(|at| operations.remove(*at)).collect();
    waiting.reverse();
    let mut after = operations.split_off(second - waiting.len());
    let first = operations.remove(first);
    let joining = after.remove(0);
    operations.push(match inner(&first, &joining) {
        Some(at) => accumulated(first, joining, at, types),
        None => joined(first, joining),
    });
    operations.extend(waiting);
    operations.extend(after);
}

/// One loop of two.
fn joined(mut first: Operation, mut second: Operation) -> Operation {
    let (own, mut other) = (&mut first.regions[0], second.regions.remove(0));
    let indices = other.parameters.iter().copied().zip(own.parameters.iter().copied()).collect();
    rename(&mut other, &indices);
    own.operations.extend(other.operations);
    own.results.extend(other.results);
    own.captures = captures(own);
    first.results.extend(second.results);
    first
}

/// The accumulation with the loop in the one that stands there, which gives its results through it.
fn accumulated(mut first: Operation, mut around: Operation, at: usize, types: &mut Vec<Type>) -> Operation {
    let mut copier = Copier { types, names: FxHashMap::default() };
    around.results.extend(&first.results);
    first.results.iter_mut().for_each(|result| *result = copier.define(*result));
    let region = &mut around.regions[0];
    region.results.extend(&first.results);
    let second = region.operations.remove(at);
    region.operations.insert(at, joined(first, second));
    region.captures = captures(region);
    around
}
