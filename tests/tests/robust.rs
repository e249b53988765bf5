//! Whatever is read, nothing panics, hangs or overflows; and the fuzzer notices when something does.

use ansatz::program::Program;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_tests::fuzz::{TARGETS, Target, fault, fuzz};
use std::time::Duration;

fn told(text: &str) -> Vec<Diagnostic> {
    Program::compile("robust.anz", text).diagnostics
}

fn is_clean(text: &str) {
    let told = told(text);
    assert!(told.is_empty(), "{text:?}: {told:?}");
}

#[test]
fn a_few_seconds_of_fuzzing_find_nothing() {
    std::panic::set_hook(Box::new(|_| {}));
    let report = fuzz(1, Duration::from_secs(4), |_| {});
    let _ = std::panic::take_hook();
    assert!(report.inputs > 20, "{} inputs", report.inputs);
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

#[test]
fn a_law_that_breaks_is_noticed() {
    let broken =
        Target { name: "broken", law: |text| text.find("model").map_or(Ok(()), |at| panic!("at {at}")) };
    assert_eq!(fault(&broken, "let a = 1"), None);
    assert_eq!(fault(&broken, "model m {}"), Some("panicked: at 0".to_string()));
    assert!(TARGETS.iter().all(|target| fault(target, "model m { x ~ normal(0, 1) }").is_none()));
}

#[test]
fn what_is_nested_too_deeply_is_told_and_what_is_not_is_checked() {
    let forms: [(&str, &str); 6] =
        [("(", ")"), ("[", "]"), ("exp(", ")"), ("{ ", " }"), ("-(", ")"), ("fn(x) = (", ")")];
    for (open, close) in forms {
        for depth in [100, 200, 240, 200_000] {
            let text = format!("let a = {}1{}\n", open.repeat(depth), close.repeat(depth));
            let deep = told(&text).iter().any(|said| said.code == codes::TOO_DEEP);
            assert_eq!(deep, depth > 500, "{depth} {open}");
        }
    }
    for link in [" + 1", " * x", "[0]", ".T", " ^ 2", " && true"] {
        assert!(
            told(&format!("let a = b{}\n", link.repeat(200_000)))
                .iter()
                .any(|said| said.code == codes::TOO_DEEP)
        );
        told(&format!("let b = 1\nlet a = b{}\n", link.repeat(480)));
    }
    let blocks = format!("fn f(c: bool) {{\n{}\n1 {}\n}}\n", "if c {\n".repeat(400), "}\n".repeat(400));
    told(&blocks);
}

#[test]
fn endings_of_lines_and_marks_of_order_do_not_matter() {
    is_clean("");
    is_clean("\n\n\t \r\n");
    is_clean("// nothing");
    is_clean("\u{feff}let a = 1\r\nlet b = a\r\n\r\nmodel m {\r\n  x ~ normal(a, 1) // c\r\n}\r\n");
}

#[test]
fn bytes_that_are_no_text_are_told_where_they_are() {
    for text in ["let a = \u{0}1", "\u{0}", "let a\u{0}b = 1", "let \u{fffd} = 1", "let a = 1\u{7}"] {
        let told = told(text);
        assert_eq!(told.first().map(|said| said.code), Some(codes::UNKNOWN_CHARACTER), "{text:?}: {told:?}");
    }
}

#[test]
fn huge_literals_are_told() {
    let digits = "9".repeat(10_000);
    for literal in ["9223372036854775808", &digits, "1e400", &format!("{digits}.0"), "-1e309"] {
        assert!(
            told(&format!("let a = {literal}")).iter().any(|said| said.code == codes::BAD_NUMBER),
            "{literal}"
        );
    }
    is_clean("let a = 9223372036854775807");
    is_clean("let a = 1e308");
    is_clean(&format!("let a = 0.{}", "1".repeat(10_000)));
    is_clean(&format!("print \"{}\"", "x".repeat(100_000)));
}

#[test]
fn sizes_are_compared_without_overflow() {
    let text = "data N: size\ndata x: real[1_000_000_000_000 * N * N * N]\nlet y = x[4_000_000_000_000_000_000]\n\
                let z = [for i in 1_000_000_000_000, j in 1_000_000_000_000, k in 1_000_000_000_000: 1.0]\n";
    told(text);
    told(
        "data N: size\ndata x: real[9_000_000_000_000_000_000 * N]\ndata y: real[9_000_000_000_000_000_000 * N * N]\nlet z = x + y",
    );
    told("let z = zeros(9_000_000_000_000_000_000 + 9_000_000_000_000_000_000)");
    told("let z = zeros(4_000_000_000 * 4_000_000_000)");
}

#[test]
fn words_of_the_language_are_never_names_and_soft_words_are() {
    for word in [
        "fn", "let", "var", "for", "in", "while", "if", "else", "expect", "given", "under", "observe", "true",
    ] {
        assert!(told(&format!("let {word} = 1")).iter().any(Diagnostic::is_error), "{word}");
    }
    for word in ["data", "model", "by", "with", "from", "on", "as", "track", "emit", "size", "t", "lower"] {
        is_clean(&format!("let {word} = 1\nlet other = {word} + 1"));
    }
}

#[test]
fn names_of_the_library_may_be_used_anew() {
    is_clean("fn normal(x: real) = x\nlet a = normal(1)");
    is_clean("let pi = 3\nlet a = pi");
    is_clean("fn exp(x: real) = x\nmodel m { y ~ lognormal(exp(1), 1) }");
}

#[test]
fn a_long_program_is_checked_in_time() {
    let lines: String = (0..5_000).map(|i| format!("let a{i} = {i} * 2 + 1\n")).collect();
    is_clean(&lines);
    let faults: String = (0..500).map(|i| format!("let a{i} = b{i}\n")).collect();
    assert_eq!(told(&faults).len(), 500);
}
