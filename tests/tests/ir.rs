//! Laws of the IR over hand-written programs: printed = read back, and what a text is refused for.

use ansatz_compiler::ir::{Module, read};
use std::path::PathBuf;

fn corpus(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ir").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn module(name: &str) -> Module {
    read(&corpus(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_kind_prints_as_it_reads() {
    for name in ["kinds.ir", "model.ir"] {
        let text = corpus(name);
        let without_comment = text.split_once('\n').expect("a comment line").1;
        let module = module(name);
        let printed = module.to_string();
        assert_eq!(printed, without_comment, "{name}");
        assert_eq!(read(&printed).expect("reads back"), module, "{name}");
    }
}

#[test]
fn errors_say_line_and_column() {
    let cases = [
        ("fn @f() -> () {\n  %0 = constant 1..5\n yield }", "line 2, column 17"),
        ("fn @f(%0: f64 live) -> (f64) {\n  %1 = lt %0\n  yield %1\n}", "`lt` does not take (f64)"),
        ("fn @f() -> (f64) { yield %3 }", "%3 is used before it is defined"),
        ("fn @f[N](%0: f64[M] live) -> () { yield }", "column 18: `M` is no size"),
        ("fn @f() -> (i64) { %0 = constant 1.5 yield %0 }", "does not yield the types it declares"),
        ("fn @f() -> () { %0 = fly yield }", "no operation is named `fly`"),
        ("fn @f() -> () { %4294967295 = constant 1 yield }", "a value is `%` and a number up to"),
        ("fn @f() -> () { yield", "`}` is expected"),
        ("fn @\"f", "the text ends inside quotes"),
    ];
    for (text, expected) in cases {
        let error = read(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}\n{error}");
    }
}

#[test]
fn no_text_makes_the_reader_panic() {
    let text = corpus("kinds.ir");
    for length in (0..text.len()).filter(|length| text.is_char_boundary(*length)).step_by(7) {
        let _ = read(&text[..length]);
        let _ = read(&text.replacen(&text[length..(length + 1).min(text.len())], "%", 1));
    }
    let deep = "if %0 { ".repeat(10_000);
    assert!(read(&format!("fn @f(%0: bool live) -> () {{ {deep}")).is_err());
}
