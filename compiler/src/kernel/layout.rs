//! Places the static buffers in the arena: one after the other, each at a boundary of cache lines if it spans one.

use super::data::{Home, Kernel};
use crate::ir::Element;

/// Bytes of a cache line.
const LINE: u64 = 64;

/// Gives every buffer of the arena its place.
pub(super) fn lay_out(kernel: &mut Kernel) {
    let mut end = 0u64;
    for buffer in &mut kernel.buffers {
        let Home::Arena(start) = &mut buffer.home else { continue };
        let bytes = buffer.entries * bytes(buffer.element);
        let alignment = if bytes < LINE { 8 } else { LINE };
        *start = end.next_multiple_of(alignment);
        end = *start + bytes;
    }
    kernel.arena = end.next_multiple_of(LINE);
}

/// Bytes of an entry in memory.
pub(crate) fn bytes(element: Element) -> u64 {
    match element {
        Element::F64 | Element::I64 => 8,
        Element::F32 => 4,
        Element::Bool => 1,
    }
}
