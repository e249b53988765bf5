//! Which values depend, smoothly, on given ones: what carries a tangent, and in code made by `forward` what is linear.
//!
//! Conservative: an operation with an active operand has active floating-point results, unless it is a step function
//! or a `stop`. States of loops are found by repeating the walk until nothing is added.

use crate::ir::{Block, Function, Kind, Operation, Value};
use crate::primitive::Derivative;
use rustc_hash::FxHashSet;

/// The active values of a function, accumulators included.
pub struct Activity {
    values: FxHashSet<Value>,
}

impl Activity {
    /// The values that depend on the parameters flagged.
    pub fn of(function: &Function, active: &[bool]) -> Self {
        assert_eq!(
            active.len(),
            function.parameters.len(),
            "one flag for each parameter of @{}",
            function.name
        );
        let flagged = function.parameters.iter().zip(active).filter(|(_, active)| **active);
        let mut search = Search { function, values: flagged.map(|(parameter, _)| parameter.value).collect() };
        loop {
            let before = search.values.len();
            search.block(&function.body);
            if search.values.len() == before {
                return Self { values: search.values };
            }
        }
    }

    /// Whether the value is active.
    pub fn has(&self, value: Value) -> bool {
        self.values.contains(&value)
    }

    /// Makes a value active that a pass has added.
    pub fn add(&mut self, value: Value) {
        self.values.insert(value);
    }

    /// Whether the operation has an active result, or adds to an active accumulator around it.
    pub fn touches(&self, function: &Function, operation: &Operation) -> bool {
        let sum = |value: &Value| function.type_of(*value).accumulator && self.has(*value);
        operation.results.iter().any(|value| self.has(*value))
            || (operation.kind == Kind::AddTo && self.has(operation.operands[0]))
            || operation.regions.iter().any(|region| region.captures.iter().any(sum))
    }
}

struct Search<'a> {
    function: &'a Function,
    values: FxHashSet<Value>,
}

impl Search<'_> {
    fn block(&mut self, block: &Block) {
        for operation in &block.operations {
            self.operation(operation);
        }
    }

    fn any(&self, values: &[Value]) -> bool {
        values.iter().any(|value| self.values.contains(value))
    }

    /// Makes `to` active where any of `from` is.
    fn flow(&mut self, from: &[Value], to: Value) {
        let of = self.function.type_of(to);
        if (of.is_float() || of.accumulator) && self.any(from) {
            self.values.insert(to);
        }
    }

    fn operation(&mut self, operation: &Operation) {
        match &operation.kind {
            Kind::Scan { carried, .. } => self.scan(operation, *carried),
            Kind::While { .. } => self.repeat(operation),
            Kind::Accumulate(sums) => self.accumulate(operation, sums.len()),
            Kind::AddTo => {
                let value = *operation.operands.last().expect("`add` has a value");
                self.flow(&[value], operation.operands[0]);
            }
            Kind::Map(_) | Kind::Reduce(..) | Kind::If | Kind::Expect => self.regions(operation),
            Kind::Stop => {}
            Kind::Primitive(primitive) if matches!(primitive.row().derivative, Derivative::Zero) => {}
            Kind::Demand(_) => self.flow(&operation.operands[1..2], operation.results[0]),
            Kind::Index(_) | Kind::View(_) => self.flow(&operation.operands[..1], operation.results[0]),
            _ => operation.results.iter().for_each(|result| self.flow(&operation.operands, *result)),
        }
    }

    fn regions(&mut self, operation: &Operation) {
        for region in &operation.regions {
            self.block(region);
            for (yielded, result) in region.results.iter().zip(&operation.results) {
                self.flow(&[*yielded], *result);
            }
        }
    }

    fn scan(&mut self, operation: &Operation, carried: usize) {
        let body = &operation.regions[0];
        let initial = &operation.operands[operation.operands.len() - carried..];
        for (state, initial) in initial.iter().enumerate() {
            self.flow(&[*initial, body.results[state]], body.parameters[state + 1]);
        }
        self.block(body);
        for (position, result) in operation.results.iter().enumerate() {
            self.flow(&[body.results[position]], *result);
            if position < carried {
                self.flow(&[body.parameters[position + 1]], *result);
            }
        }
    }

    fn repeat(&mut self, operation: &Operation) {
        let body = &operation.regions[1];
        let carried = body.parameters.len();
        for state in 0..carried {
            self.flow(&[operation.operands[state + 1], body.results[state]], body.parameters[state]);
        }
        self.block(body);
        for state in 0..carried {
            let seen = [body.parameters[state], body.results[state]];
            self.flow(&seen, operation.results[state]);
            if let Some(slots) = operation.results.get(carried + 2 + state) {
                self.flow(&seen, *slots);
            }
        }
    }

    fn accumulate(&mut self, operation: &Operation, sums: usize) {
        let body = &operation.regions[0];
        self.block(body);
        let yielded = body.parameters.iter().take(sums).chain(&body.results);
        for (yielded, result) in yielded.zip(&operation.results) {
            self.flow(&[*yielded], *result);
        }
    }
}
