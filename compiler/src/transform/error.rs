//! What cannot be resolved or differentiated, as values: the caller makes diagnostics of them.

use crate::ir::{Operation, Origin};
use std::fmt;

/// Why a function cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolveError {
    /// No function of that name.
    UnknownFunction {
        /// Its name.
        function: String,
    },
    /// A function calls or differentiates itself.
    Recursion {
        /// The functions on the way round, outermost first.
        chain: Vec<String>,
    },
    /// An operation that has no derivative here.
    Declined {
        /// Which and why, for the user.
        reason: String,
        /// Where.
        origin: Origin,
    },
}

impl ResolveError {
    /// No derivative for this operation, for a reason.
    pub(super) fn declined(operation: &Operation, reason: impl Into<String>) -> Self {
        Self::Declined { reason: reason.into(), origin: operation.origin }
    }
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFunction { function } => write!(f, "no function is named @{function}"),
            Self::Recursion { chain } => write!(f, "@{} calls itself: @{}", chain[0], chain.join(" -> @")),
            Self::Declined { reason, .. } => write!(f, "no derivative here: {reason}"),
        }
    }
}

impl std::error::Error for ResolveError {}
