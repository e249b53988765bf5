//! Discrete sites summed out: equal to enumeration over all their values, the same natively, with gradients that agree
//! with differences; and drawn from their exact conditionals.

use ansatz_compiler::codegen::{Argument, ResultBuffer};
use ansatz_compiler::ir::datum::Datum;
use ansatz_compiler::ir::eval::evaluate;
use ansatz_compiler::ir::{Entries, Module};
use ansatz_compiler::lower::Known;
use ansatz_compiler::model::{DRAWS, LOG_DENSITY, LOG_DENSITY_CONSTRAINED, Posterior, posterior};
use ansatz_compiler::pipeline::{Form, Native, Observer, Program, Unobserved};
use ansatz_compiler::transform::{Options, resolve::resolve};
use ansatz_compiler::typed::tree::StepKind;
use ansatz_grammar::span::Sources;
use std::fmt::Display;
use std::time::Instant;

/// A model, the sites that are summed out, and where it is evaluated.
struct Case {
    name: &'static str,
    /// Declarations of data, then the model `m`.
    text: &'static str,
    /// Conditions besides the discrete sites.
    given: &'static str,
    sizes: &'static [i64],
    data: Vec<Datum>,
    sites: Vec<Site>,
    /// A value for each latent site.
    at: Vec<Datum>,
}

/// A discrete site: its declaration as data, and its shape.
struct Site {
    name: &'static str,
    declared: &'static str,
    shape: &'static [usize],
    states: i64,
}

impl Site {
    const fn new(name: &'static str, declared: &'static str, shape: &'static [usize], states: i64) -> Self {
        Self { name, declared, shape, states }
    }

    /// The site's value of that number.
    fn value(&self, number: i64) -> Datum {
        let count: usize = self.shape.iter().product();
        let digits = (0..count as u32).map(|place| number / self.states.pow(place) % self.states);
        let entries = match self.declared.starts_with("bool") {
            true => Entries::Bool(digits.map(|digit| digit == 1).collect()),
            false => Entries::I64(digits.collect()),
        };
        match self.shape {
            [] => Datum::Scalar(entries.get(0)),
            shape => Datum::array(shape, entries),
        }
    }

    /// The number of a value.
    fn number(&self, value: &ResultBuffer) -> i64 {
        let digits: Vec<i64> = match value {
            ResultBuffer::I64(values) => values.clone(),
            ResultBuffer::Bool(values) => values.iter().map(|value| i64::from(*value)).collect(),
            other => panic!("no discrete values are {other:?}"),
        };
        digits.iter().rev().fold(0, |number, digit| number * self.states + digit)
    }

    fn count(&self) -> i64 {
        self.states.pow(self.shape.iter().product::<usize>() as u32)
    }
}

fn lowered(text: &str) -> Posterior {
    let mut sources = Sources::default();
    let source = sources.add("model.anz", text);
    let parsed = ansatz_grammar::parse(source, text);
    let (program, diagnostics) = ansatz_compiler::typed::check(parsed.tree, &mut sources);
    assert!(diagnostics.is_empty(), "{text}\n{diagnostics:?}");
    let StepKind::Let { value, .. } = &program.script.last().expect("a script").kind else {
        panic!("the last line names a posterior")
    };
    posterior(&program, value, &Known::default()).unwrap_or_else(|fault| panic!("{text}\n{fault:?}"))
}

/// A function's results, by the interpreter.
fn run(module: &Module, root: &str, sizes: &[i64], arguments: &[Datum]) -> Vec<Datum> {
    let options = Options { sizes: Some(sizes.to_vec()), ..Options::default() };
    let mut alone = Module::default();
    alone.insert(resolve(module, root, &options).expect("it resolves"));
    evaluate(&alone, root, &[], arguments).unwrap_or_else(|failure| panic!("{failure}"))
}

