//! Texts changed a little: by bytes, by tokens, by lines.

use crate::generate::chance::Chance;
use ansatz_grammar::lexer::lex;
use ansatz_grammar::span::SourceId;

/// What is put in somewhere.
const PIECES: &[&str] = &[
    "}",
    "{",
    "(",
    ")",
    "[",
    "]",
    "\n",
    ";",
    "=",
    "~",
    ":",
    ",",
    "..",
    "->",
    "-",
    "+",
    "^",
    "@",
    "?",
    "!",
    "<",
    ">",
    "fn ",
    "model m ",
    "let ",
    "data ",
    "if ",
    "else ",
    "for i in N ",
    " given {y}",
    " by x",
    " emit s",
    " within 2 se",
    "\"",
    "é",
    "\u{0}",
    "\r\n",
    "\u{feff}",
    "//",
    "///",
    "// c\n",
    "1e999",
    "99999999999999999999",
    "0..",
    "1000000000000",
    "x",
    "y[i]",
    "true",
    "\t",
    "\\",
    "real<m/s>",
    "{x: 1}",
    "flat()",
    "normal(0, 1)",
    "[N]",
    " as x",
];

/// One change.
pub fn mutate(text: &str, texts: &[String], chance: &mut Chance) -> String {
    match chance.below(6) {
        0 => bytes(text, chance),
        1 | 2 => tokens(text, chance),
        3 => lines(text, texts, chance),
        4 => put_in(text, chance),
        _ => repeated(text, chance),
    }
}

/// A byte changes; what is no text any more is replaced, as by whoever reads the file.
fn bytes(text: &str, chance: &mut Chance) -> String {
    let mut bytes = text.as_bytes().to_vec();
    if !bytes.is_empty() {
        let at = chance.below(bytes.len());
        bytes[at] = chance.word() as u8;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A token goes, comes twice, or changes places with another.
fn tokens(text: &str, chance: &mut Chance) -> String {
    let lexed = lex(SourceId(0), text);
    if lexed.lexemes.is_empty() {
        return text.to_string();
    }
    let mut pick = || {
        let lexeme = lexed.lexemes[chance.below(lexed.lexemes.len())];
        (lexeme.start as usize, lexeme.end as usize)
    };
    let (one, other) = (pick(), pick());
    let written = |(start, end): (usize, usize)| &text[start..end];
    match chance.below(4) {
        0 => [&text[..one.0], &text[one.1..]].concat(),
        1 => [&text[..one.1], written(one), &text[one.1..]].concat(),
        2 => [&text[..one.0], written(other), &text[one.1..]].concat(),
        _ => [&text[..one.0], " ", written(other), " ", &text[one.0..]].concat(),
    }
}

/// A line goes, moves, or comes from another program.
fn lines(text: &str, texts: &[String], chance: &mut Chance) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return text.to_string();
    }
    let (at, other) = (chance.below(lines.len()), chance.below(lines.len()));
    match chance.below(3) {
        0 => drop(lines.remove(at)),
        1 => lines.swap(at, other),
        _ => {
            let donor = &texts[chance.below(texts.len())];
            let given: Vec<&str> = donor.lines().collect();
            if !given.is_empty() {
                lines.insert(at, given[chance.below(given.len())]);
            }
        }
    }
    lines.join("\n")
}

fn boundary(text: &str, chance: &mut Chance) -> usize {
    let mut at = chance.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn put_in(text: &str, chance: &mut Chance) -> String {
    let at = boundary(text, chance);
    [&text[..at], chance.choose(PIECES), &text[at..]].concat()
}

/// A piece of the text, or one of ours, many times.
fn repeated(text: &str, chance: &mut Chance) -> String {
    let (at, end) = (boundary(text, chance), boundary(text, chance));
    let (start, end) = (at.min(end), at.max(end));
    let piece = if end - start < 40 && chance.one_in(2) { &text[start..end] } else { chance.choose(PIECES) };
    let count = if chance.one_in(8) { 2000 } else { 1 + chance.below(30) };
    [&text[..start], &piece.repeat(count), &text[start..]].concat()
}
