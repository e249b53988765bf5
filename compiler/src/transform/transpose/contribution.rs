//! What cotangents are made of: whole values, entries at indices, entries through a view. They are collected and
//! added up once, where the value is defined; or straight into an accumulator where one is open for it.

use super::Transpose;
use super::lengths::Length;
use crate::ir::kind::{Check, View};
use crate::ir::{Bound, Builder, Dimension, Kind, Polynomial, Type, Value};
use crate::transform::arrays;
use crate::transform::error::ResolveError;

/// One part of a cotangent, in the builder's values.
pub(super) enum Contribution {
    /// All of it.
    Whole(Value),
    /// An entry or sub-array.
    At { indices: Vec<Value>, value: Value },
    /// The entries that a view read.
    Through { view: View, value: Value },
}

/// An accumulator, or a part of one.
#[derive(Clone)]
pub(super) struct Target {
    pub sum: Value,
    /// Leading indices.
    pub indices: Vec<Value>,
}

impl Transpose<'_> {
    /// Notes a part of the cotangent of a linear value.
    pub(super) fn contribute(&mut self, value: Value, contribution: Contribution) {
        if !self.is_linear(value) {
            return;
        }
        match self.targets.get(&value).cloned() {
            Some(target) => {
                let of = self.type_of(value).clone();
                target.add(&mut self.builder, &of, contribution);
            }
            None => self.contributions.entry(value).or_default().push(contribution),
        }
    }

    /// The cotangent, of this type, of a linear value, if anything contributed to it.
    pub(super) fn cotangent(&mut self, value: Value, of: &Type) -> Option<Value> {
        let parts = self.contributions.remove(&value)?;
        let whole = |part: &Contribution| match part {
            Contribution::Whole(value) => Some(*value),
            _ => None,
        };
        if let Some(values) = parts.iter().map(whole).collect::<Option<Vec<Value>>>() {
            return Some(arrays::sum(&mut self.builder, &values));
        }
        let lengths = self.length(value, of).into_iter().collect();
        let sums = self.builder.begin(vec![of.to_accumulator()]);
        let target = Target { sum: sums[0], indices: Vec::new() };
        parts.into_iter().for_each(|part| target.add(&mut self.builder, of, part));
        let region = self.builder.end(Vec::new());
        Some(self.builder.push(Kind::Accumulate(vec![of.clone()]), lengths, vec![region])[0])
    }

    /// The run-time length of a linear array of this type, where it has one.
    ///
    /// # Panics
    /// If no value tells it: such functions are declined first.
    pub(super) fn length(&mut self, array: Value, of: &Type) -> Option<Value> {
        if !of.runs() {
            return None;
        }
        Some(match self.source.lengths.array(array) {
            Length::Count(count) => self.values.value(count),
            Length::Of(array) => arrays::length(&mut self.builder, self.values.value(array), 0),
        })
    }

    /// Builds with an accumulator open for each of these arrays; their sums contribute to them.
    pub(super) fn with_sums(
        &mut self,
        arrays: &[Value],
        build: impl FnOnce(&mut Self) -> Result<Vec<Value>, ResolveError>,
    ) -> Result<Vec<Value>, ResolveError> {
        if arrays.is_empty() {
            return build(self);
        }
        let types = self.values.types_of(arrays);
        let lengths = arrays.iter().zip(&types).filter_map(|(array, of)| self.length(*array, of)).collect();
        let sums = self.builder.begin(types.iter().map(Type::to_accumulator).collect());
        for (array, sum) in arrays.iter().zip(sums) {
            self.targets.insert(*array, Target { sum, indices: Vec::new() });
        }
        let results = build(self)?;
        let region = self.builder.end(results);
        arrays.iter().for_each(|array| {
            self.targets.remove(array);
        });
        let mut results = self.builder.push(Kind::Accumulate(types), lengths, vec![region]);
        for (array, sum) in arrays.iter().zip(results.drain(..arrays.len())) {
            self.contribute(*array, Contribution::Whole(sum));
        }
        Ok(results)
    }
}

impl Target {
    /// Adds a part of the cotangent of an array of this type.
    fn add(&self, builder: &mut Builder, of: &Type, contribution: Contribution) {
        match contribution {
            Contribution::Whole(value) => builder.add_to(self.sum, &self.indices, value),
            Contribution::At { indices, value } => {
                builder.add_to(self.sum, &[self.indices.as_slice(), &indices].concat(), value);
            }
            Contribution::Through { view, value } if of.rank() == 1 => {
                scatter(builder, value, |builder, index, value| {
                    let number = flat_index(builder, &view, index);
                    builder.add_to(self.sum, &[self.indices.as_slice(), &[number]].concat(), value);
                });
            }
            Contribution::Through { view, value } => {
                let shape = arrays::known_shape(of).expect("a view reads an array of known sizes");
                let volume = shape.iter().fold(Polynomial::constant(1), |volume, size| volume.times(size));
                let flat = Type::array(of.element, vec![volume.into()]);
                let sums = builder.accumulate(vec![flat.clone()], |builder, sums| {
                    let target = Target { sum: sums[0], indices: Vec::new() };
                    target.add(builder, &flat, Contribution::Through { view, value });
                    Vec::new()
                });
                let whole = arrays::reshape(builder, sums[0], shape);
                builder.add_to(self.sum, &self.indices, whole);
            }
        }
    }
}

