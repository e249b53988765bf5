//! A posterior of a program, compiled for its data: a target.

use super::evaluation::{explained, reals};
use super::refusal::{entries_exist, too_large};
use super::{Bound, Evaluation, Hessian, PosteriorError, Program};
use crate::draws::Layout;
use crate::engine::{Error, Faults, Limits};
use crate::target::{Check, Curvature, Evaluator, Target, Term};
use ansatz_compiler::codegen::Argument;
use ansatz_compiler::ir::{Demand, Module};
use ansatz_compiler::model::{
    self, CONSTRAIN, LOG_DENSITY, LOG_DENSITY_CONSTRAINED, LOG_DENSITY_NATURAL, TERMS,
};
use ansatz_compiler::pipeline::{self, Allowance, BuildError, Form, Native, Observer};
use ansatz_compiler::typed::tree::{self, Expr};
use ansatz_grammar::span::Sources;
use std::fmt;
use std::panic::resume_unwind;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

/// A compiled posterior with its data: a [`Target`] that any number of threads may evaluate and sample.
///
/// ```
/// use ansatz::{Engine, Target};
///
/// let program = Engine::new().compile("model m { tau ~ exponential(rate = 2)\n x ~ normal(0, 1)[2]\n track y = tau * x }\nlet p = m")?;
/// let posterior = program.bind("{}")?;
/// assert_eq!(posterior.coordinates().labels().collect::<Vec<_>>(), ["tau", "x[0]", "x[1]"]);
/// assert_eq!(posterior.layout().labels().collect::<Vec<_>>(), ["tau", "x[0]", "x[1]", "y[0]", "y[1]"]);
///
/// // Into the caller's buffers, without allocating, unless a first evaluation needs room for arrays of run-time length.
/// let (position, direction) = ([0.5, 1.0, -1.0], [0.0, 1.0, 0.0]);
/// let (mut gradient, mut product, mut values) = ([0.0; 3], [0.0; 3], [0.0; 5]);
/// let mut evaluator = posterior.evaluator();
/// let log_density = evaluator.log_density_gradient(&position, &mut gradient)?;
/// evaluator.constrain(&position, &mut values)?;
/// assert_eq!(values[0], f64::exp(0.5));
/// let mut curvature = posterior.curvature().expect("a smooth density");
/// curvature(&position, &direction, &mut product)?;
/// assert_eq!(product, [0.0, -1.0, 0.0]);
///
/// let mut back = [0.0; 3];
/// posterior.unconstrain(&values, &mut back)?;
/// assert!((back[0] - 0.5).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Posterior {
    pub(super) lowered: Arc<model::Posterior>,
    /// The function that is its density.
    root: &'static str,
    pub(super) bound: Bound,
    dimension: usize,
    layout: Layout,
    coordinates: Layout,
    density: Native,
    reported: Native,
    product: OnceLock<Option<Native>>,
    /// What it was compiled from, to compile more of it.
    pub(super) origin: Origin,
    pub(super) inverse: OnceLock<Native>,
}

impl fmt::Debug for Posterior {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = (self.dimension, &self.layout);
        out.debug_tuple("Posterior").field(&layout).finish()
    }
}

/// What a posterior was compiled from.
#[derive(Clone)]
pub(super) struct Origin {
    pub typed: Arc<tree::Program>,
    pub expression: Expr,
    pub limits: Limits,
    /// The texts that messages about it point into.
    pub sources: Arc<Sources>,
}

