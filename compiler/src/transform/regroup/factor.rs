//! Moves literal factors that are powers of two outward: through products, quotients and sums of equal factors, out of
//! reduces and maps, until they cancel or meet.
//!
//! `-0.5 * z + -0.5 * z` becomes `-z`, the sum of `-0.5 * (z_i * z_i)` becomes `-0.5` times the sum of squares. A value
//! with a factor keeps its definition; what reads it is rewritten, and `prune` removes what nothing reads.

use super::{Writer, is_float};
use crate::ir::build::captures;
use crate::ir::{Block, Constant, Function, Kind, Operation, Reduction, Type, Value};
use rustc_hash::{FxHashMap, FxHashSet};

/// Factors are between the reciprocal of this and this, so that only products far outside what programs compute
/// overflow or vanish on another path.
const GREATEST: f64 = 18_446_744_073_709_551_616.0;

/// Moves factors in place.
pub(super) fn factor(function: &mut Function) {
    let mut whole: FxHashSet<Value> = function.body.results.iter().copied().collect();
    read_whole(&function.body, &function.types, &mut whole);
    let mut pass = Factors {
        types: std::mem::take(&mut function.types),
        whole,
        literals: FxHashMap::default(),
        factored: FxHashMap::default(),
        replaced: FxHashMap::default(),
    };
    pass.block(&mut function.body);
    function.types = pass.types;
    function.body.captures.clear();
}

/// `factor * base`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Factored {
    factor: f64,
    base: Value,
}

struct Factors {
    types: Vec<Type>,
    /// Arrays that something reads other than entry by entry.
    whole: FxHashSet<Value>,
    literals: FxHashMap<Value, f64>,
    factored: FxHashMap<Value, Factored>,
    replaced: FxHashMap<Value, Value>,
}

/// Collects the values that are read other than as scalars or at an index of every axis.
fn read_whole(block: &Block, types: &[Type], whole: &mut FxHashSet<Value>) {
    for operation in &block.operations {
        let entry =
            matches!(operation.kind, Kind::Index(_)) && types[operation.results[0].0 as usize].is_scalar();
        whole.extend(operation.operands.iter().skip(usize::from(entry)));
        for region in &operation.regions {
            whole.extend(&region.results);
            read_whole(region, types, whole);
        }
    }
}

impl Factors {
    fn block(&mut self, block: &mut Block) {
        for mut operation in std::mem::take(&mut block.operations) {
            operation.operands.iter_mut().for_each(|value| *value = self.current(*value));
            operation.regions.iter_mut().for_each(|region| self.block(region));
            self.operation(operation, &mut block.operations);
        }
        block.results.iter_mut().for_each(|value| *value = self.current(*value));
        block.captures = captures(block);
    }

    fn current(&self, value: Value) -> Value {
        self.replaced.get(&value).copied().unwrap_or(value)
    }

    fn of(&self, value: Value) -> Factored {
        self.factored.get(&value).copied().unwrap_or(Factored { factor: 1.0, base: value })
    }

    fn operation(&mut self, mut operation: Operation, out: &mut Vec<Operation>) {
        match &operation.kind {
            Kind::Constant(Constant::F64(x)) => {
                self.literals.insert(operation.results[0], *x);
            }
            Kind::Constant(Constant::F32(x)) => {
                self.literals.insert(operation.results[0], f64::from(*x));
            }
            Kind::Primitive(primitive) if is_float(&self.types[operation.results[0].0 as usize]) => {
                return self.primitive(primitive.row().name, operation, out);
            }
            Kind::Index(_) => {
                let Factored { factor, base } = self.of(operation.operands[0]);
                if factor != 1.0 {
                    let result = operation.results[0];
                    operation.operands[0] = base;
                    operation.results[0] = self.fresh(result);
                    let factored = Factored { factor, base: operation.results[0] };
                    let origin = operation.origin;
                    out.push(operation);
                    let mut writer = Writer { types: &mut self.types, out, origin };
                    return define(&mut writer, &mut self.factored, result, factored);
                }
            }
            Kind::Reduce(Reduction::Add, _) => return self.reduce(operation, out),
            Kind::Map(_) => self.map(&mut operation),
            _ => {}
        }
        out.push(operation);
    }

    fn fresh(&mut self, like: Value) -> Value {
        self.types.push(self.types[like.0 as usize].clone());
        Value(self.types.len() as u32 - 1)
    }

