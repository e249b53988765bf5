//! Lanes: neighbouring iterations of a packed loop side by side in a vector. The one file that knows how wide it is.
//!
//! A vector holds two `f64`, the widest that Cranelift has on every machine. A value that is the same in all iterations
//! is spread over the lanes where it meets one that is not; an integer that grows with the index stays a known number
//! for each lane. Entries of buffers and partial results that are kept in registers remember the vector and the lane
//! where they stand, so that neighbours are found together again. An iteration without a neighbour is written out alone.

use super::{Emitter, Slot, combination};
use crate::codegen::instruction::apply;
use crate::ir::{Constant, Reduction};
use crate::kernel::data::{Address, Affine, Expression, Home, Loop, Register, StateName, Statement};
use crate::kernels::reduce::WAYS;
use crate::primitive::{Instruction, Lower, Primitive};
use cranelift::codegen::ir::ConstantData;
use cranelift::prelude::{InstBuilder, Type, Value, types};

/// Iterations side by side.
const WIDTH: usize = 2;

/// Their numbers.
const VECTOR: Type = types::F64X2;

/// An integer in each lane.
pub(super) type Steps = [i64; WIDTH];

impl Emitter<'_, '_> {
    /// The body once for each vector of indices, then alone for those that are left.
    pub(super) fn packed(&mut self, counted: &Loop, n: i64) {
        let vectors = n / WIDTH as i64;
        for first in (0..vectors).map(|vector| vector * WIDTH as i64) {
            let steps = std::array::from_fn(|lane| first + lane as i64);
            self.registers[counted.index.0 as usize] = Slot::Steps(steps);
            counted.body.iter().for_each(|statement| self.side_by_side(statement));
        }
        for index in vectors * WIDTH as i64..n {
            self.set_known(counted.index, Constant::I64(index));
            self.statements(&counted.body);
        }
    }

    fn side_by_side(&mut self, statement: &Statement) {
        match statement {
            Statement::Let(register, expression) => match self.lanes_of(expression) {
                Some(slot) => self.registers[register.0 as usize] = slot,
                None => self.statement(statement),
            },
            Statement::Store(address, value) => self.store_lanes(address, *value),
            Statement::Absorb(state, position, value) => self.absorb_lanes(*state, position, *value),
            Statement::Require(..) => self.each_lane(|emitter| emitter.statement(statement)),
            other => unreachable!("{other:?} is in no packed loop"),
        }
    }

    /// Does the same for each lane, with the lane's numbers.
    fn each_lane(&mut self, mut work: impl FnMut(&mut Self)) {
        for lane in 0..WIDTH {
            self.lane = lane;
            work(self);
        }
        self.lane = 0;
    }

    /// An expression that differs between lanes; none where it is the same.
    fn lanes_of(&mut self, expression: &Expression) -> Option<Slot> {
        match expression {
            Expression::Affine(affine) if self.steps(affine) => {
                let mut lanes = [0; WIDTH];
                self.each_lane(|emitter| lanes[emitter.lane] = emitter.affine_parts(affine).0);
                Some(stepping(lanes))
            }
            Expression::Primitive(primitive, operands) => self.primitive_lanes(*primitive, operands),
            Expression::Load(address) if self.steps(&address.entry) => Some(self.load_lanes(address)),
            _ => None,
        }
    }

    fn primitive_lanes(&mut self, primitive: Primitive, operands: &[Register]) -> Option<Slot> {
        let slots: Vec<Slot> = operands.iter().map(|operand| self.registers[operand.0 as usize]).collect();
        if slots.iter().any(|slot| matches!(slot, Slot::Lanes(_))) {
            let Lower::Instruction(instruction) = primitive.row().lower else {
                unreachable!("{primitive} is in no lane")
            };
            let condition = usize::from(instruction == Instruction::Select);
            let (shared, lanes) = operands.split_at(condition);
            let shared: Vec<Value> = shared.iter().map(|operand| self.value(*operand)).collect();
            let lanes = lanes.iter().map(|operand| self.vector(*operand));
            let vectors: Vec<Value> = shared.into_iter().chain(lanes.collect::<Vec<Value>>()).collect();
            return Some(Slot::Lanes(apply(&mut self.builder, instruction, &vectors)));
        }
        if slots.iter().any(|slot| matches!(slot, Slot::Steps(_))) {
            let mut lanes = [0; WIDTH];
            self.each_lane(|emitter| match emitter.fold(primitive, operands) {
                Some(Constant::I64(n)) => lanes[emitter.lane] = n,
                other => unreachable!("{primitive} of known integers is {other:?}"),
            });
            return Some(stepping(lanes));
        }
        None
    }

    /// Whether the expression differs between lanes.
    fn steps(&self, affine: &Affine) -> bool {
        let growth = |register: &Register| match self.registers[register.0 as usize] {
            Slot::Steps(steps) => steps[1].wrapping_sub(steps[0]),
            _ => 0,
        };
        let terms = affine.terms.iter();
        let growth = terms.map(|(register, coefficient)| growth(register).wrapping_mul(*coefficient));
        growth.fold(0, i64::wrapping_add) != 0
    }

