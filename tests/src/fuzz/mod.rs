//! A deterministic fuzzer of text to typed tree and of the formatter: mutations of every program at hand, and programs
//! written at random. Whatever is read, nothing panics, messages can be drawn, and the formatter keeps its laws.

mod mutate;
mod shrink;
mod target;
mod write;

pub use target::{TARGETS, Target};

use crate::corpus::programs;
use crate::generate::chance::Chance;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// An input that breaks a law.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The target that it breaks.
    pub target: &'static str,
    /// The smallest form that was found of it.
    pub input: String,
    /// What happened.
    pub fault: String,
}

/// What a fuzzer did.
#[derive(Debug, Default)]
pub struct Report {
    /// Inputs tried.
    pub inputs: u64,
    /// The first findings.
    pub findings: Vec<Finding>,
}

/// More findings than anyone reads at once.
const ENOUGH: usize = 10;

/// An input that takes longer, twice: a busy machine may hold up one attempt.
const SLOW: Duration = Duration::from_secs(10);

/// What is wrong with an input, if anything is.
pub fn fault(target: &Target, input: &str) -> Option<String> {
    let begun = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.law)(input)));
    let told = match outcome {
        Ok(Ok(())) => None,
        Ok(Err(fault)) => Some(fault),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_string()));
            Some(format!("panicked: {}", text.unwrap_or_default()))
        }
    };
    let took = begun.elapsed();
    if told.is_some() || took <= SLOW {
        return told;
    }
    let begun = Instant::now();
    _ = catch_unwind(AssertUnwindSafe(|| (target.law)(input)));
    let took = took.min(begun.elapsed());
    (took > SLOW).then(|| format!("took {took:?}"))
}

/// Tries the inputs of a seed until the time is over; `watch` sees each before it is tried.
pub fn fuzz(seed: u64, time: Duration, mut watch: impl FnMut(&str)) -> Report {
    let texts: Vec<String> = programs().into_iter().map(|(_, text)| text).collect();
    let mut chance = Chance::new(seed);
    let mut report = Report::default();
    let begun = Instant::now();
    while begun.elapsed() < time && report.findings.len() < ENOUGH {
        let input = input(&texts, &mut chance);
        watch(&input);
        report.inputs += 1;
        for target in TARGETS {
            let Some(told) = fault(target, &input) else { continue };
            let known = report.findings.iter().any(|finding| same(&finding.fault, &told));
            if !known {
                let input = shrink::shrink(input.clone(), |smaller| {
                    fault(target, smaller).is_some_and(|again| same(&again, &told))
                });
                report.findings.push(Finding { target: target.name, input, fault: told });
            }
        }
    }
    report
}

/// Whether two faults are probably one: their first words agree, numbers aside.
fn same(a: &str, b: &str) -> bool {
    let words = |text: &str| {
        let line = text.lines().next().unwrap_or_default();
        line.chars().filter(|letter| !letter.is_ascii_digit()).take(60).collect::<String>()
    };
    words(a) == words(b)
}

fn input(texts: &[String], chance: &mut Chance) -> String {
    let mut text =
        if chance.one_in(4) { write::program(chance) } else { texts[chance.below(texts.len())].clone() };
    for _ in 0..chance.below(5) {
        text = mutate::mutate(&text, texts, chance);
    }
    text
}
