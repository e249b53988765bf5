//! The reference interpreter: slow, plain, and the meaning of the IR that every pass and kernel is checked against.
//!
//! The plain dialect is evaluated operation by operation. Calls, custom and linear functions are evaluated by what
//! they apply; `jvp` and `vjp` are not: `resolve` turns them into plain IR first. The site dialect is evaluated
//! by handlers, see [`simulate`] and [`log_density`].

mod access;
mod arrays;
mod failure;
mod loops;
mod reduce;
mod sites;

pub use failure::{Failure, Limit, Place};
pub use sites::{Outcome, Trace, log_density, simulate};

use super::data::{Block, Function, Module, Operation, Value};
use super::datum::Datum;
use super::demand::{Demand, Told};
use super::kind::{Constant, Kind};
use super::print::operation_line;
use super::size::Polynomial;
use super::types::{Dimension, Type};
use crate::kernels::random::bits;
use crate::primitive::{Instruction, Lower, Primitive};
use sites::Sites;

/// What an evaluation may use, and what it watches for.
pub struct Options<'a> {
    /// Greatest number of operations evaluated.
    pub steps: u64,
    /// Greatest number of entries of one array.
    pub entries: usize,
    /// Fail at the first operation that makes a float that is not finite (literals aside).
    pub finite: bool,
    /// Asked now and then; true interrupts.
    pub poll: Option<&'a dyn Fn() -> bool>,
    /// Number of draws by which an `expect` is estimated.
    pub draws: u32,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { steps: 1 << 32, entries: 1 << 27, finite: false, poll: None, draws: 1000 }
    }
}

/// What is evaluated.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Where its function and those it calls are found.
    pub module: &'a Module,
    /// The function's name.
    pub function: &'a str,
    /// One number for each of its size parameters.
    pub sizes: &'a [i64],
    /// One datum for each of its parameters.
    pub arguments: &'a [Datum],
}

/// Evaluates a function of the plain dialect with the default options.
pub fn evaluate(
    module: &Module,
    function: &str,
    sizes: &[i64],
    arguments: &[Datum],
) -> Result<Vec<Datum>, Failure> {
    evaluate_with(&Call { module, function, sizes, arguments }, &Options::default())
}

/// Evaluates a function of the plain dialect.
pub fn evaluate_with(call: &Call, options: &Options) -> Result<Vec<Datum>, Failure> {
    Interpreter::new(call.module, options).run(call)
}

/// How often the caller is polled, in steps.
const POLL_EVERY: u64 = 1024;

/// Calls inside calls beyond this are refused: evaluation recurses.
const GREATEST_DEPTH: usize = 200;

/// One evaluation.
struct Interpreter<'a> {
    module: &'a Module,
    options: &'a Options<'a>,
    steps: u64,
    depth: usize,
    /// Indices of the loops around, outermost first.
    path: Vec<i64>,
    /// Handlers of the site dialect, where it is evaluated.
    sites: Option<Sites>,
}

/// One activation of a function. Values of a loop's body are replaced trip by trip.
struct Frame<'a> {
    function: &'a Function,
    sizes: Vec<i64>,
    values: Vec<Option<Datum>>,
}

impl Frame<'_> {
    /// # Panics
    /// If the value is not defined: the verifier admits no such function.
    fn get(&self, value: Value) -> &Datum {
        let found = self.values[value.0 as usize].as_ref();
        found.unwrap_or_else(|| panic!("{value} of @{} is not defined", self.function.name))
    }

    fn set(&mut self, value: Value, datum: Datum) {
        self.values[value.0 as usize] = Some(datum);
    }

    fn set_all(&mut self, values: &[Value], data: impl IntoIterator<Item = Datum>) {
        values.iter().zip(data).for_each(|(value, datum)| self.set(*value, datum));
    }

    fn all(&self, values: &[Value]) -> Vec<Datum> {
        values.iter().map(|value| self.get(*value).clone()).collect()
    }

    /// # Panics
    /// If it is no `i64` scalar: the verifier admits no such function.
    fn integer(&self, value: Value) -> i64 {
        self.get(value).as_i64().unwrap_or_else(|| panic!("{value} of @{} is no i64", self.function.name))
    }

    fn place(&self, operation: &Operation) -> Place {
        Place {
            function: self.function.name.clone(),
            operation: operation_line(self.function, operation),
            origin: operation.origin,
        }
    }

    /// A number that may be negative.
    fn number(&self, operation: &Operation, size: &Polynomial) -> Result<i64, Failure> {
        size.evaluate(&self.sizes).ok_or_else(|| Failure::Size {
            place: self.place(operation),
            reason: format!("`{}` overflows", size.display(&self.function.sizes)),
        })
    }

    /// A number of entries.
    fn extent(&self, operation: &Operation, size: &Polynomial) -> Result<usize, Failure> {
        let number = self.number(operation, size)?;
        usize::try_from(number).map_err(|_| Failure::Size {
            place: self.place(operation),
            reason: format!("the size `{}` is {number}", size.display(&self.function.sizes)),
        })
    }
}

