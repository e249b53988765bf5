//! Moves what does not depend on a region's index or state in front of the region.

use super::speculable;
use crate::ir::build::captures;
use crate::ir::{Block, Function, Kind, Operation, Value};
use rustc_hash::FxHashSet;

/// Hoists invariants out of loops, innermost first, in place. Branches of `if` keep what is theirs: it may be costly
/// and not needed.
pub fn invariants(function: &mut Function) {
    block(&mut function.body);
    function.body.captures.clear();
}

fn block(block: &mut Block) {
    let operations = std::mem::take(&mut block.operations);
    for mut operation in operations {
        operation.regions.iter_mut().for_each(self::block);
        if repeats(&operation.kind) {
            for region in &mut operation.regions {
                block.operations.extend(take_invariants(region));
            }
        }
        block.operations.push(operation);
    }
    block.captures = captures(block);
}

fn repeats(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Map(_) | Kind::Reduce(..) | Kind::Scan { .. } | Kind::While { .. } | Kind::Accumulate(_)
    )
}

/// Takes the operations that see nothing of the region.
fn take_invariants(region: &mut Block) -> Vec<Operation> {
    let mut inside: FxHashSet<Value> = region.parameters.iter().copied().collect();
    let (mut moved, mut kept) = (Vec::new(), Vec::new());
    for operation in std::mem::take(&mut region.operations) {
        let inner = operation.regions.iter().flat_map(|region| &region.captures);
        let varies = operation.operands.iter().chain(inner).any(|value| inside.contains(value));
        if varies || !speculable(&operation) {
            inside.extend(&operation.results);
            kept.push(operation);
        } else {
            moved.push(operation);
        }
    }
    region.operations = kept;
    region.captures = captures(region);
    moved
}