    fn primitive(&mut self, name: &'static str, operation: Operation, out: &mut Vec<Operation>) {
        let result = operation.results[0];
        let operands: Vec<Factored> = operation.operands.iter().map(|value| self.of(*value)).collect();
        let literals: Vec<Option<f64>> = operation
            .operands
            .iter()
            .map(|value| self.literals.get(value).copied().filter(|x| moves(*x)))
            .collect();
        let mut writer = Writer { types: &mut self.types, out, origin: operation.origin };
        let found = match (name, operands.as_slice(), literals.as_slice()) {
            ("neg", [a], _) => Some(Factored { factor: -a.factor, base: a.base }),
            ("mul", [_, b], [Some(literal), None]) => {
                Some(Factored { factor: literal * b.factor, base: b.base })
            }
            ("mul", [a, _], [None, Some(literal)]) => {
                Some(Factored { factor: literal * a.factor, base: a.base })
            }
            ("div", [a, _], [None, Some(literal)]) => {
                Some(Factored { factor: a.factor / literal, base: a.base })
            }
            ("mul", [a, b], _) if (a.factor, b.factor) != (1.0, 1.0) => {
                Some(Factored { factor: a.factor * b.factor, base: writer.apply("mul", &[a.base, b.base]) })
            }
            ("div", [a, b], _) if (a.factor, b.factor) != (1.0, 1.0) => {
                Some(Factored { factor: a.factor / b.factor, base: writer.apply("div", &[a.base, b.base]) })
            }
            ("add", [a, b], _) if a == b => Some(Factored { factor: 2.0 * a.factor, base: a.base }),
            ("add", [a, b], _) => sum(&mut writer, *a, *b),
            ("sub", [a, b], _) => sum(&mut writer, *a, Factored { factor: -b.factor, base: b.base }),
            _ => None,
        };
        match found.filter(|found| moves(found.factor)) {
            Some(Factored { factor: 1.0, base }) => {
                self.replaced.insert(result, base);
            }
            Some(found) => define(&mut writer, &mut self.factored, result, found),
            None => out.push(operation),
        }
    }

    /// The sum of `factor * x` is `factor` times the sum of `x`.
    fn reduce(&mut self, mut operation: Operation, out: &mut Vec<Operation>) {
        let mut outside = Vec::new();
        for position in 0..operation.results.len() {
            let Factored { factor, base } = self.of(operation.regions[0].results[position]);
            if factor != 1.0 {
                let result = operation.results[position];
                operation.regions[0].results[position] = base;
                operation.results[position] = self.fresh(result);
                outside.push((result, Factored { factor, base: operation.results[position] }));
            }
        }
        operation.regions[0].captures = captures(&operation.regions[0]);
        let origin = operation.origin;
        out.push(operation);
        for (result, factored) in outside {
            let mut writer = Writer { types: &mut self.types, out, origin };
            define(&mut writer, &mut self.factored, result, factored);
        }
    }

    /// An array of `factor * x` that is read entry by entry is an array of `x`.
    fn map(&mut self, operation: &mut Operation) {
        for position in 0..operation.results.len() {
            let result = operation.results[position];
            let Factored { factor, base } = self.of(operation.regions[0].results[position]);
            if factor != 1.0 && !self.whole.contains(&result) {
                operation.regions[0].results[position] = base;
                operation.results[position] = self.fresh(result);
                self.factored.insert(result, Factored { factor, base: operation.results[position] });
            }
        }
        operation.regions[0].captures = captures(&operation.regions[0]);
    }
}

/// Writes the value out, for what reads it as it is, and notes its factor.
fn define(
    writer: &mut Writer,
    factored: &mut FxHashMap<Value, Factored>,
    result: Value,
    Factored { factor, base }: Factored,
) {
    writer.scaled(factor, base, result);
    factored.insert(result, Factored { factor, base });
}

/// The sum of two values whose factors differ in sign at most, unless there is nothing to move.
fn sum(writer: &mut Writer, a: Factored, b: Factored) -> Option<Factored> {
    if a.factor.abs() != b.factor.abs() || a.factor == 1.0 {
        return None;
    }
    let base = match (a.factor == b.factor, a.factor == -1.0) {
        (true, _) => writer.apply("add", &[a.base, b.base]),
        (false, true) => writer.apply("sub", &[b.base, a.base]),
        (false, false) => writer.apply("sub", &[a.base, b.base]),
    };
    let factor = if a.factor == -1.0 && b.factor == 1.0 { 1.0 } else { a.factor };
    Some(Factored { factor, base })
}

/// Whether a factor changes no digits and is of moderate size.
fn moves(factor: f64) -> bool {
    let exact = factor.to_bits() << 12 == 0;
    exact && (1.0 / GREATEST..=GREATEST).contains(&factor.abs())
}
