//! Long checks by name: `cargo run --release -p ansatz-tests -- long` runs them all.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a runner reports its progress")]

use ansatz_tests::fuzz::fuzz;
use ansatz_tests::kills::{Saving, Told, moments};
use ansatz_tests::pass::{adjoint_fault, faults};
use ansatz_tests::program::Program;
use ansatz_tests::reference::REFERENCES;
use ansatz_tests::sources::{fault, source};
use ansatz_tests::{calibration, corpus};
use std::process::ExitCode;
use std::time::Duration;

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
        name: "sources",
        doc: "10,000 random programs as texts: compiled, interpreted, printed and formatted alike",
        run: || {
            each_program(|seed| {
                let text = source(seed);
                fault(&text).map_or(Ok(()), |fault| Err(format!("{fault}\n{text}")))
            })
        },
    },
    Check {
        name: "derivatives",
        doc: "10,000 random programs: reverse is the adjoint of forward, both interpreted and compiled",
        run: || each_program(|seed| adjoint_fault(&Program::random_smooth(seed)).map(|_| ())),
    },
    Check {
        name: "posteriors",
        doc: "all thirteen posteriors have the moments and at most the divergences known",
        run: posteriors,
    },
    Check {
        name: "guides",
        doc: "all thirteen posteriors by mean field and full rank: each fit says how far it is to be trusted",
        run: guides,
    },
    Check {
        name: "calibration",
        doc: "six models are calibrated over 1,000 replicates each, and a wrong one is not",
        run: || {
            let faults = calibration::faults(&mut |told| println!("  {}", told.replace('\n', "\n  ")));
            if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
        },
    },
    Check {
        name: "kills",
        doc: "a run that is killed two hundred times and resumed ends with the bytes of one left alone",
        run: kills,
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

fn posteriors() -> Result<(), String> {
    let Some(shared) = corpus::shared("posteriors") else { return Ok(()) };
    let mut faults = Vec::new();
    for known in &REFERENCES {
        println!("  {}", known.name);
        faults.extend(known.moment_faults(&known.posterior(&known.program(), &shared), &shared));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

fn guides() -> Result<(), String> {
    let Some(shared) = corpus::shared("posteriors") else { return Ok(()) };
    let faults = ansatz_tests::guides::faults(&|_| true, &shared, &mut |told| println!("  {told}"));
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

fn kills() -> Result<(), String> {
    const KILLS: usize = 200;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = std::process::Command::new(cargo).args(["build", "--release", "--bin", "ansatz"]).status();
    if !built.map_err(|error| format!("cargo cannot be run: {error}"))?.success() {
        return Err("the binary cannot be built".to_owned());
    }
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = std::env::temp_dir().join(format!("ansatz-kills-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let told = Saving::new(&this.with_file_name("ansatz"), &folder).killed(KILLS, &mut moments());
    let removed = std::fs::remove_dir_all(&folder).map_err(|error| error.to_string());
    let Told { runs, kills } = told?;
    println!("  {runs} runs, killed {kills} times: the same bytes");
    removed
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    match wanted.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["fuzz"] => return fuzzed(1),
        ["fuzz", "--minutes", minutes] if minutes.parse::<u64>().is_ok() => {
            return fuzzed(minutes.parse().expect("it was a number"));
        }
        _ => {}
    }
    let chosen = |check: &&Check| wanted.iter().any(|name| name == "long" || name == check.name);
    let checks: Vec<&Check> = CHECKS.iter().filter(chosen).collect();
    if checks.is_empty() {
        eprintln!("usage: ansatz-tests long | NAME.. | fuzz [--minutes N]");
        CHECKS.iter().for_each(|check| eprintln!("  {:12} {}", check.name, check.doc));
        return ExitCode::from(2);
    }
    let failed = checks.iter().filter(|check| !passes(check)).count();
    ExitCode::from(u8::from(failed > 0))
}

/// Fuzzes reader, checker and formatter, from a new seed each time; what is tried at present stands in a file, for the
/// case that it ends the process.
fn fuzzed(minutes: u64) -> ExitCode {
    let seed = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    let trace = std::env::temp_dir().join("ansatz-fuzz-input.anz");
    println!("fuzz: seed {seed}, {minutes} min; the present input is {}", trace.display());
    std::panic::set_hook(Box::new(|_| {}));
    let time = Duration::from_secs(60 * minutes);
    let report = fuzz(seed, time, |input| drop(std::fs::write(&trace, input)));
    println!("  {} inputs, {} findings", report.inputs, report.findings.len());
    for finding in &report.findings {
        println!("\n== {}: {}\n{}", finding.target, finding.fault, finding.input);
    }
    ExitCode::from(u8::from(!report.findings.is_empty()))
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
