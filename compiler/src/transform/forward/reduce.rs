//! Reductions. A sum's tangent is the sum of tangents; a product's goes through products of all other factors, so
//! that a zero factor is nothing special; an extreme's is the tangent of the first entry that attains it; that of
//! log-sum-exp is the sum weighted by exp(x - result).

use super::{Forward, ResolveError};
use crate::ir::kind::Check;
use crate::ir::{Bound, Builder, Kind, Operation, Reduction, Value};
use crate::transform::arrays;

impl Forward<'_> {
    pub(super) fn reduce(
        &mut self,
        operation: &Operation,
        reduction: Reduction,
        bounds: &[Bound],
    ) -> Result<(), ResolveError> {
        if reduction == Reduction::Add {
            return self.map(operation);
        }
        self.primal.operation(&mut self.builder, operation);
        let tangents = match reduction {
            Reduction::Mul => self.product(operation, bounds)?,
            Reduction::Min | Reduction::Max => self.extremes(operation, bounds)?,
            Reduction::LogSumExp => self.log_sum_exp(operation, bounds)?,
            Reduction::Add | Reduction::And | Reduction::Or => unreachable!("no such active reduction"),
        };
        self.bind_tangents(&operation.results, &tangents);
        Ok(())
    }

    /// `reduce add` of one term for each active result, made from entry, tangent and the indices.
    fn weighted(
        &mut self,
        operation: &Operation,
        bounds: &[Bound],
        mut term: impl FnMut(&mut Self, usize, Value, Value, &[Value]) -> Value,
    ) -> Result<Vec<Value>, ResolveError> {
        let body = &operation.regions[0];
        self.primal.open(&mut self.builder, body);
        self.block(body)?;
        let indices = self.primal.all(&body.parameters);
        let mut terms = Vec::new();
        for position in self.active_results(operation) {
            let entry = body.results[position];
            let tangent = self.tangent_or_zero(entry);
            terms.push(term(self, position, self.value(entry), tangent, &indices));
        }
        let region = self.builder.end(terms);
        let run = self.primal.all(&operation.operands);
        Ok(self.builder.push(Kind::Reduce(Reduction::Add, bounds.to_vec()), run, vec![region]))
    }

    fn active_results(&self, operation: &Operation) -> Vec<usize> {
        (0..operation.results.len()).filter(|at| self.active.has(operation.results[*at])).collect()
    }

    fn log_sum_exp(&mut self, operation: &Operation, bounds: &[Bound]) -> Result<Vec<Value>, ResolveError> {
        // Where every entry is -inf, so is the result: shifting by 0 instead gives weights 0, not NaN.
        let mut shifts = Vec::new();
        for position in self.active_results(operation) {
            let result = self.value(operation.results[position]);
            let builder = &mut self.builder;
            let nothing = builder.number_like(result, f64::NEG_INFINITY);
            let empty = builder.primitive("eq", &[result, nothing]);
            let zero = builder.number_like(result, 0.0);
            shifts.push((position, builder.primitive("select", &[empty, zero, result])));
        }
        self.weighted(operation, bounds, |pass, position, entry, tangent, _| {
            let shift = shifts.iter().find(|(at, _)| *at == position).expect("each has its shift").1;
            let difference = pass.builder.sub(entry, shift);
            let weight = pass.builder.primitive("exp", &[difference]);
            pass.builder.mul(weight, tangent)
        })
    }

    fn product(&mut self, operation: &Operation, bounds: &[Bound]) -> Result<Vec<Value>, ResolveError> {
        let run = self.primal.all(&operation.operands);
        let active = self.active_results(operation);
        let body = &operation.regions[0];
        self.primal.open(&mut self.builder, body);
        self.primal.operations(&mut self.builder, body);
        let entries: Vec<Value> = active.iter().map(|at| self.value(body.results[*at])).collect();
        let region = self.builder.end(entries);
        let factors = self.builder.push(Kind::Map(bounds.to_vec()), run.clone(), vec![region]);
        let mut others = Vec::new();
        for (position, factors) in active.into_iter().zip(factors) {
            let mut running = |reverse| {
                let loops = Running { factors, bounds, run: run.first().copied(), reverse };
                let one = self.builder.number_like(factors, 1.0);
                loops.products(&mut self.builder, &[], one)[1]
            };
            others.push((position, running(false), running(true)));
        }
        self.weighted(operation, bounds, |pass, position, _, tangent, indices| {
            let (_, before, after) = *others.iter().find(|(at, ..)| *at == position).expect("one for each");
            let before = pass.builder.index(before, indices, Check::Proved);
            let after = pass.builder.index(after, indices, Check::Proved);
            let rest = pass.builder.mul(before, after);
            pass.builder.mul(rest, tangent)
        })
    }

    fn extremes(&mut self, operation: &Operation, bounds: &[Bound]) -> Result<Vec<Value>, ResolveError> {
        let positions = self.first_attaining(operation, bounds);
        let mut tangents = Vec::new();
        for (position, (found, first)) in self.active_results(operation).into_iter().zip(positions) {
            let result = operation.results[position];
            self.builder.begin(Vec::new());
            let indices = unravel(&mut self.builder, first, bounds);
            let body = &operation.regions[0];
            self.primal.bind_all(&body.parameters, &indices);
            let check = std::mem::replace(&mut self.primal.check, true);
            self.block(body)?;
            self.primal.check = check;
            let tangent = self.tangent_or_zero(body.results[position]);
            let yes = self.builder.end(vec![tangent]);
            let element = self.source.type_of(result).element;
            let no = self.builder.region(Vec::new(), |builder, _| vec![arrays::zero(builder, element)]);
            tangents.extend(self.builder.push(Kind::If, vec![found], vec![yes, no]));
        }
        Ok(tangents)
    }

    /// For each active result, whether an entry attains it, and the row-major number of the first that does.
    fn first_attaining(&mut self, operation: &Operation, bounds: &[Bound]) -> Vec<(Value, Value)> {
        let active = self.active_results(operation);
        let body = &operation.regions[0];
        self.primal.open(&mut self.builder, body);
        self.primal.operations(&mut self.builder, body);
        let indices = self.primal.all(&body.parameters);
        let number = ravel(&mut self.builder, &indices, bounds);
        let nowhere = self.builder.i64(i64::MAX);
        let mut numbers = Vec::new();
        for position in &active {
            let entry = self.value(body.results[*position]);
            let extreme = self.value(operation.results[*position]);
            let attains = self.builder.primitive("eq", &[entry, extreme]);
            numbers.push(self.builder.primitive("select", &[attains, number, nowhere]));
        }
        let region = self.builder.end(numbers);
        let run = self.primal.all(&operation.operands);
        let firsts = self.builder.push(Kind::Reduce(Reduction::Min, bounds.to_vec()), run, vec![region]);
        let nowhere = self.builder.i64(i64::MAX);
        let found = |first: Value, builder: &mut Builder| builder.primitive("lt", &[first, nowhere]);
        firsts.into_iter().map(|first| (found(first, &mut self.builder), first)).collect()
    }
}

