//! What the joint program of a fitted model draws anew: its prior, and replications of what is given.

use super::PosteriorError;
use super::prediction::{Predicted, Prediction};
use super::simulation::{Drawn, Draws, Simulation};
use super::{Bound, Program};
use crate::draws;
use ansatz_compiler::codegen::ResultBuffer;
use ansatz_compiler::model::Wanted;
use ansatz_compiler::typed::needed::needed;
use ansatz_compiler::typed::normalised::{ObstacleKind, Source, obstacle};
use ansatz_compiler::typed::tree::{Expr, ExprKind, Model, Variable};
use ansatz_compiler::typed::types::{Element, ModelType};

/// A conditioned model, and the model that it was before.
pub struct Joint<'p> {
    program: &'p Program,
    bound: &'p Bound,
    conditioned: &'p Expr,
    base: &'p Expr,
    model: &'p Model,
    of: &'p ModelType,
}

/// Draws of quantities: the entries of one draw after the other.
pub type Values = Vec<(Drawn, ResultBuffer)>;

/// Observed sites and their replications: names, and what [`Values`] holds of one and of several draws.
pub struct Replications {
    /// The given sites as they are.
    pub observed: Values,
    /// The same sites, drawn for each draw of a fit.
    pub replicated: Values,
}

impl<'p> Joint<'p> {
    /// That of a model with what it is given; none where it stands in no form that is known.
    pub fn new(program: &'p Program, conditioned: &'p Expr, bound: &'p Bound) -> Option<Joint<'p>> {
        let base = base(conditioned);
        let (ExprKind::Model { model, .. }, Element::Model(of)) = (&base.kind, &conditioned.ty.element)
        else {
            return None;
        };
        Some(Joint { program, bound, conditioned, base, model: &program.typed.models[*model], of })
    }

    /// Draws of all sites and tracked values before anything is given, or why there are none.
    pub fn prior(&self, draws: Draws) -> Result<Values, String> {
        self.can_draw(&|_| Source::Drawn)?;
        let simulation = Simulation::new(self.program, self.base, self.bound).map_err(told)?;
        let values = simulation.draw(draws).map_err(told)?;
        Ok(simulation.quantities().iter().cloned().zip(values).collect())
    }

    /// Each given site, drawn anew for each draw of a fit, or why none can be.
    pub fn replications(
        &self,
        fit: &draws::Draws,
        seed: u64,
        threads: usize,
    ) -> Result<Replications, String> {
        let given: Vec<&str> =
            self.of.given.iter().filter(|name| !self.of.partly.contains(name)).map(|name| &**name).collect();
        if given.is_empty() {
            return Err("no whole site is given".to_owned());
        }
        let out: Vec<&str> = self.of.out.iter().map(|name| &**name).collect();
        let sites = || self.model.sites.iter().map(|site| self.name(site.variable));
        let held: Vec<&str> = sites().filter(|name| !given.contains(name) && !out.contains(name)).collect();
        let known = |site: Variable| held.contains(&self.name(site)) || out.contains(&self.name(site));
        let wanted: Vec<Variable> = self
            .model
            .sites
            .iter()
            .map(|site| site.variable)
            .filter(|site| given.contains(&self.name(*site)))
            .collect();
        let needed = needed(&self.program.typed, self.model, &wanted, &known);
        self.can_draw(&|site| match needed.contains(&site) {
            true if known(site) => Source::Known,
            true => Source::Drawn,
            false => Source::LeftOut,
        })?;
        let is_needed = |name: &&str| {
            self.model
                .sites
                .iter()
                .any(|site| self.name(site.variable) == *name && needed.contains(&site.variable))
        };
        let [held, out] = [held, out].map(|names| names.into_iter().filter(is_needed).collect::<Vec<_>>());
        let observed = self.observed(&given)?;
        let asked = Predicted {
            model: (self.base, self.bound),
            wanted: &given,
            held: &held,
            out: &out,
            fitted: (self.conditioned, self.bound),
        };
        let prediction = Prediction::new(self.program, asked).map_err(told)?;
        let values = prediction.draw(fit, seed, threads).map_err(told)?;
        Ok(Replications {
            observed,
            replicated: prediction.quantities().iter().cloned().zip(values).collect(),
        })
    }

    /// The values of given sites.
    fn observed(&self, given: &[&str]) -> Result<Values, String> {
        let wanted = Wanted { passed: &[], given_back: Some(given) };
        let simulation = Simulation::of(self.program, self.conditioned, self.bound, wanted).map_err(told)?;
        let values = simulation.draw(Draws { count: 1, seed: 0, threads: 1 }).map_err(told)?;
        Ok(simulation.quantities().iter().cloned().zip(values).collect())
    }

    /// Says what stands in the way of drawing the model's sites in order.
    fn can_draw(&self, source: &dyn Fn(Variable) -> Source) -> Result<(), String> {
        let partly = self
            .model
            .sites
            .iter()
            .find(|site| site.holes.is_some() && source(site.variable) == Source::Drawn);
        if let Some(site) = partly {
            return Err(format!("entries of `{}` are not declared", self.name(site.variable)));
        }
        let Some(found) = obstacle(&self.program.typed, self.model, source) else { return Ok(()) };
        Err(match found.kind {
            ObstacleKind::Flat(site) => format!("`{}` has no distribution to draw from", self.name(site)),
            ObstacleKind::Observe => "`observe` scores what was drawn".to_owned(),
            ObstacleKind::Factor => "`factor` adds to the log density of what was drawn".to_owned(),
            ObstacleKind::Given(site) => {
                format!("`{}` is known, and depends on sites that are drawn", self.name(site))
            }
            ObstacleKind::NoSample(name) => format!("`{name}` does not say how it is drawn from"),
        })
    }

    fn name(&self, variable: Variable) -> &'p str {
        &self.program.typed.variables[variable.0 as usize].name
    }
}

/// The model below what is given and summed out.
fn base(expression: &Expr) -> &Expr {
    match &expression.kind {
        ExprKind::Given { model, .. } | ExprKind::Marginal { model, .. } | ExprKind::Kept { model, .. } => {
            base(model)
        }
        _ => expression,
    }
}

fn told(error: PosteriorError) -> String {
    error.to_string()
}
