//! Dynamics over what is written by hand: simulations of random functions, and a gradient of a posterior.

use crate::by_hand::dynamics::{OrnsteinUhlenbeck, lorenz_end, predators};
use crate::by_hand::random::Normals;
use crate::by_hand::robertson::robertson_end;
use crate::timing::{Pair, once, pair};
use crate::work::target;
use ansatz::data::Input;
use ansatz::program::{Draws, Program, Simulation};
use ansatz::target::Target;
use ansatz_compiler::codegen::ResultBuffer;
use ansatz_compiler::typed::tree::StepKind;
use ansatz_tests::drawn::simulated;
use std::fmt::Write;
use std::hint::black_box;

/// One line of the table.
struct Row {
    work: &'static str,
    pair: Pair,
    /// What a call of ours is divided by, and its unit.
    per: (f64, &'static str),
    /// Seconds from text to the first result.
    cold: f64,
}

/// The table of dynamics.
pub fn table() -> String {
    let mut table = String::from(
        "| work | over the kernel by hand | ours | cold start | must |\n|---|---|---|---|---|\n",
    );
    for Row { work, pair, per: (count, unit), cold } in
        [ornstein_uhlenbeck(), lorenz(), predator_gradient(), robertson()]
    {
        let line = format!(
            "| {work} | {:.2} | {:.1} ns per {unit} | {:.0} ms | 2; 100 ms |",
            pair.ratio,
            pair.ours * 1e9 / count,
            cold * 1e3
        );
        writeln!(table, "{line}").expect("a string takes any text");
    }
    table
}

/// What the last line of a program, `let x = simulate(f, ..)`, draws.
fn simulation(text: &str) -> Simulation {
    let mut program = Program::compile("program.anz", text);
    assert!(!program.is_faulty(), "{}", program.render(&program.diagnostics, false));
    let bound = program.read(&Input::default()).expect("there are no data");
    let StepKind::Let { value, .. } = &program.typed.script.last().expect("a script").kind else {
        panic!("the last line names a simulation")
    };
    Simulation::new(&program, simulated(value), &bound).unwrap_or_else(|error| panic!("{error:?}"))
}

/// All entries of so many draws, on one thread.
fn drawn(simulation: &Simulation, count: usize) -> Vec<f64> {
    let draws = simulation.draw(Draws { count, seed: 1, threads: 1 });
    match &draws.unwrap_or_else(|error| panic!("{error:?}"))[0] {
        ResultBuffer::F64(values) => values.clone(),
        other => panic!("real numbers are drawn, not {other:?}"),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Seconds from text to the first draw.
fn cold(text: &str) -> f64 {
    once(5, || {
        black_box(drawn(&simulation(text), 1));
    })
}

fn ornstein_uhlenbeck() -> Row {
    const TEXT: &str = "sde ou(theta: positive, mu: real, s: positive) on x: real {
  d(x) = theta * (mu - x) * dt + s * dW
}
let law = diffusion(ou(1, 0.5, 0.3), from = 2, at = [10], method = euler_maruyama(0.01))
let x = simulate(law, 10_000, seed = 1)";
    const STEPS: usize = 1000;
    /// A tenth of the paths a round.
    const PATHS: usize = 1000;
    let ours = simulation(TEXT);
    let (process, mut normals) = (OrnsteinUhlenbeck { theta: 1.0, mu: 0.5, s: 0.3 }, Normals::new(1));
    let theirs = process.ends(10_000, STEPS, 0.01, &mut normals);
    let found = [mean(&drawn(&ours, 10_000)), mean(&theirs)];
    assert!(found.iter().all(|mean| (mean - 0.500_064_8).abs() < 0.01), "{found:?}");
    let pair = pair(
        || {
            black_box(drawn(&ours, PATHS));
        },
        || {
            black_box(process.ends(PATHS, STEPS, 0.01, &mut normals));
        },
    );
    let per = ((PATHS * STEPS) as f64, "path-step");
    Row { work: "Ornstein-Uhlenbeck, Euler-Maruyama, 1,000 steps", pair, per, cold: cold(TEXT) }
}

fn lorenz() -> Row {
    const TEXT: &str = "ode lorenz(s: real, r: real, b: real) on v: real[3] {
  let {x, y, z} = {x: v[0], y: v[1], z: v[2]}
  d(v) = [s * (y - x), x * (r - z) - y, x * y - b * z] * dt
}
fn orbit() -> real[3] {
  a ~ uniform(1, 1 + 1e-9)
  solve(lorenz(10, 28, 8 / 3), from = [a, 1, 1], at = [10], method = tsit5(rtol = 1e-8, atol = 1e-8))[0]
}
let x = simulate(orbit(), 10, seed = 1)";
    let ours = simulation(TEXT);
    let (theirs, steps) = lorenz_end([1.0; 3], 10.0, 1e-8);
    let found = drawn(&ours, 1);
    assert!(found.iter().zip(theirs).all(|(a, b)| (a - b).abs() < 1e-3), "{found:?} {theirs:?}");
    let pair = pair(
        || {
            black_box(drawn(&ours, 1));
        },
        || {
            black_box(lorenz_end(black_box([1.0; 3]), 10.0, 1e-8));
        },
    );
    Row { work: "Lorenz to T = 10, Tsit5 at 1e-8", pair, per: (f64::from(steps), "step"), cold: cold(TEXT) }
}

fn predator_gradient() -> Row {
    const TEXT: &str = "data P, S: size
data w: real[P, S, 2]
model predators {
  q: real[6] ~ flat()
  let h = 0.001
  factor -mean(for p in P: {
    let end = iterate(z = [1.0, 1.0], for k in S: [
      z[0] * (1 + h * (q[0] - q[1] * z[1]) + sqrt(h) * q[4] * w[p, k, 0]),
      z[1] * (1 + h * (q[3] * z[0] - q[2]) + sqrt(h) * q[5] * w[p, k, 1])
    ])
    dot(end, end)
  })
}
let posterior = predators";
    const SIDE: usize = 1000;
    let mut normals = Normals::new(2);
    let noise: Vec<f64> = (0..2 * SIDE * SIDE).map(|_| normals.next()).collect();
    let rows = |entries: &[f64]| format!("{:?}", entries.chunks(2).collect::<Vec<_>>());
    let paths: Vec<String> = noise.chunks(2 * SIDE).map(rows).collect();
    let data = format!("{{\"P\": {SIDE}, \"S\": {SIDE}, \"w\": [{}]}}", paths.join(","));
    let posterior = target(TEXT, data);
    let mut evaluator = posterior.evaluator();
    let (at, mut slopes, mut by_hand) = ([1.5, 1.0, 3.0, 1.0, 0.1, 0.1], [0.0; 6], [0.0; 6]);
    let value = evaluator.log_density_gradient(&at, &mut slopes).expect("a finite loss");
    let expected = predators(&at, &mut by_hand, &noise, SIDE, 0.001);
    let off = |(a, b): (&f64, &f64)| (a + b).abs() > 1e-9 * b.abs();
    assert!((value + expected).abs() < 1e-9 * expected, "{value} {expected}");
    assert!(!slopes.iter().zip(&by_hand).any(off), "{slopes:?} {by_hand:?}");
    let pair = pair(
        || {
            black_box(evaluator.log_density_gradient(black_box(&at), &mut slopes).is_ok());
        },
        || {
            black_box(predators(black_box(&at), &mut by_hand, &noise, SIDE, 0.001));
        },
    );
    let cold = once(3, || {
        black_box(target(TEXT, "{\"P\": 1, \"S\": 2, \"w\": [[[0, 0], [0, 0]]]}".to_owned()).dimension());
    });
    let work = "predators and prey, gradient of a loss of 1,000 paths by 1,000 steps";
    Row { work, pair, per: ((SIDE * SIDE) as f64, "path-step"), cold }
}

fn robertson() -> Row {
    const TEXT: &str = "ode robertson(k: real) on y: real[3] {
  let {a, b, c} = {a: k * y[0], b: 1e4 * y[1] * y[2], c: 3e7 * y[1]^2}
  d(y) = [b - a, a - b - c, c] * dt
}
fn end() -> real[3] {
  k ~ uniform(0.04, 0.04 + 1e-12)
  solve(robertson(k), from = [1, 0, 0], at = [40], method = kvaerno5(rtol = 1e-8, atol = 1e-14))[0]
}
let x = simulate(end(), 10, seed = 1)";
    let ours = simulation(TEXT);
    let exact = [0.715_827_068_719_405_1, 9.185_534_764_557_764e-6, 0.284_163_745_745_830_35];
    for found in [drawn(&ours, 1), robertson_end(40.0, 1e-8, 1e-14).to_vec()] {
        assert!(found.iter().zip(exact).all(|(a, b)| (a - b).abs() < 1e-6 * b), "{found:?}");
    }
    let pair = pair(
        || {
            black_box(drawn(&ours, 1));
        },
        || {
            black_box(robertson_end(black_box(40.0), 1e-8, 1e-14));
        },
    );
    Row { work: "Robertson to T = 40, Kvaerno5 at 1e-8", pair, per: (1.0, "solution"), cold: cold(TEXT) }
}
