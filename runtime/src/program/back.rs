//! The way back: from values of a posterior's sites to the coordinates that stand for them.

use ansatz_compiler::codegen::Argument;
use ansatz_compiler::ir::Polynomial;
use ansatz_compiler::model::{self, UNCONSTRAIN};
use ansatz_compiler::pipeline::{Form, Native};
use ansatz_grammar::span::Sources;

use super::Posterior;
use super::PosteriorError;
use super::evaluation::write;
use crate::data::{self, Declaration, Declared, Element, Input, Range, Values};
use crate::draws::Quantity;
use crate::engine::{Error, Faults};
use crate::start::explain;
use crate::target::{Evaluator, Rejection, Target};

/// How far, in parts of its size, a value may lie from the nearest one that its support has: a simplex that sums to one but
/// for rounding is one.
const TOLERANCE: f64 = 1e-8;

impl Posterior {
    /// Writes the coordinates of values, which are in the order of the layout; tracked values may be left out. Values that
    /// do not lie in their sites' supports are refused.
    pub fn unconstrain(&self, values: &[f64], position: &mut [f64]) -> Result<(), Error> {
        let sites = self.sites();
        let length = sites.last().map_or(0, |last| last.range().end);
        if values.len() != length && values.len() != self.layout().length() {
            let message = format!("{length} values of sites are taken, not {}", values.len());
            return Err(Error::Values(message));
        }
        assert_eq!(position.len(), self.dimension(), "the position has the posterior's dimension");
        let inverse = self.inverse()?;
        let live: Vec<Argument> = sites.iter().map(|site| Argument::F64(&values[site.range()])).collect();
        let mut evaluator = inverse.evaluator_of(self.bound.allowed.bound(inverse.prepared()));
        let results = evaluator.run(&live).map_err(|failure| Error::Values(failure.to_string()))?;
        results.iter().fold(&mut *position, |rest, result| write(result, rest));
        self.returns(values, position)
    }

    /// The coordinates of values in JSON, an object with a number or nested lists for each latent site.
    ///
    /// ```
    /// let program = ansatz::Engine::new().compile("model m { tau ~ exponential(rate = 2)\n x ~ normal(0, 1)[2] }\nlet p = m")?;
    /// let posterior = program.bind("{}")?;
    /// assert_eq!(posterior.unconstrain_json(r#"{"x": [3, 4], "tau": 1}"#)?, [0.0, 3.0, 4.0]);
    /// let error = posterior.unconstrain_json(r#"{"x": [3, 4], "tau": -1}"#).expect_err("a negative scale");
    /// assert_eq!(error.to_string(), "`tau` lies outside its support");
    /// assert!(posterior.unconstrain_json(r#"{"x": [3], "tau": 1}"#).is_err());
    /// # Ok::<(), ansatz::Error>(())
    /// ```
    pub fn unconstrain_json(&self, text: &str) -> Result<Vec<f64>, Error> {
        let mut values = vec![0.0; self.sites().last().map_or(0, |last| last.range().end)];
        self.read_values(text, &mut |_| true, &mut values)?;
        let mut position = vec![0.0; self.dimension()];
        self.unconstrain(&values, &mut position)?;
        Ok(position)
    }

