//! Affine arithmetic on indices.

use super::data::{Address, Affine, BufferName, Extent, Register};

impl Affine {
    /// The same number always.
    pub fn constant(constant: i64) -> Self {
        Self { constant, terms: Vec::new() }
    }

    /// A register's value.
    pub fn register(register: Register) -> Self {
        Self { constant: 0, terms: vec![(register, 1)] }
    }

    /// `self + coefficient * register`.
    pub fn plus_times(&self, register: Register, coefficient: i64) -> Self {
        self.plus(&Self { constant: 0, terms: vec![(register, coefficient)] })
    }

    /// `self + n`.
    pub fn offset(&self, n: i64) -> Self {
        Self { constant: self.constant.wrapping_add(n), terms: self.terms.clone() }
    }

    /// Sum.
    pub fn plus(&self, other: &Self) -> Self {
        let mut terms: Vec<(Register, i64)> = Vec::with_capacity(self.terms.len() + other.terms.len());
        let mut all: Vec<(Register, i64)> = self.terms.iter().chain(&other.terms).copied().collect();
        all.sort();
        for (register, coefficient) in all {
            match terms.last_mut() {
                Some((last, sum)) if *last == register => *sum = sum.wrapping_add(coefficient),
                _ => terms.push((register, coefficient)),
            }
        }
        terms.retain(|(_, coefficient)| *coefficient != 0);
        Self { constant: self.constant.wrapping_add(other.constant), terms }
    }

    /// Product with a number.
    pub fn scaled(&self, factor: i64) -> Self {
        let terms = self.terms.iter().map(|(register, c)| (*register, c.wrapping_mul(factor)));
        Self {
            constant: self.constant.wrapping_mul(factor),
            terms: terms.filter(|(_, coefficient)| *coefficient != 0).collect(),
        }
    }

    /// How much it grows when the register grows by one.
    pub fn coefficient(&self, register: Register) -> i64 {
        self.terms.iter().find(|(found, _)| *found == register).map_or(0, |(_, coefficient)| *coefficient)
    }

    /// The number, where no register is left.
    pub fn as_constant(&self) -> Option<i64> {
        self.terms.is_empty().then_some(self.constant)
    }
}

impl Extent {
    /// As an affine expression.
    pub fn affine(self) -> Affine {
        match self {
            Extent::Size(n) => Affine::constant(n),
            Extent::Run(register) => Affine::register(register),
        }
    }

    /// The number, where it is known.
    pub fn as_size(self) -> Option<i64> {
        match self {
            Extent::Size(n) => Some(n),
            Extent::Run(_) => None,
        }
    }
}

impl Address {
    /// An entry of a buffer.
    pub fn new(buffer: BufferName, entry: Affine) -> Self {
        Self { buffer, entry }
    }
}
