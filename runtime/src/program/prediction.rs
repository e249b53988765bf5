//! Sites of a model for each draw of a fit: those that the fit holds are told, those that its model sums out are drawn
//! from their exact conditional, and the rest by the model's own statements. Every draw is a function of the seed and its
//! number alone.

use super::PosteriorError;
use super::simulation::{Drawn, Draws, Simulation};
use super::{Bound, Program};
use crate::draws;
use ansatz_compiler::codegen::{Argument, ResultBuffer};
use ansatz_compiler::model::{self, DRAWS, Wanted};
use ansatz_compiler::pipeline::{self, Form, Native};
use ansatz_compiler::typed::tree::Expr;

/// A compiled model that draws for each draw of a fit.
pub struct Prediction {
    simulation: Simulation,
    /// Sites that the fit holds.
    held: Vec<String>,
    exact: Option<SummedOut>,
}

/// What is predicted.
#[derive(Clone, Copy)]
pub struct Predicted<'a> {
    /// The model.
    pub model: (&'a Expr, &'a Bound),
    /// The sites and tracked values that are wanted.
    pub wanted: &'a [&'a str],
    /// Sites whose values the fit holds.
    pub held: &'a [&'a str],
    /// Sites that the fit's model sums out.
    pub out: &'a [&'a str],
    /// The model that was fitted.
    pub fitted: (&'a Expr, &'a Bound),
}

impl Prediction {
    /// Compiles the functions that draw.
    pub fn new(program: &Program, asked: Predicted) -> Result<Prediction, PosteriorError> {
        let passed = [asked.held, asked.out].concat();
        let wanted = Wanted { passed: &passed, given_back: Some(asked.wanted) };
        let (model, bound) = asked.model;
        let simulation = Simulation::of(program, model, bound, wanted)?;
        let exact = match asked.out {
            [] => None,
            out => Some(SummedOut::new(program, asked.fitted, out)?),
        };
        Ok(Prediction { simulation, held: asked.held.iter().map(ToString::to_string).collect(), exact })
    }

    /// What each draw holds, in order.
    pub fn quantities(&self) -> &[Drawn] {
        self.simulation.quantities()
    }

    /// One draw for each draw of a fit, chain after chain: for each quantity the entries of one after the other.
    ///
    /// # Panics
    /// If the fit is not one of the fitted model.
    pub fn draw(
        &self,
        fit: &draws::Draws,
        seed: u64,
        threads: usize,
    ) -> Result<Vec<ResultBuffer>, PosteriorError> {
        let held = places(fit, &self.held);
        let count = fit.chains() * fit.length();
        self.simulation.told(Draws { count, seed, threads }, &|| {
            let mut exact = self.exact.as_ref().map(|exact| exact.drawer(fit, seed));
            let held = held.clone();
            Box::new(move |number| {
                let row = fit.draw(number / fit.length(), number % fit.length());
                let mut values: Vec<ResultBuffer> =
                    held.iter().map(|place| ResultBuffer::F64(row[place.clone()].to_vec())).collect();
                if let Some(exact) = &mut exact {
                    values.extend(exact(number)?);
                }
                Ok(values)
            })
        })
    }
}

type Place = std::ops::Range<usize>;

/// Where the entries of sites lie in a draw of a fit.
fn places(fit: &draws::Draws, names: &[String]) -> Vec<Place> {
    let place = |name: &String| {
        let quantity = fit.layout().quantity(name);
        quantity.unwrap_or_else(|| panic!("the fit has no `{name}`")).range()
    };
    names.iter().map(place).collect()
}

/// The function that draws what a fitted model sums out.
struct SummedOut {
    native: Native,
    latent: Vec<String>,
    /// Which of its results are wanted, in order.
    results: Vec<usize>,
}

impl SummedOut {
    fn new(
        program: &Program,
        (fitted, bound): (&Expr, &Bound),
        out: &[&str],
    ) -> Result<SummedOut, PosteriorError> {
        let lowered =
            model::posterior(&program.typed, fitted, &bound.known).map_err(PosteriorError::Program)?;
        let (sizes, data) = (&bound.sizes, &bound.arrays);
        let built = pipeline::Program { module: &lowered.module, root: DRAWS, sizes, data };
        let native = Native::within(built, Form::Value, &bound.allowed, &mut pipeline::Unobserved)?;
        let result = |name: &&str| {
            let found = lowered.out.iter().position(|site| site.name == **name);
            found.expect("the fitted model sums this site out")
        };
        let results = out.iter().map(result).collect();
        let latent = lowered.latent.into_iter().map(|site| site.name).collect();
        Ok(SummedOut { native, latent, results })
    }

    /// Draws for a draw of the fit, by its number.
    fn drawer<'a>(&'a self, fit: &'a draws::Draws, seed: u64) -> super::simulation::Teller<'a> {
        let mut evaluator = self.native.evaluator();
        let latent = places(fit, &self.latent);
        Box::new(move |number| {
            let row = fit.draw(number / fit.length(), number % fit.length());
            let key = [[seed as i64], [number as i64]];
            let live = latent.iter().map(|place| Argument::F64(&row[place.clone()]));
            let live: Vec<Argument> = live.chain(key.iter().map(|key| Argument::I64(key))).collect();
            let drawn = evaluator.run(&live)?;
            Ok(self.results.iter().map(|result| drawn[*result].clone()).collect())
        })
    }
}
