//! Formatting: pages of a text and its form, and the laws over every program that is at hand.
//! `BLESS=1` rewrites the pages.
#![allow(clippy::print_stdout)]

mod programs_at_hand;

use ansatz_grammar::{format, lexer, parse, span::SourceId};
use programs_at_hand::{outline, programs, shared};
use std::{env, fs, path::Path};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn formatted(name: &str, text: &str) -> String {
    format(text).unwrap_or_else(|faults| panic!("{name}: {faults:?}"))
}

/// A page holds, after each line `== title`, a text, a line `--`, and its form.
#[test]
fn texts_get_their_form() {
    let path = Path::new(ROOT).join("tests/format/forms.txt");
    let page = fs::read_to_string(&path).expect("the page is there");
    let mut blessed = String::new();
    for case in format!("\n{page}").split("\n== ").skip(1) {
        let (title, texts) = case.split_once('\n').expect("a title ends its line");
        let text = texts.split("\n--\n").next().expect("a text follows");
        blessed += &format!("== {title}\n{text}\n--\n{}\n", formatted(title, text));
    }
    let blessed = blessed.trim_end().to_string() + "\n";
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &blessed).expect("the page can be written");
    }
    assert!(blessed == page, "the page says otherwise:\n{blessed}");
}

/// `parse(format(t)) = t`, `format(format(t)) = format(t)`, comments kept.
fn obeys_the_laws(name: &str, text: &str) -> String {
    let tree = |text: &str| outline(&parse(SourceId(0), text).tree);
    let comments = |text: &str| {
        let lexed = lexer::lex(SourceId(0), text);
        let texts = lexed.comments.iter().map(|comment| text[comment.span.range()].trim_end().to_string());
        texts.collect::<Vec<_>>()
    };
    let once = formatted(name, text);
    assert!(tree(&once) == tree(text), "{name} became another program:\n{once}");
    assert_eq!(formatted(name, &once), once, "{name} is formatted once and for all");
    assert_eq!(comments(&once), comments(text), "{name} keeps its comments");
    once
}

#[test]
fn programs_keep_their_meaning_and_their_form() {
    let mut found = Vec::new();
    for folder in ["tests/programs", "../stdlib", "../examples"] {
        programs(&Path::new(ROOT).join(folder), &mut found);
    }
    if let Some(shared) = shared() {
        programs(&shared.join("programs"), &mut found);
    }
    assert!(found.len() >= 10);
    for (name, text) in &found {
        let once = obeys_the_laws(name, text);
        for squeezed in [one_space(text), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
            obeys_the_laws(name, &squeezed);
        }
        let wide = once.lines().find(|line| line.chars().count() > format::WIDTH && !line.contains("//"));
        assert_eq!(wide, None, "{name} has a line that is too long");
    }
}

/// A text without the spaces that begin its lines, and with one where it had several.
fn one_space(text: &str) -> String {
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines().map(|text| line(text) + "\n").collect()
}

#[test]
fn a_text_with_errors_is_left_alone() {
    let faults = format("let a = (1 +\n").expect_err("it is not complete");
    assert!(!faults.is_empty());
    assert_eq!(format("").as_deref(), Ok(""));
    assert_eq!(format("\n\n// only this\n\n").as_deref(), Ok("// only this\n"));
}

/// Time is linear in the length: a line of many entries, of one long sum of products, of nested brackets.
#[test]
fn long_lines_are_broken_in_time() {
    let texts = [
        format!("let x = [{}1]\n", "1, ".repeat(20_000)),
        format!("let x = [{}1]\n", "a * b * c - 1 + f(x, y), ".repeat(5_000)),
        format!("let r = {{{}z: 1}}\n", "x: 1, ".repeat(10_000)),
        format!("let x = {}1{}\n", "f(a, ".repeat(400), ")".repeat(400)),
        format!("f({})\n", "fn(x) = { let y = x; y }, ".repeat(2_000)),
    ];
    for text in texts {
        let once = formatted("a long line", &text);
        assert!(
            once.lines().all(|line| line.chars().count() <= 2 * format::WIDTH || line.starts_with("   "))
        );
        assert_eq!(formatted("a long line", &once), once);
    }
}
