//! Decides whether an index lies inside its axis for all sizes: affine reasoning about region bounds.
//!
//! An index is a polynomial over atoms: size parameters, region indices, lengths of run-time axes and opaque values.
//! To show `p >= 0`, indices are eliminated from the innermost outwards: where the coefficient of `i` in `p` is never
//! negative, `p` is least at `i = 0`, where it is never positive at `i = bound - 1`. What is left has size parameters
//! alone, which are at least 0, and at least what the non-empty loops around the access imply; it is not negative
//! if, shifted by those lower bounds, no coefficient is. Sound and incomplete: `if` conditions are not used.

use super::data::{Block, Function, Operation, Value};
use super::infer::sum_lengths;
use super::kind::{Bound, Check, Constant, Kind};
use super::size::{Polynomial, SizeVariable};
use super::types::Dimension;
use rustc_hash::{FxHashMap, FxHashSet};

/// Turns every checked index that provably lies inside its axis into a proved one.
pub fn mark(function: &mut Function) {
    let prover = Prover::new(function);
    let mut proved = FxHashSet::default();
    prover.visit(&function.body, &mut Vec::new(), &mut |operation, around| {
        if matches!(operation.kind, Kind::Index(Check::Checked)) && prover.in_bounds(operation, around) {
            proved.extend(operation.results.first());
        }
    });
    mark_block(&mut function.body, &proved);
}

fn mark_block(block: &mut Block, proved: &FxHashSet<Value>) {
    for operation in &mut block.operations {
        operation.regions.iter_mut().for_each(|region| mark_block(region, proved));
        if let Kind::Index(check) = &mut operation.kind
            && operation.results.first().is_some_and(|result| proved.contains(result))
        {
            *check = Check::Proved;
        }
    }
}

/// Where a value comes from, as far as proofs need it.
enum Definition<'a> {
    /// A result of an operation.
    Result(&'a Operation),
    /// A region's index, with its bound.
    Index(Polynomial),
}

/// What is known about the values of one function.
pub struct Prover<'a> {
    function: &'a Function,
    definitions: FxHashMap<Value, (usize, Definition<'a>)>,
}

/// Definitions are looked through to this depth.
const GREATEST_DEPTH: usize = 32;

impl<'a> Prover<'a> {
    /// Knows the definitions of a function that the verifier accepts.
    pub fn new(function: &'a Function) -> Self {
        let mut prover = Self { function, definitions: FxHashMap::default() };
        prover.define(&function.body);
        prover
    }

    fn define(&mut self, block: &'a Block) {
        for operation in &block.operations {
            for (index, bound) in indices(operation) {
                let bound = match bound {
                    Ok(size) => size.clone(),
                    Err(value) => self.expression(value, 0),
                };
                let order = self.definitions.len();
                self.definitions.insert(index, (order, Definition::Index(bound)));
            }
            operation.regions.iter().for_each(|region| self.define(region));
            for result in &operation.results {
                let order = self.definitions.len();
                self.definitions.insert(*result, (order, Definition::Result(operation)));
            }
        }
    }

    /// Calls `see` with each operation and the indices of the loops around it.
    pub fn visit(
        &self,
        block: &'a Block,
        around: &mut Vec<Value>,
        see: &mut impl FnMut(&'a Operation, &[Value]),
    ) {
        for operation in &block.operations {
            see(operation, around);
            let depth = around.len();
            around.extend(indices(operation).into_iter().map(|(index, _)| index));
            operation.regions.iter().for_each(|region| self.visit(region, around, see));
            around.truncate(depth);
        }
    }

    /// Whether every index of a read or an add lies inside its axis; `around` are the indices of the loops around it.
    pub fn in_bounds(&self, operation: &Operation, around: &[Value]) -> bool {
        let (array, indices) = match (&operation.kind, operation.operands.as_slice()) {
            (Kind::AddTo, [sum, indices @ .., _]) => (sum, indices),
            (_, [array, indices @ ..]) => (array, indices),
            _ => return false,
        };
        let least = self.least(around);
        indices.iter().enumerate().all(|(axis, index)| {
            let far = self.extent(*array, axis, 0);
            self.at_least_zero(*index, &least, 0) && self.below(*index, &far, &least, 0)
        })
    }

    /// Whether every proved index and every add of an operation, nested ones included, stays inside with only these
    /// loops around: an empty loop that the operation leaves may be what the proof needs not to be empty.
    pub fn stands(&self, operation: &Operation, around: &[Value]) -> bool {
        let reads = matches!(operation.kind, Kind::Index(Check::Proved) | Kind::AddTo);
        if reads && !self.in_bounds(operation, around) {
            return false;
        }
        let own = indices(operation).into_iter().map(|(index, _)| index);
        let inner: Vec<Value> = around.iter().copied().chain(own).collect();
        let nested = operation.regions.iter().flat_map(|region| &region.operations);
        nested.into_iter().all(|operation| self.stands(operation, &inner))
    }

    fn operation(&self, value: Value) -> Option<&'a Operation> {
        match self.definitions.get(&value) {
            Some((_, Definition::Result(operation))) => Some(operation),
            _ => None,
        }
    }

