//! What compiled code may take.

use super::BuildError;
use crate::codegen::Prepared;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bounds on compiled code, for programs that are not trusted.
#[derive(Clone, Debug)]
pub struct Allowance {
    /// Bytes of its arrays.
    pub memory: u64,
    /// A flag that ends `while` loops, and compilation between two passes, when it is raised.
    pub interrupt: Arc<AtomicBool>,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { memory: u64::MAX, interrupt: Arc::default() }
    }
}

impl Allowance {
    /// Unless the flag is raised.
    pub fn go_on(&self) -> Result<(), BuildError> {
        if self.interrupt.load(Ordering::Relaxed) { Err(BuildError::Interrupted) } else { Ok(()) }
    }

    /// The function, bounded.
    pub fn bound(&self, mut prepared: Prepared) -> Prepared {
        prepared.limit_bytes(self.memory);
        prepared.interrupt_by(Arc::clone(&self.interrupt));
        prepared
    }
}
