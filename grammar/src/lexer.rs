//! Text to tokens. Comments go beside them; what no token begins with is reported and left out.

use crate::diagnostic::{Diagnostic, codes};
use crate::span::{SourceId, Span};
use crate::token::Token;
use logos::Logos;
use std::ops::Range;
use std::sync::Arc;

/// A token where it is written, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lexeme {
    /// What it is.
    pub token: Token,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A comment, with its slashes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comment {
    /// Where it is written.
    pub span: Span,
    /// Whether it documents the declaration below it.
    pub doc: bool,
}

/// A text as tokens.
#[derive(Debug, Default)]
pub struct Lexed {
    /// All tokens, line breaks among them.
    pub lexemes: Vec<Lexeme>,
    /// All comments.
    pub comments: Vec<Comment>,
    /// Doc comments by the start of the token that they stand before.
    pub docs: Vec<(u32, Arc<str>)>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// The signs of other languages: what is read in their place, and what to write.
const FOREIGN: &[(&str, Token, &str)] = &[
    ("%", Token::Star, "the remainder is `mod(a, b)`"),
    ("**", Token::Caret, "a power is `a ^ b`"),
    ("-=", Token::AddAssign, "write `a += -b`, or `a = a - b`"),
    ("*=", Token::AddAssign, "write `a = a * b`"),
    ("/=", Token::AddAssign, "write `a = a / b`, or `a != b` if a comparison is meant"),
    ("++", Token::Plus, "write `a += 1`, or `concat(a, b)`"),
    (
        ":=",
        Token::Assign,
        "a name is given by `let x = e`, and changed by `x = e` if it was declared by `var`",
    ),
    ("=>", Token::Assign, "a lambda is `fn(x) = e`"),
    ("&", Token::And, "both is `a && b`"),
    ("|", Token::Or, "either is `a || b`"),
];

/// The tokens of a text.
pub fn lex(source: SourceId, text: &str) -> Lexed {
    lex_part(source, text, 0..text.len())
}

/// The tokens of a part of a text, at their places in the whole.
pub fn lex_part(source: SourceId, text: &str, part: Range<usize>) -> Lexed {
    let mut lexing = Lexing { text, lexed: Lexed::default(), doc: None };
    for (token, range) in Token::lexer(&text[part.clone()]).spanned() {
        let place = |byte: usize| (part.start + byte) as u32;
        let span = Span::new(source, place(range.start), place(range.end));
        match token {
            Ok(Token::Comment) => lexing.comment(span),
            Ok(Token::Foreign) => lexing.foreign(span),
            Ok(Token::OpenText) => lexing.unclosed(span),
            Ok(token) => lexing.push(token, span),
            Err(()) => lexing.unknown(span),
        }
    }
    lexing.lexed
}

struct Lexing<'s> {
    text: &'s str,
    lexed: Lexed,
    /// The doc lines since the last token.
    doc: Option<String>,
}

impl Lexing<'_> {
    fn push(&mut self, token: Token, span: Span) {
        if token != Token::Newline
            && let Some(doc) = self.doc.take()
        {
            self.lexed.docs.push((span.start, doc.into()));
        }
        self.lexed.lexemes.push(Lexeme { token, start: span.start, end: span.end });
    }

    fn comment(&mut self, span: Span) {
        let text = &self.text[span.range()];
        let mut tokens = self.lexed.lexemes.iter().rev().map(|lexeme| lexeme.token);
        let before = tokens.clone().next().unwrap_or(Token::Newline);
        // Semicolons that begin a line stand for nothing, as do those that the formatter leaves out.
        let begins =
            tokens.find(|token| *token != Token::Separator).is_none_or(|token| token == Token::Newline);
        let doc = text.starts_with("///") && begins;
        self.lexed.comments.push(Comment { span, doc });
        if doc {
            let line = text[3..].trim_end();
            let line = line.strip_prefix(' ').unwrap_or(line);
            match &mut self.doc {
                Some(lines) => {
                    lines.push('\n');
                    lines.push_str(line);
                }
                None => self.doc = Some(line.to_string()),
            }
        } else if before.may_end() && looks_like_divisor(&text[2..]) {
            let message = "this is a comment, not a division";
            let help = "`//` begins a comment; the quotient of integers, rounded down, is `div(a, b)`";
            self.lexed
                .diagnostics
                .push(Diagnostic::warning(codes::COMMENT_AS_DIVISION, span, message).help(help));
        }
    }

    fn foreign(&mut self, span: Span) {
        let text = &self.text[span.range()];
        let (_, token, help) =
            FOREIGN.iter().find(|row| row.0 == text).expect("every foreign sign has a row");
        let message = format!("`{text}` is not a sign of the language");
        self.lexed.diagnostics.push(Diagnostic::error(codes::FOREIGN_SIGN, span, message).help(*help));
        self.push(*token, span);
    }

    fn same_line(&self, said: &Diagnostic, span: Span) -> bool {
        !self.text[said.span().range().start..span.range().start].contains('\n')
    }

    /// One message for a run of characters, and for the same character again on a line.
    fn unknown(&mut self, span: Span) {
        if let Some(last) = self.lexed.diagnostics.last_mut()
            && last.code == codes::UNKNOWN_CHARACTER
            && last.span().end == span.start
        {
            let whole = last.span().to(span);
            last.labels[0].span = whole;
            last.message = unknown_message(&self.text[whole.range()]);
            return;
        }
        let text = &self.text[span.range()];
        let message = unknown_message(text);
        if self
            .lexed
            .diagnostics
            .last()
            .is_some_and(|last| last.message == message && self.same_line(last, span))
        {
            return;
        }
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_CHARACTER, span, message);
        diagnostic.help = help_for(text).map(str::to_string);
        self.lexed.diagnostics.push(diagnostic);
    }

    /// A text without its end: it is taken to end with the line.
    fn unclosed(&mut self, span: Span) {
        let diagnostic = Diagnostic::error(codes::BAD_TEXT, span, "this text is not closed on its line");
        self.lexed
            .diagnostics
            .push(diagnostic.help("a text ends with `\"`; a line break in it is written `\\n`"));
        self.push(Token::Text, span);
    }
}

fn unknown_message(text: &str) -> String {
    format!("`{text}` begins no word or sign")
}

fn help_for(character: &str) -> Option<&'static str> {
    match character {
        "'" => Some("a text stands between `\"`; the transpose of `A` is `A.T`"),
        "#" => Some("a comment begins with `//`"),
        "“" | "”" | "„" | "‘" | "’" => Some("a text stands between straight quotes, `\"`"),
        "−" | "–" => Some("minus is `-`"),
        "×" | "·" => Some("a product is `a * b`"),
        "≤" => Some("write `<=`"),
        "≥" => Some("write `>=`"),
        "≠" => Some("write `!=`"),
        _ => None,
    }
}

/// Whether a comment after an operand is only a number: `n // 2`.
fn looks_like_divisor(comment: &str) -> bool {
    let comment = comment.trim().trim_end_matches([')', ']', '}', ',']);
    !comment.is_empty() && comment.bytes().all(|byte| byte.is_ascii_digit())
}
