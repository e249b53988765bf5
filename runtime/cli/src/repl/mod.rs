//! `ansatz repl`: statements are entered and run one by one. The session is the library's; here are its prompt (`line`) and
//! its own commands (`command`).

mod command;
mod line;

use std::io::{IsTerminal, stdin};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ansatz::session::{Entered, Session};
use ansatz::{Engine, Error, Input};

use crate::arguments::{Form, Repl};
use crate::exit::Exit;
use crate::host::Terminal;
use crate::{files, interrupt, terminal};
use line::Lines;

/// What a session is greeted with on a terminal.
const GREETING: &str =
    "Ansatz. Statements run one by one; an expression is shown. `:help` lists commands, Ctrl-D ends.";

/// Whether a text was taken.
enum Taken {
    Well,
    Badly,
    Last,
}

/// Reads entries until there are no more.
pub fn repl(options: &Repl) -> Exit {
    let data = match files::input(&options.common.data, &options.common.set) {
        Err(fault) => return terminal::usage(&fault),
        Ok(data) => data,
    };
    let mut session = Session::new(Engine::new().folder("."));
    if let Err(error) = session.give(data) {
        show(&error);
        return Exit::Errors;
    }
    let mut host = Terminal::new(&options.common, options.common.data.clone());
    let mut lines = Lines::new();
    interrupt::listen();
    if stdin().is_terminal() {
        terminal::message(GREETING);
    }
    let mut exit = Exit::Success;
    while let Some(text) = lines.next(&session) {
        match taken(&text, &mut session, &mut host) {
            Taken::Well => {}
            Taken::Badly => exit = Exit::Errors,
            Taken::Last => break,
        }
        interrupt::forget();
    }
    // Somebody who sits at a terminal has seen what went wrong.
    if stdin().is_terminal() { Exit::Success } else { exit }
}

/// Does what a text says. A fault of ours is told, and the session goes on without the text.
fn taken(text: &str, session: &mut Session, host: &mut Terminal) -> Taken {
    let done = catch_unwind(AssertUnwindSafe(|| match text.trim().strip_prefix(':') {
        Some(command) => command::run(command, session, host),
        None => session.enter(text, host).map(|entered| {
            let warnings = session.warnings();
            terminal::diagnostics(&warnings.sources, &warnings.diagnostics, Form::Text);
            if entered == Entered::Waits {
                terminal::message(
                    "these data are not given yet: `:data FILE` or `:data NAME=VALUE` gives them",
                );
            }
            Taken::Well
        }),
    }));
    match done {
        Ok(Ok(taken)) => taken,
        Ok(Err(error)) => {
            show(&error);
            Taken::Badly
        }
        Err(_) => Taken::Badly,
    }
}

fn show(error: &Error) {
    match error {
        Error::Faults(faults) => terminal::diagnostics(&faults.sources, &faults.diagnostics, Form::Text),
        other => terminal::message(&other.to_string()),
    }
}

/// The file of the data that a command names.
fn data_file(path: &str) -> Result<Input, Error> {
    files::input(&[path.into()], &[]).map_err(Error::Values)
}
