//! Draws from models: their moments, their independence of threads, and that compiled code and the interpreter agree.
//!
//! Statistical checks have fixed seeds and allow five standard errors, which a sound program exceeds once in 1.7 million
//! seeds; each also sees a shift of ten.

use ansatz::data::Input;
use ansatz::draws::{Draws as Fit, Layout};
use ansatz::program::{Bound, Draws, Predicted, Prediction, Program, Simulation};
use ansatz_compiler::codegen::ResultBuffer;
use ansatz_compiler::ir::Constant;
use ansatz_compiler::ir::datum::Datum;
use ansatz_compiler::ir::eval::evaluate;
use ansatz_compiler::lower::Known;
use ansatz_compiler::model::{SIMULATE, Wanted, simulation};
use ansatz_compiler::typed::tree::{Expr, ExprKind, StepKind};
use ansatz_grammar::diagnostic::render;
use ansatz_tests::session::session;

/// A checked program with its data.
struct Checked {
    program: Program,
    bound: Bound,
}

impl Checked {
    fn new(text: &str, data: &str) -> Checked {
        let mut program = Program::compile("model.anz", text);
        assert!(program.diagnostics.is_empty(), "{}", program.render(&program.diagnostics, false));
        let input = Input { files: vec![("data.json".into(), data.into())], settings: Vec::new() };
        let bound = program.read(&input).expect("the data fit");
        Checked { program, bound }
    }

    /// The model in the last line, `let x = simulate(m, ..)`.
    fn model(&self) -> &Expr {
        let StepKind::Let { value, .. } = &self.program.typed.script.last().expect("a script").kind else {
            panic!("the last line names a simulation")
        };
        simulated(value)
    }

    fn simulation(&self) -> Simulation {
        Simulation::new(&self.program, self.model(), &self.bound).expect("it compiles")
    }

    /// The entries of a value, all draws.
    fn drawn(&self, name: &str, count: usize) -> Vec<f64> {
        let simulation = self.simulation();
        let at = simulation.quantities().iter().position(|drawn| drawn.name == name).expect("it is drawn");
        numbers(&simulation.draw(Draws { count, seed: 1, threads: 2 }).expect("it runs")[at])
    }
}

/// The model that an expression simulates.
fn simulated(value: &Expr) -> &Expr {
    match &value.kind {
        ExprKind::Script { value, .. } => simulated(value),
        ExprKind::Simulate { model, .. } => model,
        _ => panic!("{value:?} simulates nothing"),
    }
}

fn numbers(buffer: &ResultBuffer) -> Vec<f64> {
    match buffer {
        ResultBuffer::F64(values) => values.clone(),
        ResultBuffer::I64(values) => values.iter().map(|value| *value as f64).collect(),
        ResultBuffer::Bool(values) => values.iter().map(|value| f64::from(u8::from(*value))).collect(),
        ResultBuffer::F32(values) => values.iter().map(|value| f64::from(*value)).collect(),
    }
}

/// Asserts that the mean of independent numbers is `expected`.
#[track_caller]
fn assert_mean(values: &[f64], expected: f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    let off = |expected: f64| (mean - expected).abs() > 5.0 * error;
    assert!(!off(expected), "mean {mean} with standard error {error}, expected {expected}");
    assert!(off(expected + 10.0 * error), "a shift of ten standard errors is seen");
}

fn squares(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value * value).collect()
}

const SCHOOLS: &str = "data J: size
data sigma: positive[J]
model schools {
  mu ~ normal(0, 5)
  tau ~ half_normal(2)
  eta ~ normal(0, 1)[J]
  track theta = mu + tau * eta
  y ~ normal(theta, sigma)
}
let prior = simulate(schools, 20_000, seed = 1)
";
const SIGMA: &str = r#"{"J": 3, "sigma": [1.0, 2.0, 3.0]}"#;

