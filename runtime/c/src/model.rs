//! A posterior as BridgeStan sees it: names with indices from 1, arrays with the first index fastest, workers for threads.

use std::ffi::{CStr, CString};
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use ansatz::draws::Quantity;
use ansatz::rng::Stream;
use ansatz::target::Rejection;
use ansatz::{Engine, Evaluation, Evaluator, Hessian, Input, Posterior, Target, explain};

use crate::call::c_text;

/// A program, and which of its posteriors is meant.
pub struct Program<'t> {
    /// Its text, or the path of its file.
    pub text: &'t str,
    /// The name of one of its posteriors.
    pub posterior: Option<&'t str>,
}

/// Where a search for a starting point begins.
pub struct Start<'t> {
    /// Values of some sites.
    pub json: Option<&'t str>,
    /// How far coordinates of the others lie from the origin.
    pub radius: f64,
    /// How many points are tried.
    pub tries: i32,
    /// Whether Jacobians belong to the density.
    pub jacobian: bool,
}

/// A posterior with what its functions give.
pub struct Model {
    with_jacobians: Density,
    without: OnceLock<Density>,
    /// Its name.
    pub name: CString,
    /// What made it.
    pub info: CString,
    /// The names of its coordinates.
    pub coordinates: CString,
    names: [CString; 2],
    /// Of each value, its place in the posterior's layout.
    order: Vec<usize>,
    /// How many values are of sites.
    sites: usize,
}

/// A posterior, and workers that are free.
struct Density {
    posterior: Posterior,
    workers: Mutex<Vec<Worker>>,
}

/// What evaluates on one thread.
struct Worker {
    evaluation: Evaluation,
    hessian: Option<Hessian>,
    gradient: Vec<f64>,
    values: Vec<f64>,
}

impl Model {
    /// Compiles a program and binds its data.
    pub fn new(program: &Program, data: &str) -> Result<Model, String> {
        let compiled = match program.text.ends_with(".anz") {
            true => {
                let folder = Path::new(program.text).parent().unwrap_or(Path::new(""));
                Engine::new().folder(folder).compile((program.text, read(program.text)?))
            }
            false => Engine::new().compile(program.text),
        };
        let compiled = compiled.map_err(|error| error.to_string())?;
        let input = match data {
            "" => Input::new(),
            path if path.ends_with(".json") => Input::new().file(path, read(path)?),
            text => Input::from(text),
        };
        let bound = match program.posterior {
            Some(name) => compiled.bind_named(name, input),
            None => compiled.bind(input),
        };
        let name = program.posterior.or(compiled.posteriors().first().copied()).unwrap_or("posterior");
        Ok(Model::of(name, bound.map_err(|error| error.to_string())?))
    }

    fn of(name: &str, posterior: Posterior) -> Model {
        let (mut order, mut labels) = (Vec::new(), Vec::new());
        for quantity in posterior.layout().quantities() {
            for at in first_fastest(&quantity.shape) {
                order.push(quantity.range().start + place(&quantity.shape, &at));
                labels.push(label(quantity, &at));
            }
        }
        let sites = posterior.sites().last().map_or(0, |last| last.range().end);
        let coordinates =
            posterior.coordinates().quantities().iter().flat_map(|quantity| {
                last_fastest(&quantity.shape).into_iter().map(|at| label(quantity, &at))
            });
        let coordinates: Vec<String> = coordinates.collect();
        Model {
            name: c_text(name),
            info: c_text(concat!("Ansatz ", env!("CARGO_PKG_VERSION"), ", functions of BridgeStan 2.9.0")),
            coordinates: c_text(coordinates.join(",")),
            names: [&labels[..sites], &labels].map(|labels| c_text(labels.join(","))),
            order,
            sites,
            with_jacobians: Density::new(posterior),
            without: OnceLock::new(),
        }
    }

    /// The names of the values of sites, and of tracked values.
    pub fn names(&self, tracked: bool) -> &CStr {
        &self.names[usize::from(tracked)]
    }

    /// How many there are.
    pub fn length(&self, tracked: bool) -> usize {
        if tracked { self.order.len() } else { self.sites }
    }

    /// The number of coordinates.
    pub fn dimension(&self) -> usize {
        self.posterior().dimension()
    }

