//! Where values lie.

use super::Expr;
use crate::typed::structure::Structure;

/// Where a value must lie, with the exact ends that a transform needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Support {
    /// Real numbers between ends, each where given.
    Interval {
        /// The least value.
        lower: Option<Box<Expr>>,
        /// The greatest value.
        upper: Option<Box<Expr>>,
    },
    /// See [`Structure`].
    Structured(Structure),
    /// Integers and truth values; the type says which.
    Discrete,
}

impl Support {
    /// The library's bijector onto it; none where every coordinate is a value, or none is.
    pub fn bijector(&self) -> Option<&'static str> {
        match self {
            Support::Interval { lower, upper } => interval_bijector(lower.is_some(), upper.is_some()),
            Support::Discrete => None,
            Support::Structured(structure) => Some(structure.name()),
        }
    }
}

/// The library's bijector onto an interval with these ends.
pub fn interval_bijector(lower: bool, upper: bool) -> Option<&'static str> {
    match (lower, upper) {
        (true, true) => Some("between"),
        (true, false) => Some("above"),
        (false, true) => Some("below"),
        (false, false) => None,
    }
}
