//! Takes out of a `reduce add` what need not be added up at every evaluation.

use super::{Sums, Term, Writer, is_float};
use crate::ir::build::captures;
use crate::ir::{Binding, Block, Bound, Function, Kind, Operation, Reduction, Type, Value};
use crate::transform::copy::Copier;
use rustc_hash::FxHashSet;

/// Splits every sum over known indices into what data decide, what the index does not decide, and the rest.
pub(super) fn separate(function: &mut Function) {
    let bound = function.parameters.iter().filter(|parameter| parameter.binding == Binding::Bound);
    let mut pass = Separate {
        bound: bound.map(|parameter| parameter.value).collect(),
        types: std::mem::take(&mut function.types),
    };
    pass.block(&mut function.body);
    function.types = pass.types;
    function.body.captures.clear();
}

struct Separate {
    /// What data and the indices around decide.
    bound: FxHashSet<Value>,
    types: Vec<Type>,
}

/// The terms of one result of a reduce.
#[derive(Default)]
struct Parts {
    /// Not decided by the index.
    captured: Vec<Term>,
    /// Decided by data and indices.
    bound: Vec<Term>,
    live: Vec<Term>,
}

/// What comes to stand around a reduce of so many entries.
struct Around {
    count: f64,
    front: Vec<Operation>,
    behind: Vec<Operation>,
}

impl Separate {
    fn block(&mut self, block: &mut Block) {
        for mut operation in std::mem::take(&mut block.operations) {
            let indices = match &operation.kind {
                Kind::Map(bounds) | Kind::Reduce(_, bounds) => bounds.len(),
                Kind::Scan { .. } => 1,
                _ => 0,
            };
            for region in &mut operation.regions {
                self.bound.extend(&region.parameters[..indices]);
                self.block(region);
            }
            let inner = operation.regions.iter().flat_map(|region| &region.captures);
            if operation.operands.iter().chain(inner).all(|value| self.bound.contains(value)) {
                self.bound.extend(&operation.results);
                block.operations.push(operation);
                continue;
            }
            match entries(&operation.kind) {
                Some(count) => self.reduce(operation, count, &mut block.operations),
                None => block.operations.push(operation),
            }
        }
        block.captures = captures(block);
    }

    fn reduce(&mut self, mut operation: Operation, count: f64, out: &mut Vec<Operation>) {
        let mut around = Around { count, front: Vec::new(), behind: Vec::new() };
        for result in 0..operation.results.len() {
            if !is_float(&self.types[operation.results[result].0 as usize]) {
                continue;
            }
            let parts = self.parts(&operation.regions[0], result);
            if !parts.captured.is_empty() || !parts.bound.is_empty() && !parts.live.is_empty() {
                self.split(&mut operation, result, parts, &mut around);
            }
        }
        out.extend(around.front);
        out.push(operation);
        out.extend(around.behind);
    }

    fn parts(&self, region: &Block, result: usize) -> Parts {
        let defined: FxHashSet<Value> = region.defined().into_iter().collect();
        let mut parts = Parts::default();
        for term in Sums::of(region).terms(region.results[result]) {
            let part = match (defined.contains(&term.value), self.bound.contains(&term.value)) {
                (false, _) => &mut parts.captured,
                (true, true) => &mut parts.bound,
                (true, false) => &mut parts.live,
            };
            part.push(term);
        }
        parts
    }

    /// The result becomes the sum of its parts: a reduce of the live terms, in front of it one of the bound terms, and
    /// the captured terms times the number of entries.
    fn split(&mut self, operation: &mut Operation, result: usize, parts: Parts, around: &mut Around) {
        let Parts { captured, bound, live } = parts;
        let (whole, origin) = (operation.results[result], operation.origin);
        let mut sums = Vec::new();
        if !bound.is_empty() && !live.is_empty() {
            sums.push(self.copy(operation, &bound, &mut around.front));
        }
        let inside = if live.is_empty() { bound } else { live };
        let mut writer = Writer { types: &mut self.types, out: &mut around.behind, origin };
        operation.results[result] = writer.fresh(whole);
        if !captured.is_empty() {
            let sum = writer.sum(&captured);
            let count = writer.literal(sum, around.count);
            if inside.is_empty() {
                return writer.primitive("mul", &[count, sum], whole);
            }
            sums.push(writer.apply("mul", &[count, sum]));
        }
        let sums: Vec<Term> = sums.into_iter().map(|value| Term { negative: false, value }).collect();
        let rest = writer.sum(&sums);
        writer.primitive("add", &[operation.results[result], rest], whole);
        let region = &mut operation.regions[0];
        let mut writer = Writer { types: &mut self.types, out: &mut region.operations, origin };
        region.results[result] = writer.sum(&inside);
        region.captures = captures(region);
    }

    /// The same reduce of these terms alone.
    fn copy(&mut self, operation: &Operation, terms: &[Term], front: &mut Vec<Operation>) -> Value {
        let mut copier = Copier { types: &mut self.types, names: Default::default() };
        let mut region = copier.block(&operation.regions[0]);
        let terms: Vec<Term> =
            terms.iter().map(|term| Term { value: copier.name(term.value), ..*term }).collect();
        let origin = operation.origin;
        let mut writer = Writer { types: &mut self.types, out: &mut region.operations, origin };
        region.results = vec![writer.sum(&terms)];
        let sum = writer.fresh(region.results[0]);
        region.captures = captures(&region);
        let kind = operation.kind.clone();
        front.push(Operation {
            kind,
            operands: Vec::new(),
            regions: vec![region],
            results: vec![sum],
            origin,
        });
        sum
    }
}

/// How many entries a sum has, where it is known to have some.
fn entries(kind: &Kind) -> Option<f64> {
    let Kind::Reduce(Reduction::Add, bounds) = kind else { return None };
    let sizes = bounds.iter().map(|bound| match bound {
        Bound::Size(size) => size.as_constant(),
        Bound::Run => None,
    });
    let count = sizes.product::<Option<i64>>()?;
    (count > 0).then_some(count as f64)
}
