//! Functions with rules of their own: `custom` by its rule, `linear` by itself in its linear operands and by the
//! derivative of what it applies in the others.

use super::{Forward, ResolveError, forward};
use crate::ir::kind::{Custom, LinearPair};
use crate::ir::{Function, Kind, Operation, Type, Value};
use crate::transform::arrays::sum;
use crate::transform::rebuild::{Rebuild, inline_knowing};
use std::convert::Infallible;

impl Forward<'_> {
    pub(super) fn custom(&mut self, operation: &Operation, custom: &Custom) -> Result<(), ResolveError> {
        self.primal.operation(&mut self.builder, operation);
        let tangents: Vec<Value> =
            self.floats(&operation.operands).into_iter().map(|value| self.tangent_or_zero(value)).collect();
        let arguments = [self.primal.all(&operation.operands), tangents.clone()].concat();
        let results = match &custom.adjoint {
            None => {
                let rule = self.library.function(&custom.jvp, &custom.sizes)?;
                self.apply_rule(operation, &rule, &arguments)
            }
            Some(adjoint) => {
                let pair = LinearPair {
                    apply: custom.jvp.clone(),
                    transpose: adjoint.clone(),
                    sizes: custom.sizes.clone(),
                    linear: tangents.len(),
                };
                let types = self.primal.types_of(&self.floats(&operation.results));
                self.builder.push_typed(Kind::Linear(pair), arguments, Vec::new(), types)
            }
        };
        self.tangent.extend(self.floats(&operation.results).into_iter().zip(results));
        Ok(())
    }

    /// The rule in place of a call. What it asks of the function itself at the same operands is at hand.
    fn apply_rule(&mut self, operation: &Operation, rule: &Function, arguments: &[Value]) -> Vec<Value> {
        let operands = self.primal.all(&operation.operands);
        let values = self.primal.all(&operation.results);
        let mut rebuild = Rebuild::new(rule);
        rebuild.bind_all(&rule.body.parameters, arguments);
        let applied =
            rebuild.operations_by::<Infallible>(&mut self.builder, &rule.body, &mut |_, rebuild, inner| {
                let same = inner.kind == operation.kind && rebuild.all(&inner.operands) == operands;
                Ok(same.then(|| values.clone()))
            });
        applied.unwrap_or_else(|never| match never {});
        rebuild.all(&rule.body.results)
    }

    fn floats(&self, values: &[Value]) -> Vec<Value> {
        values.iter().copied().filter(|value| self.source.type_of(*value).is_float()).collect()
    }

    pub(super) fn linear(&mut self, operation: &Operation, pair: &LinearPair) -> Result<(), ResolveError> {
        self.primal.operation(&mut self.builder, operation);
        let others = operation.operands.len() - pair.linear;
        let (fixed, linear) = operation.operands.split_at(others);
        let mut terms: Vec<Vec<Value>> = Vec::new();
        if !self.active_among(linear).is_empty() {
            let tangents: Vec<Value> = linear.iter().map(|value| self.tangent_or_zero(*value)).collect();
            let operands = [self.primal.all(fixed), tangents].concat();
            let types: Vec<Type> = self.primal.types_of(&operation.results);
            terms.push(self.builder.push_typed(operation.kind.clone(), operands, Vec::new(), types));
        }
        let active = self.active_among(fixed);
        if !active.is_empty() {
            let apply = self.library.function(&pair.apply, &pair.sizes)?;
            let flags: Vec<bool> = operation
                .operands
                .iter()
                .enumerate()
                .map(|(position, value)| position < others && self.active.has(*value))
                .collect();
            let derivative = forward(&apply, &flags, self.library)?;
            let tangents: Vec<Value> =
                active.iter().map(|value| self.tangent(*value).expect("an active value")).collect();
            let arguments = [self.primal.all(&operation.operands), tangents].concat();
            let values = self.primal.all(&operation.results);
            let mut results = inline_knowing(&mut self.builder, &derivative, &arguments, &values);
            terms.push(results.split_off(values.len()));
        }
        for (position, result) in operation.results.iter().enumerate() {
            let parts: Vec<Value> = terms.iter().map(|term| term[position]).collect();
            let tangent = sum(&mut self.builder, &parts);
            self.tangent.insert(*result, tangent);
        }
        Ok(())
    }
}
