//! What to do where the grammar stops: say what is wrong, and take the smallest statement around it out of the way.
//!
//! Brackets are in pairs here, so a fault never reaches beyond its statement, and the statements beside it are kept.

mod describe;
mod rules;

use crate::diagnostic::Diagnostic;
use crate::layout::Layout;
use crate::span::{SourceId, Span};
use crate::token::Token;
use std::ops::Range;

/// Where the grammar stopped.
pub struct Fault<'l> {
    pub source: SourceId,
    pub text: &'l str,
    pub layout: &'l Layout,
    /// The first token of the top-level statement.
    pub start: usize,
    /// One past its last token.
    pub end: usize,
    /// The token that cannot stand where it does; `end` if the statement is not complete.
    pub at: usize,
    /// What could stand there instead.
    pub expected: Vec<Token>,
}

/// A message and a way to go on.
pub struct Recovery {
    pub diagnostic: Diagnostic,
    pub mend: Mend,
    /// The text that the mend concerns.
    pub place: Span,
}

/// A change of the tokens after which the grammar gets further.
pub enum Mend {
    /// Tokens become one `fault`.
    Replace(Range<usize>),
    /// A separator is left out.
    Join(usize),
}

impl Mend {
    /// Changes the tokens.
    pub fn apply(self, layout: &mut Layout) {
        match self {
            Self::Replace(tokens) => {
                let end = layout.lexemes[tokens.end - 1].end;
                for at in tokens.clone() {
                    layout.lexemes[at].token = Token::Skipped;
                }
                let first = &mut layout.lexemes[tokens.start];
                first.token = Token::Fault;
                first.end = end;
            }
            Self::Join(separator) => layout.lexemes[separator].token = Token::Skipped,
        }
    }
}

/// The message for a fault, and how to go on after it.
pub fn recover(fault: &Fault) -> Recovery {
    let (diagnostic, joins) = match rules::apply(fault) {
        Some(special) => (special.diagnostic, special.joins),
        None => (describe::unexpected(fault), None),
    };
    let statement = fault.statement();
    let place = fault.layout.span(fault.source, statement.start, statement.end);
    let mend = match joins {
        Some(separator) => Mend::Join(separator),
        None => Mend::Replace(statement),
    };
    Recovery { diagnostic, mend, place }
}

impl Fault<'_> {
    /// The tokens of the smallest statement around the fault; without its body, if the fault is in the header before it.
    fn statement(&self) -> Range<usize> {
        let whole = self.start..self.end;
        let found = self.narrow(whole.clone()).unwrap_or(whole);
        let Some(body) = self.body_of(&found) else { return found };
        let header = found.start..body;
        if self.at <= body && !self.is_only_fault(&header) { header } else { found }
    }

    /// The smallest statement within one statement, if any is smaller and not a fault already.
    fn narrow(&self, statement: Range<usize>) -> Option<Range<usize>> {
        let layout = self.layout;
        let mut at = statement.start;
        while at < statement.end {
            let close = layout.partner[at] as usize;
            if !layout.token(at).opens() || close < self.at {
                at = close.max(at) + 1;
            } else if at < self.at && self.is_list_of_statements(at, statement.start) {
                return self.narrow_list(at + 1, close);
            } else {
                at += 1;
            }
        }
        None
    }

    /// The smallest statement within a list of statements.
    fn narrow_list(&self, mut start: usize, close: usize) -> Option<Range<usize>> {
        loop {
            let end = self.layout.statement_end(start).min(close);
            if self.at <= end || end == close {
                let statement = start..end;
                return self
                    .narrow(statement.clone())
                    .or_else(|| (!self.is_only_fault(&statement)).then_some(statement));
            }
            start = end + 1;
        }
    }

    fn is_only_fault(&self, tokens: &Range<usize>) -> bool {
        tokens.clone().all(|at| matches!(self.layout.token(at), Token::Fault | Token::Skipped))
    }

    /// Whether the brace at `open`, in the statement that begins at `start`, holds statements, fields or entries.
    fn is_list_of_statements(&self, open: usize, start: usize) -> bool {
        match self.layout.token(open) {
            Token::BraceOpen => !matches!(self.layout.token(self.before(open)), Token::Given | Token::Let),
            Token::RecordOpen => self.declares(start, Token::Struct),
            _ => false,
        }
    }

    /// Whether the declaration that this word begins starts at a token.
    fn declares(&self, start: usize, word: Token) -> bool {
        self.layout.token(start) == word && self.layout.token(start + 1).is_name()
    }

    /// Where the block begins with which a statement ends.
    fn body_of(&self, statement: &Range<usize>) -> Option<usize> {
        let last = statement.end.checked_sub(1)?;
        let open = self.layout.partner[last] as usize;
        let block = self.layout.token(last) == Token::BraceClose
            && self.layout.token(open) == Token::BraceOpen
            && self.is_list_of_statements(open, statement.start)
            && !self.declares(statement.start, Token::Struct);
        (block && open > statement.start).then_some(open)
    }

    // ---- what rules ask ----

    /// The token that cannot stand where it does.
    fn found(&self) -> Token {
        if self.at < self.end { self.layout.token(self.at) } else { Token::Separator }
    }

    /// The last token before one; itself at the start.
    fn before(&self, at: usize) -> usize {
        (self.start..at).rev().find(|at| self.layout.token(*at) != Token::Skipped).unwrap_or(at)
    }

    fn previous(&self) -> Token {
        let before = self.before(self.at);
        if before < self.at { self.layout.token(before) } else { Token::Skipped }
    }

    fn expects(&self, token: Token) -> bool {
        self.expected.contains(&token)
    }

    fn written(&self, at: usize) -> &str {
        let lexeme = self.layout.lexemes[at];
        &self.text[lexeme.start as usize..lexeme.end as usize]
    }

    /// Whether the statement ends here and is not complete.
    fn is_at_end(&self) -> bool {
        let list_ends = |open: usize| self.is_list_of_statements(open, self.start);
        match self.found() {
            Token::Separator => true,
            Token::BraceClose => list_ends(self.layout.partner[self.at] as usize),
            _ => false,
        }
    }

    /// The place of the fault; behind the last token, if the statement is not complete.
    fn span(&self) -> Span {
        if !self.is_at_end() {
            self.layout.span(self.source, self.at, self.at + 1)
        } else {
            let before = self.before(self.at);
            self.layout.span(self.source, before, before + 1).after()
        }
    }

    /// The tokens before the fault in its bracket and statement, last first; groups in brackets are passed over. The
    /// bracket around them comes last.
    fn backwards(&self) -> impl Iterator<Item = usize> {
        let mut next = self.at;
        std::iter::from_fn(move || {
            if next == self.start {
                return None;
            }
            next -= 1;
            let token = self.layout.token(next);
            if token.closes() {
                next = self.layout.partner[next] as usize;
            }
            let here = next;
            if token.opens() || token == Token::Separator {
                next = self.start;
            }
            Some(here)
        })
    }

    /// The bracket that the fault is in.
    fn bracket(&self) -> Option<usize> {
        let mut around = (self.start..self.at).rev();
        around.find(|at| self.layout.token(*at).opens() && self.layout.partner[*at] as usize >= self.at)
    }
}
