//! What is written to the terminal: results to standard output, messages to the error stream.

use std::io::{self, IsTerminal, Write};

use ansatz::Diagnostic;
use ansatz::program::Program;

use crate::exit::Exit;

/// Writes a result. Nobody may be listening, which ends nothing.
pub fn result(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Writes a message.
pub fn message(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Shows messages about a program and its data.
pub fn diagnostics(program: &Program, diagnostics: &[Diagnostic]) {
    if !diagnostics.is_empty() {
        let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        message(program.render(diagnostics, colour).trim_end());
    }
}

/// Shows why the command line cannot be followed.
pub fn usage(text: &str) -> Exit {
    message(&format!("error: {text}"));
    Exit::Usage
}
