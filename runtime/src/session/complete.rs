//! What may stand where a text ends: names of the session and the library, words of the language, and inside of a call the
//! names of its arguments.

use std::collections::BTreeSet;

use ansatz_grammar::parse;
use ansatz_grammar::span::SourceId;
use ansatz_grammar::tree::{Ident, ItemKind, LetTarget, StatementKind};

use crate::manual;

/// Where the last word of a text begins, and how it may go on: arguments first, then names, each in the order of the alphabet.
pub fn complete(entries: &[String], text: &str) -> (usize, Vec<String>) {
    let start = text.char_indices().rev().find(|(_, sign)| !is_of_word(*sign));
    let start = start.map_or(0, |(at, sign)| at + sign.len_utf8());
    let (before, word) = text.split_at(start);
    let fits = |name: &String| name.starts_with(word);
    let arguments = called(before).map(|name| arguments(entries, name)).unwrap_or_default();
    let arguments = arguments.into_iter().map(|name| format!("{name} = "));
    let mut names: BTreeSet<String> = manual::names().into_iter().collect();
    names.extend(entries.iter().flat_map(|entry| declared(entry)));
    (
        start,
        arguments
            .filter(fits)
            .chain(names.iter().filter(|name| !word.is_empty() && fits(name)).cloned())
            .collect(),
    )
}

fn is_of_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// The name of the innermost call that is open where a text ends.
fn called(text: &str) -> Option<&str> {
    let mut closed = 0;
    for (at, sign) in text.char_indices().rev() {
        match sign {
            ')' | ']' | '}' => closed += 1,
            '(' | '[' | '{' if closed > 0 => closed -= 1,
            '(' => {
                let before = text[..at].trim_end();
                let name = before.char_indices().rev().take_while(|(_, sign)| is_of_word(*sign)).last();
                return name.map(|(start, _)| &before[start..]);
            }
            '[' | '{' => return None,
            _ => {}
        }
    }
    None
}

/// The names that a text declares at its top.
fn declared(text: &str) -> Vec<String> {
    let items = parse(SourceId(0), text).tree.items;
    let of_let = |target: &LetTarget| match target {
        LetTarget::Place(place) => vec![place.name.to_string()],
        LetTarget::Fields(names) => names.iter().map(Ident::to_string).collect(),
    };
    let names = items.iter().flat_map(|item| match &item.kind {
        ItemKind::Function(function) => vec![function.name.to_string()],
        ItemKind::Model(model) => vec![model.name.to_string()],
        ItemKind::Data(data) => data.names.iter().map(Ident::to_string).collect(),
        ItemKind::Statement(statement) => match &statement.kind {
            StatementKind::Let { target, .. } => of_let(target),
            StatementKind::Var { name, .. } => vec![name.to_string()],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    });
    names.collect()
}

/// The names of the parameters of what a name declares, in the session or the library.
fn arguments(entries: &[String], name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for item in entries.iter().flat_map(|entry| parse(SourceId(0), entry).tree.items) {
        let parameters = match &item.kind {
            ItemKind::Function(function) if function.name.as_str() == name => &function.parameters,
            ItemKind::Model(model) if model.name.as_str() == name => &model.parameters,
            _ => continue,
        };
        found = parameters.iter().map(|parameter| parameter.name.to_string()).collect();
    }
    if found.is_empty() {
        let headers = manual::declarations().into_iter().filter(|declared| declared.name == name);
        for header in headers {
            found.extend(
                parameters(&header.header)
                    .map(str::to_owned)
                    .filter(|name| !found.contains(name))
                    .collect::<Vec<_>>(),
            );
        }
    }
    found
}

/// The names before the colons of `f(a: real, b: real[N] = 1)`.
fn parameters(header: &str) -> impl Iterator<Item = &str> {
    let inside = header.split_once('(').map_or("", |(_, rest)| rest);
    let mut depth = 1;
    let end = inside.find(|sign| {
        depth += i32::from(matches!(sign, '(' | '[' | '{')) - i32::from(matches!(sign, ')' | ']' | '}'));
        depth == 0
    });
    let inside = &inside[..end.unwrap_or(inside.len())];
    let mut depth = 0;
    let parts = inside.split(move |sign| {
        depth += i32::from(matches!(sign, '(' | '[' | '{')) - i32::from(matches!(sign, ')' | ']' | '}'));
        depth == 0 && sign == ','
    });
    parts.filter_map(|part| part.split([':', '=']).next()).map(str::trim).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Vec<String> {
        let entries = ["fn scaled(height: real, hue: real) = height * hue", "let heap = 3"];
        complete(&entries.map(str::to_owned), text).1
    }

    #[test]
    fn names_of_the_session_and_the_library_go_on() {
        assert!(at("print hea").contains(&"heap".to_owned()));
        assert!(at("x ~ norma").contains(&"normal".to_owned()));
        assert!(at("mod").contains(&"model".to_owned()));
        assert!(at("").is_empty());
        assert_eq!(complete(&[], "2 * sq").0, 4);
    }

    #[test]
    fn arguments_are_named_inside_of_calls() {
        assert_eq!(at("scaled("), ["height = ", "hue = "]);
        assert_eq!(at("scaled(height = [1, 2][0], hu")[0], "hue = ");
        assert!(at("nuts(posterior, see").contains(&"seed = ".to_owned()));
        assert!(at("scaled(1, 2) + ").is_empty());
        assert_eq!(
            parameters("f(a: fn(real, real) -> real, b: real[N, M] = 1) -> real").collect::<Vec<_>>(),
            ["a", "b"]
        );
    }
}
