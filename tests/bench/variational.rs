//! Steps of optimisers on evidence lower bounds, ours and by hand.

use crate::by_hand::elbo::{Adam, Cone, Normals, Schools};
use crate::timing::{Pair, pair};
use ansatz::optimize::Steps;
use ansatz::program::{Optimization, Program, Scope, Settings};
use ansatz_compiler::ir::{Datum, Entries};
use ansatz_compiler::typed::tree::{ExprKind, StepKind, Used, Variable};
use std::fmt::Write;
use std::hint::black_box;

const SCHOOLS: &str = "model schools {
  mu ~ normal(0, 5)
  tau ~ half_cauchy(5)
  eta ~ normal(0, 1)[8]
  y ~ normal(mu + tau * eta, [15.0, 10, 16, 11, 9, 11, 10, 18])
}
guide trial {
  param m: real = 0; param s: positive = 1
  param a: real = 0; param b: positive = 1
  param c: real[8] = zeros(8); param d: positive[8] = ones(8)
  mu ~ normal(m, s) by reparam
  tau ~ lognormal(a, b) by reparam
  eta ~ normal(c, d) by reparam
}
let fit = maximize(elbo(schools given {y = [28.0, 8, -3, 7, -1, 1, 18, 12]}, trial), with = adam(0.01))
";
const CONE: &str = "model cone {
  x, y ~ normal(0, 10)
  let r = x ^ 2 + y ^ 2
  z ~ normal(r, 0.1 + r / 100)
}
guide naive {
  param m: real[2] = [1, 1]; param s: positive[2] = [2, 2]
  x ~ normal(m[0], s[0]) by reparam
  y ~ normal(m[1], s[1]) by reparam
}
let fit = maximize(elbo(cone given {z = 5}, naive), with = adam(0.01), batch = 64)
";

/// Steps that one call makes.
const BLOCK: usize = 64;
/// Draws of a step on the cone.
const DRAWS: usize = 64;

/// Where parameters begin, by name.
type Starts = &'static [(&'static str, &'static [f64])];

const OF_SCHOOLS: Starts =
    &[("m", &[0.0]), ("s", &[1.0]), ("a", &[0.0]), ("b", &[1.0]), ("c", &[0.0; 8]), ("d", &[1.0; 8])];
const OF_CONE: Starts = &[("m", &[1.0; 2]), ("s", &[2.0; 2])];

/// The optimiser of a program's only fit.
fn optimiser(text: &str, starts: Starts, batch: usize) -> Optimization {
    let program = Program::compile("fit.anz", text);
    assert!(!program.is_faulty(), "{}", program.render(&program.diagnostics, false));
    let used = program.typed.script.iter().find_map(|step| match &step.kind {
        StepKind::Let { value, .. } => fit(value),
        _ => None,
    });
    let numbers = |variable: Variable| {
        let name = &*program.typed.variables[variable.0 as usize].name;
        let (_, start) = starts.iter().find(|(known, _)| *known == name).expect("every input is a parameter");
        vec![match start {
            [one] => Datum::from(*one),
            several => Datum::array(&[several.len()], Entries::F64(several.to_vec())),
        }]
    };
    let sizes = vec![None; program.typed.sizes.len()];
    let scope = Scope { sizes, integers: Vec::new(), numbers: &numbers };
    let settings = Settings { steps: 1_000_000_000, batch, seed: 1, averaged: 0 };
    Optimization::new(&program, used.expect("the program fits a guide"), &scope, settings)
        .unwrap_or_else(|error| panic!("{error:?}"))
}

fn fit(value: &ansatz_compiler::typed::tree::Expr) -> Option<&Used> {
    match &value.kind {
        ExprKind::Script { value, .. } => fit(value),
        ExprKind::Used(used) => Some(used),
        _ => None,
    }
}

/// Times steps, and compares the mean of their values where both have settled.
fn steps(mut ours: Optimization, mut theirs: impl FnMut() -> f64) -> Pair {
    const SETTLED: usize = 4096;
    let mut done = 0;
    let mut block = || {
        let values = ours.advance(done, BLOCK).unwrap_or_else(|error| panic!("{error:?}"));
        done += BLOCK;
        values
    };
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let settle = |values: Vec<f64>| mean(values[SETTLED / 2..].to_vec());
    let found = -settle((0..SETTLED / BLOCK).flat_map(|_| block()).collect());
    let expected = settle((0..SETTLED).map(|_| theirs()).collect());
    assert!((found - expected).abs() < 0.3, "{found} and {expected} are not the same bound");
    let measured = pair(
        || {
            black_box(block());
        },
        || {
            for _ in 0..BLOCK {
                black_box(theirs());
            }
        },
    );
    let each = |seconds: f64| seconds / BLOCK as f64;
    Pair { ours: each(measured.ours), theirs: each(measured.theirs), ratio: measured.ratio }
}

/// The table.
pub fn table() -> String {
    let mut schools = Schools {
        y: [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0],
        sigma: [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0],
        at: [0.0; 20],
        adam: Adam::new(0.01, 20),
        noise: Normals::new(),
    };
    let two = 2f64.ln();
    let mut cone =
        Cone { draws: DRAWS, at: [1.0, 1.0, two, two], adam: Adam::new(0.01, 4), noise: Normals::new() };
    let rows = [
        (
            "eight schools by a mean field: a step of Adam",
            steps(optimiser(SCHOOLS, OF_SCHOOLS, 1), || schools.step()),
        ),
        ("the cone, 64 draws: a step of Adam", steps(optimiser(CONE, OF_CONE, DRAWS), || cone.step())),
    ];
    let mut table = String::from(
        "| work | over the kernel written by hand | ours | by hand | must |\n|---|---|---|---|---|\n",
    );
    for (work, Pair { ours, theirs, ratio }) in rows {
        let (ours, theirs) = (ours * 1e6, theirs * 1e6);
        writeln!(table, "| {work} | {ratio:.2} | {ours:.2} us | {theirs:.2} us | 2 |")
            .expect("a string takes any text");
    }
    table
}
