//! Long checks by name: `cargo run --release -p ansatz-tests -- long` runs them all.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a runner reports its progress")]

use ansatz_tests::pass::{adjoint_fault, faults};
use ansatz_tests::program::Program;
use std::process::ExitCode;

/// A check: its name, what it says, how it runs.
struct Check {
    name: &'static str,
    doc: &'static str,
    run: fn() -> Result<(), String>,
}

const CHECKS: &[Check] = &[
    Check {
        name: "passes",
        doc: "10,000 random programs keep their results through every pass and as native code",
        run: || each_program(|seed| faults(&Program::random(seed)).map_or(Ok(()), Err)),
    },
    Check {
        name: "derivatives",
        doc: "10,000 random programs: reverse is the adjoint of forward, both interpreted and compiled",
        run: || each_program(|seed| adjoint_fault(&Program::random_smooth(seed)).map(|_| ())),
    },
];

const PROGRAMS: u64 = 10_000;

fn each_program(law: impl Fn(u64) -> Result<(), String>) -> Result<(), String> {
    for seed in 0..PROGRAMS {
        law(seed).map_err(|fault| format!("seed {seed}: {fault}"))?;
        if (seed + 1) % 1000 == 0 {
            println!("  {} programs", seed + 1);
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let chosen = |check: &&Check| wanted.iter().any(|name| name == "long" || name == check.name);
    let checks: Vec<&Check> = CHECKS.iter().filter(chosen).collect();
    if checks.is_empty() {
        eprintln!("usage: ansatz-tests long | NAME..");
        CHECKS.iter().for_each(|check| eprintln!("  {:12} {}", check.name, check.doc));
        return ExitCode::from(2);
    }
    let failed = checks.iter().filter(|check| !passes(check)).count();
    ExitCode::from(u8::from(failed > 0))
}

fn passes(check: &Check) -> bool {
    println!("{}: {}", check.name, check.doc);
    match (check.run)() {
        Ok(()) => {
            println!("  passed");
            true
        }
        Err(fault) => {
            eprintln!("  failed: {fault}");
            false
        }
    }
}
