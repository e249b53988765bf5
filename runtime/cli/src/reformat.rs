//! `ansatz fmt`: files in the one style of the language, or the names of those that are not.

use std::io::{Read, Write};
use std::path::Path;

use ansatz::Sources;

use crate::arguments::{Form, Format};
use crate::exit::Exit;
use crate::terminal;

/// Formats each file in place; `-` is the standard input, written to the standard output. A file with errors is left as it
/// is. With `--check` nothing is written, and the files that would change are named.
pub fn format(options: &Format) -> Exit {
    let exits: Vec<Exit> = options.files.iter().map(|path| one(path, options.check)).collect();
    let worst = exits.into_iter().max_by_key(|exit| exit.code());
    worst.expect("at least one file is named")
}

fn one(path: &Path, check: bool) -> Exit {
    let piped = path == Path::new("-");
    let name = if piped { "standard input".to_owned() } else { path.display().to_string() };
    let text = match read(path, piped) {
        Err(error) => return terminal::usage(&format!("{name} cannot be read: {error}")),
        Ok(text) => text,
    };
    let formatted = match ansatz::format(&text) {
        Err(faults) => {
            let mut sources = Sources::default();
            sources.add(name, text);
            terminal::diagnostics(&sources, &faults, Form::Text);
            return Exit::Errors;
        }
        Ok(formatted) => formatted,
    };
    if check {
        return if formatted == text { Exit::Success } else { differs(&name) };
    }
    let written = match () {
        () if piped => std::io::stdout().write_all(formatted.as_bytes()),
        () if formatted == text => Ok(()),
        () => std::fs::write(path, formatted),
    };
    match written {
        Ok(()) => Exit::Success,
        Err(error) => terminal::usage(&format!("{name} cannot be written: {error}")),
    }
}

fn read(path: &Path, piped: bool) -> std::io::Result<String> {
    if !piped {
        return std::fs::read_to_string(path);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

fn differs(name: &str) -> Exit {
    terminal::message(&format!("{name} is not formatted"));
    Exit::Errors
}
