//! The log likelihood of each observation at each draw of a fit: compiled as derivatives in factors of 1.

use super::posterior::{PosteriorError, reals, shape};
use super::{Bound, Program};
use crate::draws::{Draws, Layout};
use ansatz_compiler::codegen::Argument;
use ansatz_compiler::model::{self, WEIGHTED};
use ansatz_compiler::pipeline::{self, BuildError, Form, Native};
use ansatz_compiler::typed::tree::Expr;

/// Log likelihoods of observations.
pub struct Likelihood {
    /// The observations: each given site with the axes along which it is observed.
    pub layout: Layout,
    /// A row for each observation, an entry for each draw, chain after chain.
    pub rows: Vec<Vec<f64>>,
}

impl Likelihood {
    /// That of the given sites of the model that an expression of the script names.
    pub fn new(
        program: &Program,
        expression: &Expr,
        bound: &Bound,
        draws: &Draws,
    ) -> Result<Likelihood, PosteriorError> {
        let lowered =
            model::weighted(&program.typed, expression, &bound.known).map_err(PosteriorError::Program)?;
        let (sizes, data) = (&bound.sizes, &bound.arrays);
        let built = pipeline::Program { module: &lowered.module, root: WEIGHTED, sizes, data };
        let native = Native::new(built, Form::Gradient, &mut pipeline::Unobserved)?;
        let sites = lowered.sites.iter().map(|site| (site.name.clone(), shape(site, sizes)));
        let layout = Layout::new(sites);
        let ones: Vec<Vec<f64>> = layout.quantities().iter().map(|site| vec![1.0; site.size()]).collect();
        let place = |name: &String| {
            let quantity = draws.layout().quantity(name);
            quantity.unwrap_or_else(|| panic!("the fit has no `{name}`")).range()
        };
        let places: Vec<std::ops::Range<usize>> = lowered.latent.iter().map(place).collect();
        let mut rows = vec![Vec::with_capacity(draws.chains() * draws.length()); layout.length()];
        let mut evaluator = native.evaluator();
        for (chain, draw) in
            (0..draws.chains()).flat_map(|chain| (0..draws.length()).map(move |draw| (chain, draw)))
        {
            let row = draws.draw(chain, draw);
            let latent = places.iter().map(|place| Argument::F64(&row[place.clone()]));
            let live: Vec<Argument> = latent.chain(ones.iter().map(|ones| Argument::F64(ones))).collect();
            let results = evaluator.run(&live).map_err(BuildError::Bound)?;
            // The value and the derivatives in the latent sites come first.
            let observed = results[1 + places.len()..].iter().flat_map(|result| reals(result));
            rows.iter_mut().zip(observed).for_each(|(row, density)| row.push(*density));
        }
        Ok(Likelihood { layout, rows })
    }

    /// The rows of what is an observation: entries under `flat()` and those that nothing declares have no density.
    pub fn observed(&self) -> Vec<Vec<f64>> {
        let scored = |row: &&Vec<f64>| row.iter().any(|density| *density != 0.0);
        self.rows.iter().filter(scored).cloned().collect()
    }
}
