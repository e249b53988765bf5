//! Chains in probabilities: the forward algorithm on messages that are rescaled where they get small, so that a step
//! costs products and sums only, forward and in reverse.
//!
//! Exponentials are taken of the tables and, outside of the scan, of each entry's factors less their greatest and the log
//! of the number of states; so a message's sum never grows, and shrinks in one step by no more than the tables' ratios of
//! greatest to least. Where these ratios are below e^200 together, what underflows is too small to be seen in the total,
//! whatever comes after: within `lag` steps every state is reached from every other. Anything else, such as a state that
//! cannot be left, keeps logarithms (`chain`). The total does not depend on the scales, which are constants to
//! derivatives.
//!
//! Rabiner 1989, section V.A, with powers of two for the scales.

use super::affine::Axis;
use super::chain::{Tables, repeats, time};
use super::emit::{Emitter, Scope};
use super::place::Range;
use super::plan::Elimination;
use crate::ir::kind::Check;
use crate::ir::{Bound, Kind, Reduction, Type, Value};

/// Greatest log of the ratios of the tables' entries, over the steps that it takes to reach every state from every other.
const MOST_SPREAD: f64 = 200.0;

/// Messages with a sum below 1 / `SCALE` are multiplied by it.
const SCALE: f64 = (1_u128 << 100) as f64 * (1_u128 << 100) as f64 * (1_u128 << 100) as f64;

/// What the steps read, as probabilities up to constant factors.
struct Weights {
    /// By entry and state.
    entries: Value,
    /// As [`Tables::steps`].
    steps: Vec<Value>,
    /// The log of what all steps together were divided by.
    offset: Value,
    /// Whether the tables are even enough for messages without logarithms; if not, all weights are alike.
    even: Value,
}

impl<'f> Emitter<'f> {
    /// The log of the sum over all states of all entries of a chain.
    pub fn chain(&mut self, sum: &Elimination<'f>, scope: Scope) -> Value {
        let tables = self.tables(sum, scope);
        let tabulated = sum.placed.iter().all(|placed| placed.span == 0 || repeats(sum, placed));
        let (Some(entries), true) = (tables.entries, tabulated) else {
            return self.messages(sum, scope, &tables).total;
        };
        let weights = self.weights(sum, scope, &tables, entries);
        let total = self.rescaled(sum, scope, &tables, &weights);
        self.builder.begin(Vec::new());
        let scaled = self.builder.end(vec![total]);
        self.builder.begin(Vec::new());
        let logs = self.messages(sum, scope, &tables).total;
        let logs = self.builder.end(vec![logs]);
        self.builder.push(Kind::If, vec![weights.even], vec![scaled, logs])[0]
    }

    fn weights(&mut self, sum: &Elimination<'f>, scope: Scope, tables: &Tables, entries: Value) -> Weights {
        let states = Bound::Size(self.combinations(&sum.entries));
        let length = Bound::Size(time(sum).1.clone());
        let count = self.integer(&self.combinations(&sum.entries));
        let count = self.builder.primitive("int_to_float", &[count]);
        let count = self.builder.primitive("log", &[count]);
        let reach = self.mapped(vec![length.clone()], |pass, index| {
            let greatest = pass.extreme(Reduction::Max, entries, vec![states.clone()], index);
            pass.builder.add(greatest, count)
        });
        let reach = self.constant(reach);
        let mut offset = self.extreme(Reduction::Add, reach, vec![length.clone()], &[]);
        let mut spread = self.builder.f64(0.0);
        let mut most = Vec::new();
        for table in &tables.steps {
            let axes = vec![states.clone(); table.span + 1];
            let own = self.extreme(Reduction::Max, table.values, axes.clone(), &[]);
            let least = self.extreme(Reduction::Min, table.values, axes, &[]);
            let range = self.builder.sub(own, least);
            spread = self.builder.add(spread, range);
            let own = self.constant(own);
            let steps = self.steps_inside(sum, scope, &table.ranges);
            let of_steps = self.builder.mul(steps, own);
            offset = self.builder.add(offset, of_steps);
            most.push(own);
        }
        let limit = self.builder.f64(MOST_SPREAD / sum.lag as f64);
        let narrow = self.builder.primitive("le", &[spread, limit]);
        let finite = self.builder.primitive("is_finite", &[offset]);
        let even = self.builder.primitive("and", &[narrow, finite]);
        let alike = self.builder.neg(count);
        let entries = self.mapped(vec![length, states.clone()], |pass, at| {
            let value = pass.builder.index(entries, at, Check::Checked);
            let reach = pass.builder.index(reach, &at[..1], Check::Checked);
            pass.weight_of(even, value, reach, alike)
        });
        let zero = self.builder.f64(0.0);
        let steps = tables.steps.iter().zip(most).map(|(table, most)| {
            self.mapped(vec![states.clone(); table.span + 1], |pass, at| {
                let value = pass.builder.index(table.values, at, Check::Checked);
                pass.weight_of(even, value, most, zero)
            })
        });
        Weights { steps: steps.collect(), entries, offset, even }
    }

    /// The exponential of a value less the greatest, or of another where weights are not even.
    fn weight_of(&mut self, even: Value, value: Value, greatest: Value, otherwise: Value) -> Value {
        let less = self.builder.sub(value, greatest);
        let less = self.builder.primitive("select", &[even, less, otherwise]);
        self.builder.primitive("exp", &[less])
    }

