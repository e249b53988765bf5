//! Calls of compiled routines.

use super::{Emitter, Import};
use crate::codegen::jit::routine::{bits, cholesky, solve};
use crate::kernel::data::{Call, Routine};
use cranelift::prelude::{InstBuilder, MemFlagsData, StackSlotData, StackSlotKind, Type, Value, types};

const BITS: &[Type] = &[types::I64; 5];
const CHOLESKY: &[Type] = &[types::I64; 3];
const SOLVE: &[Type] = &[types::I64; 6];

impl Emitter<'_, '_> {
    pub(super) fn routine(&mut self, call: &Call) {
        match &call.routine {
            Routine::Bits { site } => self.bits(call, *site),
            Routine::Cholesky { order } => {
                let address = cholesky as *const () as usize;
                let import = Import { name: "cholesky".into(), address, takes: CHOLESKY, gives: None };
                self.over_arrays(import, call, &[*order]);
            }
            Routine::TriangularSolve { how, order, columns } => {
                let flags = i64::from(how.lower) | i64::from(how.transposed) << 1;
                let address = solve as *const () as usize;
                let import = Import { name: "solve".into(), address, takes: SOLVE, gives: None };
                self.over_arrays(import, call, &[flags, *order, *columns]);
            }
        }
    }

    /// Numbers first, then the arrays read, then the array written.
    fn over_arrays(&mut self, import: Import, call: &Call, numbers: &[i64]) {
        let mut arguments: Vec<Value> = numbers.iter().map(|n| self.integer(*n)).collect();
        arguments.extend(call.inputs.iter().chain(&call.output).map(|address| self.pointer(address)));
        self.call(import, &arguments);
    }

    /// Indices go through a stack slot, the two words come back through it.
    fn bits(&mut self, call: &Call, site: u64) {
        let [seed, indices @ ..] = call.scalars.as_slice() else { panic!("bits take a seed") };
        let size = 8 * (indices.len() as u32 + 2);
        let slot =
            self.builder.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3));
        let words = self.builder.ins().stack_addr(types::I64, slot, 0);
        let flags = MemFlagsData::trusted();
        for (position, index) in indices.iter().enumerate() {
            let index = self.value(*index);
            self.builder.ins().store(flags, index, words, 16 + 8 * position as i32);
        }
        let seed = self.value(*seed);
        let [site, count] = [site as i64, indices.len() as i64].map(|n| self.integer(n));
        let start = self.builder.ins().iadd_imm_s(words, 16);
        let import =
            Import { name: "bits".into(), address: bits as *const () as usize, takes: BITS, gives: None };
        self.call(import, &[seed, site, count, start, words]);
        for (position, register) in call.results.iter().enumerate() {
            let word = self.builder.ins().load(types::I64, flags, words, 8 * position as i32);
            self.set(*register, word);
        }
    }
}
