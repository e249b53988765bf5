//! Takes what data and indices alone decide out of the regions that run at every evaluation.

use super::{expensive, speculable};
use crate::ir::build::captures;
use crate::ir::kind::Check;
use crate::ir::prove::Prover;
use crate::ir::{Binding, Block, Bound, Function, Kind, Operation, Origin, Type, Value};
use crate::transform::copy::Copier;
use rustc_hash::{FxHashMap, FxHashSet};

/// Most entries of one extracted array: above, it is computed again instead of stored (128 MiB of f64).
const MOST_ENTRIES: i64 = 1 << 24;

/// Extracts in place. A bound expression inside a nest of maps, reduces and scans that costs more than a read becomes a
/// top-level map over the indices it reads, all of loops of known bounds, and an index into its result; one that reads none
/// moves to the top as it is.
pub fn extract(function: &mut Function) {
    let before = function.clone();
    let bound = function.parameters.iter().filter(|parameter| parameter.binding == Binding::Bound);
    let mut pass = Extract {
        bound: bound.map(|parameter| parameter.value).collect(),
        prover: Prover::new(&before),
        types: std::mem::take(&mut function.types),
        path: Vec::new(),
        order: Vec::new(),
        definitions: FxHashMap::default(),
        front: Vec::new(),
    };
    let operations = std::mem::take(&mut function.body.operations);
    for mut operation in operations {
        if reads(&operation).all(|value| pass.bound.contains(value)) {
            pass.bound.extend(&operation.results);
        } else {
            pass.regions(&mut operation);
            function.body.operations.append(&mut pass.front);
        }
        function.body.operations.push(operation);
    }
    function.types = pass.types;
}

/// What comes in the place of an operation.
enum Extracted {
    /// A read of an array.
    Read(Operation),
    /// Nothing: it stands in front, under its own name.
    Whole,
}

struct Extract<'a> {
    /// Proofs of indices, about the function as it was.
    prover: Prover<'a>,
    /// Values that data and the indices on the path decide.
    bound: FxHashSet<Value>,
    types: Vec<Type>,
    /// Indices of the regions around, outermost first.
    path: Vec<(Value, Bound)>,
    /// Bound values defined on the path, in order, with their operations.
    order: Vec<Value>,
    definitions: FxHashMap<Value, Operation>,
    /// Maps to stand in front of the top-level operation at hand.
    front: Vec<Operation>,
}

fn reads(operation: &Operation) -> impl Iterator<Item = &Value> {
    operation.operands.iter().chain(operation.regions.iter().flat_map(|region| &region.captures))
}

