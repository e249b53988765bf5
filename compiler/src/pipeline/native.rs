//! From a function of the plain dialect and its data to native code.
//!
//! resolve, simplify, share, hoist (invariants, extraction, bound slice), fuse, kernel, machine code. The bound slice
//! runs once on the data, and its results stay beside them as constants of the live part.

use super::decide::Slice;
use super::passes::{after_resolve, before_resolve};
use super::{Allowance, Observer};
use crate::codegen::{Argument, Compiled, Density, Failure, Prepared, ResultBuffer};
use crate::ir::kind::Derivation;
use crate::ir::{Binding, Builder, Function, Kind, Module, Polynomial, Type, Value};
use crate::kernel::{Kernel, Refusal};
use crate::transform::resolve::resolve;
use crate::transform::{Options, ResolveError};
use std::fmt;
use std::sync::Arc;

/// What of a function is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Its results.
    Value,
    /// Its one `f64` result, then its gradient in each live floating-point parameter.
    Gradient,
    /// The product of the second derivatives of its one `f64` result with a direction: of a function with one live
    /// parameter, which the direction follows.
    Product,
}

/// A function with its sizes and data.
#[derive(Clone, Copy)]
pub struct Program<'a> {
    /// Where the function and those it calls stand.
    pub module: &'a Module,
    /// Its name. Its bound parameters come before its live ones.
    pub root: &'a str,
    /// A number for each of its sizes.
    pub sizes: &'a [i64],
    /// An array for each of its bound parameters.
    pub data: &'a [ResultBuffer],
}

/// Why there is no native code.
#[derive(Debug)]
pub enum BuildError {
    /// Calls or derivatives could not be resolved.
    Resolve(ResolveError),
    /// Code generation refused.
    Refused(Refusal),
    /// What the data alone decide failed to evaluate.
    Bound(Failure),
    /// Somebody asked to end between two stages.
    Interrupted,
}

impl BuildError {
    /// Whether somebody asked to end.
    pub fn is_interrupted(&self) -> bool {
        matches!(self, Self::Interrupted | Self::Bound(Failure::Interrupted))
    }

    /// Whether arrays would need more memory than there is or may be.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::Refused(Refusal::Large(_) | Refusal::Memory))
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Resolve(error) => error.fmt(f),
            BuildError::Refused(refusal) => refusal.fmt(f),
            BuildError::Interrupted => f.write_str("interrupted while it was compiled"),
            BuildError::Bound(failure) => {
                write!(f, "what the data alone decide cannot be computed: {failure}")
            }
        }
    }
}

impl std::error::Error for BuildError {}

/// Native code with its data bound. Clones share both.
#[derive(Clone)]
pub struct Native {
    live: Compiled,
    slice: Arc<Slice>,
    constants: Arc<Constants>,
}

/// Arguments that stay: data first, then what they decide.
struct Constants {
    data: Vec<ResultBuffer>,
    decided: Vec<ResultBuffer>,
}

impl Native {
    /// Compiles a program and evaluates its bound slice.
    pub fn new(program: Program, form: Form, observer: &mut dyn Observer) -> Result<Self, BuildError> {
        Self::within(program, form, &Allowance::default(), observer)
    }

    /// The same within bounds, which evaluations have to be told too.
    pub fn within(
        program: Program,
        form: Form,
        allowed: &Allowance,
        observer: &mut dyn Observer,
    ) -> Result<Self, BuildError> {
        let function = plain(program, form, allowed)?;
        observer.finished("resolved", &function);
        let parts = after_resolve(function, allowed)?;
        observer.finished("bound", &parts.bound);
        observer.finished("ir", &parts.live);
        let slice = Slice::new(parts.bound);
        let decided = slice.decide(program.data, allowed)?;
        allowed.go_on()?;
        let kernel = Kernel::new(&parts.live).map_err(BuildError::Refused)?;
        observer.finished("kernel", &kernel);
        allowed.go_on()?;
        let live = Compiled::within(&kernel, allowed.memory).map_err(BuildError::Refused)?;
        observer.finished("clif", &Clif(&kernel));

        let constants = Arc::new(Constants { data: program.data.to_vec(), decided });
        Ok(Self { live, slice: Arc::new(slice), constants })
    }

