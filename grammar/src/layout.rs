//! Tokens to tokens that a grammar with one token of sight can read: brackets are matched, line breaks are dropped or
//! become separators, `{` that begins a record becomes `{:`, and `<`, `>` around a unit become brackets.
//!
//! A closing bracket that closes nothing is dropped, a missing one is put in, each with a message.

use crate::diagnostic::{Diagnostic, codes};
use crate::lexer::Lexeme;
use crate::span::{SourceId, Span};
use crate::token::{Class, Token};
use crate::tree::DEPTH_LIMIT;

/// Tokens as the grammar reads them: brackets in pairs, no line breaks, no empty statements.
#[derive(Debug, Default)]
pub struct Layout {
    /// The tokens.
    pub lexemes: Vec<Lexeme>,
    /// For a bracket the index of its partner; for others their own index.
    pub partner: Vec<u32>,
    /// Brackets that do not match.
    pub diagnostics: Vec<Diagnostic>,
}

/// Lays out the tokens of one text.
pub fn lay_out(source: SourceId, lexemes: &[Lexeme]) -> Layout {
    let mut pass = Pass { source, input: lexemes, output: Layout::default(), open: Vec::new(), skipping: 0 };
    for at in 0..lexemes.len() {
        pass.step(at);
    }
    pass.close_down_to(0, None);
    let mut layout = pass.output;
    for at in 0..layout.lexemes.len() {
        if layout.begins_record(at) {
            layout.lexemes[at].token = Token::RecordOpen;
        }
    }
    layout
}

struct Pass<'l> {
    source: SourceId,
    input: &'l [Lexeme],
    output: Layout,
    /// Open brackets, as indices into the output.
    open: Vec<usize>,
    /// How many brackets are open beyond the depth limit; their content is left out.
    skipping: u32,
}