impl Extract<'_> {
    fn regions(&mut self, operation: &mut Operation) {
        let bounds: &[Bound] = match &operation.kind {
            Kind::Map(bounds) | Kind::Reduce(_, bounds) => bounds,
            Kind::Scan { bound, .. } => std::slice::from_ref(bound),
            Kind::Accumulate(_) | Kind::If => &[],
            _ => return,
        };
        let bounds = bounds.to_vec();
        let depth = self.path.len();
        for region in &mut operation.regions {
            let indices = region.parameters.iter().copied().zip(bounds.iter().cloned());
            self.path.extend(indices.filter(|(_, bound)| *bound != Bound::Run));
            self.bound.extend(self.path[depth..].iter().map(|(index, _)| *index));
            self.block(region);
            self.path.truncate(depth);
        }
    }

    fn block(&mut self, block: &mut Block) {
        let defined = self.order.len();
        for operation in &mut block.operations {
            if speculable(operation) && reads(operation).all(|value| self.bound.contains(value)) {
                self.bound.extend(&operation.results);
                for value in &operation.results {
                    self.order.push(*value);
                    self.definitions.insert(*value, operation.clone());
                }
            } else {
                self.regions(operation);
            }
        }
        self.replace_roots(block, defined);
        block.captures = captures(block);
        for value in self.order.drain(defined..) {
            self.definitions.remove(&value);
        }
    }

    /// Replaces the bound operations of this block that live code reads.
    fn replace_roots(&mut self, block: &mut Block, defined: usize) {
        let here: FxHashSet<Value> = self.order[defined..].iter().copied().collect();
        let mut roots: FxHashSet<Value> =
            block.results.iter().copied().filter(|value| here.contains(value)).collect();
        for operation in &block.operations {
            if !operation.results.first().is_some_and(|value| here.contains(value)) {
                roots.extend(reads(operation).filter(|value| here.contains(value)));
            }
        }
        block.operations.retain_mut(|operation| {
            let &[root] = operation.results.as_slice() else { return true };
            if !roots.contains(&root) {
                return true;
            }
            match self.extracted(root, operation.origin) {
                Some(Extracted::Read(read)) => {
                    *operation = read;
                    true
                }
                Some(Extracted::Whole) => false,
                None => true,
            }
        });
    }

    /// What comes in the place of the root, if that is worth it: a read of the array that a map makes of it, or nothing.
    fn extracted(&mut self, root: Value, origin: Origin) -> Option<Extracted> {
        let slice = self.slice(root);
        if !slice.iter().any(|value| expensive(&self.definitions[value])) {
            return None;
        }
        let read: FxHashSet<Value> =
            slice.iter().flat_map(|value| reads(&self.definitions[value])).copied().collect();
        let axes: Vec<(Value, Bound)> =
            self.path.iter().filter(|(index, _)| read.contains(index)).cloned().collect();
        let around: Vec<Value> = axes.iter().map(|(index, _)| *index).collect();
        if !slice.iter().all(|value| self.prover.stands(&self.definitions[value], &around)) {
            return None;
        }
        if !fits(&axes, &self.types[root.0 as usize]) {
            return None;
        }
        if axes.is_empty() {
            self.whole(root, &slice);
            return Some(Extracted::Whole);
        }
        let array = self.map(root, &slice, &axes, origin);
        let operands = std::iter::once(array).chain(axes.iter().map(|(index, _)| *index)).collect();
        Some(Extracted::Read(Operation {
            kind: Kind::Index(Check::Proved),
            operands,
            regions: vec![],
            results: vec![root],
            origin,
        }))
    }

    /// What no index decides, in front, under its own name.
    fn whole(&mut self, root: Value, slice: &[Value]) {
        let mut copier = Copier { types: &mut self.types, names: FxHashMap::default() };
        for value in slice.iter().filter(|value| **value != root) {
            if !copier.names.contains_key(value) {
                self.front.push(copier.operation(&self.definitions[value]));
            }
        }
        let mut last = copier.operation(&self.definitions[&root]);
        last.results = vec![root];
        self.front.push(last);
    }

    /// The values on the path that the root is made of, itself included, in order of definition.
    fn slice(&self, root: Value) -> Vec<Value> {
        let mut needed: FxHashSet<Value> = FxHashSet::from_iter([root]);
        let mut slice: Vec<Value> = Vec::new();
        for value in self.order.iter().rev() {
            if needed.contains(value) {
                needed.extend(reads(&self.definitions[value]));
                slice.push(*value);
            }
        }
        slice.reverse();
        slice
    }

    fn map(&mut self, root: Value, slice: &[Value], axes: &[(Value, Bound)], origin: Origin) -> Value {
        let mut copier = Copier { types: &mut self.types, names: FxHashMap::default() };
        let parameters = axes.iter().map(|(index, _)| copier.define(*index)).collect();
        let mut operations = Vec::with_capacity(slice.len());
        for value in slice {
            if !copier.names.contains_key(value) {
                operations.push(copier.operation(&self.definitions[value]));
            }
        }
        let results = vec![copier.name(root)];
        let mut region = Block { parameters, captures: Vec::new(), operations, results };
        region.captures = captures(&region);
        let bounds: Vec<Bound> = axes.iter().map(|(_, bound)| bound.clone()).collect();
        let outer: Vec<_> = bounds.iter().map(Bound::dimension).collect();
        self.types.push(self.types[root.0 as usize].stacked(&outer));
        let array = Value(self.types.len() as u32 - 1);
        let kind = Kind::Map(bounds);
        self.front.push(Operation {
            kind,
            operands: vec![],
            regions: vec![region],
            results: vec![array],
            origin,
        });
        self.bound.insert(array);
        array
    }
}

/// Whether the stacked array has a known and moderate size.
fn fits(axes: &[(Value, Bound)], entry: &Type) -> bool {
    let outer = axes.iter().map(|(_, bound)| bound.dimension());
    let volume = crate::ir::infer::volume(&outer.chain(entry.shape.iter().cloned()).collect::<Vec<_>>());
    volume.and_then(|volume| volume.as_constant()).is_some_and(|entries| entries <= MOST_ENTRIES)
}
