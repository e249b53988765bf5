//! Loop nests to Cranelift's form: one function of one argument, the context, that returns a status.

mod control;
mod lanes;
mod memory;
mod reduction;
mod routine;
mod statement;

use super::failure::Status;
use super::instruction::{constant, machine_type};
use super::jit::host::Context;
use crate::ir::{Constant, Element};
use crate::kernel::Kernel;
use crate::kernel::data::{Affine, Buffer, Extent, Home, Register, Statement};
use crate::kernels::level::Level;
use cranelift::codegen::ir::{BlockArg, FuncRef};
use cranelift::codegen::isa::TargetFrontendConfig;
use cranelift::prelude::{Block, FunctionBuilder, InstBuilder, MemFlagsData, Type, Value, types};
use lanes::Steps;
use memory::Regions;
use reduction::combination;
use rustc_hash::FxHashMap;
use std::any::Any;
use std::mem::offset_of;
use std::sync::Arc;

/// A function of the host that the code calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Import {
    /// Its name in the text form.
    pub(super) name: String,
    /// Its address.
    pub(super) address: usize,
    /// The types of what it takes and gives.
    pub(super) takes: &'static [Type],
    /// The type of what it gives.
    pub(super) gives: Option<Type>,
}

/// What the code is made for.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// Cranelift's description.
    pub(super) frontend: TargetFrontendConfig,
    /// Which tile kernels are called.
    pub(super) level: Level,
}

/// Declares imports in the module.
pub(super) trait Importer {
    /// The function in the one that is being built.
    fn import(&mut self, import: &Import, builder: &mut FunctionBuilder) -> FuncRef;

    /// Keeps what the code points to as long as the code.
    fn keep(&mut self, constant: Arc<dyn Any + Send + Sync>);

    /// The function that a part of the kernel is, in the one that is being built.
    fn part(&mut self, statements: &[Statement], builder: &mut FunctionBuilder) -> FuncRef;
}

/// Writes the kernel's body, or a part of it, into the function.
pub(super) fn emit(
    kernel: &Kernel,
    body: &[Statement],
    builder: FunctionBuilder,
    importer: &mut dyn Importer,
    target: Target,
) {
    let mut emitter = Emitter::new(kernel, builder, importer, target.level);
    emitter.statements(body);
    emitter.finish(target.frontend);
}

/// What a register holds.
#[derive(Clone, Copy, Debug)]
enum Slot {
    /// Nothing yet.
    Unset,
    /// A literal that is known while code is made.
    Known(Constant),
    /// A scalar.
    One(Value),
    /// A scalar that stands in this lane of a vector.
    Lane(Value, u8),
    /// The numbers of neighbouring iterations of a packed loop.
    Lanes(Value),
    /// Known integers of neighbouring iterations of a packed loop.
    Steps(Steps),
}

struct Emitter<'a, 'f> {
    kernel: &'a Kernel,
    builder: FunctionBuilder<'f>,
    importer: &'a mut dyn Importer,
    imported: FxHashMap<Import, FuncRef>,
    level: Level,
    registers: Vec<Slot>,
    context: Value,
    arena: Value,
    /// The first entry of each buffer of the caller's.
    bases: Vec<Option<Value>>,
    regions: Regions,
    /// Entries of the buffers that are kept in registers.
    entries: Vec<Vec<Slot>>,
    /// Partial results of the reductions that are kept in registers.
    partials: Vec<Vec<Slot>>,
    /// The lane whose integers are known, in a packed loop.
    lane: usize,
    /// Where a failure goes: takes status, origin, index and extent.
    failure: Block,
}

impl<'a, 'f> Emitter<'a, 'f> {
    fn new(
        kernel: &'a Kernel,
        mut builder: FunctionBuilder<'f>,
        importer: &'a mut dyn Importer,
        level: Level,
    ) -> Self {
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        builder.seal_block(entry);
        let context = builder.block_params(entry)[0];
        let failure = builder.create_block();
        builder.set_cold_block(failure);
        for of in [types::I32, types::I64, types::I64, types::I64] {
            builder.append_block_param(failure, of);
        }
        let regions = Regions::new(&mut builder);
        let arena = regions.context_field(&mut builder, context, offset_of!(Context, arena));
        let registers = vec![Slot::Unset; kernel.registers.len()];
        let imported = FxHashMap::default();
        let bases = Vec::new();
        let entries = |buffer: &Buffer| match buffer.home {
            Home::Registers => vec![Slot::Unset; buffer.entries as usize],
            _ => Vec::new(),
        };
        let entries = kernel.buffers.iter().map(entries).collect();
        let partials = vec![Vec::new(); kernel.states.len()];
        let mut emitter = Self {
            kernel,
            builder,
            importer,
            imported,
            level,
            registers,
            context,
            arena,
            bases,
            regions,
            entries,
            partials,
            lane: 0,
            failure,
        };
        emitter.bases = kernel.buffers.iter().map(|buffer| emitter.base(buffer.home)).collect();
        emitter
    }

    /// Ends the function: success falls through, failures note where they happened.
    fn finish(mut self, target: TargetFrontendConfig) {
        let done = self.builder.ins().iconst(types::I32, Status::Done as i64);
        self.builder.ins().return_(&[done]);
        self.builder.switch_to_block(self.failure);
        let [status, origin, index, extent] = *self.builder.block_params(self.failure) else {
            unreachable!("the failure block takes four values")
        };
        let fields = [
            (origin, offset_of!(Context, origin)),
            (index, offset_of!(Context, index)),
            (extent, offset_of!(Context, extent)),
        ];
        for (value, field) in fields {
            self.builder.ins().store(MemFlagsData::trusted(), value, self.context, field as i32);
        }
        self.builder.ins().return_(&[status]);
        self.builder.seal_all_blocks();
        self.builder.finalize(target);
    }