    /// The name and operands of the primitive that defines a value.
    fn primitive(&self, value: Value) -> Option<(&'static str, &'a [Value])> {
        let operation = self.operation(value)?;
        match &operation.kind {
            Kind::Primitive(primitive) => Some((primitive.row().name, &operation.operands)),
            _ => None,
        }
    }

    fn at_least_zero(&self, index: Value, least: &Least, depth: usize) -> bool {
        let holds = |value: &Value| depth < GREATEST_DEPTH && self.at_least_zero(*value, least, depth + 1);
        match self.primitive(index) {
            Some(("min", operands)) => operands.iter().all(holds),
            Some(("max", operands)) => operands.iter().any(holds),
            Some(("select", operands)) => operands[1..].iter().all(holds),
            _ => self.never_negative(&self.expression(index, 0), least),
        }
    }

    fn below(&self, index: Value, far: &Polynomial, least: &Least, depth: usize) -> bool {
        let holds = |value: &Value| depth < GREATEST_DEPTH && self.below(*value, far, least, depth + 1);
        match self.primitive(index) {
            Some(("min", operands)) => operands.iter().any(holds),
            Some(("max", operands)) => operands.iter().all(holds),
            Some(("select", operands)) => operands[1..].iter().all(holds),
            _ => {
                let room = far.minus(&self.expression(index, 0)).minus(&1.into());
                self.never_negative(&room, least)
            }
        }
    }

    /// An `i64` value as a polynomial over atoms.
    fn expression(&self, value: Value, depth: usize) -> Polynomial {
        let Some(operation) = self.operation(value) else { return Polynomial::variable(self.atom(value)) };
        let operand = |position: usize| self.expression(operation.operands[position], depth + 1);
        match &operation.kind {
            _ if depth > GREATEST_DEPTH => {}
            Kind::Constant(Constant::I64(n)) => return (*n).into(),
            Kind::Size(size) => return size.clone(),
            Kind::Length(axis) => return self.extent(operation.operands[0], *axis, depth + 1),
            Kind::Stop => return operand(0),
            Kind::Primitive(primitive) => match primitive.row().name {
                "add" => return operand(0).plus(&operand(1)),
                "sub" => return operand(0).minus(&operand(1)),
                "mul" => return operand(0).times(&operand(1)),
                "neg" => return operand(0).scaled(-1),
                _ => {}
            },
            _ => {}
        }
        Polynomial::variable(self.atom(value))
    }

    /// The extent of an axis; of a run-time axis, the operand that bounded what stacked it where that is known.
    fn extent(&self, array: Value, axis: usize, depth: usize) -> Polynomial {
        match self.function.type_of(array).shape.get(axis) {
            Some(Dimension::Size(size)) => return size.clone(),
            Some(Dimension::Run) => {}
            None => return Polynomial::default(),
        }
        if let Some(operation) = self.operation(array).filter(|_| depth <= GREATEST_DEPTH) {
            match &operation.kind {
                Kind::Map(_) => return self.expression(operation.operands[0], depth + 1),
                Kind::Scan { bound: Bound::Run, carried, .. }
                    if !operation.results[..*carried].contains(&array) =>
                {
                    return self.expression(operation.operands[0], depth + 1);
                }
                Kind::Accumulate(sums) => {
                    let position = operation.results.iter().position(|result| *result == array);
                    let position = position.expect("the array is a result");
                    match sum_lengths(sums, &operation.operands).nth(position) {
                        Some((_, Some(length))) => return self.expression(length, depth + 1),
                        Some((_, None)) => {}
                        None => {
                            let yielded = operation.regions[0].results[position - sums.len()];
                            return self.extent(yielded, axis, depth + 1);
                        }
                    }
                }
                Kind::Stop => return self.extent(operation.operands[0], axis, depth + 1),
                _ => {}
            }
        }
        Polynomial::variable(self.length_atom(array))
    }

    /// Atoms after the size parameters: each value, and the run-time length of each value.
    fn atom(&self, value: Value) -> SizeVariable {
        SizeVariable(self.function.sizes.len() as u32 + 2 * value.0)
    }

    fn length_atom(&self, value: Value) -> SizeVariable {
        SizeVariable(self.atom(value).0 + 1)
    }

    /// The value that an atom stands for.
    fn value_of(&self, atom: SizeVariable) -> Option<Value> {
        let number = atom.0.checked_sub(self.function.sizes.len() as u32)?;
        number.is_multiple_of(2).then_some(Value(number / 2))
    }

