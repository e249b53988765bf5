//! Whole-array operations by their definitions: contraction, Cholesky factor, triangular systems.

use super::access::advance;
use super::{Failure, Frame, Interpreter};
use crate::ir::data::Operation;
use crate::ir::datum::{Datum, Entries};
use crate::ir::kind::{Constant, Contraction, Triangular};
use crate::ir::types::Element;

/// Entries as `f64`, and back at the end in the element type that they had: f32 is rounded once.
fn with_element(element: Element, shape: &[usize], entries: Vec<f64>) -> Datum {
    match element {
        Element::F32 => Datum::array(shape, Entries::F32(entries.iter().map(|x| *x as f32).collect())),
        _ => Datum::array(shape, Entries::F64(entries)),
    }
}

/// Sums over the labels that the result lacks, in order of first appearance, last fastest.
pub(super) fn contract(
    interpreter: &Interpreter,
    frame: &Frame,
    operation: &Operation,
    contraction: &Contraction,
) -> Result<Datum, Failure> {
    let (left, right) = (frame.get(operation.operands[0]), frame.get(operation.operands[1]));
    let mut labels: Vec<(u8, usize)> = Vec::new();
    let axes = contraction.left.iter().zip(left.shape()).chain(contraction.right.iter().zip(right.shape()));
    for (label, extent) in axes {
        if !labels.iter().any(|(seen, _)| seen == label) {
            labels.push((*label, *extent));
        }
    }
    let extent_of =
        |label: &u8| labels.iter().find(|(seen, _)| seen == label).map_or(0, |(_, extent)| *extent);
    let shape: Vec<usize> = contraction.result.iter().map(extent_of).collect();
    let (summed, sum_shape): (Vec<u8>, Vec<usize>) =
        labels.iter().filter(|(label, _)| !contraction.result.contains(label)).copied().unzip();
    let (a, b) = (left.to_f64(), right.to_f64());
    let volume = interpreter.volume(frame, operation, &shape)?;
    let mut entries = Vec::with_capacity(volume);
    let mut outer = vec![0; shape.len()];
    for _ in 0..volume {
        let mut sum = 0.0;
        let mut inner = vec![0; summed.len()];
        for _ in 0..sum_shape.iter().product::<usize>() {
            let index = |label: &u8| {
                let place = contraction.result.iter().position(|of| of == label);
                place.map_or_else(
                    || inner[summed.iter().position(|of| of == label).unwrap_or(0)],
                    |at| outer[at],
                )
            };
            let entry = |values: &[f64], labels: &[u8], shape: &[usize]| {
                values
                    [labels.iter().zip(shape).fold(0, |place, (label, extent)| place * extent + index(label))]
            };
            sum += entry(&a, &contraction.left, left.shape()) * entry(&b, &contraction.right, right.shape());
            advance(&mut inner, &sum_shape);
        }
        entries.push(sum);
        advance(&mut outer, &shape);
    }
    if shape.is_empty() {
        let sum = entries[0];
        let narrow = left.element() == Element::F32;
        return Ok(Datum::Scalar(if narrow { Constant::F32(sum as f32) } else { Constant::F64(sum) }));
    }
    Ok(with_element(left.element(), &shape, entries))
}

/// The lower factor, row by row; NaN in the lower triangle where the matrix is not positive definite.
pub(super) fn cholesky(matrix: &Datum) -> Datum {
    let n = matrix.shape()[0];
    let a = matrix.to_f64();
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
            let rest = a[i * n + j] - dot;
            l[i * n + j] = match i == j {
                true if rest > 0.0 => rest.sqrt(),
                true => f64::NAN,
                false => rest / l[j * n + j],
            };
        }
    }
    if l.iter().any(|x| x.is_nan()) {
        (0..n).for_each(|i| l[i * n..=i * n + i].fill(f64::NAN));
    }
    with_element(matrix.element(), &[n, n], l)
}

/// Substitution; only the triangle named is read.
pub(super) fn solve(matrix: &Datum, right: &Datum, how: Triangular) -> Datum {
    let n = matrix.shape()[0];
    let columns: usize = right.shape()[1..].iter().product();
    let a = matrix.to_f64();
    let mut x = right.to_f64();
    let entry = |i: usize, j: usize| if how.transposed { a[j * n + i] } else { a[i * n + j] };
    let forward = how.lower != how.transposed;
    for column in 0..columns {
        for step in 0..n {
            let i = if forward { step } else { n - 1 - step };
            let known = if forward { 0..i } else { i + 1..n };
            let dot: f64 = known.map(|j| entry(i, j) * x[j * columns + column]).sum();
            x[i * columns + column] = (x[i * columns + column] - dot) / entry(i, i);
        }
    }
    with_element(right.element(), right.shape(), x)
}
