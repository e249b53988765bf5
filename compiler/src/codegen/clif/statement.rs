//! One statement at a time.

use super::{Emitter, Import};
use crate::codegen::failure::Status;
use crate::codegen::instruction::{apply, bytes};
use crate::codegen::jit::host::{Context, SLOT, SURVIVOR, release, reserve};
use crate::ir::{Constant, Element, Origin};
use crate::kernel::data::{
    Affine, Expression, Extent, Kept, Met, Register, Requirement, Statement, TileCall,
};
use crate::kernel::divides;
use crate::kernels::random::scalars;
use crate::kernels::tile::{self, Entries};
use crate::primitive::{Draw, Lower, Primitive};
use cranelift::prelude::{
    InstBuilder, IntCC, MemFlagsData, StackSlotData, StackSlotKind, Type, Value, types,
};
use std::mem::offset_of;

const RESERVE: &[Type] = &[types::I64, types::I64, types::I64];
const RELEASE: &[Type] = &[types::I64, types::I64, types::I64, types::I64];
const FLOATS: &[Type] = &[types::F64; 3];
const WORDS: &[Type] = &[types::I64; 5];

impl Emitter<'_, '_> {
    pub(super) fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let(register, expression) => self.assign(*register, expression),
            Statement::Store(address, register) => self.store(address, *register),
            Statement::Require(requirement, origin) => self.require(requirement, *origin),
            Statement::Loop(counted) => self.counted(counted),
            Statement::While(repeat) => self.repeat(repeat),
            Statement::If(choice) => self.choose(choice),
            Statement::Begin(state) => self.begin(*state),
            Statement::Absorb(state, position, value) => self.absorb(*state, position, *value),
            Statement::Finish(state, register, entries) => self.finish_state(*state, *register, entries),
            Statement::Reserve(register, element, entries) => self.reserve(*register, *element, entries),
            Statement::Yield(position, block, extent) => self.hand_over(*position, *block, *extent),
            Statement::AbsorbTile(state, from, count) => self.absorb_tile(*state, from, *count),
            Statement::Tile(call) => self.tile(call),
            Statement::Call(call) => self.routine(call),
            Statement::Mark(register) => {
                let top = self.load_top();
                self.set(*register, top);
            }
            Statement::Release(mark, kept) => self.release(*mark, kept),
            Statement::Part(statements) => self.part(statements),
        }
    }

    fn assign(&mut self, register: Register, expression: &Expression) {
        let value = match expression {
            Expression::Constant(literal) => return self.set_known(register, *literal),
            Expression::Primitive(primitive, operands) => match self.fold(*primitive, operands) {
                Some(literal) => return self.set_known(register, literal),
                None => self.primitive(*primitive, operands),
            },
            Expression::Affine(affine) => match self.affine_parts(affine) {
                (n, None) => return self.set_known(register, Constant::I64(n)),
                _ => self.affine(affine),
            },
            Expression::Load(address) => {
                let slot = self.load(address);
                self.registers[register.0 as usize] = slot;
                return;
            }
            Expression::Length(position) => self.argument(*position, 8),
            Expression::Pointer(position) => self.argument(*position, 0),
        };
        self.set(register, value);
    }

    /// A machine operation on literals, carried out by the row's own definition.
    pub(super) fn fold(&self, primitive: Primitive, operands: &[Register]) -> Option<Constant> {
        let row = primitive.row();
        let Lower::Instruction(instruction) = row.lower else { return None };
        if divides(instruction) {
            return None;
        }
        let literals: Option<Vec<Constant>> = operands.iter().map(|operand| self.known(*operand)).collect();
        Some((row.evaluate)(&literals?))
    }

    fn primitive(&mut self, primitive: Primitive, operands: &[Register]) -> Value {
        let element = operands.last().map(|register| self.element(*register));
        let values: Vec<Value> = operands.iter().map(|register| self.value(*register)).collect();
        match primitive.row().lower {
            Lower::Instruction(instruction) => apply(&mut self.builder, instruction, &values),
            Lower::Kernel(name) if element == Some(Element::F32) => {
                let wide: Vec<Value> =
                    values.iter().map(|value| self.builder.ins().fpromote(types::F64, *value)).collect();
                let result = self.kernel(name, &wide);
                self.builder.ins().fdemote(types::F32, result)
            }
            Lower::Kernel(name) => self.kernel(name, &values),
            Lower::Draw(draw) => self.draw(draw, &values),
        }
    }

    /// A number made of random bits.
    fn draw(&mut self, draw: Draw, bits: &[Value]) -> Value {
        let (name, address) = match draw {
            Draw::Uniform => ("uniform", scalars::uniform as *const () as usize),
            Draw::Normal => ("normal", scalars::normal as *const () as usize),
        };
        let import =
            Import { name: name.into(), address, takes: &WORDS[..bits.len()], gives: Some(types::F64) };
        self.call(import, bits).expect("a draw gives a number")
    }

    /// A call of a function's scalar entry.
    fn kernel(&mut self, name: &'static str, values: &[Value]) -> Value {
        let kernel = tile::find(name).unwrap_or_else(|| panic!("no kernel is named `{name}`"));
        let address = match kernel.entries {
            Entries::One(scalar, _) => scalar as usize,
            Entries::Two(scalar, _) => scalar as usize,
            Entries::Three(scalar, _) => scalar as usize,
        };
        let takes = match kernel.arity() {
            1 => &FLOATS[..1],
            2 => &FLOATS[..2],
            _ => FLOATS,
        };
        let import = Import { name: name.into(), address, takes, gives: Some(types::F64) };
        self.call(import, values).expect("a kernel gives a number")
    }

    /// A call of a function's entry for tiles, compiled for this machine's vectors.
    fn tile(&mut self, call: &TileCall) {
        let kernel =
            tile::find(call.kernel).unwrap_or_else(|| panic!("no kernel is named `{}`", call.kernel));
        let address = match kernel.entries {
            Entries::One(_, tile) => tile.get(self.level) as usize,
            Entries::Two(_, tile) => tile.get(self.level) as usize,
            Entries::Three(_, tile) => tile.get(self.level) as usize,
        };
        let mut arguments = vec![self.value(call.count)];
        arguments.extend(call.inputs.iter().chain([&call.output]).map(|address| self.pointer(address)));
        let name = format!("{} of a tile", call.kernel);
        let import = Import { name, address, takes: &WORDS[..kernel.arity() + 2], gives: None };
        self.call(import, &arguments);
    }

    fn require(&mut self, requirement: &Requirement, origin: Origin) {
        let origin = self.integer(i64::from(origin.0));
        match requirement {
            Requirement::Inside(index, extent) => {
                if let (Some(n), Extent::Size(size)) = (self.known_integer(*index), extent)
                    && (0..*size).contains(&n)
                {
                    return;
                }
                let [index, extent] = [self.value(*index), self.extent(*extent)];
                // Below zero is far above as an unsigned number.
                let inside = self.builder.ins().icmp(IntCC::UnsignedLessThan, index, extent);
                self.proceed_if(inside, Status::Index, [origin, index, extent]);
            }
            Requirement::NonZero(divisor) => {
                if self.known_integer(*divisor).is_some_and(|n| n != 0) {
                    return;
                }
                let divisor = self.value(*divisor);
                let fine = self.builder.ins().icmp_imm_s(IntCC::NotEqual, divisor, 0);
                self.proceed_if(fine, Status::Division, [origin, divisor, divisor]);
            }
            Requirement::Met(met) => self.met(met, origin),
        }
    }

    fn met(&mut self, met: &Met, origin: Value) {
        if self.known(met.holds) == Some(Constant::Bool(true)) {
            return;
        }
        let holds = self.value(met.holds);
        let [next, broken] = [self.block(&[]), self.block(&[])];
        self.builder.set_cold_block(broken);
        self.branch(holds, (next, &[]), (broken, &[]));
        self.enter(broken);
        for (position, number) in met.told.iter().enumerate() {
            let number = self.value(*number);
            let field = offset_of!(Context, told) + 8 * position;
            self.builder.ins().store(MemFlagsData::trusted(), number, self.context, field as i32);
        }
        let status = self.builder.ins().iconst(types::I32, Status::Demand as i64);
        let count = met.told.len() as i64;
        let count = if met.cut { -count } else { count };
        let [demand, count] = [met.demand.number(), count].map(|n| self.integer(n));
        self.jump(self.failure, &[status, origin, demand, count]);
        self.enter(next);
    }

    fn load_top(&mut self) -> Value {
        let flags = MemFlagsData::trusted();
        self.builder.ins().load(types::I64, flags, self.context, offset_of!(Context, top) as i32)
    }

    fn reserve(&mut self, register: Register, element: Element, entries: &Affine) {
        let entries = self.affine(entries);
        let size = self.integer(bytes(element));
        let import = Import {
            name: "reserve".into(),
            address: reserve as *const () as usize,
            takes: RESERVE,
            gives: Some(types::I64),
        };
        let block = self.call(import, &[self.context, entries, size]).expect("an address");
        self.proceed_with(block);
        self.set(register, block);
    }

    /// Fails where an address is null.
    fn proceed_with(&mut self, address: Value) {
        let found = self.builder.ins().icmp_imm_s(IntCC::NotEqual, address, 0);
        let zero = self.integer(0);
        self.proceed_if(found, Status::Exhausted, [zero, zero, zero]);
    }

    fn hand_over(&mut self, position: u32, block: crate::kernel::data::BufferName, extent: Extent) {
        let start = self.pointer(&crate::kernel::data::Address::new(block, Affine::default()));
        let extent = self.extent(extent);
        let table = self.field(offset_of!(Context, results));
        let flags = MemFlagsData::trusted();
        self.builder.ins().store(flags, start, table, position as i32 * SLOT);
        self.builder.ins().store(flags, extent, table, position as i32 * SLOT + 8);
    }

    fn release(&mut self, mark: Register, kept: &[Kept]) {
        let mark = self.value(mark);
        if kept.is_empty() {
            let flags = MemFlagsData::trusted();
            self.builder.ins().store(flags, mark, self.context, offset_of!(Context, top) as i32);
            return;
        }
        let size = SURVIVOR as u32 * kept.len() as u32;
        let slot =
            self.builder.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3));
        let start = self.builder.ins().stack_addr(types::I64, slot, 0);
        let flags = MemFlagsData::trusted();
        for (position, kept) in kept.iter().enumerate() {
            let block = self.value(kept.block);
            let entries = self.affine(&kept.entries);
            let size = self.builder.ins().imul_imm_s(entries, bytes(kept.element));
            self.builder.ins().store(flags, block, start, position as i32 * SURVIVOR);
            self.builder.ins().store(flags, size, start, position as i32 * SURVIVOR + 8);
        }
        let count = self.integer(kept.len() as i64);
        let import = Import {
            name: "release".into(),
            address: release as *const () as usize,
            takes: RELEASE,
            gives: Some(types::I64),
        };
        let done = self.call(import, &[self.context, mark, start, count]).expect("an address");
        self.proceed_with(done);
        for (position, kept) in kept.iter().enumerate() {
            let moved = self.builder.ins().load(types::I64, flags, start, position as i32 * SURVIVOR);
            self.set(kept.moved, moved);
        }
    }
}
