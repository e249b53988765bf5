//! How small and how great a register can be, as far as loops, clipped counts and checked indices tell.

use crate::ir::Constant;
use crate::kernel::data::{Affine, Expression, Extent, Loop, Register, Requirement};
use rustc_hash::FxHashMap;

/// Bounds are put into one another so many times.
const FUEL: u32 = 12;

/// What is known of one register.
#[derive(Clone, Default)]
struct Range {
    /// When it was first heard of.
    age: usize,
    least: Vec<Affine>,
    greatest: Vec<Affine>,
}

/// What is known of registers.
#[derive(Default)]
pub(super) struct Ranges {
    known: FxHashMap<Register, Range>,
}

impl Ranges {
    fn of(&mut self, register: Register) -> &mut Range {
        let age = self.known.len();
        self.known.entry(register).or_insert_with(|| Range { age, ..Range::default() })
    }

    /// A register that is assigned by an expression.
    pub(super) fn assign(&mut self, register: Register, expression: &Expression) {
        let range = self.of(register);
        match expression {
            Expression::Constant(Constant::I64(n)) => range.is(Affine::constant(*n)),
            Expression::Affine(affine) => range.is(affine.clone()),
            Expression::Primitive(primitive, operands) => match primitive.row().name {
                "min" => range.greatest.extend(operands.iter().copied().map(Affine::register)),
                "max" => range.least.extend(operands.iter().copied().map(Affine::register)),
                _ => {}
            },
            _ => {}
        }
    }

    /// The index of a loop that is entered.
    pub(super) fn enter(&mut self, nested: &Loop) {
        self.inside(nested.index, nested.bound);
    }

    /// What holds after a requirement.
    pub(super) fn require(&mut self, requirement: &Requirement) {
        if let Requirement::Inside(index, extent) = requirement {
            self.inside(*index, *extent);
        }
    }

    fn inside(&mut self, register: Register, extent: Extent) {
        let range = self.of(register);
        range.least.push(Affine::constant(0));
        range.greatest.push(extent.affine().offset(-1));
    }

    /// The greatest value that the expression can have, where bounds are known.
    pub(super) fn greatest(&self, affine: &Affine) -> Option<i64> {
        self.extreme(affine, FUEL)
    }

    /// The least.
    pub(super) fn least(&self, affine: &Affine) -> Option<i64> {
        self.extreme(&affine.scaled(-1), FUEL).map(|greatest| -greatest)
    }

    /// Puts bounds in the place of the register that was last heard of: those are in terms of the others.
    fn extreme(&self, affine: &Affine, fuel: u32) -> Option<i64> {
        let age = |register: &Register| self.known.get(register).map(|range| range.age);
        let Some((register, coefficient)) = affine.terms.iter().max_by_key(|(register, _)| age(register))
        else {
            return Some(affine.constant);
        };
        let range = self.known.get(register)?;
        let bounds = if *coefficient > 0 { &range.greatest } else { &range.least };
        let rest = affine.plus_times(*register, -coefficient);
        let fuel = fuel.checked_sub(1)?;
        bounds.iter().filter_map(|bound| self.extreme(&rest.plus(&bound.scaled(*coefficient)), fuel)).min()
    }
}

impl Range {
    fn is(&mut self, affine: Affine) {
        self.least.push(affine.clone());
        self.greatest.push(affine);
    }
}