#[test]
fn sites_are_drawn_in_order_and_tracked_values_kept() {
    let schools = Checked::new(SCHOOLS, SIGMA);
    let names: Vec<String> =
        schools.simulation().quantities().iter().map(|drawn| drawn.name.clone()).collect();
    assert_eq!(names, ["mu", "tau", "eta", "y", "theta"]);
    let mu = schools.drawn("mu", 20_000);
    assert_mean(&mu, 0.0);
    assert_mean(&squares(&mu), 25.0);
    let y = schools.drawn("y", 20_000);
    for (school, sigma) in [1.0, 2.0, 3.0f64].into_iter().enumerate() {
        let own: Vec<f64> = y.iter().skip(school).step_by(3).copied().collect();
        assert_mean(&own, 0.0);
        assert_mean(&squares(&own), 25.0 + 4.0 + sigma * sigma);
    }
}

#[test]
fn draws_depend_on_seed_and_number_alone() {
    let simulation = Checked::new(SCHOOLS, SIGMA).simulation();
    let draw = |count, seed, threads| {
        let draws = simulation.draw(Draws { count, seed, threads }).expect("it runs");
        draws.iter().map(numbers).collect::<Vec<_>>()
    };
    let one = draw(7, 1, 1);
    assert_eq!(one, draw(7, 1, 3));
    assert_ne!(one, draw(7, 2, 1));
    for (first, all) in draw(1, 1, 1).iter().zip(&one) {
        assert_eq!(first[..], all[..first.len()]);
        assert_ne!(first[..], all[first.len()..2 * first.len()]);
    }
}

/// Paths of a stochastic equation, thousands of them, in steps between their times.
const PATHS: &str =
    "sde ou(theta: positive, mu: real, s: positive) on x: real { d(x) = theta * (mu - x) * dt + s * x * dW }
let law = diffusion(ou(1, 0.5, 0.3), from = 2, at = [0.5, 1], method = heun(0.1))
let paths = simulate(law, 1_000, seed = 1)
";

#[test]
fn paths_are_the_same_bytes_for_any_number_of_threads() {
    let simulation = Checked::new(PATHS, "{}").simulation();
    let draw = |count, seed, threads| -> Vec<u64> {
        let draws = simulation.draw(Draws { count, seed, threads }).expect("it runs");
        numbers(&draws[0]).into_iter().map(f64::to_bits).collect()
    };
    let one = draw(3_000, 1, 1);
    assert_eq!(one.len(), 6_000);
    for threads in [2, 3, 7, 64] {
        assert!(one == draw(3_000, 1, threads), "{threads} threads draw other paths");
    }
    assert!(one[..200] == draw(100, 1, 2)[..], "a path depends on how many there are");
    assert!(one != draw(3_000, 2, 1), "another seed draws the same paths");
}

/// A walk, by a scan; rows of trials that read their own past, by a map over scans; entries side by side, by a map.
const ARRAYS: &str = "data T, N: size
model arrays {
  x[0] ~ normal(0, 2)
  for t in 1..T { x[t] ~ normal(x[t - 1], 1) }
  for i in N, t in T {
    let before = sum(for s in 0..t: y[i, s])
    y[i, t] ~ normal(1 + before, 1)
  }
  for i in N {
    z[i] ~ bernoulli(p = 0.25)
    w[i] ~ normal(if z[i] { 4 } else { 0 }, 1)
  }
}
let drawn = simulate(arrays, seed = 1)
";
const LENGTHS: &str = r#"{"T": 4, "N": 3}"#;

