//! Reuse: what several loops beside each other make anew of the same entries is made once.
//!
//! What disappears: costly operations that loops over the same indices repeat, as reverse sweeps do, which execute loops
//! again; and such as a loop around repeats. What appears: in front of the first of these loops, maps whose arrays all of
//! them read; what the loop around does not decide moves out of it. Values keep their bits.
//!
//! Short loops of known length alone: long ones run over tiles, where making an entry again may be cheaper than memory.

use super::copy::Copier;
use super::hoist::{self, expensive, speculable};
use super::simplify::simplify;
use crate::ir::build::captures;
use crate::ir::kind::Check;
use crate::ir::{Block, Bound, Function, Kind, Operation, Type, Value};
use rustc_hash::{FxHashMap, FxHashSet};

/// Entries of an array that is kept, at most.
const MOST: i64 = 256;

/// Reuses in place.
pub fn reuse(function: &mut Function) {
    let made = block(&mut function.body, false, &mut function.types);
    function.body.captures.clear();
    if made {
        hoist::invariants(function);
        // A loop may be left with copies.
        simplify(function);
    }
}

/// Whether there is something to reuse; `repeats` where a loop is around.
fn block(block: &mut Block, repeats: bool, types: &mut Vec<Type>) -> bool {
    let before = block.operations.len();
    let mut done: Vec<Vec<Bound>> = Vec::new();
    while let Some(bounds) = next(block, &done, if repeats { 1 } else { 2 }) {
        beside(block, &bounds, repeats, types);
        done.push(bounds);
    }
    let mut made = block.operations.len() > before;
    for operation in &mut block.operations {
        let repeats = hoist::repeats(&operation.kind);
        operation.regions.iter_mut().for_each(|region| made |= self::block(region, repeats, types));
    }
    block.captures = captures(block);
    made
}

/// The bounds of a loop whose entries may be kept.
fn bounds(operation: &Operation) -> Option<&[Bound]> {
    let (Kind::Map(bounds) | Kind::Reduce(_, bounds)) = &operation.kind else { return None };
    let sizes = bounds.iter().map(|bound| match bound {
        Bound::Size(size) => size.as_constant(),
        Bound::Run => None,
    });
    let entries = sizes.product::<Option<i64>>()?;
    (!bounds.is_empty() && (1..=MOST).contains(&entries)).then_some(bounds)
}

/// Bounds that so many loops of the block have at least, and none of those that are done.
fn next(block: &Block, done: &[Vec<Bound>], least: usize) -> Option<Vec<Bound>> {
    let all: Vec<&[Bound]> = block.operations.iter().filter_map(bounds).collect();
    let enough = |bounds: &&&[Bound]| all.iter().filter(|other| other == bounds).count() >= least;
    let new = |bounds: &&&[Bound]| !done.iter().any(|done| done == *bounds);
    all.iter().filter(new).find(enough).map(|bounds| bounds.to_vec())
}

/// What an operation reads, told apart from loop to loop.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Read {
    /// An index of the loop.
    Index(usize),
    /// What is the same in all iterations.
    Outside(Value),
    /// What the loop computes of these, with this number.
    Inside(usize),
}

/// What loops over the same indices compute.
#[derive(Default)]
struct Computed {
    numbers: FxHashMap<(Kind, Vec<Read>), usize>,
    /// For each number, the position of the first loop that computes it, and whether the block around decides it.
    first: Vec<(usize, bool)>,
    /// Costly ones that are made once: another loop computes them too, or a loop around would repeat them.
    repeated: FxHashSet<usize>,
}

