//! `ansatz run`: checks, binds and runs a program.

use ansatz::checkpoint::fingerprint;
use ansatz::data::Input;
use ansatz::program::Program;
use ansatz::script::Script;

use crate::arguments::Run;
use crate::exit::Exit;
use crate::host::{Keeping, Terminal};
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
    let data = files::data_paths(&options.file, &options.common.data);
    let input = match files::input(&data, &options.common.set) {
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
    interrupt::exit_when_idle();
    options.timeout.into_iter().for_each(interrupt::after);
    let inputs = std::iter::once(options.file.clone()).chain(data).collect();
    let mut host = Terminal::new(&options.common, inputs).keeping(Keeping {
        identity: identity(&program, &input),
        name: options.file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        resume: options.resume,
        every: options.checkpoint_every,
        kept: Vec::new(),
    });
    match Script::new(&program, &bound, &mut host).run() {
        Ok(()) if interrupt::requested() => Exit::Interrupted,
        Ok(()) => {
            host.forget_kept();
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
