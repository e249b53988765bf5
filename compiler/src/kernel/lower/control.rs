//! Choices and loops on a condition.

use super::region::CARRIED;
use super::{Lowered, Lowering, shape};
use crate::ir::kind::Slots;
use crate::ir::{Block, Element, Operation, Value};
use crate::kernel::data::{Home, If, Register, Statement, While};
use crate::kernel::place::Place;

/// Where an `if` leaves one of its results.
enum Outcome {
    Scalar(Register),
    /// A register for each entry, and where they are wanted.
    Entries(Vec<Register>, Place),
    Array(Place),
    /// A block and its first axis.
    Block(Register, Register, Place),
}

impl Lowering<'_> {
    pub(super) fn branch(&mut self, operation: &Operation) {
        let condition = self.scalar(operation.operands[0]);
        let outcomes: Vec<Outcome> = operation.results.iter().map(|result| self.outcome(*result)).collect();
        let (yes, yields) = self.side(&operation.regions[0], &outcomes);
        let (no, others) = self.side(&operation.regions[1], &outcomes);
        let (mut results, mut filled) = (Vec::new(), Vec::new());
        let mut pairs = yields.into_iter().zip(others);
        let mut choose = |register: Register| {
            let (yes, no) = pairs.next().expect("both sides yield alike");
            results.push((register, yes, no));
        };
        for (outcome, result) in outcomes.into_iter().zip(&operation.results) {
            let lowered = match outcome {
                Outcome::Scalar(register) => {
                    choose(register);
                    Lowered::Scalar(register)
                }
                Outcome::Entries(entries, place) => {
                    entries.iter().copied().for_each(&mut choose);
                    filled.push((place.clone(), entries));
                    Lowered::Array(place)
                }
                Outcome::Array(place) => Lowered::Array(place),
                Outcome::Block(block, length, place) => {
                    choose(block);
                    choose(length);
                    Lowered::Array(place)
                }
            };
            self.set(*result, lowered);
        }
        self.push(Statement::If(If { condition, yes, no, results }));
        filled.into_iter().for_each(|(place, entries)| self.fill(&place, entries.into_iter()));
    }

    fn outcome(&mut self, result: Value) -> Outcome {
        let of = self.function.type_of(result).clone();
        if of.is_scalar() {
            return Outcome::Scalar(self.register(of.element));
        }
        if of.shape.first() != Some(&crate::ir::Dimension::Run) {
            let place = self.destination(result, None);
            return match place.is_small() {
                true => {
                    let addresses = place.first_entries(CARRIED).into_iter();
                    Outcome::Entries(addresses.map(|_| self.register(of.element)).collect(), place)
                }
                false => Outcome::Array(place),
            };
        }
        let [block, length] = [self.register(Element::I64), self.register(Element::I64)];
        let extents = shape(&of, Some(length));
        let buffer = self.buffer_at(of.element, &extents, Home::Block(block));
        Outcome::Block(block, length, Place::whole(buffer, of.element, &extents))
    }

    /// One side, and the registers that it chooses for scalars and blocks.
    fn side(&mut self, region: &Block, outcomes: &[Outcome]) -> (Vec<Statement>, Vec<Register>) {
        self.begin();
        let wanted = outcomes.iter().map(|outcome| match outcome {
            Outcome::Array(place) => Some(place.clone()),
            Outcome::Scalar(_) | Outcome::Entries(..) | Outcome::Block(..) => None,
        });
        let wanted = wanted.collect();
        self.block(region, wanted);
        let mut yields = Vec::new();
        for (outcome, result) in outcomes.iter().zip(&region.results) {
            match outcome {
                Outcome::Scalar(_) => yields.push(self.scalar(*result)),
                Outcome::Entries(..) => {
                    let found = self.array(*result).clone();
                    yields.extend(self.entries(&found));
                }
                Outcome::Array(_) => {}
                Outcome::Block(..) => {
                    let found = self.array(*result).clone();
                    yields.push(self.block_of(&found));
                    yields.push(self.affine(found.axes[0].extent.affine()));
                }
            }
        }
        (self.close(), yields)
    }

    /// The register that holds the address of a block.
    pub(super) fn block_of(&self, place: &Place) -> Register {
        match self.kernel.buffers[place.buffer.0 as usize].home {
            Home::Block(register) => register,
            _ => panic!("an array with a run-time axis lies in a block"),
        }
    }

    pub(super) fn repeat(&mut self, operation: &Operation, slots: Option<Slots>) {
        let limit = self.scalar(operation.operands[0]);
        let initial = &operation.operands[1..];
        let memories = self.memories(initial, &operation.results[..initial.len()]);
        let mut slots = slots.map(|slots| self.slots(operation, slots));
        let [trip, trips] = [self.register(Element::I64), self.register(Element::I64)];
        let mark = self.register(Element::I64);
        let [condition, region] = [&operation.regions[0], &operation.regions[1]];
        self.begin();
        self.enter(&memories, &condition.parameters);
        self.block(condition, vec![None]);
        let proceed = self.scalar(condition.results[0]);
        let condition = self.close();
        let inner = self.register(Element::I64);
        let mut condition = self.scoped(condition, Vec::new(), inner);
        if let Some(Statement::Release(..)) = condition.last() {
            condition.insert(0, Statement::Mark(inner));
        }

        self.begin();
        self.enter(&memories, &region.parameters);
        let saved = slots.as_mut().map(|slots| self.save(slots, trip, &region.parameters));
        let mut carried = self.step(region, &memories, Vec::new(), mark);
        carried.extend(saved);
        let body = self.close();
        self.mark(&body);
        let repeat = While { limit, trip, trips, carried, condition, proceed, body };
        self.push(Statement::While(Box::new(repeat)));

        self.leave(&memories, operation);
        self.set(operation.results[initial.len()], Lowered::Scalar(trips));
        if let Some(slots) = slots {
            self.leave_slots(slots, &operation.results[initial.len() + 1..]);
        }
    }
}
