//! The mean of an objective's draws, with what their scores are taken less of.

use crate::ir::kind::Check;
use crate::ir::{Bound, Builder, Kind, Reduction, Type, Value};
use crate::lower::expect::{Baselines, Expecting};
use crate::lower::{Lowered, Lowerer};
use crate::typed::exact::{Exactness, Reader};
use crate::typed::tree::{Baseline, Expr, Strategy};

/// An objective's draws, of which the mean is taken.
#[derive(Clone, Copy)]
pub(super) struct Batch<'p> {
    /// What is drawn.
    pub objective: &'p Expr,
    /// The seed of all.
    pub seed: Value,
    /// How many draws.
    pub count: Value,
    /// A moving average of the values before.
    pub average: Option<Value>,
}

/// A mean of draws, and that of those of their terms that a scored draw reaches, where baselines ask for it.
pub(super) struct Mean {
    /// Of all.
    pub value: Value,
    /// Of what scores multiply.
    pub scored: Option<Value>,
}

/// The mean of an objective's draws; of what draws nothing, its value.
pub(super) fn mean<'p>(lowerer: &mut Lowerer<'p>, batch: Batch<'p>) -> Lowered<Mean> {
    let exact = Reader::new(lowerer.program, Default::default()).expr(batch.objective);
    if exact == Exactness::Exact {
        return Ok(Mean { value: lowerer.value(batch.objective)?, scored: None });
    }
    let learned = [Baseline::LeaveOneOut, Baseline::MovingAverage].map(Strategy::Reinforce);
    let asks = |strategy: &Strategy| learned.contains(strategy);
    let values = match batch.objective.any_strategy(lowerer.program, &asks) {
        true => Some(values_alone(lowerer, batch)?),
        false => None,
    };
    let at = lowerer.builder.begin(vec![Type::i64()])[0];
    let others = values.map(|(values, total)| {
        let own = lowerer.builder.index(values, &[at], Check::Checked);
        mean_of_others(&mut lowerer.builder, own, total, batch.count)
    });
    let value = one_draw(lowerer, batch, Baselines { others, average: batch.average });
    let region = lowerer.builder.end(value.iter().copied().collect());
    value?;
    let kind = Kind::Reduce(Reduction::Add, vec![Bound::Run]);
    let sum = lowerer.builder.push(kind, vec![batch.count], vec![region])[0];
    let count = lowerer.builder.primitive("int_to_float", &[batch.count]);
    let scored = values.map(|(_, total)| lowerer.builder.primitive("div", &[total, count]));
    Ok(Mean { value: lowerer.builder.primitive("div", &[sum, count]), scored })
}

/// One draw of an objective, inside the loop over the batch.
fn one_draw<'p>(lowerer: &mut Lowerer<'p>, batch: Batch<'p>, baselines: Baselines) -> Lowered<Value> {
    let around = lowerer.expecting.replace(Expecting { seed: batch.seed, count: 0, baselines });
    let value = lowerer.apart(|lowerer| lowerer.value(batch.objective));
    lowerer.expecting = around;
    value
}

/// The values of all draws, as far as scored draws reach, and their sum: what each is compared with. They are drawn as in
/// the batch itself.
fn values_alone<'p>(lowerer: &mut Lowerer<'p>, batch: Batch<'p>) -> Lowered<(Value, Value)> {
    let alone = lowerer.outlined("values", vec![Type::i64(), Type::i64()], |lowerer, given| {
        let batch = Batch { seed: given[0], count: given[1], ..batch };
        lowerer.builder.begin(vec![Type::i64()]);
        let value = one_draw(lowerer, batch, Baselines::default());
        let region = lowerer.builder.end(value.iter().copied().collect());
        value?;
        Ok(lowerer.builder.push(Kind::Map(vec![Bound::Run]), vec![given[1]], vec![region]))
    })?;
    lowerer.scored.push(alone.function.clone());
    let captures = alone.captures.iter().map(|value| stopped(&mut lowerer.builder, *value));
    let operands = [batch.seed, batch.count].into_iter().chain(captures).collect();
    let kind = Kind::Call { function: alone.function, sizes: lowerer.own_sizes() };
    let values = lowerer.builder.push_typed(kind, operands, Vec::new(), alone.results)[0];
    let total = lowerer.builder.reduce(Reduction::Add, vec![Bound::Run], vec![batch.count], |builder, at| {
        vec![builder.index(values, at, Check::Checked)]
    })[0];
    Ok((values, total))
}

/// A value without its derivative.
fn stopped(builder: &mut Builder, value: Value) -> Value {
    match builder.type_of(value).is_float() {
        true => builder.push(Kind::Stop, vec![value], Vec::new())[0],
        false => value,
    }
}

/// The mean of all draws but one; 0 where there is no other.
fn mean_of_others(builder: &mut Builder, own: Value, total: Value, count: Value) -> Value {
    let (one, nothing) = (builder.i64(1), builder.f64(0.0));
    let others = builder.sub(count, one);
    let several = builder.primitive("gt", &[count, one]);
    let (rest, others) = (builder.sub(total, own), builder.primitive("int_to_float", &[others]));
    let mean = builder.primitive("div", &[rest, others]);
    builder.primitive("select", &[several, mean, nothing])
}

/// A moving average, which begins as the mean, with one more value.
pub(super) fn averaged(builder: &mut Builder, average: Value, value: Value, done: Value) -> Value {
    const LEAST: f64 = 0.05;
    let one = builder.f64(1.0);
    let count = builder.add(done, one);
    let (part, least) = (builder.primitive("div", &[one, count]), builder.f64(LEAST));
    let part = builder.primitive("max", &[part, least]);
    let change = builder.sub(value, average);
    let change = builder.mul(part, change);
    builder.add(average, change)
}
