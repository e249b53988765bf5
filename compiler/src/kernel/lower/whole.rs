//! Operations over whole arrays and random bits: calls of compiled routines.

use super::{Lowered, Lowering};
use crate::ir::kind::Triangular;
use crate::ir::{Element, Operation};
use crate::kernel::data::{Address, Call, Extent, Register, Routine, Statement};
use crate::kernel::place::Place;

impl Lowering<'_> {
    pub(super) fn cholesky(&mut self, operation: &Operation) {
        let shape = self.array(operation.operands[0]).shape();
        let order = known(shape[0]);
        let place = self.routine(operation, Routine::Cholesky { order }, &shape);
        self.set(operation.results[0], Lowered::Array(place));
    }

    /// The right-hand side is copied to where the solution is wanted, and solved there.
    pub(super) fn triangular_solve(&mut self, operation: &Operation, how: Triangular) {
        let order = known(self.array(operation.operands[0]).axes[0].extent);
        let right = self.array(operation.operands[1]).clone();
        let shape = right.shape();
        let columns = shape.get(1).map_or(1, |extent| known(*extent));
        let wanted = self.destination(operation.results[0], None);
        let place = self.workplace(&wanted, &shape);
        self.copy(&right, &place);
        let matrix = self.array(operation.operands[0]).clone();
        let matrix = self.as_f64(&matrix);
        self.call(Routine::TriangularSolve { how, order, columns }, &[matrix], &place);
        if place != wanted {
            self.copy(&place, &wanted);
        }
        self.set(operation.results[0], Lowered::Array(wanted));
    }

    /// The place of the result of a routine from row-major arrays of f64 to one; f32 is widened before and rounded
    /// after.
    pub(super) fn routine(&mut self, operation: &Operation, routine: Routine, shape: &[Extent]) -> Place {
        let operands: Vec<Place> =
            operation.operands.iter().map(|operand| self.array(*operand).clone()).collect();
        let inputs: Vec<Place> = operands.iter().map(|place| self.as_f64(place)).collect();
        let element = self.element(operation.results[0]);
        let wanted = match self.targets.remove(&operation.results[0]) {
            Some(place) => place,
            None => self.fresh(element, shape),
        };
        let place = self.workplace(&wanted, shape);
        self.call(routine, &inputs, &place);
        if place != wanted {
            self.copy(&place, &wanted);
        }
        wanted
    }

    /// The place itself where a routine can write to it, else another of that shape.
    fn workplace(&mut self, wanted: &Place, shape: &[Extent]) -> Place {
        let direct = wanted.is_contiguous() && wanted.element == Element::F64;
        if direct { wanted.clone() } else { self.fresh(Element::F64, shape) }
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

    fn call(&mut self, routine: Routine, inputs: &[Place], output: &Place) {
        let scratch = routine.scratch();
        let scratch = (scratch > 0).then(|| self.fresh(Element::F64, &[Extent::Size(scratch as i64)]));
        let start = |place: &Place| Address::new(place.buffer, place.origin.clone());
        self.push(Statement::Call(Call {
            routine,
            inputs: inputs.iter().map(start).collect(),
            output: Some(start(output)),
            scratch: scratch.map(|place| place.buffer),
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
        let (inputs, output, scratch) = (Vec::new(), None, None);
        self.push(Statement::Call(Call { routine, inputs, output, scratch, scalars, results }));
    }
}

/// The extent of a matrix.
fn known(extent: Extent) -> i64 {
    extent.as_size().expect("the extents of a matrix are known")
}
