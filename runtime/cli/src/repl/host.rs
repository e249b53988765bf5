//! The terminal as the host of a session's script.

use std::sync::Arc;

use ansatz::mcmc::{Progress, Settings};
use ansatz::optimize::Watched;
use ansatz::output::OutputFolder;
use ansatz::script::Host;

use crate::arguments::Repl;
use crate::watch::Watch;
use crate::{interrupt, terminal};

/// Prints, and shows the progress of samplers.
pub struct Prompt {
    output: OutputFolder,
    threads: usize,
    memory: u64,
    seed: Option<u64>,
    watch: Option<Watch>,
}

impl Prompt {
    /// The host of these options.
    pub fn new(options: &Repl) -> Prompt {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        Prompt {
            output: OutputFolder::new(&options.out, options.data.clone()),
            threads: options.threads.map_or_else(processors, usize::from),
            memory: options.max_memory,
            seed: options.seed,
            watch: None,
        }
    }
}

impl Host for Prompt {
    fn print(&mut self, text: &str) {
        terminal::result(text);
    }

    fn output(&self) -> &OutputFolder {
        &self.output
    }

    fn threads(&self) -> usize {
        self.threads
    }

    fn memory(&self) -> u64 {
        self.memory
    }

    fn seed(&self) -> Option<u64> {
        self.seed
    }

    fn sampling_begins(&mut self, settings: &Settings, progress: &Arc<Progress>) {
        let stopped = progress.clone();
        interrupt::watch(Some(Arc::new(move || stopped.stop())));
        self.watch = Some(Watch::new(settings, progress.clone()));
    }

    fn sampling_ended(&mut self) {
        interrupt::watch(None);
        self.watch = None;
        if interrupt::requested() {
            terminal::message("interrupted: sampling ended early, the draws so far are kept");
        }
    }

    fn descent_begins(&mut self, steps: usize, watched: &Arc<Watched>) {
        let stopped = watched.clone();
        interrupt::watch(Some(Arc::new(move || stopped.stop())));
        self.watch = Some(Watch::descent(steps, watched.clone()));
    }

    fn descent_ended(&mut self) {
        interrupt::watch(None);
        self.watch = None;
        if interrupt::requested() {
            terminal::message("interrupted: the optimiser ended early, the steps so far are kept");
        }
    }
}
