//! A loop that makes arrays, and the only loop that reads them.

use super::{adds, bounds, is_nested, rename};
use crate::ir::build::captures;
use crate::ir::{Block, Kind, Operation, Value};
use rustc_hash::FxHashMap;

/// Moves the body of each such loop of the block into its reader.
pub(super) fn chain(block: &mut Block) {
    let mut position = 0;
    while position < block.operations.len() {
        match reader(block, position) {
            Some(reader) => {
                let maker = block.operations.remove(position);
                absorb(&mut block.operations[reader - 1], maker);
            }
            None => position += 1,
        }
    }
}

/// Where the loop stands that alone reads what the map at a position makes, at its own indices.
fn reader(block: &Block, position: usize) -> Option<usize> {
    let maker = &block.operations[position];
    if !matches!(maker.kind, Kind::Map(_)) || adds(maker) {
        return None;
    }
    let over = bounds(maker)?;
    let made = |value: &Value| maker.results.contains(value);
    let later = block.operations.iter().enumerate().skip(position + 1);
    let mut readers = later.filter(|(_, later)| later.reads().any(|value| made(&value)));
    let (reader, operation) = readers.next()?;
    let alike = bounds(operation) == Some(over) && (is_nested(maker) || !is_nested(operation));
    let alone = readers.next().is_none() && !block.results.iter().any(made);
    let region = operation.regions.first()?;
    (alike && alone && entry_by_entry(region, &region.parameters, &made)).then_some(reader)
}

/// Whether the values are read in a block only at these indices, or at these and further ones.
fn entry_by_entry(block: &Block, indices: &[Value], made: &impl Fn(&Value) -> bool) -> bool {
    let proper = |operation: &Operation| {
        let entry = matches!(operation.kind, Kind::Index(_))
            && operation.operands.get(1..=indices.len()) == Some(indices);
        let rest = &operation.operands[usize::from(entry)..];
        !rest.iter().any(made) && operation.regions.iter().all(|region| entry_by_entry(region, indices, made))
    };
    !block.results.iter().any(made) && block.operations.iter().all(proper)
}

/// The reader computes each entry where it read it.
fn absorb(reader: &mut Operation, maker: Operation) {
    let region = &mut reader.regions[0];
    let [mut body]: [Block; 1] = maker.regions.try_into().expect("a map has one region");
    let indices = body.parameters.iter().copied().zip(region.parameters.iter().copied()).collect();
    rename(&mut body, &indices);
    let depth = region.parameters.len();
    let entries: FxHashMap<Value, Value> =
        maker.results.iter().copied().zip(body.results.iter().copied()).collect();
    let mut names = FxHashMap::default();
    read_entries(region, depth, &entries, &mut names);
    rename(region, &names);
    region.operations.splice(0..0, body.operations);
    region.captures = captures(region);
}

/// Reads of arrays become reads of their entries, or the entries themselves, which `names` then lists.
fn read_entries(
    block: &mut Block,
    depth: usize,
    entries: &FxHashMap<Value, Value>,
    names: &mut FxHashMap<Value, Value>,
) {
    block.operations.retain_mut(|operation| {
        operation.regions.iter_mut().for_each(|region| read_entries(region, depth, entries, names));
        let made = operation.operands.first().and_then(|array| entries.get(array));
        let Some(entry) = made.filter(|_| matches!(operation.kind, Kind::Index(_))) else { return true };
        if operation.operands.len() == depth + 1 {
            names.insert(operation.results[0], *entry);
            return false;
        }
        operation.operands.splice(0..=depth, [*entry]);
        true
    });
}