    /// When a value that runs from 0 below a bound was defined, and that bound: indices and remainders.
    fn range(&self, atom: SizeVariable) -> Option<(usize, Polynomial)> {
        let value = self.value_of(atom)?;
        match self.definitions.get(&value)? {
            (order, Definition::Index(bound)) => Some((*order, bound.clone())),
            (order, Definition::Result(_)) => match self.primitive(value) {
                Some(("floor_mod", operands)) => {
                    let divisor = self.expression(operands[1], 0);
                    divisor.as_constant().is_some_and(|n| n > 0).then_some((*order, divisor))
                }
                _ => None,
            },
        }
    }

    /// Lower bounds of atoms that follow from the loops around being entered.
    fn least(&self, around: &[Value]) -> Least {
        let mut least = Least::default();
        for index in around {
            let Some((_, Definition::Index(bound))) = self.definitions.get(index) else { continue };
            let terms: Vec<(&[SizeVariable], i64)> = bound.terms().collect();
            let (constant, rest) = match terms.as_slice() {
                [([], constant), rest @ ..] => (*constant, rest),
                rest => (0, rest),
            };
            match rest {
                [([atom], factor)] if *factor > 0 => least.raise(
                    *atom,
                    (1 - constant).div_euclid(*factor) + i64::from((1 - constant).rem_euclid(*factor) > 0),
                ),
                [(atoms, factor)] if *factor > 0 && constant <= 0 && self.all_sizes(atoms) => {
                    atoms.iter().for_each(|atom| least.raise(*atom, 1));
                }
                _ => {}
            }
        }
        least
    }

    fn all_sizes(&self, atoms: &[SizeVariable]) -> bool {
        atoms.iter().all(|atom| self.value_of(*atom).is_none())
    }

    /// Whether the polynomial is at least 0 for all values of its atoms; see the file's doc.
    fn never_negative(&self, polynomial: &Polynomial, least: &Least) -> bool {
        let ranged = polynomial.terms().flat_map(|(monomial, _)| monomial.to_vec());
        let innermost = ranged
            .filter_map(|atom| self.range(atom).map(|(order, bound)| (order, atom, bound)))
            .max_by_key(|(order, ..)| *order);
        let Some((_, atom, bound)) = innermost else { return self.settled(polynomial, least) };
        let Some((rest, coefficient)) = linear_in(polynomial, atom) else { return false };
        if self.never_negative(&coefficient, least) {
            return self.never_negative(&rest, least);
        }
        let last = rest.plus(&coefficient.times(&bound.minus(&1.into())));
        self.never_negative(&coefficient.scaled(-1), least) && self.never_negative(&last, least)
    }

    /// Whether no coefficient is negative once each atom is counted from its lower bound.
    fn settled(&self, polynomial: &Polynomial, least: &Least) -> bool {
        let mut shifted = Polynomial::default();
        for (monomial, coefficient) in polynomial.terms() {
            let mut product = Polynomial::constant(coefficient);
            for atom in monomial {
                let floor = match (least.0.get(atom), self.value_of(*atom)) {
                    (Some(floor), _) => *floor,
                    (None, None) => 0,
                    (None, Some(_)) => return false,
                };
                product = product.times(&Polynomial::variable(*atom).plus(&floor.into()));
            }
            shifted = shifted.plus(&product);
        }
        shifted.terms().all(|(_, coefficient)| coefficient >= 0)
    }
}

/// Lower bounds of atoms.
#[derive(Default)]
struct Least(FxHashMap<SizeVariable, i64>);

impl Least {
    fn raise(&mut self, atom: SizeVariable, floor: i64) {
        let known = self.0.entry(atom).or_insert(floor);
        *known = (*known).max(floor);
    }
}

/// `rest + coefficient * atom`, where neither has the atom.
fn linear_in(polynomial: &Polynomial, atom: SizeVariable) -> Option<(Polynomial, Polynomial)> {
    let (mut rest, mut coefficient) = (Polynomial::default(), Polynomial::default());
    for (monomial, factor) in polynomial.terms() {
        let mut others = monomial.to_vec();
        others.retain(|other| *other != atom);
        let product = others.iter().fold(Polynomial::constant(factor), |product, other| {
            product.times(&Polynomial::variable(*other))
        });
        match monomial.len() - others.len() {
            0 => rest = rest.plus(&product),
            1 => coefficient = coefficient.plus(&product),
            _ => return None,
        }
    }
    Some((rest, coefficient))
}

/// The indices that an operation's region has, each with its bound: a size, or the operand that holds it.
fn indices(operation: &Operation) -> Vec<(Value, Result<&Polynomial, Value>)> {
    let bounds = match &operation.kind {
        Kind::Map(bounds) | Kind::Reduce(_, bounds) => bounds.as_slice(),
        Kind::Scan { bound, .. } => std::slice::from_ref(bound),
        _ => return Vec::new(),
    };
    let mut operands = operation.operands.iter();
    let parameters = operation.regions.first().map_or(&[][..], |region| &region.parameters);
    let pairs = parameters.iter().zip(bounds).filter_map(|(index, bound)| match bound {
        Bound::Size(size) => Some((*index, Ok(size))),
        Bound::Run => operands.next().map(|value| (*index, Err(*value))),
    });
    pairs.collect()
}
