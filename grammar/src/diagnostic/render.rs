//! Draws messages with ariadne: the one place where a diagnostic becomes text.

use super::{Diagnostic, Severity};
use crate::span::{SourceId, Sources, Span};
use ariadne::{Cache, Config, IndexType, Label, Report, ReportKind, Source};
use std::collections::HashMap;
use std::fmt;

/// All messages as text to show, with terminal colours or without. Every span must be of one of the sources.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let mut drawn = Vec::new();
    let mut cache = Drawn { sources, lines: HashMap::new() };
    for diagnostic in diagnostics {
        let written = report(diagnostic, colour).write(&mut cache, &mut drawn);
        written.expect("writing to memory does not fail");
    }
    String::from_utf8(drawn).expect("ariadne writes text")
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
