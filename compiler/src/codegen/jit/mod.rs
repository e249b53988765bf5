//! Machine code in memory: one module for each program, freed with it. All that is unsafe about making and running it is
//! in this folder, behind one checked call.

mod call;
mod density;
pub(super) mod host;
mod prepared;
pub(super) mod routine;

pub use call::{Argument, Compiled, ResultBuffer, Workspace};
pub use density::Density;
pub use prepared::Prepared;

use super::clif::{self, Import, Importer, Target};
use super::failure::Status;
use crate::kernel::data::Statement;
use crate::kernel::{Kernel, Refusal, is_hasty};
use crate::kernels::level::level;
use cranelift::codegen::Context as Compilation;
use cranelift::codegen::ir::{AbiParam, FuncRef, Function, Signature, UserFuncName};
use cranelift::codegen::isa::OwnedTargetIsa;
use cranelift::prelude::{Configurable, FunctionBuilder, FunctionBuilderContext, settings, types};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, ModuleError};
use host::Context;
use rustc_hash::FxHashMap;
use std::any::Any;
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, OnceLock};

/// A frame larger than this is refused: with the nesting of regions bounded, so is the stack that a run needs.
const FRAME: u32 = 256 * 1024;

type Entry = unsafe extern "C" fn(*mut Context) -> i32;

/// Finished code.
struct Code {
    entry: Entry,
    /// Kept for its memory, which moves never, and freed when this is dropped.
    module: ManuallyDrop<Mutex<JITModule>>,
    /// What it points to.
    _kept: Vec<Arc<dyn Any + Send + Sync>>,
}

impl Code {
    /// Compiles a kernel.
    fn new(kernel: &Kernel) -> Result<Self, Refusal> {
        let mut workshop = Workshop::new(kernel)?;
        let entry = match workshop.define(kernel) {
            Ok(entry) => entry,
            Err(refusal) => {
                workshop.discard();
                return Err(refusal);
            }
        };
        let pointer = workshop.module.get_finalized_function(entry);
        // Safety: the function was declared with this signature.
        let entry = unsafe { std::mem::transmute::<*const u8, Entry>(pointer) };
        let module = ManuallyDrop::new(Mutex::new(workshop.module));
        Ok(Self { entry, module, _kept: workshop.kept })
    }

    /// Runs the code.
    ///
    /// # Safety
    /// The context's slots hold, for the kernel's layouts, arrays to read and arrays to write that overlap nothing
    /// else, and its arena the kernel's bytes.
    unsafe fn run(&self, context: &mut Context) -> Status {
        // Safety: the caller's promise is what the code relies on.
        Status::of(unsafe { (self.entry)(context) })
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // Safety: taken once, here; the entry is not called any more.
        unsafe {
            let module = ManuallyDrop::take(&mut self.module);
            module.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).free_memory();
        }
    }
}

/// The text of Cranelift's form.
fn text(kernel: &Kernel) -> Result<String, Refusal> {
    let mut workshop = Workshop::new(kernel)?;
    let text = workshop.text(kernel);
    workshop.discard();
    text
}

/// A module while it is written.
struct Workshop {
    module: JITModule,
    declared: Vec<(String, FuncId)>,
    /// Where the host's functions are, by name.
    addresses: Addresses,
    /// Parts of the kernel, in order, and how many of them have been called.
    parts: Vec<FuncId>,
    called: usize,
    /// What the code points to.
    kept: Vec<Arc<dyn Any + Send + Sync>>,
}

type Addresses = Arc<Mutex<FxHashMap<String, usize>>>;

impl Workshop {
    fn new(kernel: &Kernel) -> Result<Self, Refusal> {
        let mut builder =
            JITBuilder::with_isa(isa(is_hasty(kernel))?, cranelift_module::default_libcall_names());
        let addresses = Addresses::default();
        let known = Arc::clone(&addresses);
        builder.symbol_lookup_fn(Box::new(move |name| {
            let known = known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            known.get(name).map(|address| *address as *const u8)
        }));
        let module = JITModule::new(builder);
        let (declared, parts, kept) = Default::default();
        Ok(Self { module, declared, addresses, parts, called: 0, kept })
    }

    fn text(&mut self, kernel: &Kernel) -> Result<String, Refusal> {
        let mut text = String::new();
        for statement in &kernel.body {
            if let Statement::Part(statements) = statement {
                text.push_str(&self.function(kernel, statements)?.display().to_string());
                let name = format!("part {}", self.parts.len());
                let part = self.module.declare_function(&name, Linkage::Local, &self.signature());
                self.parts.push(part.map_err(|error| refused(&error))?);
            }
        }
        text.push_str(&self.function(kernel, &kernel.body)?.display().to_string());
        for (name, id) in &self.declared {
            text.push_str(&format!("; u0:{} is {name}\n", id.as_u32()));
        }
        Ok(text)
    }

