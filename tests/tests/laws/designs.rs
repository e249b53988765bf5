//! The three designs that decide whether the IR is right: printed, read back, verified, interpreted and compiled, with
//! values in closed form.

use ansatz_compiler::codegen::{Argument, Compiled};
use ansatz_compiler::ir::eval::{Call, Options, evaluate_with};
use ansatz_compiler::ir::{Datum, Function, Module};
use ansatz_compiler::kernel::Kernel;
use ansatz_compiler::model::expect::estimators;
use ansatz_compiler::transform::{Options as Choices, resolve::resolve};
use ansatz_tests::corpus::text;
use ansatz_tests::gap::{flat, greatest};
use ansatz_tests::native::{self, alike};
use ansatz_tests::pass::unsound;
use ansatz_tests::program::{Program, module, run};

/// The results of a function, by the interpreter and by native code alike.
fn evaluated(module: &Module, root: &str, sizes: &[i64], arguments: &[Datum]) -> Vec<f64> {
    let function = resolved(module, root);
    assert_eq!(unsound(&function), None);
    let interpreted = run(&function, sizes, arguments);
    let compiled = native::run(&function, sizes, arguments);
    assert!(alike(&interpreted, &compiled), "@{root}: {interpreted:?}, compiled {compiled:?}");
    flat(&interpreted)
}

fn resolved(module: &Module, root: &str) -> Function {
    resolve(module, root, &Choices::default()).unwrap_or_else(|error| panic!("@{root}: {error}"))
}

/// A text that prints as it reads.
fn design(name: &str) -> Module {
    let text = text(&format!("ir/designs/{name}.ir"));
    let module = module(&text);
    let code = text.lines().skip_while(|line| line.starts_with("//"));
    let code: Vec<&str> = code.collect();
    assert_eq!(module.to_string().trim_end(), code.join("\n").trim_end());
    module
}

#[test]
fn a_third_derivative_of_a_scan_inside_a_map() {
    let module = design("third_derivative");
    let x = [0.5, 1.25, -0.75];
    let arguments = [Datum::floats(&[3], &x), Datum::floats(&[3], &[1.0; 3])];
    let derivative = |order: i32| -> Vec<f64> {
        let factor: f64 = (0..order).map(|step| f64::from(5 - step)).product();
        x.iter().map(|x| factor * x.powi(5 - order)).collect()
    };
    let cases = [
        ("first", 1),
        ("second", 2),
        ("third", 3),
        ("third.reverse", 3),
        ("gradient", 1),
        ("gradient.second", 2),
        ("gradient.third", 3),
    ];
    for (root, order) in cases {
        let found = evaluated(&module, root, &[3, 5], &arguments);
        assert!(greatest(&found, &derivative(order)) < 1e-14, "@{root}: {found:?}");
        assert!(greatest(&found, &derivative(order % 3 + 1)) > 1e-2, "the control of @{root}");
    }
}

#[test]
fn the_gradient_of_an_expectation_inside_an_expectation() {
    let source = module(&text("ir/distributions.ir"));
    let mut all = source.clone();
    let design = design("nested_expectation");
    all.functions.extend(design.functions);
    let mut plain = all.clone();
    plain.distributions.clear();
    let made = estimators(&all, &all.functions["f"]).expect("every site has a finite support");
    made.into_iter().for_each(|function| plain.insert(function));
    let (p, r): (f64, f64) = (0.3, 0.6);
    let program = Program::new(plain, &[], &[7]).moved(vec![Datum::from(p), Datum::from(r)]);
    let gradient = program.vjp(vec![Datum::from(1.0)]);
    let found = evaluated(&gradient.module, &gradient.root, &[], &gradient.arguments);
    let value = p * (1.0 - r).powi(2) + (1.0 - p) * r * r / 4.0;
    let in_p = (1.0 - r).powi(2) - r * r / 4.0;
    let in_r = -2.0 * p * (1.0 - r) + (1.0 - p) * r / 2.0;
    assert!(greatest(&found, &[value, in_p, in_r]) < 1e-14, "{found:?}");
}

#[test]
fn the_reverse_of_a_while_in_fixed_memory() {
    let module = design("long_while");
    let (s, a) = (0.5, 1e-4);
    for trips in [0, 1, 63, 64, 65, 1000, 20_000] {
        let arguments = [Datum::from(s), Datum::from(a), Datum::from(trips)];
        let found = evaluated(&module, "gradient", &[], &arguments);
        let n = trips as f64;
        let power = (n * f64::ln_1p(a)).exp();
        let expected = [s * power, power, n * s * power / (1.0 + a)];
        assert!(greatest(&found, &expected) < 1e-11, "{trips} trips: {found:?}, not {expected:?}");
    }
}

/// Bytes that a run of native code may take beyond what the code has of its own.
#[test]
fn its_memory_does_not_grow_with_the_trips() {
    let source = design("long_while");
    let function = resolved(&source, "gradient");
    let mut plain = Module::default();
    plain.insert(function.clone());
    let arguments = [Datum::from(0.5), Datum::from(1e-4), Datum::from(20_000)];
    let call = Call { module: &plain, function: "gradient", sizes: &[], arguments: &arguments };
    let limited = |entries: usize| evaluate_with(&call, &Options { entries, ..Options::default() });
    assert!(limited(64).is_ok(), "no array has more than 64 states");
    assert!(limited(63).is_err(), "the control: the limit is watched");

    let compiled = Compiled::new(&Kernel::new(&function).expect("resolved")).expect("plain");
    let mut workspace = compiled.workspace();
    workspace.limit_bytes(0);
    let mut results = compiled.result_buffers();
    let given = [Argument::F64(&[0.5]), Argument::F64(&[1e-4]), Argument::I64(&[20_000])];
    compiled.run(&mut workspace, &given, &mut results).expect("no array of run-time length");
    assert!(compiled.workspace_bytes() < 8192, "{} bytes", compiled.workspace_bytes());
}