/// Running products over nested loops, in row-major order or its reverse.
struct Running<'a> {
    factors: Value,
    bounds: &'a [Bound],
    run: Option<Value>,
    reverse: bool,
}

impl Running<'_> {
    /// The product after all entries under these leading indices, and the products before each.
    fn products(&self, builder: &mut Builder, outer: &[Value], start: Value) -> Vec<Value> {
        let depth = outer.len();
        let bound = self.bounds[depth].clone();
        let run = if bound == Bound::Run { self.run } else { None };
        builder.scan(bound, run, &[start], self.reverse, |builder, index, state| {
            let indices = [outer, &[index]].concat();
            if indices.len() < self.bounds.len() {
                return self.products(builder, &indices, state[0]);
            }
            let factor = builder.index(self.factors, &indices, Check::Proved);
            vec![builder.mul(state[0], factor), state[0]]
        })
    }
}

/// The row-major number of an entry; the extent of the first axis does not enter.
fn ravel(builder: &mut Builder, indices: &[Value], bounds: &[Bound]) -> Value {
    let mut number = indices[0];
    for (index, bound) in indices.iter().zip(bounds).skip(1) {
        let extent = extent(builder, bound);
        let row = builder.mul(number, extent);
        number = builder.add(row, *index);
    }
    number
}

/// The indices of the entry of that row-major number.
fn unravel(builder: &mut Builder, number: Value, bounds: &[Bound]) -> Vec<Value> {
    let mut rest = number;
    let mut indices = Vec::new();
    for bound in bounds.iter().skip(1).rev() {
        let extent = extent(builder, bound);
        indices.push(builder.primitive("floor_mod", &[rest, extent]));
        rest = builder.primitive("floor_div", &[rest, extent]);
    }
    indices.push(rest);
    indices.reverse();
    indices
}

fn extent(builder: &mut Builder, bound: &Bound) -> Value {
    match bound {
        Bound::Size(size) => arrays::size(builder, size),
        Bound::Run => unreachable!("only the first axis has a run-time bound"),
    }
}