    /// Frees the module's memory without having run it.
    fn discard(self) {
        // Safety: nothing of it was ever called.
        unsafe { self.module.free_memory() }
    }

    fn define(&mut self, kernel: &Kernel) -> Result<FuncId, Refusal> {
        for statement in &kernel.body {
            if let Statement::Part(statements) = statement {
                let part = self.compile(kernel, statements, &format!("part {}", self.parts.len()))?;
                self.parts.push(part);
            }
        }
        let id = self.compile(kernel, &kernel.body, "entry")?;
        self.module.finalize_definitions().map_err(|error| refused(&error))?;
        Ok(id)
    }

    fn compile(&mut self, kernel: &Kernel, body: &[Statement], name: &str) -> Result<FuncId, Refusal> {
        let function = self.function(kernel, body)?;
        let id = self
            .module
            .declare_function(name, Linkage::Local, &function.signature)
            .map_err(|error| refused(&error))?;
        let mut compilation = Compilation::for_function(function);
        self.module.define_function(id, &mut compilation).map_err(|error| refused(&error))?;
        let frame = compilation.compiled_code().and_then(|code| code.buffer.frame_layout());
        if frame.is_some_and(|frame| frame.frame_to_fp_offset > FRAME) {
            return Err(Refusal::Code("a stack frame is too large".into()));
        }
        Ok(id)
    }

    fn function(&mut self, kernel: &Kernel, body: &[Statement]) -> Result<Function, Refusal> {
        self.called = 0;
        let mut function = Function::with_name_signature(UserFuncName::user(0, 0), self.signature());
        let mut scratch = FunctionBuilderContext::new();
        let builder = FunctionBuilder::new(&mut function, &mut scratch);
        let level = level().map_err(|refused| Refusal::Code(refused.to_string()))?;
        let target = Target { frontend: self.module.target_config(), level };
        clif::emit(kernel, body, builder, self, target);
        Ok(function)
    }

    /// From the context to a status.
    fn signature(&self) -> Signature {
        let mut signature = self.module.make_signature();
        signature.params.push(AbiParam::new(types::I64));
        signature.returns.push(AbiParam::new(types::I32));
        signature
    }
}

impl Importer for Workshop {
    fn import(&mut self, import: &Import, builder: &mut FunctionBuilder) -> FuncRef {
        let mut signature = self.module.make_signature();
        signature.params.extend(import.takes.iter().copied().map(AbiParam::new));
        signature.returns.extend(import.gives.map(AbiParam::new));
        let mut addresses = self.addresses.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        addresses.insert(import.name.clone(), import.address);
        drop(addresses);
        let id = self
            .module
            .declare_function(&import.name, Linkage::Import, &signature)
            .unwrap_or_else(|error| panic!("`{}` is imported twice, differently: {error}", import.name));
        if !self.declared.iter().any(|(_, declared)| *declared == id) {
            self.declared.push((import.name.clone(), id));
        }
        self.module.declare_func_in_func(id, builder.func)
    }

    fn keep(&mut self, constant: Arc<dyn Any + Send + Sync>) {
        self.kept.push(constant);
    }

    fn part(&mut self, _: &[Statement], builder: &mut FunctionBuilder) -> FuncRef {
        let function = self.module.declare_func_in_func(self.parts[self.called], builder.func);
        self.called += 1;
        // Parts may lie further apart than a short call reaches.
        builder.func.dfg.ext_funcs[function].colocated = false;
        function
    }
}

/// This machine's instruction set, described once; for haste with the allocator of registers that takes one pass.
fn isa(hasty: bool) -> Result<OwnedTargetIsa, Refusal> {
    static ISAS: [OnceLock<Result<OwnedTargetIsa, String>>; 2] = [OnceLock::new(), OnceLock::new()];
    let isa = ISAS[usize::from(hasty)].get_or_init(|| {
        let mut flags = settings::builder();
        let verify = if cfg!(debug_assertions) { "true" } else { "false" };
        let chosen = [
            ("opt_level", "speed"),
            ("regalloc_algorithm", if hasty { "single_pass" } else { "backtracking" }),
            ("enable_verifier", verify),
            ("is_pic", "false"),
            ("use_colocated_libcalls", "false"),
            ("enable_probestack", "true"),
            ("probestack_strategy", "inline"),
            ("unwind_info", "false"),
        ];
        for (name, value) in chosen {
            flags.set(name, value).map_err(|error| error.to_string())?;
        }
        let native = cranelift_native::builder()?;
        native.finish(settings::Flags::new(flags)).map_err(|error| error.to_string())
    });
    isa.clone().map_err(Refusal::Code)
}

fn refused(error: &ModuleError) -> Refusal {
    Refusal::Code(error.to_string())
}
