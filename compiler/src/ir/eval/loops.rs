//! Regions: map, reduce, scan, while and accumulate, one trip after the other.

use super::access::advance;
use super::{Failure, Frame, Interpreter, reduce as combine};
use crate::ir::data::Operation;
use crate::ir::datum::{Datum, Entries};
use crate::ir::infer::sum_lengths;
use crate::ir::kind::{Bound, Reduction, Slots};
use crate::ir::types::{Dimension, Type};

/// Results of a body, stacked trip by trip.
struct Stack {
    shape: Vec<usize>,
    entries: Entries,
}

impl Stack {
    /// Room for the results of type `of` over the outer extents.
    fn new(
        interpreter: &Interpreter,
        frame: &Frame,
        operation: &Operation,
        outer: &[usize],
        of: &Type,
    ) -> Result<Self, Failure> {
        let mut shape = outer.to_vec();
        for dimension in &of.shape {
            match dimension {
                Dimension::Size(size) => shape.push(frame.extent(operation, size)?),
                Dimension::Run => {
                    let reason = "an array of no known size is made".into();
                    return Err(Failure::Size { place: frame.place(operation), reason });
                }
            }
        }
        let volume = interpreter.volume(frame, operation, &shape)?;
        Ok(Self { shape, entries: Entries::with_capacity(of.element, volume) })
    }

    fn push(&mut self, datum: &Datum) {
        match datum {
            Datum::Scalar(scalar) => self.entries.push(*scalar),
            Datum::Array(array) => self.entries.extend(&array.entries),
        }
    }

    fn finish(self) -> Datum {
        Datum::array(&self.shape, self.entries)
    }
}

/// Extents of the bounds; a negative run-time bound counts as zero.
fn extents(frame: &Frame, operation: &Operation, bounds: &[Bound]) -> Result<Vec<usize>, Failure> {
    let mut operands = operation.operands.iter();
    let extent = |bound: &Bound| match bound {
        Bound::Size(size) => frame.extent(operation, size),
        Bound::Run => {
            let value = operands.next().expect("each run-time bound has an operand");
            Ok(usize::try_from(frame.integer(*value)).unwrap_or(0))
        }
    };
    bounds.iter().map(extent).collect()
}

fn stacks(
    interpreter: &Interpreter,
    frame: &Frame,
    operation: &Operation,
    outer: &[usize],
    skip: usize,
) -> Result<Vec<Stack>, Failure> {
    let yields = operation.regions[0].results.iter().skip(skip);
    yields
        .map(|value| Stack::new(interpreter, frame, operation, outer, frame.function.type_of(*value)))
        .collect()
}

/// Runs the body for every index in row-major order.
fn for_each(
    interpreter: &mut Interpreter,
    frame: &mut Frame,
    operation: &Operation,
    shape: &[usize],
    mut take: impl FnMut(Vec<Datum>),
) -> Result<(), Failure> {
    let body = &operation.regions[0];
    let mut counter = vec![0usize; shape.len()];
    let depth = interpreter.path.len();
    if shape.contains(&0) {
        return Ok(());
    }
    loop {
        interpreter.step(frame, operation)?;
        frame.set_all(&body.parameters, counter.iter().map(|index| Datum::from(*index as i64)));
        interpreter.path.extend(counter.iter().map(|index| *index as i64));
        take(interpreter.block(frame, body)?);
        interpreter.path.truncate(depth);
        advance(&mut counter, shape);
        if counter.iter().all(|index| *index == 0) {
            return Ok(());
        }
    }
}

pub(super) fn map(
    interpreter: &mut Interpreter,
    frame: &mut Frame,
    operation: &Operation,
    bounds: &[Bound],
) -> Result<Vec<Datum>, Failure> {
    let shape = extents(frame, operation, bounds)?;
    let mut stacks = stacks(interpreter, frame, operation, &shape, 0)?;
    for_each(interpreter, frame, operation, &shape, |results| {
        stacks.iter_mut().zip(&results).for_each(|(stack, result)| stack.push(result));
    })?;
    Ok(stacks.into_iter().map(Stack::finish).collect())
}

pub(super) fn reduce(
    interpreter: &mut Interpreter,
    frame: &mut Frame,
    operation: &Operation,
    reduction: Reduction,
    bounds: &[Bound],
) -> Result<Vec<Datum>, Failure> {
    let shape = extents(frame, operation, bounds)?;
    let mut stacks = stacks(interpreter, frame, operation, &shape, 0)?;
    for_each(interpreter, frame, operation, &shape, |results| {
        stacks.iter_mut().zip(&results).for_each(|(stack, result)| stack.push(result));
    })?;
    Ok(stacks.into_iter().map(|stack| Datum::Scalar(combine::reduce(reduction, &stack.entries))).collect())
}

