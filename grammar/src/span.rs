//! Places in source text. A span names its source, so trees and messages may mix a program with the standard library.

use std::fmt;
use std::ops::Range;

/// A source text, as an index into [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A half-open range of bytes in one source. Prints as `start..end`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The text that the bytes are in.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `source`.
    pub fn new(source: SourceId, start: u32, end: u32) -> Self {
        assert!(start <= end, "a span must not run backwards: {start}..{end}");
        Self { source, start, end }
    }

    /// The smallest span that covers both; they must be of one source.
    pub fn to(self, other: Self) -> Self {
        assert_eq!(self.source, other.source, "a span cannot cross sources");
        Self::new(self.source, self.start.min(other.start), self.end.max(other.end))
    }

    /// The empty span just after this one.
    pub fn after(self) -> Self {
        Self { start: self.end, ..self }
    }

    /// The bytes as a range, to index the text with.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{}..{}", self.start, self.end)
    }
}

/// One text and the name that messages show for it.
#[derive(Clone, Debug)]
pub struct Source {
    /// A path or a module's name.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl From<&str> for Source {
    fn from(text: &str) -> Self {
        Self::from(("program.anz", text))
    }
}

impl<N: Into<String>, T: Into<String>> From<(N, T)> for Source {
    fn from((name, text): (N, T)) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// All texts of one program, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Keeps a text and gives its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.0.push(Source { name: name.into(), text: text.into() });
        SourceId(self.0.len() as u32 - 1)
    }

    /// The text of an id that `add` gave.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.0[id.0 as usize]
    }

    /// What stands at a place, in its first line, with the number of that line; none if the text is not here.
    pub fn shown(&self, span: Span) -> Option<String> {
        let source = self.0.get(span.source.0 as usize)?;
        let text = source.text.get(span.range())?.lines().next()?;
        let (line, _) = self.line_and_column(span.source, span.start);
        Some(format!("`{text}` in line {line} of {}", source.name))
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    pub fn line_and_column(&self, source: SourceId, byte: u32) -> (usize, usize) {
        let before = &self.get(source).text[..byte as usize];
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
    }
}