fn log_sum_exp(terms: &[f64]) -> f64 {
    let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + terms.iter().map(|term| (term - most).exp()).sum::<f64>().ln()
}

impl Case {
    fn marginal(&self) -> Posterior {
        let names: Vec<&str> = self.sites.iter().map(|site| site.name).collect();
        let (text, given) = (self.text, self.given);
        lowered(&format!("{text}\nlet p = marginal(m, out = [{}]) given {{{given}}}", names.join(", ")))
    }

    /// How often each value of the sites is drawn, by its number.
    fn drawn(&self, at: &[Datum], draws: i64) -> Vec<f64> {
        let marginal = self.marginal();
        let mut evaluator = self.native(&marginal.module, DRAWS, Form::Value).evaluator();
        let latent: Vec<Vec<f64>> = at.iter().map(Datum::to_f64).collect();
        let mut counts = vec![0.0; self.sites.iter().map(Site::count).product::<i64>() as usize];
        for number_of_draw in 0..draws {
            let key = [[3], [number_of_draw]];
            let live = latent.iter().map(|values| Argument::F64(values));
            let live: Vec<Argument> = live.chain(key.iter().map(|key| Argument::I64(key))).collect();
            let mut number = 0;
            for (site, values) in self.sites.iter().zip(evaluator.run(&live).expect("it runs")).rev() {
                number = number * site.count() + site.number(values);
            }
            counts[number as usize] += 1.0;
        }
        counts.iter().map(|count| count / draws as f64).collect()
    }

    /// The joint log density at every value of the sites.
    fn enumerated(&self) -> Vec<f64> {
        let mut declared = String::new();
        let mut given = self.given.to_string();
        for site in &self.sites {
            declared += &format!("data {}: {}\n", site.name, site.declared);
            given += &format!(", {}", site.name);
        }
        let given = given.trim_start_matches(", ");
        let (head, model) = self.text.split_once("model").expect("a model");
        let joint = lowered(&format!("{head}{declared}model{model}\nlet p = m given {{{given}}}"));
        let numbers = 0..self.sites.iter().map(Site::count).product();
        let at = |number: i64| {
            let mut rest = number;
            let values = self.sites.iter().map(|site| {
                let own = rest % site.count();
                rest /= site.count();
                site.value(own)
            });
            let arguments: Vec<Datum> =
                self.data.iter().cloned().chain(values).chain(self.at.iter().cloned()).collect();
            run(&joint.module, LOG_DENSITY_CONSTRAINED, self.sizes, &arguments)[0].to_f64()[0]
        };
        numbers.map(at).collect()
    }

