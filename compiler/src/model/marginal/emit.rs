//! Code for factors: terms copied to where their entries are at hand, eliminations as sums over states.

use super::Site;
use super::affine::Axis;
use super::factor::{Step, Term};
use super::guard::Guarded;
use super::place::{Entries, Placed, Range, Slot};
use super::plan::{Body, Elimination, Factor};
use crate::ir::kind::Check;
use crate::ir::{Bound, Builder, Element, Function, Kind, Polynomial, Reduction, Type, Value};
use crate::transform::rebuild::Rebuild;
use rustc_hash::FxHashMap;

/// Builds a function from the factors of another.
pub struct Emitter<'f> {
    pub builder: Builder,
    pub sites: &'f [Site],
    pub source: &'f Function,
    /// What of the source stands outside of all loops and depends on no site.
    pub base: Rebuild<'f>,
    /// The terms as functions, by their value.
    pub guarded: FxHashMap<Value, Guarded>,
}

/// What one entry's place gives the code inside it.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The axes of the entries.
    pub axes: &'a [(Axis, Value)],
    /// Entries that are summed out later.
    pub outer: &'a [Value],
}

/// The state of a member so many steps back.
pub type Own<'a> = dyn Fn(usize, usize) -> Value + 'a;

impl<'f> Emitter<'f> {
    /// A factor's value; loops without an index are summed.
    pub fn factor(&mut self, factor: &Factor<'f>, at: &[Option<Value>], states: &[Value]) -> Value {
        match &factor.body {
            Body::Term(term) => {
                let rebuild = self.base.clone();
                self.descend(term, 0, rebuild, at, states)
            }
            Body::Sum(sum) => self.over_plates(&sum.entries, at, |pass, plates| {
                pass.eliminated(sum, Scope { axes: plates, outer: states })
            }),
        }
    }

    /// A term's code behind so many of its steps.
    fn descend(
        &mut self,
        term: &Term<'f>,
        level: usize,
        mut rebuild: Rebuild<'f>,
        at: &[Option<Value>],
        states: &[Value],
    ) -> Value {
        if level > 0 {
            for operation in &term.free[level - 1] {
                rebuild.operation(&mut self.builder, operation);
            }
        }
        let Some(step) = term.steps.get(level) else {
            let value = self.leaf(term, &rebuild, states);
            let scaled = |value, scale: &Value| self.builder.mul(rebuild.value(*scale), value);
            let value = term.scales.iter().fold(value, scaled);
            return if term.negative { self.builder.neg(value) } else { value };
        };
        match *step {
            Step::Loop(operation) => {
                let Kind::Reduce(_, bounds) = &operation.kind else { unreachable!("a sum over a loop") };
                let (here, deeper) = at.split_at(bounds.len());
                let mut run = rebuild.all(&operation.operands).into_iter();
                let mut summed = Vec::new();
                let mut operands = Vec::new();
                for ((index, bound), here) in operation.regions[0].parameters.iter().zip(bounds).zip(here) {
                    let operand = if *bound == Bound::Run { run.next() } else { None };
                    match here {
                        Some(value) => rebuild.bind(*index, *value),
                        None => {
                            summed.push((*index, bound.clone()));
                            operands.extend(operand);
                        }
                    }
                }
                self.summed(summed, operands, |pass, indices, summed| {
                    summed.iter().zip(indices).for_each(|((index, _), value)| rebuild.bind(*index, *value));
                    pass.descend(term, level + 1, rebuild, deeper, states)
                })
            }
            Step::Branch(operation, branch) => {
                let condition = rebuild.value(operation.operands[0]);
                let inside = |pass: &mut Self| pass.descend(term, level + 1, rebuild, at, states);
                self.where_holds(condition, branch == 0, inside)
            }
        }
    }

