//! `ansatz run`: checks, binds and runs a program.

use std::path::PathBuf;
use std::sync::Arc;

use ansatz::mcmc::{Progress, Settings};
use ansatz::output::OutputFolder;
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
    let bound = match program.bind(&input) {
        Err(faults) => {
            terminal::diagnostics(&program.sources, &faults, options.format);
            return Exit::Errors;
        }
        Ok(bound) => bound,
    };
    interrupt::listen();
    let mut host = Terminal::new(options, data);
    match Script::new(&program, &bound, &mut host).run() {
        Ok(()) if interrupt::requested() => Exit::Interrupted,
        Ok(()) => Exit::Success,
        Err(failure) => show::failed(&program, failure, options.format),
    }
}

/// The terminal as the host of a script.
struct Terminal {
    output: OutputFolder,
    threads: usize,
    memory: u64,
    seed: Option<u64>,
    watch: Option<Watch>,
}

impl Terminal {
    fn new(options: &Run, data: Vec<PathBuf>) -> Terminal {
        let inputs = std::iter::once(options.file.clone()).chain(data).collect();
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        Terminal {
            output: OutputFolder::new(&options.out, inputs),
            threads: options.threads.map_or_else(processors, usize::from),
            memory: options.max_memory,
            seed: options.seed,
            watch: None,
        }
    }
}

impl Host for Terminal {
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
        interrupt::watch(Some(progress.clone()));
        self.watch = Some(Watch::new(settings, progress.clone()));
    }

    fn sampling_ended(&mut self) {
        interrupt::watch(None);
        self.watch = None;
        if interrupt::requested() {
            terminal::message("interrupted: sampling ended early, the draws so far are kept");
        }
    }
}
