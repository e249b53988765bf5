//! The message where no rule knows better: what stands there, and in a few words what could.

use super::Fault;
use crate::diagnostic::{Diagnostic, codes};
use crate::token::{Class, Token};

/// Says that a token cannot stand where it does.
pub fn unexpected(fault: &Fault) -> Diagnostic {
    let found = found(fault);
    let message = if fault.is_at_end() {
        "this is not complete".to_string()
    } else {
        format!("{found} cannot stand here")
    };
    let diagnostic = Diagnostic::error(codes::UNEXPECTED_TOKEN, fault.span(), message).found(found);
    let expected = expected(fault);
    if expected.is_empty() { diagnostic } else { diagnostic.expected(expected) }
}

fn found(fault: &Fault) -> String {
    let at = fault.at;
    if at >= fault.layout.lexemes.len() {
        return "the end of the file".to_string();
    }
    let written = fault.written(at);
    match fault.layout.token(at) {
        Token::Separator if written == ";" => "`;`".to_string(),
        Token::Separator => "the end of the line".to_string(),
        Token::BraceClose if fault.is_at_end() => "the end of the block".to_string(),
        Token::Name => format!("the name `{written}`"),
        token if token.is_number() => format!("the number `{written}`"),
        Token::Text => "a text".to_string(),
        token if token.closes() && written.is_empty() => "the end of what the bracket holds".to_string(),
        _ => format!("`{written}`"),
    }
}

/// A group of tokens that is said in two words where all that name it are possible.
struct Group {
    sign: Token,
    words: &'static str,
    holds: fn(Token) -> bool,
}

const GROUPS: &[Group] = &[
    Group { sign: Token::Let, words: "a statement", holds: begins_statement },
    Group { sign: Token::Integer, words: "an expression", holds: begins_expression },
    Group { sign: Token::Name, words: "a name", holds: Token::is_name },
    Group { sign: Token::Plus, words: "an operator", holds: continues_expression },
    Group { sign: Token::Separator, words: "the end of the statement", holds: ends_statement },
];

fn begins_statement(token: Token) -> bool {
    begins_expression(token) || token.class() == Class::Hard
}

fn begins_expression(token: Token) -> bool {
    token.is_name()
        || token.class() == Class::Value
        || matches!(token, Token::Fault | Token::Fn | Token::If | Token::Expect | Token::Minus | Token::Bang)
        || token.opens()
}

fn continues_expression(token: Token) -> bool {
    matches!(token.class(), Class::Operator | Class::Comparison)
        || matches!(token, Token::ParenOpen | Token::BracketOpen | Token::Dot | Token::Given | Token::Under)
}

fn ends_statement(token: Token) -> bool {
    token == Token::Separator
}

/// What could stand there, in a few words.
fn expected(fault: &Fault) -> String {
    let mut left: Vec<Token> =
        fault.expected.iter().copied().filter(|token| *token != Token::Fault).collect();
    if fault.at < fault.end && fault.bracket().is_none() && left.contains(&Token::Plus) {
        left.push(Token::Separator);
    }
    let mut words = Vec::new();
    for group in GROUPS {
        if left.contains(&group.sign) {
            words.push(group.words.to_string());
            left.retain(|token| !(group.holds)(*token));
        }
    }
    words.extend(left.iter().map(|token| match token {
        Token::RecordOpen => "`{`".to_string(),
        Token::UnitOpen => "a unit".to_string(),
        Token::Text => "a text".to_string(),
        token => format!("`{}`", token.name()),
    }));
    words.dedup();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}
