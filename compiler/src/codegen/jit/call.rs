//! The checked call: arguments and results as slices, an arena that the caller keeps, failures as values.

use super::host::{Context, LINE, Slot};
use super::{Code, text};
use crate::codegen::failure::{Failure, Status};
use crate::ir::{Element, Entries, Origin, TOLD};
use crate::kernel::data::Layout;
use crate::kernel::{Kernel, Refusal, bytes};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An array that is read. A scalar is a slice of one.
#[derive(Clone, Copy, Debug)]
pub enum Argument<'a> {
    /// Of `f64`.
    F64(&'a [f64]),
    /// Of `f32`.
    F32(&'a [f32]),
    /// Of `i64`.
    I64(&'a [i64]),
    /// Of `bool`.
    Bool(&'a [bool]),
}

/// An array that is written. One whose first axis is known at run time only is grown or cut to what it receives; the
/// others have their length.
#[derive(Clone, Debug, PartialEq)]
pub enum ResultBuffer {
    /// Of `f64`.
    F64(Vec<f64>),
    /// Of `f32`.
    F32(Vec<f32>),
    /// Of `i64`.
    I64(Vec<i64>),
    /// Of `bool`.
    Bool(Vec<bool>),
}

impl From<ResultBuffer> for Entries {
    fn from(buffer: ResultBuffer) -> Self {
        match buffer {
            ResultBuffer::F64(entries) => Entries::F64(entries),
            ResultBuffer::F32(entries) => Entries::F32(entries),
            ResultBuffer::I64(entries) => Entries::I64(entries),
            ResultBuffer::Bool(entries) => Entries::Bool(entries),
        }
    }
}

impl From<Entries> for ResultBuffer {
    fn from(entries: Entries) -> Self {
        match entries {
            Entries::F64(entries) => ResultBuffer::F64(entries),
            Entries::F32(entries) => ResultBuffer::F32(entries),
            Entries::I64(entries) => ResultBuffer::I64(entries),
            Entries::Bool(entries) => ResultBuffer::Bool(entries),
        }
    }
}

/// A compiled function. Clones share the code, which is freed with the last of them.
#[derive(Clone)]
pub struct Compiled {
    program: Arc<Program>,
}

struct Program {
    code: Code,
    arguments: Vec<Layout>,
    results: Vec<Layout>,
    arena: u64,
}

/// Memory for the runs of one compiled function on one thread.
pub struct Workspace {
    program: Arc<Program>,
    arena: Vec<Line>,
    /// Bytes that the arena may grow to.
    limit: u64,
    pub(super) slots: Vec<Slot>,
    pub(super) results: Vec<Slot>,
    interrupt: Arc<AtomicBool>,
}

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

/// Bytes that a workspace may take for arrays of run-time length, unless it is told otherwise.
const LIMIT: u64 = 1 << 36;

/// Bytes that arrays whose lengths are known may take at most: 8 GiB. More is refused before anything is allocated.
const LARGEST: u64 = 1 << 33;

impl Compiled {
    /// Compiles a kernel.
    pub fn new(kernel: &Kernel) -> Result<Self, Refusal> {
        Self::within(kernel, LARGEST)
    }

    /// Compiles a kernel whose arrays of known length take no more than so many bytes, nor than 8 GiB.
    pub fn within(kernel: &Kernel, memory: u64) -> Result<Self, Refusal> {
        let (arguments, results) = (kernel.arguments.clone(), kernel.results.clone());
        let arrays = arguments.iter().chain(&results).map(|of| of.entries.saturating_mul(bytes(of.element)));
        let needed = arrays.fold(kernel.arena, u64::saturating_add);
        if needed > memory.min(LARGEST) {
            return Err(Refusal::Memory);
        }
        let code = Code::new(kernel)?;
        Ok(Self { program: Arc::new(Program { code, arguments, results, arena: kernel.arena }) })
    }

    /// Cranelift's form of a kernel, to be read.
    pub fn text(kernel: &Kernel) -> Result<String, Refusal> {
        text(kernel)
    }

    /// What the function takes.
    pub fn arguments(&self) -> &[Layout] {
        &self.program.arguments
    }

    /// What the function gives.
    pub fn results(&self) -> &[Layout] {
        &self.program.results
    }

    /// Bytes of working memory that every run needs.
    pub fn workspace_bytes(&self) -> u64 {
        self.program.arena
    }

    /// Memory for runs on one thread.
    pub fn workspace(&self) -> Workspace {
        let nowhere = Slot { pointer: std::ptr::null_mut(), length: 0 };
        Workspace {
            program: Arc::clone(&self.program),
            arena: vec![Line([0; LINE]); (self.program.arena as usize).div_ceil(LINE)],
            limit: LIMIT,
            slots: vec![nowhere; self.program.arguments.len()],
            results: vec![nowhere; self.program.results.len()],
            interrupt: Arc::default(),
        }
    }

    /// Buffers of the right types and lengths for the results.
    pub fn result_buffers(&self) -> Vec<ResultBuffer> {
        self.program.results.iter().map(ResultBuffer::new).collect()
    }

    /// Runs the function.
    ///
    /// # Panics
    /// If the workspace is another function's, or arguments or results do not fit [`Self::arguments`] and
    /// [`Self::results`]: mistakes of the calling code.
    pub fn run(
        &self,
        workspace: &mut Workspace,
        arguments: &[Argument],
        results: &mut [ResultBuffer],
    ) -> Result<(), Failure> {
        let program = &*self.program;
        assert!(Arc::ptr_eq(&self.program, &workspace.program), "the workspace belongs to another function");
        assert!(
            arguments.len() == program.arguments.len(),
            "{} arguments are taken",
            program.arguments.len()
        );
        workspace.take(0, arguments);
        // Safety: every argument was just checked against its layout and borrows from what the caller passed.
        unsafe { workspace.run_into(results) }
    }
}

impl Workspace {
    /// Raising this flag from any thread ends a run in a `while` loop as interrupted.
    pub fn interrupt_by(&mut self, flag: Arc<AtomicBool>) {
        self.interrupt = flag;
    }

    /// Bounds the memory for arrays of run-time length.
    pub fn limit_bytes(&mut self, bytes: u64) {
        self.limit = bytes.min(LIMIT);
    }

    /// Sets the slots from one on to these arguments.
    ///
    /// # Panics
    /// If one does not fit its layout.
    pub(super) fn take(&mut self, first: usize, arguments: &[Argument]) {
        let slots = self.slots[first..].iter_mut().zip(&self.program.arguments[first..]);
        for ((slot, layout), argument) in slots.zip(arguments) {
            *slot = argument.slot(layout);
        }
    }

    /// Runs the code with what the slots of arguments hold.
    ///
    /// # Panics
    /// If the results do not fit their layouts.
    ///
    /// # Safety
    /// The slots of arguments hold arrays that fit the program's layouts.
    pub(super) unsafe fn run_into(&mut self, results: &mut [ResultBuffer]) -> Result<(), Failure> {
        let program = Arc::clone(&self.program);
        assert!(results.len() == program.results.len(), "{} results are given", program.results.len());
        for ((slot, result), layout) in self.results.iter_mut().zip(&mut *results).zip(&program.results) {
            *slot = result.slot(layout);
        }
        // Safety: the caller's promise, and results that were just checked against the layouts.
        unsafe { self.run()? };
        for ((slot, result), layout) in self.results.iter().zip(results).zip(&program.results) {
            if layout.run {
                // Safety: the code yields a block of the arena, or an argument, of that many entries.
                unsafe { result.receive(*slot, layout) };
            }
        }
        Ok(())
    }

    /// Sets the slots of results to arrays of real numbers, whose lengths are known.
    ///
    /// # Panics
    /// If one does not fit its layout.
    pub(super) fn give(&mut self, results: &mut [&mut [f64]]) {
        assert!(results.len() == self.results.len(), "{} results are given", self.results.len());
        for ((slot, result), layout) in self.results.iter_mut().zip(results).zip(&self.program.results) {
            assert!(!layout.run, "the length of a result is known");
            fits(layout, Element::F64, result.len());
            *slot = Slot { pointer: result.as_mut_ptr().cast(), length: 0 };
        }
    }

    /// Runs the code with what the slots hold, with a larger arena as long as it does not suffice.
    ///
    /// # Safety
    /// The slots hold arrays that fit the program's layouts.
    pub(super) unsafe fn run(&mut self) -> Result<(), Failure> {
        loop {
            let fixed = (self.program.arena as usize).div_ceil(LINE);
            let lines = self.arena.as_mut_ptr_range();
            let mut context = Context {
                arguments: self.slots.as_ptr(),
                results: self.results.as_mut_ptr(),
                arena: lines.start.cast(),
                top: lines.start.wrapping_add(fixed).cast(),
                limit: lines.end.cast(),
                interrupt: self.interrupt.as_ptr().cast(),
                origin: 0,
                index: 0,
                extent: 0,
                told: [0.0; TOLD],
                requested: 0,
            };
            // Safety: the caller's promise, and an arena of the program's bytes.
            let status = unsafe { self.program.code.run(&mut context) };
            let origin = Origin(context.origin as u32);
            match status {
                Status::Done => return Ok(()),
                Status::Index => {
                    return Err(Failure::Index { origin, index: context.index, extent: context.extent });
                }
                Status::Division => return Err(Failure::Division { origin }),
                Status::Demand => return Err(Failure::Demand { origin, told: context.told() }),
                Status::Interrupted => return Err(Failure::Interrupted),
                Status::Exhausted => self.grow(context.requested)?,
            }
        }
    }

    /// A larger arena: at least twice as large, and with room for what was asked for.
    fn grow(&mut self, requested: u64) -> Result<(), Failure> {
        let now = (self.arena.len() * LINE) as u64;
        let wanted = now.saturating_mul(2).max(now.saturating_add(requested)).max(1 << 16);
        let lines = usize::try_from(wanted.div_ceil(LINE as u64)).unwrap_or(usize::MAX);
        let failure = Failure::Memory { bytes: requested };
        if wanted > self.limit {
            return Err(failure);
        }
        let mut arena = Vec::new();
        arena.try_reserve_exact(lines).map_err(|_| failure)?;
        arena.resize(lines, Line([0; LINE]));
        self.arena = arena;
        Ok(())
    }

    /// Whether the interrupt flag is raised.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }
}

// Safety: the pointers in slots are only read during a run, which sets them first.
unsafe impl Send for Workspace {}

impl Argument<'_> {
    pub(super) fn slot(&self, layout: &Layout) -> Slot {
        let (element, pointer, entries) = match self {
            Argument::F64(slice) => (Element::F64, slice.as_ptr().cast::<u8>(), slice.len()),
            Argument::F32(slice) => (Element::F32, slice.as_ptr().cast(), slice.len()),
            Argument::I64(slice) => (Element::I64, slice.as_ptr().cast(), slice.len()),
            Argument::Bool(slice) => (Element::Bool, slice.as_ptr().cast(), slice.len()),
        };
        fits(layout, element, entries);
        let length = (entries as u64).checked_div(layout.entries).unwrap_or(0) as i64;
        Slot { pointer: pointer.cast_mut(), length }
    }
}

impl ResultBuffer {
    /// A buffer for results of this layout.
    pub fn new(layout: &Layout) -> Self {
        let entries = if layout.run { 0 } else { layout.entries as usize };
        match layout.element {
            Element::F64 => ResultBuffer::F64(vec![0.0; entries]),
            Element::F32 => ResultBuffer::F32(vec![0.0; entries]),
            Element::I64 => ResultBuffer::I64(vec![0; entries]),
            Element::Bool => ResultBuffer::Bool(vec![false; entries]),
        }
    }

    /// The buffer's entries, to be read.
    pub fn as_argument(&self) -> Argument<'_> {
        match self {
            ResultBuffer::F64(vector) => Argument::F64(vector),
            ResultBuffer::F32(vector) => Argument::F32(vector),
            ResultBuffer::I64(vector) => Argument::I64(vector),
            ResultBuffer::Bool(vector) => Argument::Bool(vector),
        }
    }

    /// Some of its entries.
    pub fn part(&self, entries: std::ops::Range<usize>) -> ResultBuffer {
        match self {
            ResultBuffer::F64(vector) => ResultBuffer::F64(vector[entries].to_vec()),
            ResultBuffer::F32(vector) => ResultBuffer::F32(vector[entries].to_vec()),
            ResultBuffer::I64(vector) => ResultBuffer::I64(vector[entries].to_vec()),
            ResultBuffer::Bool(vector) => ResultBuffer::Bool(vector[entries].to_vec()),
        }
    }

    /// An entry as a real number; truth values are 0 and 1.
    pub fn real(&self, entry: usize) -> f64 {
        match self {
            ResultBuffer::F64(vector) => vector[entry],
            ResultBuffer::F32(vector) => f64::from(vector[entry]),
            ResultBuffer::I64(vector) => vector[entry] as f64,
            ResultBuffer::Bool(vector) => f64::from(u8::from(vector[entry])),
        }
    }

    /// How many entries it holds.
    pub fn len(&self) -> usize {
        match self {
            ResultBuffer::F64(vector) => vector.len(),
            ResultBuffer::F32(vector) => vector.len(),
            ResultBuffer::I64(vector) => vector.len(),
            ResultBuffer::Bool(vector) => vector.len(),
        }
    }

    /// Whether it holds no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn slot(&mut self, layout: &Layout) -> Slot {
        let (element, pointer, entries) = match self {
            ResultBuffer::F64(vector) => (Element::F64, vector.as_mut_ptr().cast::<u8>(), vector.len()),
            ResultBuffer::F32(vector) => (Element::F32, vector.as_mut_ptr().cast(), vector.len()),
            ResultBuffer::I64(vector) => (Element::I64, vector.as_mut_ptr().cast(), vector.len()),
            ResultBuffer::Bool(vector) => (Element::Bool, vector.as_mut_ptr().cast(), vector.len()),
        };
        if !layout.run {
            fits(layout, element, entries);
        }
        assert!(layout.element == element, "a result is {}", layout.element.name());
        Slot { pointer, length: 0 }
    }

    /// Takes over a block.
    ///
    /// # Safety
    /// The slot holds `length` times the layout's entries.
    unsafe fn receive(&mut self, slot: Slot, layout: &Layout) {
        let entries = slot.length as usize * layout.entries as usize;
        if entries == 0 {
            return self.clear();
        }
        // Safety: the caller's promise; the buffer has the layout's element type, checked when its slot was taken.
        unsafe {
            match self {
                ResultBuffer::F64(vector) => copy_from(vector, slot.pointer.cast(), entries),
                ResultBuffer::F32(vector) => copy_from(vector, slot.pointer.cast(), entries),
                ResultBuffer::I64(vector) => copy_from(vector, slot.pointer.cast(), entries),
                ResultBuffer::Bool(vector) => copy_from(vector, slot.pointer.cast(), entries),
            }
        }
    }

    fn clear(&mut self) {
        match self {
            ResultBuffer::F64(vector) => vector.clear(),
            ResultBuffer::F32(vector) => vector.clear(),
            ResultBuffer::I64(vector) => vector.clear(),
            ResultBuffer::Bool(vector) => vector.clear(),
        }
    }
}

unsafe fn copy_from<T: Copy>(vector: &mut Vec<T>, pointer: *const T, entries: usize) {
    vector.clear();
    // Safety: the caller's promise.
    vector.extend_from_slice(unsafe { std::slice::from_raw_parts(pointer, entries) });
}

fn fits(layout: &Layout, element: Element, entries: usize) {
    assert!(layout.element == element, "an array is {}, not {}", layout.element.name(), element.name());
    let entries = entries as u64;
    let right = match layout.run {
        true => entries.is_multiple_of(layout.entries.max(1)),
        false => entries == layout.entries,
    };
    assert!(right, "an array has {} entries, not {entries}", layout.entries);
}