    /// The same code with other data of the same sizes.
    pub fn rebound(&self, data: &[ResultBuffer], allowed: &Allowance) -> Result<Self, BuildError> {
        let constants = Constants { data: data.to_vec(), decided: self.slice.decide(data, allowed)? };
        Ok(Self { constants: Arc::new(constants), ..self.clone() })
    }

    /// What evaluates it on one thread.
    pub fn evaluator(&self) -> Evaluator {
        self.evaluator_of(self.prepared())
    }

    /// The same of its prepared code.
    pub fn evaluator_of(&self, prepared: Prepared) -> Evaluator {
        Evaluator { prepared, results: self.live.result_buffers() }
    }

    /// Its code with the constants bound, for one thread.
    pub fn prepared(&self) -> Prepared {
        let first = self.constants.data.len();
        Prepared::new(&self.live, Arc::clone(&self.constants), Constants::arguments, first)
    }

    /// The quickest evaluation of the prepared code of a [`Form::Gradient`] in one live array.
    ///
    /// # Panics
    /// If it is of another form, or has several live parameters.
    pub fn density_of(&self, prepared: Prepared) -> Density {
        Density::new(&self.live, prepared)
    }
}

impl Constants {
    fn arguments(&self) -> Vec<Argument<'_>> {
        self.data.iter().chain(&self.decided).map(ResultBuffer::as_argument).collect()
    }
}

/// Cranelift's text of a kernel, made only when it is printed.
struct Clif<'a>(&'a Kernel);

impl fmt::Display for Clif<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Compiled::text(self.0) {
            Ok(text) => f.write_str(&text),
            Err(refusal) => refusal.fmt(f),
        }
    }
}

/// Evaluates native code on one thread.
pub struct Evaluator {
    prepared: Prepared,
    results: Vec<ResultBuffer>,
}

impl Evaluator {
    /// Evaluates at live arguments; the results stay readable until the next call.
    pub fn run(&mut self, live: &[Argument]) -> Result<&[ResultBuffer], Failure> {
        self.prepared.run(live, &mut self.results)?;
        Ok(&self.results)
    }
}

/// The program's root, or its gradient, for its sizes, resolved.
fn plain(program: Program, form: Form, allowed: &Allowance) -> Result<Function, BuildError> {
    let mut module = program.module.reachable(program.root);
    for function in module.functions.values_mut() {
        before_resolve(function, allowed)?;
    }
    let resolved = match form {
        Form::Value => {
            let options = Options { sizes: Some(program.sizes.to_vec()), ..Options::default() };
            resolve(&module, program.root, &options)
        }
        Form::Gradient => {
            let gradient = gradient(&module.functions[program.root], program.sizes);
            let name = gradient.name.clone();
            module.insert(gradient);
            resolve(&module, &name, &Options { sizes: Some(Vec::new()), ..Options::default() })
        }
        Form::Product => {
            let gradient = gradient(&module.functions[program.root], program.sizes);
            let product = product(&gradient);
            let name = product.name.clone();
            module.insert(gradient);
            module.insert(product);
            resolve(&module, &name, &Options { sizes: Some(Vec::new()), ..Options::default() })
        }
    };
    resolved.map_err(BuildError::Resolve)
}

/// `@f.gradient`: the value and the cotangents of the live floating-point parameters, for given sizes.
fn gradient(function: &Function, sizes: &[i64]) -> Function {
    let sizes: Vec<Polynomial> = sizes.iter().map(|size| Polynomial::constant(*size)).collect();
    let mut builder = Builder::new(format!("{}.gradient", function.name), Vec::new());
    let mut operands: Vec<Value> = Vec::new();
    let (mut active, mut types) = (Vec::new(), vec![Type::f64()]);
    for parameter in &function.parameters {
        let of = function.type_of(parameter.value).substitute(&sizes);
        operands.push(builder.parameter(of.clone(), parameter.binding));
        active.push(parameter.binding == Binding::Live && of.is_float());
        types.extend(active.last().is_some_and(|active| *active).then_some(of));
    }
    operands.push(builder.f64(1.0));
    let derivation = Derivation { function: function.name.clone(), sizes, active };
    let results = builder.derive(Kind::Vjp, derivation, &operands, types);
    builder.finish(results)
}