impl Pass<'_> {
    fn step(&mut self, at: usize) {
        let lexeme = self.input[at];
        if self.skipping > 0 {
            self.skip(lexeme.token);
        } else if lexeme.token == Token::Newline {
            self.line_break(at);
        } else if lexeme.token == Token::Separator {
            self.separate(lexeme);
        } else if lexeme.token.opens() {
            self.open(lexeme);
        } else if lexeme.token.closes() {
            self.close(lexeme);
        } else {
            self.push(Lexeme { token: self.unit_bracket(at), ..lexeme });
        }
    }

    fn push(&mut self, lexeme: Lexeme) {
        self.output.partner.push(self.output.lexemes.len() as u32);
        self.output.lexemes.push(lexeme);
    }

    fn error(&mut self, diagnostic: Diagnostic) {
        self.output.diagnostics.push(diagnostic);
    }

    fn span(&self, lexeme: Lexeme) -> Span {
        Span::new(self.source, lexeme.start, lexeme.end)
    }

    // ---- brackets ----

    fn innermost(&self) -> Option<Token> {
        self.open.last().map(|at| self.output.lexemes[*at].token)
    }

    fn open(&mut self, lexeme: Lexeme) {
        if self.open.len() as u32 >= DEPTH_LIMIT {
            if !self.output.diagnostics.iter().any(|said| said.code == codes::TOO_DEEP) {
                let message = format!("more than {DEPTH_LIMIT} brackets are open here");
                let help = "name parts of it with `let`";
                self.error(Diagnostic::error(codes::TOO_DEEP, self.span(lexeme), message).help(help));
            }
            self.push(Lexeme { token: Token::Fault, ..lexeme });
            self.skipping = 1;
        } else {
            self.open.push(self.output.lexemes.len());
            self.push(lexeme);
        }
    }

    fn skip(&mut self, token: Token) {
        if token.opens() {
            self.skipping += 1;
        } else if token.closes() {
            self.skipping -= 1;
        }
    }

    fn close(&mut self, lexeme: Lexeme) {
        let opens = |at: &usize| self.output.lexemes[*at].token.closer() == Some(lexeme.token);
        match self.open.iter().rposition(opens) {
            Some(level) => {
                self.close_down_to(level + 1, Some(lexeme));
                self.pair(lexeme);
            }
            None => {
                let message = format!("this `{}` closes nothing", lexeme.token.name());
                let help = "take it out, or open it before";
                self.error(Diagnostic::error(codes::STRAY_BRACKET, self.span(lexeme), message).help(help));
            }
        }
    }

    /// Puts in the closing brackets that are missing above `level`, before `because` or at the end of the text. One
    /// message for all of them, at the innermost.
    fn close_down_to(&mut self, level: usize, because: Option<Lexeme>) {
        if self.open.len() <= level {
            return;
        }
        let outer = self.open.len() - level - 1;
        let opener = self.output.lexemes[*self.open.last().expect("there is one above the level")];
        let missing = opener.token.closer().expect("only brackets are open").name();
        let mut message = format!("this `{}` is never closed", opener.token.name());
        match outer {
            0 => {}
            1 => message += ", nor is the bracket around it",
            _ => message += &format!(", nor are the {outer} brackets around it"),
        }
        let mut diagnostic = Diagnostic::error(codes::UNCLOSED_BRACKET, self.span(opener), message);
        if let Some(because) = because {
            diagnostic = diagnostic.label(self.span(because), format!("`{missing}` is missing before this"));
        }
        self.error(diagnostic.expected(format!("`{missing}`")));
        let end = self.output.lexemes.last().map_or(0, |last| last.end);
        while self.open.len() > level {
            let opener = self.output.lexemes[self.open[self.open.len() - 1]];
            let token = opener.token.closer().expect("only brackets are open");
            self.pair(Lexeme { token, start: end, end });
        }
    }

    /// Closes the innermost bracket.
    fn pair(&mut self, closer: Lexeme) {
        if closer.token == Token::BraceClose && self.after_separator() {
            self.output.lexemes.pop();
            self.output.partner.pop();
        }
        let opener = self.open.pop().expect("a bracket is open");
        let at = self.output.lexemes.len();
        self.push(closer);
        self.output.partner[opener] = at as u32;
        self.output.partner[at] = opener as u32;
    }

    // ---- line breaks ----

    fn after_separator(&self) -> bool {
        self.output.lexemes.last().is_some_and(|last| last.token == Token::Separator)
    }

    fn separate(&mut self, lexeme: Lexeme) {
        let nothing_before = self.output.lexemes.last().is_none_or(|last| last.token == Token::BraceOpen);
        if !nothing_before && !self.after_separator() {
            self.push(Lexeme { token: Token::Separator, ..lexeme });
        }
    }

    fn line_break(&mut self, at: usize) {
        let Some(next) = self.input[at..].iter().position(|lexeme| lexeme.token != Token::Newline) else {
            return;
        };
        let next = at + next;
        self.close_before(next);
        let inside = matches!(self.innermost(), Some(Token::ParenOpen | Token::BracketOpen));
        let before = self.output.lexemes.last().is_some_and(|last| last.token.may_end());
        let breaks = before && self.input[next].token.may_begin() && !self.joins(next);
        if !inside && (breaks || self.begins_statement(next)) {
            self.separate(self.input[at]);
        }
    }

    /// Closes what cannot be open at the start of a line: `(` and `[` before a statement, all before a declaration at
    /// the margin.
    fn close_before(&mut self, next: usize) {
        let lexeme = self.input[next];
        let at_margin = self.input[next - 1].end == lexeme.start;
        let level = if at_margin && self.begins_declaration(next) {
            0
        } else if self.begins_statement(next) {
            let brace = |at: &usize| self.output.lexemes[*at].token == Token::BraceOpen;
            self.open.iter().rposition(brace).map_or(0, |level| level + 1)
        } else {
            return;
        };
        self.close_down_to(level, Some(lexeme));
    }

    fn token(&self, at: usize) -> Token {
        self.input.get(at).map_or(Token::Newline, |lexeme| lexeme.token)
    }

    /// Whether a statement certainly begins here, whatever is open.
    fn begins_statement(&self, at: usize) -> bool {
        use Token::{Assert, Factor, Let, Observe, Print, Var};
        let named = self.token(at + 1).is_name();
        let token = self.token(at);
        matches!(token, Let | Var | Print | Assert | Observe | Factor)
            || named && (token.class() == Class::Leading || token == Token::Fn)
    }

    /// Whether a declaration begins here that may only stand at the top level.
    fn begins_declaration(&self, at: usize) -> bool {
        let statement = matches!(self.token(at), Token::Param | Token::Allow | Token::Track | Token::Plot);
        let word = self.token(at) == Token::Fn || self.token(at).class() == Class::Leading && !statement;
        word && self.token(at + 1).is_name()
    }

    /// Whether a line that begins here continues the one before: `by reparam`, `with {`.
    fn joins(&self, at: usize) -> bool {
        let next = self.token(at + 1);
        self.token(at).class() == Class::Joining
            && (next.is_name() || next.is_number() || next == Token::BraceOpen)
    }

    // ---- units ----

    /// `<` and `>` are brackets in `real<m/s^2>`: the first stands directly after a name, between them are only names,
    /// integers and `* / ^ -`, and no operand follows.
    fn unit_bracket(&self, at: usize) -> Token {
        match self.input[at].token {
            Token::Less if self.unit_end(at).is_some() => Token::UnitOpen,
            Token::Greater if self.unit_start(at).is_some_and(|start| self.unit_end(start) == Some(at)) => {
                Token::UnitClose
            }
            token => token,
        }
    }

    fn unit_end(&self, open: usize) -> Option<usize> {
        let name = self.input.get(open.checked_sub(1)?)?;
        let adjacent = name.token.is_name() && name.end == self.input[open].start;
        let inside = self.input[open + 1..].iter().take_while(|lexeme| is_of_unit(lexeme.token)).count();
        let close = open + 1 + inside;
        let after = self.token(close + 1);
        let operand = after.is_name()
            || matches!(after.class(), Class::Value | Class::Hard)
            || matches!(after, Token::ParenOpen | Token::Minus | Token::Bang);
        let is_unit = adjacent && inside > 0 && self.token(close) == Token::Greater && !operand;
        is_unit.then_some(close)
    }

    fn unit_start(&self, close: usize) -> Option<usize> {
        let inside = self.input[..close].iter().rev().take_while(|lexeme| is_of_unit(lexeme.token)).count();
        let open = close.checked_sub(inside + 1)?;
        (self.input[open].token == Token::Less).then_some(open)
    }
}

