//! What is made of an objective: steps of an optimiser with its gradient, and draws of its value.

mod batch;
mod coordinates;
mod gradient;

pub use gradient::gradient;

use self::batch::{Batch, averaged, mean};
use self::coordinates::Coordinates;
use super::expect::{estimators, scored_terms};
use crate::ir::kind::{Check, Derivation, site_number};
use crate::ir::{Binding, Block, Bound, Builder, Function, Kind, Module, Operation, Polynomial, Type, Value};
use crate::lower::expect::{Baselines, Expecting};
use crate::lower::script::Computed;
use crate::lower::{Compound, Known, Lowered, Lowerer, numbers, rebuilt};
use crate::typed::tree::{Expr, Optimizer, Param, Program, Use, Used};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;

/// The coordinates of parameters: () -> each parameter's.
pub const COORDINATES: &str = "coordinates";
/// The parameters at coordinates: (coordinates) -> each.
pub const PARAMETERS: &str = "parameters";
/// The first state of an optimiser: (coordinates) -> its numbers, field by field.
pub const START: &str = "start";
/// Steps of an optimiser: (numbers of its state, a moving average of the values so far, the mean of the coordinates so far,
/// seed, number of the first step, number of all steps, batch, number of the step whose coordinates are the first in the mean,
/// number of steps to do) -> its state after them, the average, the mean, and the value at each.
pub const STEPS: &str = "steps";
/// Draws of a value: (seed, number of the first draw, number of draws) -> each number of it, draw by draw.
pub const VALUES: &str = "values";

/// An objective with what changes its parameters. The functions take what they use of the script before what their
/// descriptions say.
#[derive(Debug)]
pub struct Optimization {
    /// [`COORDINATES`].
    pub coordinates: Computed,
    /// [`PARAMETERS`].
    pub parameters: Computed,
    /// [`START`].
    pub start: Computed,
    /// [`STEPS`].
    pub steps: Computed,
    /// How many coordinates there are.
    pub dimension: usize,
}

/// Lowers what `minimize` and `maximize` run.
pub fn optimization(program: &Program, used: &Used, known: &Known) -> Lowered<Optimization> {
    let by = used.optimizer.as_ref().expect("the checker asks for an optimiser");
    let params: Vec<&Param> = used.params.iter().map(|position| &program.params[*position]).collect();
    let mut dimension = 0;
    let coordinates = root(program, known, COORDINATES, |lowerer| {
        let space = Coordinates::new(lowerer, &params)?;
        dimension = space.dimension.as_constant().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        space.unconstrain(lowerer)
    })?;
    let parameters = root(program, known, PARAMETERS, |lowerer| {
        let space = Coordinates::new(lowerer, &params)?;
        let q = lowerer.builder.parameter(space.ty(), Binding::Live);
        space.constrain(lowerer, q)?;
        let values = params.iter().map(|param| lowerer.variables[&param.variable]);
        Ok(values.collect())
    })?;
    let start = root(program, known, START, |lowerer| {
        let space = Coordinates::new(lowerer, &params)?;
        space.name_size(lowerer, by);
        let q = lowerer.builder.parameter(space.ty(), Binding::Live);
        lowerer.bind(by.begin, Compound::Value(q));
        Ok(lowerer.compound(&by.start)?.leaves())
    })?;
    let steps = root(program, known, STEPS, |lowerer| steps(lowerer, used, by, &params))?;
    Ok(Optimization { coordinates, parameters, start, steps, dimension })
}

/// Lowers [`VALUES`] of an expression that is estimated.
pub fn values(program: &Program, value: &Expr, known: &Known) -> Lowered<Computed> {
    root(program, known, VALUES, |lowerer| {
        let [seed, first, count] = [(); 3].map(|()| lowerer.builder.parameter(Type::i64(), Binding::Live));
        let one = lowerer.outlined("value", vec![Type::i64()], |lowerer, parameters| {
            let baselines = Baselines::default();
            lowerer.expecting = Some(Expecting { seed: parameters[0], count: 0, baselines });
            Ok(lowerer.compound(value)?.leaves())
        })?;
        let sizes = lowerer.own_sizes();
        let values = lowerer.builder.map(vec![Bound::Run], vec![count], |builder, at| {
            let number = builder.add(first, at[0]);
            let site = site_number("draw", 0);
            let own = builder.push(Kind::Bits { site }, vec![seed, number], Vec::new())[0];
            let operands = [&[own], one.captures.as_slice()].concat();
            let kind = Kind::Call { function: one.function.clone(), sizes };
            builder.push_typed(kind, operands, Vec::new(), one.results.clone())
        });
        Ok(values)
    })
}