/// `@f.gradient.product`: forward mode over the gradient.
fn product(gradient: &Function) -> Function {
    let mut builder = Builder::new(format!("{}.product", gradient.name), Vec::new());
    let (mut operands, mut active, mut direction) = (Vec::new(), Vec::new(), Vec::new());
    for parameter in &gradient.parameters {
        let of = gradient.type_of(parameter.value).clone();
        operands.push(builder.parameter(of.clone(), parameter.binding));
        active.push(parameter.binding == Binding::Live && of.is_float());
        if active.last() == Some(&true) {
            direction.push(builder.parameter(of, Binding::Live));
        }
    }
    operands.extend(direction);
    let results: Vec<Type> = gradient.result_types().cloned().collect();
    let types = [results.as_slice(), &results].concat();
    let derivation = Derivation { function: gradient.name.clone(), sizes: Vec::new(), active };
    let results = builder.derive(Kind::Jvp, derivation, &operands, types);
    // The value, the gradient, the slope along the direction, and what is asked for.
    builder.finish(results[results.len() - 1..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::read::read;
    use crate::pipeline::Unobserved;

    const EIGHT_SCHOOLS: &str = include_str!("../../../tests/ir/eight_schools.ir");
    const Y: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
    const SIGMA: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];

    fn eight_schools(form: Form) -> Native {
        let module = read(EIGHT_SCHOOLS).expect("the program is well formed");
        let data = [Y, SIGMA].map(|column| ResultBuffer::F64(column.to_vec()));
        let program = Program { module: &module, root: "log_density", sizes: &[8], data: &data };
        Native::new(program, form, &mut Unobserved).expect("the program compiles")
    }

    /// The same by the textbook.
    fn log_density(q: &[f64]) -> f64 {
        let normal = |x: f64, mean: f64, sd: f64| {
            -0.5 * ((x - mean) / sd).powi(2) - sd.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
        };
        let tau = q[1].exp();
        let cauchy = (2.0 / (5.0 * std::f64::consts::PI)).ln() - (tau / 5.0).powi(2).ln_1p();
        let schools =
            (0..8).map(|j| normal(q[2 + j], 0.0, 1.0) + normal(Y[j], q[0] + tau * q[2 + j], SIGMA[j]));
        normal(q[0], 0.0, 5.0) + cauchy + q[1] + schools.sum::<f64>()
    }

    #[test]
    fn products_of_second_derivatives_are_differences_of_gradients() {
        let q: Vec<f64> = (0..10).map(|i| 0.3 * f64::from(i) - 1.0).collect();
        let direction: Vec<f64> = (0..10).map(|i| f64::from(i % 3) - 0.5).collect();
        let results = |form: Form, live: &[Argument]| {
            let results = eight_schools(form).evaluator().run(live).expect("it runs").to_vec();
            match results.last() {
                Some(ResultBuffer::F64(entries)) => entries.clone(),
                other => panic!("real numbers, not {other:?}"),
            }
        };
        let found = results(Form::Product, &[Argument::F64(&q), Argument::F64(&direction)]);
        let moved = |step: f64| {
            let q: Vec<f64> = q.iter().zip(&direction).map(|(q, d)| q + step * d).collect();
            results(Form::Gradient, &[Argument::F64(&q)])
        };
        for ((product, after), before) in found.iter().zip(moved(1e-5)).zip(moved(-1e-5)) {
            let difference = (after - before) / 2e-5;
            assert!((product - difference).abs() < 1e-7, "{product} {difference}");
        }
    }

    #[test]
    fn a_program_with_data_gives_density_and_gradient() {
        let mut evaluator = eight_schools(Form::Gradient).evaluator();
        let q: Vec<f64> = (0..10).map(|i| 0.3 * f64::from(i) - 1.0).collect();
        let results = evaluator.run(&[Argument::F64(&q)]).expect("it runs").to_vec();
        let [ResultBuffer::F64(value), ResultBuffer::F64(gradient)] = results.as_slice() else {
            panic!("a density and a gradient")
        };
        assert!((value[0] - log_density(&q)).abs() < 1e-12 * value[0].abs());
        for i in 0..10 {
            let moved = |step: f64| {
                let mut q = q.clone();
                q[i] += step;
                log_density(&q)
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((gradient[i] - difference).abs() < 1e-7, "{i}: {} {difference}", gradient[i]);
        }
    }
}
