//! Peeling: where a linear array is read in a loop at exactly the loop's indices, or at these and further ones, the
//! entry or row is read once, first in the body, and further indices apply to it. Then its cotangent is a further
//! result of the transposed loop, however deep the reads stand.

use crate::ir::build::captures;
use crate::ir::kind::Check;
use crate::ir::{Block, Bound, Function, Kind, Operation, Origin, Type, Value};
use crate::transform::activity::Activity;
use rustc_hash::FxHashMap;

/// Peels the linear reads of a function in place.
pub(super) fn peel(function: &mut Function, linear: &mut Activity) {
    let mut body = std::mem::take(&mut function.body);
    block(function, linear, &mut body);
    function.body = body;
}

fn block(function: &mut Function, linear: &mut Activity, of: &mut Block) {
    for operation in &mut of.operations {
        let bounds = match &operation.kind {
            Kind::Map(bounds) | Kind::Reduce(_, bounds) => bounds.as_slice(),
            Kind::Scan { bound, .. } => std::slice::from_ref(bound),
            _ => &[],
        };
        if let (Some(body), false) = (operation.regions.first_mut(), bounds.is_empty()) {
            let arrays = body.captures.iter().copied().filter(|value| linear.has(*value));
            for array in arrays.collect::<Vec<_>>() {
                row(function, linear, body, array, bounds);
            }
        }
        operation.regions.iter_mut().for_each(|region| block(function, linear, region));
        operation.regions.iter_mut().for_each(|region| region.captures = captures(region));
    }
}

/// Whether the loop's indices can be the array's first ones, over their whole range.
fn spans(of: &Type, bounds: &[Bound]) -> bool {
    let known = |bound: &Bound| matches!(bound, Bound::Size(_));
    !of.accumulator
        && of.rank() >= bounds.len()
        && bounds.iter().all(known)
        && bounds.iter().zip(&of.shape).all(|(bound, extent)| bound.dimension() == *extent)
}

/// Whether an array is read in a loop's body, straight and only, at exactly the loop's indices.
pub(super) fn reads_entries(body: &Block, array: Value, of: &Type, bounds: &[Bound]) -> bool {
    let indices = &body.parameters[..bounds.len()];
    let exactly = |operation: &Operation| {
        let read = matches!(operation.kind, Kind::Index(_)) && operation.operands[0] == array;
        let nested = operation.regions.iter().any(|region| region.captures.contains(&array));
        (read && operation.operands[1..] == *indices) || (!operation.operands.contains(&array) && !nested)
    };
    spans(of, bounds) && !body.results.contains(&array) && body.operations.iter().all(exactly)
}

/// Whether every read of an array, at any depth, begins with these indices.
fn leads(block: &Block, array: Value, indices: &[Value]) -> bool {
    let fits = |operation: &Operation| {
        let read = matches!(operation.kind, Kind::Index(_)) && operation.operands[0] == array;
        (read && operation.operands[1..].starts_with(indices)) || !operation.operands.contains(&array)
    };
    !block.results.contains(&array)
        && block.operations.iter().all(|operation| {
            fits(operation) && operation.regions.iter().all(|region| leads(region, array, indices))
        })
}

/// Reads the array's row first in the body, if all its reads begin with the loop's indices.
fn row(function: &mut Function, linear: &mut Activity, body: &mut Block, array: Value, bounds: &[Bound]) {
    let of = function.type_of(array).clone();
    let indices = body.parameters[..bounds.len()].to_vec();
    if !spans(&of, bounds) || !leads(body, array, &indices) {
        return;
    }
    let row = Value(function.types.len() as u32);
    function.types.push(of.indexed(indices.len()));
    linear.add(row);
    let mut replaced = FxHashMap::default();
    shorten(body, array, row, indices.len(), &mut replaced);
    let read = Operation {
        kind: Kind::Index(Check::Proved),
        operands: [&[array], indices.as_slice()].concat(),
        regions: Vec::new(),
        results: vec![row],
        origin: Origin(0),
    };
    body.operations.insert(0, read);
}

/// Lets reads of the array be reads of its row; those of all of it are the row itself.
fn shorten(
    block: &mut Block,
    array: Value,
    row: Value,
    count: usize,
    replaced: &mut FxHashMap<Value, Value>,
) {
    let rename = |values: &mut [Value], replaced: &FxHashMap<Value, Value>| {
        values.iter_mut().for_each(|value| *value = replaced.get(value).copied().unwrap_or(*value));
    };
    for mut operation in std::mem::take(&mut block.operations) {
        rename(&mut operation.operands, replaced);
        if matches!(operation.kind, Kind::Index(_)) && operation.operands[0] == array {
            if operation.operands.len() == count + 1 {
                replaced.insert(operation.results[0], row);
                continue;
            }
            operation.operands.splice(..=count, [row]);
        }
        operation.regions.iter_mut().for_each(|region| shorten(region, array, row, count, replaced));
        block.operations.push(operation);
    }
    rename(&mut block.results, replaced);
    block.captures = captures(block);
}
