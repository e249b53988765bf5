//! What is seen of a run from outside while it goes on, and the way to end it early.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Shared by the sampler, which counts, and whoever watches. All methods may be called from any thread.
#[derive(Debug)]
pub struct Progress {
    stop: AtomicBool,
    chains: Vec<ChainProgress>,
}

/// Counts of one chain.
#[derive(Debug, Default)]
pub struct ChainProgress {
    iterations: AtomicUsize,
    divergences: AtomicUsize,
}

impl Progress {
    /// Nothing done yet by `chains` chains.
    pub fn new(chains: usize) -> Progress {
        Progress {
            stop: AtomicBool::new(false),
            chains: (0..chains).map(|_| ChainProgress::default()).collect(),
        }
    }

    /// The chains, by number.
    pub fn chains(&self) -> &[ChainProgress] {
        &self.chains
    }

    /// Asks every chain to end after its present iteration.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether chains were asked to end.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl ChainProgress {
    /// Iterations done, warm-up included.
    pub fn iterations(&self) -> usize {
        self.iterations.load(Ordering::Relaxed)
    }

    /// Divergent transitions after warm-up.
    pub fn divergences(&self) -> usize {
        self.divergences.load(Ordering::Relaxed)
    }

    /// Counts one iteration.
    pub fn advance(&self, divergent: bool) {
        self.iterations.fetch_add(1, Ordering::Relaxed);
        self.divergences.fetch_add(usize::from(divergent), Ordering::Relaxed);
    }
}
