//! Distribution: a map of contractions becomes one contraction.
//!
//! What disappears: a `contract` inside a `map`. What appears: a contraction with the map's axes as further labels in
//! front of it (a batch of matrix-vector products becomes a matrix product), maps that stack the operands which vary,
//! and in the map a read of the result. Views and scalar code stay where they are: they cost nothing more inside.
//!
//! The order in which a contraction sums is its own, so this pass may reassociate; it is checked to 1e-9.

use super::copy::Copier;
use crate::ir::build::captures;
use crate::ir::kind::{Check, Contraction};
use crate::ir::{Block, Bound, Dimension, Function, Kind, Operation, Type, Value};
use rustc_hash::{FxHashMap, FxHashSet};

/// Distributes maps over contractions, innermost maps first, in place.
pub fn distribute(function: &mut Function) {
    let mut types = std::mem::take(&mut function.types);
    block(&mut function.body, &mut types);
    function.types = types;
    function.body.captures.clear();
}

fn block(block: &mut Block, types: &mut Vec<Type>) {
    let operations = std::mem::take(&mut block.operations);
    for mut operation in operations {
        operation.regions.iter_mut().for_each(|region| self::block(region, types));
        while let Some(front) =
            Fission::find(&operation, types).map(|fission| fission.apply(&mut operation, types))
        {
            block.operations.extend(front);
        }
        block.operations.push(operation);
    }
    block.captures = captures(block);
}

/// A contraction in the body of a map, to be moved in front of it.
struct Fission {
    /// Its position in the body.
    position: usize,
    contraction: Contraction,
    /// For each operand whether it varies in the map.
    varies: [bool; 2],
    outer: Vec<Dimension>,
}

impl Fission {
    fn find(operation: &Operation, types: &[Type]) -> Option<Self> {
        let Kind::Map(bounds) = &operation.kind else { return None };
        if bounds.contains(&Bound::Run) {
            return None;
        }
        let body = &operation.regions[0];
        let mut inside: FxHashSet<Value> = body.parameters.iter().copied().collect();
        for (position, inner) in body.operations.iter().enumerate() {
            if let Kind::Contract(contraction) = &inner.kind {
                let varies = [0, 1].map(|operand| inside.contains(&inner.operands[operand]));
                let known = inner
                    .operands
                    .iter()
                    .all(|value| !types[value.0 as usize].shape.contains(&Dimension::Run));
                if known
                    && varies != [false, false]
                    && contraction.labels() + bounds.len() <= usize::from(u8::MAX)
                {
                    let outer = bounds.iter().map(Bound::dimension).collect();
                    return Some(Self { position, contraction: contraction.clone(), varies, outer });
                }
            }
            inside.extend(&inner.results);
        }
        None
    }

    /// Replaces the contraction by a read; gives what must stand in front of the map.
    fn apply(self, map: &mut Operation, types: &mut Vec<Type>) -> Vec<Operation> {
        let mut front = Vec::new();
        let inner = map.regions[0].operations[self.position].clone();
        let operands: Vec<Value> = [0, 1]
            .into_iter()
            .map(|side| match self.varies[side] {
                true => self.stacked(inner.operands[side], map, types, &mut front),
                false => inner.operands[side],
            })
            .collect();
        let product = fresh(types[inner.results[0].0 as usize].stacked(&self.outer), types);
        front.push(Operation {
            kind: Kind::Contract(self.contraction.batched(self.outer.len(), self.varies)),
            operands,
            regions: Vec::new(),
            results: vec![product],
            origin: inner.origin,
        });
        let body = &mut map.regions[0];
        body.operations[self.position] = Operation {
            kind: Kind::Index(Check::Proved),
            operands: std::iter::once(product).chain(body.parameters.iter().copied()).collect(),
            regions: Vec::new(),
            ..inner
        };
        body.captures = captures(body);
        front
    }

