//! `scan` above the budget of bytes: only the states before each segment of about sqrt(T) steps are saved, and the
//! tangents' scan re-executes one segment at a time. Segments start at multiples of their length, the last may be
//! cut short: its steps beyond the end do nothing.

use super::scan::{Parts, Side};
use super::{Rule, Unzip};
use crate::ir::kind::{Check, View};
use crate::ir::{Block, Bound, Kind, Operation, Polynomial, Value};
use crate::transform::arrays::{self, row_major};
use crate::transform::error::ResolveError;
use crate::transform::saved::bytes;

/// How many steps there are, and how they are divided.
#[derive(Clone, Copy)]
pub(super) struct Segments {
    steps: i64,
    length: i64,
}

impl Segments {
    fn count(self) -> i64 {
        (self.steps + self.length - 1) / self.length
    }

    fn divides(self) -> bool {
        self.steps % self.length == 0
    }
}

impl Unzip<'_> {
    /// Segments, if saving every state of this scan takes more than the budget.
    pub(super) fn segments(&self, parts: &Parts) -> Option<Segments> {
        let Bound::Size(size) = &parts.bound else { return None };
        let steps = size.as_constant().filter(|steps| *steps > 3)?;
        let sizes = parts.values.states.iter().map(|state| bytes(self.source.type_of(*state), &[]));
        let state: u64 = sizes.sum::<Option<u64>>()?;
        let length = (steps as f64).sqrt().ceil() as i64;
        (state.saturating_mul(steps as u64) > self.options.scan_bytes).then_some(Segments { steps, length })
    }

    pub(super) fn scan_in_segments(
        &mut self,
        operation: &Operation,
        parts: &Parts,
        segments: Segments,
    ) -> Result<(), ResolveError> {
        let starts = self.primal_segments(operation, parts, segments)?;
        self.saved.extend(starts.iter().map(|stack| (Rule::Segments, *stack)));
        self.linear_scope(operation, |pass| pass.linear_segments(operation, parts, segments, &starts))
    }

    /// The values: nested scans, of which the outer one stacks the states before each segment.
    fn primal_segments(
        &mut self,
        operation: &Operation,
        parts: &Parts,
        segments: Segments,
    ) -> Result<Vec<Value>, ResolveError> {
        let side = &parts.values;
        let initial = self.values.all(&side.initial);
        let (segment, starts) = self.open_scan(&initial);
        let inner = self.segment(operation, parts, segments, (side, segment, &starts), Content::Values)?;
        let region = self.builder.end([inner, starts].concat());
        let joint = self.push_scan(segments.count(), parts.reverse, initial, region);
        self.bind_results(side, &joint, segments);
        Ok(joint[side.results.len()..].to_vec())
    }

    /// The tangents: for each segment its states again, then the tangents through it.
    fn linear_segments(
        &mut self,
        operation: &Operation,
        parts: &Parts,
        segments: Segments,
        starts: &[Value],
    ) -> Result<(), ResolveError> {
        let side = &parts.tangents;
        let initial = self.values.all(&side.initial);
        let (segment, tangents) = self.open_scan(&initial);
        let start: Vec<Value> =
            starts.iter().map(|stack| self.builder.index(*stack, &[segment], Check::Proved)).collect();
        let again = (&parts.values, segment, start.as_slice());
        let states = self.segment(operation, parts, segments, again, Content::States)?;
        let states = states[start.len()..].to_vec();
        self.saved.extend(states.iter().map(|stack| (Rule::Segments, *stack)));
        let through = (side, segment, tangents.as_slice());
        let inner = self.segment(operation, parts, segments, through, Content::Tangents(&states))?;
        let region = self.builder.end(inner);
        let joint = self.push_scan(segments.count(), parts.reverse, initial, region);
        self.bind_results(side, &joint, segments);
        Ok(())
    }

    /// One segment's steps from its first states; results: last states, then stacks.
    fn segment(
        &mut self,
        operation: &Operation,
        parts: &Parts,
        segments: Segments,
        (side, segment, start): (&Side, Value, &[Value]),
        content: Content,
    ) -> Result<Vec<Value>, ResolveError> {
        let body = &operation.regions[0];
        let (within, states) = self.open_scan(start);
        let length = self.builder.i64(segments.length);
        let first = self.builder.mul(segment, length);
        let step = self.builder.add(first, within);
        self.values.bind(body.parameters[0], step);
        self.values.bind_all(&side.states, &states);
        let outputs = if matches!(content, Content::States) { &[][..] } else { &side.outputs };
        let kept = if matches!(content, Content::States) { states.clone() } else { Vec::new() };
        if segments.divides() {
            self.step(body, parts, within, content)?;
            let yields = self.values.all(&[side.next.as_slice(), outputs].concat());
            let region = self.builder.end([yields, kept].concat());
            return Ok(self.push_scan(segments.length, parts.reverse, start.to_vec(), region));
        }
        let steps = self.builder.i64(segments.steps);
        let inside = self.builder.primitive("lt", &[step, steps]);
        self.builder.begin(Vec::new());
        self.step(body, parts, within, content)?;
        let yields = self.values.all(&[side.next.as_slice(), outputs].concat());
        let yes = self.builder.end(yields);
        let types = self.values.types_of(outputs);
        let no = self.builder.region(Vec::new(), |builder, _| {
            let nothing = types.iter().map(|of| arrays::zeros(builder, None, of));
            states.iter().copied().chain(nothing).collect()
        });
        let yields = self.builder.push(Kind::If, vec![inside], vec![yes, no]);
        let region = self.builder.end([yields, kept].concat());
        Ok(self.push_scan(segments.length, parts.reverse, start.to_vec(), region))
    }

    /// One step's operations. The step is no longer a loop's index.
    fn step(
        &mut self,
        body: &Block,
        parts: &Parts,
        within: Value,
        content: Content,
    ) -> Result<(), ResolveError> {
        let check = std::mem::replace(&mut self.values.check, true);
        if let Content::Tangents(stacks) = content {
            for (state, stack) in parts.values.states.iter().zip(stacks) {
                let value = self.builder.index(*stack, &[within], Check::Proved);
                self.values.bind(*state, value);
            }
            self.full(body)?;
        } else {
            self.primal(body);
        }
        self.values.check = check;
        Ok(())
    }

    fn push_scan(&mut self, steps: i64, reverse: bool, initial: Vec<Value>, region: Block) -> Vec<Value> {
        let bound = Bound::Size(Polynomial::constant(steps));
        let kind = Kind::Scan { bound, carried: initial.len(), reverse };
        self.builder.push(kind, initial, vec![region])
    }

    /// Last states as they are; outputs, stacked by segment and step, as one stack cut at the end.
    fn bind_results(&mut self, side: &Side, joint: &[Value], segments: Segments) {
        let (last, outputs) = side.results.split_at(side.states.len());
        self.values.bind_all(last, &joint[..last.len()]);
        for (output, stack) in outputs.iter().zip(&joint[last.len()..]) {
            let of = self.source.type_of(*output);
            let mut shape =
                arrays::known_shape(of).expect("outputs of a scan of known size have known shapes");
            shape[0] = Polynomial::constant(segments.steps);
            let strides = row_major(&shape);
            let view = View { shape, offset: Polynomial::default(), strides };
            let flat = self.builder.view(*stack, view);
            self.values.bind(*output, flat);
        }
    }
}

/// What a segment's steps compute.
#[derive(Clone, Copy)]
enum Content<'a> {
    /// States and outputs.
    Values,
    /// States, stacked as they are before each step.
    States,
    /// Tangents, from these stacks of states.
    Tangents(&'a [Value]),
}
