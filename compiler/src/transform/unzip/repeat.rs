//! `while`: the loop of the values keeps its states in a fixed number of slots, at equal strides of trips. The
//! tangents go through the trips in three nested scans: over slots, over slots of a second level that one stretch
//! between slots is run again for, and over single trips, whose states are recomputed from the second level. With k
//! slots and n trips a trip is run again at most about 2 + n / (2 k^2) times, and memory does not depend on n.

use super::{Rule, Unzip};
use crate::ir::kind::{Check, Slots};
use crate::ir::{Bound, Dimension, Kind, Operation, Value};
use crate::transform::error::ResolveError;

/// A stretch of trips whose states stand in slots.
struct Stretch {
    trips: Value,
    stride: Value,
    slots: Vec<Value>,
}

/// One slot of a stretch: its states and how many trips it stands for.
struct Slot {
    states: Vec<Value>,
    trips: Value,
}

impl Unzip<'_> {
    pub(super) fn repeat(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        let Kind::While { slots } = operation.kind else { panic!("not a while") };
        let states = self.primal_among(&operation.regions[1].parameters);
        if states.iter().any(|state| self.source.type_of(*state).shape.contains(&Dimension::Run)) {
            let reason = "a `while` cannot keep states with a run-time axis for its reverse";
            return Err(ResolveError::declined(operation, reason));
        }
        let kept_in = slots.unwrap_or(Slots { count: self.options.slots, filled: false });
        let limit = self.values.value(operation.operands[0]);
        let initial =
            self.values.all(&self.yielded(&operation.operands[1..], &operation.regions[1].parameters, false));
        let results = self.push_while(operation, limit, initial, Some(kept_in));
        self.bind_while(operation, &results);
        let stretch = stretch(&results, states.len());
        self.saved.extend(stretch.slots.iter().map(|slot| (Rule::Slots, *slot)));
        self.linear_scope(operation, |pass| pass.linear_while(operation, kept_in, &stretch, slots.is_some()))
    }

    /// The loop of the values alone.
    pub(super) fn primal_while(&mut self, operation: &Operation, slots: Option<Slots>) {
        let limit = self.values.value(operation.operands[0]);
        let initial = self.yielded(&operation.operands[1..], &operation.regions[1].parameters, false);
        let initial = self.values.all(&initial);
        let results = self.push_while(operation, limit, initial, slots);
        self.bind_while(operation, &results);
    }

    fn push_while(
        &mut self,
        operation: &Operation,
        limit: Value,
        initial: Vec<Value>,
        slots: Option<Slots>,
    ) -> Vec<Value> {
        let [condition, body] = operation.regions.as_slice() else { panic!("a while has two regions") };
        self.open(&self.yielded(&condition.parameters, &body.parameters, false));
        self.primal(condition);
        let condition = self.builder.end(self.values.all(&condition.results));
        self.open(&self.primal_among(&body.parameters));
        self.primal(body);
        let next = self.yielded(&body.results, &body.parameters, false);
        let body = self.builder.end(self.values.all(&next));
        self.builder.push(Kind::While { slots }, [vec![limit], initial].concat(), vec![condition, body])
    }

    /// Binds last states, trips, and where the source has them stride and slots.
    fn bind_while(&mut self, operation: &Operation, results: &[Value]) {
        let own = self.primal_among(&operation.results);
        self.values.bind_all(&own, &results[..own.len()]);
    }

    /// The tangents of the whole loop.
    fn linear_while(
        &mut self,
        operation: &Operation,
        slots: Slots,
        stretch: &Stretch,
        stack: bool,
    ) -> Result<(), ResolveError> {
        let body = &operation.regions[1];
        let initial = self.values.all(&self.yielded(&operation.operands[1..], &body.parameters, true));
        let (bound, run) = if stack {
            (Bound::Size(i64::from(slots.count).into()), None)
        } else {
            (Bound::Run, Some(self.filled(stretch)))
        };
        let (position, tangents) = self.open_scan(&initial);
        let slot = self.slot(stretch, position);
        let begin = self.builder.mul(position, stretch.stride);
        let kept = if stack { self.kept(begin, stretch.trips, &tangents, &initial) } else { Vec::new() };
        let limit = self.run_again(slot.trips);
        let again = self.push_while(operation, limit, slot.states, Some(slots));
        let count = self.primal_among(&body.parameters).len();
        let inner = Stretch { trips: slot.trips, ..self::stretch(&again, count) };
        self.saved.extend(inner.slots.iter().map(|slot| (Rule::Slots, *slot)));
        let next = self.linear_stretch(operation, &inner, tangents)?;
        let region = self.builder.end([next, kept].concat());
        let kind = Kind::Scan { bound, carried: initial.len(), reverse: false };
        let results = self.builder.push(kind, run.into_iter().chain(initial).collect(), vec![region]);
        self.values.bind_all(&self.linear_among(&operation.results), &results);
        Ok(())
    }

    /// The tangents of one stretch between slots of the first level.
    fn linear_stretch(
        &mut self,
        operation: &Operation,
        stretch: &Stretch,
        initial: Vec<Value>,
    ) -> Result<Vec<Value>, ResolveError> {
        let filled = self.filled(stretch);
        let (position, tangents) = self.open_scan(&initial);
        let slot = self.slot(stretch, position);
        let (trip, inner) = self.open_scan(&tangents);
        let body = &operation.regions[1];
        let states = self.replay(operation, &slot.states, trip);
        self.values.bind_all(&self.primal_among(&body.parameters), &states);
        self.values.bind_all(&self.linear_among(&body.parameters), &inner);
        self.full(body)?;
        let next = self.values.all(&self.yielded(&body.results, &body.parameters, true));
        let region = self.builder.end(next);
        let kind = Kind::Scan { bound: Bound::Run, carried: tangents.len(), reverse: false };
        let next = self.builder.push(kind.clone(), [vec![slot.trips], tangents].concat(), vec![region]);
        let region = self.builder.end(next);
        Ok(self.builder.push(kind, [vec![filled], initial].concat(), vec![region]))
    }

    /// The states after this many trips from a slot.
    fn replay(&mut self, operation: &Operation, from: &[Value], trips: Value) -> Vec<Value> {
        let body = &operation.regions[1];
        let (_, states) = self.open_scan(from);
        self.values.bind_all(&self.primal_among(&body.parameters), &states);
        self.primal(body);
        let next = self.values.all(&self.yielded(&body.results, &body.parameters, false));
        let region = self.builder.end(next);
        let kind = Kind::Scan { bound: Bound::Run, carried: from.len(), reverse: false };
        self.builder.push(kind, [&[trips], from].concat(), vec![region])
    }

    /// How many trips a stretch is run again for: a single one begins where its slot is, which unused slots repeat.
    fn run_again(&mut self, trips: Value) -> Value {
        let one = self.builder.i64(1);
        let several = self.builder.primitive("gt", &[trips, one]);
        let none = self.builder.i64(0);
        self.builder.primitive("select", &[several, trips, none])
    }

    /// Number of slots that stand for trips.
    fn filled(&mut self, stretch: &Stretch) -> Value {
        let one = self.builder.i64(1);
        let before = self.builder.sub(stretch.stride, one);
        let up = self.builder.add(stretch.trips, before);
        self.builder.primitive("floor_div", &[up, stretch.stride])
    }

    fn slot(&mut self, stretch: &Stretch, position: Value) -> Slot {
        let builder = &mut self.builder;
        let begin = builder.mul(position, stretch.stride);
        let left = builder.sub(stretch.trips, begin);
        let trips = builder.primitive("min", &[left, stretch.stride]);
        let none = builder.i64(0);
        let trips = builder.primitive("max", &[trips, none]);
        let states = stretch.slots.iter().map(|slot| builder.index(*slot, &[position], Check::Checked));
        Slot { states: states.collect(), trips }
    }

    /// The tangents in a slot: those before its first trip, or the initial ones where it is not used.
    fn kept(&mut self, begin: Value, trips: Value, tangents: &[Value], initial: &[Value]) -> Vec<Value> {
        let used = self.builder.primitive("lt", &[begin, trips]);
        self.builder.branch(used, |_| tangents.to_vec(), |_| initial.to_vec())
    }
}

/// What a `while` with slots has left: its results are last states, trips, stride, slots.
fn stretch(results: &[Value], states: usize) -> Stretch {
    Stretch { trips: results[states], stride: results[states + 1], slots: results[states + 2..].to_vec() }
}
