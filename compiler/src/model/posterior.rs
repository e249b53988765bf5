//! A conditioned model as IR: log densities, and the values that are reported.

use super::density::{Conditioned, Density, Space, site_of};
use super::marginal::{Joint, Made};
use super::peel::peel;
use super::summed::{depends, joint, refused, sentence};
use crate::ir::{Module, Polynomial, Value};
use crate::lower::{Known, Lowered, Lowerer, unsupported};
use crate::typed::tree::{Expr, Program, StepKind, Variable};
use ansatz_grammar::span::Span;

/// Log density over coordinates, Jacobians included: (data, q) -> f64.
pub const LOG_DENSITY: &str = "log_density";
/// Log density over the latent sites' own values: (data, sites) -> f64.
pub const LOG_DENSITY_CONSTRAINED: &str = "log_density_constrained";
/// The model's own log density, without Jacobians, over coordinates: (data, q) -> f64.
pub const LOG_DENSITY_NATURAL: &str = "log_density_natural";
/// The log density with factors for the entries of given sites: (data, latent sites, factors of each given site) -> f64. Its
/// derivatives in the factors are the entries' log likelihoods.
pub const WEIGHTED: &str = "weighted";
/// The terms of [`LOG_DENSITY`]: (data, q) -> each.
pub const TERMS: &str = "terms";
/// Sites that are summed out, drawn from their exact conditional: (data, latent sites, seed, number of the draw) -> those
/// sites.
pub const DRAWS: &str = "draws";
/// What is reported: (data, q) -> latent sites, then tracked values.
pub const CONSTRAIN: &str = "constrain";

/// The way back from what is reported: (data, latent sites) -> coordinates of each.
pub const UNCONSTRAIN: &str = "unconstrain";

/// A posterior's functions and the layout of their arguments and results. Data come first, in order of declaration.
#[derive(Clone, Debug, Default)]
pub struct Posterior {
    /// The functions named above.
    pub module: Module,
    /// Places by origin, for each function of the module; an operation's origin 1 is the first.
    pub origins: Vec<(String, Vec<Span>)>,
    /// Number of coordinates, in the data's sizes.
    pub dimension: Polynomial,
    /// Single entries that are given: known to lie inside, and apart, once the sizes are.
    pub entries: Vec<GivenEntry>,
    /// Latent sites, in order.
    pub latent: Vec<Quantity>,
    /// The coordinates of each, in order.
    pub coordinates: Vec<Quantity>,
    /// Values kept by `track`, in order.
    pub tracked: Vec<Quantity>,
    /// Sites that are summed out, in the order of [`DRAWS`].
    pub out: Vec<Quantity>,
    /// How they are summed out, in words.
    pub eliminations: Vec<String>,
    /// What each term is.
    pub terms: Vec<String>,
}

/// A single entry that is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenEntry {
    /// Its site.
    pub site: String,
    /// Where its value stands.
    pub span: Span,
    /// Each index with the extent of its axis, in the data's sizes.
    pub indices: Vec<(Polynomial, Polynomial)>,
}

/// A named value of known shape, in the data's sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Its name.
    pub name: String,
    /// Its extents.
    pub shape: Vec<Polynomial>,
}

/// Lowers the posterior that an expression of the script names: a model, `m given {..}`, `marginal(m, out = [..])`. What is known
/// of the script follows the data.
pub fn posterior(program: &Program, expr: &Expr, known: &Known) -> Lowered<Posterior> {
    conditioned(program, expr, known, &mut |target| {
        let mut result = Posterior::default();
        result.density(program, target, LOG_DENSITY, Space::Unconstrained)?;
        result.density(program, target, LOG_DENSITY_CONSTRAINED, Space::Constrained)?;
        result.terms(program, target)?;
        result.draws(program, target)?;
        result.reported(program, target)?;
        Ok(result)
    })
}

/// Lowers [`LOG_DENSITY_NATURAL`] of the same posterior, which modes alone need.
pub fn natural(program: &Program, expr: &Expr, known: &Known) -> Lowered<Module> {
    conditioned(program, expr, known, &mut |target| {
        let mut result = Posterior::default();
        result.density(program, target, LOG_DENSITY_NATURAL, Space::Natural)?;
        Ok(result.module)
    })
}

