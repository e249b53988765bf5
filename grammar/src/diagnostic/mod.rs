//! Messages about a user's mistakes: values that every stage collects, the table of their codes with its pages, and one
//! place that draws them.

mod code;
mod explain;
mod nearest;
mod render;

pub use code::{Code, codes};
pub use explain::{Example, Explanation};
pub use nearest::nearest;
pub use render::render;

use crate::span::Span;

/// Whether a program with this message can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but is probably not what was meant.
    Warning,
}

/// A place that a message points at, and what is said there.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A few words; may be empty.
    pub message: String,
}

/// One message: what is wrong, where, what was expected, what was found, and a way out.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Its row in the table of codes.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong here, in one sentence without a full stop.
    pub message: String,
    /// The first is the place of the fault; others, possibly in other sources, explain it.
    pub labels: Vec<Label>,
    /// What would have been right.
    pub expected: Option<String>,
    /// What stands there.
    pub found: Option<String>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        let labels = vec![Label { span, message: String::new() }];
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            labels,
            expected: None,
            found: None,
            help: None,
        }
    }

    /// A warning at `span`.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Says a few words at the place of the fault itself.
    pub fn here(mut self, message: impl Into<String>) -> Self {
        self.labels[0].message = message.into();
        self
    }

    /// Points at one more place.
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Says what would have been right.
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Says what stands there.
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// Says what to write instead.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The place of the fault.
    pub fn span(&self) -> Span {
        self.labels[0].span
    }

    /// Whether the program cannot run.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
