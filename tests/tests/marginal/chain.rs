//! Chains cost what the forward algorithm costs: one step an entry, and code that does not know the length.

use super::case::{log_sum_exp, lowered};
use ansatz_compiler::codegen::{Argument, ResultBuffer};
use ansatz_compiler::model::{LOG_DENSITY, LOG_DENSITY_CONSTRAINED};
use ansatz_compiler::pipeline::{Evaluator, Form, Native, Observer, Program, Unobserved};
use std::fmt::Display;
use std::time::{Duration, Instant};

/// A hidden Markov model with explicit states.
const HIDDEN: &str = "data N: size
data y: real[N]
model m {
  theta ~ dirichlet(ones(2))[2]
  mu ~ normal([3, 10], 1)
  z[0] ~ categorical(p = [0.5, 0.5])
  for t in 1..N { z[t] ~ categorical(p = theta[z[t - 1]]) }
  y ~ normal(mu[z], 1)
}
let p = marginal(m, out = [z]) given {y}";

const ROWS: [f64; 4] = [0.7, 0.3, 0.1, 0.9];
const MEANS: [f64; 2] = [2.5, 9.0];

/// Observations that stay for a while at either mean.
fn observations(count: usize) -> Vec<f64> {
    let state = |t: usize| usize::from((0.05 * t as f64).sin() > 0.3);
    (0..count).map(|t| MEANS[state(t)] + (1.7 * t as f64).sin()).collect()
}

fn log_normal(x: f64, mean: f64) -> f64 {
    -0.5 * (x - mean).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

/// The forward algorithm written by hand; the Dirichlet of ones has density one.
fn forward(y: &[f64], theta: &[f64; 4], mu: [f64; 2]) -> f64 {
    let emitted = |t: usize, k: usize| log_normal(y[t], mu[k]);
    let mut message = [0, 1].map(|k| 0.5f64.ln() + emitted(0, k));
    for t in 1..y.len() {
        message = [0, 1].map(|k| {
            let arriving = [0, 1].map(|j| message[j] + theta[2 * j + k].ln());
            log_sum_exp(&arriving) + emitted(t, k)
        });
    }
    log_sum_exp(&message) + log_normal(mu[0], 3.0) + log_normal(mu[1], 10.0)
}

fn evaluator(root: &str, form: Form, y: Vec<f64>) -> Evaluator {
    let marginal = lowered(HIDDEN);
    let (sizes, data) = ([y.len() as i64], [ResultBuffer::F64(y)]);
    let program = Program { module: &marginal.module, root, sizes: &sizes, data: &data };
    Native::new(program, form, &mut Unobserved).expect("it compiles").evaluator()
}

#[test]
fn explicit_states_have_the_density_of_the_forward_algorithm() {
    for count in [1, 2, 1000] {
        let y = observations(count);
        let expected = forward(&y, &ROWS, MEANS);
        let mut density = evaluator(LOG_DENSITY_CONSTRAINED, Form::Value, y.clone());
        let found = density.run(&[Argument::F64(&ROWS), Argument::F64(&MEANS)]).expect("it runs");
        let ResultBuffer::F64(found) = &found[0] else { panic!("a density is a number") };
        assert!((found[0] - expected).abs() < 1e-11 * expected.abs(), "{} {expected}", found[0]);
        // Another matrix is told apart.
        let other = forward(&y, &[0.6, 0.4, 0.1, 0.9], MEANS);
        assert!(count == 1 || (found[0] - other).abs() > 1e-3);
    }
}

/// The least time of a gradient, of several.
fn time_of_gradient(count: usize) -> Duration {
    let mut gradient = evaluator(LOG_DENSITY, Form::Gradient, observations(count));
    let mut once = || {
        let began = Instant::now();
        gradient.run(&[Argument::F64(&[0.3, -0.2, 2.5, 9.0])]).expect("it runs");
        began.elapsed()
    };
    (0..20).map(|_| once()).min().expect("it ran")
}

/// Sixteen times the steps cost about sixteen times as much; a cost that grows with the square would be 256.
#[test]
fn a_chain_costs_its_length() {
    let ratio = time_of_gradient(16_000).as_secs_f64() / time_of_gradient(1_000).as_secs_f64();
    assert!(ratio < 64.0, "{ratio}");
}

/// Kernels of a chain are as large for ten thousand entries as for a thousand, and made in milliseconds, elimination
/// included (longer on a busy machine).
#[test]
fn the_code_of_a_chain_does_not_grow_with_its_length() {
    struct Size(usize);
    impl Observer for Size {
        fn finished(&mut self, stage: &'static str, product: &dyn Display) {
            if stage == "kernel" {
                self.0 = product.to_string().lines().count();
            }
        }
    }
    let mut made = [1_000, 10_000].into_iter().map(|entries: usize| {
        let data = [ResultBuffer::F64(observations(entries))];
        let began = Instant::now();
        let marginal = lowered(HIDDEN);
        let program =
            Program { module: &marginal.module, root: LOG_DENSITY, sizes: &[entries as i64], data: &data };
        let mut size = Size(0);
        Native::new(program, Form::Gradient, &mut size).expect("it compiles");
        (size.0, began.elapsed())
    });
    let (short, long) = (made.next().expect("two lengths"), made.next().expect("two lengths"));
    assert!(short.0 > 0);
    assert_eq!(short.0, long.0);
    let least = short.1.min(long.1);
    assert!(least < Duration::from_millis(500), "{least:?}");
}
