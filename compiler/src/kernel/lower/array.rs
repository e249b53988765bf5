//! Reading parts of arrays, and sums into them.

use super::admit::reach;
use super::{Lowered, Lowering, number};
use crate::ir::infer::sum_lengths;
use crate::ir::kind::{Check, View};
use crate::ir::{Bound, Element, Operation, Origin, Type, Value};
use crate::kernel::data::{Affine, Extent, Register, Requirement, Statement};
use crate::kernel::place::{Place, Reading};

impl Lowering<'_> {
    pub(super) fn index(&mut self, operation: &Operation, check: Check) {
        let place = self.array(operation.operands[0]).clone();
        let indices: Vec<Register> =
            operation.operands[1..].iter().map(|value| self.scalar(*value)).collect();
        if check == Check::Checked {
            self.inside(&place, &indices, operation.origin);
        }
        self.read(operation.results[0], place.at(&indices));
    }

    fn inside(&mut self, place: &Place, indices: &[Register], origin: Origin) {
        for (index, axis) in indices.iter().zip(&place.axes) {
            self.require(Requirement::Inside(*index, axis.extent), origin);
        }
    }

    /// The value is what stands in the place.
    fn read(&mut self, value: Value, place: Place) {
        let lowered = match place.axes.is_empty() {
            true => Lowered::Scalar(self.load(place.entry(), place.element)),
            false => Lowered::Array(place),
        };
        self.set(value, lowered);
    }

    pub(super) fn view(&mut self, operation: &Operation, view: &View) {
        let reading = Reading {
            shape: view.shape.iter().map(number).collect(),
            offset: number(&view.offset),
            strides: view.strides.iter().map(number).collect(),
        };
        let place = match self.lowered(operation.operands[0]).clone() {
            Lowered::Array(place) => place,
            Lowered::Scalar(register) => self.boxed(register, self.element(operation.operands[0])),
        };
        if let (Affine { terms, .. }, Some((_, last))) = (place.entries(), reach(view))
            && !terms.is_empty()
        {
            let [last, entries] = [Affine::constant(last), place.entries()].map(|entry| self.affine(entry));
            self.require(Requirement::Inside(last, Extent::Run(entries)), operation.origin);
        }
        let viewed = match place.view(&reading) {
            Some(viewed) => viewed,
            None => {
                let whole = self.fresh(place.element, &place.shape());
                self.copy(&place, &whole);
                whole.view(&reading).expect("any view of a row-major array is a reading of it")
            }
        };
        self.read(operation.results[0], viewed);
    }

    /// A scalar as an array without axes.
    fn boxed(&mut self, register: Register, element: Element) -> Place {
        let place = self.fresh(element, &[]);
        self.push(Statement::Store(place.entry(), register));
        place
    }

    pub(super) fn length(&mut self, operation: &Operation, axis: usize) {
        let extent = self.array(operation.operands[0]).axes[axis].extent;
        let register = self.affine(extent.affine());
        self.set(operation.results[0], Lowered::Scalar(register));
    }

    pub(super) fn accumulate(&mut self, operation: &Operation, sums: &[Type]) {
        let region = &operation.regions[0];
        let (arrays, results) = operation.results.split_at(sums.len());
        let lengths = sum_lengths(sums, &operation.operands).map(|(_, length)| length);
        for ((array, length), parameter) in arrays.iter().zip(lengths).zip(&region.parameters) {
            let extents = length.map(|length| self.extents(&[Bound::Run], &[length]));
            let first = extents.and_then(|extents| self.first_axis(&extents));
            let place = self.destination(*array, first);
            self.clear(&place);
            self.set(*parameter, Lowered::Array(place));
        }
        let wanted = results.iter().map(|result| self.targets.remove(result));
        let wanted = wanted.collect();
        self.block(region, wanted);
        for (result, inner) in results.iter().zip(&region.results) {
            let lowered = self.lowered(*inner).clone();
            self.set(*result, lowered);
        }
        for (array, parameter) in arrays.iter().zip(&region.parameters) {
            let place = self.array(*parameter).clone();
            self.read(*array, place);
        }
    }

    pub(super) fn add_to(&mut self, operation: &Operation) {
        let [sum, indices @ .., value] = operation.operands.as_slice() else {
            panic!("`add` takes an accumulator, indices and a value")
        };
        let sum = self.array(*sum).clone();
        let indices: Vec<Register> = indices.iter().map(|value| self.scalar(*value)).collect();
        self.inside(&sum, &indices, operation.origin);
        let entry = sum.at(&indices);
        let value = self.lowered(*value).clone();
        self.nest(&entry.shape(), |lowering, inner| {
            let added = match &value {
                Lowered::Scalar(register) => *register,
                Lowered::Array(place) => lowering.load(place.at(inner).entry(), place.element),
            };
            let address = entry.at(inner).entry();
            let before = lowering.load(address.clone(), entry.element);
            let after = lowering.apply("add", entry.element, vec![before, added]);
            lowering.push(Statement::Store(address, after));
        });
    }

    /// Copies entry by entry, between floats of two widths with conversion.
    pub(super) fn copy(&mut self, from: &Place, to: &Place) {
        self.nest(&to.shape(), |lowering, indices| {
            let value = lowering.load(from.at(indices).entry(), from.element);
            let value = match (from.element, to.element) {
                (Element::F32, Element::F64) => lowering.apply("widen", Element::F64, vec![value]),
                (Element::F64, Element::F32) => lowering.apply("narrow", Element::F32, vec![value]),
                _ => value,
            };
            lowering.push(Statement::Store(to.at(indices).entry(), value));
        });
    }
}
