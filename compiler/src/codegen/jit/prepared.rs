//! A compiled function with its constants: what stays the same from call to call is laid out once, and a call allocates
//! nothing but what results of run-time length need.

use super::call::{Argument, Compiled, ResultBuffer, Workspace};
use crate::codegen::Failure;
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A compiled function on one thread, all its arguments but some neighbouring ones bound.
pub struct Prepared {
    pub(super) workspace: Workspace,
    /// What the slots of the workspace point into.
    _keeper: Arc<dyn Any + Send + Sync>,
    /// The first live argument, and how many there are.
    pub(super) live: usize,
    count: usize,
}

impl Prepared {
    /// Binds the constants, every argument in order but for the live ones, the first of which is at `live`; the keeper owns
    /// them.
    ///
    /// # Panics
    /// If the constants do not fit the function's arguments.
    pub fn new<K: Any + Send + Sync>(
        compiled: &Compiled,
        keeper: Arc<K>,
        constants: impl for<'k> Fn(&'k K) -> Vec<Argument<'k>>,
        live: usize,
    ) -> Self {
        let constants = constants(&keeper);
        let count = compiled.arguments().len().checked_sub(constants.len());
        let count = count.expect("there are no more constants than arguments");
        let mut workspace = compiled.workspace();
        let (before, after) = constants.split_at(live);
        workspace.take(0, before);
        workspace.take(live + count, after);
        drop(constants);
        Self { workspace, _keeper: keeper, live, count }
    }

    /// Runs the function.
    ///
    /// # Panics
    /// If the live arguments or the results do not fit: mistakes of the calling code.
    pub fn run(&mut self, live: &[Argument], results: &mut [ResultBuffer]) -> Result<(), Failure> {
        self.set(live);
        // Safety: the constants were checked and are kept; the live arguments were just checked.
        unsafe { self.workspace.run_into(results) }
    }

    /// Runs a function whose results are real numbers of known length, into the caller's buffers.
    ///
    /// # Panics
    /// As [`Self::run`].
    pub fn run_into(&mut self, live: &[Argument], results: &mut [&mut [f64]]) -> Result<(), Failure> {
        self.set(live);
        self.workspace.give(results);
        // Safety: as above; the results were just checked.
        unsafe { self.workspace.run() }
    }

    fn set(&mut self, live: &[Argument]) {
        assert!(live.len() == self.count, "{} live arguments are taken", self.count);
        self.workspace.take(self.live, live);
    }

    /// Raising this flag from any thread ends a run in a `while` loop as interrupted.
    pub fn interrupt_by(&mut self, flag: Arc<AtomicBool>) {
        self.workspace.interrupt_by(flag);
    }

    /// Bounds the memory for arrays of run-time length.
    pub fn limit_bytes(&mut self, bytes: u64) {
        self.workspace.limit_bytes(bytes);
    }
}
