//! The log likelihood of each observation at each draw of a fit: compiled as derivatives in factors of 1.

use super::PosteriorError;
use super::evaluation::reals;
use super::posterior::shape;
use super::{Bound, Program};
use crate::draws::{Draws, Layout};
use ansatz_compiler::codegen::Argument;
use ansatz_compiler::model::{self, WEIGHTED};
use ansatz_compiler::pipeline::{self, Allowance, BuildError, Form, Native};
use ansatz_compiler::typed::tree::Expr;

/// The log likelihood of the given sites of a model, compiled.
pub struct Likelihood {
    native: Native,
    /// Names of the latent sites, in order.
    latent: Vec<String>,
    /// Each given site with the axes along which it is observed.
    layout: Layout,
    allowed: Allowance,
}

impl Likelihood {
    /// That of the model that an expression of the script names.
    pub fn new(program: &Program, expression: &Expr, bound: &Bound) -> Result<Likelihood, PosteriorError> {
        let lowered =
            model::weighted(&program.typed, expression, &bound.known).map_err(PosteriorError::Program)?;
        let (sizes, data) = (&bound.sizes, &bound.arrays);
        let built = pipeline::Program { module: &lowered.module, root: WEIGHTED, sizes, data };
        let native = Native::within(built, Form::Gradient, &bound.allowed, &mut pipeline::Unobserved)?;
        let layout = Layout::new(lowered.sites.iter().map(|site| (site.name.clone(), shape(site, sizes))));
        Ok(Likelihood { native, latent: lowered.latent, layout, allowed: bound.allowed.clone() })
    }

    /// Number of entries of given sites.
    pub fn length(&self) -> usize {
        self.layout.length()
    }

    /// A row for each observation, an entry for each draw, chain after chain. Entries under `flat()`, and those that nothing
    /// declares, have no density and no row.
    pub fn rows(&self, draws: &Draws) -> Result<Vec<Vec<f64>>, PosteriorError> {
        let ones = self.layout.quantities().iter().map(|site| vec![1.0; site.size()]);
        let ones: Vec<Vec<f64>> = ones.collect();
        let place = |name: &String| {
            let quantity = draws.layout().quantity(name);
            quantity.unwrap_or_else(|| panic!("the fit has no `{name}`")).range()
        };
        let places: Vec<std::ops::Range<usize>> = self.latent.iter().map(place).collect();
        let mut rows = vec![Vec::with_capacity(draws.chains() * draws.length()); self.length()];
        let mut evaluator = self.native.evaluator_of(self.allowed.bound(self.native.prepared()));
        for chain in 0..draws.chains() {
            for draw in 0..draws.length() {
                self.allowed.go_on()?;
                let row = draws.draw(chain, draw);
                let latent = places.iter().map(|place| Argument::F64(&row[place.clone()]));
                let live: Vec<Argument> = latent.chain(ones.iter().map(|ones| Argument::F64(ones))).collect();
                let results = evaluator.run(&live).map_err(BuildError::Bound)?;
                // The value and the derivatives in the latent sites come first.
                let observed = results[1 + places.len()..].iter().flat_map(reals);
                rows.iter_mut().zip(observed).for_each(|(row, density)| row.push(*density));
            }
        }
        rows.retain(|row| row.iter().any(|density| *density != 0.0));
        Ok(rows)
    }
}
