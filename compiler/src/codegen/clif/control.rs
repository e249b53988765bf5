//! Loops and choices.

use super::{Emitter, Slot};
use crate::codegen::failure::Status;
use crate::codegen::jit::host::Context;
use crate::ir::Constant;
use crate::kernel::data::{Carried, Extent, If, Lanes, Loop, Register, While};
use cranelift::prelude::{InstBuilder, IntCC, MemFlagsData, Type, Value, types};
use std::mem::offset_of;

impl Emitter<'_, '_> {
    pub(super) fn counted(&mut self, counted: &Loop) {
        match (counted.lanes, counted.bound) {
            (_, Extent::Size(n)) if n <= 0 => self.skipped(counted),
            (Lanes::Straight, Extent::Size(n)) => self.straight(counted, n),
            (Lanes::Packed, Extent::Size(n)) => self.packed(counted, n),
            _ => self.rolled(counted),
        }
    }

    /// No iteration: carried scalars keep their initial values.
    fn skipped(&mut self, counted: &Loop) {
        for carried in &counted.carried {
            self.registers[carried.result.0 as usize] = self.registers[carried.initial.0 as usize];
        }
    }

    /// The body once for each index.
    fn straight(&mut self, counted: &Loop, n: i64) {
        let slot = |register: Register| register.0 as usize;
        let mut slots: Vec<Slot> =
            counted.carried.iter().map(|carried| self.registers[slot(carried.initial)]).collect();
        for step in 0..n {
            for (carried, value) in counted.carried.iter().zip(&slots) {
                self.registers[slot(carried.inside)] = *value;
            }
            let index = if counted.reverse { n - 1 - step } else { step };
            self.set_known(counted.index, Constant::I64(index));
            self.statements(&counted.body);
            slots = counted.carried.iter().map(|carried| self.registers[slot(carried.next)]).collect();
        }
        for (carried, value) in counted.carried.iter().zip(slots) {
            self.registers[slot(carried.result)] = value;
        }
    }

    /// A loop that tests at its end, entered only if there is a first iteration.
    fn rolled(&mut self, counted: &Loop) {
        let types = self.carried_types(&counted.carried);
        let body = self.block(&[&[types::I64], &types[..]].concat());
        let exit = self.block(&types);
        let initial = self.values(counted.carried.iter().map(|carried| carried.initial));
        let bound = self.extent(counted.bound);
        let zero = self.integer(0);
        let first = if counted.reverse { self.builder.ins().iadd_imm_s(bound, -1) } else { zero };
        let entering = [&[first], &initial[..]].concat();
        match counted.bound {
            Extent::Size(_) => self.jump(body, &entering),
            Extent::Run(_) => {
                let any = self.builder.ins().icmp_imm_s(IntCC::SignedGreaterThan, bound, 0);
                self.branch(any, (body, &entering), (exit, &initial));
            }
        }
        self.enter(body);
        let parameters = self.builder.block_params(body).to_vec();
        self.set(counted.index, parameters[0]);
        self.set_all(counted.carried.iter().map(|carried| carried.inside), &parameters[1..]);
        self.statements(&counted.body);
        let next = self.values(counted.carried.iter().map(|carried| carried.next));
        let (index, more) = if counted.reverse {
            let index = self.builder.ins().iadd_imm_s(parameters[0], -1);
            (index, self.builder.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, index, 0))
        } else {
            let index = self.builder.ins().iadd_imm_s(parameters[0], counted.step);
            (index, self.builder.ins().icmp(IntCC::SignedLessThan, index, bound))
        };
        self.branch(more, (body, &[&[index], &next[..]].concat()), (exit, &next));
        self.enter(exit);
        let last = self.builder.block_params(exit).to_vec();
        self.set_all(counted.carried.iter().map(|carried| carried.result), &last);
    }

    pub(super) fn repeat(&mut self, repeat: &While) {
        let types = self.carried_types(&repeat.carried);
        let with_trip = [&[types::I64], &types[..]].concat();
        let [head, test, body] = [&with_trip[..], &[], &[]].map(|types| self.block(types));
        let exit = self.block(&[]);
        let initial = self.values(repeat.carried.iter().map(|carried| carried.initial));
        let limit = self.value(repeat.limit);
        let zero = self.integer(0);
        self.jump(head, &[&[zero], &initial[..]].concat());

        self.enter(head);
        let parameters = self.builder.block_params(head).to_vec();
        self.set(repeat.trip, parameters[0]);
        self.set_all(repeat.carried.iter().map(|carried| carried.inside), &parameters[1..]);
        self.poll();
        let within = self.builder.ins().icmp(IntCC::SignedLessThan, parameters[0], limit);
        self.branch(within, (test, &[]), (exit, &[]));

        self.enter(test);
        self.statements(&repeat.condition);
        let proceed = self.value(repeat.proceed);
        self.branch(proceed, (body, &[]), (exit, &[]));

        self.enter(body);
        self.statements(&repeat.body);
        let next = self.values(repeat.carried.iter().map(|carried| carried.next));
        let trip = self.builder.ins().iadd_imm_s(parameters[0], 1);
        self.jump(head, &[&[trip], &next[..]].concat());

        self.enter(exit);
        self.set(repeat.trips, parameters[0]);
        self.set_all(repeat.carried.iter().map(|carried| carried.result), &parameters[1..]);
    }

    /// Fails where another thread has asked the run to stop.
    fn poll(&mut self) {
        let flag = self.field(offset_of!(Context, interrupt));
        let raised = self.builder.ins().atomic_load(types::I8, MemFlagsData::trusted(), flag);
        let calm = self.builder.ins().icmp_imm_s(IntCC::Equal, raised, 0);
        let zero = self.integer(0);
        self.proceed_if(calm, Status::Interrupted, [zero, zero, zero]);
    }

    pub(super) fn choose(&mut self, choice: &If) {
        if let Some(Constant::Bool(holds)) = self.known(choice.condition) {
            return self.chosen(choice, holds);
        }
        let types: Vec<Type> = choice.results.iter().map(|(result, ..)| self.type_of(*result)).collect();
        let [yes, no] = [self.block(&[]), self.block(&[])];
        let join = self.block(&types);
        let condition = self.value(choice.condition);
        self.branch(condition, (yes, &[]), (no, &[]));

        self.enter(yes);
        self.statements(&choice.yes);
        let values = self.values(choice.results.iter().map(|(_, yes, _)| *yes));
        self.jump(join, &values);

        self.enter(no);
        self.statements(&choice.no);
        let values = self.values(choice.results.iter().map(|(.., no)| *no));
        self.jump(join, &values);

        self.enter(join);
        let joined = self.builder.block_params(join).to_vec();
        self.set_all(choice.results.iter().map(|(result, ..)| *result), &joined);
    }

    /// Only the side that is known to be taken.
    fn chosen(&mut self, choice: &If, holds: bool) {
        self.statements(if holds { &choice.yes } else { &choice.no });
        for (result, yes, no) in &choice.results {
            let taken = if holds { yes } else { no };
            self.registers[result.0 as usize] = self.registers[taken.0 as usize];
        }
    }

    fn carried_types(&self, carried: &[Carried]) -> Vec<Type> {
        carried.iter().map(|carried| self.type_of(carried.inside)).collect()
    }

    fn values(&mut self, registers: impl Iterator<Item = Register>) -> Vec<Value> {
        registers.map(|register| self.value(register)).collect()
    }

    fn set_all(&mut self, registers: impl Iterator<Item = Register>, values: &[Value]) {
        for (register, value) in registers.zip(values) {
            self.set(register, *value);
        }
    }
}