    fn native(&self, module: &Module, root: &str, form: Form) -> Native {
        let data: Vec<ResultBuffer> = self.data.iter().map(buffer).collect();
        let program = Program { module, root, sizes: self.sizes, data: &data };
        Native::new(program, form, &mut Unobserved).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

fn buffer(datum: &Datum) -> ResultBuffer {
    match datum {
        Datum::Scalar(_) => ResultBuffer::F64(datum.to_f64()),
        Datum::Array(array) => match &array.entries {
            Entries::F64(values) => ResultBuffer::F64(values.clone()),
            Entries::I64(values) => ResultBuffer::I64(values.clone()),
            Entries::Bool(values) => ResultBuffer::Bool(values.clone()),
            other => panic!("no data are {other:?}"),
        },
    }
}

fn reals(shape: &[usize], values: &[f64]) -> Datum {
    Datum::floats(shape, values)
}

const Y: [f64; 5] = [0.3, 2.9, -0.4, 3.3, 1.7];
const ROWS: [f64; 4] = [0.7, 0.3, 0.2, 0.8];

fn cases() -> Vec<Case> {
    let chain = "data N: size\ndata y: real[N]\nmodel m {
  theta ~ dirichlet(ones(2))[2]
  mu ~ normal(0, 3)[2]
  z[0] ~ categorical(p = [0.4, 0.6])
  for t in 1..N { z[t] ~ categorical(p = theta[z[t - 1]]) }
  y ~ normal(mu[z], 1)
}";
    let y = || vec![reals(&[5], &Y)];
    let theta = || vec![reals(&[2, 2], &ROWS), reals(&[2], &[0.1, 3.0])];
    let z = || vec![Site::new("z", "fin(2)[N]", &[5], 2)];
    vec![
        Case {
            name: "a mixture with explicit labels",
            text: "data N: size\ndata y: real[N]\nmodel m {
  w ~ dirichlet(ones(2))
  mu ~ normal(0, 3)[2]
  z ~ categorical(p = w)[N]
  let mean = mu[z]
  y ~ normal(mean, 1)
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: z(),
            at: vec![reals(&[2], &[0.3, 0.7]), reals(&[2], &[0.1, 3.0])],
        },
        Case { name: "a chain", text: chain, given: "y", sizes: &[5], data: y(), sites: z(), at: theta() },
        Case {
            name: "a chain that runs backwards",
            text: "data N: size\ndata y: real[N]\nmodel m {
  theta ~ dirichlet(ones(2))[2]
  mu ~ normal(0, 3)[2]
  z[N - 1] ~ categorical(p = [0.4, 0.6])
  for t in reverse(N - 1) { z[t] ~ categorical(p = theta[z[t + 1]]) }
  y ~ normal(mu[z], 1)
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: z(),
            at: theta(),
        },
        Case {
            name: "a point of change",
            text: "data N: size\ndata y: real[N]\nmodel m {
  mu ~ normal(0, 3)[2]
  s ~ uniform_index(N)
  for t in N { y[t] ~ normal(if t < s { mu[0] } else { mu[1] }, 1) }
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: vec![Site::new("s", "fin(N)", &[], 5)],
            at: vec![reals(&[2], &[0.1, 3.0])],
        },
        Case {
            name: "a chain observed backwards",
            text: "data N: size\ndata y: real[N]\nmodel m {
  theta ~ dirichlet(ones(2))[2]
  mu ~ normal(0, 3)[2]
  z[0] ~ categorical(p = [0.4, 0.6])
  for t in 1..N { z[t] ~ categorical(p = theta[z[t - 1]]) }
  for t in N { y[t] ~ normal(mu[z[N - 1 - t]], 1) }
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: z(),
            at: theta(),
        },
        Case {
            name: "a chain that reaches two steps back",
            text: "data N: size\ndata y: real[N]\nmodel m {
  theta ~ dirichlet(ones(2))[2, 2]
  mu ~ normal(0, 3)[2]
  z[0] ~ categorical(p = [0.4, 0.6])
  z[1] ~ categorical(p = theta[0, z[0]])
  for t in 2..N { z[t] ~ categorical(p = theta[z[t - 2], z[t - 1]]) }
  y ~ normal(mu[z], 1)
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: z(),
            at: vec![reals(&[2, 2, 2], &[0.7, 0.3, 0.2, 0.8, 0.1, 0.9, 0.6, 0.4]), reals(&[2], &[0.1, 3.0])],
        },
        Case {
            name: "chains in a plate, whose steps depend on time",
            text: "data S, N: size\ndata y: real[S, N]\nmodel m {
  a ~ normal(0, 1)[N]
  mu ~ normal(0, 3)[2]
  for s in S {
    z[s, 0] ~ bernoulli(p = 0.3)
    for t in 1..N { z[s, t] ~ bernoulli(logit = a[t] + 2 * z[s, t - 1]) }
    for t in N { y[s, t] ~ normal(if z[s, t] { mu[1] } else { mu[0] }, 1) }
  }
}",
            given: "y",
            sizes: &[2, 3],
            data: vec![reals(&[2, 3], &[0.3, 2.9, -0.4, 3.3, 1.7, 0.2])],
            sites: vec![Site::new("z", "bool[S, N]", &[2, 3], 2)],
            at: vec![reals(&[3], &[0.4, -0.7, 0.9]), reals(&[2], &[0.1, 3.0])],
        },
        Case {
            name: "two chains that share their observations",
            text: "data N: size\ndata y: real[N]\nmodel m {
  theta ~ dirichlet(ones(2))[2]
  mu ~ normal(0, 3)[2]
  z[0] ~ categorical(p = [0.4, 0.6])
  w[0] ~ bernoulli(p = 0.5)
  for t in 1..N {
    z[t] ~ categorical(p = theta[z[t - 1]])
    w[t] ~ bernoulli(p = if w[t - 1] { 0.9 } else { 0.2 })
  }
  for t in N { y[t] ~ normal(mu[z[t]] + 0.5 * w[t], 1) }
}",
            given: "y",
            sizes: &[4],
            data: vec![reals(&[4], &Y[..4])],
            sites: vec![Site::new("z", "fin(2)[N]", &[4], 2), Site::new("w", "bool[N]", &[4], 2)],
            at: theta(),
        },
        Case {
            name: "labels under one label",
            text: "data N: size\ndata y: real[N]\nmodel m {
  theta ~ dirichlet(ones(2))[2]
  mu ~ normal(0, 3)[2]
  k ~ categorical(p = [0.25, 0.75])
  z ~ categorical(p = theta[k])[N]
  y ~ normal(mu[z] + k, 1)
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: vec![Site::new("k", "fin(2)", &[], 2), Site::new("z", "fin(2)[N]", &[5], 2)],
            at: theta(),
        },
        Case {
            name: "animals that may not exist",
            text: "data M, T: size\ndata y: bool[M, T]\nmodel m {
  omega, p ~ uniform(0, 1)
  z ~ bernoulli(p = omega)[M]
  for i in M { y[i] ~ bernoulli(p = z[i] * p)[T] }
}",
            given: "y",
            sizes: &[3, 2],
            data: vec![Datum::array(&[3, 2], Entries::Bool(vec![false, false, true, false, false, false]))],
            sites: vec![Site::new("z", "bool[M]", &[3], 2)],
            at: vec![Datum::from(0.4), Datum::from(0.3)],
        },
        Case {
            name: "topics of words",
            text: "data V, M, N: size\ndata v: fin(V)[N]\ndata doc: fin(M)[N]\nmodel m {
  theta ~ dirichlet(ones(2))[M]
  phi ~ dirichlet(ones(V))[2]
  for n in N {
    z[n] ~ categorical(p = theta[doc[n]])
    w[n] ~ categorical(p = phi[z[n]])
  }
}",
            given: "w = v",
            sizes: &[3, 2, 4],
            data: vec![Datum::integers(&[4], &[0, 2, 1, 2]), Datum::integers(&[4], &[0, 0, 1, 1])],
            sites: vec![Site::new("z", "fin(2)[N]", &[4], 2)],
            at: vec![reals(&[2, 2], &ROWS), reals(&[2, 3], &[0.5, 0.3, 0.2, 0.1, 0.2, 0.7])],
        },
        Case {
            name: "steps that are impossible",
            text: "data N: size\ndata y: real[N]\nmodel m {
  a ~ uniform(0, 1)
  mu ~ normal(0, 3)[2]
  let step = [[a, 1 - a], [0, 1]]
  z[0] ~ categorical(p = [1.0, 0.0])
  for t in 1..N { z[t] ~ categorical(p = [for k in 2: step[z[t - 1], k]]) }
  y ~ normal(mu[z], 1)
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: z(),
            at: vec![Datum::from(0.6), reals(&[2], &[0.1, 3.0])],
        },
    ]
}

