//! What a user may choose about a run.

use super::method::Method;
use super::metric::MetricKind;

/// Options of a run, with the defaults of the language.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Seed of every random choice.
    pub seed: u64,
    /// Number of chains.
    pub chains: usize,
    /// Iterations of warm-up, which are not kept.
    pub warmup: usize,
    /// Draws kept from each chain.
    pub draws: usize,
    /// Mean acceptance that the step size aims at, in (0, 1).
    pub delta: f64,
    /// What is adapted besides the step size.
    pub metric: MetricKind,
    /// The sampler.
    pub method: Method,
    /// Greatest number of threads; changes no number.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            seed: 1,
            chains: 4,
            warmup: 1_000,
            draws: 1_000,
            delta: 0.8,
            metric: MetricKind::default(),
            method: Method::default(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}
