//! Faults that people make, one row each: a rule looks at the tokens around the fault and knows what was meant.

use super::Fault;
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::token::{Class, Token};

/// What a rule says.
pub struct Special {
    pub diagnostic: Diagnostic,
    /// The separator to leave out instead of giving up the statement.
    pub joins: Option<usize>,
}

/// The first rule that knows the fault.
pub fn apply(fault: &Fault) -> Option<Special> {
    if let Some(special) = brace_on_next_line(fault) {
        return Some(special);
    }
    let (code, message, help) = RULES.iter().find_map(|rule| rule(fault))?;
    let diagnostic = Diagnostic::error(code, fault.span(), message).help(help);
    Some(Special { diagnostic, joins: None })
}

type Said = Option<(Code, String, String)>;

fn said(code: Code, message: impl Into<String>, help: impl Into<String>) -> Said {
    Some((code, message.into(), help.into()))
}

const RULES: &[fn(&Fault) -> Said] = &[
    chained_comparison,
    record_instead_of_block,
    struct_in_braces,
    block_instead_of_record,
    entry_of_record,
    assignment_as_test,
    if_without_else,
    point_of_number,
    comma_between_fields,
    given_without_braces,
    loop_behind_value,
    loop_while,
    nested_declaration,
    word_of_other_language,
    word_as_name,
    two_values,
];

/// `model m` and on the next line `{`: the line break is left out.
fn brace_on_next_line(fault: &Fault) -> Option<Special> {
    let layout = fault.layout;
    let brace = layout.token(fault.at + 1);
    let separated = layout.token(fault.at) == Token::Separator && fault.found() == Token::Separator;
    if !separated
        || !fault.expects(Token::BraceOpen)
        || !matches!(brace, Token::BraceOpen | Token::RecordOpen)
    {
        return None;
    }
    let place = layout.span(fault.source, fault.at + 1, fault.at + 2);
    let message = "an opening brace stands on the line of its header";
    let help = "a line that begins with `{` is a new statement; move the brace up";
    let diagnostic = Diagnostic::error(codes::BRACE_ON_NEXT_LINE, place, message).help(help);
    Some(Special { diagnostic, joins: Some(fault.at) })
}

fn chained_comparison(fault: &Fault) -> Said {
    let is_comparison = |token: Token| token.class() == Class::Comparison;
    if !is_comparison(fault.found()) || !fault.previous().may_end() {
        return None;
    }
    let mut before = fault.backwards().map(|at| fault.layout.token(at));
    let chained =
        before.find(|token| is_comparison(*token) || matches!(token, Token::And | Token::Or | Token::Comma));
    if !chained.is_some_and(is_comparison) {
        return None;
    }
    said(codes::CHAINED_COMPARISON, "comparisons do not chain", "write `a < b && b < c`")
}

fn record_instead_of_block(fault: &Fault) -> Said {
    if fault.found() != Token::RecordOpen || !fault.expects(Token::BraceOpen) {
        return None;
    }
    let message = "a block must stand here, and this is a record";
    said(
        codes::NOT_A_RECORD,
        message,
        "a block whose value is a record has two pairs of braces: `{ {x: 1} }`",
    )
}

fn struct_in_braces(fault: &Fault) -> Said {
    let layout = fault.layout;
    let entry = layout.token(fault.at + 1).is_name() && layout.token(fault.at + 2) == Token::Assign;
    let braces = fault.found() == Token::RecordOpen || fault.found() == Token::BraceOpen && entry;
    if !braces || !fault.previous().is_name() && fault.previous() != Token::BracketClose {
        return None;
    }
    let mut before = fault.backwards().skip_while(|at| layout.token(*at) == Token::BracketOpen);
    let name = before.find(|at| layout.token(*at).is_name()).map_or("Point", |at| fault.written(at));
    let field = fault.written(fault.at + 1);
    said(codes::STRUCT_IN_BRACES, "a struct is built by call", format!("write `{name}({field} = ..)`"))
}