/// Lowers [`UNCONSTRAIN`] of the same posterior.
pub fn unconstrain(program: &Program, expr: &Expr, known: &Known) -> Lowered<Module> {
    conditioned(program, expr, known, &mut |target| {
        let mut density = density(program, target, UNCONSTRAIN, Space::Inverse)?;
        density.body(&target.model.body)?;
        let free = density.latent.iter().map(|latent| latent.free.expect("every latent site is declared"));
        let values: Vec<Value> = free.collect();
        let latent = density.latent.iter().map(|latent| latent.transform.variable);
        let latent: Vec<Variable> = latent.collect();
        let mut result = Posterior::default();
        result.reports(target, density.lowerer, &latent, values)?;
        Ok(result.module)
    })
}

/// [`WEIGHTED`], and the given sites in the order of its factors.
#[derive(Clone, Debug)]
pub struct Weighted {
    /// Where the function stands.
    pub module: Module,
    /// Names of the latent sites, in order.
    pub latent: Vec<String>,
    /// Given sites, and the extents of their factors.
    pub sites: Vec<Quantity>,
}

/// Lowers [`WEIGHTED`] of the same posterior.
pub fn weighted(program: &Program, expr: &Expr, known: &Known) -> Lowered<Weighted> {
    conditioned(program, expr, known, &mut |target| {
        if !target.out.is_empty() || !target.partial.is_empty() {
            let what = "the likelihood of each observation where sites are summed out, or given in part";
            return Err(unsupported(expr.span, what));
        }
        let mut density = density(program, target, WEIGHTED, Space::Constrained)?;
        let name = |site: Variable| program.variables[site.0 as usize].name.to_string();
        let sites = density.weigh(target).into_iter();
        let sites = sites.map(|(site, shape)| Quantity { name: name(site), shape }).collect();
        let latent = density.latent.iter().map(|latent| name(latent.transform.variable)).collect();
        let total = density.body(&target.model.body)?;
        let mut result = Posterior::default();
        result.insert(density.lowerer, vec![total]);
        Ok(Weighted { module: result.module, latent, sites })
    })
}

/// What is made of the model that an expression names, with what its sites are given.
fn conditioned<T>(
    program: &Program,
    expr: &Expr,
    known: &Known,
    make: &mut dyn FnMut(Conditioned) -> Lowered<T>,
) -> Lowered<T> {
    let peeled = peel(program, expr)?;
    let model = peeled.model;
    let site = |name: &str| site_of(model, name, program);
    let given = peeled.whole(program);
    let partial = peeled.partial(program);
    let out: Vec<Variable> = peeled.out.iter().filter_map(|name| site(name)).collect();
    make(Conditioned {
        model,
        sizes: peeled.sizes,
        arguments: peeled.arguments,
        given: &given,
        partial: &partial,
        out: &out,
        known,
    })
}

impl Posterior {
    fn insert(&mut self, mut lowerer: Lowerer, results: Vec<Value>) {
        self.called(&mut lowerer);
        let function = lowerer.builder.finish(results);
        self.origins.push((function.name.clone(), lowerer.origins));
        self.module.insert(function);
    }

    /// Adds the functions that a lowered one calls.
    fn called(&mut self, lowerer: &mut Lowerer) {
        std::mem::take(&mut lowerer.module).functions.into_values().for_each(|made| self.module.insert(made));
    }

    /// The joint density that a function's results are the terms of; its places are kept under its name.
    fn joint(&mut self, mut lowerer: Lowerer, results: Vec<Value>, out: &[Variable]) -> Joint {
        self.called(&mut lowerer);
        self.origins.push((lowerer.builder.name().to_string(), lowerer.origins.clone()));
        joint(lowerer, results, out)
    }

    /// Adds what was made of a joint density, its functions with the places of the first.
    fn extend(&mut self, made: Made) {
        let places = self.origins.last().map(|(_, places)| places.clone()).unwrap_or_default();
        for function in made.functions {
            if self.origins.iter().all(|(name, _)| *name != function.name) {
                self.origins.push((function.name.clone(), places.clone()));
            }
            self.module.insert(function);
        }
    }

    /// A log density in a space.
    fn density(&mut self, program: &Program, target: Conditioned, name: &str, space: Space) -> Lowered<()> {
        let mut density = density(program, target, name, space)?;
        if target.out.is_empty() {
            let total = density.body(&target.model.body)?;
            self.insert(density.lowerer, vec![total]);
            return Ok(());
        }
        let (lowerer, terms) = density.terms(&target.model.body)?;
        let values = terms.iter().map(|term| term.value).collect();
        let made = self.joint(lowerer, values, target.out).density(name, true);
        self.extend(made.map_err(|refusal| refused(program, target.out, &refusal))?);
        Ok(())
    }

