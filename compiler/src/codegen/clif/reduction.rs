//! Reductions in their fixed order (see [`crate::kernels::reduce`]): 32 interleaved partial results, then a tree by
//! halving.
//!
//! In memory every partial result begins as a number that leaves any other unchanged, in every bit, when combined with
//! it; so first entries need no case of their own. In registers only the partial results that exist are there.

use super::{Emitter, Import, Slot};
use crate::codegen::instruction::{apply, constant, machine_type};
use crate::ir::{Constant, Element, Reduction};
use crate::kernel::data::{Address, Affine, Home, Register, StateName};
use crate::kernels::level::Level;
use crate::kernels::reduce::{Reducer, find, float, integer, truth};
use crate::primitive::Instruction;
use cranelift::prelude::{InstBuilder, IntCC, Type, Value, types};

/// Partial results.
const WAYS: i64 = crate::kernels::reduce::WAYS as i64;

/// A reducer's kernels take addresses and counts.
const WORDS: &[Type] = &[types::I64; 3];

/// Bytes from one partial result to the next.
const WORD: i64 = 8;

impl Emitter<'_, '_> {
    pub(super) fn begin(&mut self, state: StateName) {
        if self.in_registers(state) {
            self.partials[state.0 as usize].clear();
            return;
        }
        if self.is_tiled(state) {
            let call = self.reducer(state).begin;
            self.call_reducer("begin", state, call, &[], None);
            return;
        }
        let (reduction, element) = self.reduction(state);
        let neutral = constant(&mut self.builder, neutral(reduction, element));
        let start = self.state_address(state);
        let flags = self.arena_flags();
        for way in 0..WAYS {
            self.builder.ins().store(flags, neutral, start, (way * WORD) as i32);
        }
    }

    pub(super) fn absorb(&mut self, state: StateName, position: &Affine, value: Register) {
        let value = self.value(value);
        if self.in_registers(state) {
            return self.absorb_in_registers(state, position, value);
        }
        let (reduction, element) = self.reduction(state);
        let start = self.state_address(state);
        let position = self.affine(position);
        let way = self.builder.ins().band_imm_u(position, WAYS - 1);
        let offset = self.builder.ins().imul_imm_u(way, WORD);
        let address = self.builder.ins().iadd(start, offset);
        let flags = self.arena_flags();
        let before = self.builder.ins().load(machine_type(element), flags, address, 0);
        let after = apply(&mut self.builder, combination(reduction), &[before, value]);
        self.builder.ins().store(flags, after, address, 0);
    }

    fn absorb_in_registers(&mut self, state: StateName, position: &Affine, value: Value) {
        let (position, rest) = self.affine_parts(position);
        assert!(rest.is_none(), "a reduction in registers has known positions");
        self.absorb_way(state, (position % WAYS) as usize, value);
    }

    /// Takes a value into one of the partial results in registers.
    pub(super) fn absorb_way(&mut self, state: StateName, way: usize, value: Value) {
        let (reduction, _) = self.reduction(state);
        match self.partials[state.0 as usize].get(way).copied() {
            Some(before) => {
                let before = self.value_of(before);
                let after = apply(&mut self.builder, combination(reduction), &[before, value]);
                self.partials[state.0 as usize][way] = Slot::One(after);
            }
            None => {
                assert!(way == self.partials[state.0 as usize].len(), "entries are absorbed in order");
                self.partials[state.0 as usize].push(Slot::One(value));
            }
        }
    }

    pub(super) fn finish_state(&mut self, state: StateName, register: Register, entries: &Affine) {
        if self.is_tiled(state) {
            return self.finish_tiled(state, register);
        }
        let (reduction, element) = self.reduction(state);
        let (entries, rest) = self.affine_parts(entries);
        let empty = constant(&mut self.builder, identity(reduction, element));
        if rest.is_none() && entries <= 0 {
            return self.set(register, empty);
        }
        let partials = match self.in_registers(state) {
            true => self.partials[state.0 as usize].clone(),
            false => self.load_partials(state, element),
        };
        let total = self.tree(reduction, partials);
        let result = match rest {
            None => total,
            Some(rest) => {
                let entries = self.builder.ins().iadd_imm_s(rest, entries);
                let any = self.builder.ins().icmp_imm_s(IntCC::SignedGreaterThan, entries, 0);
                self.builder.ins().select(any, total, empty)
            }
        };
        self.set(register, result);
    }

    fn load_partials(&mut self, state: StateName, element: Element) -> Vec<Slot> {
        let start = self.state_address(state);
        let flags = self.arena_flags();
        let load = |way: i64| {
            let of = machine_type(element);
            Slot::One(self.builder.ins().load(of, flags, start, (way * WORD) as i32))
        };
        (0..WAYS).map(load).collect()
    }

