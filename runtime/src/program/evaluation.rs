//! What evaluates a posterior on one thread, into the caller's buffers.

use crate::target::{Check, Evaluator, Rejection};
use ansatz_compiler::codegen::{Argument, Density, Failure, Prepared, ResultBuffer};
use ansatz_compiler::ir::Told;
use ansatz_compiler::pipeline;

const CHECK_INDEX: u32 = 0;
const CHECK_DIVISION: u32 = 1;
const CHECK_MEMORY: u32 = 2;
const CHECK_INTERRUPTED: u32 = 3;
/// From here on: a demand's number, and a multiple of [`DEMANDS`] for its origin.
const CHECK_DEMAND: u32 = 4;
/// More than there are demands.
const DEMANDS: u32 = 1 << 8;

/// What a check that failed says; the number and origin of a demand.
pub(super) fn explained(check: Check) -> Result<&'static str, (i64, u32)> {
    Ok(match check {
        Check(CHECK_DIVISION) => "an integer was divided by zero",
        Check(CHECK_MEMORY) => "an array of run-time length needs more memory than is allowed",
        Check(CHECK_INTERRUPTED) => "the evaluation was interrupted",
        Check(CHECK_INDEX) => "an index lay outside its axis",
        Check(number) => {
            let number = number - CHECK_DEMAND;
            return Err((i64::from(number % DEMANDS), number / DEMANDS));
        }
    })
}

/// A run that ends early is a point that cannot be visited.
pub(super) fn rejection(failure: Failure) -> Rejection {
    Rejection::Check(Check(match failure {
        Failure::Index { .. } => CHECK_INDEX,
        Failure::Division { .. } => CHECK_DIVISION,
        Failure::Memory { .. } => CHECK_MEMORY,
        Failure::Interrupted => CHECK_INTERRUPTED,
        Failure::Demand { origin, told } => {
            CHECK_DEMAND + told.demand.number() as u32 + DEMANDS.saturating_mul(origin.0)
        }
    }))
}

/// Evaluates a posterior on one thread, without allocating.
pub struct Evaluation {
    pub(super) density: Density,
    /// Of the last demand that did not hold.
    pub(super) told: Option<Told>,
    pub(super) reported: pipeline::Evaluator,
}

/// Multiplies the second derivatives of a posterior's log density with directions on one thread, without allocating.
pub struct Hessian {
    pub(super) prepared: Prepared,
}

impl Hessian {
    /// Writes the product of the second derivatives at a position with a direction.
    pub fn product(
        &mut self,
        position: &[f64],
        direction: &[f64],
        product: &mut [f64],
    ) -> Result<(), Rejection> {
        let live = [Argument::F64(position), Argument::F64(direction)];
        self.prepared.run_into(&live, &mut [product]).map_err(rejection)
    }
}

impl Evaluator for Evaluation {
    fn log_density_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, Rejection> {
        let value = self.density.log_density_gradient(position, gradient).map_err(|failure| {
            if let Failure::Demand { told, .. } = failure {
                self.told = Some(told);
            }
            rejection(failure)
        })?;
        Rejection::unless_finite(value)
    }

    fn told(&self) -> Option<String> {
        self.told.map(|told| told.to_string())
    }

    fn constrain(&mut self, position: &[f64], values: &mut [f64]) -> Result<(), Rejection> {
        let results = self.reported.run(&[Argument::F64(position)]).map_err(rejection)?;
        let mut rest = values;
        for result in results {
            rest = write(result, rest);
        }
        Ok(())
    }
}

/// Writes a result's entries as real numbers; gives what is left to write.
///
/// # Panics
/// If there is no room: the layout has it for every result.
pub(super) fn write<'v>(result: &ResultBuffer, values: &'v mut [f64]) -> &'v mut [f64] {
    let (own, rest) = values.split_at_mut(result.len());
    match result {
        ResultBuffer::F64(entries) => own.copy_from_slice(entries),
        ResultBuffer::F32(entries) => fill(own, entries, |entry| f64::from(*entry)),
        ResultBuffer::I64(entries) => fill(own, entries, |entry| *entry as f64),
        ResultBuffer::Bool(entries) => fill(own, entries, |entry| f64::from(u8::from(*entry))),
    }
    rest
}

fn fill<T>(values: &mut [f64], entries: &[T], number: impl Fn(&T) -> f64) {
    values.iter_mut().zip(entries).for_each(|(value, entry)| *value = number(entry));
}

/// # Panics
/// If the buffer does not hold real numbers: densities and gradients do.
pub(super) fn reals(buffer: &ResultBuffer) -> &[f64] {
    match buffer {
        ResultBuffer::F64(values) => values,
        other => panic!("real numbers are expected, not {other:?}"),
    }
}
