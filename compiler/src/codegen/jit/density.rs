//! The shortest way into compiled code, for samplers: one live array in, a number and its gradient out.

use super::call::Compiled;
use super::host::Slot;
use super::prepared::Prepared;
use crate::codegen::Failure;
use crate::ir::Element;
use crate::kernel::data::Layout;

/// A compiled function of constants and one live `f64` array that gives an `f64` and an array like the live one.
pub struct Density {
    prepared: Prepared,
    dimension: usize,
}

impl Density {
    /// A function whose constants are bound.
    ///
    /// # Panics
    /// If the function is not of that form.
    pub fn new(compiled: &Compiled, prepared: Prepared) -> Self {
        let (arguments, results) = (compiled.arguments(), compiled.results());
        let live = &arguments[prepared.live];
        let dimension = live.entries as usize;
        let floats = |layout: &Layout, entries: usize| {
            layout.element == Element::F64 && layout.entries == entries as u64 && !layout.run
        };
        assert!(floats(live, dimension), "the live argument is an f64 array of known length");
        assert!(results.len() == 2, "a value and a gradient are given");
        assert!(
            floats(&results[0], 1) && floats(&results[1], dimension),
            "the gradient is like the argument"
        );
        Self { prepared, dimension }
    }

    /// The value at `q`; writes the gradient.
    ///
    /// # Panics
    /// If `q` or `gradient` has another length than the live argument.
    pub fn log_density_gradient(&mut self, q: &[f64], gradient: &mut [f64]) -> Result<f64, Failure> {
        assert!(q.len() == self.dimension && gradient.len() == self.dimension, "the dimension is fixed");
        let mut value = 0.0f64;
        let Prepared { workspace, live, .. } = &mut self.prepared;
        workspace.slots[*live] = Slot { pointer: q.as_ptr().cast_mut().cast(), length: 0 };
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
}
