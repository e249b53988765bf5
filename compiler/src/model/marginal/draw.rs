//! Exact draws of sites that were summed out: the eliminations backwards, each given what was drawn before.
//!
//! A state is drawn as the one whose log weight plus a Gumbel number is greatest, so a state of probability zero is
//! never drawn. The noise of an entry is a function of the seed, the site and the entry's place.

use super::affine::Axis;
use super::chain::Messages;
use super::emit::{Emitter, Scope};
use super::factor::Read;
use super::place::{Entries, Member};
use super::plan::{Body, Elimination, Factor};
use crate::ir::kind::{Check, Sample};
use crate::ir::{Bound, Kind, Polynomial, Reduction, Type, Value};

/// What the noise of a draw is a function of.
#[derive(Clone)]
struct Key {
    /// The number of the site.
    site: u64,
    /// Seed, number of the draw, indices.
    operands: Vec<Value>,
}

impl Key {
    /// The key of a place inside.
    fn at(&self, indices: &[Value]) -> Self {
        Self { site: self.site, operands: [self.operands.as_slice(), indices].concat() }
    }
}

impl<'f> Emitter<'f> {
    /// Draws the sites of an elimination, as arrays; `drawn` holds the sites that were drawn before.
    pub fn draw(&mut self, factor: &Factor<'f>, seed: [Value; 2], drawn: &mut [Option<Value>]) {
        let Body::Sum(sum) = &factor.body else { unreachable!("an elimination is a sum") };
        let name = &self.sites[sum.entries.members[0].site].name;
        let key = Key { site: number(name), operands: seed.to_vec() };
        let plates = sum.entries.plates.iter().map(|(_, extent)| Bound::Size(extent.clone())).collect();
        let states = self.mapped(plates, |pass, indices| {
            let plates = sum.entries.plates.iter();
            let axes: Vec<(Axis, Value)> =
                plates.zip(indices).map(|((axis, _), index)| (*axis, *index)).collect();
            let outer: Vec<Value> = factor.reads.iter().map(|read| pass.entry(read, &axes, drawn)).collect();
            let (scope, key) = (Scope { axes: &axes, outer: &outer }, key.at(indices));
            if sum.entries.time.is_some() {
                return pass.draw_chain(sum, scope, &key);
            }
            let count = pass.combinations(&sum.entries);
            pass.greatest(&count, &key, |pass, state| pass.weight(sum, scope, state))
        });
        for (position, member) in sum.entries.members.iter().enumerate() {
            drawn[member.site] = Some(self.member_values(&sum.entries, states, position));
        }
    }

    /// An entry that was drawn.
    fn entry(&mut self, read: &Read, axes: &[(Axis, Value)], drawn: &[Option<Value>]) -> Value {
        let array = drawn[read.site].expect("what is summed out later is drawn earlier");
        let at: Vec<Value> = read.at.iter().map(|index| index.emit(&mut self.builder, axes)).collect();
        if at.is_empty() { array } else { self.builder.index(array, &at, Check::Checked) }
    }

    /// The values of one member from the combinations drawn: an array of the site's shape.
    fn member_values(&mut self, entries: &Entries, states: Value, member: usize) -> Value {
        let Member { site, time } = entries.members[member];
        let bounds = self.sites[site].extents.iter().cloned().map(Bound::Size).collect();
        self.mapped(bounds, |pass, indices| {
            let mut at = indices.to_vec();
            if let Some(time) = time {
                let index = at.remove(time);
                at.push(index);
            }
            let state = if at.is_empty() { states } else { pass.builder.index(states, &at, Check::Checked) };
            pass.decoded(entries, state)[member]
        })
    }

    /// The state, of so many, whose log weight plus noise is greatest.
    fn greatest(
        &mut self,
        count: &Polynomial,
        key: &Key,
        weight: impl FnOnce(&mut Self, Value) -> Value,
    ) -> Value {
        let bound = vec![Bound::Size(count.clone())];
        let noisy = self.mapped(bound.clone(), |pass, state| {
            let weight = weight(pass, state[0]);
            let noise = pass.gumbel(&key.at(state));
            pass.builder.add(weight, noise)
        });
        let most = self.builder.reduce(Reduction::Max, bound.clone(), Vec::new(), |builder, state| {
            vec![builder.index(noisy, state, Check::Checked)]
        })[0];
        let last = self.integer(&count.minus(&1.into()));
        self.builder.reduce(Reduction::Min, bound, Vec::new(), |builder, state| {
            let own = builder.index(noisy, state, Check::Checked);
            let is_most = builder.primitive("eq", &[own, most]);
            vec![builder.primitive("select", &[is_most, state[0], last])]
        })[0]
    }

    /// -log(-log u) with u uniform: the greatest of weights plus such noise is a draw in proportion to their
    /// exponentials (Gumbel 1954).
    fn gumbel(&mut self, key: &Key) -> Value {
        let bits = self.builder.push(Kind::Bits { site: key.site }, key.operands.clone(), Vec::new());
        let uniform = self.builder.primitive("uniform", &bits[..1]);
        let log = self.builder.primitive("log", &[uniform]);
        let log = self.builder.neg(log);
        let log = self.builder.primitive("log", &[log]);
        self.builder.neg(log)
    }

    /// Backward sampling: the last entries from the last message, each earlier one given the entries after it.
    fn draw_chain(&mut self, sum: &Elimination<'f>, scope: Scope, key: &Key) -> Value {
        let tables = self.tables(sum, scope);
        let Messages { last, before, .. } = self.messages(sum, scope, &tables);
        let (axis, length) = sum.entries.time.clone().expect("a chain has its axis");
        let states = self.combinations(&sum.entries);
        let all = (0..sum.lag).fold(Polynomial::constant(1), |product, _| product.times(&states));
        let end = self.builder.size(length.clone());
        let tuple = self.greatest(&all, &key.at(&[end]), |pass, tuple| {
            let states = pass.digits(tuple, &states, sum.lag);
            pass.builder.index(last, &states, Check::Checked)
        });
        let start = self.digits(tuple, &states, sum.lag);
        let region = self.builder.begin(vec![Type::i64(); sum.lag + 1]);
        let (index, recent) = (region[0], &region[1..]);
        let axes = [scope.axes, &[(axis, index)]].concat();
        let scope = Scope { axes: &axes, ..scope };
        let earlier = self.greatest(&states, &key.at(&[index]), |pass, earlier| {
            let states = [recent, &[earlier]].concat();
            let at = [&[index], &states[1..]].concat();
            let arriving = pass.builder.index(before, &at, Check::Checked);
            let through = pass.factors(sum, scope, &tables, &states, sum.lag);
            pass.builder.add(arriving, through)
        });
        let next = [&recent[1..], &[earlier, recent[0]]].concat();
        let body = self.builder.end(next);
        let kind = Kind::Scan { bound: Bound::Size(length), carried: sum.lag, reverse: true };
        self.builder.push(kind, start, vec![body])[sum.lag]
    }

    /// The digits of a number in base `base`, most significant first.
    fn digits(&mut self, mut number: Value, base: &Polynomial, count: usize) -> Vec<Value> {
        let base = self.integer(base);
        let mut digits = Vec::new();
        for _ in 1..count {
            digits.push(self.builder.primitive("floor_mod", &[number, base]));
            number = self.builder.primitive("floor_div", &[number, base]);
        }
        digits.push(number);
        digits.reverse();
        digits
    }
}

/// The number that stands for a site in `bits`.
fn number(site: &str) -> u64 {
    Sample { distribution: String::new(), site: site.to_string(), indices: 0, strategy: None }.number(0)
}
