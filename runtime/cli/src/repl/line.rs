//! Where entries come from: a line that is edited, with history and completion, on a terminal; plain lines from a pipe.

use std::io::{BufRead, IsTerminal, stdin};
use std::path::PathBuf;

use ansatz::session::{Session, complete, is_unfinished};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Context, Editor, Helper};

use super::command;
use crate::terminal;

const PROMPT: &str = "> ";

/// What gives entries.
pub enum Lines {
    /// A person.
    Edited(Box<Editor<Typist, FileHistory>>),
    /// A pipe, or a terminal that cannot be edited on.
    Plain,
}

impl Lines {
    /// From the standard input.
    pub fn new() -> Lines {
        let config = Config::builder().auto_add_history(true).build();
        match Editor::with_config(config) {
            Ok(mut editor) if stdin().is_terminal() => {
                editor.set_helper(Some(Typist::default()));
                if let Some(path) = history() {
                    // The first session has no history.
                    let _ = editor.load_history(&path);
                }
                Lines::Edited(Box::new(editor))
            }
            _ => Lines::Plain,
        }
    }

    /// The next entry; none at the end.
    pub fn next(&mut self, session: &Session) -> Option<String> {
        match self {
            Lines::Plain => plain(),
            Lines::Edited(editor) => edited(editor, session),
        }
    }
}

/// Where the history is kept.
fn history() -> Option<PathBuf> {
    std::env::home_dir().map(|home| home.join(".ansatz_history"))
}

fn plain() -> Option<String> {
    let mut text = String::new();
    for line in stdin().lock().lines() {
        text += &line.ok()?;
        if text.trim().starts_with(':') || !is_unfinished(&text) {
            return Some(text);
        }
        text.push('\n');
    }
    (!text.trim().is_empty()).then_some(text)
}

fn edited(editor: &mut Editor<Typist, FileHistory>, session: &Session) -> Option<String> {
    loop {
        if let Some(typist) = editor.helper_mut() {
            typist.known = session.entries();
        }
        match editor.readline(PROMPT) {
            Ok(text) => {
                if let Some(path) = history() {
                    // A home that cannot be written to keeps no history.
                    let _ = editor.save_history(&path);
                }
                return Some(text);
            }
            // Ctrl-C empties the line.
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => return None,
            Err(error) => {
                terminal::message(&error.to_string());
                return None;
            }
        }
    }
}

/// Completes words, and knows when an entry goes on in the next line.
#[derive(Default)]
pub struct Typist {
    /// The entries of the session so far.
    known: Vec<String>,
}

impl Helper for Typist {}
impl Hinter for Typist {
    type Hint = String;
}
impl Highlighter for Typist {}

impl Validator for Typist {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let goes_on = !text.trim().starts_with(':') && is_unfinished(text);
        Ok(if goes_on { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Completer for Typist {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let before = &line[..at];
        if before.starts_with(':') && !before.contains(' ') {
            return Ok((0, command::names().filter(|name| name.starts_with(before)).collect()));
        }
        Ok(complete(&self.known, before))
    }
}
