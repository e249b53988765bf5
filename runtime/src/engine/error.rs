//! What may be wrong, as values.

use std::fmt;

use ansatz_grammar::diagnostic::{Diagnostic, render};
use ansatz_grammar::span::Sources;
use serde_json::json;

use crate::output::json_lines;

/// Why there is no program, posterior or fit.
#[derive(Clone, Debug)]
pub enum Error {
    /// The program, its data, or a run is at fault, at places in their texts.
    Faults(Box<Faults>),
    /// The program does not tell which posterior is meant.
    Choice {
        /// What is wrong, and what to do.
        message: String,
        /// The names of its posteriors.
        names: Vec<String>,
    },
    /// Numbers that the host gave are not values of the posterior's sites.
    Values(String),
    /// Sampling was ended before any draw was kept.
    Interrupted,
}

impl Error {
    /// The messages about places in texts, where the error has some.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Error::Faults(faults) => &faults.diagnostics,
            _ => &[],
        }
    }

    /// For programs to read: an object a line, with the fields `code`, `severity`, `message`, `places` (file, line, column,
    /// bytes, label), `expected`, `found` and `help`.
    pub fn json(&self) -> String {
        match self {
            Error::Faults(faults) => json_lines(&faults.diagnostics, &faults.sources),
            other => {
                let message = other.to_string();
                let fields = json!({"code": null, "severity": "error", "message": message, "places": [],
                    "expected": null, "found": null, "help": null});
                format!("{fields}\n")
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Faults(faults) => faults.fmt(out),
            Error::Choice { message, .. } | Error::Values(message) => out.write_str(message),
            Error::Interrupted => out.write_str("interrupted before anything was kept"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Faults> for Error {
    fn from(faults: Faults) -> Error {
        Error::Faults(Box::new(faults))
    }
}

/// Messages with the texts that they point into. Prints as the command line shows them, with the lines underlined.
#[derive(Clone, Debug)]
pub struct Faults {
    /// The messages.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts.
    pub sources: Sources,
}

impl Faults {
    /// Messages and their texts.
    pub fn new(diagnostics: Vec<Diagnostic>, sources: Sources) -> Faults {
        Faults { diagnostics, sources }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(render(&self.diagnostics, &self.sources, false).trim_end())
    }
}