impl<'a> Interpreter<'a> {
    fn new(module: &'a Module, options: &'a Options<'a>) -> Self {
        Self { module, options, steps: 0, depth: 0, path: Vec::new(), sites: None }
    }

    fn run(&mut self, call: &Call) -> Result<Vec<Datum>, Failure> {
        self.call(call.function, call.sizes.to_vec(), call.arguments.to_vec())
    }

    /// Evaluates a function of the module.
    fn call(&mut self, name: &str, sizes: Vec<i64>, arguments: Vec<Datum>) -> Result<Vec<Datum>, Failure> {
        let wrong = |reason: String| Failure::Arguments { function: name.to_string(), reason };
        let function =
            self.module.functions.get(name).ok_or_else(|| wrong("there is no such function".into()))?;
        fits(function, &sizes, &arguments).map_err(wrong)?;
        let values = vec![None; function.types.len()];
        let mut frame = Frame { function, sizes, values };
        frame.set_all(&function.body.parameters, arguments);
        self.block(&mut frame, &function.body)
    }

    /// Evaluates a block whose parameters are set.
    fn block(&mut self, frame: &mut Frame, block: &Block) -> Result<Vec<Datum>, Failure> {
        for operation in &block.operations {
            self.step(frame, operation)?;
            self.operation(frame, operation)?;
            if self.options.finite && operation.regions.is_empty() {
                check_finite(frame, operation)?;
            }
        }
        Ok(frame.all(&block.results))
    }

    fn step(&mut self, frame: &Frame, operation: &Operation) -> Result<(), Failure> {
        self.steps += 1;
        if self.steps > self.options.steps {
            return Err(Failure::Limit { place: frame.place(operation), limit: Limit::Steps });
        }
        let polled = self.steps.is_multiple_of(POLL_EVERY);
        if polled && self.options.poll.is_some_and(|poll| poll()) {
            return Err(Failure::Interrupted);
        }
        Ok(())
    }

    fn operation(&mut self, frame: &mut Frame, operation: &Operation) -> Result<(), Failure> {
        let result = match &operation.kind {
            Kind::Constant(constant) => Datum::Scalar(*constant),
            Kind::Size(size) => frame.number(operation, size)?.into(),
            Kind::Primitive(primitive) => {
                let mut scalars = [Constant::Bool(false); 4];
                for (slot, value) in scalars.iter_mut().zip(&operation.operands) {
                    *slot = scalar(frame.get(*value));
                }
                let scalars = &scalars[..operation.operands.len()];
                if divides_by_zero(*primitive, scalars) {
                    return Err(Failure::DivisionByZero { place: frame.place(operation) });
                }
                Datum::Scalar((primitive.row().evaluate)(scalars))
            }
            Kind::Stop => frame.get(operation.operands[0]).clone(),
            Kind::Demand(demand) => demanded(frame, operation, *demand)?,
            _ => return self.compound(frame, operation),
        };
        frame.set(operation.results[0], result);
        Ok(())
    }

    fn compound(&mut self, frame: &mut Frame, operation: &Operation) -> Result<(), Failure> {
        let results = match &operation.kind {
            Kind::Index(_) => vec![access::index(frame, operation)?],
            Kind::View(view) => vec![access::view(self, frame, operation, view)?],
            Kind::Length(axis) => vec![(frame.get(operation.operands[0]).shape()[*axis] as i64).into()],
            Kind::AddTo => return access::add_to(frame, operation),
            Kind::Map(bounds) => loops::map(self, frame, operation, bounds)?,
            Kind::Reduce(reduction, bounds) => loops::reduce(self, frame, operation, *reduction, bounds)?,
            Kind::Scan { bound, reverse, .. } => loops::scan(self, frame, operation, bound, *reverse)?,
            Kind::While { slots } => loops::while_loop(self, frame, operation, *slots)?,
            Kind::If => {
                let taken = frame.get(operation.operands[0]) == &Datum::from(true);
                self.block(frame, &operation.regions[usize::from(!taken)])?
            }
            Kind::Accumulate(sums) => loops::accumulate(self, frame, operation, sums)?,
            Kind::Contract(contraction) => vec![arrays::contract(self, frame, operation, contraction)?],
            Kind::Cholesky => vec![arrays::cholesky(frame.get(operation.operands[0]))],
            Kind::TriangularSolve(how) => {
                vec![arrays::solve(frame.get(operation.operands[0]), frame.get(operation.operands[1]), *how)]
            }
            Kind::Bits { site } => {
                let indices: Vec<i64> =
                    operation.operands.iter().map(|value| frame.integer(*value)).collect();
                bits(indices[0], *site, &indices[1..]).map(|word| Datum::from(word as i64)).to_vec()
            }
            Kind::Call { .. } | Kind::Custom(_) | Kind::Linear(_) => self.named(frame, operation)?,
            Kind::Sample(sample) => vec![self.sample(frame, operation, sample)?],
            Kind::Score => return self.score(frame, operation),
            Kind::Track(name) => return self.track(frame, operation, name),
            Kind::Expect => self.expect(frame, operation)?,
            _ => return Err(Failure::Unresolved { place: frame.place(operation) }),
        };
        frame.set_all(&operation.results, results);
        Ok(())
    }

