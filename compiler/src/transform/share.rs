//! Sharing: an operation whose twin stands earlier, in the same block or around it, is replaced by the twin.
//!
//! What disappears: repeated pure operations, whole regions included (two regions are twins when they differ only
//! in the names of what they define). What appears: nothing. Values keep their bits: twins are equal, not alike.

use crate::ir::build::captures;
use crate::ir::kind::Check;
use crate::ir::{Block, Constant, Function, Kind, Operation, Origin, Value};
use crate::primitive::Primitive;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::rc::Rc;

/// Shares repeated operations in place.
pub fn share(function: &mut Function) {
    Share::default().function(function);
}

/// The same, where derivatives are still to be taken: what a branch computes is not taken from around it, since there it
/// would be differentiated whether the branch is taken or not, and may have no derivative.
pub fn share_apart(function: &mut Function) {
    Share { apart: true, ..Share::default() }.function(function);
}

/// What makes twins.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    /// A constant's bits, or a primitive's or a read's kind; and operands.
    Scalar(Scalar, SmallVec<[Value; 4]>),
    /// Kind, operands, and regions with canonical names.
    Other(Rc<(Kind, Vec<Value>, Vec<Block>)>),
}

/// The kinds that most operations have.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Scalar {
    Constant(Constant),
    Primitive(Primitive),
    Index(Check),
}

impl Key {
    fn of(operation: &Operation) -> Key {
        let scalar = match &operation.kind {
            Kind::Constant(constant) => Scalar::Constant(*constant),
            Kind::Primitive(primitive) => Scalar::Primitive(*primitive),
            Kind::Index(check) => Scalar::Index(*check),
            kind => {
                let regions = operation.regions.iter().map(canonical).collect();
                return Key::Other(Rc::new((kind.clone(), operation.operands.clone(), regions)));
            }
        };
        Key::Scalar(scalar, SmallVec::from_slice(&operation.operands))
    }
}

#[derive(Default)]
struct Share {
    seen: FxHashMap<(Branch, Key), SmallVec<[Value; 2]>>,
    replaced: FxHashMap<Value, Value>,
    /// Whether branches keep what they compute.
    apart: bool,
    /// The branch that we are in, and how many there were.
    branch: Branch,
    branches: u32,
}

/// A branch by its number; 0 is none.
type Branch = u32;

impl Share {
    fn function(mut self, function: &mut Function) {
        self.block(&mut function.body);
        function.body.captures.clear();
    }

    fn regions(&mut self, operation: &mut Operation) {
        let around = self.branch;
        for region in &mut operation.regions {
            if self.apart && operation.kind == Kind::If {
                self.branches += 1;
                self.branch = self.branches;
            }
            self.block(region);
            self.branch = around;
        }
    }

    fn block(&mut self, block: &mut Block) {
        let mut entered: Vec<(Branch, Key)> = Vec::new();
        let operations = std::mem::take(&mut block.operations);
        for mut operation in operations {
            operation.operands.iter_mut().for_each(|value| *value = self.current(*value));
            self.regions(&mut operation);
            self.repeated(&mut operation);
            if !shareable(&operation) {
                block.operations.push(operation);
                continue;
            }
            let constant = matches!(operation.kind, Kind::Constant(_));
            let key = (if constant { 0 } else { self.branch }, Key::of(&operation));
            if let Some(twin) = self.seen.get(&key) {
                self.replaced.extend(operation.results.iter().copied().zip(twin.iter().copied()));
                continue;
            }
            self.seen.insert(key.clone(), SmallVec::from_slice(&operation.results));
            entered.push(key);
            block.operations.push(operation);
        }
        block.results.iter_mut().for_each(|value| *value = self.current(*value));
        block.captures = captures(block);
        for key in entered {
            self.seen.remove(&key);
        }
    }

    /// What a loop yields twice, it stacks or reduces once.
    fn repeated(&mut self, operation: &mut Operation) {
        let (Kind::Map(_) | Kind::Reduce(..), [region]) = (&operation.kind, operation.regions.as_mut_slice())
        else {
            return;
        };
        for position in (1..region.results.len()).rev() {
            let first = region.results.iter().position(|value| *value == region.results[position]);
            if let Some(first) = first.filter(|first| *first < position) {
                region.results.remove(position);
                let result = operation.results.remove(position);
                self.replaced.insert(result, operation.results[first]);
            }
        }
    }

