//! The checkpoints of a `while`: a fixed number of slots, filled online; when they are full every other one is given up
//! and the stride between them doubles.

use super::{Lowered, Lowering};
use crate::ir::{Element, Operation, Value, kind};
use crate::kernel::data::{Affine, Carried, Extent, If, Register, Statement};
use crate::kernel::place::Place;

/// The slots of one loop.
pub(super) struct Slots {
    count: i64,
    /// One array of slots for each state.
    arrays: Vec<Place>,
    /// What unused slots hold.
    initial: Vec<Lowered>,
    /// Before the loop, inside it, after it.
    stride: [Register; 3],
    /// Whether unused slots repeat the initial states.
    filled: bool,
}

impl Lowering<'_> {
    /// Slots of which the first holds the initial states, or all.
    pub(super) fn slots(&mut self, operation: &Operation, kept: kind::Slots) -> Slots {
        let states = &operation.operands[1..];
        let results = &operation.results[states.len() + 2..];
        let arrays: Vec<Place> = results.iter().map(|result| self.destination(*result, None)).collect();
        let initial: Vec<Lowered> = states.iter().map(|state| self.lowered(*state).clone()).collect();
        let one = self.integer(1);
        let stride = [one, self.register(Element::I64), self.register(Element::I64)];
        let kind::Slots { count, filled } = kept;
        let slots = Slots { count: i64::from(count), arrays, initial, stride, filled };
        match filled {
            true => self.reset(&slots, 0),
            false => {
                let first = self.integer(0);
                for (array, initial) in slots.arrays.iter().zip(&slots.initial) {
                    self.put(initial, &array.at(&[first]));
                }
            }
        }
        slots
    }

    /// The initial states in every slot from `from` on.
    fn reset(&mut self, slots: &Slots, from: i64) {
        let bound = Extent::Size(slots.count - from);
        for (array, initial) in slots.arrays.iter().zip(&slots.initial) {
            let shifted = Place { origin: array.origin.offset(from * array.axes[0].stride), ..array.clone() };
            self.nest(&[bound], |lowering, indices| lowering.put(initial, &shifted.at(indices)));
        }
    }

    fn put(&mut self, state: &Lowered, slot: &Place) {
        match state {
            Lowered::Scalar(register) => self.push(Statement::Store(slot.entry(), *register)),
            Lowered::Array(place) => self.copy(place, slot),
        }
    }

    /// Before a trip: keeps its states if they fall on the stride, after thinning slots that are full.
    pub(super) fn save(&mut self, slots: &mut Slots, trip: Register, states: &[Value]) -> Carried {
        let [initial, inside, result] = slots.stride;
        let count = self.integer(slots.count);
        let slot = self.apply("floor_div", Element::I64, vec![trip, inside]);
        let full = self.apply("ge", Element::Bool, vec![slot, count]);
        let next = self.register(Element::I64);
        self.begin();
        self.thin(slots);
        let doubled = self.affine(Affine::default().plus_times(inside, 2));
        let yes = self.close();
        let results = vec![(next, doubled, inside)];
        self.push(Statement::If(If { condition: full, yes, no: Vec::new(), results }));

        let rest = self.apply("floor_mod", Element::I64, vec![trip, next]);
        let zero = self.integer(0);
        let due = self.apply("eq", Element::Bool, vec![rest, zero]);
        self.begin();
        let slot = self.apply("floor_div", Element::I64, vec![trip, next]);
        for (array, state) in slots.arrays.clone().iter().zip(states) {
            let state = self.lowered(*state).clone();
            self.put(&state, &array.at(&[slot]));
        }
        let yes = self.close();
        self.push(Statement::If(If { condition: due, yes, no: Vec::new(), results: Vec::new() }));
        Carried { inside, initial, next, result }
    }

    fn thin(&mut self, slots: &Slots) {
        let kept = (slots.count + 1) / 2;
        for array in &slots.arrays {
            self.nest(&[Extent::Size(kept)], |lowering, indices| {
                let twice = lowering.affine(Affine::default().plus_times(indices[0], 2));
                lowering.copy(&array.at(&[twice]), &array.at(indices));
            });
        }
        if slots.filled {
            self.reset(slots, kept);
        }
    }

    pub(super) fn leave_slots(&mut self, slots: Slots, results: &[Value]) {
        self.set(results[0], Lowered::Scalar(slots.stride[2]));
        for (array, result) in slots.arrays.into_iter().zip(&results[1..]) {
            self.set(*result, Lowered::Array(array));
        }
    }
}
