//! The shortest way into compiled code, for samplers: one live array in, a number and its gradient out. What stays the
//! same from call to call is laid out once.

use super::call::{Argument, Compiled, Workspace};
use super::host::Slot;
use crate::codegen::Failure;
use crate::ir::Element;
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A compiled function of constants and one live `f64` array that gives an `f64` and an array like the live one.
pub struct Density {
    workspace: Workspace,
    /// What the slots of the workspace point into.
    _keeper: Arc<dyn Any + Send + Sync>,
    live: usize,
    dimension: usize,
}

impl Density {
    /// Binds the constants, every argument in order but for the one at `live`; the keeper owns them.
    ///
    /// # Panics
    /// If the function is not of that form, or the constants do not fit its arguments.
    pub fn new<K: Any + Send + Sync>(
        compiled: &Compiled,
        keeper: Arc<K>,
        constants: impl for<'k> Fn(&'k K) -> Vec<Argument<'k>>,
        live: usize,
    ) -> Self {
        let constants = constants(&keeper);
        let (arguments, results) = (compiled.arguments(), compiled.results());
        assert!(arguments.len() == constants.len() + 1, "one argument is live, the others are constants");
        let dimension = arguments[live].entries as usize;
        let floats = |layout: &crate::kernel::data::Layout, entries: usize| {
            layout.element == Element::F64 && layout.entries == entries as u64 && !layout.run
        };
        assert!(floats(&arguments[live], dimension), "the live argument is an f64 array of known length");
        assert!(results.len() == 2, "a value and a gradient are given");
        assert!(
            floats(&results[0], 1) && floats(&results[1], dimension),
            "the gradient is like the argument"
        );
        let mut workspace = compiled.workspace();
        let mut rest = constants.iter();
        for (position, layout) in arguments.iter().enumerate().filter(|(position, _)| *position != live) {
            let constant = rest.next().expect("counted above");
            workspace.slots[position] = constant.slot(layout);
        }
        drop(constants);
        Self { workspace, _keeper: keeper, live, dimension }
    }

    /// The value at `q`; writes the gradient.
    ///
    /// # Panics
    /// If `q` or `gradient` has another length than the live argument.
    pub fn log_density_gradient(&mut self, q: &[f64], gradient: &mut [f64]) -> Result<f64, Failure> {
        assert!(q.len() == self.dimension && gradient.len() == self.dimension, "the dimension is fixed");
        let mut value = 0.0f64;
        let workspace = &mut self.workspace;
        workspace.slots[self.live] = Slot { pointer: q.as_ptr().cast_mut().cast(), length: 0 };
        workspace.results[0] = Slot { pointer: (&raw mut value).cast(), length: 0 };
        workspace.results[1] = Slot { pointer: gradient.as_mut_ptr().cast(), length: 0 };
        // Safety: the constants were checked and are kept; q, value and gradient have the layouts checked in `new`.
        unsafe { workspace.run()? };
        Ok(value)
    }

    /// The length of the live array.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Raising this flag from any thread ends a run in a `while` loop as interrupted.
    pub fn interrupt_by(&mut self, flag: Arc<AtomicBool>) {
        self.workspace.interrupt_by(flag);
    }
}
