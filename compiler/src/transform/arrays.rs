//! Small pieces of IR that derivatives need around scalars and arrays alike: zeros, sums, pointwise maps.

use crate::ir::kind::{Check, View};
use crate::ir::{Bound, Builder, Constant, Dimension, Element, Polynomial, Reduction, Type, Value};

/// Bounds over every axis of an array, and the operand of a run-time first one.
pub fn bounds(builder: &mut Builder, array: Value) -> (Vec<Bound>, Vec<Value>) {
    let shape = builder.type_of(array).shape.clone();
    let mut run = Vec::new();
    let bounds = shape.into_iter().enumerate().map(|(axis, dimension)| match dimension {
        Dimension::Size(size) => Bound::Size(size),
        Dimension::Run => {
            run.push(length(builder, array, axis));
            Bound::Run
        }
    });
    (bounds.collect(), run)
}

/// `len array, axis`.
pub fn length(builder: &mut Builder, array: Value, axis: usize) -> Value {
    builder.push(crate::ir::Kind::Length(axis), vec![array], Vec::new())[0]
}

/// A scalar function of the entries of arrays of one shape, entry by entry; of scalars, directly.
pub fn pointwise(
    builder: &mut Builder,
    arrays: &[Value],
    function: impl FnOnce(&mut Builder, &[Value]) -> Value,
) -> Value {
    if builder.type_of(arrays[0]).is_scalar() {
        return function(builder, arrays);
    }
    let (bounds, run) = bounds(builder, arrays[0]);
    let results = builder.map(bounds, run, |builder, index| {
        let entries: Vec<Value> =
            arrays.iter().map(|array| builder.index(*array, index, Check::Proved)).collect();
        vec![function(builder, &entries)]
    });
    results[0]
}

/// The sum of values of one type.
pub fn sum(builder: &mut Builder, values: &[Value]) -> Value {
    match values {
        [one] => *one,
        _ => pointwise(builder, values, |builder, entries| {
            let first = entries[0];
            entries[1..].iter().fold(first, |sum, entry| builder.add(sum, *entry))
        }),
    }
}

/// The literal zero of an element type.
pub fn zero(builder: &mut Builder, element: Element) -> Value {
    builder.constant(match element {
        Element::F64 => Constant::F64(0.0),
        Element::F32 => Constant::F32(0.0),
        Element::I64 => Constant::I64(0),
        Element::Bool => Constant::Bool(false),
    })
}

/// Zeros of a type; the first operand is the length of a run-time first axis.
pub fn zeros(builder: &mut Builder, length: Option<Value>, of: &Type) -> Value {
    if of.is_scalar() {
        return zero(builder, of.element);
    }
    let bounds = of.shape.iter().map(|dimension| match dimension {
        Dimension::Size(size) => Bound::Size(size.clone()),
        Dimension::Run => Bound::Run,
    });
    let run = length.filter(|_| of.runs());
    builder.map(bounds.collect(), run.into_iter().collect(), |builder, _| vec![zero(builder, of.element)])[0]
}

/// Zeros of the type, and the run-time length, of a value.
pub fn zeros_like(builder: &mut Builder, value: Value) -> Value {
    let of = builder.type_of(value).clone();
    let run = of.runs();
    let length = run.then(|| length(builder, value, 0));
    zeros(builder, length, &of)
}

/// The sum of all entries of an array, or the scalar itself.
pub fn total(builder: &mut Builder, array: Value) -> Value {
    if builder.type_of(array).is_scalar() {
        return array;
    }
    let (bounds, run) = bounds(builder, array);
    builder.reduce(Reduction::Add, bounds, run, |builder, index| {
        vec![builder.index(array, index, Check::Proved)]
    })[0]
}

/// A size as `i64`: a literal where it is a number.
pub fn size(builder: &mut Builder, size: &Polynomial) -> Value {
    match size.as_constant() {
        Some(n) => builder.i64(n),
        None => builder.size(size.clone()),
    }
}

/// Strides of a dense array in row-major order.
pub fn row_major(shape: &[Polynomial]) -> Vec<Polynomial> {
    let mut strides = vec![Polynomial::constant(1); shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].times(&shape[axis]);
    }
    strides
}

/// The entries of a dense array under another shape of as many entries.
pub fn reshape(builder: &mut Builder, array: Value, shape: Vec<Polynomial>) -> Value {
    let same = shape.iter().cloned().map(Dimension::Size).eq(builder.type_of(array).shape.iter().cloned());
    if same {
        return array;
    }
    let strides = row_major(&shape);
    builder.view(array, View { shape, offset: Polynomial::default(), strides })
}

/// The axes swapped of a matrix of known sizes.
pub fn transposed(builder: &mut Builder, matrix: Value) -> Value {
    let shape = known_shape(builder.type_of(matrix)).expect("a matrix has known sizes");
    let [rows, columns] = <[Polynomial; 2]>::try_from(shape).expect("a matrix has two axes");
    let strides = vec![Polynomial::constant(1), columns.clone()];
    builder.view(matrix, View { shape: vec![columns, rows], offset: Polynomial::default(), strides })
}

/// The extents, if all are sizes.
pub fn known_shape(of: &Type) -> Option<Vec<Polynomial>> {
    let sizes = of.shape.iter().map(|dimension| match dimension {
        Dimension::Size(size) => Some(size.clone()),
        Dimension::Run => None,
    });
    sizes.collect()
}