impl Posterior {
    /// Compiles the posterior that an expression of the script names.
    #[doc(hidden)]
    pub fn new(
        program: &Program,
        expression: &Expr,
        bound: &Bound,
        observer: &mut dyn Observer,
    ) -> Result<Posterior, PosteriorError> {
        let lowered = program.posterior(expression, bound).map_err(PosteriorError::Program)?;
        observer.finished("lowered", &lowered.module);
        entries_exist(&lowered.entries, &bound.sizes).map_err(PosteriorError::Program)?;
        let native = |root, form, observer: &mut dyn Observer| {
            let program =
                pipeline::Program { module: &lowered.module, root, sizes: &bound.sizes, data: &bound.arrays };
            Native::within(program, form, &bound.allowed, observer)
        };
        let (density, reported) = std::thread::scope(|scope| {
            let reported = scope.spawn(|| native(CONSTRAIN, Form::Value, &mut pipeline::Unobserved));
            let density = native(LOG_DENSITY, Form::Gradient, observer);
            (density, reported.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        let (density, reported) = (density?, reported?);
        let dimension = lowered.dimension.evaluate(&bound.sizes);
        let layout = laid_out(lowered.latent.iter().chain(&lowered.tracked), &bound.sizes);
        let coordinates = laid_out(lowered.coordinates.iter(), &bound.sizes);
        let Some(dimension) = dimension.and_then(|dimension| usize::try_from(dimension).ok()) else {
            return Err(PosteriorError::Program(Box::new(too_large(expression))));
        };
        Ok(Posterior {
            lowered,
            root: LOG_DENSITY,
            bound: bound.clone(),
            dimension,
            layout,
            coordinates,
            density,
            reported,
            product: OnceLock::new(),
            origin: Origin {
                typed: Arc::clone(&program.typed),
                expression: expression.clone(),
                limits: program.limits,
                sources: Arc::new(program.sources.clone()),
            },
            inverse: OnceLock::new(),
        })
    }

    /// The same with the texts that messages about it point into.
    pub(super) fn told_in(mut self, sources: Arc<Sources>) -> Posterior {
        self.origin.sources = sources;
        self
    }

    /// Names and shapes of the coordinates of each site, whose space has no constraints.
    pub fn coordinates(&self) -> &Layout {
        &self.coordinates
    }

    /// What [`Target::evaluator`] gives, to be kept beside the posterior or sent to a thread.
    ///
    /// ```
    /// use ansatz::{Engine, Evaluator};
    ///
    /// let program = Engine::new().compile("model m { x ~ normal(0, 1) }\nlet p = m")?;
    /// let mut evaluation = program.bind("{}")?.evaluation();
    /// let thread = std::thread::spawn(move || evaluation.log_density_gradient(&[2.0], &mut [0.0]));
    /// assert!((thread.join().expect("no panic")? + 2.919).abs() < 0.001);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn evaluation(&self) -> Evaluation {
        self.evaluation_until(Arc::default())
    }

    /// The same until the flag is raised.
    pub(super) fn evaluation_until(&self, interrupt: Arc<AtomicBool>) -> Evaluation {
        let allowed = Allowance { interrupt, ..self.bound.allowed.clone() };
        let bound = |native: &Native| allowed.bound(native.prepared());
        let density = self.density.density_of(bound(&self.density));
        Evaluation { density, told: None, reported: self.reported.evaluator_of(bound(&self.reported)) }
    }

    /// The terms of the log density, unless the flag is raised.
    pub(super) fn terms_until(&self, position: &[f64], interrupt: Arc<AtomicBool>) -> Vec<Term> {
        let Ok(native) = self.native(TERMS, Form::Value) else { return Vec::new() };
        let allowed = Allowance { interrupt, ..self.bound.allowed.clone() };
        let mut evaluator = native.evaluator_of(allowed.bound(native.prepared()));
        let Ok(values) = evaluator.run(&[Argument::F64(position)]) else { return Vec::new() };
        let named = self.lowered.terms.iter().zip(values);
        named.map(|(name, value)| Term { name: name.clone(), value: reals(value)[0] }).collect()
    }

    /// What [`Target::curvature`] gives, to be kept beside the posterior or sent to a thread.
    ///
    /// ```
    /// use ansatz::Engine;
    ///
    /// let program = Engine::new().compile("model m { x ~ normal(0, 2)[2] }\nlet p = m")?;
    /// let mut hessian = program.bind("{}")?.hessian().expect("a smooth density");
    /// let mut product = [0.0; 2];
    /// hessian.product(&[0.3, 0.4], &[0.0, 1.0], &mut product)?;
    /// assert_eq!(product, [0.0, -0.25]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hessian(&self) -> Option<Hessian> {
        let native = self.product.get_or_init(|| self.native(self.root, Form::Product).ok()).as_ref()?;
        Some(Hessian { prepared: self.bound.allowed.bound(native.prepared()) })
    }

    /// The same with the model's own density, without the Jacobians of its coordinates: what has its greatest value at the
    /// mode of the sites themselves.
    ///
    /// ```
    /// use ansatz::{Engine, Target};
    ///
    /// let program = Engine::new().compile("model m { tau ~ exponential(rate = 1) }\nlet p = m")?;
    /// let posterior = program.bind("{}")?.without_jacobians()?;
    /// assert_eq!(posterior.evaluator().log_density_gradient(&[0.0], &mut [0.0])?, -1.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn without_jacobians(&self) -> Result<Posterior, Error> {
        self.natural().map_err(|error| self.told(error))
    }