    fn current(&self, value: Value) -> Value {
        let mut current = value;
        while let Some(twin) = self.replaced.get(&current) {
            current = *twin;
        }
        current
    }
}

/// Whether evaluating it once instead of twice is the same: no writes, and not the site dialect.
fn shareable(operation: &Operation) -> bool {
    !matches!(
        operation.kind,
        Kind::AddTo | Kind::Sample(_) | Kind::Score | Kind::Track(_) | Kind::Expect | Kind::Accumulate(_)
    ) && !operation.regions.iter().any(writes_outside)
}

/// Whether a region adds to an accumulator of an enclosing region.
fn writes_outside(block: &Block) -> bool {
    block
        .operations
        .iter()
        .any(|operation| operation.kind == Kind::AddTo || operation.regions.iter().any(writes_outside))
}

/// The first name given to what a region defines; above any real value.
const CANONICAL: u32 = 1 << 31;

/// A copy in which everything defined inside is named in order of definition and origins are dropped.
fn canonical(block: &Block) -> Block {
    let mut names = FxHashMap::default();
    rename(block, &mut names)
}

fn rename(block: &Block, names: &mut FxHashMap<Value, Value>) -> Block {
    let parameters = define(&block.parameters, names);
    let operations = block.operations.iter().map(|operation| Operation {
        kind: operation.kind.clone(),
        operands: renamed(&operation.operands, names),
        regions: operation.regions.iter().map(|region| rename(region, names)).collect(),
        results: define(&operation.results, names),
        origin: Origin(0),
    });
    let operations = operations.collect();
    let results = renamed(&block.results, names);
    Block { parameters, captures: Vec::new(), operations, results }
}

fn define(values: &[Value], names: &mut FxHashMap<Value, Value>) -> Vec<Value> {
    for value in values {
        let name = Value(CANONICAL + names.len() as u32);
        names.insert(*value, name);
    }
    renamed(values, names)
}

fn renamed(values: &[Value], names: &FxHashMap<Value, Value>) -> Vec<Value> {
    values.iter().map(|value| names.get(value).copied().unwrap_or(*value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Binding, Bound, Builder, Reduction, Type};

    /// sum_i exp(x_i) twice, and the sum of the two.
    fn twice() -> Function {
        let mut builder = Builder::new("f", Vec::new());
        let x = builder.parameter(Type::array(crate::ir::Element::F64, vec![4.into()]), Binding::Live);
        let sums: Vec<Value> = (0..2)
            .flat_map(|_| {
                builder.reduce(Reduction::Add, vec![Bound::Size(4.into())], vec![], |builder, index| {
                    let entry = builder.index(x, index, crate::ir::kind::Check::Proved);
                    vec![builder.primitive("exp", &[entry])]
                })
            })
            .collect();
        let total = builder.add(sums[0], sums[1]);
        builder.finish(vec![total])
    }

    #[test]
    fn equal_regions_become_one() {
        let mut function = twice();
        share(&mut function);
        assert_eq!(function.body.operations.len(), 2);
        let add = &function.body.operations[1];
        assert_eq!(add.operands[0], add.operands[1]);
    }

    #[test]
    fn before_derivatives_a_branch_keeps_what_it_computes() {
        let mut builder = Builder::new("f", Vec::new());
        let x = builder.parameter(Type::f64(), Binding::Live);
        let root = builder.primitive("sqrt", &[x]);
        let fails = builder.primitive("is_nan", &[root]);
        let results = builder.branch(fails, |_| vec![x], |builder| vec![builder.primitive("sqrt", &[x])]);
        let mut function = builder.finish(results);
        share_apart(&mut function);
        let kept = |function: &Function| function.body.operations[2].regions[1].operations.len();
        assert_eq!(kept(&function), 1);
        share(&mut function);
        assert_eq!(kept(&function), 0);
    }

    #[test]
    fn different_regions_stay() {
        let mut function = twice();
        let second = &mut function.body.operations[1].regions[0].operations[1];
        second.kind = Kind::Primitive(crate::primitive::Primitive::named("log"));
        share(&mut function);
        assert_eq!(function.body.operations.len(), 3);
    }
}
