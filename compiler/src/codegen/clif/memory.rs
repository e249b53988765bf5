//! Where entries lie: bases of buffers, addresses, loads and stores.

use super::{Emitter, Slot};
use crate::codegen::instruction::{bytes, machine_type};
use crate::codegen::jit::host::{Context, SLOT};
use crate::ir::Element;
use crate::kernel::data::{Address, Home, Register};
use cranelift::codegen::ir::{AliasRegion, AliasRegionData};
use cranelift::prelude::{FunctionBuilder, InstBuilder, MemFlagsData, Value, types};
use std::mem::offset_of;

/// Memory that never overlaps: what is written through one is not read through another.
pub(super) struct Regions {
    context: AliasRegion,
    arguments: AliasRegion,
    results: AliasRegion,
    arena: AliasRegion,
    /// Arrays of run-time length, the caller's or the arena's.
    blocks: AliasRegion,
}

impl Regions {
    pub(super) fn new(builder: &mut FunctionBuilder) -> Self {
        let mut names = ["context", "arguments", "results", "arena", "blocks"].into_iter().enumerate();
        let mut next = || {
            let (user_id, name) = names.next().expect("five regions");
            let data = AliasRegionData { user_id: user_id as u32, description: name.into() };
            builder.func.dfg.alias_regions.insert(data)
        };
        Self { context: next(), arguments: next(), results: next(), arena: next(), blocks: next() }
    }

    /// A field of the context that does not change during a run.
    pub(super) fn context_field(&self, builder: &mut FunctionBuilder, context: Value, field: usize) -> Value {
        let flags = self.fixed().with_alias_region(Some(self.context));
        builder.ins().load(types::I64, flags, context, field as i32)
    }

    /// Flags for what stays as it is during a run and may be read at any time.
    fn fixed(&self) -> MemFlagsData {
        MemFlagsData::trusted().with_readonly().with_can_move()
    }

    fn of(&self, home: Home) -> MemFlagsData {
        let region = match home {
            Home::Argument(_) => self.arguments,
            Home::Result(_) => self.results,
            Home::Arena(_) => self.arena,
            Home::Block(_) => self.blocks,
            Home::Registers => panic!("a buffer in registers has no address"),
        };
        let flags = MemFlagsData::trusted().with_alias_region(Some(region));
        if region == self.arguments { flags.with_readonly() } else { flags }
    }
}

impl Regions {
    /// Flags for vectors of entries: they begin anywhere.
    pub(super) fn unaligned(&self, home: Home) -> MemFlagsData {
        let flags = MemFlagsData::new().with_notrap().with_alias_region(self.of(home).alias_region());
        if matches!(home, Home::Argument(_)) { flags.with_readonly() } else { flags }
    }
}

impl Emitter<'_, '_> {
    /// The address of a buffer, where it is the same during the whole run.
    pub(super) fn base(&mut self, home: Home) -> Option<Value> {
        match home {
            Home::Argument(position) => Some(self.argument(position, 0)),
            Home::Result(position) => {
                let table = self.field(offset_of!(Context, results));
                let flags = self.regions.fixed();
                Some(self.builder.ins().load(types::I64, flags, table, position as i32 * SLOT))
            }
            Home::Arena(_) | Home::Block(_) | Home::Registers => None,
        }
    }

    pub(super) fn field(&mut self, field: usize) -> Value {
        self.regions.context_field(&mut self.builder, self.context, field)
    }

    /// Flags for the static part of the arena.
    pub(super) fn arena_flags(&self) -> MemFlagsData {
        self.regions.of(Home::Arena(0))
    }

    /// A word of an argument's slot: its address at 0, its length at 8.
    pub(super) fn argument(&mut self, position: u32, word: i32) -> Value {
        let table = self.field(offset_of!(Context, arguments));
        let flags = self.regions.fixed();
        self.builder.ins().load(types::I64, flags, table, position as i32 * SLOT + word)
    }

    /// The address as a base and a constant offset from it.
    pub(super) fn address(&mut self, address: &Address) -> (Value, i32) {
        let buffer = &self.kernel.buffers[address.buffer.0 as usize];
        let (home, size) = (buffer.home, bytes(buffer.element));
        let (base, start) = match home {
            Home::Arena(start) => (self.arena, start as i64),
            Home::Block(register) => (self.value(register), 0),
            Home::Argument(_) | Home::Result(_) => {
                (self.bases[address.buffer.0 as usize].expect("the caller's buffers have bases"), 0)
            }
            Home::Registers => panic!("a buffer in registers has no address"),
        };
        let (constant, rest) = self.affine_parts(&address.entry);
        let offset = start.wrapping_add(constant.wrapping_mul(size));
        let base = match rest {
            Some(rest) => {
                let scaled = self.builder.ins().imul_imm_s(rest, size);
                self.builder.ins().iadd(base, scaled)
            }
            None => base,
        };
        match i32::try_from(offset) {
            Ok(offset) => (base, offset),
            Err(_) => (self.builder.ins().iadd_imm_s(base, offset), 0),
        }
    }

    /// The address as one value.
    pub(super) fn pointer(&mut self, address: &Address) -> Value {
        match self.address(address) {
            (base, 0) => base,
            (base, offset) => self.builder.ins().iadd_imm_s(base, i64::from(offset)),
        }
    }

    fn place(&self, address: &Address) -> (Home, Element) {
        let buffer = &self.kernel.buffers[address.buffer.0 as usize];
        (buffer.home, buffer.element)
    }

    pub(super) fn load(&mut self, address: &Address) -> Slot {
        let (home, element) = self.place(address);
        if home == Home::Registers {
            let entry = self.known_entry(address);
            return self.entries[address.buffer.0 as usize][entry];
        }
        let (base, offset) = self.address(address);
        Slot::One(self.builder.ins().load(machine_type(element), self.regions.of(home), base, offset))
    }

    pub(super) fn store(&mut self, address: &Address, register: Register) {
        let (home, _) = self.place(address);
        if home == Home::Registers {
            let entry = self.known_entry(address);
            self.entries[address.buffer.0 as usize][entry] = self.registers[register.0 as usize];
            return;
        }
        let value = self.value(register);
        let (base, offset) = self.address(address);
        self.builder.ins().store(self.regions.of(home), value, base, offset);
    }

    pub(super) fn known_entry(&mut self, address: &Address) -> usize {
        match self.affine_parts(&address.entry) {
            (entry, None) => entry as usize,
            _ => panic!("entry {} of a buffer in registers is not known", address.entry),
        }
    }
}
