//! Whole-array operations by the kernels that native code calls: contraction, Cholesky factor, triangular systems. f32
//! is computed as f64 and rounded once.

use super::{Failure, Frame, Interpreter};
use crate::ir::data::Operation;
use crate::ir::datum::{Datum, Entries};
use crate::ir::kind::{Constant, Contraction, Triangular};
use crate::ir::types::Element;
use crate::kernels::level::{Level, level};
use crate::kernels::linalg;

/// Entries as `f64`, and back at the end in the element type that they had.
fn with_element(element: Element, shape: &[usize], entries: Vec<f64>) -> Datum {
    match element {
        Element::F32 => Datum::array(shape, Entries::F32(entries.iter().map(|x| *x as f32).collect())),
        _ => Datum::array(shape, Entries::F64(entries)),
    }
}

/// This machine's level; one that it lacks is refused where its kernels are asked for.
fn this_level() -> Level {
    level().unwrap_or(Level::Baseline)
}

/// Sums over the labels that the result lacks.
pub(super) fn contract(
    interpreter: &Interpreter,
    frame: &Frame,
    operation: &Operation,
    contraction: &Contraction,
) -> Result<Datum, Failure> {
    let (left, right) = (frame.get(operation.operands[0]), frame.get(operation.operands[1]));
    let Contraction { left: of_left, right: of_right, result } = contraction;
    let axes = || of_left.iter().zip(left.shape()).chain(of_right.iter().zip(right.shape()));
    let extent = |label: &u8| axes().find(|(other, _)| *other == label).map_or(0, |(_, extent)| *extent);
    // Only axes of run-time length can differ.
    if let Some((label, length)) = axes().find(|(label, length)| extent(label) != **length) {
        let reason = format!("axes of label {label} have {} and {length} entries", extent(label));
        return Err(Failure::Size { place: frame.place(operation), reason });
    }
    let shape: Vec<usize> = result.iter().map(extent).collect();
    let mut entries = vec![0.0; interpreter.volume(frame, operation, &shape)?];
    linalg::Contraction::dense([of_left, of_right, result], [left.shape(), right.shape()]).run(
        &left.to_f64(),
        &right.to_f64(),
        &mut entries,
    );
    if shape.is_empty() {
        let narrow = left.element() == Element::F32;
        let sum = if narrow { Constant::F32(entries[0] as f32) } else { Constant::F64(entries[0]) };
        return Ok(Datum::Scalar(sum));
    }
    Ok(with_element(left.element(), &shape, entries))
}

/// The lower factor; NaN in the lower triangle where the matrix is not positive definite.
pub(super) fn cholesky(matrix: &Datum) -> Datum {
    let n = matrix.shape()[0];
    let mut factor = vec![0.0; n * n];
    let mut scratch = vec![0.0; linalg::scratch_length(n)];
    // A matrix without a factor is told by what the factor holds.
    let _ = linalg::cholesky(this_level(), n, &matrix.to_f64(), &mut factor, &mut scratch);
    with_element(matrix.element(), &[n, n], factor)
}

/// The solutions; only the triangle named is read.
pub(super) fn solve(matrix: &Datum, right: &Datum, how: Triangular) -> Datum {
    let Triangular { lower, transposed } = how;
    let (order, columns) = (matrix.shape()[0], right.shape()[1..].iter().product());
    let mut unknowns = right.to_f64();
    let system = linalg::System { lower, transposed, order, columns };
    linalg::solve(this_level(), &system, &matrix.to_f64(), &mut unknowns);
    with_element(right.element(), right.shape(), unknowns)
}