    /// The log density term by term.
    fn terms(&mut self, program: &Program, target: Conditioned) -> Lowered<()> {
        let density = density(program, target, TERMS, Space::Unconstrained)?;
        let (lowerer, terms) = density.terms(&target.model.body)?;
        let values = terms.iter().map(|term| term.value).collect();
        self.terms = terms.into_iter().map(|term| term.name).collect();
        if target.out.is_empty() {
            self.insert(lowerer, values);
            return Ok(());
        }
        let made = self.joint(lowerer, values, target.out).density(TERMS, false);
        let made = made.map_err(|refusal| refused(program, target.out, &refusal))?;
        let names = target.out.iter().map(|site| &*program.variables[site.0 as usize].name);
        let summed = format!("{} (summed out)", names.collect::<Vec<&str>>().join(", "));
        self.terms = made.free.iter().map(|at| self.terms[*at].clone()).chain([summed]).collect();
        self.extend(made);
        Ok(())
    }

    /// Draws of the sites that are summed out, and how they are summed out.
    fn draws(&mut self, program: &Program, target: Conditioned) -> Lowered<()> {
        if target.out.is_empty() {
            return Ok(());
        }
        let density = density(program, target, DRAWS, Space::Constrained)?;
        self.out = target.out.iter().map(|site| quantity(&density.lowerer, *site)).collect();
        let (lowerer, terms) = density.terms(&target.model.body)?;
        let joint = self.joint(lowerer, terms.iter().map(|term| term.value).collect(), target.out);
        let refused = |refusal| refused(program, target.out, &refusal);
        let report = joint.report().map_err(refused)?;
        self.eliminations = report.iter().map(|summed| sentence(program, target.out, summed)).collect();
        self.extend(joint.draws(DRAWS).map_err(refused)?);
        Ok(())
    }

    /// The values that are reported, and the layout of the coordinates that they come from.
    fn reported(&mut self, program: &Program, target: Conditioned) -> Lowered<()> {
        let mut density = density(program, target, CONSTRAIN, Space::Unconstrained)?;
        density.body(&target.model.body)?;
        let latent = density.latent.iter().map(|latent| latent.transform.variable);
        let reported: Vec<Variable> = latent.chain(target.model.tracked.iter().copied()).collect();
        let mut quantities: Vec<Quantity> =
            reported.iter().map(|variable| quantity(&density.lowerer, *variable)).collect();
        let coordinates = quantities
            .iter()
            .zip(&density.latent)
            .map(|(site, latent)| Quantity { name: site.name.clone(), shape: latent.free_shape.clone() });
        self.coordinates = coordinates.collect();
        self.tracked = quantities.split_off(density.latent.len());
        self.latent = quantities;
        self.dimension = density.dimension();
        let entries = target.partial.iter().map(|(site, partial)| partial.entries(&density.lowerer, *site));
        self.entries = entries.flatten().collect();
        let values: Vec<Value> =
            reported.iter().map(|variable| density.lowerer.variables[variable]).collect();
        self.reports(target, density.lowerer, &reported, values)
    }

    /// A function that gives a value for each of these variables, none of which may depend on a site that is summed out.
    fn reports(
        &mut self,
        target: Conditioned,
        lowerer: Lowerer,
        of: &[Variable],
        values: Vec<Value>,
    ) -> Lowered<()> {
        if target.out.is_empty() {
            self.insert(lowerer, values);
            return Ok(());
        }
        let (program, name) = (lowerer.program, lowerer.builder.name().to_string());
        let made = self.joint(lowerer, values, target.out).without_sites(&name);
        self.module.insert(made.map_err(|at| depends(program, of[at], target.out))?);
        Ok(())
    }
}

fn density<'p>(
    program: &'p Program,
    target: Conditioned<'p>,
    name: &str,
    space: Space,
) -> Lowered<Density<'p>> {
    Density::new(bound_values(program, name, target.known)?, target, space)
}

/// A function with the data, and what the script computes of them, in scope.
pub(super) fn bound_values<'p>(program: &'p Program, name: &str, known: &Known) -> Lowered<Lowerer<'p>> {
    let mut lowerer = Lowerer::new(program, name, known);
    for step in &program.script {
        if let StepKind::Let { variable, value, bound: true, .. } = &step.kind {
            lowerer.define(*variable, value)?;
        }
    }
    Ok(lowerer)
}