    /// At how many steps a table is there.
    fn steps_inside(&mut self, sum: &Elimination<'f>, scope: Scope, ranges: &[Range]) -> Value {
        let (axis, length) = time(sum);
        let index = self.builder.begin(vec![Type::i64()])[0];
        let axes = [scope.axes, &[(*axis, index)]].concat();
        let (one, zero) = (self.builder.f64(1.0), self.builder.f64(0.0));
        let there = self.where_inside(ranges, &axes, one, zero);
        let region = self.builder.end(vec![there]);
        let kind = Kind::Reduce(Reduction::Add, vec![Bound::Size(length.clone())]);
        self.builder.push(kind, Vec::new(), vec![region])[0]
    }

    /// The least or greatest entry of what these indices leave of an array.
    fn extreme(&mut self, which: Reduction, array: Value, axes: Vec<Bound>, at: &[Value]) -> Value {
        let found = self.builder.reduce(which, axes, Vec::new(), |builder, rest| {
            vec![builder.index(array, &[at, rest].concat(), Check::Checked)]
        });
        found[0]
    }

    /// A value that derivatives do not see.
    fn constant(&mut self, value: Value) -> Value {
        self.builder.push(Kind::Stop, vec![value], Vec::new())[0]
    }

    /// The scan over messages, and the log of the sum of the last with what it was divided by.
    fn rescaled(&mut self, sum: &Elimination<'f>, scope: Scope, tables: &Tables, weights: &Weights) -> Value {
        let axes = vec![Bound::Size(self.combinations(&sum.entries)); sum.lag];
        let (one, zero) = (self.builder.f64(1.0), self.builder.f64(0.0));
        let (scale, small) = (self.builder.f64(SCALE), self.builder.f64(1.0 / SCALE));
        let start = self.start(sum, one, zero);
        let total = |pass: &mut Self, message| pass.extreme(Reduction::Add, message, axes.clone(), &[]);
        let of = self.builder.type_of(start).clone();
        let region = self.builder.begin(vec![Type::i64(), of, Type::f64()]);
        let (index, message, scales) = (region[0], region[1], region[2]);
        let before = total(self, message);
        let is_small = self.builder.primitive("lt", &[before, small]);
        let factor = self.builder.primitive("select", &[is_small, scale, one]);
        let scaled = self.builder.primitive("select", &[is_small, one, zero]);
        let scales = self.builder.add(scales, scaled);
        let own = [scope.axes, &[(time(sum).0, index)]].concat();
        let next = self.mapped(axes.clone(), |pass, recent| {
            pass.next(sum, &own, (tables, weights), (message, factor), &[&[index], recent].concat())
        });
        let body = self.builder.end(vec![next, scales]);
        let kind = Kind::Scan { bound: Bound::Size(time(sum).1.clone()), carried: 2, reverse: false };
        let results = self.builder.push(kind, vec![start, zero], vec![body]);
        let last = total(self, results[0]);
        let last = self.builder.primitive("log", &[last]);
        let unit = self.builder.f64(SCALE.ln());
        let scales = self.builder.mul(results[1], unit);
        let all = self.builder.add(last, weights.offset);
        self.builder.sub(all, scales)
    }

    /// An entry of the next message, at the entry's index and the states of the last `lag`.
    fn next(
        &mut self,
        sum: &Elimination<'f>,
        axes: &[(Axis, Value)],
        (tables, weights): (&Tables, &Weights),
        (message, factor): (Value, Value),
        at: &[Value],
    ) -> Value {
        let recent = &at[1..];
        let one = self.builder.f64(1.0);
        let own = self.builder.index(weights.entries, &at[..2], Check::Checked);
        let mut own = self.builder.mul(own, factor);
        let mut there = Vec::new();
        for (table, values) in tables.steps.iter().zip(&weights.steps) {
            if table.span == sum.lag {
                there.push((*values, self.inside(&table.ranges, axes)));
                continue;
            }
            let value = self.builder.index(*values, &recent[..=table.span], Check::Checked);
            let value = self.where_inside(&table.ranges, axes, value, one);
            own = self.builder.mul(own, value);
        }
        let arriving = match there.as_slice() {
            // Where the one table is not there, states go on as they are.
            [(values, Some(inside))] => {
                let through = self.arriving(sum, message, recent, &[(*values, None)]);
                let all = self.arriving(sum, message, recent, &[]);
                self.builder.primitive("select", &[*inside, through, all])
            }
            several => self.arriving(sum, message, recent, several),
        };
        self.builder.mul(arriving, own)
    }

    /// The sum over the oldest state of the message times the entries of tables, each where its condition holds.
    fn arriving(
        &mut self,
        sum: &Elimination<'f>,
        message: Value,
        recent: &[Value],
        tables: &[(Value, Option<Value>)],
    ) -> Value {
        let states = Bound::Size(self.combinations(&sum.entries));
        let arriving = self.builder.reduce(Reduction::Add, vec![states], Vec::new(), |builder, oldest| {
            let all = [recent, oldest].concat();
            let before = builder.index(message, &all[1..], Check::Checked);
            let product = tables.iter().fold(before, |product, (table, inside)| {
                let mut value = builder.index(*table, &all, Check::Checked);
                if let Some(inside) = inside {
                    let one = builder.f64(1.0);
                    value = builder.primitive("select", &[*inside, value, one]);
                }
                builder.mul(product, value)
            });
            vec![product]
        });
        arriving[0]
    }
}