    /// Halves until one is left; a partial result without a partner stays as it is.
    fn tree(&mut self, reduction: Reduction, mut partials: Vec<Slot>) -> Value {
        let mut width = WAYS as usize / 2;
        while width > 0 {
            let upper = partials.split_off(width.min(partials.len()));
            self.combine(reduction, &mut partials, &upper);
            width /= 2;
        }
        self.value_of(partials[0])
    }

    /// The next entries of a reduction, from memory.
    pub(super) fn absorb_tile(&mut self, state: StateName, from: &Address, count: Register) {
        let values = self.pointer(from);
        let count = self.value(count);
        let entry = self.reducer(state).absorb;
        self.call_reducer("absorb", state, entry, &[count, values], None);
    }

    fn finish_tiled(&mut self, state: StateName, register: Register) {
        let (_, element) = self.reduction(state);
        let entry = self.reducer(state).finish;
        let result = self.call_reducer("finish", state, entry, &[], Some(machine_type(element)));
        self.set(register, result.expect("a reduction gives a result"));
    }

    fn call_reducer(
        &mut self,
        name: &str,
        state: StateName,
        address: usize,
        arguments: &[Value],
        gives: Option<Type>,
    ) -> Option<Value> {
        let (reduction, element) = self.reduction(state);
        let name = format!("{name} {} {}", reduction.name(), element.name());
        let start = self.state_address(state);
        let arguments = [&[start], arguments].concat();
        self.call(Import { name, address, takes: &WORDS[..arguments.len()], gives }, &arguments)
    }

    /// The kernels of a tiled reduction.
    fn reducer(&self, state: StateName) -> Reducing {
        let (reduction, element) = self.reduction(state);
        let (name, level) = (reduction.name(), self.level);
        let found = match element {
            Element::F64 => find(float::REDUCERS, name).map(|reducer| Reducing::of(reducer, level)),
            Element::I64 => find(integer::REDUCERS, name).map(|reducer| Reducing::of(reducer, level)),
            Element::Bool => find(truth::REDUCERS, name).map(|reducer| Reducing::of(reducer, level)),
            Element::F32 => None,
        };
        found.unwrap_or_else(|| panic!("`{name}` of {} takes no tiles", element.name()))
    }

    fn is_tiled(&self, state: StateName) -> bool {
        self.kernel.states[state.0 as usize].tiled
    }

    pub(super) fn reduction(&self, state: StateName) -> (Reduction, Element) {
        let state = &self.kernel.states[state.0 as usize];
        (state.reduction, state.element)
    }

    fn in_registers(&self, state: StateName) -> bool {
        let buffer = self.kernel.states[state.0 as usize].buffer;
        self.kernel.buffers[buffer.0 as usize].home == Home::Registers
    }

    fn state_address(&mut self, state: StateName) -> Value {
        let buffer = self.kernel.states[state.0 as usize].buffer;
        self.pointer(&Address::new(buffer, Affine::default()))
    }
}

/// Addresses of the kernels of a reduction.
struct Reducing {
    begin: usize,
    absorb: usize,
    finish: usize,
}

impl Reducing {
    fn of<T: Copy>(reducer: &Reducer<T>, level: Level) -> Self {
        Self {
            begin: reducer.begin as usize,
            absorb: reducer.absorb.get(level) as usize,
            finish: reducer.finish as usize,
        }
    }
}

pub(super) fn combination(reduction: Reduction) -> Instruction {
    match reduction {
        Reduction::Add => Instruction::Add,
        Reduction::Mul => Instruction::Mul,
        Reduction::Min => Instruction::Min,
        Reduction::Max => Instruction::Max,
        Reduction::And => Instruction::And,
        Reduction::Or => Instruction::Or,
        Reduction::LogSumExp => unreachable!("lowered to a maximum and a sum"),
    }
}

/// The reduction of nothing.
fn identity(reduction: Reduction, element: Element) -> Constant {
    let (float, integer) = match reduction {
        Reduction::Add | Reduction::Or => (0.0, 0),
        Reduction::Mul | Reduction::And => (1.0, 1),
        Reduction::Min => (f64::INFINITY, i64::MAX),
        Reduction::Max | Reduction::LogSumExp => (f64::NEG_INFINITY, i64::MIN),
    };
    match element {
        Element::F64 => Constant::F64(float),
        Element::F32 => Constant::F32(float as f32),
        Element::I64 => Constant::I64(integer),
        Element::Bool => Constant::Bool(integer != 0),
    }
}

/// What changes no bit of another when combined with it: the identity, but minus zero for sums of floats.
fn neutral(reduction: Reduction, element: Element) -> Constant {
    match (reduction, element) {
        (Reduction::Add, Element::F64) => Constant::F64(-0.0),
        (Reduction::Add, Element::F32) => Constant::F32(-0.0),
        _ => identity(reduction, element),
    }
}
