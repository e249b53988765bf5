//! How a run ends early.

use crate::ir::{Origin, Told};
use std::fmt;

/// Why a run gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// An index lies outside its axis.
    Index {
        /// The operation's place in the source.
        origin: Origin,
        /// The index.
        index: i64,
        /// The extent of the axis.
        extent: i64,
    },
    /// An integer divided by zero.
    Division {
        /// The operation's place in the source.
        origin: Origin,
    },
    /// A demand of the program does not hold.
    Demand {
        /// The demand's place in the source.
        origin: Origin,
        /// Which demand, and where it does not hold.
        told: Told,
    },
    /// The interrupt flag was raised.
    Interrupted,
    /// Arrays of run-time length need more memory than the workspace may take.
    Memory {
        /// Bytes that were asked for.
        bytes: u64,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Index { index, extent, .. } => {
                write!(f, "index {index} lies outside an axis of length {extent}")
            }
            Failure::Division { .. } => f.write_str("integer division by zero"),
            Failure::Demand { told, .. } => write!(f, "{}: at {told}", told.demand.fault()),
            Failure::Interrupted => f.write_str("interrupted"),
            Failure::Memory { bytes } => write!(f, "{bytes} bytes of memory cannot be had"),
        }
    }
}

impl std::error::Error for Failure {}

/// What compiled code returns; 0 is success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(super) enum Status {
    Done = 0,
    Index = 1,
    Division = 2,
    Interrupted = 3,
    Exhausted = 4,
    Demand = 5,
}

impl Status {
    #[inline]
    pub(super) fn of(code: i32) -> Self {
        match code {
            0 => Status::Done,
            1 => Status::Index,
            2 => Status::Division,
            3 => Status::Interrupted,
            4 => Status::Exhausted,
            5 => Status::Demand,
            _ => unreachable!("compiled code returns a status, not {code}"),
        }
    }
}
