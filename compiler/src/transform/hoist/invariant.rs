//! Moves what does not depend on a region's index or state in front of the region.

use super::speculable;
use crate::ir::build::captures;
use crate::ir::prove::Prover;
use crate::ir::{Block, Function, Kind, Operation, Value};
use rustc_hash::FxHashSet;

/// Hoists invariants out of loops, innermost first, in place. Branches of `if` keep what is theirs: it may be costly
/// and not needed. A read stays where it is proved to lie inside.
pub fn invariants(function: &mut Function) {
    let before = function.clone();
    block(&mut function.body, &Prover::new(&before), &mut Vec::new());
    function.body.captures.clear();
}

/// `around` are the indices of the loops around the block.
fn block(block: &mut Block, prover: &Prover, around: &mut Vec<Value>) {
    let operations = std::mem::take(&mut block.operations);
    for mut operation in operations {
        let depth = around.len();
        for region in &mut operation.regions {
            around.extend(indices(&operation.kind, region));
            self::block(region, prover, around);
            around.truncate(depth);
        }
        if repeats(&operation.kind) {
            for region in &mut operation.regions {
                block.operations.extend(take_invariants(region, prover, around));
            }
        }
        block.operations.push(operation);
    }
    block.captures = captures(block);
}

/// The parameters of a region that are loop indices.
fn indices(kind: &Kind, region: &Block) -> Vec<Value> {
    match kind {
        Kind::Map(_) | Kind::Reduce(..) => region.parameters.clone(),
        Kind::Scan { .. } => region.parameters[..1].to_vec(),
        _ => Vec::new(),
    }
}

fn repeats(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Map(_) | Kind::Reduce(..) | Kind::Scan { .. } | Kind::While { .. } | Kind::Accumulate(_)
    )
}

/// Takes the operations that see nothing of the region.
fn take_invariants(region: &mut Block, prover: &Prover, around: &[Value]) -> Vec<Operation> {
    let mut inside: FxHashSet<Value> = region.parameters.iter().copied().collect();
    let (mut moved, mut kept) = (Vec::new(), Vec::new());
    for operation in std::mem::take(&mut region.operations) {
        let inner = operation.regions.iter().flat_map(|region| &region.captures);
        let varies = operation.operands.iter().chain(inner).any(|value| inside.contains(value));
        if varies || !speculable(&operation) || !prover.stands(&operation, around) {
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
