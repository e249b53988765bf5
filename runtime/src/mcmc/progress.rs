//! What is seen of a run from outside while it goes on, and the way to end it early.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Shared by the sampler, which counts, and whoever watches. All methods may be called from any thread.
#[derive(Debug)]
pub struct Progress {
    stop: AtomicBool,
    chains: Vec<ChainProgress>,
    keeper: Option<Arc<dyn Keeper>>,
    /// The run that this one is a part of.
    whole: Option<Arc<Progress>>,
}

/// Keeps what a chain needs to go on after the run was stopped or killed. Chains call it from their threads.
pub trait Keeper: Debug + Send + Sync {
    /// What an earlier run left of a chain.
    fn found(&self, chain: usize) -> Option<Vec<u8>>;

    /// Whether it is time to keep a chain.
    fn due(&self, chain: usize) -> bool;

    /// Whether the last state of a chain is to be kept too.
    fn keeps_end(&self, chain: usize, stopped: bool) -> bool;

    /// Keeps a chain.
    fn keep(&self, chain: usize, bytes: &[u8]);
}

/// Counts of one chain.
#[derive(Debug, Default)]
pub struct ChainProgress {
    iterations: AtomicUsize,
    begun: AtomicUsize,
    divergences: AtomicUsize,
}

impl Progress {
    /// Nothing done yet by `chains` chains.
    pub fn new(chains: usize) -> Progress {
        Progress {
            stop: AtomicBool::new(false),
            chains: (0..chains).map(|_| ChainProgress::default()).collect(),
            keeper: None,
            whole: None,
        }
    }

    /// Nothing done yet by chains of a run that is a part of another, and ends with it.
    pub fn within(whole: &Arc<Progress>, chains: usize) -> Progress {
        Progress { whole: Some(Arc::clone(whole)), ..Progress::new(chains) }
    }

    /// The same, with the chains kept by `keeper`.
    pub fn kept_by(self, keeper: Option<Arc<dyn Keeper>>) -> Progress {
        Progress { keeper, ..self }
    }

    /// Who keeps the chains, if anybody does.
    pub fn keeper(&self) -> Option<&dyn Keeper> {
        self.keeper.as_deref()
    }

    /// The chains, by number.
    pub fn chains(&self) -> &[ChainProgress] {
        &self.chains
    }

    /// Asks every chain to end; the iteration that it is in is not kept.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether chains were asked to end.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.whole.as_ref().is_some_and(|whole| whole.stopped())
    }
}

impl ChainProgress {
    /// Iterations done, warm-up included.
    pub fn iterations(&self) -> usize {
        self.iterations.load(Ordering::Relaxed)
    }

    /// Iterations that an earlier run had done.
    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Divergent transitions after warm-up.
    pub fn divergences(&self) -> usize {
        self.divergences.load(Ordering::Relaxed)
    }

    /// Counts from what an earlier run has done.
    pub fn begin(&self, iterations: usize, divergences: usize) {
        self.iterations.store(iterations, Ordering::Relaxed);
        self.begun.store(iterations, Ordering::Relaxed);
        self.divergences.store(divergences, Ordering::Relaxed);
    }

    /// Counts one iteration.
    pub fn advance(&self, divergent: bool) {
        self.iterations.fetch_add(1, Ordering::Relaxed);
        self.divergences.fetch_add(usize::from(divergent), Ordering::Relaxed);
    }
}
