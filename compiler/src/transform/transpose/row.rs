//! Rows: scalar primitives by the table, products and triangular systems by themselves, a linear pair exchanged.

use super::Transpose;
use super::contribution::Contribution;
use crate::ir::kind::{Contraction, LinearPair, Triangular, View};
use crate::ir::{Kind, Operation, Polynomial, Value};
use crate::primitive::Primitive;
use crate::transform::arrays;
use crate::transform::error::ResolveError;

/// Stands for an operand that is linear: no transpose rule reads it.
const UNREAD: Value = Value(u32::MAX);

impl Transpose<'_> {
    pub(super) fn primitive(
        &mut self,
        operation: &Operation,
        primitive: Primitive,
        cotangents: &[Option<Value>],
    ) {
        let Some(cotangent) = cotangents[0] else { return };
        let read = |operand: &Value| self.values.find(*operand).filter(|_| !self.is_linear(*operand));
        let operands: Vec<Value> =
            operation.operands.iter().map(|operand| read(operand).unwrap_or(UNREAD)).collect();
        for (operand, rule) in operation.operands.iter().zip(primitive.row().transpose) {
            if self.is_linear(*operand) {
                let rule = rule.unwrap_or_else(|| panic!("`{primitive}` is not linear in {operand}"));
                let part = rule(&mut self.builder, &operands, cotangent);
                self.contribute(*operand, Contribution::Whole(part));
            }
        }
    }

    /// The cotangent against the other operand; an axis that only this operand has is repeated.
    pub(super) fn contract(
        &mut self,
        operation: &Operation,
        contraction: &Contraction,
        cotangents: &[Option<Value>],
    ) -> Result<(), ResolveError> {
        let Some(cotangent) = cotangents[0] else { return Ok(()) };
        let [left, right] = *operation.operands.as_slice() else { panic!("a contraction has two operands") };
        let (receiver, own, other, labels) = if self.is_linear(left) {
            (left, &contraction.left, right, &contraction.right)
        } else {
            (right, &contraction.right, left, &contraction.left)
        };
        let known = |label: &&u8| contraction.result.contains(label) || labels.contains(label);
        let found: Vec<u8> = own.iter().filter(known).copied().collect();
        let back =
            Contraction { left: contraction.result.clone(), right: labels.clone(), result: found.clone() };
        let operands = vec![cotangent, self.values.value(other)];
        let mut part = self.builder.push(Kind::Contract(back), operands, Vec::new())[0];
        if found.len() < own.len() {
            let Some(shape) = arrays::known_shape(self.type_of(receiver)) else {
                let reason = "a contraction sums over a run-time axis of one operand alone";
                return Err(ResolveError::declined(operation, reason));
            };
            let extents: Vec<Polynomial> = own
                .iter()
                .zip(&shape)
                .filter(|(label, _)| found.contains(label))
                .map(|(_, s)| s.clone())
                .collect();
            let mut steps = arrays::row_major(&extents).into_iter();
            let stride = |label: &u8| match found.contains(label) {
                true => steps.next().expect("a stride for each axis"),
                false => Polynomial::default(),
            };
            let strides = own.iter().map(stride).collect();
            part = self.builder.view(part, View { shape, offset: Polynomial::default(), strides });
        }
        self.contribute(receiver, Contribution::Whole(part));
        Ok(())
    }

    pub(super) fn triangular_solve(
        &mut self,
        operation: &Operation,
        triangular: Triangular,
        cotangents: &[Option<Value>],
    ) {
        let Some(cotangent) = cotangents[0] else { return };
        let kind = Kind::TriangularSolve(Triangular { transposed: !triangular.transposed, ..triangular });
        let matrix = self.values.value(operation.operands[0]);
        let part = self.builder.push(kind, vec![matrix, cotangent], Vec::new())[0];
        self.contribute(operation.operands[1], Contribution::Whole(part));
    }

    pub(super) fn linear(&mut self, operation: &Operation, pair: &LinearPair, cotangents: &[Option<Value>]) {
        let (fixed, linear) = operation.operands.split_at(operation.operands.len() - pair.linear);
        let mut operands = self.values.all(fixed);
        for (result, cotangent) in operation.results.iter().zip(cotangents) {
            let of = self.type_of(*result).clone();
            operands.push(cotangent.unwrap_or_else(|| arrays::zeros(&mut self.builder, None, &of)));
        }
        let exchanged = LinearPair {
            apply: pair.transpose.clone(),
            transpose: pair.apply.clone(),
            sizes: pair.sizes.clone(),
            linear: operation.results.len(),
        };
        let types = self.values.types_of(linear);
        let results = self.builder.push_typed(Kind::Linear(exchanged), operands, Vec::new(), types);
        for (value, result) in linear.iter().zip(results) {
            self.contribute(*value, Contribution::Whole(result));
        }
    }
}
