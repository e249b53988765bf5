//! Chains far out: densities and gradients equal the forward algorithm in logarithms where probabilities underflow, where
//! states cannot be left, and where nothing is possible.

use super::case::{log_sum_exp, lowered};
use ansatz_compiler::codegen::{Argument, ResultBuffer};
use ansatz_compiler::model::LOG_DENSITY;
use ansatz_compiler::pipeline::{Form, Native, Program, Unobserved};

const MEANS: [f64; 2] = [3.0, 10.0];

/// A number with its derivatives by the two means.
type Dual = (f64, [f64; 2]);

fn log_normal(x: f64, k: usize) -> Dual {
    let away = x - MEANS[k];
    let mut slopes = [0.0; 2];
    slopes[k] = away;
    (-0.5 * away * away - 0.5 * (2.0 * std::f64::consts::PI).ln(), slopes)
}

fn plus(a: Dual, b: Dual) -> Dual {
    (a.0 + b.0, [0, 1].map(|i| a.1[i] + b.1[i]))
}

fn sum(terms: [Dual; 2]) -> Dual {
    let value = log_sum_exp(&terms.map(|term| term.0));
    let weight = |term: &Dual| if term.0 == value { 1.0 } else { (term.0 - value).exp() };
    (value, [0, 1].map(|i| terms.iter().map(|term| weight(term) * term.1[i]).sum()))
}

/// The forward algorithm in logarithms.
fn expected(y: &[f64], p: &[f64; 4]) -> Dual {
    let mut message = [0, 1].map(|k| plus((0.5f64.ln(), [0.0; 2]), log_normal(y[0], k)));
    for x in &y[1..] {
        message = [0, 1].map(|k| {
            let arriving = [0, 1].map(|j| plus(message[j], (p[2 * j + k].ln(), [0.0; 2])));
            plus(sum(arriving), log_normal(*x, k))
        });
    }
    plus(sum(message), plus(log_normal(3.0, 0), log_normal(10.0, 1)))
}

fn found(emission: &str, y: &[f64], p: &[f64; 4]) -> Dual {
    let text = format!(
        "data N: size\ndata y: real[N]\ndata P: simplex[2][2]\nmodel m {{
  mu ~ normal([3, 10], 1)
  z[0] ~ categorical(p = [0.5, 0.5])
  for t in 1..N {{ z[t] ~ categorical(p = P[z[t - 1]]) }}
  for t in N {{ y[t] ~ {emission} }}
}}\nlet p = marginal(m, out = [z]) given {{y}}"
    );
    let marginal = lowered(&text);
    let data = [ResultBuffer::F64(y.to_vec()), ResultBuffer::F64(p.to_vec())];
    let sizes = [y.len() as i64];
    let program = Program { module: &marginal.module, root: LOG_DENSITY, sizes: &sizes, data: &data };
    let native = Native::new(program, Form::Gradient, &mut Unobserved).expect("it compiles");
    let mut evaluator = native.evaluator();
    match evaluator.run(&[Argument::F64(&MEANS)]).expect("it runs") {
        [ResultBuffer::F64(value), ResultBuffer::F64(slopes)] => (value[0], [slopes[0], slopes[1]]),
        other => panic!("a density and its gradient, not {other:?}"),
    }
}

fn agree(y: &[f64], p: &[f64; 4]) {
    let ((value, slopes), (exact, exact_slopes)) = (found("normal(mu[z[t]], 1)", y, p), expected(y, p));
    assert!(exact.is_finite() && (value - exact).abs() < 1e-11 * exact.abs(), "{p:?}: {value} {exact}");
    let scale: f64 = y.iter().map(|x| (x - 3.0).abs()).sum();
    for (slope, exact) in slopes.into_iter().zip(exact_slopes) {
        assert!((slope - exact).abs() < 1e-10 * scale, "{p:?}: {slope} {exact}");
    }
}

/// Observations near the mean of one state and then of the other, with some far from both.
fn observed() -> Vec<f64> {
    let mean = |t: usize| if t < 60 { MEANS[0] } else { MEANS[1] };
    let mut y: Vec<f64> = (0..120).map(|t| mean(t) + (1.7 * t as f64).sin()).collect();
    (y[20], y[21], y[90]) = (45.0, -300.0, 200.0);
    y
}

#[test]
fn outliers_and_rare_steps_lose_nothing() {
    for rare in [0.3, 1e-10, 1e-80, 1e-90, 1e-300] {
        agree(&observed(), &[1.0 - rare, rare, rare, 1.0 - rare]);
    }
}

/// A message in probabilities alone would have forgotten the second state when its observations come.
#[test]
fn states_that_cannot_be_left_or_reached_are_kept_apart() {
    for p in [[1.0, 0.0, 0.0, 1.0], [0.9, 0.1, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0]] {
        agree(&observed(), &p);
    }
}

#[test]
fn long_chains_of_unlikely_steps_do_not_underflow() {
    // Each step of the only likely path has probability 1e-60.
    let y: Vec<f64> = (0..400).map(|t| MEANS[t % 2]).collect();
    agree(&y, &[1.0 - 1e-60, 1e-60, 1e-60, 1.0 - 1e-60]);
}

#[test]
fn impossible_observations_have_no_density_and_possible_ones_theirs() {
    let even = [0.5; 4];
    let uniform = |y: &[f64]| found("uniform(z[t], z[t] + 1.5)", y, &even).0;
    let priors = log_normal(3.0, 0).0 + log_normal(10.0, 1).0;
    assert_eq!(uniform(&[0.7, 5.0, 0.7]), f64::NEG_INFINITY);
    let only_one = 3.0 * (0.5 / 1.5f64).ln() + priors;
    assert!((uniform(&[0.5, 2.2, 0.5]) - only_one).abs() < 1e-12);
}