/// `{x = 1, y = 2}` and `{x, y}`.
fn block_instead_of_record(fault: &Fault) -> Said {
    let open = fault.bracket()?;
    if fault.layout.token(open) != Token::BraceOpen
        || !matches!(fault.found(), Token::Comma | Token::BraceClose)
    {
        return None;
    }
    let inside = || fault.layout.lexemes[open + 1..fault.at].iter().map(|lexeme| lexeme.token);
    let assigned = fault.found() == Token::Comma
        && inside().next().is_some_and(Token::is_name)
        && inside().nth(1) == Some(Token::Assign);
    let listed = inside().any(|token| token == Token::Comma)
        && inside().all(|token| token.is_name() || token == Token::Comma);
    if assigned {
        said(codes::NOT_A_RECORD, "these braces hold a block, not a record", "a record is `{x: 1, y: 2}`")
    } else if listed {
        said(codes::NOT_A_RECORD, "a record says the name of each value", "write `{x: x, y: y}`")
    } else {
        None
    }
}

fn entry_of_record(fault: &Fault) -> Said {
    if fault.layout.token(fault.bracket()?) != Token::RecordOpen
        || fault.layout.token(fault.start) == Token::Struct
    {
        return None;
    }
    match fault.found() {
        Token::Assign => {
            said(codes::NOT_A_RECORD, "an entry of a record is `name: value`", "write `:` for `=`")
        }
        Token::Separator if fault.at < fault.end => said(
            codes::NOT_A_RECORD,
            "the entries of a record are separated by commas",
            "write `{x: 1, y: 2}`",
        ),
        Token::Comma | Token::BraceClose if fault.expects(Token::Colon) => {
            said(codes::NOT_A_RECORD, "an entry of a record is `name: value`", "write `{x: x, y: y}`")
        }
        _ => None,
    }
}

fn assignment_as_test(fault: &Fault) -> Said {
    let mut before = fault.backwards().map(|at| fault.layout.token(at));
    let tests = |token| matches!(token, Token::If | Token::While | Token::Assert);
    if fault.found() != Token::Assign || !before.any(tests) {
        return None;
    }
    said(codes::ASSIGNMENT_AS_TEST, "`=` gives a value to a name", "to compare, write `==`")
}

fn if_without_else(fault: &Fault) -> Said {
    if fault.expected != [Token::Else] {
        return None;
    }
    let message = "this `if` has no value when its condition is false";
    said(codes::IF_WITHOUT_ELSE, message, "an `if` that is a value ends with `else { .. }`")
}

/// `5.` and `.5`.
fn point_of_number(fault: &Fault) -> Said {
    let layout = fault.layout;
    let touch = |left: usize, right: usize| layout.lexemes[left].end == layout.lexemes[right].start;
    let point = fault.before(fault.at);
    let behind = layout.token(point) == Token::Dot && {
        let digits = fault.before(point);
        layout.token(digits) == Token::Integer && touch(digits, point)
    };
    let next = fault.at + 1;
    let ahead = fault.found() == Token::Dot && layout.token(next) == Token::Integer && touch(fault.at, next);
    if !behind && !ahead {
        return None;
    }
    said(codes::BAD_NUMBER, "a number has digits on both sides of its point", "write `5.0` and `0.5`")
}

fn comma_between_fields(fault: &Fault) -> Said {
    let in_struct =
        fault.layout.token(fault.start) == Token::Struct && fault.layout.token(fault.start + 1).is_name();
    if !in_struct
        || fault.found() != Token::Comma
        || fault.bracket().map(|open| fault.is_list_of_statements(open, fault.start)) != Some(true)
    {
        return None;
    }
    let message = "the fields of a struct are not separated by commas";
    said(codes::UNEXPECTED_TOKEN, message, "give each its line, or write `;` between them")
}

/// `m given y` and `m given {y: 1}`.
fn given_without_braces(fault: &Fault) -> Said {
    let open = fault.before(fault.at);
    let bare = fault.previous() == Token::Given && fault.found().is_name();
    let record = fault.found() == Token::Colon
        && fault.bracket().is_some_and(|open| fault.layout.token(fault.before(open)) == Token::Given);
    if bare {
        let help = format!("write `given {{{}}}`", fault.written(fault.at));
        return said(codes::UNEXPECTED_TOKEN, "what is given stands in braces", help);
    }
    if !record {
        return None;
    }
    let help = format!("write `given {{{} = ..}}`", fault.written(open));
    said(codes::UNEXPECTED_TOKEN, "what is given has its value after `=`", help)
}