    fn posterior(&self) -> &Posterior {
        &self.with_jacobians.posterior
    }

    /// Writes the values at a position, as many as there is room for.
    pub fn constrain(&self, position: &[f64], values: &mut [f64]) -> Result<(), String> {
        self.with_jacobians.work(|posterior, worker| {
            let found = worker.evaluation.constrain(position, &mut worker.values);
            found.map_err(|rejection| explain(posterior, rejection))?;
            values.iter_mut().zip(&self.order).for_each(|(value, place)| *value = worker.values[*place]);
            Ok(())
        })
    }

    /// Writes the coordinates of the sites' values.
    pub fn unconstrain(&self, values: &[f64], position: &mut [f64]) -> Result<(), String> {
        let mut ours = vec![0.0; self.sites];
        values.iter().zip(&self.order).for_each(|(value, place)| ours[*place] = *value);
        self.posterior().unconstrain(&ours, position).map_err(|error| error.to_string())
    }

    /// The same of values in JSON.
    pub fn unconstrain_json(&self, json: &str, position: &mut [f64]) -> Result<(), String> {
        let found = self.posterior().unconstrain_json(json).map_err(|error| error.to_string())?;
        position.copy_from_slice(&found);
        Ok(())
    }

    /// Writes a position where the log density is finite.
    pub fn initialize(&self, start: &Start, stream: &mut Stream, position: &mut [f64]) -> Result<(), String> {
        for _ in 0..start.tries {
            position.fill_with(|| start.radius * (2.0 * stream.uniform() - 1.0));
            if let Some(json) = start.json {
                let moved = self.posterior().move_to_json(json, position);
                moved.map_err(|error| error.to_string())?;
            }
            if self.log_density(start.jacobian, position).is_ok_and(f64::is_finite) {
                return Ok(());
            }
        }
        Err(format!("none of {} starting points has a finite log density", start.tries))
    }

    /// The log density at a position.
    pub fn log_density(&self, jacobian: bool, position: &[f64]) -> Result<f64, String> {
        self.density(jacobian)?.work(|posterior, worker| {
            let found = worker.evaluation.log_density_gradient(position, &mut worker.gradient);
            number(posterior, found)
        })
    }

    /// The log density at a position; writes its gradient.
    pub fn gradient(&self, jacobian: bool, position: &[f64], gradient: &mut [f64]) -> Result<f64, String> {
        self.density(jacobian)?.work(|posterior, worker| {
            number(posterior, worker.evaluation.log_density_gradient(position, gradient))
        })
    }

    /// Writes the product of the second derivatives with a direction.
    pub fn product(
        &self,
        jacobian: bool,
        position: &[f64],
        direction: &[f64],
        product: &mut [f64],
    ) -> Result<(), String> {
        self.density(jacobian)?.work(|posterior, worker| {
            let done = worker.hessian(posterior)?.product(position, direction, product);
            done.map_err(|rejection| explain(posterior, rejection))
        })
    }

    /// Writes the second derivatives.
    pub fn hessian(&self, jacobian: bool, position: &[f64], hessian: &mut [f64]) -> Result<(), String> {
        let mut direction = vec![0.0; position.len()];
        for (axis, row) in hessian.chunks_mut(position.len().max(1)).enumerate() {
            direction[axis] = 1.0;
            self.product(jacobian, position, &direction, row)?;
            direction[axis] = 0.0;
        }
        Ok(())
    }

    fn density(&self, jacobian: bool) -> Result<&Density, String> {
        if jacobian {
            return Ok(&self.with_jacobians);
        }
        if let Some(density) = self.without.get() {
            return Ok(density);
        }
        let posterior = self.posterior().without_jacobians().map_err(|error| error.to_string())?;
        Ok(self.without.get_or_init(|| Density::new(posterior)))
    }
}

impl Density {
    fn new(posterior: Posterior) -> Density {
        Density { posterior, workers: Mutex::default() }
    }

    /// Works with a worker of its own.
    fn work<T>(&self, work: impl FnOnce(&Posterior, &mut Worker) -> Result<T, String>) -> Result<T, String> {
        let free = || self.workers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let found = free().pop();
        let mut worker = found.unwrap_or_else(|| Worker {
            evaluation: self.posterior.evaluation(),
            hessian: None,
            gradient: vec![0.0; self.posterior.dimension()],
            values: vec![0.0; self.posterior.layout().length()],
        });
        let done = work(&self.posterior, &mut worker);
        free().push(worker);
        done
    }
}