impl Computed {
    /// Numbers the values of the loop at a position: each is computed by an operation on scalars that cannot fail.
    /// `varying` are the values that the block around defines, if it is repeated.
    fn number(
        &mut self,
        position: usize,
        region: &Block,
        varying: Option<&FxHashSet<Value>>,
    ) -> FxHashMap<Value, usize> {
        let inside: FxHashSet<Value> = region.defined().into_iter().collect();
        let mut own: FxHashMap<Value, usize> = FxHashMap::default();
        for operation in &region.operations {
            if !operation.regions.is_empty() || !speculable(operation) {
                continue;
            }
            let read = |value: &Value| match region.parameters.iter().position(|index| index == value) {
                Some(index) => Some(Read::Index(index)),
                None if inside.contains(value) => own.get(value).copied().map(Read::Inside),
                None => Some(Read::Outside(*value)),
            };
            let Some(reads) = operation.operands.iter().map(read).collect::<Option<Vec<Read>>>() else {
                continue;
            };
            let varies = varying.is_none_or(|varying| {
                reads.iter().any(|read| match read {
                    Read::Index(_) => false,
                    Read::Outside(value) => varying.contains(value),
                    Read::Inside(number) => self.first[*number].1,
                })
            });
            // Each result has a number, in order.
            let next = self.first.len();
            let number = *self.numbers.entry((operation.kind.clone(), reads)).or_insert(next);
            if number == next {
                self.first.extend(operation.results.iter().map(|_| (position, varies)));
            }
            let again = self.first[number].0 != position || !varies;
            if again && operation.results.len() == 1 && expensive(operation) {
                self.repeated.insert(number);
            }
            own.extend(operation.results.iter().copied().zip(number..));
        }
        own
    }
}

/// Makes what loops of these bounds repeat in front of the first of them.
fn beside(block: &mut Block, bounds: &[Bound], repeats: bool, types: &mut Vec<Type>) {
    let varying: Option<FxHashSet<Value>> = repeats.then(|| {
        let defined = block.operations.iter().flat_map(|operation| &operation.results);
        block.parameters.iter().chain(defined).copied().collect()
    });
    let mut computed = Computed::default();
    let mut loops: Vec<(usize, FxHashMap<Value, usize>)> = Vec::new();
    for (position, operation) in block.operations.iter().enumerate() {
        if self::bounds(operation) == Some(bounds) {
            loops.push((position, computed.number(position, &operation.regions[0], varying.as_ref())));
        }
    }
    let mut arrays: FxHashMap<usize, Value> = FxHashMap::default();
    let mut made: FxHashMap<usize, Vec<Operation>> = FxHashMap::default();
    for (position, own) in &loops {
        let operation = &mut block.operations[*position];
        for varies in [false, true] {
            let wanted = |value: &Value| {
                let number = own.get(value)?;
                let here = computed.first[*number] == (*position, varies);
                (computed.repeated.contains(number) && here).then_some((*value, *number))
            };
            let inner = operation.regions[0].operations.iter();
            let wanted: Vec<(Value, usize)> =
                inner.filter_map(|inner| inner.results.first()).filter_map(wanted).collect();
            if !wanted.is_empty() {
                let map = map(operation, &wanted, types);
                arrays.extend(wanted.iter().map(|(_, number)| *number).zip(map.results.iter().copied()));
                made.entry(*position).or_default().push(map);
            }
        }
        read(&mut operation.regions[0], own, &arrays);
    }
    let operations = std::mem::take(&mut block.operations);
    for (position, operation) in operations.into_iter().enumerate() {
        block.operations.extend(made.remove(&position).into_iter().flatten());
        block.operations.push(operation);
    }
}

/// The map over a loop's indices that makes the wanted values.
fn map(of: &Operation, wanted: &[(Value, usize)], types: &mut Vec<Type>) -> Operation {
    let source = &of.regions[0];
    let bounds = self::bounds(of).expect("the loop has known bounds").to_vec();
    let mut needed: FxHashSet<Value> = wanted.iter().map(|(value, _)| *value).collect();
    let mut slice: Vec<&Operation> = Vec::new();
    for operation in source.operations.iter().rev() {
        if operation.results.iter().any(|value| needed.contains(value)) {
            needed.extend(operation.reads());
            slice.push(operation);
        }
    }
    let mut copier = Copier { types, names: FxHashMap::default() };
    let parameters = source.parameters.iter().map(|index| copier.define(*index)).collect();
    let operations = slice.into_iter().rev().map(|operation| copier.operation(operation)).collect();
    let results = wanted.iter().map(|(value, _)| copier.name(*value)).collect();
    let mut region = Block { parameters, captures: Vec::new(), operations, results };
    region.captures = captures(&region);
    let outer: Vec<_> = bounds.iter().map(Bound::dimension).collect();
    let arrays = wanted.iter().map(|(value, _)| {
        types.push(types[value.0 as usize].stacked(&outer));
        Value(types.len() as u32 - 1)
    });
    let results = arrays.collect();
    Operation {
        kind: Kind::Map(bounds),
        operands: Vec::new(),
        regions: vec![region],
        results,
        origin: of.origin,
    }
}

