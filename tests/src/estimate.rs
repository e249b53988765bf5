//! Means of gradient draws of an expectation's estimator.

use crate::corpus;
use crate::program::{Program, module};
use ansatz_compiler::ir::{Datum, Function, Module, eval};
use ansatz_compiler::model::expect::{EstimatorError, estimators};
use ansatz_compiler::transform::{prune::prune, share::share, simplify::simplify};

/// Mean and variance of draws of one number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moments {
    /// How many draws.
    pub count: f64,
    /// Their mean.
    pub mean: f64,
    /// The sum of their squared distances from it.
    squares: f64,
}

impl Moments {
    /// Takes in a draw (Welford 1962).
    pub fn push(&mut self, draw: f64) {
        self.count += 1.0;
        let distance = draw - self.mean;
        self.mean += distance / self.count;
        self.squares += distance * (draw - self.mean);
    }

    /// The variance of a draw.
    pub fn variance(&self) -> f64 {
        self.squares / (self.count - 1.0)
    }

    /// How many standard errors the mean lies from a number. A mean without error is off by rounding at most.
    pub fn deviations(&self, exact: f64) -> f64 {
        let error = (self.variance() / self.count).sqrt();
        let rounding = 1e-12 * (1.0 + exact.abs());
        (self.mean - exact).abs() / (error + rounding)
    }
}

/// An expectation's estimator with its gradient, one draw for each seed.
pub struct Estimator {
    function: Function,
    sizes: Vec<i64>,
    arguments: Vec<Datum>,
}

impl Estimator {
    /// Of `@f(floats.., seed)` of a text, in which `by ?` stands for a strategy, at these floats.
    pub fn new(text: &str, strategies: &[&str], floats: &[f64]) -> Result<Estimator, EstimatorError> {
        let text = strategies.iter().fold(text.to_string(), |text, strategy| {
            assert!(text.contains("by ?"), "a strategy too many: {strategy}");
            text.replacen("by ?", &format!("by {strategy}"), 1)
        });
        assert!(!text.contains("by ?"), "a site without strategy:\n{text}");
        let source = module(&format!("{}\n{text}", corpus::text("ir/distributions.ir")));
        let plain = estimators(&source, &source.functions["f"])?;
        Ok(Estimator::of(source, plain, floats, crate::program::header(&text, "sizes")))
    }

    /// Of a function that is plain already, with those that it needs.
    pub fn of(mut module: Module, plain: Vec<Function>, floats: &[f64], sizes: Vec<i64>) -> Estimator {
        module.distributions.clear();
        module.functions.retain(|name, _| name != "f");
        plain.into_iter().for_each(|function| module.insert(function));
        let arguments = floats.iter().map(|x| Datum::from(*x)).chain([Datum::from(0)]).collect();
        let program = Program::with_arguments(module, &sizes, arguments);
        let gradient = program.vjp(vec![Datum::from(1.0)]);
        let mut function = gradient.resolved();
        simplify(&mut function);
        share(&mut function);
        prune(&mut function);
        Estimator { function, sizes, arguments: gradient.arguments }
    }

    /// Value and gradient for one seed.
    pub fn draw(&self, seed: i64) -> Vec<f64> {
        self.evaluator()(seed)
    }

    fn evaluator(&self) -> impl FnMut(i64) -> Vec<f64> {
        let mut module = Module::default();
        module.insert(self.function.clone());
        let mut arguments = self.arguments.clone();
        let seed_position = arguments.len() - 2;
        move |seed| {
            arguments[seed_position] = Datum::from(seed);
            let results = eval::evaluate(&module, &self.function.name, &self.sizes, &arguments);
            let results = results.unwrap_or_else(|failure| panic!("{failure}\n{}", self.function));
            results.iter().map(|datum| datum.as_f64().expect("a float")).collect()
        }
    }

    /// Moments of the value and of each partial derivative over seeds 0, 1, ..
    pub fn moments(&self, draws: i64) -> Vec<Moments> {
        let mut evaluate = self.evaluator();
        let mut moments: Vec<Moments> = Vec::new();
        for seed in 0..draws {
            let drawn = evaluate(seed);
            moments.resize(drawn.len(), Moments::default());
            moments.iter_mut().zip(drawn).for_each(|(moments, draw)| moments.push(draw));
        }
        moments
    }
}