/// The steps of an optimiser.
fn steps<'p>(
    lowerer: &mut Lowerer<'p>,
    used: &'p Used,
    by: &'p Optimizer,
    params: &[&'p Param],
) -> Lowered<Vec<Value>> {
    let space = Coordinates::new(lowerer, params)?;
    space.name_size(lowerer, by);
    let of_state = &by.step.ty;
    let mut types = Vec::new();
    numbers(of_state, &mut types);
    let types: Vec<Type> = types.iter().map(|of| lowerer.ir_type(of)).collect();
    let carried: Vec<Type> = types.into_iter().chain([Type::f64(), space.ty()]).collect();
    let parameters: Vec<Value> =
        carried.iter().map(|of| lowerer.builder.parameter(of.clone(), Binding::Live)).collect();
    let [seed, first, all, batch, kept, count] =
        [(); 6].map(|()| lowerer.builder.parameter(Type::i64(), Binding::Live));
    let given = vec![space.ty(), Type::i64(), Type::i64(), Type::f64()];
    let loss = lowerer.outlined("loss", given, |lowerer, given| {
        space.constrain(lowerer, given[0])?;
        let (seed, count, average) = (given[1], given[2], Some(given[3]));
        let mean = mean(lowerer, Batch { objective: &used.objective, seed, count, average })?;
        let loss = if used.by == Use::Maximize { lowerer.builder.neg(mean.value) } else { mean.value };
        let scored = mean.scored.unwrap_or_else(|| lowerer.builder.f64(0.0));
        Ok(vec![loss, scored])
    })?;
    let own = lowerer.builder.begin(std::iter::once(Type::i64()).chain(carried).collect());
    let outcome = lowerer.apart(|lowerer| {
        let [numbers @ .., average, mean] = &own[1..] else { panic!("two averages are carried") };
        let state = rebuilt(of_state, &mut numbers.iter().copied());
        let at = state.field(by.looked_at()).value();
        let number = lowerer.builder.add(first, own[0]);
        let bits = Kind::Bits { site: site_number("step", 0) };
        let draw = lowerer.builder.push(bits, vec![seed, number], Vec::new())[0];
        let active = (0..4 + loss.captures.len()).map(|position| position == 0).collect();
        let derivation = Derivation { function: loss.function.clone(), sizes: lowerer.own_sizes(), active };
        let (one, zero) = (lowerer.builder.f64(1.0), lowerer.builder.f64(0.0));
        let operands = [&[at, draw, batch, *average], loss.captures.as_slice(), &[one, zero]].concat();
        let types = vec![Type::f64(), Type::f64(), space.ty()];
        let found = lowerer.builder.derive(Kind::Vjp, derivation, &operands, types);
        let [done, total] = [number, all].map(|n| lowerer.builder.primitive("int_to_float", &[n]));
        let progress = lowerer.builder.primitive("div", &[done, total]);
        let named = [("value", found[0]), ("grad", found[2]), ("step", number), ("progress", progress)];
        let seen = named.map(|(name, value)| (name.into(), Compound::Value(value)));
        lowerer.bind(by.seen, Compound::Record(seen.into()));
        lowerer.bind(by.state, state);
        let next = lowerer.compound(&by.step)?;
        let average = averaged(&mut lowerer.builder, *average, found[1], done);
        let at = next.field("x").value();
        let mean = mean_of_coordinates(&mut lowerer.builder, &space.dimension, (*mean, at), (number, kept));
        Ok([next.leaves(), vec![average, mean, found[0]]].concat())
    });
    let region = lowerer.builder.end(outcome.iter().flatten().copied().collect());
    outcome?;
    let kind = Kind::Scan { bound: Bound::Run, carried: parameters.len(), reverse: false };
    Ok(lowerer.builder.push(kind, [vec![count], parameters].concat(), vec![region]))
}

/// The mean of coordinates from the step `kept` on, with those after one more step (Polyak and Juditsky 1992).
fn mean_of_coordinates(
    builder: &mut Builder,
    dimension: &Polynomial,
    (mean, at): (Value, Value),
    (number, kept): (Value, Value),
) -> Value {
    let before = builder.sub(number, kept);
    let before = builder.primitive("int_to_float", &[before]);
    let (one, nothing) = (builder.f64(1.0), builder.f64(0.0));
    let count = builder.add(before, one);
    let counts = builder.primitive("ge", &[before, nothing]);
    let part = builder.primitive("div", &[one, count]);
    let part = builder.primitive("select", &[counts, part, nothing]);
    builder.map(vec![Bound::Size(dimension.clone())], Vec::new(), |builder, index| {
        let [mean, at] = [mean, at].map(|array| builder.index(array, index, Check::Checked));
        let change = builder.sub(at, mean);
        let change = builder.mul(part, change);
        vec![builder.add(mean, change)]
    })[0]
}

/// A function whose sizes are numbers: what it uses of the script first, then what the closure makes parameters.
fn root<'p>(
    program: &'p Program,
    known: &Known,
    name: &str,
    build: impl FnOnce(&mut Lowerer<'p>) -> Lowered<Vec<Value>>,
) -> Lowered<Computed> {
    let mut lowerer = Lowerer::open(program, name, Vec::new(), known);
    let results = build(&mut lowerer)?;
    let Lowerer { mut module, builder, inputs, origins, scored, .. } = lowerer;
    let mut function = builder.finish(results);
    // What is bound comes first.
    function.parameters.sort_by_key(|parameter| parameter.binding != Binding::Bound);
    function.body.parameters = function.parameters.iter().map(|parameter| parameter.value).collect();
    module.insert(function);
    let place = origins.last().copied().unwrap_or_default();
    estimated(&mut module, &scored, place)?;
    Ok(Computed { module, inputs, origins })
}

/// Puts estimators in the place of expectations; of some functions, only what scored draws reach.
fn estimated(module: &mut Module, scored: &[String], place: Span) -> Lowered<()> {
    let expecting: Vec<Function> =
        module.functions.values().filter(|function| expects(&function.body)).cloned().collect();
    for function in expecting {
        let estimate = if scored.contains(&function.name) { scored_terms } else { estimators };
        let made = estimate(module, &function)
            .map_err(|error| Box::new(Diagnostic::error(codes::NO_STRATEGY, place, error.to_string())))?;
        made.into_iter().for_each(|function| module.insert(function));
    }
    Ok(())
}

fn expects(block: &Block) -> bool {
    let own = |operation: &Operation| operation.kind == Kind::Expect;
    block.operations.iter().any(|operation| own(operation) || operation.regions.iter().any(expects))
}
