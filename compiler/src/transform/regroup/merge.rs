//! Reduces over the same indices that are added up become one reduce of the sum.

use super::{Sums, Term, Writer};
use crate::ir::build::captures;
use crate::ir::{Kind, Operation, Reduction, Type, Value};
use crate::transform::copy::Copier;
use rustc_hash::FxHashMap;

/// The terms with reduces merged; writes the reduces that are new.
pub(super) fn merge(
    sums: &Sums,
    terms: &[Term],
    types: &mut Vec<Type>,
    out: &mut Vec<Operation>,
) -> Vec<Term> {
    let mut merged: Vec<Term> = Vec::new();
    let mut groups: Vec<Vec<(&Operation, Term)>> = Vec::new();
    for term in terms {
        let Some(reduce) = lone_sum(sums, term.value) else {
            merged.push(*term);
            continue;
        };
        match groups.iter_mut().find(|group| group[0].0.kind == reduce.kind) {
            Some(group) => group.push((reduce, *term)),
            None => groups.push(vec![(reduce, *term)]),
        }
    }
    for group in groups {
        match group.as_slice() {
            [(_, term)] => merged.push(*term),
            _ => merged.push(one(&group, types, out)),
        }
    }
    merged
}

/// The `reduce add` over known indices that gives this value alone, to one reader.
fn lone_sum<'a>(sums: &Sums<'a>, value: Value) -> Option<&'a Operation> {
    let operation = *sums.definitions.get(&value)?;
    let sum = matches!(operation.kind, Kind::Reduce(Reduction::Add, _));
    let lone = operation.results.len() == 1 && operation.operands.is_empty() && sums.is_read_once(value);
    (sum && lone).then_some(operation)
}

/// One reduce in the place of several.
fn one(group: &[(&Operation, Term)], types: &mut Vec<Type>, out: &mut Vec<Operation>) -> Term {
    let (first, _) = group[0];
    let negative = group.iter().all(|(_, term)| term.negative);
    let mut copier = Copier { types, names: FxHashMap::default() };
    let mut region = copier.block(&first.regions[0]);
    let mut terms = Vec::new();
    for (position, (reduce, term)) in group.iter().enumerate() {
        let source = &reduce.regions[0];
        if position > 0 {
            copier.names.extend(source.parameters.iter().copied().zip(region.parameters.iter().copied()));
            region.operations.extend(source.operations.iter().map(|operation| copier.operation(operation)));
        }
        let value = copier.name(source.results[0]);
        terms.push(Term { negative: term.negative != negative, value });
    }
    let mut writer = Writer { types, out: &mut region.operations, origin: first.origin };
    region.results = vec![writer.sum(&terms)];
    let value = writer.fresh(region.results[0]);
    region.captures = captures(&region);
    let (kind, origin) = (first.kind.clone(), first.origin);
    out.push(Operation { kind, operands: Vec::new(), regions: vec![region], results: vec![value], origin });
    Term { negative, value }
}
