//! Models by name: the gradient over the kernel written by hand; and for each posterior of the shared folder what a user
//! waits for and gets.

use crate::by_hand::ByHand;
use crate::by_hand::autoregression::Autoregression;
use crate::by_hand::gaussian_process::GaussianProcess;
use crate::by_hand::hidden_markov::HiddenMarkov;
use crate::by_hand::logistic::Logistic;
use crate::by_hand::mixture::Mixture;
use crate::by_hand::regression::Regression;
use crate::timing::{Pair, once, pair};
use crate::work::{self, of_own_process};
use ansatz::diagnostics::samples;
use ansatz::mcmc::{Progress, Settings, sample};
use ansatz::program::Posterior;
use ansatz::target::Target;
use ansatz_tests::corpus::shared;
use ansatz_tests::reference::{REFERENCES, Reference};
use serde_json::Value;
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

/// What asks this program to sample one posterior and to print what it took.
pub const SAMPLE: &str = "--sample";

/// Greatest distance of gradient entries, ours and by hand, relative to their size.
const TOLERANCE: f64 = 1e-9;

/// Gradients at the same point, in turn; both must agree.
pub fn gradients(posterior: &Posterior, by_hand: &mut dyn ByHand) -> Pair {
    let q: Vec<f64> = (0..posterior.dimension()).map(|i| 0.1 * i as f64 - 0.2).collect();
    let (mut ours, mut theirs) = (vec![0.0; q.len()], vec![0.0; q.len()]);
    let mut evaluator = posterior.evaluator();
    let value = evaluator.log_density_gradient(&q, &mut ours).expect("a density");
    let expected = by_hand.log_density_gradient(&q, &mut theirs);
    let near = |a: f64, b: f64| (a - b).abs() <= TOLERANCE * (1.0 + b.abs());
    assert!(near(value, expected), "{value} {expected}");
    assert!(ours.iter().zip(&theirs).all(|(a, b)| near(*a, *b)), "{ours:?} {theirs:?}");
    pair(
        || {
            black_box(evaluator.log_density_gradient(black_box(&q), &mut ours).is_ok());
        },
        || {
            black_box(by_hand.log_density_gradient(black_box(&q), &mut theirs));
        },
    )
}

const LOGISTIC: &str = "data N, K: size\ndata X: real[N, K]\ndata y: bool[N]\n\
    model outcomes { beta ~ normal(0, 1)[K]\n y ~ bernoulli(logit = X @ beta) }\n\
    let posterior = outcomes given {y}\n";

/// Logistic regression on 3,020 rows of four predictors, which this makes.
fn logistic() -> Pair {
    const ROWS: usize = 3_020;
    const COLUMNS: usize = 4;
    let x: Vec<f64> = (0..ROWS * COLUMNS).map(|i| (i as f64 * 0.7).sin()).collect();
    let y: Vec<f64> = (0..ROWS).map(|i| f64::from((i as f64 * 1.3).sin() > x[i * COLUMNS])).collect();
    let truths: Vec<bool> = y.iter().map(|y| *y > 0.5).collect();
    let rows: Vec<&[f64]> = x.chunks(COLUMNS).collect();
    let data = serde_json::json!({"N": ROWS, "K": COLUMNS, "X": rows, "y": truths});
    gradients(&work::target(LOGISTIC, data.to_string()), &mut Logistic { x, y })
}

/// The kernels by hand, each for the posterior of its name.
fn by_hand(known: &Reference, data: &Value) -> Option<Box<dyn ByHand>> {
    let numbers = |key: &str| numbers(&data[key]);
    Some(match known.name {
        "arK" => Box::new(Autoregression { y: numbers("y") }),
        "blr" => Box::new(Regression { x: numbers("X"), y: numbers("y") }),
        "gp_regr" => Box::new(GaussianProcess::new(&numbers("x"), numbers("y"))),
        "hmm_example" => Box::new(HiddenMarkov::new(numbers("y"))),
        "low_dim_gauss_mix" => Box::new(Mixture { y: numbers("y") }),
        _ => return None,
    })
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().expect("a number")],
    }
}

/// The table of gradients over kernels written by hand.
pub fn ratios(shared: &Path) -> String {
    let mut table = String::from("| gradient | over the kernel by hand | must |\n|---|---|---|\n");
    let mut row = |name: &str, Pair { ours, theirs, ratio }: Pair| {
        let (ours, theirs) = (ours * 1e6, theirs * 1e6);
        writeln!(table, "| {name} | {ratio:.2} ({ours:.2} us over {theirs:.2} us) | 2 |").expect("text");
    };
    row("eight schools", work::eight_schools_gradient());
    for known in &REFERENCES {
        if let Some(mut by_hand) = by_hand(known, &known.read(shared, "data.json")) {
            let posterior = known.posterior(&known.program(), shared);
            row(known.name, gradients(&posterior, by_hand.as_mut()));
        }
    }
    row("logistic regression, 3,020 rows", logistic());
    table
}

/// The table of what a default run of each posterior costs and gives.
pub fn runs(shared: &Path) -> String {
    let mut table = String::from(
        "| posterior | ready | gradient | run | least ESS per second | memory |\n|---|---|---|---|---|---|\n",
    );
    for known in &REFERENCES {
        let posterior = known.posterior(&known.program(), shared);
        let ready = once(5, || {
            black_box(known.posterior(&known.program(), shared).dimension());
        });
        let gradient = gradient_time(&posterior);
        let sampled = of_own_process(&[SAMPLE, known.name]);
        writeln!(table, "| {} | {:.1} ms | {:.2} us | {sampled} |", known.name, ready * 1e3, gradient * 1e6)
            .expect("text");
    }
    table
}

/// Seconds of one gradient.
fn gradient_time(posterior: &Posterior) -> f64 {
    let q = vec![0.1; posterior.dimension()];
    let mut gradient = q.clone();
    let mut evaluator = posterior.evaluator();
    const CALLS: usize = 50;
    let seconds = once(21, || {
        for _ in 0..CALLS {
            black_box(evaluator.log_density_gradient(black_box(&q), &mut gradient).is_ok());
        }
    });
    seconds / CALLS as f64
}

/// The columns about a default run of the posterior of a name: time, least effective size of bulks per second, and the memory
/// of this process, which must do nothing else.
pub fn sampled(name: &str) -> String {
    let shared = shared("posteriors").expect("the folder that is measured");
    let known = REFERENCES.iter().find(|known| known.name == name).expect("a posterior of this name");
    let posterior = known.posterior(&known.program(), &shared);
    let settings = Settings::default();
    let begun = Instant::now();
    let fit = sample(&posterior, &settings, &Progress::new(settings.chains)).expect("it is sampled");
    let seconds = begun.elapsed().as_secs_f64();
    let memory = work::memory();
    let sizes = samples(&fit.draws).flatten().filter_map(|sample| sample.ess_bulk());
    let least = sizes.fold(f64::INFINITY, f64::min);
    format!("{seconds:.2} s | {:.0} | {memory}", least / seconds)
}
