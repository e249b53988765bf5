//! Moves what does not depend on a region's index or state in front of the region.

use super::{harmless, movable, speculable};
use crate::ir::build::captures;
use crate::ir::prove::Prover;
use crate::ir::{Block, Bound, Function, Kind, Operation, Polynomial, Value};
use rustc_hash::FxHashSet;

/// Hoists invariants out of loops, innermost first, in place. Branches of `if` keep what is theirs: it may be costly
/// and not needed. A read stays where it is proved to lie inside, and what may fail or not end inside a loop that
/// may be empty, and behind what may fail before it.
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
            let runs = is_certain(&operation.kind);
            for region in &mut operation.regions {
                block.operations.extend(take_invariants(region, runs, prover, around));
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

/// Whether a loop has a first iteration, whatever the data.
fn is_certain(kind: &Kind) -> bool {
    let positive = |bound: &Bound| bound.size().and_then(Polynomial::as_constant).is_some_and(|n| n > 0);
    match kind {
        Kind::Map(bounds) | Kind::Reduce(_, bounds) => bounds.iter().all(positive),
        Kind::Scan { bound, .. } => positive(bound),
        _ => false,
    }
}

/// Whether the regions of such an operation may run more than once.
pub(in crate::transform) fn repeats(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Map(_) | Kind::Reduce(..) | Kind::Scan { .. } | Kind::While { .. } | Kind::Accumulate(_)
    )
}

/// Takes the operations that see nothing of the region; `runs` says whether it runs at all.
fn take_invariants(region: &mut Block, runs: bool, prover: &Prover, around: &[Value]) -> Vec<Operation> {
    let mut inside: FxHashSet<Value> = region.parameters.iter().copied().collect();
    let (mut moved, mut kept) = (Vec::new(), Vec::new());
    let mut certain = runs;
    for operation in std::mem::take(&mut region.operations) {
        let inner = operation.regions.iter().flat_map(|region| &region.captures);
        let varies = operation.operands.iter().chain(inner).any(|value| inside.contains(value));
        let may = speculable(&operation) || certain && movable(&operation);
        if varies || !may || !prover.stands(&operation, around) {
            inside.extend(&operation.results);
            certain &= harmless(&operation);
            kept.push(operation);
        } else {
            moved.push(operation);
        }
    }
    region.operations = kept;
    region.captures = captures(region);
    moved
}
