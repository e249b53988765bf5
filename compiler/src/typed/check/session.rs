//! A session: texts that are entered one after the other. Each sees the names of those before it, and may give a name
//! another meaning for those behind it.
//!
//! What an earlier text declares has the numbers that it had without the later ones, so that what a run has found, by number,
//! stays as it is while the session grows.

use super::{Checker, Files};
use crate::typed::tree::Program;
use ansatz_grammar::diagnostic::Diagnostic;
use ansatz_grammar::span::{Sources, Span};
use ansatz_grammar::tree;

/// Checks the texts of a session, each of a source of its own. A value that stands alone is printed.
pub fn check_session(
    entries: Vec<tree::Program>,
    sources: &mut Sources,
    files: Files,
) -> (Program, Vec<Diagnostic>) {
    let mut checker = Checker { files, session: true, ..Checker::new(sources) };
    entries.into_iter().for_each(|tree| checker.file(tree));
    checker.finish()
}

impl Checker<'_> {
    /// Whether a name takes another meaning than it had in an earlier text.
    pub(super) fn shadows(&self, first: Span, now: Span) -> bool {
        self.session && first.source != now.source
    }
}