    /// An array of the operand's values over the map: the array it is read from at the map's indices, or a map of the
    /// operations that make it.
    fn stacked(
        &self,
        operand: Value,
        map: &Operation,
        types: &mut Vec<Type>,
        front: &mut Vec<Operation>,
    ) -> Value {
        let body = &map.regions[0];
        let before = &body.operations[..self.position];
        let definition = before.iter().find(|operation| operation.results.contains(&operand));
        if let Some(Operation { kind: Kind::Index(_), operands, .. }) = definition
            && operands[1..] == body.parameters
            && body.captures.contains(&operands[0])
        {
            return operands[0];
        }
        let mut copier = Copier { types, names: FxHashMap::default() };
        let parameters = body.parameters.iter().map(|value| copier.define(*value)).collect();
        let operations =
            needed(before, operand).into_iter().map(|operation| copier.operation(operation)).collect();
        let results = vec![copier.name(operand)];
        let mut region = Block { parameters, captures: Vec::new(), operations, results };
        region.captures = captures(&region);
        let array = fresh(types[operand.0 as usize].stacked(&self.outer), types);
        front.push(Operation {
            kind: map.kind.clone(),
            operands: map.operands.clone(),
            regions: vec![region],
            results: vec![array],
            origin: map.origin,
        });
        array
    }
}

impl Contraction {
    /// Number of the greatest label, plus one.
    fn labels(&self) -> usize {
        let greatest = self.left.iter().chain(&self.right).max();
        greatest.map_or(0, |label| usize::from(*label) + 1)
    }

    /// With `count` further axes in front of the result and of the operands that vary.
    fn batched(&self, count: usize, varies: [bool; 2]) -> Contraction {
        let first = self.labels();
        let axes: Vec<u8> = (first..first + count).map(|label| label as u8).collect();
        let stacked = |labels: &[u8], varies: bool| match varies {
            true => [axes.as_slice(), labels].concat(),
            false => labels.to_vec(),
        };
        Contraction {
            left: stacked(&self.left, varies[0]),
            right: stacked(&self.right, varies[1]),
            result: stacked(&self.result, true),
        }
    }
}

fn fresh(of: Type, types: &mut Vec<Type>) -> Value {
    types.push(of);
    Value(types.len() as u32 - 1)
}

/// The operations that a value is made of, in order.
fn needed(operations: &[Operation], root: Value) -> Vec<&Operation> {
    let mut wanted: FxHashSet<Value> = FxHashSet::from_iter([root]);
    let mut kept = Vec::new();
    for operation in operations.iter().rev() {
        if operation.results.iter().any(|value| wanted.contains(value)) {
            wanted.extend(&operation.operands);
            wanted.extend(operation.regions.iter().flat_map(|region| &region.captures));
            kept.push(operation);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Binding, Builder, Element};
    use crate::transform::prune::prune;

    #[test]
    fn a_batch_of_matrix_vector_products_becomes_a_matrix_product() {
        let mut builder = Builder::new("f", Vec::new());
        let weights = builder.parameter(Type::array(Element::F64, vec![3.into(), 4.into()]), Binding::Live);
        let inputs = builder.parameter(Type::array(Element::F64, vec![10.into(), 4.into()]), Binding::Live);
        let outputs = builder.map(vec![Bound::Size(10.into())], vec![], |builder, index| {
            let x = builder.index(inputs, index, Check::Proved);
            let product = Contraction { left: vec![0, 1], right: vec![1], result: vec![0] };
            builder.push(Kind::Contract(product), vec![weights, x], vec![])
        });
        let mut function = builder.finish(outputs);
        distribute(&mut function);
        prune(&mut function);
        let product = &function.body.operations[0];
        let batched = Contraction { left: vec![0, 1], right: vec![2, 1], result: vec![2, 0] };
        assert_eq!(product.kind, Kind::Contract(batched));
        assert_eq!(product.operands, [weights, inputs]);
        assert_eq!(function.body.operations.len(), 2);
    }
}
