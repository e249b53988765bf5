//! The mean of 1e5 gradient draws lies within 4 standard errors of the exact gradient.
//!
//! Seeds are fixed. Each number checked would fail by chance with probability 6.4e-5: about one hundred numbers, so
//! one false alarm in 150 changes of the noise.

use ansatz_compiler::ir::Datum;
use ansatz_compiler::model::expect::EstimatorError;
use ansatz_tests::corpus::text;
use ansatz_tests::estimate::{Estimator, Moments};
use ansatz_tests::program::{Program, module};

const DRAWS: i64 = 100_000;
/// Standard errors that a mean may lie off.
const FAR: f64 = 4.0;

/// An expectation in two parameters, with its gradient in closed form.
struct Expectation {
    file: &'static str,
    point: [f64; 2],
    value: fn(f64, f64) -> f64,
    gradient: fn(f64, f64) -> [f64; 2],
    /// One list of strategies, in order of the sites, for each estimator.
    strategies: &'static [&'static [&'static str]],
}

impl Expectation {
    fn estimator(&self, strategies: &[&str]) -> Estimator {
        let text = text(&format!("ir/estimators/{}.ir", self.file));
        Estimator::new(&text, strategies, &self.point)
            .unwrap_or_else(|error| panic!("{}: {error}", self.file))
    }