    /// Moves a position to the values of the sites that an object in JSON has; the others stay where they are.
    ///
    /// ```
    /// let program = ansatz::Engine::new().compile("model m { tau ~ exponential(rate = 2)\n x ~ normal(0, 1)[2] }\nlet p = m")?;
    /// let mut position = [0.5, 0.0, 0.0];
    /// program.bind("{}")?.move_to_json(r#"{"x": [3, 4]}"#, &mut position)?;
    /// assert_eq!(position, [0.5, 3.0, 4.0]);
    /// # Ok::<(), ansatz::Error>(())
    /// ```
    pub fn move_to_json(&self, text: &str, position: &mut [f64]) -> Result<(), Error> {
        let mut values = vec![0.0; self.layout().length()];
        let told = |rejection: Rejection| Error::Values(explain(self, rejection));
        self.evaluation().constrain(position, &mut values).map_err(told)?;
        let given = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text);
        // What is no object is read as a whole, so that the message tells it.
        let mut is_given = |site: &str| given.as_ref().map_or(true, |given| given.contains_key(site));
        self.read_values(text, &mut is_given, &mut values)?;
        let mut moved = vec![0.0; position.len()];
        self.unconstrain(&values, &mut moved)?;
        for site in self.coordinates().quantities().iter().filter(|site| is_given(&site.name)) {
            position[site.range()].copy_from_slice(&moved[site.range()]);
        }
        Ok(())
    }

    /// The latent sites, in order.
    pub fn sites(&self) -> &[Quantity] {
        &self.layout().quantities()[..self.lowered.latent.len()]
    }

    /// Reads the values of some sites as data are read, so that the same checks and messages serve.
    fn read_values(
        &self,
        text: &str,
        wanted: &mut dyn FnMut(&str) -> bool,
        values: &mut [f64],
    ) -> Result<(), Error> {
        let sites: Vec<&Quantity> = self.sites().iter().filter(|site| wanted(&site.name)).collect();
        let declaration = |site: &&Quantity| Declaration {
            name: site.name.clone(),
            span: self.origin.expression.span,
            element: Element::Real(Range::ANY),
            shape: site.shape.iter().map(|extent| Polynomial::constant(*extent as i64)).collect(),
            structure: None,
            first: 0,
            optional: false,
        };
        let declared = Declared { variables: sites.iter().map(declaration).collect(), ..Declared::default() };
        let mut sources = Sources::clone(&self.origin.sources);
        let read = data::bind(&declared, &Input::new().file("values.json", text), &mut sources);
        let data = read.map_err(|faults| Error::from(Faults::new(faults, sources)))?;
        for (site, array) in sites.into_iter().zip(data.arrays) {
            match array.values {
                Values::Real(entries) => values[site.range()].copy_from_slice(&entries),
                other => panic!("real numbers were declared, not {other:?}"),
            }
        }
        Ok(())
    }

    /// What computes coordinates, compiled when it is first asked for.
    pub(crate) fn inverse(&self) -> Result<&Native, Error> {
        if let Some(inverse) = self.inverse.get() {
            return Ok(inverse);
        }
        let module = model::unconstrain(&self.origin.typed, &self.origin.expression, &self.bound.known);
        let module = module.map_err(|fault| self.told(PosteriorError::Program(fault)))?;
        let native = self.native_of(&module, UNCONSTRAIN, Form::Value);
        let native = native.map_err(|error| self.told(error.into()))?;
        Ok(self.inverse.get_or_init(|| native))
    }

    /// Whether coordinates stand for the values that they were made from.
    fn returns(&self, values: &[f64], position: &[f64]) -> Result<(), Error> {
        let mut found = vec![0.0; self.layout().length()];
        // A tracked value that cannot be computed there is no fault of the sites' values.
        let known = position.iter().all(|coordinate| coordinate.is_finite())
            && self.evaluator().constrain(position, &mut found).is_ok();
        let close = |(a, b): (&f64, &f64)| (a - b).abs() <= TOLERANCE * (1.0 + b.abs());
        let lost = self.sites().iter().find(|site| {
            let mut pairs = found[site.range()].iter().zip(&values[site.range()]);
            !known || !pairs.all(close)
        });
        let finite = |site: &&Quantity| {
            let own = self.coordinates().quantity(&site.name);
            own.is_some_and(|own| position[own.range()].iter().any(|coordinate| !coordinate.is_finite()))
        };
        match self.sites().iter().find(finite).or(lost) {
            None => Ok(()),
            Some(site) => Err(Error::Values(format!("`{}` lies outside its support", site.name))),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Engine, Posterior, Target};

    fn posterior(program: &str) -> Posterior {
        let program = Engine::new().compile(program).unwrap_or_else(|error| panic!("{error}"));
        program.bind("{}").unwrap_or_else(|error| panic!("{error}"))
    }

    /// From coordinates to values and back, for every kind of support, one that depends on another site too.
    #[test]
    fn values_lead_back_to_their_coordinates() {
        let posterior = posterior(
            "model m {
               a ~ exponential(rate = 1)
               b: interval(0, 1 - exp(-a)) ~ flat()
               c ~ truncate(normal(0, 1), -2, 3)
               d ~ dirichlet([1, 2, 3])[2]
               e: ordered[3] ~ flat()
               f: positive_ordered[2] ~ flat()
               g ~ lkj_corr(2, 3)
               h ~ lkj_corr_cholesky(2, 3)
               k: cov[2] ~ flat()
               l: cholesky_cov[2] ~ flat()
               for i in 3 { n[i] ~ exponential(rate = 2) }
               o ~ uniform(a, a + [1, 2])
               track p = a + b
             }
             let p = m",
        );
        let dimension = posterior.dimension();
        let q: Vec<f64> = (0..dimension).map(|i| (1.7 * i as f64).sin()).collect();
        let mut values = vec![0.0; posterior.layout().length()];
        posterior.evaluator().constrain(&q, &mut values).expect("inside");
        let mut back = vec![0.0; dimension];
        posterior.unconstrain(&values, &mut back).unwrap_or_else(|error| panic!("{error}"));
        for ((label, q), back) in posterior.coordinates().labels().zip(&q).zip(&back) {
            assert!((q - back).abs() < 1e-9, "{label}: {q} {back}");
        }
        let sites = posterior.sites().last().map_or(0, |site| site.range().end);
        assert_eq!(sites + 1, values.len());
        posterior.unconstrain(&values[..sites], &mut back).expect("tracked values are not needed");
    }

    /// Coordinates stand for the entries that are not given; the values are those of the whole site.
    #[test]
    fn values_of_sites_given_in_part_lead_back_too() {
        let model = "data y: real?[4]
            model m { a ~ exponential(rate = 1)\n b ~ normal(0, 1)[2, 3]\n y ~ normal(a, 1)[4] }\n";
        let program = format!("{model}let p = m given {{y, b[0] = [7, 8, 9]}}");
        let program = Engine::new().compile(&*program).unwrap_or_else(|error| panic!("{error}"));
        let data = r#"{"y": [1.5, null, 2.5, null]}"#;
        let posterior = program.bind(data).unwrap_or_else(|error| panic!("{error}"));
        let dimension = posterior.dimension();
        assert_eq!(dimension, 1 + 3 + 2);
        let q: Vec<f64> = (0..dimension).map(|i| (1.7 * i as f64).sin()).collect();
        let mut values = vec![0.0; posterior.layout().length()];
        posterior.evaluator().constrain(&q, &mut values).expect("inside");
        let mut back = vec![0.0; dimension];
        posterior.unconstrain(&values, &mut back).unwrap_or_else(|error| panic!("{error}"));
        assert!(q.iter().zip(&back).all(|(q, back)| (q - back).abs() < 1e-12), "{q:?} {back:?}");
        // An entry that is given has its one value.
        let given = values.iter().position(|value| *value == 8.0).expect("a given entry");
        values[given] = 8.5;
        assert!(posterior.unconstrain(&values, &mut back).is_err());
    }

    #[test]
    fn values_outside_are_refused() {
        let posterior = posterior("model m { a ~ exponential(rate = 1)\n d ~ dirichlet([1, 2]) }\nlet p = m");
        let mut position = [0.0; 2];
        let mut told = |values: &[f64]| {
            posterior.unconstrain(values, &mut position).err().map(|error| error.to_string())
        };
        assert_eq!(told(&[1.0, 0.25, 0.75]), None);
        assert_eq!(told(&[1.0, 0.25, 0.8]).as_deref(), Some("`d` lies outside its support"));
        assert_eq!(told(&[0.0, 0.25, 0.75]).as_deref(), Some("`a` lies outside its support"));
        assert_eq!(told(&[1.0]).as_deref(), Some("3 values of sites are taken, not 1"));
    }
}
