//! Copies of operations and blocks under fresh names: what re-execution and extraction are made of.

use crate::ir::{Block, Operation, Type, Value};
use rustc_hash::FxHashMap;

/// Copies code of one function within that function: what it defines gets fresh values, what it reads is renamed.
pub struct Copier<'a> {
    /// The function's types, extended for fresh values.
    pub types: &'a mut Vec<Type>,
    /// Values replaced so far.
    pub names: FxHashMap<Value, Value>,
}

impl Copier<'_> {
    /// What a value is called in the copy.
    pub fn name(&self, value: Value) -> Value {
        self.names.get(&value).copied().unwrap_or(value)
    }

    /// A fresh value of the same type, which the value is called from here on.
    pub fn define(&mut self, value: Value) -> Value {
        let of = self.types[value.0 as usize].clone();
        self.types.push(of);
        let fresh = Value(self.types.len() as u32 - 1);
        self.names.insert(value, fresh);
        fresh
    }

    /// A copy of one operation.
    pub fn operation(&mut self, operation: &Operation) -> Operation {
        let operands = operation.operands.iter().map(|value| self.name(*value)).collect();
        let regions = operation.regions.iter().map(|region| self.block(region)).collect();
        let results = operation.results.iter().map(|value| self.define(*value)).collect();
        Operation { kind: operation.kind.clone(), operands, regions, results, origin: operation.origin }
    }

    /// A copy of a block.
    pub fn block(&mut self, block: &Block) -> Block {
        let parameters = block.parameters.iter().map(|value| self.define(*value)).collect();
        let captures = block.captures.iter().map(|value| self.name(*value)).collect();
        let operations = block.operations.iter().map(|operation| self.operation(operation)).collect();
        let results = block.results.iter().map(|value| self.name(*value)).collect();
        Block { parameters, captures, operations, results }
    }
}
