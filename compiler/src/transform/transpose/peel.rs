//! Peeling: where a linear array is read in a loop at exactly the loop's indices, or at these and further ones, the
//! entry or row is read once, first in the body, and further indices apply to it. Then its cotangent is a further
//! result of the transposed loop, however deep the reads stand.

use super::lengths::Lengths;
use crate::ir::build::captures;
use crate::ir::kind::Check;
use crate::ir::{Block, Bound, Function, Kind, Operation, Origin, Type, Value};
use crate::transform::activity::Activity;
use rustc_hash::FxHashMap;

/// Peels the linear reads of a function in place.
pub(super) fn peel(function: &mut Function, linear: &mut Activity, lengths: &Lengths) {
    let mut body = std::mem::take(&mut function.body);
    Peel { types: &mut function.types, linear, lengths }.block(&mut body);
    function.body = body;
}

struct Peel<'a> {
    types: &'a mut Vec<Type>,
    linear: &'a mut Activity,
    lengths: &'a Lengths,
}

impl Peel<'_> {
    fn block(&mut self, of: &mut Block) {
        for operation in &mut of.operations {
            let arrays = operation.regions.iter().flat_map(|body| body.captures.iter().copied());
            for array in arrays.filter(|value| self.linear.has(*value)).collect::<Vec<_>>() {
                self.row(operation, array);
            }
            operation.regions.iter_mut().for_each(|region| {
                self.block(region);
                region.captures = captures(region);
            });
        }
    }

    /// Reads the array's row first in a loop's body, if all its reads begin with the loop's indices.
    fn row(&mut self, operation: &mut Operation, array: Value) {
        let bounds = bounds(&operation.kind);
        let of = self.types[array.0 as usize].clone();
        if bounds.is_empty() || !self.lengths.span(array, &of, operation, bounds) {
            return;
        }
        let count = bounds.len();
        let body = &mut operation.regions[0];
        let indices = body.parameters[..count].to_vec();
        if !leads(body, array, &indices) {
            return;
        }
        let row = Value(self.types.len() as u32);
        self.types.push(of.indexed(count));
        self.linear.add(row);
        shorten(body, array, row, count, &mut FxHashMap::default());
        let read = Operation {
            kind: Kind::Index(Check::Proved),
            operands: [&[array], indices.as_slice()].concat(),
            regions: Vec::new(),
            results: vec![row],
            origin: Origin(0),
        };
        body.operations.insert(0, read);
    }
}

/// The bounds of a loop whose indices may be an array's.
fn bounds(kind: &Kind) -> &[Bound] {
    match kind {
        Kind::Map(bounds) | Kind::Reduce(_, bounds) => bounds,
        Kind::Scan { bound, .. } => std::slice::from_ref(bound),
        _ => &[],
    }
}

/// Whether an array is read in a body, straight and only, at exactly these indices.
pub(super) fn reads_entries(body: &Block, array: Value, indices: &[Value]) -> bool {
    let exactly = |operation: &Operation| {
        let read = matches!(operation.kind, Kind::Index(_)) && operation.operands[0] == array;
        let nested = operation.regions.iter().any(|region| region.captures.contains(&array));
        (read && operation.operands[1..] == *indices) || (!operation.operands.contains(&array) && !nested)
    };
    !body.results.contains(&array) && body.operations.iter().all(exactly)
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