fn is_of_unit(token: Token) -> bool {
    token.is_name()
        || matches!(token, Token::Integer | Token::Star | Token::Slash | Token::Caret | Token::Minus)
}

impl Layout {
    /// The token at an index; `Skipped` beyond the end.
    pub fn token(&self, at: usize) -> Token {
        self.lexemes.get(at).map_or(Token::Skipped, |lexeme| lexeme.token)
    }

    /// The separator behind the statement that begins at an index; else the bracket or end behind it.
    pub fn statement_end(&self, start: usize) -> usize {
        let mut at = start;
        loop {
            match self.token(at) {
                Token::Separator => return at,
                token if token.closes() || at >= self.lexemes.len() => return at,
                token if token.opens() => at = self.partner[at] as usize + 1,
                _ => at += 1,
            }
        }
    }

    /// The place of some tokens, at least one.
    pub fn span(&self, source: SourceId, start: usize, end: usize) -> Span {
        Span::new(source, self.lexemes[start].start, self.lexemes[end - 1].end)
    }

    /// Whether the brace at an index begins a record: `..` follows, or a name and `:` that is not a typed site.
    fn begins_record(&self, at: usize) -> bool {
        let listing = at > 0 && matches!(self.token(at - 1), Token::Given | Token::Let);
        if self.token(at) != Token::BraceOpen || listing {
            return false;
        }
        let named = self.token(at + 1).is_name() && self.token(at + 2) == Token::Colon;
        self.token(at + 1) == Token::DotDot || named && !self.draws_before_separator(at + 3)
    }

    /// Whether `~` comes before the end of the entry or statement that goes on here. That of an `expect` does not count.
    fn draws_before_separator(&self, mut at: usize) -> bool {
        loop {
            match self.token(at) {
                Token::Tilde => return true,
                Token::Comma | Token::Separator | Token::Expect | Token::Skipped => return false,
                token if token.closes() => return false,
                token if token.opens() => at = self.partner[at] as usize + 1,
                _ => at += 1,
            }
        }
    }
}