#[test]
fn marginals_equal_enumeration() {
    for case in cases() {
        let expected = log_sum_exp(&case.enumerated());
        let arguments = [case.data.as_slice(), &case.at].concat();
        let marginal = case.marginal();
        let found = run(&marginal.module, LOG_DENSITY_CONSTRAINED, case.sizes, &arguments)[0].to_f64()[0];
        let gap = (found - expected).abs();
        assert!(gap < 1e-12 * expected.abs().max(1.0), "{}: {found} and {expected}", case.name);
    }
}

/// The same comparison must tell a chain from labels that are independent: a negative control.
#[test]
fn enumeration_tells_a_chain_from_independent_labels() {
    let mut cases = cases();
    let chain = cases.remove(1);
    let text = chain.text.replace("theta[z[t - 1]]", "theta[0]").leak();
    let apart = Case { text, data: chain.data.clone(), at: chain.at.clone(), sites: Vec::new(), ..chain };
    let sites = vec![Site::new("z", "fin(2)[N]", &[5], 2)];
    let found = log_sum_exp(&Case { sites, ..apart }.enumerated());
    assert!((found - log_sum_exp(&chain.enumerated())).abs() > 0.1);
}

#[test]
fn native_gradients_agree_with_differences() {
    for case in cases() {
        let marginal = case.marginal();
        let dimension = marginal.dimension.evaluate(case.sizes).expect("small") as usize;
        let q: Vec<f64> = (0..dimension).map(|i| 0.4 * (i as f64 - 1.3).sin()).collect();
        let mut gradient = case.native(&marginal.module, LOG_DENSITY, Form::Gradient).evaluator();
        let results = gradient.run(&[Argument::F64(&q)]).expect("it runs").to_vec();
        let [ResultBuffer::F64(value), ResultBuffer::F64(slope)] = results.as_slice() else {
            panic!("a density and a gradient")
        };
        let mut arguments = case.data.clone();
        arguments.push(reals(&[dimension], &q));
        let plain = run(&marginal.module, LOG_DENSITY, case.sizes, &arguments)[0].to_f64()[0];
        assert!((value[0] - plain).abs() < 1e-11 * plain.abs(), "{}: {} {plain}", case.name, value[0]);
        let mut density = case.native(&marginal.module, LOG_DENSITY, Form::Value).evaluator();
        for i in 0..dimension {
            let mut moved = |step: f64| {
                let mut q = q.clone();
                q[i] += step;
                match &density.run(&[Argument::F64(&q)]).expect("it runs")[0] {
                    ResultBuffer::F64(value) => value[0],
                    other => panic!("a density, not {other:?}"),
                }
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope[i] - difference).abs() < 1e-7, "{} {i}: {} {difference}", case.name, slope[i]);
        }
    }
}