pub(super) fn quantity(lowerer: &Lowerer, variable: Variable) -> Quantity {
    let row = &lowerer.program.variables[variable.0 as usize];
    Quantity { name: row.name.to_string(), shape: lowerer.sizes(&row.ty.shape) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::{Argument, ResultBuffer};
    use crate::pipeline::{Form, Native, Program as Bound, Unobserved};
    use ansatz_grammar::span::Sources;

    const EIGHT_SCHOOLS: &str = "data J: size
data y: real[J]
data sigma: positive[J]
model schools {
  mu  ~ normal(0, 5)
  tau ~ half_cauchy(5)
  eta ~ normal(0, 1)[J]
  track theta = mu + tau * eta
  y ~ normal(theta, sigma)
}
let posterior = schools given {y}
";
    const Y: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
    const SIGMA: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];

    fn eight_schools() -> Posterior {
        let mut sources = Sources::default();
        let source = sources.add("eight_schools.anz", EIGHT_SCHOOLS);
        let parsed = ansatz_grammar::parse(source, EIGHT_SCHOOLS);
        let (program, diagnostics) = crate::typed::check(parsed.tree, &mut sources);
        assert!(diagnostics.iter().all(|diagnostic| !diagnostic.is_error()), "{diagnostics:?}");
        let StepKind::Let { value, .. } = &program.script[0].kind else { panic!("a posterior is named") };
        posterior(&program, value, &Known::default()).expect("it lowers")
    }

    fn run(root: &str, form: Form, live: &[Argument]) -> Vec<ResultBuffer> {
        let data = [Y, SIGMA].map(|column| ResultBuffer::F64(column.to_vec()));
        let module = eight_schools().module;
        let bound = Bound { module: &module, root, sizes: &[8], data: &data };
        let mut evaluator = Native::new(bound, form, &mut Unobserved).expect("it compiles").evaluator();
        evaluator.run(live).expect("it runs").to_vec()
    }

    fn scalar(buffer: &ResultBuffer) -> f64 {
        match buffer {
            ResultBuffer::F64(values) => values[0],
            other => panic!("a real number, not {other:?}"),
        }
    }

    /// The model's log density by the textbook.
    fn by_hand(mu: f64, tau: f64, eta: &[f64]) -> f64 {
        let normal = |x: f64, mean: f64, sd: f64| {
            -0.5 * ((x - mean) / sd).powi(2) - sd.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
        };
        let cauchy = (2.0 / (5.0 * std::f64::consts::PI)).ln() - (tau / 5.0).powi(2).ln_1p();
        let schools = eta
            .iter()
            .enumerate()
            .map(|(j, eta)| normal(*eta, 0.0, 1.0) + normal(Y[j], mu + tau * eta, SIGMA[j]));
        normal(mu, 0.0, 5.0) + cauchy + schools.sum::<f64>()
    }

    #[test]
    fn eight_schools_has_the_density_of_the_textbook() {
        let eta: Vec<f64> = (0..8).map(|j| 0.25 * f64::from(j) - 1.0).collect();
        let live = [Argument::F64(&[1.5]), Argument::F64(&[2.5]), Argument::F64(&eta)];
        let found = scalar(&run(LOG_DENSITY_CONSTRAINED, Form::Value, &live)[0]);
        let expected = by_hand(1.5, 2.5, &eta);
        assert!((found - expected).abs() < 1e-12 * expected.abs(), "{found} {expected}");
    }

    #[test]
    fn in_unconstrained_space_the_jacobian_is_added() {
        let eta: Vec<f64> = (0..8).map(|j| 0.25 * f64::from(j) - 1.0).collect();
        let q: Vec<f64> = [1.5, 0.9].into_iter().chain(eta.iter().copied()).collect();
        let found = scalar(&run(LOG_DENSITY, Form::Gradient, &[Argument::F64(&q)])[0]);
        let expected = by_hand(1.5, 0.9f64.exp(), &eta) + 0.9;
        assert!((found - expected).abs() < 1e-12 * expected.abs(), "{found} {expected}");
        let reported = run(CONSTRAIN, Form::Value, &[Argument::F64(&q)]);
        let ResultBuffer::F64(theta) = &reported[3] else { panic!("theta is tracked") };
        assert!((theta[7] - (1.5 + 0.9f64.exp() * eta[7])).abs() < 1e-12);
    }
}