    pub(crate) fn natural(&self) -> Result<Posterior, PosteriorError> {
        let origin = &self.origin;
        let module = model::natural(&origin.typed, &origin.expression, &self.bound.known);
        let mut lowered = Arc::clone(&self.lowered);
        let own = Arc::make_mut(&mut lowered);
        for function in module.map_err(PosteriorError::Program)?.functions.into_values() {
            own.module.insert(function);
        }
        Ok(Posterior {
            root: LOG_DENSITY_NATURAL,
            density: self.native_of(&lowered.module, LOG_DENSITY_NATURAL, Form::Gradient)?,
            lowered,
            product: OnceLock::new(),
            ..self.clone()
        })
    }

    /// Which demand does not hold, by its number and origin, and of what.
    fn unmet_demand(&self, number: i64, origin: u32) -> String {
        let demand = Demand::numbered(number);
        let places = self.lowered.origins.iter().find(|(function, _)| function == self.root);
        let place = places.and_then(|(_, places)| places.get((origin as usize).checked_sub(1)?));
        match place.and_then(|place| self.origin.sources.shown(*place)) {
            Some(place) => format!("{}: {place}", demand.fault()),
            None => demand.fault().to_owned(),
        }
    }

    /// An error of its program.
    pub(super) fn told(&self, error: PosteriorError) -> Error {
        let fault = error.diagnostic(self.origin.expression.span);
        Faults::new(vec![fault], Sources::clone(&self.origin.sources)).into()
    }

    /// The same posterior of other data of the same sizes: nothing is compiled.
    pub(crate) fn rebound(&self, bound: Bound) -> Result<Posterior, PosteriorError> {
        let [density, reported] =
            [&self.density, &self.reported].map(|native| native.rebound(&bound.arrays, &bound.allowed));
        let inverse = match self.inverse.get() {
            Some(known) => OnceLock::from(known.rebound(&bound.arrays, &bound.allowed)?),
            None => OnceLock::new(),
        };
        Ok(Posterior {
            density: density?,
            reported: reported?,
            product: OnceLock::new(),
            inverse,
            bound,
            ..self.clone()
        })
    }

    /// The model's log density at values of its latent sites, in the order of [`Self::latent`]: no Jacobians.
    #[doc(hidden)]
    pub fn log_density_at(&self, sites: &[Vec<f64>]) -> Result<f64, PosteriorError> {
        let native = self.native(LOG_DENSITY_CONSTRAINED, Form::Value)?;
        let live: Vec<Argument> = sites.iter().map(|site| Argument::F64(site)).collect();
        let mut evaluator = native.evaluator();
        let results = evaluator.run(&live).map_err(BuildError::Bound)?;
        Ok(reals(&results[0])[0])
    }

    /// Names of latent sites, in order. Tracked values follow them in the layout.
    pub fn latent(&self) -> impl Iterator<Item = &str> {
        self.lowered.latent.iter().map(|quantity| quantity.name.as_str())
    }

    fn native(&self, root: &str, form: Form) -> Result<Native, BuildError> {
        self.native_of(&self.lowered.module, root, form)
    }

    pub(super) fn native_of(&self, module: &Module, root: &str, form: Form) -> Result<Native, BuildError> {
        let (sizes, data) = (&self.bound.sizes, &self.bound.arrays);
        let program = pipeline::Program { module, root, sizes, data };
        Native::within(program, form, &self.bound.allowed, &mut pipeline::Unobserved)
    }
}

fn laid_out<'q>(quantities: impl Iterator<Item = &'q model::Quantity>, sizes: &[i64]) -> Layout {
    Layout::new(quantities.map(|quantity| (quantity.name.clone(), shape(quantity, sizes))))
}

pub(super) fn shape(quantity: &model::Quantity, sizes: &[i64]) -> Vec<usize> {
    let extents = quantity.shape.iter().map(|size| size.evaluate(sizes));
    extents.map(|extent| extent.and_then(|extent| usize::try_from(extent).ok()).unwrap_or(0)).collect()
}

impl Target for Posterior {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn evaluator(&self) -> Box<dyn Evaluator + '_> {
        Box::new(self.evaluation())
    }

    /// None if there is no code for it.
    fn curvature(&self) -> Option<Box<Curvature<'_>>> {
        let mut hessian = self.hessian()?;
        Some(Box::new(move |position, direction, product| hessian.product(position, direction, product)))
    }

    fn terms(&self, position: &[f64]) -> Vec<Term> {
        self.terms_until(position, Arc::default())
    }

    fn explain_check(&self, check: Check) -> String {
        match explained(check) {
            Ok(told) => told.to_owned(),
            Err((demand, origin)) => self.unmet_demand(demand, origin),
        }
    }
}
