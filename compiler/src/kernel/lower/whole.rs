//! Operations over whole arrays and random bits: calls of compiled routines.

use super::{Lowered, Lowering};
use crate::ir::kind::Triangular;
use crate::ir::{Element, Operation, Value};
use crate::kernel::data::{Address, Call, Register, Routine, Statement};
use crate::kernel::place::Place;

impl Lowering<'_> {
    pub(super) fn cholesky(&mut self, operation: &Operation) {
        let order = self.known_extent(operation.operands[0], 0);
        self.routine(operation, Routine::Cholesky { order });
    }

    pub(super) fn triangular_solve(&mut self, operation: &Operation, how: Triangular) {
        let order = self.known_extent(operation.operands[0], 0);
        let vector = self.array(operation.operands[1]).axes.len() == 1;
        let columns = if vector { 1 } else { self.known_extent(operation.operands[1], 1) };
        self.routine(operation, Routine::TriangularSolve { how, order, columns });
    }

    fn known_extent(&self, value: Value, axis: usize) -> i64 {
        self.array(value).axes[axis].extent.as_size().expect("the extents of a matrix are known")
    }

    /// A routine from row-major arrays of f64 to one; f32 is widened before and rounded after.
    fn routine(&mut self, operation: &Operation, routine: Routine) {
        let inputs: Vec<Address> = operation
            .operands
            .iter()
            .map(|operand| {
                let place = self.array(*operand).clone();
                let place = self.as_f64(&place);
                Address::new(place.buffer, place.origin)
            })
            .collect();
        let result = operation.results[0];
        let wanted = self.destination(result, None);
        let direct = wanted.is_contiguous() && wanted.element == Element::F64;
        let place = if direct { wanted.clone() } else { self.fresh(Element::F64, &wanted.shape()) };
        self.call(routine, inputs, &place);
        if !direct {
            self.copy(&place, &wanted);
        }
        self.set(result, Lowered::Array(wanted));
    }

    /// The place itself if its entries are f64 in row-major order without gaps, else a copy for which that holds.
    fn as_f64(&mut self, place: &Place) -> Place {
        if place.is_contiguous() && place.element == Element::F64 {
            return place.clone();
        }
        let whole = self.fresh(Element::F64, &place.shape());
        self.copy(place, &whole);
        whole
    }

    fn call(&mut self, routine: Routine, inputs: Vec<Address>, place: &Place) {
        let output = Some(Address::new(place.buffer, place.origin.clone()));
        self.push(Statement::Call(Call {
            routine,
            inputs,
            output,
            scalars: Vec::new(),
            results: Vec::new(),
        }));
    }

    pub(super) fn bits(&mut self, operation: &Operation, site: u64) {
        let scalars: Vec<Register> = operation.operands.iter().map(|value| self.scalar(*value)).collect();
        let results: Vec<Register> = operation.results.iter().map(|_| self.register(Element::I64)).collect();
        for (value, register) in operation.results.iter().zip(&results) {
            self.set(*value, Lowered::Scalar(*register));
        }
        let routine = Routine::Bits { site };
        self.push(Statement::Call(Call { routine, inputs: Vec::new(), output: None, scalars, results }));
    }
}
