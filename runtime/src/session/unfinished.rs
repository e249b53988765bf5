//! Whether a text that is being typed goes on in the next line.

use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::parse;
use ansatz_grammar::span::SourceId;

/// Whether more has to follow: a bracket is open, or the text ends where something must stand, but not with an empty line.
///
/// ```
/// use ansatz::session::is_unfinished;
///
/// assert!(is_unfinished("model m {\n  x ~ normal(0, 1)") && is_unfinished("let x = 1 +"));
/// assert!(!is_unfinished("let x = 1") && !is_unfinished("let x = 1 +\n"));
/// ```
pub fn is_unfinished(text: &str) -> bool {
    let is_ended = text.rsplit_once('\n').is_some_and(|(_, last)| last.trim().is_empty());
    let end = text.trim_end().len();
    let waits = |fault: &Diagnostic| {
        fault.code == codes::UNCLOSED_BRACKET
            || fault.code == codes::UNEXPECTED_TOKEN && fault.span().start as usize >= end && !is_ended
    };
    parse(SourceId(0), text).diagnostics.iter().any(waits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_follow_nothing_is_finished() {
        for text in [
            "f(1,",
            "model m {\n  a ~ normal(0, 1)\n\n",
            "[for i in 3:",
            "let x =",
            "let p = m given {",
            "print",
        ] {
            assert!(is_unfinished(text), "{text}");
        }
        for text in ["", "// nothing", "let x = = 3", "1 + 2)", "model m { x ~ normal(0, 1) }", "print 1"] {
            assert!(!is_unfinished(text), "{text}");
        }
    }
}
