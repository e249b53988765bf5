//! Chains: the forward algorithm as one scan over the log messages of the last entries, and its backward sampling.
//!
//! With lag L the message after entry t is, for each combination of states of the entries t, t - 1, .., t - L + 1, the
//! log of the sum over all earlier ones. Entries before the first stand in state 0. Factors of one entry are tabulated
//! before the scan; so are factors of several entries that are the same at every step. Draws need these messages; a
//! density mostly does without logarithms (`scaled`).

use super::affine::Axis;
use super::emit::{Emitter, Scope};
use super::place::{Placed, Range};
use super::plan::Elimination;
use crate::ir::kind::Check;
use crate::ir::{Bound, Kind, Polynomial, Reduction, Type, Value};

/// What the forward algorithm gives.
pub struct Messages {
    /// The log of the sum over all states of all entries.
    pub total: Value,
    /// The message after the last entry: one axis for each of the last `lag` entries, the latest first.
    pub last: Value,
    /// For each entry, the message before it.
    pub before: Value,
}

/// Factors that were tabulated.
pub struct Tables {
    /// By entry and state: the sum of the factors of one entry.
    pub entries: Option<Value>,
    /// Factors of several entries that are the same at every step, summed where they reach as far back and are there
    /// for the same entries: by states, the latest first.
    pub steps: Vec<Table>,
}

/// Logs of factors of several entries.
pub struct Table {
    /// How many steps back they reach.
    pub span: usize,
    /// Where they are there.
    pub ranges: Vec<Range>,
    /// By states, the latest first.
    pub values: Value,
}

/// The chain's axis and how far it runs.
pub fn time<'e>(sum: &'e Elimination) -> &'e (Axis, Polynomial) {
    sum.entries.time.as_ref().expect("a chain has its axis")
}

/// Whether a factor of several entries can be tabulated.
pub fn repeats(sum: &Elimination, placed: &Placed) -> bool {
    placed.span > 0
        && !placed.varies_along(time(sum).0)
        && placed.ranges.iter().all(|range| range.axis == time(sum).0)
}

impl<'f> Emitter<'f> {
    /// The forward algorithm in logarithms.
    pub fn messages(&mut self, sum: &Elimination<'f>, scope: Scope, tables: &Tables) -> Messages {
        let axes = vec![Bound::Size(self.combinations(&sum.entries)); sum.lag];
        let (nothing, zero) = (self.builder.f64(f64::NEG_INFINITY), self.builder.f64(0.0));
        let start = self.start(sum, zero, nothing);
        let of = self.builder.type_of(start).clone();
        let region = self.builder.begin(vec![Type::i64(), of]);
        let (index, message) = (region[0], region[1]);
        let next = self.step(sum, scope, tables, index, message);
        let body = self.builder.end(vec![next, message]);
        let kind = Kind::Scan { bound: Bound::Size(time(sum).1.clone()), carried: 1, reverse: false };
        let results = self.builder.push(kind, vec![start], vec![body]);
        let (last, before) = (results[0], results[1]);
        let total = self.builder.reduce(Reduction::LogSumExp, axes, Vec::new(), |builder, states| {
            vec![builder.index(last, states, Check::Checked)]
        })[0];
        Messages { total, last, before }
    }

    /// The message before the first entry: all of it where every state is 0.
    pub fn start(&mut self, sum: &Elimination<'f>, all: Value, nothing: Value) -> Value {
        let axes = vec![Bound::Size(self.combinations(&sum.entries)); sum.lag];
        let start = self.builder.map(axes, Vec::new(), |builder, states| {
            let first = builder.i64(0);
            let value = states.iter().fold(all, |value, state| {
                let is_first = builder.primitive("eq", &[*state, first]);
                builder.primitive("select", &[is_first, value, nothing])
            });
            vec![value]
        });
        start[0]
    }

