//! `ansatz check` and `ansatz explain`: a program, looked at.

use ansatz::script::{ScriptFailure, Stage, explain_posteriors, explain_text};

use crate::arguments::{Check, Explain};
use crate::exit::Exit;
use crate::{files, terminal};

/// Checks a program without its data.
pub fn check(options: &Check) -> Exit {
    match files::program(&options.file) {
        Err(fault) => terminal::usage(&fault),
        Ok(program) => {
            terminal::diagnostics(&program.sources, &program.diagnostics);
            if program.is_faulty() { Exit::Errors } else { Exit::Success }
        }
    }
}

/// Shows a stage of a program.
pub fn explain(options: &Explain) -> Exit {
    let mut program = match files::program(&options.file) {
        Err(fault) => return terminal::usage(&fault),
        Ok(program) => program,
    };
    terminal::diagnostics(&program.sources, &program.diagnostics);
    let stage = Stage::from(options.emit);
    if !stage.needs_data() {
        terminal::result(explain_text(&program, stage).trim_end());
        return if program.is_faulty() { Exit::Errors } else { Exit::Success };
    }
    if program.is_faulty() {
        return Exit::Errors;
    }
    let data = files::data_path(&options.file, options.data.as_ref());
    let input = match files::input(data.as_ref(), &options.set) {
        Err(fault) => return terminal::usage(&fault),
        Ok(input) => input,
    };
    let bound = match program.bind(&input) {
        Err(faults) => {
            terminal::diagnostics(&program.sources, &faults);
            return Exit::Errors;
        }
        Ok(bound) => bound,
    };
    match explain_posteriors(&program, &bound, stage) {
        Ok(text) if text.is_empty() => terminal::usage("the program samples nothing, so nothing is compiled"),
        Ok(text) => {
            terminal::result(text.trim_end());
            Exit::Success
        }
        Err(failure) => failed(&program, failure),
    }
}

/// Shows why a script ended.
pub fn failed(program: &ansatz::program::Program, failure: ScriptFailure) -> Exit {
    match failure {
        ScriptFailure::Program(fault) => {
            terminal::diagnostics(&program.sources, &[*fault]);
            Exit::Errors
        }
        ScriptFailure::Failed(fault) => {
            terminal::diagnostics(&program.sources, &[*fault]);
            Exit::Failure
        }
        ScriptFailure::Interrupted => {
            terminal::message("interrupted before any draw was kept");
            Exit::Interrupted
        }
    }
}
