//! `scan`: a scan the other way that carries the cotangents of the states and those of captured scalars. The latter
//! go on from what was found so far, so that a scan divided into segments adds in the same order.

use super::Transpose;
use super::contribution::{Contribution, is_known};
use crate::ir::kind::Check;
use crate::ir::{Bound, Kind, Operation, Type, Value};
use crate::transform::arrays;
use crate::transform::error::ResolveError;

/// A scan's attributes.
pub(super) struct Shape<'a> {
    pub bound: &'a Bound,
    pub carried: usize,
    pub reverse: bool,
}

impl Transpose<'_> {
    pub(super) fn scan(
        &mut self,
        operation: &Operation,
        shape: &Shape,
        cotangents: &[Option<Value>],
    ) -> Result<(), ResolveError> {
        let (run, operands) = operation.operands.split_at(operation.operands.len() - shape.carried);
        let captured = self.captured(operation, std::slice::from_ref(shape.bound));
        let mut entries: Vec<Value> = Vec::new();
        let results = self.with_sums(&captured.scattered, |pass| {
            let initial = pass.initial(operation, &captured.scalars, cotangents)?;
            let types = initial.iter().map(|value| pass.builder.type_of(*value).clone());
            let types: Vec<Type> = std::iter::once(Type::i64()).chain(types).collect();
            let parameters = pass.builder.begin(types);
            let yields = pass.step(operation, shape, &captured, (&parameters, cotangents), &mut entries)?;
            let region = pass.builder.end(yields);
            let kind =
                Kind::Scan { bound: shape.bound.clone(), carried: initial.len(), reverse: !shape.reverse };
            let operands = [pass.values.all(run), initial].concat();
            Ok(pass.builder.push(kind, operands, vec![region]))
        })?;
        let receivers = operands.iter().chain(&captured.scalars).chain(&entries);
        for (value, result) in receivers.zip(results) {
            self.contribute(*value, Contribution::Whole(result));
        }
        Ok(())
    }

    /// First states: cotangents of the last states, then those found so far of captured scalars.
    fn initial(
        &mut self,
        operation: &Operation,
        scalars: &[Value],
        cotangents: &[Option<Value>],
    ) -> Result<Vec<Value>, ResolveError> {
        let Kind::Scan { carried, .. } = operation.kind else { panic!("not a scan") };
        let mut initial = Vec::new();
        for (state, cotangent) in operation.results[..carried].iter().zip(cotangents) {
            let of = self.type_of(*state).clone();
            if !is_known(&of) {
                let reason = "a `scan` carries a tangent with a run-time axis";
                return Err(ResolveError::declined(operation, reason));
            }
            initial.push(cotangent.unwrap_or_else(|| arrays::zeros(&mut self.builder, None, &of)));
        }
        for scalar in scalars {
            initial.push(self.cotangent_or_zero(*scalar, None)?);
        }
        Ok(initial)
    }

    /// One step back: next cotangents of the states, next sums, entries of captured arrays.
    fn step(
        &mut self,
        operation: &Operation,
        shape: &Shape,
        captured: &super::region::Captured,
        (parameters, cotangents): (&[Value], &[Option<Value>]),
        entries: &mut Vec<Value>,
    ) -> Result<Vec<Value>, ResolveError> {
        let body = &operation.regions[0];
        self.values.bind(body.parameters[0], parameters[0]);
        let (states, sums) = parameters[1..].split_at(shape.carried);
        let sums = captured.scalars.iter().copied().zip(sums.iter().copied());
        let next = body.results.iter().copied().zip(states.iter().copied());
        let mut seeds: Vec<(Value, Value)> = sums.chain(next).collect();
        for (output, cotangent) in body.results.iter().zip(cotangents).skip(shape.carried) {
            if let Some(stack) = cotangent {
                seeds.push((*output, self.builder.index(*stack, &parameters[..1], Check::Proved)));
            }
        }
        let outside = self.body(body, captured, &seeds)?;
        let mut yields = Vec::new();
        for state in &body.parameters[1..] {
            let of = self.type_of(*state).clone();
            let next = self.cotangent(*state, &of);
            yields.push(next.unwrap_or_else(|| arrays::zeros(&mut self.builder, None, &of)));
        }
        for scalar in &captured.scalars {
            yields.push(self.cotangent_or_zero(*scalar, None)?);
        }
        for array in &captured.entries {
            let of = self.type_of(*array).indexed(1);
            if let Some(entry) = self.cotangent(*array, &of) {
                entries.push(*array);
                yields.push(entry);
            }
        }
        self.close(captured, outside);
        Ok(yields)
    }
}
