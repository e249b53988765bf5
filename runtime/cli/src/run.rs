//! `ansatz run`: checks, binds and runs a program.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ansatz::checkpoint::{Checkpoints, fingerprint};
use ansatz::data::Input;
use ansatz::mcmc::{Keeper, Progress, Settings};
use ansatz::optimize::Watched;
use ansatz::output::OutputFolder;
use ansatz::plot::{Picture, draw};
use ansatz::program::Program;
use ansatz::script::{Host, Script};

use crate::arguments::Run;
use crate::exit::Exit;
use crate::watch::Watch;
use crate::{files, interrupt, show, terminal};

/// Runs a program.
pub fn run(options: &Run) -> Exit {
    let mut program = match files::program(&options.file) {
        Err(fault) => return terminal::usage(&fault),
        Ok(program) => program,
    };
    terminal::diagnostics(&program.sources, &program.diagnostics, options.format);
    if program.is_faulty() {
        return Exit::Errors;
    }
    let data = files::data_paths(&options.file, &options.data);
    let input = match files::input(&data, &options.set) {
        Err(fault) => return terminal::usage(&fault),
        Ok(input) => input,
    };
    let bound = match program.read(&input) {
        Err(faults) => {
            terminal::diagnostics(&program.sources, &faults, options.format);
            return Exit::Errors;
        }
        Ok(bound) => bound,
    };
    interrupt::listen();
    options.timeout.into_iter().for_each(interrupt::after);
    let mut host = Terminal::new(options, data, identity(&program, &input));
    match Script::new(&program, &bound, &mut host).run() {
        Ok(()) if interrupt::requested() => Exit::Interrupted,
        Ok(()) => {
            host.kept.iter().for_each(|checkpoints| checkpoints.remove());
            Exit::Success
        }
        Err(failure) => show::failed(&program, failure, options.format),
    }
}

/// What makes two runs the same, but for the settings of samplers: this version, the program and the data.
fn identity(program: &Program, input: &Input) -> u64 {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let (tree, typed) = (program.tree_text(), program.typed.to_string());
    let settings = input.settings.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
    let files = input.files.iter().map(|(_, bytes)| bytes.as_slice());
    fingerprint(
        [version.as_bytes(), tree.as_bytes(), typed.as_bytes()].into_iter().chain(settings).chain(files),
    )
}

/// The terminal as the host of a script.
struct Terminal {
    output: OutputFolder,
    threads: usize,
    memory: u64,
    seed: Option<u64>,
    watch: Option<Watch>,
    identity: u64,
    /// The program's name, for files.
    name: String,
    resume: bool,
    checkpoint_every: Duration,
    /// What is kept of each run of a sampler so far.
    kept: Vec<Arc<Checkpoints>>,
}

impl Terminal {
    fn new(options: &Run, data: Vec<PathBuf>, identity: u64) -> Terminal {
        let inputs = std::iter::once(options.file.clone()).chain(data).collect();
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        Terminal {
            output: OutputFolder::new(&options.out, inputs),
            threads: options.threads.map_or_else(processors, usize::from),
            memory: options.max_memory,
            seed: options.seed,
            watch: None,
            identity,
            name: options.file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            resume: options.resume,
            checkpoint_every: options.checkpoint_every,
            kept: Vec::new(),
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
        let alike = Settings { threads: 1, ..settings.clone() };
        let fingerprint = fingerprint([&self.identity.to_le_bytes()[..], format!("{alike:?}").as_bytes()]);
        let name = format!("{}-{}", self.name, self.kept.len() + 1);
        let place = (self.output.root().join(".ansatz"), name);
        let checkpoints = Arc::new(Checkpoints::new(
            (&place.0, &place.1),
            fingerprint,
            settings.chains,
            (self.checkpoint_every, self.resume),
        ));
        if self.resume && self.kept.is_empty() && !checkpoints.has_found() {
            terminal::message(
                "nothing to resume was found of this program with these data and options: it begins anew",
            );
        }
        self.kept.push(checkpoints.clone());
        Some(checkpoints)
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
            terminal::message(
                "interrupted: sampling ended early, the draws so far are kept; --resume goes on",
            );
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
