//! What compiled code shares with its caller: the context that it is passed, and the functions that it calls back.
//!
//! Callbacks neither panic nor allocate; they answer with a status or a null address.

use crate::ir::{Demand, TOLD, Told};
use std::mem::size_of;

/// An array as the caller passes it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(in crate::codegen) struct Slot {
    /// Its first entry.
    pub(in crate::codegen) pointer: *mut u8,
    /// Its first axis, where that is known at run time only.
    pub(in crate::codegen) length: i64,
}

/// Bytes from one slot to the next.
pub(in crate::codegen) const SLOT: i32 = size_of::<Slot>() as i32;

/// The one argument of compiled code.
#[repr(C)]
#[derive(Debug)]
pub(in crate::codegen) struct Context {
    pub(in crate::codegen) arguments: *const Slot,
    pub(in crate::codegen) results: *mut Slot,
    /// The static part of the arena.
    pub(in crate::codegen) arena: *mut u8,
    /// The first free byte of its run-time part.
    pub(in crate::codegen) top: *mut u8,
    /// The end of its run-time part.
    pub(in crate::codegen) limit: *mut u8,
    /// A byte that another thread sets to stop the run.
    pub(in crate::codegen) interrupt: *const u8,
    /// Where the run failed: the origin of the operation, its index and its extent.
    pub(in crate::codegen) origin: i64,
    pub(in crate::codegen) index: i64,
    pub(in crate::codegen) extent: i64,
    /// What is told of a demand that does not hold.
    pub(in crate::codegen) told: [f64; TOLD],
    /// Bytes asked for when the arena was exhausted.
    pub(in crate::codegen) requested: u64,
}

impl Context {
    /// What is told of the demand that does not hold: `index` is its number, `extent` how many numbers are told, below zero
    /// where there are more.
    pub(in crate::codegen) fn told(&self) -> Told {
        let count = u8::try_from(self.extent.unsigned_abs()).expect("few numbers are told");
        Told::part(Demand::numbered(self.index), self.told, count, self.extent < 0)
    }
}

/// Blocks start at multiples of a cache line.
pub(in crate::codegen) const LINE: usize = 64;

/// Takes `entries * bytes` bytes of the run-time part; null when they do not fit.
pub(in crate::codegen) unsafe extern "C" fn reserve(
    context: *mut Context,
    entries: i64,
    bytes: i64,
) -> *mut u8 {
    // Safety: compiled code passes on the context that it was called with.
    let context = unsafe { &mut *context };
    let wanted = u64::try_from(entries.max(0)).unwrap_or(0).saturating_mul(bytes.unsigned_abs());
    let rounded = wanted.saturating_add(LINE as u64 - 1) / LINE as u64 * LINE as u64;
    let free = context.limit as u64 - context.top as u64;
    if rounded > free {
        context.requested = context.requested.saturating_add(rounded);
        return std::ptr::null_mut();
    }
    let block = context.top;
    context.top = block.wrapping_add(rounded as usize);
    block
}

/// A block that outlives a release.
#[repr(C)]
pub(in crate::codegen) struct Survivor {
    /// Where it is; overwritten with where it has moved.
    block: *mut u8,
    /// Bytes.
    bytes: i64,
}

/// Bytes from one survivor to the next.
pub(in crate::codegen) const SURVIVOR: i32 = size_of::<Survivor>() as i32;

/// Frees the run-time part from `mark` on, but for `count` survivors, which move down to it. They are first copied to
/// the top, because they may overlap where they are going; null when the copies do not fit.
pub(in crate::codegen) unsafe extern "C" fn release(
    context: *mut Context,
    mark: *mut u8,
    survivors: *mut Survivor,
    count: i64,
) -> *mut u8 {
    // Safety: compiled code passes on its context, and survivors that lie in its stack slot.
    let (survivors, top) = unsafe {
        let top = (*context).top;
        (std::slice::from_raw_parts_mut(survivors, count as usize), top)
    };
    for survivor in survivors.iter_mut().filter(|survivor| survivor.block >= mark && survivor.block < top) {
        // Safety: `reserve` gives fresh bytes; the survivor is a block of that many bytes.
        unsafe {
            let copy = reserve(context, survivor.bytes, 1);
            if copy.is_null() {
                return copy;
            }
            copy.copy_from_nonoverlapping(survivor.block, survivor.bytes as usize);
            survivor.block = copy;
        }
    }
    // Safety: as above; the copies lie at or above the old top, in order, so each moves down over freed bytes.
    unsafe {
        (*context).top = mark;
        for survivor in survivors.iter_mut().filter(|survivor| survivor.block >= top) {
            let moved = reserve(context, survivor.bytes, 1);
            moved.copy_from(survivor.block, survivor.bytes as usize);
            survivor.block = moved;
        }
    }
    mark
}