    /// Standard errors by which value and gradient are off.
    fn deviations(&self, moments: &[Moments]) -> Vec<f64> {
        let [a, b] = self.point;
        let [first, second] = (self.gradient)(a, b);
        let exact = [(self.value)(a, b), first, second];
        moments.iter().zip(exact).map(|(moments, exact)| moments.deviations(exact)).collect()
    }
}

const SINGLE: &[&[&str]] = &[&["reparam"], &["reinforce"], &["mvd"]];
const COIN: &[&[&str]] = &[&["enumerate"], &["reinforce"], &["mvd"]];
const NO_CHOICE: &[&[&str]] = &[&[]];

const BERNOULLI: Expectation = Expectation {
    file: "bernoulli",
    point: [0.3, 0.4],
    value: |p, c| p * (1.0 - 2.0 * c) + c * c,
    gradient: |p, c| [1.0 - 2.0 * c, 2.0 * (c - p)],
    strategies: COIN,
};

const NORMAL: Expectation = Expectation {
    file: "normal",
    point: [0.7, 1.3],
    value: |mu, sigma| mu * mu + sigma * sigma,
    gradient: |mu, sigma| [2.0 * mu, 2.0 * sigma],
    strategies: SINGLE,
};

const NESTED: Expectation = Expectation {
    file: "nested",
    point: [0.6, 0.8],
    value: |m, s| m * m * m + 3.0 * m * s * s + 0.25 * m,
    gradient: |m, s| [3.0 * (m * m + s * s) + 0.25, 6.0 * m * s],
    strategies: &[
        &["reparam", "reparam"],
        &["reinforce", "reparam"],
        &["mvd", "reinforce"],
        &["reparam", "mvd"],
    ],
};

const EXPECTATIONS: &[Expectation] = &[
    BERNOULLI,
    Expectation { file: "bernoulli_baseline", strategies: NO_CHOICE, ..BERNOULLI },
    NORMAL,
    Expectation { file: "normal_baseline", strategies: NO_CHOICE, ..NORMAL },
    Expectation { file: "particles", ..NORMAL },
    Expectation { file: "leave_one_out", strategies: NO_CHOICE, ..NORMAL },
    Expectation {
        file: "sum",
        value: |mu, sigma| 6.0 * (mu * mu + sigma * sigma),
        gradient: |mu, sigma| [12.0 * mu, 12.0 * sigma],
        ..NORMAL
    },
    Expectation {
        file: "coins",
        value: |p, c| 3.0 * (p * (1.0 - 2.0 * c) + c * c),
        gradient: |p, c| [3.0 * (1.0 - 2.0 * c), 6.0 * (c - p)],
        ..BERNOULLI
    },
    Expectation {
        file: "labels",
        value: |p, c| 3.0 * (p * (1.0 - 2.0 * c) + c * c),
        gradient: |p, c| [3.0 * (1.0 - 2.0 * c), 6.0 * (c - p)],
        strategies: &[&["enumerate"], &["reinforce"]],
        ..BERNOULLI
    },
    Expectation {
        file: "chain",
        value: |p, c| chain_mean(p) * (1.0 - 2.0 * c) + 3.0 * c * c,
        gradient: |p, c| {
            let (r, d) = (1.0 - p, 2.0 * p - 1.0);
            let slope = -3.0 - 2.0 * d + 4.0 * r - d * d + 4.0 * r * d;
            [slope * (1.0 - 2.0 * c), 6.0 * c - 2.0 * chain_mean(p)]
        },
        strategies: &[&["enumerate"], &["reinforce"]],
        ..BERNOULLI
    },
    Expectation {
        file: "escape",
        value: |mu, sigma| 9.0 * mu * mu + 3.0 * sigma * sigma,
        gradient: |mu, sigma| [18.0 * mu, 6.0 * sigma],
        strategies: &[&["reparam"], &["reinforce"]],
        ..NORMAL
    },
    Expectation {
        file: "walk",
        value: |mu, sigma| (0.125 + 1.75 * mu).powi(2) + 1.3125 * sigma * sigma,
        gradient: |mu, sigma| [3.5 * (0.125 + 1.75 * mu), 2.625 * sigma],
        strategies: &[&["reparam"], &["reinforce"]],
        ..NORMAL
    },
    Expectation {
        file: "dependent",
        point: [0.3, 0.8],
        value: |p, m| m * m * (1.0 + 3.0 * p) + 0.25,
        gradient: |p, m| [3.0 * m * m, 2.0 * m * (1.0 + 3.0 * p)],
        strategies: &[
            &["enumerate", "reparam"],
            &["enumerate", "mvd"],
            &["reinforce", "reparam"],
            &["reinforce", "reinforce"],
            &["mvd", "reinforce"],
        ],
    },
    Expectation {
        file: "chained",
        point: [0.6, 0.8],
        value: |m, s| m.sin() * (-0.125 - 0.5 * s * s).exp(),
        gradient: |m, s| {
            let decay = (-0.125 - 0.5 * s * s).exp();
            [m.cos() * decay, -s * m.sin() * decay]
        },
        strategies: &[&["reparam", "reparam"], &["mvd", "reparam"], &["reinforce", "mvd"], &["mvd", "mvd"]],
    },
    NESTED,
    Expectation {
        file: "branch",
        point: [0.6, 0.8],
        value: |m, s| 0.25 * (m * m + s * s) + 0.75 * m,
        gradient: |m, s| [0.5 * m + 0.75, 0.5 * s],
        strategies: &[
            &["enumerate", "reparam", "reparam"],
            &["enumerate", "reinforce", "mvd"],
            &["reinforce", "mvd", "reinforce"],
        ],
    },
];

/// The expected number of ones among three states that begin after a zero and stay with probability p.
fn chain_mean(p: f64) -> f64 {
    let (r, d) = (1.0 - p, 2.0 * p - 1.0);
    3.0 * r + 2.0 * r * d + r * d * d
}

#[test]
fn means_of_draws_are_the_exact_gradients() {
    for expectation in EXPECTATIONS {
        for strategies in expectation.strategies {
            let moments = expectation.estimator(strategies).moments(DRAWS);
            let deviations = expectation.deviations(&moments);
            let close = deviations.iter().all(|deviation| *deviation < FAR);
            assert!(close, "{} by {strategies:?}: off by {deviations:.1?} errors", expectation.file);
        }
    }
}

#[test]
fn enumeration_of_one_site_and_along_a_chain_has_no_variance() {
    let moments = BERNOULLI.estimator(&["enumerate"]).moments(20);
    assert!(moments.iter().all(|moments| moments.variance() == 0.0), "{moments:?}");
    for file in ["labels", "chain"] {
        let moments = Expectation { file, ..BERNOULLI }.estimator(&["enumerate"]).moments(20);
        assert!(moments.iter().all(|moments| moments.variance() == 0.0), "{file}: {moments:?}");
    }
    let control = BERNOULLI.estimator(&["reinforce"]).moments(20);
    assert!(control.iter().all(|moments| moments.variance() > 0.0), "{control:?}");
}

#[test]
fn couplings_baselines_and_particles_take_variance_away() {
    let variance = |file, strategies: &[&str]| {
        let moments = Expectation { file, ..NORMAL }.estimator(strategies).moments(10_000);
        moments[1].variance()
    };
    let plain = variance("normal", &["reinforce"]);
    assert!(variance("normal", &["mvd"]) < 0.7 * plain);
    assert!(variance("normal_baseline", &[]) < 0.7 * plain);
    let four = variance("particles", &["reinforce"]);
    assert!((0.2..0.3).contains(&(four / plain)), "four independent particles: {}", four / plain);
    assert!(variance("leave_one_out", &[]) < four);
}

/// The deviations of an estimator that is wrong on purpose.
fn wrong(expectation: &Expectation, source: &str) -> Vec<f64> {
    let source = module(&format!("{}\n{source}", text("ir/distributions.ir")));
    let function = source.functions["f"].clone();
    let moments = Estimator::of(source, vec![function], &expectation.point, Vec::new()).moments(DRAWS / 10);
    expectation.deviations(&moments)
}

#[test]
fn a_draw_that_is_only_stopped_is_caught() {
    let deviations = wrong(
        &NORMAL,
        "fn @f(%0: f64 live, %1: f64 live, %2: i64 live) -> (f64) {
           %3, %4 = bits %2, site 3, ()
           %5: f64 = call @normal.sample(%0, %1, %3, %4)
           %6 = stop %5
           %7 = mul %6, %6
           yield %7
         }",
    );
    assert!(deviations[0] < FAR && deviations[1] > FAR && deviations[2] > FAR, "{deviations:?}");
}