    /// Applies the function that a call, custom or linear operation names.
    fn named(&mut self, frame: &mut Frame, operation: &Operation) -> Result<Vec<Datum>, Failure> {
        let (name, sizes) = match &operation.kind {
            Kind::Call { function, sizes } => (function, sizes),
            Kind::Custom(custom) => (&custom.function, &custom.sizes),
            Kind::Linear(pair) => (&pair.apply, &pair.sizes),
            _ => return Err(Failure::Unresolved { place: frame.place(operation) }),
        };
        let sizes: Result<Vec<i64>, Failure> =
            sizes.iter().map(|size| frame.number(operation, size)).collect();
        self.nested(frame, operation, name, sizes?, frame.all(&operation.operands))
    }

    /// Calls a function from an operation.
    fn nested(
        &mut self,
        frame: &Frame,
        operation: &Operation,
        name: &str,
        sizes: Vec<i64>,
        arguments: Vec<Datum>,
    ) -> Result<Vec<Datum>, Failure> {
        if self.depth >= GREATEST_DEPTH {
            return Err(Failure::Limit { place: frame.place(operation), limit: Limit::Depth });
        }
        self.depth += 1;
        let results = self.call(name, sizes, arguments);
        self.depth -= 1;
        results
    }

    /// The number of entries of an array of this shape, if it may be made.
    fn volume(&self, frame: &Frame, operation: &Operation, shape: &[usize]) -> Result<usize, Failure> {
        let volume = shape.iter().try_fold(1usize, |volume, extent| volume.checked_mul(*extent));
        match volume {
            Some(volume) if volume <= self.options.entries => Ok(volume),
            _ => Err(Failure::Limit { place: frame.place(operation), limit: Limit::Entries }),
        }
    }
}

/// # Panics
/// If it is an array: the verifier admits no such function.
fn scalar(datum: &Datum) -> Constant {
    match datum {
        Datum::Scalar(scalar) => *scalar,
        Datum::Array(_) => panic!("{datum} is no scalar"),
    }
}

/// The value of which something is demanded.
fn demanded(frame: &Frame, operation: &Operation, demand: Demand) -> Result<Datum, Failure> {
    let [holds, value, told @ ..] = operation.operands.as_slice() else { panic!("a demand has operands") };
    if frame.get(*holds) == &Datum::from(true) {
        return Ok(frame.get(*value).clone());
    }
    let told = Told::new(demand, told.iter().flat_map(|value| frame.get(*value).to_f64()));
    Err(Failure::Demanded { place: frame.place(operation), told: told.into() })
}

fn divides_by_zero(primitive: Primitive, operands: &[Constant]) -> bool {
    let division = [Instruction::FloorDiv, Instruction::FloorMod].map(Lower::Instruction);
    division.contains(&primitive.row().lower) && operands[1] == Constant::I64(0)
}

fn check_finite(frame: &Frame, operation: &Operation) -> Result<(), Failure> {
    let finite = |scalar: &Constant| match scalar {
        Constant::F64(x) => x.is_finite(),
        Constant::F32(x) => x.is_finite(),
        Constant::I64(_) | Constant::Bool(_) => true,
    };
    let literal = matches!(operation.kind, Kind::Constant(_));
    if literal || operation.results.iter().all(|value| frame.get(*value).scalars().iter().all(finite)) {
        return Ok(());
    }
    Err(Failure::NotFinite { place: frame.place(operation) })
}

/// Whether sizes and arguments fit the function's parameters.
fn fits(function: &Function, sizes: &[i64], arguments: &[Datum]) -> Result<(), String> {
    if sizes.len() != function.sizes.len() {
        return Err(format!("{} sizes are given for {}", sizes.len(), function.sizes.len()));
    }
    if arguments.len() != function.parameters.len() {
        return Err(format!("{} arguments are given for {}", arguments.len(), function.parameters.len()));
    }
    for (parameter, argument) in function.parameters.iter().zip(arguments) {
        let of = function.type_of(parameter.value);
        if !admits(of, sizes, argument) {
            let expected = of.display(&function.sizes);
            return Err(format!(
                "{} is {expected}, not {} {:?}",
                parameter.value,
                argument.element().name(),
                argument.shape()
            ));
        }
    }
    Ok(())
}

fn admits(of: &Type, sizes: &[i64], datum: &Datum) -> bool {
    let extents = datum.shape();
    let fits = |dimension: &Dimension, extent: usize| match dimension {
        Dimension::Size(size) => size.evaluate(sizes) == i64::try_from(extent).ok(),
        Dimension::Run => true,
    };
    let scalar = matches!(datum, Datum::Scalar(_));
    let shaped = of.rank() == extents.len() && scalar == of.is_scalar();
    shaped && of.element == datum.element() && of.shape.iter().zip(extents).all(|(d, e)| fits(d, *e))
}
