//! Sets of values.

use super::Value;

/// A set of values whose numbers lie below a bound: a bit for each.
pub struct ValueSet(Vec<u64>);

impl ValueSet {
    /// The empty set, of values with numbers below this.
    pub fn below(bound: usize) -> Self {
        ValueSet(vec![0; bound.div_ceil(64)])
    }

    /// Adds a value; whether it is new.
    ///
    /// # Panics
    /// If the value's number is not below the bound.
    pub fn insert(&mut self, value: Value) -> bool {
        let (word, bit) = (&mut self.0[value.0 as usize / 64], 1 << (value.0 % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Whether it holds a value.
    ///
    /// # Panics
    /// If the value's number is not below the bound.
    pub fn contains(&self, value: Value) -> bool {
        self.0[value.0 as usize / 64] & (1 << (value.0 % 64)) != 0
    }
}
