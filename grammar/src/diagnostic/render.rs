//! Draws messages with ariadne: the one place where a diagnostic becomes text.

use super::{Diagnostic, Severity};
use crate::span::{SourceId, Sources, Span};
use ariadne::{Cache, Config, IndexType, Label, Report, ReportKind, Source};
use std::collections::HashMap;
use std::fmt;

/// So many messages are drawn; the others are counted.
const MOST: usize = 50;

/// A line that is longer, in bytes, is not shown.
const LONGEST_LINE: usize = 1000;

/// Messages as text to show, with terminal colours or without. Every span must be of one of the sources.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let mut drawn = Vec::new();
    let mut cache = Drawn { sources, lines: HashMap::new() };
    for diagnostic in diagnostics.iter().take(MOST) {
        if diagnostic.labels.iter().any(|label| lies_on_long_line(label.span, sources)) {
            drawn.extend_from_slice(plain(diagnostic, sources).as_bytes());
            continue;
        }
        let written = report(diagnostic, colour).write(&mut cache, &mut drawn);
        written.expect("writing to memory does not fail");
    }
    if let Some(more) = diagnostics.len().checked_sub(MOST).filter(|more| *more > 0) {
        drawn.extend_from_slice(format!("and {more} more messages\n").as_bytes());
    }
    String::from_utf8(drawn).expect("ariadne writes text")
}

fn lies_on_long_line(span: Span, sources: &Sources) -> bool {
    let text = &sources.get(span.source).text;
    let before = text[..span.start as usize].rfind('\n').map_or(0, |newline| newline + 1);
    let after = text[span.start as usize..].find('\n').map_or(text.len(), |at| span.start as usize + at);
    after - before > LONGEST_LINE
}

/// A message without its source line.
fn plain(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let span = diagnostic.span();
    let (line, column) = sources.line_and_column(span.source, span.start);
    let (code, message, says) = (diagnostic.code, &diagnostic.message, said_at_fault(diagnostic));
    let help = diagnostic.help.as_ref().map_or(String::new(), |help| format!("; {help}"));
    format!("[{code}] {}:{line}:{column}: {message}: {says}{help}\n", sources.get(span.source).name)
}

fn report(diagnostic: &Diagnostic, colour: bool) -> Report<'static, Span> {
    let kind = match diagnostic.severity {
        Severity::Error => ReportKind::Error,
        Severity::Warning => ReportKind::Warning,
    };
    let config = Config::default().with_color(colour).with_index_type(IndexType::Byte);
    let mut report = Report::build(kind, diagnostic.span())
        .with_config(config)
        .with_code(diagnostic.code)
        .with_message(&diagnostic.message);
    for (order, label) in diagnostic.labels.iter().enumerate() {
        let says = if order == 0 { said_at_fault(diagnostic) } else { label.message.clone() };
        report.add_label(Label::new(label.span).with_order(order as i32).with_message(says));
    }
    if let Some(help) = &diagnostic.help {
        report.add_help(help);
    }
    report.finish()
}

/// A few words for the place of the fault: without any, ariadne draws no mark.
fn said_at_fault(diagnostic: &Diagnostic) -> String {
    let own = Some(&diagnostic.labels[0].message).filter(|message| !message.is_empty()).cloned();
    let expected = diagnostic.expected.as_ref().map(|expected| format!("expected {expected}"));
    let found = diagnostic.found.as_ref().filter(|found| !diagnostic.message.contains(*found));
    let found = found.map(|found| format!("found {found}"));
    let says: Vec<String> = [own, expected, found].into_iter().flatten().collect();
    if says.is_empty() { "here".to_string() } else { says.join(", ") }
}

impl ariadne::Span for Span {
    type SourceId = SourceId;

    fn source(&self) -> &SourceId {
        &self.source
    }

    fn start(&self) -> usize {
        self.start as usize
    }

    fn end(&self) -> usize {
        self.end as usize
    }
}

/// The sources, cut into lines when first shown.
struct Drawn<'a> {
    sources: &'a Sources,
    lines: HashMap<SourceId, Source<&'a str>>,
}

impl<'a> Cache<SourceId> for Drawn<'a> {
    type Storage = &'a str;

    fn fetch(&mut self, id: &SourceId) -> Result<&Source<&'a str>, impl fmt::Debug> {
        let sources = self.sources;
        Ok::<_, std::convert::Infallible>(
            self.lines.entry(*id).or_insert_with(|| Source::from(sources.get(*id).text.as_str())),
        )
    }

    fn display<'b>(&self, id: &'b SourceId) -> Option<impl fmt::Display + 'b> {
        Some(self.sources.get(*id).name.clone())
    }
}