const DRAWN: i64 = 4000;

/// The greatest deviation of frequencies from probabilities, in standard errors; values of which fewer than 20 draws are
/// expected count together.
fn deviation(frequencies: &[f64], probabilities: &[f64]) -> f64 {
    let mut most: f64 = 0.0;
    let mut rare = (0.0, 0.0);
    let draws = DRAWN as f64;
    let standard =
        |found: f64, expected: f64| (found - expected) / (expected * (1.0 - expected) / draws).sqrt();
    for (found, expected) in frequencies.iter().zip(probabilities) {
        match expected * draws < 20.0 {
            true => rare = (rare.0 + found, rare.1 + expected),
            false => most = most.max(standard(*found, *expected).abs()),
        }
    }
    if rare.1 * draws < 20.0 { most } else { most.max(standard(rare.0, rare.1).abs()) }
}

/// About 300 frequencies are compared, each within 5 standard errors: a false alarm has a chance below 1 in 1,000.
#[test]
fn draws_follow_the_exact_conditionals() {
    for case in cases() {
        let joint = case.enumerated();
        let total = log_sum_exp(&joint);
        let probabilities: Vec<f64> = joint.iter().map(|term| (term - total).exp()).collect();
        let frequencies = case.drawn(&case.at, DRAWN);
        let found = deviation(&frequencies, &probabilities);
        assert!(found < 5.0, "{}: {found} standard errors", case.name);
        let impossible = frequencies.iter().zip(&probabilities).filter(|(_, expected)| **expected == 0.0);
        assert!(impossible.into_iter().all(|(found, _)| *found == 0.0), "{}", case.name);
    }
}