#[test]
fn arrays_are_drawn_in_program_order() {
    let arrays = Checked::new(ARRAYS, LENGTHS);
    let x = arrays.drawn("x", 10_000);
    let last: Vec<f64> = x.iter().skip(3).step_by(4).copied().collect();
    assert_mean(&last, 0.0);
    assert_mean(&squares(&last), 4.0 + 3.0);
    // y[t] has mean 2^t, and what is drawn there has variance 1.
    let y = arrays.drawn("y", 10_000);
    for (t, expected) in [1.0, 2.0, 4.0, 8.0].into_iter().enumerate() {
        let own: Vec<f64> = y.iter().skip(4 + t).step_by(12).copied().collect();
        assert_mean(&own, expected);
    }
    let rest: Vec<f64> = y.chunks(4).map(|row| row[3] - 1.0 - row[0] - row[1] - row[2]).collect();
    assert_mean(&rest, 0.0);
    assert_mean(&squares(&rest), 1.0);
    assert_mean(&arrays.drawn("z", 10_000), 0.25);
    assert_mean(&arrays.drawn("w", 10_000), 1.0);
}

#[test]
fn loops_that_do_not_read_back_are_maps() {
    let arrays = Checked::new(ARRAYS, LENGTHS);
    let text = simulation(&arrays.program.typed, arrays.model(), Wanted::default(), &Known::default())
        .expect("it lowers")
        .module
        .to_string();
    assert_eq!(text.matches("scan (").count(), 2, "{text}");
    assert!(text.matches("map (").count() >= 2, "{text}");
}

#[test]
fn compiled_code_and_the_interpreter_draw_the_same() {
    for (text, data, sizes) in [(SCHOOLS, SIGMA, vec![3]), (ARRAYS, LENGTHS, vec![4, 3])] {
        let checked = Checked::new(text, data);
        let module =
            simulation(&checked.program.typed, checked.model(), Wanted::default(), &Known::default())
                .expect("it lowers")
                .module;
        let native = checked.simulation().draw(Draws { count: 3, seed: 9, threads: 1 }).expect("it runs");
        let integer = |value| Datum::Scalar(Constant::I64(value));
        let mut arguments = vec![integer(9), integer(2)];
        if sizes.len() == 1 {
            arguments.insert(0, Datum::floats(&[3], &[1.0, 2.0, 3.0]));
        }
        let interpreted = evaluate(&module, SIMULATE, &sizes, &arguments).expect("it evaluates");
        for (native, interpreted) in native.iter().zip(interpreted) {
            let interpreted = interpreted.to_f64();
            let native = numbers(native);
            assert_eq!(native[native.len() - interpreted.len()..], interpreted[..], "{text}");
        }
    }
}

#[test]
fn mixtures_order_and_branches_are_drawn() {
    let text = "model m {
  m ~ mixture([0.2, 0.3, 0.5], [normal(0, 1), normal(10, 1), normal(20, 1)])
  s ~ sorted(normal(0, 1)[3])
  if m > 5 { b ~ normal(1, 0.1) } else { b ~ normal(-1, 0.1) }
}
let drawn = simulate(m, seed = 1)";
    let drawn = Checked::new(text, "{}");
    assert_mean(&drawn.drawn("m", 10_000), 13.0);
    let s = drawn.drawn("s", 10_000);
    assert!(s.chunks(3).all(|s| s[0] < s[1] && s[1] < s[2]));
    // The least of three standard normals has mean -3 / (2 sqrt(pi)).
    assert_mean(&s.chunks(3).map(|s| s[0]).collect::<Vec<f64>>(), -0.846_284_375_321_634_4);
    assert_mean(&drawn.drawn("b", 10_000), 0.6);
}

