//! Scalars and access: a primitive by its row, an index or a view applied to the tangent as to the value.

use super::{Forward, ResolveError};
use crate::ir::{Kind, Operation, Value};
use crate::primitive::{Derivative, Partial, Primitive};
use crate::transform::arrays;

impl Forward<'_> {
    /// What is demanded of a value is not demanded of its tangent.
    pub(super) fn demand(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        self.primal.operation(&mut self.builder, operation);
        if let Some(tangent) = self.tangent(operation.operands[1]) {
            self.tangent.insert(operation.results[0], tangent);
        }
        Ok(())
    }

    pub(super) fn scalar(&mut self, operation: &Operation, primitive: Primitive) -> Result<(), ResolveError> {
        self.primal.operation(&mut self.builder, operation);
        let result = operation.results[0];
        let tangent = match primitive.row().derivative {
            Derivative::Partials(rules) => {
                let operands = self.primal.all(&operation.operands);
                let value = self.value(result);
                let mut sum = None;
                for (operand, rule) in operation.operands.iter().zip(rules) {
                    if let Some(tangent) = self.tangent(*operand) {
                        let partial = rule(&mut self.builder, &operands, value);
                        sum = self.add_partial(sum, partial, tangent);
                    }
                }
                sum
            }
            Derivative::Linear => {
                let operands: Vec<Value> =
                    operation.operands.iter().map(|operand| self.linear_operand(*operand)).collect();
                Some(self.builder.apply(primitive, &operands))
            }
            Derivative::Zero => None,
            Derivative::Declined(reason) => {
                return Err(ResolveError::declined(operation, format!("`{primitive}`: {reason}")));
            }
        };
        let tangent = tangent.unwrap_or_else(|| {
            let element = self.source.type_of(result).element;
            arrays::zero(&mut self.builder, element)
        });
        self.tangent.insert(result, tangent);
        Ok(())
    }

    fn add_partial(&mut self, sum: Option<Value>, partial: Partial, tangent: Value) -> Option<Value> {
        let builder = &mut self.builder;
        let term = match (partial, sum) {
            (Partial::Zero, _) => return sum,
            (Partial::MinusOne, Some(sum)) => return Some(builder.sub(sum, tangent)),
            (Partial::One, _) => tangent,
            (Partial::MinusOne, None) => builder.neg(tangent),
            (Partial::Times(factor), _) => builder.mul(factor, tangent),
        };
        Some(sum.map_or(term, |sum| builder.add(sum, term)))
    }

    fn linear_operand(&mut self, operand: Value) -> Value {
        if self.source.type_of(operand).is_float() {
            self.tangent_or_zero(operand)
        } else {
            self.value(operand)
        }
    }

    pub(super) fn access(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        self.primal.operation(&mut self.builder, operation);
        let array = operation.operands[0];
        let tangent = self.tangent(array).expect("an active access reads an active array");
        let operands = [&[tangent], self.primal.all(&operation.operands[1..]).as_slice()].concat();
        let kind = self.primal.kind(&operation.kind);
        let tangents = self.builder.push(kind, operands, Vec::new());
        self.bind_tangents(&operation.results, &tangents);
        Ok(())
    }

    pub(super) fn add_to(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        self.primal.operation(&mut self.builder, operation);
        let (value, target) = operation.operands.split_last().expect("`add` has a value");
        if let Some(tangent) = self.tangent(*value) {
            let sum = self.tangent(target[0]).expect("an active sum has a tangent");
            let indices = self.primal.all(&target[1..]);
            self.builder.push(Kind::AddTo, [&[sum], indices.as_slice(), &[tangent]].concat(), Vec::new());
        }
        Ok(())
    }
}