impl Worker {
    fn hessian(&mut self, posterior: &Posterior) -> Result<&mut Hessian, String> {
        if self.hessian.is_none() {
            let made = posterior.hessian();
            self.hessian = Some(made.ok_or("the density has no second derivatives that could be compiled")?);
        }
        Ok(self.hessian.as_mut().expect("it was just made"))
    }
}

/// A log density as a number; only a check that failed is a failure.
fn number(posterior: &Posterior, found: Result<f64, Rejection>) -> Result<f64, String> {
    match found {
        Ok(value) => Ok(value),
        Err(Rejection::ZeroDensity) => Ok(f64::NEG_INFINITY),
        Err(Rejection::InfiniteDensity) => Ok(f64::INFINITY),
        Err(Rejection::UndefinedDensity | Rejection::UndefinedGradient) => Ok(f64::NAN),
        Err(rejection @ Rejection::Check(_)) => Err(explain(posterior, rejection)),
    }
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))
}

/// Indices of an array, the first running fastest.
fn first_fastest(shape: &[usize]) -> Vec<Vec<usize>> {
    let reversed: Vec<usize> = shape.iter().rev().copied().collect();
    let indices = last_fastest(&reversed).into_iter();
    indices.map(|at| at.into_iter().rev().collect()).collect()
}

/// Indices of an array, the last running fastest.
fn last_fastest(shape: &[usize]) -> Vec<Vec<usize>> {
    shape.iter().fold(vec![Vec::new()], |all, extent| {
        let longer = |at: Vec<usize>| (0..*extent).map(move |index| [at.as_slice(), &[index]].concat());
        all.into_iter().flat_map(longer).collect()
    })
}

/// The place of an entry, the last index running fastest.
fn place(shape: &[usize], at: &[usize]) -> usize {
    shape.iter().zip(at).fold(0, |place, (extent, index)| place * extent + index)
}

/// `theta.2.1`, indices from 1.
fn label(quantity: &Quantity, at: &[usize]) -> String {
    at.iter().fold(quantity.name.clone(), |label, index| format!("{label}.{}", index + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(text: &str) -> Model {
        Model::new(&Program { text, posterior: None }, "").unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn values_have_bridgestans_names_and_order() {
        let model =
            model("model m { a ~ normal(0, 1)\n x ~ normal(0, 1)[2, 3]\n track b = 2 * a }\nlet p = m");
        let names = |tracked| model.names(tracked).to_str().expect("UTF-8").to_owned();
        assert_eq!(names(false), "a,x.1.1,x.2.1,x.1.2,x.2.2,x.1.3,x.2.3");
        assert_eq!(names(true), names(false) + ",b");
        assert_eq!(model.coordinates.to_str(), Ok("a,x.1.1,x.1.2,x.1.3,x.2.1,x.2.2,x.2.3"));
        let mut values = [0.0; 8];
        model.constrain(&[0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &mut values).expect("inside");
        assert_eq!(values, [0.5, 1.0, 4.0, 2.0, 5.0, 3.0, 6.0, 1.0]);
        let mut back = [0.0; 7];
        model.unconstrain(&values[..7], &mut back).expect("inside");
        assert_eq!(back, [0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn starting_points_keep_what_is_given_and_have_a_density() {
        let model = model(
            "model m { a ~ exponential(rate = 1)\n x ~ uniform(0, 1)\n observe 0 ~ normal(a, 1) }\nlet p = m",
        );
        let start = Start { json: Some(r#"{"a": 2}"#), radius: 2.0, tries: 10, jacobian: true };
        let mut position = [0.0; 2];
        let mut stream = Stream::new(7, 0, ansatz::rng::Purpose::Start);
        model.initialize(&start, &mut stream, &mut position).expect("finite");
        assert_eq!(position[0], 2f64.ln());
        assert!(position[1] != 0.0 && position[1].abs() < 2.0);
        let none = Start { tries: 0, ..start };
        assert!(model.initialize(&none, &mut stream, &mut position).is_err());
    }
}
