//! Every program that was written in the language parses, and prints as a text that parses to the same tree.
#![allow(clippy::print_stdout)]

mod programs_at_hand;

use ansatz_grammar::diagnostic::render;
use ansatz_grammar::span::Sources;
use ansatz_grammar::tree::Program;
use ansatz_grammar::{parse, print};
use programs_at_hand::{outline, programs, shared};
use std::fs;
use std::path::Path;

/// The code blocks of a page.
fn blocks(page: &str) -> Vec<String> {
    page.split("```\n").skip(1).step_by(2).map(str::to_string).collect()
}

fn parsed(name: &str, text: &str) -> Program {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let parsed = parse(source, text);
    assert!(parsed.diagnostics.is_empty(), "{}\n{text}", render(&parsed.diagnostics, &sources, false));
    assert!(!parsed.tree.items.is_empty());
    parsed.tree
}

fn check(name: &str, text: &str) {
    let tree = parsed(name, text);
    let printed = print(&tree);
    let again = parsed(&format!("{name}, printed"), &printed);
    assert!(outline(&again) == outline(&tree), "{name} prints as another program:\n{printed}");
    assert_eq!(print(&again), printed, "{name}: what is printed is printed as it is");
}

#[test]
fn programs_of_every_form_parse() {
    let mut found = Vec::new();
    programs(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs")), &mut found);
    assert!(found.len() >= 3);
    for (name, text) in &found {
        check(name, text);
    }
}

#[test]
fn outlines_differ_where_trees_do() {
    let outlined = |text| outline(&parsed("a line", text));
    assert_eq!(outlined("let x = (a + b) + c"), outlined("let x =\n a+b + c"));
    assert_ne!(outlined("let x = a + (b + c)"), outlined("let x = a + b + c"));
    assert_ne!(outlined("let x = a ^ 2"), outlined("let x = a ^ 3"));
}

#[test]
fn shared_programs_parse() {
    let Some(shared) = shared() else { return };
    let mut found = Vec::new();
    programs(&shared.join("programs"), &mut found);
    assert!(found.len() >= 30);
    for (name, text) in &found {
        check(name, text);
    }
}

#[test]
fn code_blocks_of_the_language_page_parse() {
    let Some(shared) = shared() else { return };
    let page = fs::read_to_string(shared.join("design/language.md")).expect("the page is there");
    let blocks = blocks(&page);
    assert!(blocks.len() >= 5);
    for (at, block) in blocks.iter().enumerate() {
        check(&format!("language.md, block {at}"), block);
    }
}
