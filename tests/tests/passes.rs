//! Laws of the passes over random programs: what comes out verifies, prints and reads back, and evaluates to the same
//! bits as what went in.

use ansatz_compiler::ir::eval::evaluate;
use ansatz_compiler::ir::{Datum, Function, Module, Stage, read, verify};
use ansatz_compiler::transform::{
    Options, distribute::distribute, hoist, prune::prune, resolve::resolve, share::share, simplify::simplify,
};
use ansatz_tests::generate::{self, Program, generate};

/// A pass that keeps every bit.
type Pass = fn(&mut Function);

const PASSES: &[(&str, Pass)] = &[
    ("simplify", simplify),
    ("share", share),
    ("prune", prune),
    ("invariants", hoist::invariants),
    ("extract", hoist::extract),
];

const PROGRAMS: u64 = 1000;

fn alone(function: &Function) -> Module {
    let mut module = Module::default();
    module.insert(function.clone());
    module
}

fn programs() -> impl Iterator<Item = (u64, Program)> {
    (0..PROGRAMS).map(|seed| {
        let options = generate::Options { smooth: seed % 2 == 0, ..generate::Options::default() };
        (seed, generate(seed, &options))
    })
}

fn resolved(seed: u64, program: &Program) -> Function {
    let found = resolve(&program.module, "main", &Options::default());
    found.unwrap_or_else(|error| panic!("seed {seed}\n{error:?}\n{}", program.module))
}

/// Verifies a function and evaluates it.
fn checked(what: &str, seed: u64, function: &Function, program: &Program) -> Vec<Datum> {
    let module = alone(function);
    verify(&module, Stage::Resolved).unwrap_or_else(|found| panic!("{what}, seed {seed}\n{module}\n{found}"));
    let printed = module.to_string();
    let back = read(&printed).unwrap_or_else(|error| panic!("{what}, seed {seed}\n{printed}\n{error}"));
    assert!(back == module, "{what}, seed {seed}\n{printed}");
    let results = evaluate(&module, &function.name, &program.sizes, &program.arguments);
    results.unwrap_or_else(|failure| panic!("{what}, seed {seed}\n{module}\n{failure}"))
}

#[test]
fn a_pass_keeps_every_bit() {
    for (seed, program) in programs() {
        let expected = evaluate(&program.module, "main", &program.sizes, &program.arguments).expect("total");
        let resolved = resolved(seed, &program);
        assert_eq!(checked("resolve", seed, &resolved, &program), expected, "resolve, seed {seed}");
        let mut all = resolved.clone();
        for (name, pass) in PASSES {
            let mut once = resolved.clone();
            pass(&mut once);
            assert_eq!(
                checked(name, seed, &once, &program),
                expected,
                "{name}, seed {seed}\n{resolved}\n{once}"
            );
            pass(&mut all);
            assert_eq!(checked(name, seed, &all, &program), expected, "passes to {name}, seed {seed}\n{all}");
        }
    }
}

#[test]
fn distribution_keeps_values_to_rounding() {
    for (seed, program) in programs() {
        let expected = evaluate(&program.module, "main", &program.sizes, &program.arguments).expect("total");
        let mut function = resolved(seed, &program);
        distribute(&mut function);
        let found = checked("distribute", seed, &function, &program);
        for (expected, found) in expected.iter().zip(&found) {
            let pairs = expected.to_f64().into_iter().zip(found.to_f64());
            pairs
                .for_each(|(a, b)| assert!((a - b).abs() <= 1e-9, "seed {seed}: {a} became {b}\n{function}"));
        }
    }
}

#[test]
fn a_split_function_is_its_bound_part_then_its_live_part() {
    for (seed, program) in programs() {
        let function = resolved(seed, &program);
        let expected = checked("resolve", seed, &function, &program);
        let split = hoist::split(&function);
        let mut module = alone(&split.bound);
        module.insert(split.live.clone());
        verify(&module, Stage::Resolved)
            .unwrap_or_else(|found| panic!("split, seed {seed}\n{module}\n{found}"));
        let bound = function.parameters.iter().zip(&program.arguments);
        let bound = bound.filter(|(parameter, _)| parameter.binding == ansatz_compiler::ir::Binding::Bound);
        let bound: Vec<Datum> = bound.map(|(_, argument)| argument.clone()).collect();
        let run = |name: &str, arguments: &[Datum]| {
            let results = evaluate(&module, name, &program.sizes, arguments);
            results.unwrap_or_else(|failure| panic!("split, seed {seed}\n{module}\n{failure}"))
        };
        let passed = run(&split.bound.name, &bound);
        let found = run(&split.live.name, &[program.arguments.clone(), passed].concat());
        assert_eq!(found, expected, "split, seed {seed}\n{module}");
    }
}