#[test]
fn a_baseline_that_knows_the_draw_is_caught() {
    let deviations = wrong(
        &NORMAL,
        "fn @f(%0: f64 live, %1: f64 live, %2: i64 live) -> (f64) {
           %3, %4 = bits %2, site 3, ()
           %5: f64 = call @normal.sample(%0, %1, %3, %4)
           %6 = stop %5
           %7 = mul %6, %6
           %8: f64 = call @normal.log_density(%0, %1, %6)
           %9 = stop %8
           %10 = sub %8, %9
           %11 = exp %10
           %12 = abs %6
           %13 = sub %7, %12
           %14 = fma %13, %11, %12
           yield %14
         }",
    );
    assert!(deviations[0] < FAR && deviations[1] > FAR, "{deviations:?}");
}

#[test]
fn a_step_taken_for_pathwise_is_caught() {
    let source = text("ir/estimators/bernoulli.ir");
    let distributions = text("ir/distributions.ir");
    let all = distributions.replace("support_size @bernoulli.support_size", "reparameterized");
    let lied = module(&format!("{all}\n{}", source.replace("by ?", "by reparam")));
    let plain =
        ansatz_compiler::model::expect::estimators(&lied, &lied.functions["f"]).expect("it is declared");
    let moments = Estimator::of(lied, plain, &BERNOULLI.point, Vec::new()).moments(DRAWS / 10);
    assert!(BERNOULLI.deviations(&moments)[1] > FAR);
}

#[test]
fn what_has_no_estimator_says_which_site() {
    let error = |file: &str, strategies: &[&str]| {
        let found = Estimator::new(&text(&format!("ir/estimators/{file}.ir")), strategies, &[0.3, 0.4]);
        found.err().unwrap_or_else(|| panic!("{file} by {strategies:?} has an estimator"))
    };
    assert!(matches!(error("escape", &["mvd"]), EstimatorError::Escapes { site, .. } if site == "x"));
    assert!(matches!(error("normal", &["enumerate"]), EstimatorError::Lacks { site, .. } if site == "x"));
    assert!(matches!(error("bernoulli", &["reparam"]), EstimatorError::Lacks { site, .. } if site == "b"));
}

#[test]
fn the_gradient_of_a_gradient_estimates_second_derivatives() {
    let source = module(&format!(
        "{}\n{}",
        text("ir/distributions.ir"),
        text("ir/estimators/normal.ir").replace("by ?", "by reparam")
    ));
    let mut plain = source.clone();
    plain.distributions.clear();
    let made = ansatz_compiler::model::expect::estimators(&source, &source.functions["f"]);
    made.expect("exists").into_iter().for_each(|function| plain.insert(function));
    let program = Program::new(plain, &[], &[0]).moved(vec![Datum::from(0.7), Datum::from(1.3)]);
    let [mut in_mu, mut mixed] = [Moments::default(); 2];
    for seed in 0..200 {
        let mut at = program.clone();
        at.arguments[2] = Datum::from(seed);
        let second = at.jvp(vec![Datum::from(1.0), Datum::from(0.0)]).vjp(vec![0.0.into(), 1.0.into()]).run();
        in_mu.push(second[2].as_f64().expect("a float"));
        mixed.push(second[3].as_f64().expect("a float"));
    }
    assert!(in_mu.deviations(2.0) < FAR && mixed.deviations(0.0) < FAR, "{in_mu:?} {mixed:?}");
}