    fn statements(&mut self, statements: &[Statement]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    // Registers.

    fn set(&mut self, register: Register, value: Value) {
        self.registers[register.0 as usize] = Slot::One(value);
    }

    fn set_known(&mut self, register: Register, literal: Constant) {
        self.registers[register.0 as usize] = Slot::Known(literal);
    }

    fn known(&self, register: Register) -> Option<Constant> {
        match self.registers[register.0 as usize] {
            Slot::Known(literal) => Some(literal),
            Slot::Steps(steps) => Some(Constant::I64(steps[self.lane])),
            Slot::One(_) | Slot::Lane(..) | Slot::Lanes(_) | Slot::Unset => None,
        }
    }

    fn known_integer(&self, register: Register) -> Option<i64> {
        match self.known(register) {
            Some(Constant::I64(n)) => Some(n),
            _ => None,
        }
    }

    fn value(&mut self, register: Register) -> Value {
        let slot = self.registers[register.0 as usize];
        assert!(!matches!(slot, Slot::Unset), "%{} is read before it is assigned", register.0);
        self.value_of(slot)
    }

    fn value_of(&mut self, slot: Slot) -> Value {
        match slot {
            Slot::One(value) => value,
            Slot::Lane(vector, lane) => self.builder.ins().extractlane(vector, lane),
            Slot::Known(literal) => constant(&mut self.builder, literal),
            Slot::Steps(steps) => self.integer(steps[self.lane]),
            Slot::Lanes(_) => panic!("the lanes of a vector are read as one scalar"),
            Slot::Unset => panic!("an entry is read before it is assigned"),
        }
    }

    fn element(&self, register: Register) -> Element {
        self.kernel.registers[register.0 as usize]
    }

    fn type_of(&self, register: Register) -> Type {
        machine_type(self.element(register))
    }

    fn integer(&mut self, n: i64) -> Value {
        self.builder.ins().iconst(types::I64, n)
    }

    /// The part of an affine expression that is known, and the value of the rest.
    fn affine_parts(&mut self, affine: &Affine) -> (i64, Option<Value>) {
        let mut constant = affine.constant;
        let mut rest: Option<Value> = None;
        for (register, coefficient) in &affine.terms {
            if let Some(n) = self.known_integer(*register) {
                constant = constant.wrapping_add(n.wrapping_mul(*coefficient));
                continue;
            }
            let value = self.value(*register);
            let term = match coefficient {
                1 => value,
                _ => self.builder.ins().imul_imm_s(value, *coefficient),
            };
            rest = Some(match rest {
                Some(sum) => self.builder.ins().iadd(sum, term),
                None => term,
            });
        }
        (constant, rest)
    }

    fn affine(&mut self, affine: &Affine) -> Value {
        match self.affine_parts(affine) {
            (constant, None) => self.integer(constant),
            (0, Some(rest)) => rest,
            (constant, Some(rest)) => self.builder.ins().iadd_imm_s(rest, constant),
        }
    }

    fn extent(&mut self, extent: Extent) -> Value {
        match extent {
            Extent::Size(n) => self.integer(n),
            Extent::Run(register) => self.value(register),
        }
    }

    // Blocks.

    fn block(&mut self, parameters: &[Type]) -> Block {
        let block = self.builder.create_block();
        parameters.iter().for_each(|of| {
            self.builder.append_block_param(block, *of);
        });
        block
    }

    fn enter(&mut self, block: Block) {
        self.builder.switch_to_block(block);
    }

    fn jump(&mut self, block: Block, values: &[Value]) {
        let values: Vec<BlockArg> = values.iter().copied().map(BlockArg::Value).collect();
        self.builder.ins().jump(block, &values);
    }

    fn branch(&mut self, condition: Value, yes: (Block, &[Value]), no: (Block, &[Value])) {
        let arguments =
            |values: &[Value]| -> Vec<BlockArg> { values.iter().copied().map(BlockArg::Value).collect() };
        let (left, right) = (arguments(yes.1), arguments(no.1));
        self.builder.ins().brif(condition, yes.0, &left, no.0, &right);
    }

    /// Goes on where the condition holds, else fails.
    fn proceed_if(&mut self, condition: Value, status: Status, [origin, index, extent]: [Value; 3]) {
        let next = self.block(&[]);
        let status = self.builder.ins().iconst(types::I32, status as i64);
        self.branch(condition, (next, &[]), (self.failure, &[status, origin, index, extent]));
        self.enter(next);
    }

    /// Calls a part; where it fails, so does this function, and the part has noted where.
    fn part(&mut self, statements: &[Statement]) {
        let function = self.importer.part(statements, &mut self.builder);
        let call = self.builder.ins().call(function, &[self.context]);
        let status = self.builder.inst_results(call)[0];
        let (next, failed) = (self.block(&[]), self.block(&[]));
        self.branch(status, (failed, &[]), (next, &[]));
        self.enter(failed);
        self.builder.ins().return_(&[status]);
        self.enter(next);
    }

    fn call(&mut self, import: Import, arguments: &[Value]) -> Option<Value> {
        let function = match self.imported.get(&import) {
            Some(function) => *function,
            None => {
                let function = self.importer.import(&import, &mut self.builder);
                self.imported.insert(import, function);
                function
            }
        };
        let call = self.builder.ins().call(function, arguments);
        self.builder.inst_results(call).first().copied()
    }
}
