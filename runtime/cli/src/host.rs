//! The terminal as the host of a script: it prints, shows pictures and the progress of samplers and optimisers, and keeps
//! their chains where a run asks for it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ansatz::checkpoint::{Checkpoints, fingerprint};
use ansatz::mcmc::{Keeper, Progress, Settings};
use ansatz::optimize::Watched;
use ansatz::output::OutputFolder;
use ansatz::plot::{Picture, draw};
use ansatz::script::Host;

use crate::arguments::Common;
use crate::progress::Watch;
use crate::{interrupt, terminal};

/// The host of a run or a session.
pub struct Terminal {
    output: OutputFolder,
    threads: usize,
    memory: u64,
    seed: Option<u64>,
    watch: Option<Watch>,
    keeping: Option<Keeping>,
}

/// How the chains of a run are kept, for one that goes on.
pub struct Keeping {
    /// What tells runs apart, but for the settings of samplers.
    pub identity: u64,
    /// The program's name, for files.
    pub name: String,
    /// Whether to go on with what an earlier run left.
    pub resume: bool,
    /// How often chains are kept.
    pub every: Duration,
    /// What is kept of each run of a sampler so far.
    pub kept: Vec<Arc<Checkpoints>>,
}

impl Terminal {
    /// The host of these options, which never writes over the inputs.
    pub fn new(options: &Common, inputs: Vec<PathBuf>) -> Terminal {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        Terminal {
            output: OutputFolder::new(&options.out, inputs),
            threads: options.threads.map_or_else(processors, usize::from),
            memory: options.max_memory,
            seed: options.seed,
            watch: None,
            keeping: None,
        }
    }

    /// The same, keeping chains.
    pub fn keeping(self, keeping: Keeping) -> Terminal {
        Terminal { keeping: Some(keeping), ..self }
    }

    /// Removes what was kept: the run is complete.
    pub fn forget_kept(&self) {
        self.keeping.iter().flat_map(|keeping| &keeping.kept).for_each(|checkpoints| checkpoints.remove());
    }

    fn begins(&mut self, watch: Option<Watch>, stop: interrupt::Stop) {
        interrupt::watch(Some(stop));
        self.watch = watch;
    }

    fn ended(&mut self, what_is_kept: &str) {
        interrupt::watch(None);
        self.watch = None;
        if interrupt::requested() {
            terminal::message(&format!("interrupted: {what_is_kept}"));
        }
    }
}

impl Host for Terminal {
    fn print(&mut self, text: &str) {
        terminal::result(text);
    }

    fn picture(&mut self, picture: &Picture, name: &str) {
        terminal::result(&draw(picture, terminal::screen()));
        terminal::result(&self.output.root().join(name).display().to_string());
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

    fn keeper(&mut self, settings: &Settings) -> Option<Arc<dyn Keeper>> {
        let Keeping { identity, name, resume, every, kept } = self.keeping.as_mut()?;
        let alike = Settings { threads: 1, ..settings.clone() };
        let fingerprint = fingerprint([&identity.to_le_bytes()[..], format!("{alike:?}").as_bytes()]);
        let folder = self.output.root().join(".ansatz");
        let name = format!("{name}-{}", kept.len() + 1);
        let checkpoints =
            Arc::new(Checkpoints::new((&folder, &name), fingerprint, settings.chains, (*every, *resume)));
        if *resume && kept.is_empty() && !checkpoints.has_found() {
            terminal::message(
                "nothing to resume was found of this program with these data and options: it begins anew",
            );
        }
        kept.push(checkpoints.clone());
        Some(checkpoints)
    }

    fn sampling_begins(&mut self, settings: &Settings, progress: &Arc<Progress>) {
        let stopped = progress.clone();
        self.begins(Some(Watch::new(settings, progress.clone())), Arc::new(move || stopped.stop()));
    }

    fn sampling_ended(&mut self) {
        self.ended(match self.keeping {
            Some(_) => "sampling ended early, the draws so far are kept; --resume goes on",
            None => "sampling ended early, the draws so far are kept",
        });
    }

    fn descent_begins(&mut self, steps: usize, watched: &Arc<Watched>) {
        let stopped = watched.clone();
        self.begins(Some(Watch::descent(steps, watched.clone())), Arc::new(move || stopped.stop()));
    }

    fn descent_ended(&mut self) {
        self.ended("the optimiser ended early, the steps so far are kept");
    }

    fn search_begins(&mut self, stop: &Arc<AtomicBool>) {
        let flag = stop.clone();
        self.begins(None, Arc::new(move || flag.store(true, Ordering::Relaxed)));
    }

    fn search_ended(&mut self) {
        self.ended("the search for modes ended early");
    }

    fn interrupt(&self) -> Arc<AtomicBool> {
        interrupt::idle()
    }
}