    /// What the steps read.
    pub fn tables(&mut self, sum: &Elimination<'f>, scope: Scope) -> Tables {
        let single: Vec<&Placed> = sum.placed.iter().filter(|placed| placed.span == 0).collect();
        let bounds = vec![Bound::Size(time(sum).1.clone()), Bound::Size(self.combinations(&sum.entries))];
        let entries = (!single.is_empty()).then(|| {
            self.mapped(bounds, |pass, indices| {
                let axes = [scope.axes, &[(time(sum).0, indices[0])]].concat();
                let own = pass.decoded(&sum.entries, indices[1]);
                let scope = Scope { axes: &axes, ..scope };
                pass.total(single.into_iter(), scope, &|member, _| own[member])
            })
        });
        let mut groups: Vec<(usize, &[Range], Vec<&Placed<'f>>)> = Vec::new();
        for placed in sum.placed.iter().filter(|placed| repeats(sum, placed)) {
            let alike = |(span, ranges, _): &&mut (usize, &[Range], Vec<&Placed>)| {
                *span == placed.span && *ranges == placed.ranges.as_slice()
            };
            match groups.iter_mut().find(alike) {
                Some((_, _, group)) => group.push(placed),
                None => groups.push((placed.span, &placed.ranges, vec![placed])),
            }
        }
        let mut steps = Vec::new();
        for (span, ranges, group) in groups {
            let values = self.table(sum, scope, span, &group);
            steps.push(Table { span, ranges: ranges.to_vec(), values });
        }
        Tables { entries, steps }
    }

    /// The sum of factors that are the same at every step, by the states of the entry at hand and those before.
    fn table(&mut self, sum: &Elimination<'f>, scope: Scope, span: usize, group: &[&Placed<'f>]) -> Value {
        let states = Bound::Size(self.combinations(&sum.entries));
        self.mapped(vec![states; span + 1], |pass, indices| {
            let own: Vec<Vec<Value>> =
                indices.iter().map(|state| pass.decoded(&sum.entries, *state)).collect();
            // They are the same at every entry: any will do.
            let anywhere = pass.builder.i64(0);
            let axes = [scope.axes, &[(time(sum).0, anywhere)]].concat();
            let scope = Scope { axes: &axes, ..scope };
            let values: Vec<Value> = group
                .iter()
                .map(|placed| pass.unbounded(placed, scope, &|member, back| own[back][member]))
                .collect();
            pass.sum_of(values)
        })
    }

    /// The message after an entry.
    fn step(
        &mut self,
        sum: &Elimination<'f>,
        scope: Scope,
        tables: &Tables,
        index: Value,
        message: Value,
    ) -> Value {
        let states = Bound::Size(self.combinations(&sum.entries));
        let axes = [scope.axes, &[(time(sum).0, index)]].concat();
        let scope = Scope { axes: &axes, ..scope };
        self.mapped(vec![states.clone(); sum.lag], |pass, recent| {
            let oldest = pass.builder.begin(vec![Type::i64()])[0];
            let all = [recent, &[oldest]].concat();
            let arriving = pass.builder.index(message, &all[1..], Check::Checked);
            let through = pass.factors(sum, scope, tables, &all, sum.lag);
            let value = pass.builder.add(arriving, through);
            let region = pass.builder.end(vec![value]);
            let kind = Kind::Reduce(Reduction::LogSumExp, vec![states]);
            let mut values = pass.builder.push(kind, Vec::new(), vec![region]);
            for span in 1..sum.lag {
                values.push(pass.factors(sum, scope, tables, &all[..=span], span));
            }
            if let Some(entries) = tables.entries {
                values.push(pass.builder.index(entries, &[index, recent[0]], Check::Checked));
            }
            pass.sum_of(values)
        })
    }

    /// The sum of the factors that reach exactly so far back, at states of the entry at hand and those before.
    pub fn factors(
        &mut self,
        sum: &Elimination<'f>,
        scope: Scope,
        tables: &Tables,
        states: &[Value],
        span: usize,
    ) -> Value {
        let mut values = Vec::new();
        for table in tables.steps.iter().filter(|table| table.span == span) {
            let value = self.builder.index(table.values, states, Check::Checked);
            let zero = self.builder.f64(0.0);
            values.push(self.where_inside(&table.ranges, scope.axes, value, zero));
        }
        let others: Vec<&Placed> =
            sum.placed.iter().filter(|placed| placed.span == span && !repeats(sum, placed)).collect();
        if !others.is_empty() {
            let own: Vec<Vec<Value>> =
                states.iter().map(|state| self.decoded(&sum.entries, *state)).collect();
            values.push(self.total(others.into_iter(), scope, &|member, back| own[back][member]));
        }
        self.sum_of(values)
    }
}
