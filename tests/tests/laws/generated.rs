//! Random programs through every pass, native code and both derivatives; ten thousand of them in
//! `cargo run --release -p ansatz-tests -- long`.

use ansatz_compiler::ir::{Constant, Function, Kind};
use ansatz_tests::pass::{Pass, adjoint_fault, fault, faults};
use ansatz_tests::program::Program;

const PROGRAMS: u64 = 300;

#[test]
fn passes_native_code_and_derivatives_agree_on_random_programs() {
    for seed in 0..PROGRAMS {
        let program = Program::random(seed);
        if let Some(fault) = faults(&program) {
            panic!("seed {seed}: {fault}");
        }
    }
}

#[test]
fn reverse_is_the_adjoint_of_forward_on_random_programs() {
    let finite = (0..PROGRAMS).filter(|seed| match adjoint_fault(&Program::random_smooth(*seed)) {
        Ok(finite) => finite,
        Err(fault) => panic!("seed {seed}: {fault}"),
    });
    assert!(finite.count() as u64 > PROGRAMS / 2, "the law needs programs with finite derivatives");
}

/// Changes every literal 0.5, as a pass with a fault might.
fn faulty(function: &mut Function) {
    for operation in &mut function.body.operations {
        if operation.kind == Kind::Constant(Constant::F64(0.5)) {
            operation.kind = Kind::Constant(Constant::F64(0.5 + f64::EPSILON));
        }
    }
}

#[test]
fn a_pass_that_changes_one_bit_is_caught() {
    let pass = Pass { name: "faulty", apply: faulty, reassociates: false };
    let caught = (0..PROGRAMS).filter(|seed| {
        let program = Program::random(*seed);
        fault(&pass, &program.resolved(), &program.sizes, &program.arguments).is_some()
    });
    assert!(caught.count() > 3, "few random programs see a changed literal");
}