    /// A sum over loops, or just the body where there is none.
    fn summed(
        &mut self,
        loops: Vec<(Value, Bound)>,
        operands: Vec<Value>,
        body: impl FnOnce(&mut Self, &[Value], &[(Value, Bound)]) -> Value,
    ) -> Value {
        if loops.is_empty() {
            return body(self, &[], &loops);
        }
        let indices = self.builder.begin(vec![Type::i64(); loops.len()]);
        let value = body(self, &indices, &loops);
        let region = self.builder.end(vec![value]);
        let bounds = loops.into_iter().map(|(_, bound)| bound).collect();
        self.builder.push(Kind::Reduce(Reduction::Add, bounds), operands, vec![region])[0]
    }

    /// The body's value where a condition is `wanted`, else zero.
    fn where_holds(
        &mut self,
        condition: Value,
        wanted: bool,
        body: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        self.builder.begin(Vec::new());
        let value = body(self);
        let taken = self.builder.end(vec![value]);
        let other = self.builder.region(Vec::new(), |builder, _| vec![builder.f64(0.0)]);
        let regions = if wanted { vec![taken, other] } else { vec![other, taken] };
        self.builder.push(Kind::If, vec![condition], regions)[0]
    }

    /// The body's value at each place of the plates that has no index yet, summed.
    fn over_plates(
        &mut self,
        entries: &Entries,
        at: &[Option<Value>],
        body: impl FnOnce(&mut Self, &[(Axis, Value)]) -> Value,
    ) -> Value {
        let free = entries.plates.iter().zip(at).filter(|(_, at)| at.is_none());
        let loops = free.map(|((axis, extent), _)| (Value(axis.0), Bound::Size(extent.clone()))).collect();
        self.summed(loops, Vec::new(), |pass, indices, _| {
            let mut indices = indices.iter().copied();
            let known = entries.plates.iter().zip(at).map(|((axis, _), at)| {
                (*axis, at.unwrap_or_else(|| indices.next().expect("an index for each loop")))
            });
            let axes: Vec<(Axis, Value)> = known.collect();
            body(pass, &axes)
        })
    }

    /// The log of the sum over all states of the entries at one place.
    fn eliminated(&mut self, sum: &Elimination<'f>, scope: Scope) -> Value {
        match &sum.entries.time {
            Some(_) => self.chain(sum, scope),
            None => {
                let states = Bound::Size(self.combinations(&sum.entries));
                let state = self.builder.begin(vec![Type::i64()])[0];
                let value = self.weight(sum, scope, state);
                let region = self.builder.end(vec![value]);
                let kind = Kind::Reduce(Reduction::LogSumExp, vec![states]);
                self.builder.push(kind, Vec::new(), vec![region])[0]
            }
        }
    }

    /// The log weight of one combination of states of the entries at one place.
    pub fn weight(&mut self, sum: &Elimination<'f>, scope: Scope, state: Value) -> Value {
        let states = self.decoded(&sum.entries, state);
        self.total(sum.placed.iter(), scope, &|member, _| states[member])
    }

