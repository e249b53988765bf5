//! A model's function that draws, compiled for its data: every draw from its seed and number alone.

use super::PosteriorError;
use super::{Bound, Program};
use ansatz_compiler::codegen::{Argument, Failure, ResultBuffer};
use ansatz_compiler::ir::Element;
use ansatz_compiler::model::{self, SIMULATE, Wanted};
use ansatz_compiler::pipeline::{self, Allowance, BuildError, Evaluator, Form, Native};
use ansatz_compiler::typed::tree::Expr;
use ansatz_grammar::span::Span;

/// A compiled model that draws.
pub struct Simulation {
    native: Native,
    allowed: Allowance,
    quantities: Vec<Drawn>,
    /// Places by origin.
    origins: Vec<Span>,
}

/// What a simulation gives of one site or tracked value.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// Its name.
    pub name: String,
    /// Extents of one draw.
    pub shape: Vec<usize>,
    /// What its entries are.
    pub element: Element,
}

impl Drawn {
    /// Entries of one draw.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Room for a number of draws.
    fn room(&self, draws: usize) -> ResultBuffer {
        let entries = draws * self.size();
        match self.element {
            Element::F64 => ResultBuffer::F64(vec![0.0; entries]),
            Element::F32 => ResultBuffer::F32(vec![0.0; entries]),
            Element::I64 => ResultBuffer::I64(vec![0; entries]),
            Element::Bool => ResultBuffer::Bool(vec![false; entries]),
        }
    }
}

/// Which draws are wanted. Their numbers are the same for any number of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// How many.
    pub count: usize,
    /// The seed of all.
    pub seed: u64,
    /// Greatest number of threads.
    pub threads: usize,
}

impl Simulation {
    /// Compiles the model that an expression of the script names, to draw all its sites.
    pub fn new(program: &Program, expression: &Expr, bound: &Bound) -> Result<Simulation, PosteriorError> {
        Self::of(program, expression, bound, Wanted::default())
    }

    /// Compiles it to draw what is wanted.
    pub(super) fn of(
        program: &Program,
        expression: &Expr,
        bound: &Bound,
        wanted: Wanted,
    ) -> Result<Simulation, PosteriorError> {
        let lowered = model::simulation(&program.typed, expression, wanted, &bound.known)
            .map_err(PosteriorError::Program)?;
        let (sizes, data) = (&bound.sizes, &bound.arrays);
        let built = pipeline::Program { module: &lowered.module, root: SIMULATE, sizes, data };
        let native = Native::within(built, Form::Value, &bound.allowed, &mut pipeline::Unobserved)?;
        let quantities = lowered.values.iter().map(|(quantity, element)| Drawn {
            name: quantity.name.clone(),
            shape: super::posterior::shape(quantity, sizes),
            element: *element,
        });
        let quantities = quantities.collect();
        let allowed = bound.allowed.clone();
        Ok(Simulation { native, allowed, quantities, origins: lowered.origins })
    }

    /// What each draw holds, in order.
    pub fn quantities(&self) -> &[Drawn] {
        &self.quantities
    }

    /// Draws: for each quantity the entries of one draw after the other.
    pub fn draw(&self, draws: Draws) -> Result<Vec<ResultBuffer>, PosteriorError> {
        self.told(draws, &|| Box::new(|_| Ok(Vec::new())))
    }

    /// Draws, each of which is told the values of the sites that are passed.
    pub(super) fn told(&self, draws: Draws, tellers: &Tellers) -> Result<Vec<ResultBuffer>, PosteriorError> {
        let per_thread = draws.count.div_ceil(draws.threads.max(1)).max(1);
        let firsts: Vec<usize> = (0..draws.count).step_by(per_thread).collect();
        let parts = std::thread::scope(|scope| {
            let part = |first: usize| {
                let last = (first + per_thread).min(draws.count);
                scope.spawn(move || self.part(draws.seed, first..last, tellers()))
            };
            let threads: Vec<_> = firsts.iter().map(|first| part(*first)).collect();
            let finished = threads.into_iter().map(|thread| thread.join());
            finished
                .map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect::<Result<Vec<_>, Failure>>()
        });
        let parts = parts.map_err(|failure| self.failed(failure))?;
        let mut whole: Vec<ResultBuffer> = self.quantities.iter().map(|drawn| drawn.room(0)).collect();
        for part in parts {
            whole.iter_mut().zip(&part).for_each(|(whole, part)| extend(whole, part));
        }
        Ok(whole)
    }

    /// A run that ended early, at its place where that is known.
    fn failed(&self, failure: Failure) -> PosteriorError {
        if let Failure::Demand { origin, told } = failure
            && let Some(place) =
                (origin.0 as usize).checked_sub(1).and_then(|origin| self.origins.get(origin))
        {
            return PosteriorError::Unmet(*place, told);
        }
        BuildError::Bound(failure).into()
    }

    /// The draws of these numbers, on this thread.
    fn part(
        &self,
        seed: u64,
        numbers: std::ops::Range<usize>,
        mut teller: Teller,
    ) -> Result<Vec<ResultBuffer>, Failure> {
        let prepared = self.allowed.bound(self.native.prepared());
        let mut evaluator: Evaluator = self.native.evaluator_of(prepared);
        let mut values: Vec<ResultBuffer> = self.quantities.iter().map(|drawn| drawn.room(0)).collect();
        for number in numbers {
            self.allowed.go_on().map_err(|_| Failure::Interrupted)?;
            let own = [[seed as i64], [number as i64]];
            let mut live = vec![Argument::I64(&own[0]), Argument::I64(&own[1])];
            let told = teller(number)?;
            live.extend(told.iter().map(ResultBuffer::as_argument));
            let drawn = evaluator.run(&live)?;
            values.iter_mut().zip(drawn).for_each(|(values, drawn)| extend(values, drawn));
        }
        Ok(values)
    }
}

/// Gives the values of the sites that are passed, for the draw of that number.
pub(super) type Teller<'a> = Box<dyn FnMut(usize) -> Result<Vec<ResultBuffer>, Failure> + 'a>;
/// Makes one for each thread.
pub(super) type Tellers<'a> = dyn Fn() -> Teller<'a> + Sync + 'a;

/// Appends entries.
///
/// # Panics
/// If they are of another type: both are the same result's.
fn extend(values: &mut ResultBuffer, more: &ResultBuffer) {
    match (values, more) {
        (ResultBuffer::F64(values), ResultBuffer::F64(more)) => values.extend(more),
        (ResultBuffer::F32(values), ResultBuffer::F32(more)) => values.extend(more),
        (ResultBuffer::I64(values), ResultBuffer::I64(more)) => values.extend(more),
        (ResultBuffer::Bool(values), ResultBuffer::Bool(more)) => values.extend(more),
        (values, more) => panic!("{more:?} appended to {values:?}"),
    }
}
