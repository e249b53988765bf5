//! Which line breaks separate statements.

use ansatz_grammar::parse;
use ansatz_grammar::span::SourceId;

/// How many statements a text has at its top level; it must be free of faults.
fn statements(text: &str) -> usize {
    let parsed = parse(SourceId(0), text);
    assert!(parsed.diagnostics.is_empty(), "{text:?}: {:?}", parsed.diagnostics);
    parsed.tree.items.len()
}

#[test]
fn a_line_break_separates() {
    for text in [
        "a\nb",
        "a\n- b",
        "a\n(b)",
        "a\n[b]",
        "a\n{ b }",
        "a\n!b",
        "a;b",
        "a\n\n;;\n\nb;",
        "a // comment\nb",
        "a\r\nb",
        "data x: real?\ndata y: real",
        "data x: real<m/s>\ndata y: real",
        "true\nfalse",
        "let by = 1\nby = 2",
        "a\nwithin(b)",
        "a\nfrom.b",
        "let a = 1\nlet b = { c\n d; e }",
    ] {
        assert_eq!(statements(text), 2, "{text:?}");
    }
}

#[test]
fn a_line_break_in_brackets_means_nothing_but_in_braces() {
    assert_eq!(statements("f(a\n- b,\n\n(c)\n[d])"), 1);
    assert_eq!(statements("[a\n, b]"), 1);
    assert_eq!(statements("f({ let a = 1\n let b = 2\n a\n + b }, [\n1])"), 1);
    assert_eq!(statements("let r = {\n  a: 1,\n  b: 2\n}"), 1);
}

#[test]
fn a_line_break_after_what_cannot_end_means_nothing() {
    for before in ["a +", "a -", "a &&", "let a =", "x ~", "x:", "a under", "m given", "f(a) @"] {
        let after = match before {
            "m given" => "{y}",
            "x:" => "real ~ d",
            _ => "b",
        };
        assert_eq!(statements(&format!("{before}\n\n// comment\n{after}")), 1, "{before}");
    }
}

#[test]
fn a_line_break_before_what_cannot_begin_means_nothing() {
    for after in [
        "+ b",
        "* b",
        "^ b",
        ".b",
        "== b",
        "|| b",
        "..b",
        "= b",
        "+= b",
        "~ b",
        ": real ~ b",
        "under b",
        "given {b}",
    ] {
        assert_eq!(statements(&format!("a\n{after}")), 1, "{after}");
    }
    assert_eq!(statements("if a { b }\nelse { c }"), 1);
    assert_eq!(statements("for i\nin N { b }"), 1);
    assert_eq!(statements("data x: real\n?"), 1);
}

#[test]
fn a_joining_word_before_a_name_continues_the_line() {
    for text in [
        "x ~ d\nby s",
        "assert a == b\nwithin 4 se",
        "assert a == b\nwithin tolerance",
        "data x: int\nfrom 1",
        "sde q\non x: real\ndriven by W: real\nas stratonovich { d(x) = dW }",
        "sde q = ou(1)\nwith d(x) = 1",
        "sde q = ou(1)\nwith { d(x) = 1 }",
        "f(scan(s = 0, for t in T: s\nemit s))",
    ] {
        assert_eq!(statements(text), 1, "{text:?}");
    }
}