/// Does something with each entry of an array, or with the scalar itself.
fn scatter(builder: &mut Builder, array: Value, entry: impl FnOnce(&mut Builder, &[Value], Value)) {
    if builder.type_of(array).is_scalar() {
        return entry(builder, &[], array);
    }
    let (bounds, run) = arrays::bounds(builder, array);
    builder.map(bounds, run, |builder, index| {
        let value = builder.index(array, index, Check::Proved);
        entry(builder, index, value);
        Vec::new()
    });
}

/// Where a view's entry stands in its source, counted in row-major order.
fn flat_index(builder: &mut Builder, view: &View, index: &[Value]) -> Value {
    let offset = (view.offset != Polynomial::default()).then(|| arrays::size(builder, &view.offset));
    let mut sum = offset;
    for (index, stride) in index.iter().zip(&view.strides) {
        let step = if *stride == Polynomial::constant(1) {
            *index
        } else {
            let stride = arrays::size(builder, stride);
            builder.mul(*index, stride)
        };
        sum = Some(sum.map_or(step, |sum| builder.add(sum, step)));
    }
    sum.unwrap_or_else(|| builder.i64(0))
}

/// The part of a source's cotangent that a view's cotangent is: axes that repeat are summed; a view that only
/// rearranges all of the source is undone by another.
pub(super) fn through(builder: &mut Builder, view: &View, source: &Type, cotangent: Value) -> Contribution {
    let (view, value) = fold(builder, view, cotangent);
    if source.is_scalar() {
        return Contribution::Whole(value);
    }
    match undone(builder, &view, source, value) {
        Some(whole) => Contribution::Whole(whole),
        None => Contribution::Through { view, value },
    }
}

/// Sums over the axes of stride 0.
fn fold(builder: &mut Builder, view: &View, cotangent: Value) -> (View, Value) {
    let repeats = |axis: &usize| view.strides[*axis] == Polynomial::default();
    let (repeated, kept): (Vec<usize>, Vec<usize>) = (0..view.shape.len()).partition(repeats);
    if repeated.is_empty() {
        return (view.clone(), cotangent);
    }
    let bounds = |axes: &[usize]| axes.iter().map(|axis| Bound::Size(view.shape[*axis].clone())).collect();
    let sum = |builder: &mut Builder, outer: &[Value]| {
        let results =
            builder.reduce(crate::ir::Reduction::Add, bounds(&repeated), Vec::new(), |builder, inner| {
                let index = |axis: usize| match kept.iter().position(|kept| *kept == axis) {
                    Some(at) => outer[at],
                    None => inner[repeated.iter().position(|r| *r == axis).expect("one or the other")],
                };
                let indices: Vec<Value> = (0..view.shape.len()).map(index).collect();
                vec![builder.index(cotangent, &indices, Check::Proved)]
            });
        results[0]
    };
    let value = if kept.is_empty() {
        sum(builder, &[])
    } else {
        builder.map(bounds(&kept), Vec::new(), |builder, outer| vec![sum(builder, outer)])[0]
    };
    let pick = |sizes: &[Polynomial]| kept.iter().map(|axis| sizes[*axis].clone()).collect();
    let view = View { shape: pick(&view.shape), offset: view.offset.clone(), strides: pick(&view.strides) };
    (view, value)
}

/// The cotangent in the source's shape, if the view reads every entry of the source once.
fn undone(builder: &mut Builder, view: &View, source: &Type, value: Value) -> Option<Value> {
    let shape = arrays::known_shape(source)?;
    let volume = shape.iter().fold(Polynomial::constant(1), |volume, size| volume.times(size));
    if view.offset != Polynomial::default() {
        return None;
    }
    // Axes from the finest to the coarsest: each steps over all that is finer.
    let mut order: Vec<usize> = Vec::new();
    let mut covered = Polynomial::constant(1);
    while order.len() < view.shape.len() {
        let next =
            (0..view.shape.len()).find(|axis| !order.contains(axis) && view.strides[*axis] == covered)?;
        covered = covered.times(&view.shape[next]);
        order.push(next);
    }
    if covered != volume {
        return None;
    }
    order.reverse();
    let mut value = value;
    if !order.is_sorted() {
        let strides = arrays::row_major(&view.shape);
        let pick = |sizes: &[Polynomial]| order.iter().map(|axis| sizes[*axis].clone()).collect();
        let sorted =
            View { shape: pick(&view.shape), offset: Polynomial::default(), strides: pick(&strides) };
        value = builder.view(value, sorted);
    }
    Some(arrays::reshape(builder, value, shape))
}

/// Whether every extent is a size.
pub(super) fn is_known(of: &Type) -> bool {
    !of.shape.contains(&Dimension::Run)
}
