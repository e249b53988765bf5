//! Room for recursion: programs are trees, up to 500 deep, and whoever calls us may have little stack.

use std::panic::resume_unwind;
use std::thread::{Builder, scope};

/// Bytes of stack, more than the deepest tree needs. What is not used costs nothing.
const STACK: usize = 1 << 28;

/// Does the work on a stack of its own.
///
/// # Panics
/// If no thread can be had, or the work panics.
pub fn deeply<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    scope(|scope| {
        let thread = Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let done = thread.expect("the system has room for a thread").join();
        done.unwrap_or_else(|panic| resume_unwind(panic))
    })
}
