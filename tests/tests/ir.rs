//! Laws of the IR over hand-written programs: printed = read back, and what a text is refused for.

use ansatz_compiler::ir::eval::{Call, Failure, Limit, Options, evaluate, evaluate_with};
use ansatz_compiler::ir::{
    Datum, Element, Function, Module, Polynomial, SizeVariable, Stage, Type, Value, prove, read, read_data,
    verify,
};
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

/// The parts of a line `//= name[sizes](arguments) = results`; results is the text of a failure after `fails`.
struct Expectation {
    function: String,
    sizes: Vec<i64>,
    arguments: Vec<Datum>,
    outcome: Result<Vec<Datum>, String>,
}

fn expectation(line: &str) -> Expectation {
    let data = |text: &str| read_data(text).unwrap_or_else(|error| panic!("{line}: {error}"));
    let (call, outcome) = match (line.split_once(" = "), line.split_once(" fails ")) {
        (_, Some((call, failure))) => (call, Err(failure.to_string())),
        (Some((call, results)), None) => (call, Ok(data(results))),
        (None, None) => panic!("{line}: neither `=` nor `fails`"),
    };
    let (head, arguments) = call.split_once('(').expect("arguments");
    let (function, sizes) = head.split_once('[').unwrap_or((head, "]"));
    let sizes = sizes.trim_end_matches(']').split(',').map(str::trim).filter(|size| !size.is_empty());
    Expectation {
        function: function.to_string(),
        sizes: sizes.map(|size| size.parse().expect("a size")).collect(),
        arguments: data(arguments.strip_suffix(')').expect("`)`")),
        outcome,
    }
}

#[test]
fn plain_programs_give_what_they_say() {
    let text = corpus("plain.ir");
    let module = module("plain.ir");
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("//= ")).collect();
    assert!(lines.len() > 30, "the corpus says what it gives");
    for line in lines {
        let expected = expectation(line);
        let found = evaluate(&module, &expected.function, &expected.sizes, &expected.arguments);
        match (found, expected.outcome) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{line}"),
            (Err(failure), Err(text)) => assert!(failure.to_string().contains(&text), "{line}\n{failure}"),
            (found, _) => panic!("{line}\n{found:?}"),
        }
    }
}

#[test]
fn every_program_of_the_corpus_prints_and_reads_back() {
    let module = module("plain.ir");
    assert_eq!(read(&module.to_string()).expect("reads back"), module);
}

#[test]
fn an_evaluation_keeps_to_its_limits() {
    let module = module("plain.ir");
    let run = |function: &str, argument: i64, options: &Options| {
        let arguments = [argument.into()];
        evaluate_with(&Call { module: &module, function, sizes: &[], arguments: &arguments }, options)
    };
    let few = Options { steps: 100, ..Options::default() };
    assert!(matches!(run("count", 1000, &few), Err(Failure::Limit { limit: Limit::Steps, .. })));
    let small = Options { entries: 10, ..Options::default() };
    assert!(matches!(run("squares", 11, &small), Err(Failure::Limit { limit: Limit::Entries, .. })));
    assert!(run("squares", 10, &small).is_ok());
    let stop = Options { poll: Some(&|| true), ..Options::default() };
    assert_eq!(run("count", 1000, &stop), Err(Failure::Interrupted));
}

#[test]
fn the_first_float_that_is_not_finite_is_found() {
    let module = module("plain.ir");
    let arguments = [Datum::floats(&[3], &[1.0, f64::MAX, f64::MAX])];
    let call = Call {
        module: &module,
        function: "dot",
        sizes: &[3],
        arguments: &[&arguments[..], &arguments].concat(),
    };
    let finite = Options { finite: true, ..Options::default() };
    let found = evaluate_with(&call, &finite);
    let Err(Failure::NotFinite { place }) = found else { panic!("{found:?}") };
    assert_eq!(place.operation, "%6 = mul %4, %5");
    assert_eq!(evaluate_with(&call, &Options::default()), Ok(vec![f64::INFINITY.into()]));
}

#[test]
fn the_verifier_accepts_what_keeps_the_invariants_and_refuses_what_breaks_one() {
    let text = corpus("rejected.ir");
    let (mut accepted, mut refused) = (0, 0);
    for section in text.split("\n//! ").skip(1) {
        let (head, program) = section.split_once('\n').expect("a program");
        let (stage, expected) = head.split_once(": ").expect("a stage");
        let stages = [Stage::Site, Stage::Plain, Stage::Resolved, Stage::Bound];
        let stage = stages.into_iter().find(|known| format!("{known:?}") == stage).expect("a known stage");
        let module = read(program).unwrap_or_else(|error| panic!("{head}\n{error}"));
        match verify(&module, stage) {
            Ok(()) => {
                assert_eq!(expected, "accepted", "nothing is found wrong with\n{program}");
                assert_eq!(read(&module.to_string()).expect("reads back"), module, "{head}");
            }
            Err(found) => assert!(found.to_string().contains(expected), "{head}\n{found}"),
        }
        *(if expected == "accepted" { &mut accepted } else { &mut refused }) += 1;
    }
    assert!(accepted >= 6 && refused >= 45, "{accepted} accepted, {refused} refused");
    let plain = module("plain.ir");
    assert_eq!(verify(&plain, Stage::Plain), Ok(()));
}

#[test]
fn what_no_text_can_say_is_refused_too() {
    let break_with = |change: fn(&mut Function), expected: &str| {
        let mut module = module("plain.ir");
        let name = if expected.contains("stands in the module") { "dot" } else { "outer" };
        change(module.functions.get_mut(name).expect("a function of the corpus"));
        let found = verify(&module, Stage::Plain).expect_err(expected).to_string();
        assert!(found.contains(expected), "{found}");
    };
    break_with(|function| function.name = "other".into(), "it stands in the module as @dot");
    break_with(|function| function.types.truncate(5), "has no type");
    break_with(|function| function.parameters.truncate(1), "its body has other parameters");
    break_with(|function| function.sizes = vec!["N".into(), "N".into()], "given twice");
    break_with(
        |function| {
            function.types[0] = Type::array(Element::F64, vec![Polynomial::variable(SizeVariable(9)).into()])
        },
        "a size is made of something else than the function's size parameters",
    );
    break_with(
        |function| {
            function.types.push(Type::i64());
            let extra = Value(function.types.len() as u32 - 1);
            function.body.operations[0].regions[0].parameters.push(extra);
        },
        "2 parameters are expected, not 3",
    );
    break_with(
        |function| {
            let index = function.body.operations[0].regions[0].parameters[0];
            function.types[index.0 as usize] = Type::f64();
        },
        "is i64, not f64",
    );
    break_with(|function| function.body.captures = vec![Value(0)], "its body captures values");
}

#[test]
fn marking_proves_what_the_verifier_accepts() {
    let mut module = module("plain.ir");
    let original = module.clone();
    for function in module.functions.values_mut() {
        let checked = function.to_string().replace(" proved", "");
        let mut marked = read(&checked).expect("reads").functions.remove(&function.name).expect("itself");
        prove::mark(&mut marked);
        *function = marked;
    }
    assert_eq!(module, original);
}