    /// A register's value in every lane.
    fn vector(&mut self, register: Register) -> Value {
        match self.registers[register.0 as usize] {
            Slot::Lanes(vector) => vector,
            Slot::Known(Constant::F64(x)) => {
                let bytes: Vec<u8> = [x; WIDTH].iter().flat_map(|x| x.to_le_bytes()).collect();
                let constant = self.builder.func.dfg.constants.insert(ConstantData::from(bytes));
                self.builder.ins().vconst(VECTOR, constant)
            }
            _ => {
                let value = self.value(register);
                self.builder.ins().splat(VECTOR, value)
            }
        }
    }

    fn load_lanes(&mut self, address: &Address) -> Slot {
        let buffer = &self.kernel.buffers[address.buffer.0 as usize];
        if buffer.home == Home::Registers {
            let first = self.known_entry(address);
            let entries = std::array::from_fn(|lane| self.entries[address.buffer.0 as usize][first + lane]);
            return Slot::Lanes(self.together(entries));
        }
        let flags = self.regions.unaligned(buffer.home);
        let (base, offset) = self.address(address);
        Slot::Lanes(self.builder.ins().load(VECTOR, flags, base, offset))
    }

    fn store_lanes(&mut self, address: &Address, register: Register) {
        let vector = self.vector(register);
        let home = self.kernel.buffers[address.buffer.0 as usize].home;
        if home == Home::Registers {
            let first = self.known_entry(address);
            for lane in 0..WIDTH {
                self.entries[address.buffer.0 as usize][first + lane] = Slot::Lane(vector, lane as u8);
            }
            return;
        }
        let flags = self.regions.unaligned(home);
        let (base, offset) = self.address(address);
        self.builder.ins().store(flags, vector, base, offset);
    }

    /// Slots side by side: the vector that they are the lanes of, or one made of them.
    fn together(&mut self, slots: [Slot; WIDTH]) -> Value {
        if let Some(vector) = whole(slots) {
            return vector;
        }
        let [first, rest @ ..] = slots.map(|slot| self.value_of(slot));
        let spread = self.builder.ins().splat(VECTOR, first);
        rest.into_iter().enumerate().fold(spread, |vector, (lane, value)| {
            self.builder.ins().insertlane(vector, value, lane as u8 + 1)
        })
    }

    fn absorb_lanes(&mut self, state: StateName, position: &Affine, value: Register) {
        let vector = self.vector(value);
        let (position, _) = self.affine_parts(position);
        let ways: [usize; WIDTH] = std::array::from_fn(|lane| (position as usize + lane) % WAYS);
        let (reduction, _) = self.reduction(state);
        let partials = &self.partials[state.0 as usize];
        let before = ways.map(|way| partials.get(way).copied().unwrap_or(Slot::Unset));
        let after = match whole(before) {
            Some(before) => apply(&mut self.builder, combination(reduction), &[before, vector]),
            None if before.iter().all(|slot| matches!(slot, Slot::Unset)) => vector,
            None => {
                for (lane, way) in ways.into_iter().enumerate() {
                    let value = self.value_of(Slot::Lane(vector, lane as u8));
                    self.absorb_way(state, way, value);
                }
                return;
            }
        };
        let partials = &mut self.partials[state.0 as usize];
        for (lane, way) in ways.into_iter().enumerate() {
            partials.resize(partials.len().max(way + 1), Slot::Unset);
            partials[way] = Slot::Lane(after, lane as u8);
        }
    }

    /// Combines partial results with others, pairwise, by whole vectors where both stand in such.
    pub(super) fn combine(&mut self, reduction: Reduction, low: &mut [Slot], high: &[Slot]) {
        let mut way = 0;
        while way < high.len() {
            let vectors = |slots: &[Slot]| whole(slots.get(way..way + WIDTH)?.try_into().ok()?);
            if let (Some(a), Some(b)) = (vectors(low), vectors(high)) {
                let vector = apply(&mut self.builder, combination(reduction), &[a, b]);
                (0..WIDTH).for_each(|lane| low[way + lane] = Slot::Lane(vector, lane as u8));
                way += WIDTH;
                continue;
            }
            let operands = [low[way], high[way]].map(|slot| self.value_of(slot));
            low[way] = Slot::One(apply(&mut self.builder, combination(reduction), &operands));
            way += 1;
        }
    }
}

/// Integers in lanes; where they are equal, one.
fn stepping(lanes: Steps) -> Slot {
    let same = lanes.iter().all(|n| *n == lanes[0]);
    if same { Slot::Known(Constant::I64(lanes[0])) } else { Slot::Steps(lanes) }
}

/// The vector that these are the lanes of, in order.
fn whole(slots: [Slot; WIDTH]) -> Option<Value> {
    let Slot::Lane(vector, 0) = slots[0] else { return None };
    let whole = slots.iter().enumerate().all(
        |(lane, slot)| matches!(slot, Slot::Lane(other, at) if *other == vector && usize::from(*at) == lane),
    );
    whole.then_some(vector)
}