/// The loop reads what is in arrays.
fn read(region: &mut Block, own: &FxHashMap<Value, usize>, arrays: &FxHashMap<usize, Value>) {
    for operation in &mut region.operations {
        let number = operation.results.first().and_then(|value| own.get(value));
        let Some(array) = number.and_then(|number| arrays.get(number)) else { continue };
        operation.kind = Kind::Index(Check::Proved);
        operation.operands = std::iter::once(*array).chain(region.parameters.iter().copied()).collect();
    }
    region.captures = captures(region);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::read::read;
    use crate::ir::{Datum, Module, Stage, eval, verify};
    use crate::transform::prune::prune;

    /// A function before and after; its results have the same bits.
    fn functions(text: &str) -> [Function; 2] {
        let module = read(text).unwrap_or_else(|error| panic!("{error}"));
        let before = module.functions.into_values().next().expect("a function");
        let mut after = before.clone();
        reuse(&mut after);
        prune(&mut after);
        let [one, other] = [&before, &after].map(|function| {
            let mut module = Module::default();
            module.insert(function.clone());
            module
        });
        verify(&other, Stage::Bound).unwrap_or_else(|wrong| panic!("{wrong}\n{after}"));
        let data = [Datum::floats(&[3], &[0.3, 1.25, 2.0]), Datum::from(5)];
        let run = |module: &Module| eval::evaluate(module, "f", &[], &data).expect("it runs");
        assert_eq!(run(&one), run(&other), "{after}");
        [before, after]
    }

    /// How often a primitive stands in a function before and after.
    fn counts(text: &str, name: &str) -> [usize; 2] {
        functions(text).map(|function| function.to_string().matches(&format!(" {name} ")).count())
    }

    #[test]
    fn a_costly_entry_of_two_loops_is_made_once() {
        let text = "
fn @f(%0: f64[3] live, %1: i64 live) -> (f64, f64[3]) {
  %2, %3 = bits %1, site 7, ()
  %4 = reduce add (%5 < 3) with (%0, %2) {
    %6, %7 = bits %2, site 9, (%5)
    %8 = normal %6, %7
    %9 = %0[%5] proved
    %10 = fma %9, %8, %9
    yield %10
  }
  %11 = map (%12 < 3) with (%0, %2, %4) {
    %13, %14 = bits %2, site 9, (%12)
    %15 = normal %13, %14
    %16 = %0[%12] proved
    %17 = fma %16, %15, %16
    %18 = mul %17, %4
    yield %18
  }
  yield %4, %11
}";
        assert_eq!(counts(text, "normal"), [2, 1]);
    }

    #[test]
    fn what_a_loop_around_does_not_decide_comes_before_it() {
        let text = "
fn @f(%0: f64[3] live, %1: i64 live) -> (f64) {
  %2 = reduce add (%3 < %1) with (%0) {
    %4 = int_to_float %3
    %5 = reduce add (%6 < 3) with (%0, %4) {
      %7 = %0[%6] proved
      %8 = log %7
      %9 = mul %4, %8
      yield %9
    }
    yield %5
  }
  yield %2
}";
        let [before, after] = functions(text);
        assert_eq!(before.body.operations.len() + 1, after.body.operations.len(), "{after}");
    }

    #[test]
    fn entries_that_differ_stay_each_in_its_loop() {
        let text = "
fn @f(%0: f64[3] live, %1: i64 live) -> (f64, f64[3]) {
  %4 = reduce add (%5 < 3) with (%0) {
    %6 = %0[%5] proved
    %7 = log %6
    yield %7
  }
  %11 = map (%12 < 3) with (%0, %4) {
    %13 = %0[%12] proved
    %14 = mul %13, %4
    %15 = log %14
    yield %15
  }
  yield %4, %11
}";
        assert_eq!(counts(text, "log"), [2, 2]);
    }
}