    /// The sum of placed factors.
    pub fn total<'p>(
        &mut self,
        placed: impl Iterator<Item = &'p Placed<'f>>,
        scope: Scope,
        own: &Own,
    ) -> Value
    where
        'f: 'p,
    {
        let values = placed.map(|placed| self.placed(placed, scope, own)).collect();
        self.sum_of(values)
    }

    /// The sum of values.
    pub fn sum_of(&mut self, values: Vec<Value>) -> Value {
        let sum = values.into_iter().reduce(|sum, value| self.builder.add(sum, value));
        sum.unwrap_or_else(|| self.builder.f64(0.0))
    }

    /// An array of what the body computes at each index; just that where there are no axes.
    pub fn mapped(&mut self, bounds: Vec<Bound>, body: impl FnOnce(&mut Self, &[Value]) -> Value) -> Value {
        if bounds.is_empty() {
            return body(self, &[]);
        }
        let indices = self.builder.begin(vec![Type::i64(); bounds.len()]);
        let value = body(self, &indices);
        let region = self.builder.end(vec![value]);
        self.builder.push(Kind::Map(bounds), Vec::new(), vec![region])[0]
    }

    /// A placed factor's value, zero where it is not there.
    fn placed(&mut self, placed: &Placed<'f>, scope: Scope, own: &Own) -> Value {
        let Some(inside) = self.inside(&placed.ranges, scope.axes) else {
            return self.unbounded(placed, scope, own);
        };
        self.where_holds(inside, true, |pass| pass.unbounded(placed, scope, own))
    }

    /// A placed factor's value, wherever it is.
    pub fn unbounded(&mut self, placed: &Placed<'f>, scope: Scope, own: &Own) -> Value {
        let builder = &mut self.builder;
        let at = placed.at.iter().map(|at| at.as_ref().map(|at| at.emit(builder, scope.axes)));
        let at: Vec<Option<Value>> = at.collect();
        let states = placed.slots.iter().map(|slot| match slot {
            Slot::Own { member, back } => own(*member, *back),
            Slot::Outer(position) => scope.outer[*position],
        });
        let states: Vec<Value> = states.collect();
        self.factor(&placed.factor, &at, &states)
    }

    /// Whether the entry at hand lies in all ranges; none where there are none.
    pub fn inside(&mut self, ranges: &[Range], axes: &[(Axis, Value)]) -> Option<Value> {
        let mut inside = None;
        for range in ranges {
            let (_, index) =
                *axes.iter().find(|(axis, _)| *axis == range.axis).expect("an axis of the entries");
            for (end, comparison) in [(&range.start, "ge"), (&range.end, "lt")] {
                let end = self.integer(end);
                let holds = self.builder.primitive(comparison, &[index, end]);
                inside = Some(match inside {
                    Some(other) => self.builder.primitive("and", &[other, holds]),
                    None => holds,
                });
            }
        }
        inside
    }

    /// A value where the entry at hand lies in all ranges, else another.
    pub fn where_inside(
        &mut self,
        ranges: &[Range],
        axes: &[(Axis, Value)],
        value: Value,
        otherwise: Value,
    ) -> Value {
        match self.inside(ranges, axes) {
            Some(inside) => self.builder.primitive("select", &[inside, value, otherwise]),
            None => value,
        }
    }

    /// How many combinations of states the entries at one place have.
    pub fn combinations(&self, entries: &Entries) -> Polynomial {
        let states = entries.members.iter().map(|member| &self.sites[member.site].states);
        states.fold(Polynomial::constant(1), |product, states| product.times(states))
    }

    /// The states of the members in one combination, as the source reads them.
    pub fn decoded(&mut self, entries: &Entries, mut state: Value) -> Vec<Value> {
        let mut states = Vec::new();
        for (position, member) in entries.members.iter().enumerate().rev() {
            let own = match position {
                0 => state,
                _ => {
                    let count = self.integer(&self.sites[member.site].states);
                    let own = self.builder.primitive("floor_mod", &[state, count]);
                    state = self.builder.primitive("floor_div", &[state, count]);
                    own
                }
            };
            states.push(self.as_read(member.site, own));
        }
        states.reverse();
        states
    }

    /// The value of a site in a state.
    pub fn as_read(&mut self, site: usize, state: Value) -> Value {
        let site = &self.sites[site];
        if self.source.type_of(site.value).element == Element::Bool {
            let zero = self.builder.i64(0);
            return self.builder.primitive("ne", &[state, zero]);
        }
        match site.first.as_constant() {
            Some(0) => state,
            _ => {
                let first = self.integer(&site.first);
                self.builder.add(first, state)
            }
        }
    }

    /// Zero, read at an index of an array of zeros: fails where the index lies outside.
    pub fn zero_if_inside(&mut self, extent: &Polynomial, index: &Polynomial) -> Value {
        let zeros = self.mapped(vec![Bound::Size(extent.clone())], |pass, _| pass.builder.f64(0.0));
        let index = self.integer(index);
        self.builder.index(zeros, &[index], Check::Checked)
    }

    /// A size as an integer.
    pub fn integer(&mut self, size: &Polynomial) -> Value {
        match size.as_constant() {
            Some(number) => self.builder.i64(number),
            None => self.builder.size(size.clone()),
        }
    }
}
