//! Calls of compiled routines.

use super::{Emitter, Import};
use crate::codegen::jit::routine::{Einsum, bits, contract_run, normals, uniforms};
use crate::ir::kind::Contraction;
use crate::kernel::data::{Address, Affine, Call, Extent, Routine};
use crate::kernels::linalg;
use crate::primitive::Draw;
use cranelift::prelude::{InstBuilder, MemFlagsData, StackSlotData, StackSlotKind, Type, Value, types};
use std::any::Any;
use std::sync::Arc;

const WORDS: &[Type] = &[types::I64; 5];

impl Emitter<'_, '_> {
    pub(super) fn routine(&mut self, call: &Call) {
        match &call.routine {
            Routine::Bits { site } => self.bits(call, *site),
            Routine::Draws { draw, site, axis } => self.draws(call, *draw, *site, *axis),
            Routine::Contract { labels, extents } => self.contract(call, labels, extents),
            Routine::Cholesky { order } => {
                let address = linalg::CHOLESKY.get(self.level) as usize;
                let order = self.integer(*order);
                let scratch = match call.scratch {
                    Some(buffer) => self.pointer(&Address::new(buffer, Affine::default())),
                    None => self.integer(0),
                };
                let import =
                    Import { name: "cholesky".into(), address, takes: &WORDS[..4], gives: Some(types::I64) };
                self.over_arrays(import, call, &[order], &[scratch]);
            }
            Routine::TriangularSolve { how, order, columns } => {
                let system = linalg::System {
                    lower: how.lower,
                    transposed: how.transposed,
                    order: *order as usize,
                    columns: *columns as usize,
                };
                let system = self.kept(system);
                let address = linalg::SOLVE.get(self.level) as usize;
                let import = Import { name: "solve".into(), address, takes: &WORDS[..3], gives: None };
                self.over_arrays(import, call, &[system], &[]);
            }
        }
    }

    /// Planned here where the extents are known, else in every run.
    fn contract(&mut self, call: &Call, labels: &Contraction, extents: &[Vec<Extent>; 2]) {
        let Contraction { left, right, result } = labels;
        let sizes = extents.each_ref().map(|extents| {
            extents.iter().map(|extent| extent.as_size().map(|n| n as usize)).collect::<Option<Vec<usize>>>()
        });
        if let [Some(left_extents), Some(right_extents)] = &sizes {
            let plan = linalg::Contraction::dense([left, right, result], [left_extents, right_extents]);
            let plan = self.kept(plan);
            let address = linalg::contract as *const () as usize;
            let import = Import { name: "contract".into(), address, takes: &WORDS[..4], gives: None };
            return self.over_arrays(import, call, &[plan], &[]);
        }
        let einsum = self.kept(Einsum { left: left.clone(), right: right.clone(), result: result.clone() });
        let extents: Vec<Value> = extents.iter().flatten().map(|extent| self.extent(*extent)).collect();
        let table = self.words(extents.len() as u32);
        for (offset, extent) in (0..).step_by(8).zip(extents) {
            self.builder.ins().store(MemFlagsData::trusted(), extent, table, offset);
        }
        let address = contract_run as *const () as usize;
        let import =
            Import { name: "contract of run-time length".into(), address, takes: WORDS, gives: None };
        self.over_arrays(import, call, &[einsum, table], &[]);
    }

    /// The address of something that stays as long as the code.
    fn kept<T: Any + Send + Sync>(&mut self, constant: T) -> Value {
        let constant = Arc::new(constant);
        let address = Arc::as_ptr(&constant) as i64;
        self.importer.keep(constant);
        self.integer(address)
    }

    /// The address of so many words of the stack.
    fn words(&mut self, count: u32) -> Value {
        let slot = StackSlotData::new(StackSlotKind::ExplicitSlot, 8 * count, 3);
        let slot = self.builder.create_sized_stack_slot(slot);
        self.builder.ins().stack_addr(types::I64, slot, 0)
    }

    /// What stands before the arrays, the arrays read, the array written, what stands after.
    fn over_arrays(&mut self, import: Import, call: &Call, before: &[Value], after: &[Value]) {
        let mut arguments = before.to_vec();
        arguments.extend(call.inputs.iter().chain(&call.output).map(|address| self.pointer(address)));
        arguments.extend(after);
        self.call(import, &arguments);
    }

    /// The request goes through a stack slot: seed, site, axis, how many indices, the indices.
    fn draws(&mut self, call: &Call, draw: Draw, site: u64, axis: usize) {
        let [count, seed, indices @ ..] = call.scalars.as_slice() else {
            panic!("draws take a count and a seed")
        };
        let seed = self.value(*seed);
        let mut request = vec![seed];
        request.extend([site as i64, axis as i64, indices.len() as i64].map(|n| self.integer(n)));
        request.extend(indices.iter().map(|index| self.value(*index)));
        let words = self.words(request.len() as u32);
        for (offset, word) in (0..).step_by(8).zip(request) {
            self.builder.ins().store(MemFlagsData::trusted(), word, words, offset);
        }
        let (name, address) = match draw {
            Draw::Uniform => ("uniforms of a tile", uniforms as *const () as usize),
            Draw::Normal => ("normals of a tile", normals as *const () as usize),
        };
        let import = Import { name: name.into(), address, takes: &WORDS[..3], gives: None };
        let count = self.value(*count);
        self.over_arrays(import, call, &[words, count], &[]);
    }

    /// Indices go through a stack slot, the two words come back through it.
    fn bits(&mut self, call: &Call, site: u64) {
        let [seed, indices @ ..] = call.scalars.as_slice() else { panic!("bits take a seed") };
        let words = self.words(indices.len() as u32 + 2);
        let flags = MemFlagsData::trusted();
        for (position, index) in indices.iter().enumerate() {
            let index = self.value(*index);
            self.builder.ins().store(flags, index, words, 16 + 8 * position as i32);
        }
        let seed = self.value(*seed);
        let [site, count] = [site as i64, indices.len() as i64].map(|n| self.integer(n));
        let start = self.builder.ins().iadd_imm_s(words, 16);
        let import =
            Import { name: "bits".into(), address: bits as *const () as usize, takes: WORDS, gives: None };
        self.call(import, &[seed, site, count, start, words]);
        for (position, register) in call.results.iter().enumerate() {
            let word = self.builder.ins().load(types::I64, flags, words, 8 * position as i32);
            self.set(*register, word);
        }
    }
}
