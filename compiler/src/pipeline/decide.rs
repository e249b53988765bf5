//! What the data alone decide, evaluated once. A short slice is interpreted: machine code for it would take longer to
//! make than to run. The two agree bit for bit, so the choice changes no number.

use super::{Allowance, BuildError};
use crate::codegen::{Argument, Compiled, ResultBuffer};
use crate::ir::eval::{self, Call, Options};
use crate::ir::{Datum, Dimension, Entries, Function, Module, Type};
use crate::kernel::Kernel;
use std::sync::{Arc, OnceLock};

/// Operations that are interpreted before machine code is made after all.
const STEPS: u64 = 2000;

/// Entries of data that are copied for the interpreter.
const ENTRIES: usize = 10_000;

/// A bound slice, with the machine code for it once it was made.
pub(super) struct Slice {
    function: Function,
    code: OnceLock<Compiled>,
}

impl Slice {
    pub(super) fn new(function: Function) -> Slice {
        Slice { function, code: OnceLock::new() }
    }

    /// The results of the slice.
    pub(super) fn decide(
        &self,
        data: &[ResultBuffer],
        allowed: &Allowance,
    ) -> Result<Vec<ResultBuffer>, BuildError> {
        if self.function.body.results.is_empty() {
            return Ok(Vec::new());
        }
        let found = if self.code.get().is_some() { None } else { interpreted(&self.function, data) };
        found.map_or_else(|| self.compiled(data, allowed), Ok)
    }

    fn compiled(&self, data: &[ResultBuffer], allowed: &Allowance) -> Result<Vec<ResultBuffer>, BuildError> {
        let code = match self.code.get() {
            Some(code) => code,
            None => {
                let kernel = Kernel::new(&self.function).map_err(BuildError::Refused)?;
                let made = Compiled::within(&kernel, allowed.memory).map_err(BuildError::Refused)?;
                self.code.get_or_init(|| made)
            }
        };
        let mut results = code.result_buffers();
        let data: Vec<Argument> = data.iter().map(ResultBuffer::as_argument).collect();
        let mut workspace = code.workspace();
        workspace.limit_bytes(allowed.memory);
        workspace.interrupt_by(Arc::clone(&allowed.interrupt));
        code.run(&mut workspace, &data, &mut results).map_err(BuildError::Bound)?;
        Ok(results)
    }
}

/// None where it would take long, and where it fails: machine code then says how.
fn interpreted(slice: &Function, data: &[ResultBuffer]) -> Option<Vec<ResultBuffer>> {
    if data.iter().map(ResultBuffer::len).sum::<usize>() > ENTRIES {
        return None;
    }
    let mut module = Module::default();
    module.insert(slice.clone());
    let parameters = slice.parameters.iter().map(|parameter| slice.type_of(parameter.value));
    let arguments: Option<Vec<Datum>> =
        parameters.zip(data).map(|(of, buffer)| datum(of, buffer.clone().into())).collect();
    let call = Call { module: &module, function: &slice.name, sizes: &[], arguments: &arguments? };
    let results = eval::evaluate_with(&call, &Options { steps: STEPS, ..Options::default() }).ok()?;
    Some(results.into_iter().map(|result| Entries::from(result).into()).collect())
}

/// Entries as a value of a type whose sizes are known.
fn datum(of: &Type, entries: Entries) -> Option<Datum> {
    let extent = |dimension: &Dimension| match dimension {
        Dimension::Size(size) => size.as_constant().and_then(|size| usize::try_from(size).ok()),
        Dimension::Run => None,
    };
    let shape: Option<Vec<usize>> = of.shape.iter().map(extent).collect();
    let shape = shape.filter(|shape| shape.iter().product::<usize>() == entries.len())?;
    Some(if of.is_scalar() { Datum::Scalar(entries.get(0)) } else { Datum::array(&shape, entries) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::read::read;

    #[test]
    fn interpreted_and_compiled_slices_agree() {
        let text = "
fn @slice(%0: f64[3] bound, %1: i64 bound) -> (f64, f64[3]) {
  %2 = reduce add (%3 < 3) with (%0) {
    %4 = %0[%3]
    %5 = exp %4
    yield %5
  }
  %6 = map (%7 < 3) with (%0, %1) {
    %8 = %0[%7]
    %9 = int_to_float %1
    %10 = mul %8, %9
    yield %10
  }
  yield %2, %6
}";
        let module = read(text).unwrap_or_else(|error| panic!("{error}"));
        let slice = &module.functions["slice"];
        let data = [ResultBuffer::F64(vec![0.5, -1.0, 2.0]), ResultBuffer::I64(vec![3])];
        let expected = Slice::new(slice.clone()).compiled(&data, &Allowance::default()).expect("it runs");
        assert_eq!(interpreted(slice, &data), Some(expected));
    }

    #[test]
    fn a_long_slice_is_left_to_machine_code() {
        let text = "
fn @slice(%0: f64 bound) -> (f64) {
  %1 = reduce add (%2 < 100000) with (%0) {
    %3 = exp %0
    yield %3
  }
  yield %1
}";
        let module = read(text).unwrap_or_else(|error| panic!("{error}"));
        let slice = &module.functions["slice"];
        let data = [ResultBuffer::F64(vec![0.0])];
        assert_eq!(interpreted(slice, &data), None);
        assert_eq!(
            Slice::new(slice.clone()).decide(&data, &Allowance::default()).expect("it runs"),
            [ResultBuffer::F64(vec![100000.0])]
        );
    }
}
