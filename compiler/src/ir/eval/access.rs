//! Reading entries and sub-arrays, affine views, and adding into accumulators.

use super::{Failure, Frame, Interpreter};
use crate::ir::data::{Operation, Value};
use crate::ir::datum::{Array, Datum, Entries};
use crate::ir::kind::{Constant, View};
use std::sync::Arc;

/// `%x[%i, %j]`: an entry, or the sub-array that the indices leave. Out of range is a failure even where proved.
pub(super) fn index(frame: &Frame, operation: &Operation) -> Result<Datum, Failure> {
    let datum = frame.get(operation.operands[0]);
    let indices = &operation.operands[1..];
    let (first, rest) = position(frame, operation, datum.shape(), indices)?;
    let Datum::Array(array) = datum else { panic!("{datum} is no array") };
    if rest.is_empty() {
        return Ok(Datum::Scalar(array.entries.get(first)));
    }
    Ok(Datum::array(&rest, array.entries.slice(first, rest.iter().product())))
}

/// The place of the first entry that the indices leave, and the shape of what they leave.
fn position(
    frame: &Frame,
    operation: &Operation,
    shape: &[usize],
    indices: &[Value],
) -> Result<(usize, Vec<usize>), Failure> {
    let mut first = 0;
    for (value, extent) in indices.iter().zip(shape) {
        let index = frame.integer(*value);
        match usize::try_from(index) {
            Ok(index) if index < *extent => first = first * extent + index,
            _ => return Err(Failure::OutOfRange { place: frame.place(operation), index, extent: *extent }),
        }
    }
    let rest = shape[indices.len()..].to_vec();
    Ok((first * rest.iter().product::<usize>(), rest))
}

/// An affine reading of the source's storage.
pub(super) fn view(
    interpreter: &Interpreter,
    frame: &Frame,
    operation: &Operation,
    view: &View,
) -> Result<Datum, Failure> {
    let extents = view.shape.iter().map(|size| frame.extent(operation, size));
    let shape = extents.collect::<Result<Vec<usize>, Failure>>()?;
    let strides = view.strides.iter().map(|size| frame.number(operation, size));
    let strides = strides.collect::<Result<Vec<i64>, Failure>>()?;
    let offset = frame.number(operation, &view.offset)?;
    let volume = interpreter.volume(frame, operation, &shape)?;
    let source = match frame.get(operation.operands[0]) {
        Datum::Array(array) => array.entries.clone(),
        Datum::Scalar(scalar) => {
            let mut entries = Entries::with_capacity(scalar.element(), 1);
            entries.push(*scalar);
            entries
        }
    };
    let mut entries = Entries::with_capacity(source.element(), volume);
    let mut counter = vec![0usize; shape.len()];
    for _ in 0..volume {
        let steps = counter.iter().zip(&strides).map(|(index, stride)| *index as i64 * stride);
        let place = offset + steps.sum::<i64>();
        match usize::try_from(place) {
            Ok(place) if place < source.len() => entries.push(source.get(place)),
            _ => {
                let reason = format!("a view reads entry {place} of {}", source.len());
                return Err(Failure::Size { place: frame.place(operation), reason });
            }
        }
        advance(&mut counter, &shape);
    }
    if shape.is_empty() {
        return Ok(Datum::Scalar(entries.get(0)));
    }
    Ok(Datum::Array(Arc::new(Array { shape, entries })))
}

/// The next index in row-major order.
pub(super) fn advance(counter: &mut [usize], shape: &[usize]) {
    for (index, extent) in counter.iter_mut().zip(shape).rev() {
        *index += 1;
        if *index < *extent {
            return;
        }
        *index = 0;
    }
}

/// `add %a[%i], %v`.
pub(super) fn add_to(frame: &mut Frame, operation: &Operation) -> Result<(), Failure> {
    let (target, indices) = (operation.operands[0], &operation.operands[1..operation.operands.len() - 1]);
    let value = frame.get(operation.operands[operation.operands.len() - 1]).clone();
    let (first, _) = position(frame, operation, frame.get(target).shape(), indices)?;
    let sum = frame.values[target.0 as usize].as_mut().expect("the accumulator is open");
    match sum {
        Datum::Scalar(sum) => *sum = plus(*sum, super::scalar(&value)),
        Datum::Array(array) => {
            let entries = &mut Arc::make_mut(array).entries;
            for (position, scalar) in (first..).zip(value.scalars()) {
                entries.set(position, plus(entries.get(position), scalar));
            }
        }
    }
    Ok(())
}

/// The sum of two numbers of one element type; integers wrap.
pub(super) fn plus(a: Constant, b: Constant) -> Constant {
    match (a, b) {
        (Constant::F64(a), Constant::F64(b)) => Constant::F64(a + b),
        (Constant::F32(a), Constant::F32(b)) => Constant::F32(a + b),
        (Constant::I64(a), Constant::I64(b)) => Constant::I64(a.wrapping_add(b)),
        _ => panic!("{a:?} and {b:?} have no sum"),
    }
}