/// Draws at other parameters are found out: a negative control.
#[test]
fn draws_at_other_parameters_deviate() {
    let case = cases().remove(1);
    let joint = case.enumerated();
    let total = log_sum_exp(&joint);
    let probabilities: Vec<f64> = joint.iter().map(|term| (term - total).exp()).collect();
    let other = [reals(&[2, 2], &[0.6, 0.4, 0.2, 0.8]), case.at[1].clone()];
    assert!(deviation(&case.drawn(&other, DRAWN), &probabilities) > 5.0);
}

/// Kernels of a chain are as large for ten thousand entries as for a thousand, and made in milliseconds (longer on a
/// busy machine).
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
    let chain = cases().remove(1);
    let marginal = chain.marginal();
    let mut sizes = [1_000, 10_000].into_iter().map(|entries: usize| {
        let data = [ResultBuffer::F64(vec![0.5; entries])];
        let program =
            Program { module: &marginal.module, root: LOG_DENSITY, sizes: &[entries as i64], data: &data };
        let mut size = Size(0);
        let began = Instant::now();
        Native::new(program, Form::Gradient, &mut size).expect("it compiles");
        (size.0, began.elapsed())
    });
    let (short, long) = (sizes.next().expect("two sizes"), sizes.next().expect("two sizes"));
    assert!(short.0 > 0);
    assert_eq!(short.0, long.0);
    assert!(short.1.as_millis() < 1000, "{:?}", short.1);
}

fn refusal(text: &str) -> String {
    let mut sources = Sources::default();
    let source = sources.add("model.anz", text);
    let parsed = ansatz_grammar::parse(source, text);
    let (program, diagnostics) = ansatz_compiler::typed::check(parsed.tree, &mut sources);
    assert!(diagnostics.is_empty(), "{text}\n{diagnostics:?}");
    let StepKind::Let { value, .. } = &program.script.last().expect("a script").kind else {
        panic!("the last line names a posterior")
    };
    posterior(&program, value, &Known::default()).expect_err("it is refused").message
}

#[test]
fn what_no_order_makes_narrow_is_refused() {
    let coupled = "data N: size\ndata y: real[N, N]\nmodel m {
  z ~ bernoulli(p = 0.5)[N]
  w ~ bernoulli(p = 0.5)[N]
  for i in N, j in N { y[i, j] ~ normal(z[i] * w[j], 1) }
}\nlet p = marginal(m, out = [z, w]) given {y}";
    assert!(refusal(coupled).contains("width of the elimination would grow"), "{}", refusal(coupled));
    let wide = "data N: size\nmodel m {
  a ~ normal(0, 1)
  for t in 0..9 { z[t] ~ bernoulli(p = 0.5) }
  for t in 9..N { z[t] ~ bernoulli(logit = a * z[t - 9]) }
}\nlet p = marginal(m, out = [z])";
    assert!(refusal(wide).contains("width 10"), "{}", refusal(wide));
    let sum = "data N: size\ndata y: real\nmodel m {
  z ~ bernoulli(p = 0.5)[N]
  y ~ normal(sum(z), 1)
}\nlet p = marginal(m, out = [z]) given {y}";
    assert!(refusal(sum).contains("`z` cannot be summed out"), "{}", refusal(sum));
    let kept = "data N: size\nmodel m {
  a ~ normal(0, 1)
  z ~ bernoulli(logit = a)[N]
  track twice = 2 * z
}\nlet p = marginal(m, out = [z])";
    assert_eq!(refusal(kept), "`twice` depends on a site that is summed out (`z`)");
}
