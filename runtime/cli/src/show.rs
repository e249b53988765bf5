//! `ansatz check`, `explain`, `doc` and `completions`: what is looked at, and not run.

use ansatz::script::{ScriptFailure, Stage, explain_posteriors, explain_text};
use ansatz::{Code, manual};

use clap::CommandFactory;

use crate::arguments::{Arguments, Check, Completions, Doc, Explain, Form};
use crate::exit::Exit;
use crate::{files, terminal};

/// Checks a program without its data.
pub fn check(options: &Check) -> Exit {
    match files::program(&options.file) {
        Err(fault) => terminal::usage(&fault),
        Ok(program) => {
            terminal::diagnostics(&program.sources, &program.diagnostics, options.format);
            if program.is_faulty() { Exit::Errors } else { Exit::Success }
        }
    }
}

/// Shows a page of the manual.
pub fn doc(options: &Doc) -> Exit {
    if let Some(page) = manual::page(&options.name) {
        terminal::result(page.trim_end());
        return Exit::Success;
    }
    let near = manual::near(&options.name).map_or(String::new(), |near| format!("; is `{near}` meant?"));
    terminal::usage(&format!("the manual has no page about `{}`{near}", options.name))
}

/// Writes the script that completes commands and options in a shell.
pub fn completions(options: &Completions) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "ansatz", &mut script);
    terminal::result(String::from_utf8_lossy(&script).trim_end());
    Exit::Success
}

/// Explains a code, or shows a stage of a program.
pub fn explain(options: &Explain) -> Exit {
    if let Some(code) = options.file.to_str().and_then(Code::from_text) {
        terminal::result(code.explanation().to_string().trim_end());
        return Exit::Success;
    }
    let mut program = match files::program(&options.file) {
        Err(fault) => return terminal::usage(&fault),
        Ok(program) => program,
    };
    terminal::diagnostics(&program.sources, &program.diagnostics, Form::Text);
    let stage = Stage::from(options.emit);
    if !stage.needs_data() {
        terminal::result(explain_text(&program, stage).trim_end());
        return if program.is_faulty() { Exit::Errors } else { Exit::Success };
    }
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
            terminal::diagnostics(&program.sources, &faults, Form::Text);
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
        Err(failure) => failed(&program, failure, Form::Text),
    }
}

/// Shows why a script ended.
pub fn failed(program: &ansatz::program::Program, failure: ScriptFailure, form: Form) -> Exit {
    match failure {
        ScriptFailure::Program(fault) => {
            terminal::diagnostics(&program.sources, &[*fault], form);
            Exit::Errors
        }
        ScriptFailure::Failed(fault) => {
            terminal::diagnostics(&program.sources, &[*fault], form);
            Exit::Failure
        }
        ScriptFailure::Interrupted => {
            terminal::message("interrupted before anything was kept");
            Exit::Interrupted
        }
    }
}
