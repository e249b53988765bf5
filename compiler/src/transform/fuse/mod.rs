//! Fusion: loops over the same indices become one loop.
//!
//! What disappears: an array that one loop writes and only one other reads, entry by entry at the same indices
//! (`chain`); the second of two loops of the same kind that do not read each other (`beside`), also where it stands in an
//! accumulation, as the reverse sweep of a batch does. What appears: nothing. Values keep their bits: every entry is
//! computed by the same operations, every reduction in its order.
//!
//! A loop that contains loops is fused with its like only: work per row would otherwise leave the tiles that make it
//! cheap.

mod beside;
mod chain;
#[cfg(test)]
mod tests;

use crate::ir::build::captures;
use crate::ir::{Block, Bound, Function, Kind, Operation, Type, Value};
use rustc_hash::FxHashMap;

/// Fuses in place.
pub fn fuse(function: &mut Function) {
    block(&mut function.body, &mut function.types);
    function.body.captures.clear();
}

/// The block's own loops first: they bring together what its inner blocks then fuse.
fn block(block: &mut Block, types: &mut Vec<Type>) {
    chain::chain(block);
    if beside::beside(block, types) {
        chain::chain(block);
    }
    for operation in &mut block.operations {
        operation.regions.iter_mut().for_each(|region| self::block(region, types));
    }
    block.captures = captures(block);
}

/// The bounds of a loop without order, with the extents that only the run knows.
fn bounds(operation: &Operation) -> Option<(&[Bound], &[Value])> {
    match &operation.kind {
        Kind::Map(bounds) | Kind::Reduce(_, bounds) => Some((bounds, &operation.operands)),
        _ => None,
    }
}

/// Whether a loop contains loops.
fn is_nested(operation: &Operation) -> bool {
    let region = &operation.regions[0];
    region.operations.iter().any(|inner| !inner.regions.is_empty() && inner.kind != Kind::If)
}

/// Whether it adds to a sum of a region around it.
fn adds(operation: &Operation) -> bool {
    operation.kind == Kind::AddTo || operation.regions.iter().flat_map(|region| &region.operations).any(adds)
}

/// Gives values other names, in nested regions too; captures are found anew.
fn rename(block: &mut Block, names: &FxHashMap<Value, Value>) {
    let name = |value: &mut Value| *value = names.get(value).copied().unwrap_or(*value);
    for operation in &mut block.operations {
        operation.operands.iter_mut().for_each(name);
        operation.regions.iter_mut().for_each(|region| rename(region, names));
    }
    block.results.iter_mut().for_each(name);
    block.captures = captures(block);
}
