//! Text to tree: tokens are laid out, then read one top-level statement at a time. Where the grammar stops, the fault is
//! told, the statement around it is replaced by one token that the grammar takes for a statement, and the rest is read on.

use crate::builder::Builder;
use crate::diagnostic::{Diagnostic, codes};
use crate::grammar::ItemParser;
use crate::layout::{Layout, lay_out};
use crate::lexer::{Comment, lex_part};
use crate::recover::{Fault, recover};
use crate::span::{SourceId, Span};
use crate::token::Token;
use crate::tree::{Item, ItemKind, Program, Statement, StatementKind};
use lalrpop_util::ParseError;
use std::cell::Cell;
use std::ops::Range;

/// A text as a tree, with all that was found wrong.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parse {
    /// The tree; what did not parse is an `Error` in it.
    pub tree: Program,
    /// Comments, in order: they are not in the tree.
    pub comments: Vec<Comment>,
    /// Messages, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
    /// How deep expressions, types and blocks stand in each other, at the deepest.
    pub depth: u32,
}

/// After so many faults in one top-level statement the rest of it is not read.
const FAULT_LIMIT: usize = 50;

/// The length from which on a text is not read: 16 MiB.
const LENGTH_LIMIT: usize = 16 << 20;

/// Reads a text. Never fails: mistakes are in the diagnostics.
pub fn parse(source: SourceId, text: &str) -> Parse {
    if text.len() > LENGTH_LIMIT {
        let message = "a program of more than 16 MiB is not read";
        let fault = Diagnostic::error(codes::TOO_LONG, Span::new(source, 0, 0), message);
        let diagnostics = vec![fault.help("long tables belong in a data file")];
        return Parse { diagnostics, ..Parse::default() };
    }
    parse_part(source, text, 0..text.len())
}

/// Reads the statements of a part of a text, at their places in the whole.
pub fn parse_part(source: SourceId, text: &str, part: Range<usize>) -> Parse {
    let lexed = lex_part(source, text, part);
    let layout = lay_out(source, &lexed.lexemes);
    let mut early = lexed.diagnostics;
    early.extend_from_slice(&layout.diagnostics);
    let builder = Builder::new(source, text, &lexed.docs);
    let mut reading =
        Reading { source, text, layout, parser: ItemParser::new(), builder, early, diagnostics: Vec::new() };
    let tree = Program { items: reading.items() };
    let mut diagnostics = reading.early;
    diagnostics.append(&mut reading.diagnostics);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span().start);
    Parse { tree, comments: lexed.comments, diagnostics, depth: reading.builder.depth }
}

struct Reading<'s> {
    source: SourceId,
    text: &'s str,
    layout: Layout,
    parser: ItemParser,
    builder: Builder<'s>,
    /// Messages about tokens and brackets: no second one is given for the statement that they are in.
    early: Vec<Diagnostic>,
    diagnostics: Vec<Diagnostic>,
}

impl Reading<'_> {
    fn items(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        let mut start = 0;
        while start < self.layout.lexemes.len() {
            let (item, end) = self.item(start);
            items.push(item);
            start = end + 1;
        }
        items
    }

    /// The item that begins at a token, and the separator or end behind it.
    fn item(&mut self, start: usize) -> (Item, usize) {
        let mut end = self.layout.statement_end(start);
        for _ in 0..FAULT_LIMIT {
            self.builder.restart();
            let (at, expected) = match self.attempt(start, end) {
                Ok(item) => {
                    let told = self.early.iter().any(|said| said.code == codes::TOO_DEEP);
                    let said = self.builder.diagnostics.drain(..);
                    self.diagnostics.extend(said.filter(|said| !told || said.code != codes::TOO_DEEP));
                    return (item, end);
                }
                Err(fault) => fault,
            };
            let (source, text) = (self.source, self.text);
            let fault = Fault { source, text, layout: &self.layout, start, end, at, expected };
            let recovery = recover(&fault);
            let place = recovery.place;
            if !self
                .early
                .iter()
                .any(|said| place.start <= said.span().start && said.span().start <= place.end)
            {
                self.diagnostics.push(recovery.diagnostic);
            }
            recovery.mend.apply(&mut self.layout);
            end = self.layout.statement_end(start);
        }
        let place = self.layout.span(self.source, start, end);
        let statement = Statement { doc: None, span: place, kind: StatementKind::Error };
        (Item { doc: None, span: place, kind: ItemKind::Statement(statement) }, end)
    }

    /// The item of these tokens; else the token that cannot stand where it does, and what could.
    fn attempt(&mut self, start: usize, end: usize) -> Result<Item, (usize, Vec<Token>)> {
        let last = Cell::new(start);
        let tokens = (start..end).filter(|at| self.layout.token(*at) != Token::Skipped).map(|at| {
            last.set(at);
            let lexeme = self.layout.lexemes[at];
            (lexeme.start, lexeme.token, lexeme.end)
        });
        self.parser.parse(&mut self.builder, tokens).map_err(|error| {
            let names = |expected: Vec<String>| {
                expected.iter().filter_map(|name| Token::from_name(name.trim_matches('"'))).collect()
            };
            match error {
                ParseError::UnrecognizedEof { expected, .. } => (end, names(expected)),
                ParseError::UnrecognizedToken { expected, .. } => (last.get(), names(expected)),
                ParseError::ExtraToken { .. } | ParseError::InvalidToken { .. } | ParseError::User { .. } => {
                    (last.get(), Vec::new())
                }
            }
        })
    }
}
