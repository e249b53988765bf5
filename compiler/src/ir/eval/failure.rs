//! How an evaluation can fail: values, each naming the operation.

use crate::ir::data::Origin;
use crate::ir::demand::Told;
use std::fmt;

/// The operation at which it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The function's name.
    pub function: String,
    /// The operation as it prints.
    pub operation: String,
    /// Its place in the source.
    pub origin: Origin,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in @{}", self.operation, self.function)
    }
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Number of operations evaluated.
    Steps,
    /// Number of entries of one array.
    Entries,
    /// Calls inside calls.
    Depth,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The function is unknown, or the sizes or arguments do not fit it.
    Arguments {
        /// The function's name.
        function: String,
        /// What does not fit.
        reason: String,
    },
    /// A checked index outside its axis.
    OutOfRange {
        /// The access.
        place: Place,
        /// The index.
        index: i64,
        /// The extent of its axis.
        extent: usize,
    },
    /// An integer division by zero.
    DivisionByZero {
        /// The division.
        place: Place,
    },
    /// A size that is no number of entries, or a view that leaves its source.
    Size {
        /// The operation.
        place: Place,
        /// What is wrong.
        reason: String,
    },
    /// A demand that does not hold.
    Demanded {
        /// The demand's operation.
        place: Place,
        /// Which demand, and where it does not hold.
        told: Box<Told>,
    },
    /// A limit of [`super::Options`].
    Limit {
        /// The operation.
        place: Place,
        /// Which.
        limit: Limit,
    },
    /// The caller's poll asked to stop.
    Interrupted,
    /// A float that is not finite, where [`super::Options::finite`] asks for them.
    NotFinite {
        /// The first operation that made one.
        place: Place,
    },
    /// An operator that `resolve` takes away, or a site operation outside a handler.
    Unresolved {
        /// The operation.
        place: Place,
    },
    /// A site that the trace lacks, has twice, or whose distribution is not in the module.
    Site {
        /// The operation.
        place: Place,
        /// What is wrong.
        reason: String,
    },
}

impl Failure {
    /// The operation at which it failed, if it was one.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Failure::Arguments { .. } | Failure::Interrupted => None,
            Failure::OutOfRange { place, .. }
            | Failure::DivisionByZero { place }
            | Failure::Size { place, .. }
            | Failure::Demanded { place, .. }
            | Failure::Limit { place, .. }
            | Failure::NotFinite { place }
            | Failure::Unresolved { place }
            | Failure::Site { place, .. } => Some(place),
        }
    }

    /// What is wrong, without the operation.
    pub fn reason(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Arguments { function, reason } => write!(f, "@{function}: {reason}"),
            Failure::OutOfRange { index, extent, .. } => {
                write!(f, "index {index} is outside an axis of {extent}")
            }
            Failure::DivisionByZero { .. } => f.write_str("division by zero"),
            Failure::Size { reason, .. } | Failure::Site { reason, .. } => f.write_str(reason),
            Failure::Demanded { told, .. } => write!(f, "{}: at {told}", told.demand.fault()),
            Failure::Limit { limit, .. } => f.write_str(match limit {
                Limit::Steps => "too many steps",
                Limit::Entries => "an array is too large",
                Limit::Depth => "calls are nested too deep",
            }),
            Failure::Interrupted => f.write_str("interrupted"),
            Failure::NotFinite { .. } => f.write_str("a result is not finite"),
            Failure::Unresolved { .. } => f.write_str("cannot be evaluated before it is resolved"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason(f)?;
        match self.place() {
            Some(place) => write!(f, ": {place}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
