//! `if`: an `if` on the same condition, each branch giving cotangents of all that either captures. The branch that
//! was not taken is not evaluated, so it contributes no NaN. Each branch goes on from what was found so far.

use super::Transpose;
use super::contribution::{Contribution, is_known};
use super::region::Captured;
use crate::ir::{Kind, Operation, Value};
use crate::transform::error::ResolveError;

impl Transpose<'_> {
    pub(super) fn branch(
        &mut self,
        operation: &Operation,
        cotangents: &[Option<Value>],
    ) -> Result<(), ResolveError> {
        let receivers = self.linear_captures(operation);
        if receivers.iter().any(|value| !is_known(self.type_of(*value))) {
            let reason = "an `if` reads an array with a run-time axis";
            return Err(ResolveError::declined(operation, reason));
        }
        let types = self.values.types_of(&receivers);
        let found: Vec<Option<Value>> =
            receivers.iter().zip(&types).map(|(value, of)| self.cotangent(*value, of)).collect();
        let nothing = Captured { entries: Vec::new(), scalars: Vec::new(), scattered: Vec::new() };
        let mut regions = Vec::new();
        for block in &operation.regions {
            self.builder.begin(Vec::new());
            let pairs = block.results.iter().zip(cotangents);
            let before = receivers.iter().zip(&found);
            let seeds: Vec<(Value, Value)> = before
                .chain(pairs)
                .filter_map(|(value, cotangent)| cotangent.map(|cotangent| (*value, cotangent)))
                .collect();
            let outside = self.body(block, &nothing, &seeds)?;
            let mut yields = Vec::new();
            for value in &receivers {
                yields.push(self.cotangent_or_zero(*value, None)?);
            }
            self.close(&nothing, outside);
            regions.push(self.builder.end(yields));
        }
        let condition = self.values.all(&operation.operands);
        let results = self.builder.push(Kind::If, condition, regions);
        for (value, result) in receivers.into_iter().zip(results) {
            self.contribute(value, Contribution::Whole(result));
        }
        Ok(())
    }
}