/// `[e for i in N]`
fn loop_behind_value(fault: &Fault) -> Said {
    if fault.found() != Token::For || !fault.previous().may_end() || fault.bracket().is_none() {
        return None;
    }
    said(codes::UNEXPECTED_TOKEN, "the loop stands before what it computes", "write `[for i in N: e]`")
}

fn loop_while(fault: &Fault) -> Said {
    if fault.found() != Token::While || fault.previous().may_end() {
        return None;
    }
    let help = "a loop that ends by a condition is `iterate(s = s0, while c: e)`";
    said(codes::UNEXPECTED_TOKEN, "`while` begins no statement", help)
}

fn nested_declaration(fault: &Fault) -> Said {
    let word = fault.before(fault.at);
    let token = fault.layout.token(word);
    let outside = fault.layout.token(fault.before(word));
    let first = word == fault.start || matches!(outside, Token::Separator | Token::BraceOpen);
    let declares = token == Token::Fn || token.class() == Class::Leading;
    if !first || !declares || !fault.found().is_name() || fault.bracket().is_none() {
        return None;
    }
    let message = format!("`{}` declares something, and stands only at the top level", token.name());
    let help =
        if token == Token::Fn { "in a block, write `let f = fn(x) = e`" } else { "move it out of the block" };
    said(codes::NESTED_DECLARATION, message, help)
}

/// Words of other languages, and what to write for them.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("and", "both is `a && b`"),
    ("or", "either is `a || b`"),
    ("not", "the opposite is `!a`"),
    ("return", "the value of a block is its last expression, without a word before it"),
    ("def", "a function is declared by `fn`"),
    ("func", "a function is declared by `fn`"),
    ("function", "a function is declared by `fn`"),
    ("import", "a module is named by `use`"),
    ("const", "a constant is declared by `let`"),
    ("mut", "what changes is declared by `var`"),
    ("elif", "write `else if`"),
    ("elseif", "write `else if`"),
    ("then", "the branches of an `if` stand in braces"),
];

fn word_of_other_language(fault: &Fault) -> Said {
    let before = fault.before(fault.at);
    let candidates = [(fault.at < fault.end).then_some(fault.at), (before < fault.at).then_some(before)];
    candidates.into_iter().flatten().find_map(|at| {
        let word = fault.written(at);
        let (_, help) = OTHER_WORDS.iter().find(|row| row.0 == word)?;
        said(codes::TWO_VALUES, format!("`{word}` is not a word of the language"), *help)
    })
}

fn word_as_name(fault: &Fault) -> Said {
    let word = fault.found();
    let hard = word.class() == Class::Hard || matches!(word, Token::True | Token::False);
    if !hard || !fault.expects(Token::Name) || fault.expects(Token::Integer) {
        return None;
    }
    let message = format!("`{}` is a word of the language, never a name", word.name());
    said(codes::WORD_AS_NAME, message, "choose another name")
}

fn two_values(fault: &Fault) -> Said {
    let found = fault.found();
    let value = found.is_name()
        || found.class() == Class::Value
        || matches!(found, Token::Fn | Token::If | Token::Expect | Token::RecordOpen | Token::BraceOpen);
    if !value || !fault.previous().may_end() || !fault.expects(Token::Plus) {
        return None;
    }
    let before = fault.before(fault.at);
    let touch = fault.layout.lexemes[before].end == fault.layout.lexemes[fault.at].start;
    let help = if fault.previous().is_number() && touch {
        format!("a product is written `{} * {}`", fault.written(before), fault.written(fault.at))
    } else {
        "write an operator or a comma between them, or begin a new line".to_string()
    };
    said(codes::TWO_VALUES, "a value cannot follow a value", help)
}