#[test]
fn other_sites_are_predicted_for_every_draw_of_a_fit() {
    let schools = Checked::new(SCHOOLS, SIGMA);
    let model = (schools.model(), &schools.bound);
    let (held, wanted) = (&["mu", "tau", "eta"], &["y", "theta", "mu"]);
    let asked = Predicted { model, wanted, held, out: &[], fitted: model };
    let prediction = Prediction::new(&schools.program, asked).expect("it compiles");
    let layout = Layout::new(
        [("mu", vec![]), ("tau", vec![]), ("eta", vec![3])].map(|(name, shape)| (name.to_string(), shape)),
    );
    let draw = |mu: f64| [mu, 2.0, -1.0, 0.0, 1.0];
    let chains = [100.0, 200.0].map(|mu| (0..2000).flat_map(|_| draw(mu)).collect());
    let fit = Fit::new(layout, chains.to_vec());
    let predict = |threads| prediction.draw(&fit, 3, threads).expect("it runs");
    let names: Vec<&str> = prediction.quantities().iter().map(|drawn| drawn.name.as_str()).collect();
    assert_eq!(names, wanted);
    let values = predict(2);
    assert_eq!(values, predict(1));
    let theta = numbers(&values[1]);
    assert_eq!(theta[..3], [98.0, 100.0, 102.0]);
    assert_eq!(theta[3 * 2000..][..3], [198.0, 200.0, 202.0]);
    assert_eq!(numbers(&values[2])[1999..2001], [100.0, 200.0]);
    let y: Vec<f64> = numbers(&values[0]).chunks(3).take(2000).map(|y| y[2]).collect();
    assert_mean(&y, 102.0);
    assert_mean(&y.iter().map(|y| (y - 102.0).powi(2)).collect::<Vec<f64>>(), 9.0);
}

#[test]
fn sites_that_were_summed_out_are_drawn_alike_by_any_number_of_threads() {
    let text = "data N: size
data y: real[N]
model m {
  mu ~ normal(2, 1)
  z ~ bernoulli(p = 0.25)[N]
  for i in N { y[i] ~ normal(if z[i] { mu } else { 0 }, 1) }
}
let summed = simulate(m, seed = 1)";
    let fitted = format!("{text}\nlet fitted = marginal(m, out = [z]) given {{y}}");
    let fitted = Checked::new(&fitted, r#"{"N": 2, "y": [0.5, 3.0]}"#);
    let StepKind::Let { value, .. } = &fitted.program.typed.script.last().expect("a script").kind else {
        panic!("the last line names what was fitted")
    };
    let StepKind::Let { value: drawn, .. } = &fitted.program.typed.script[0].kind else {
        panic!("the first line names a simulation")
    };
    let asked = Predicted {
        model: (simulated(drawn), &fitted.bound),
        wanted: &["z", "y"],
        held: &["mu"],
        out: &["z"],
        fitted: (value, &fitted.bound),
    };
    let prediction = Prediction::new(&fitted.program, asked).expect("it compiles");
    let fit = Fit::new(Layout::new([("mu".to_string(), vec![])]), vec![vec![2.0; 3000]; 2]);
    let [one, three] = [1, 3].map(|threads| prediction.draw(&fit, 5, threads).expect("it runs"));
    assert_eq!(one, three);
    for (i, y) in [0.5, 3.0f64].into_iter().enumerate() {
        let odds = (0.25f64 / 0.75).ln() + 2.0 * y - 2.0;
        let chance = 1.0 / (1.0 + (-odds).exp());
        let own = |at: usize| -> Vec<f64> { numbers(&one[at]).iter().skip(i).step_by(2).copied().collect() };
        assert_mean(&own(0), chance);
        assert_mean(&own(1), 2.0 * chance);
    }
}

#[test]
fn scripts_compute_with_draws() {
    let text = "model pair(m: real) { a ~ normal(m, 1); b ~ exponential(rate = 2)[2] }
model whole { x ~ pair(3); y ~ normal(x.a, 1) }
let n = 4000
let many = simulate(whole, n, seed = 1)
let one = simulate(whole, seed = 1)
assert one.y == many.y[0] within 1e-12
assert one.x.b[1] == many.x.b[0, 1] within 1e-12
assert mean(many.x.a) == 3 within 0.1
assert mean(many.x.b) == 0.5 within 0.05
print 2 * 21";
    let input = Input { files: Vec::new(), settings: Vec::new() };
    let session = session("model.anz", text, &input, true);
    let told = render(&session.diagnostics, &session.sources, false);
    assert!(session.diagnostics.is_empty(), "{told}");
    assert_eq!(session.printed.trim(), "42");
}
