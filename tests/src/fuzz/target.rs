//! What must hold for every text.

use ansatz::output::json_lines;
use ansatz::program::Program;
use ansatz_grammar::diagnostic::{Diagnostic, render};
use ansatz_grammar::span::SourceId;
use ansatz_grammar::{format, parse, print};

/// A law over texts.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// What is wrong with a text, if anything is; it may panic, too.
    pub law: fn(&str) -> Result<(), String>,
}

/// All laws.
pub const TARGETS: &[Target] =
    &[Target { name: "check", law: checks }, Target { name: "format", law: formats }];

/// Reading and checking end, and their messages can be drawn.
fn checks(text: &str) -> Result<(), String> {
    let program = Program::compile("fuzz.anz", text);
    let drawn = render(&program.diagnostics, &program.sources, false);
    let lines = json_lines(&program.diagnostics, &program.sources).lines().count();
    if lines != program.diagnostics.len() || drawn.is_empty() != program.diagnostics.is_empty() {
        return Err(format!("{} messages are not all shown", program.diagnostics.len()));
    }
    Ok(())
}

/// `parse(print(t)) = t`, `parse(format(t)) = t`, `format(format(t)) = format(t)`.
fn formats(text: &str) -> Result<(), String> {
    let tree = |text: &str| parse(SourceId(0), text);
    let before = tree(text);
    if before.diagnostics.iter().any(Diagnostic::is_error) {
        return if format(text).is_err() { Ok(()) } else { Err("formatted despite errors".to_string()) };
    }
    let printed = print(&before.tree);
    let again = tree(&printed);
    if again.diagnostics.iter().any(Diagnostic::is_error) || print(&again.tree) != printed {
        return Err(format!("printed as another program:\n{printed}"));
    }
    let once = format(text).map_err(|faults| format!("not formatted: {faults:?}"))?;
    if print(&tree(&once).tree) != printed {
        return Err(format!("formatted to another program:\n{once}"));
    }
    let twice = format(&once).map_err(|faults| format!("not formatted again: {faults:?}"))?;
    if twice != once { Err(format!("not formatted for good:\n{once}\n-- then --\n{twice}")) } else { Ok(()) }
}
