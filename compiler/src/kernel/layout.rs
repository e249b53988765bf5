//! Places the static buffers in the arena, each at a boundary of cache lines if it spans one. Buffers that are never in
//! use at the same time share memory.

use super::data::{Home, Kernel};
use super::lives::{Life, lives};
use crate::ir::Element;

/// Bytes of a cache line.
const LINE: u64 = 64;

/// Memory that is taken.
struct Taken {
    start: u64,
    end: u64,
    life: Life,
}

/// Gives every buffer of the arena its place: in the order of their first use, each the lowest that is free.
pub(super) fn lay_out(kernel: &mut Kernel) {
    let lives = lives(kernel);
    let in_arena = |at: &usize| matches!(kernel.buffers[*at].home, Home::Arena(_));
    let mut used: Vec<(Life, usize)> =
        (0..lives.len()).filter(in_arena).filter_map(|at| Some((lives[at]?, at))).collect();
    used.sort_by_key(|(life, at)| (life.first, *at));
    let mut taken: Vec<Taken> = Vec::new();
    let mut end = 0;
    for (life, at) in used {
        taken.retain(|taken| taken.life.meets(life));
        let buffer = &mut kernel.buffers[at];
        let bytes = buffer.entries * bytes(buffer.element);
        let start = lowest(&taken, bytes);
        let place = taken.partition_point(|taken| taken.start < start);
        taken.insert(place, Taken { start, end: start + bytes, life });
        buffer.home = Home::Arena(start);
        end = end.max(start + bytes);
    }
    kernel.arena = end.next_multiple_of(LINE);
}

/// The lowest start with so many bytes free.
fn lowest(taken: &[Taken], bytes: u64) -> u64 {
    let alignment = if bytes < LINE { 8 } else { LINE };
    let mut start = 0;
    for taken in taken {
        if start + bytes <= taken.start {
            break;
        }
        start = start.max(taken.end.next_multiple_of(alignment));
    }
    start
}

/// Bytes of an entry in memory.
pub(crate) fn bytes(element: Element) -> u64 {
    match element {
        Element::F64 | Element::I64 => 8,
        Element::F32 => 4,
        Element::Bool => 1,
    }
}