pub(super) fn scan(
    interpreter: &mut Interpreter,
    frame: &mut Frame,
    operation: &Operation,
    bound: &Bound,
    reverse: bool,
) -> Result<Vec<Datum>, Failure> {
    let body = &operation.regions[0];
    let extent = extents(frame, operation, std::slice::from_ref(bound))?[0];
    let initial = usize::from(*bound == Bound::Run);
    let mut states = frame.all(&operation.operands[initial..]);
    let carried = states.len();
    let types = body.results[carried..].iter().map(|value| frame.function.type_of(*value));
    let shape = [extent];
    let mut stacks: Vec<Stack> =
        types.map(|of| Stack::new(interpreter, frame, operation, &shape, of)).collect::<Result<_, _>>()?;
    let mut outputs: Vec<Vec<Datum>> = Vec::new();
    for step in 0..extent {
        interpreter.step(frame, operation)?;
        let index = if reverse { extent - 1 - step } else { step } as i64;
        frame.set(body.parameters[0], index.into());
        frame.set_all(&body.parameters[1..], states);
        interpreter.path.push(index);
        states = interpreter.block(frame, body)?;
        interpreter.path.pop();
        outputs.push(states.split_off(carried));
    }
    if reverse {
        outputs.reverse();
    }
    for output in &outputs {
        stacks.iter_mut().zip(output).for_each(|(stack, result)| stack.push(result));
    }
    states.extend(stacks.into_iter().map(Stack::finish));
    Ok(states)
}

/// States at evenly spaced trips, at most `slots` of them, the stride doubling when they are full.
struct Checkpoints {
    slots: usize,
    stride: usize,
    kept: Vec<Vec<Datum>>,
}

impl Checkpoints {
    fn keep(&mut self, trip: usize, states: &[Datum]) {
        if self.slots > 0 && trip == self.slots * self.stride {
            let mut position = 0;
            self.kept.retain(|_| {
                position += 1;
                position % 2 == 1
            });
            self.stride *= 2;
        }
        if self.slots > 0 && trip.is_multiple_of(self.stride) {
            self.kept.push(states.to_vec());
        }
    }

    /// The stride, then for each state its array, unused entries repeating the initial state.
    fn finish(
        self,
        interpreter: &Interpreter,
        frame: &Frame,
        operation: &Operation,
        initial: &[Datum],
    ) -> Result<Vec<Datum>, Failure> {
        let mut results = vec![Datum::from(self.stride as i64)];
        for (position, value) in operation.operands[1..].iter().enumerate() {
            let of = frame.function.type_of(*value);
            let mut stack = Stack::new(interpreter, frame, operation, &[self.slots], of)?;
            for slot in 0..self.slots {
                stack.push(self.kept.get(slot).map_or(&initial[position], |states| &states[position]));
            }
            results.push(stack.finish());
        }
        Ok(results)
    }
}

pub(super) fn while_loop(
    interpreter: &mut Interpreter,
    frame: &mut Frame,
    operation: &Operation,
    slots: Option<Slots>,
) -> Result<Vec<Datum>, Failure> {
    let (condition, body) = (&operation.regions[0], &operation.regions[1]);
    let limit = usize::try_from(frame.integer(operation.operands[0])).unwrap_or(0);
    let initial = frame.all(&operation.operands[1..]);
    let mut states = initial.clone();
    let mut checkpoints =
        Checkpoints { slots: slots.map_or(0, |slots| slots.count as usize), stride: 1, kept: Vec::new() };
    let mut trips = 0;
    while trips < limit {
        frame.set_all(&condition.parameters, states.iter().cloned());
        if interpreter.block(frame, condition)?[0] != Datum::from(true) {
            break;
        }
        interpreter.step(frame, operation)?;
        checkpoints.keep(trips, &states);
        frame.set_all(&body.parameters, states);
        interpreter.path.push(trips as i64);
        states = interpreter.block(frame, body)?;
        interpreter.path.pop();
        trips += 1;
    }
    states.push((trips as i64).into());
    if slots.is_some() {
        states.extend(checkpoints.finish(interpreter, frame, operation, &initial)?);
    }
    Ok(states)
}

pub(super) fn accumulate(
    interpreter: &mut Interpreter,
    frame: &mut Frame,
    operation: &Operation,
    sums: &[Type],
) -> Result<Vec<Datum>, Failure> {
    let body = &operation.regions[0];
    for ((sum, length), parameter) in sum_lengths(sums, &operation.operands).zip(&body.parameters) {
        let length = length.map(|length| frame.integer(length));
        let zeros = zeros(interpreter, frame, operation, (sum, length))?;
        frame.set(*parameter, zeros);
    }
    let results = interpreter.block(frame, body)?;
    let sums =
        body.parameters.iter().map(|sum| frame.values[sum.0 as usize].take().expect("the sum is open"));
    Ok(sums.chain(results).collect())
}

fn zeros(
    interpreter: &Interpreter,
    frame: &Frame,
    operation: &Operation,
    (of, length): (&Type, Option<i64>),
) -> Result<Datum, Failure> {
    let outer: Vec<usize> = length.map(|length| usize::try_from(length).unwrap_or(0)).into_iter().collect();
    let shape = Stack::new(interpreter, frame, operation, &outer, &of.indexed(outer.len()))?.shape;
    let entries = Entries::zeros(of.element, shape.iter().product());
    if shape.is_empty() {
        return Ok(Datum::Scalar(entries.get(0)));
    }
    Ok(Datum::array(&shape, entries))
}
