//! Messages for programs to read: one JSON object a line.
//!
//! The fields are stable: `code`, `severity` (`error` or `warning`), `message`, `places` (the first is that of the fault),
//! `expected`, `found` and `help`, the last three `null` where there is nothing to say. A place has `file`, `line` and
//! `column` from 1 (columns count characters), `start` and `end` in bytes from 0, `end` excluded, and a `label`.

use ansatz_grammar::diagnostic::{Diagnostic, Label, Severity};
use ansatz_grammar::span::Sources;
use serde::Serialize;

#[derive(Serialize)]
struct Message<'d> {
    code: String,
    severity: &'static str,
    message: &'d str,
    places: Vec<Place<'d>>,
    expected: Option<&'d str>,
    found: Option<&'d str>,
    help: Option<&'d str>,
}

#[derive(Serialize)]
struct Place<'d> {
    file: &'d str,
    line: usize,
    column: usize,
    start: u32,
    end: u32,
    label: &'d str,
}

/// The messages, each on a line.
pub fn json_lines(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let line = |diagnostic| {
        serde_json::to_string(&message(diagnostic, sources)).expect("texts and numbers are JSON") + "\n"
    };
    diagnostics.iter().map(line).collect()
}

fn message<'d>(diagnostic: &'d Diagnostic, sources: &'d Sources) -> Message<'d> {
    Message {
        code: diagnostic.code.to_string(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: &diagnostic.message,
        places: diagnostic.labels.iter().map(|label| place(label, sources)).collect(),
        expected: diagnostic.expected.as_deref(),
        found: diagnostic.found.as_deref(),
        help: diagnostic.help.as_deref(),
    }
}

fn place<'d>(label: &'d Label, sources: &'d Sources) -> Place<'d> {
    let span = label.span;
    let (line, column) = sources.line_and_column(span.source, span.start);
    let file = &sources.get(span.source).name;
    Place { file, line, column, start: span.start, end: span.end, label: &label.message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_object_with_all_fields() {
        let mut sources = Sources::default();
        let source = sources.add("α.anz", "let é = 1\nlet b = \"é\" < 2 < 3\n");
        let diagnostics = ansatz_grammar::parse(source, &sources.get(source).text).diagnostics;
        let expected = "{\"code\":\"A0010\",\"severity\":\"error\",\"message\":\"comparisons do not chain\",\"places\":[{\"file\":\
                        \"α.anz\",\"line\":2,\"column\":17,\"start\":28,\"end\":29,\"label\":\"\"}],\"expected\":null,\"found\":null,\
                        \"help\":\"write `a < b && b < c`\"}\n";
        assert_eq!(json_lines(&diagnostics, &sources), expected);
    }
}
