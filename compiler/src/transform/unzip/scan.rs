//! `scan`: the values' scan stacks the states before each step; the tangents' scan re-executes each step from them.

use super::{Rule, Unzip};
use crate::ir::kind::Check;
use crate::ir::{Bound, Dimension, Kind, Operation, Value};
use crate::transform::error::ResolveError;

/// A scan's parts, values and tangents apart.
pub(super) struct Parts {
    pub bound: Bound,
    pub reverse: bool,
    /// Operand of a run-time bound, in the source.
    pub run: Vec<Value>,
    pub values: Side,
    pub tangents: Side,
}

/// One side of a scan, as values of the source.
pub(super) struct Side {
    pub initial: Vec<Value>,
    /// Parameters for the states.
    pub states: Vec<Value>,
    pub next: Vec<Value>,
    pub outputs: Vec<Value>,
    /// Results: last states, then stacked outputs.
    pub results: Vec<Value>,
}

impl Unzip<'_> {
    pub(super) fn scan_parts(&self, operation: &Operation) -> Parts {
        let Kind::Scan { bound, carried, reverse } = &operation.kind else { panic!("not a scan") };
        let body = &operation.regions[0];
        let (run, initial) = operation.operands.split_at(operation.operands.len() - carried);
        let states = &body.parameters[1..];
        let side = |linear: bool| Side {
            initial: self.yielded(initial, states, linear),
            states: self.yielded(states, states, linear),
            next: self.yielded(&body.results[..*carried], states, linear),
            outputs: self.yielded(&body.results[*carried..], &operation.results[*carried..], linear),
            results: self.yielded(&operation.results, &operation.results, linear),
        };
        let (values, tangents) = (side(false), side(true));
        Parts { bound: bound.clone(), reverse: *reverse, run: run.to_vec(), values, tangents }
    }

    pub(super) fn scan(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        let parts = self.scan_parts(operation);
        if parts.values.states.iter().any(|state| self.source.type_of(*state).shape.contains(&Dimension::Run))
        {
            let reason = "a `scan` cannot save states with a run-time axis for its reverse";
            return Err(ResolveError::declined(operation, reason));
        }
        if let Some(segments) = self.segments(&parts) {
            return self.scan_in_segments(operation, &parts, segments);
        }
        let stacks = self.primal_scan(operation, true);
        self.saved.extend(stacks.iter().map(|stack| (Rule::States, *stack)));
        self.linear_scope(operation, |pass| {
            let body = &operation.regions[0];
            let operands = [pass.values.all(&parts.run), pass.values.all(&parts.tangents.initial)].concat();
            pass.open(&[&body.parameters[..1], parts.tangents.states.as_slice()].concat());
            let step = pass.values.value(body.parameters[0]);
            for (state, stack) in parts.values.states.iter().zip(&stacks) {
                let value = pass.builder.index(*stack, &[step], Check::Proved);
                pass.values.bind(*state, value);
            }
            pass.full(body)?;
            let yields = [pass.values.all(&parts.tangents.next), pass.values.all(&parts.tangents.outputs)];
            let region = pass.builder.end(yields.concat());
            let kind = parts.kind(parts.tangents.states.len());
            let results = pass.builder.push(kind, operands, vec![region]);
            pass.values.bind_all(&parts.tangents.results, &results);
            Ok(())
        })
    }

    /// The scan of the values; asked to, it stacks their states before each step.
    pub(super) fn primal_scan(&mut self, operation: &Operation, save: bool) -> Vec<Value> {
        let parts = self.scan_parts(operation);
        let body = &operation.regions[0];
        let side = &parts.values;
        let operands = [self.values.all(&parts.run), self.values.all(&side.initial)].concat();
        self.open(&[&body.parameters[..1], side.states.as_slice()].concat());
        let mut yields = if save { self.values.all(&side.states) } else { Vec::new() };
        self.primal(body);
        yields.splice(0..0, self.values.all(&[side.next.as_slice(), &side.outputs].concat()));
        let region = self.builder.end(yields);
        let results = self.builder.push(parts.kind(side.states.len()), operands, vec![region]);
        let (own, stacks) = results.split_at(side.results.len());
        self.values.bind_all(&side.results, own);
        stacks.to_vec()
    }
}

impl Parts {
    pub(super) fn kind(&self, carried: usize) -> Kind {
        Kind::Scan { bound: self.bound.clone(), carried, reverse: self.reverse }
    }
}
