//! Products that only a sum reads become `fma`: one rounding instead of two.
//!
//! A difference of products stays, and so does the difference of anything and a square: where the two are equal it must
//! be zero, not the rounding error of one of them, which may be negative where a root or a logarithm reads it.

use crate::ir::build::captures;
use crate::ir::{Block, Function, Kind, Operation, Type, Value};
use crate::primitive::Primitive;
use rustc_hash::FxHashMap;

/// Fuses products with sums, in place.
pub fn multiply_add(function: &mut Function) {
    let mut uses = FxHashMap::default();
    count(&function.body, &mut uses);
    let mut pass = Fusing { types: std::mem::take(&mut function.types), uses };
    pass.block(&mut function.body);
    function.types = pass.types;
    function.body.captures.clear();
}

fn count(block: &Block, uses: &mut FxHashMap<Value, usize>) {
    let mut read = |value: &Value| *uses.entry(*value).or_default() += 1;
    block.results.iter().for_each(&mut read);
    for operation in &block.operations {
        operation.operands.iter().for_each(|value| *uses.entry(*value).or_default() += 1);
        operation.regions.iter().for_each(|region| count(region, uses));
    }
}

struct Fusing {
    types: Vec<Type>,
    uses: FxHashMap<Value, usize>,
}

impl Fusing {
    fn block(&mut self, block: &mut Block) {
        let mut products: FxHashMap<Value, [Value; 2]> = FxHashMap::default();
        for mut operation in std::mem::take(&mut block.operations) {
            operation.regions.iter_mut().for_each(|region| self.block(region));
            match primitive(&operation) {
                Some("mul") => {
                    products.insert(operation.results[0], [operation.operands[0], operation.operands[1]]);
                }
                Some(name @ ("add" | "sub")) => {
                    self.fuse(name == "sub", &products, &mut operation, &mut block.operations);
                }
                _ => {}
            }
            block.operations.push(operation);
        }
        block.captures = captures(block);
    }

    /// Makes a sum with a product an `fma`, with a negation in front of it where it is a difference.
    fn fuse(
        &mut self,
        difference: bool,
        products: &FxHashMap<Value, [Value; 2]>,
        sum: &mut Operation,
        out: &mut Vec<Operation>,
    ) {
        if !self.types[sum.results[0].0 as usize].is_float() {
            return;
        }
        let &[a, b] = sum.operands.as_slice() else { unreachable!("a sum has two operands") };
        let square = |[x, y]: &[Value; 2]| x == y;
        let found = [a, b].map(|value| products.get(&value));
        let allowed = match found {
            [Some(left), Some(right)] => !difference && square(left) && square(right),
            [Some(one), None] | [None, Some(one)] => !(difference && square(one)),
            [None, None] => false,
        };
        if !allowed {
            return;
        }
        let alone = |value: Value| self.uses.get(&value) == Some(&1);
        let operands = match found {
            [_, Some(&[x, y])] if alone(b) => match difference {
                true => [self.negated(x, sum, out), y, a],
                false => [x, y, a],
            },
            [Some(&[x, y]), _] if alone(a) => match difference {
                true => [x, y, self.negated(b, sum, out)],
                false => [x, y, b],
            },
            _ => return,
        };
        sum.kind = Kind::Primitive(Primitive::named("fma"));
        sum.operands = operands.to_vec();
    }

    fn negated(&mut self, value: Value, sum: &Operation, out: &mut Vec<Operation>) -> Value {
        self.types.push(self.types[value.0 as usize].clone());
        let negative = Value(self.types.len() as u32 - 1);
        out.push(Operation {
            kind: Kind::Primitive(Primitive::named("neg")),
            operands: vec![value],
            regions: Vec::new(),
            results: vec![negative],
            origin: sum.origin,
        });
        negative
    }
}

fn primitive(operation: &Operation) -> Option<&'static str> {
    match &operation.kind {
        Kind::Primitive(primitive) => Some(primitive.row().name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Binding, Builder};

    /// The names of the operations that `build` comes to, fused.
    fn fused(build: impl FnOnce(&mut Builder, [Value; 3]) -> Value) -> Vec<&'static str> {
        let mut builder = Builder::new("f", Vec::new());
        let values = [0; 3].map(|_| builder.parameter(Type::f64(), Binding::Live));
        let result = build(&mut builder, values);
        let mut function = builder.finish(vec![result]);
        multiply_add(&mut function);
        function.body.operations.iter().filter_map(primitive).collect()
    }

    #[test]
    fn a_product_that_only_a_sum_reads_is_fused() {
        let sum = |builder: &mut Builder, [a, b, c]: [Value; 3]| {
            let product = builder.mul(a, b);
            builder.sub(product, c)
        };
        assert_eq!(fused(sum), ["mul", "neg", "fma"]);
    }

    #[test]
    fn what_would_be_zero_stays_zero() {
        let determinant = |builder: &mut Builder, [a, b, c]: [Value; 3]| {
            let (left, right) = (builder.mul(a, c), builder.mul(b, b));
            builder.sub(left, right)
        };
        assert_eq!(fused(determinant), ["mul", "mul", "sub"]);
        let variance = |builder: &mut Builder, [a, b, _]: [Value; 3]| {
            let square = builder.mul(b, b);
            builder.sub(a, square)
        };
        assert_eq!(fused(variance), ["mul", "sub"]);
    }

    #[test]
    fn a_product_that_something_else_reads_stays() {
        let shared = |builder: &mut Builder, [a, b, c]: [Value; 3]| {
            let product = builder.mul(a, b);
            let sum = builder.add(product, c);
            builder.mul(sum, product)
        };
        assert_eq!(fused(shared), ["mul", "add", "mul"]);
    }
}
