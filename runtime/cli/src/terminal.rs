//! What is written to the terminal: results to standard output, messages to the error stream.

use std::io::{self, IsTerminal, Write};

use ansatz::output::json_lines;
use ansatz::plot::Screen;
use ansatz::{Diagnostic, Sources};
use console::Term;

use crate::arguments::Form;
use crate::exit::Exit;

/// Writes a result. Nobody may be listening, which ends nothing.
pub fn result(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Where pictures are shown: as wide as the terminal, in colours; a page of plain text elsewhere.
pub fn screen() -> Screen {
    let terminal = Term::stdout();
    match terminal.size_checked() {
        Some((_, columns)) if terminal.is_term() => {
            Screen { columns: usize::from(columns), colour: std::env::var_os("NO_COLOR").is_none() }
        }
        _ => Screen::default(),
    }
}

/// Writes a message.
pub fn message(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Shows messages about texts, as a person or as a program reads them.
pub fn diagnostics(sources: &Sources, diagnostics: &[Diagnostic], form: Form) {
    if form == Form::Json {
        let _ = io::stderr().write_all(json_lines(diagnostics, sources).as_bytes());
    } else if !diagnostics.is_empty() {
        let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        message(ansatz::render(diagnostics, sources, colour).trim_end());
    }
}

/// Shows why the command line cannot be followed.
pub fn usage(text: &str) -> Exit {
    message(&format!("error: {text}"));
    Exit::Usage
}
