//! Messages about faults, as pages: below each line of a small source, the places of its messages and what they say.
//! `BLESS=1` rewrites the pages.

use ansatz_grammar::diagnostic::Diagnostic;
use ansatz_grammar::parse;
use ansatz_grammar::span::Sources;
use std::{env, fs, path::Path};

/// The cases of a page: a title and a source.
fn cases(page: &str) -> Vec<(&str, String)> {
    let mut cases: Vec<(&str, String)> = Vec::new();
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("== ") {
            cases.push((title, String::new()));
        } else if !line.trim_start().starts_with('^') {
            let (_, source) = cases.last_mut().expect("a page begins with a title");
            source.push_str(line);
            source.push('\n');
        }
    }
    cases
}

/// The marks of a message below the line where it begins, as far as that line goes.
fn marks(diagnostic: &Diagnostic, column: usize, line: &str, start: u32) -> String {
    let span = diagnostic.span();
    let rest = (start as usize + line.len()).saturating_sub(span.start as usize).max(1);
    let width = (span.end - span.start).max(1) as usize;
    let (space, marks) = (" ".repeat(column - 1), "^".repeat(width.min(rest)));
    let mut said = format!("{space}{marks} {} {}", diagnostic.code, diagnostic.message);
    for (what, text) in
        [("expected", &diagnostic.expected), ("found", &diagnostic.found), ("help:", &diagnostic.help)]
    {
        if let Some(text) = text {
            said += &format!("; {what} {text}");
        }
    }
    said + "\n"
}

/// A source with its messages written below its lines.
fn annotated(text: &str) -> (String, usize) {
    let mut sources = Sources::default();
    let source = sources.add("case", text);
    let parsed = parse(source, text);
    let (mut page, mut start) = (String::new(), 0);
    for (number, line) in text.lines().enumerate() {
        page += &format!("{line}\n");
        for diagnostic in &parsed.diagnostics {
            let (row, column) = sources.line_and_column(source, diagnostic.span().start);
            if row == number + 1 {
                page += &marks(diagnostic, column, line, start);
            }
        }
        start += line.len() as u32 + 1;
    }
    (page, parsed.diagnostics.len())
}

#[test]
fn faults_are_told_where_they_are() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults"));
    let mut wrong = Vec::new();
    for entry in fs::read_dir(folder).expect("the pages are there") {
        let path = entry.expect("a page is there").path();
        let page = fs::read_to_string(&path).expect("a page is text");
        let mut blessed = String::new();
        for (title, source) in cases(&page) {
            let (annotated, told) = annotated(&source);
            assert!(told > 0 || title.starts_with("no fault"), "{title}: nothing is told");
            blessed += &format!("== {title}\n{annotated}");
        }
        if env::var_os("BLESS").is_some() {
            fs::write(&path, &blessed).expect("a page can be written");
        } else if blessed != page {
            wrong.push(format!("{}\n{blessed}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "these pages say otherwise:\n{}", wrong.join("\n"));
}
