//! What stands in the way of an estimator.

use crate::ir::kind::Strategy;
use std::fmt;

/// Why an expectation has no estimator as written. Each names the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EstimatorError {
    /// The module has no distribution of this name.
    UnknownDistribution {
        /// The site.
        site: String,
        /// The name.
        distribution: String,
    },
    /// The distribution lacks what the strategy needs.
    Lacks {
        /// The site.
        site: String,
        /// The distribution.
        distribution: String,
        /// The strategy asked for.
        strategy: Strategy,
    },
    /// The site's value leaves its loop, and the strategy would need a sum over all combinations of the loop's draws.
    Escapes {
        /// The site.
        site: String,
        /// The strategy asked for.
        strategy: Strategy,
    },
    /// A site inside a region whose draws cannot be scored: a `while`, or a reduction that is not a sum.
    Unscorable {
        /// The site.
        site: String,
    },
    /// A sample outside any `expect`.
    Stray {
        /// The site.
        site: String,
    },
}

/// The strategy's name in the language.
fn name(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Reparam => "reparam",
        Strategy::Enumerate => "enumerate",
        Strategy::Reinforce { .. } => "reinforce",
        Strategy::MeasureValued => "mvd",
    }
}

impl fmt::Display for EstimatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownDistribution { site, distribution } => {
                write!(f, "site `{site}` draws from `{distribution}`, which is not in the module")
            }
            Self::Lacks { site, distribution, strategy } => {
                write!(f, "site `{site}`: `{distribution}` does not support `by {}`", name(*strategy))
            }
            Self::Escapes { site, strategy } => write!(
                f,
                "site `{site}`: its draws leave the loop, so `by {}` would need all combinations of them; \
                 sum inside the loop, or use `by reinforce`",
                name(*strategy)
            ),
            Self::Unscorable { site } => {
                write!(f, "site `{site}` stands in a `while` or in a reduction that is not a sum")
            }
            Self::Stray { site } => write!(f, "site `{site}` is sampled outside any expectation"),
        }
    }
}

impl std::error::Error for EstimatorError {}
