//! Exact sums and products of two doubles, as an unevaluated pair.
//!
//! An exponent of size 700 rounded to a double already costs 1e-13 of its exponential, so the prefactors of
//! the incomplete integrals carry theirs as a pair (Dekker 1971, Numerische Mathematik 18, 224-242).

use std::ops::{Add, Mul, Neg};

/// The unevaluated sum `high + low`, with `|low|` at most half a unit in the last place of `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    /// The double nearest to the value.
    pub high: f64,
    /// What rounding to `high` left over.
    pub low: f64,
}

impl Pair {
    /// `a + b`, exactly.
    pub fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let part = high - a;
        Pair { high, low: (a - (high - part)) + (b - part) }
    }

    /// `a * b`, exactly unless it underflows.
    pub fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Pair { high, low: a.mul_add(b, -high) }
    }

    /// The quotient, to about 2^-100.
    pub fn quotient(self, divisor: Pair) -> Self {
        let high = self.high / divisor.high;
        let rest = (-high).mul_add(divisor.high, self.high) + self.low - high * divisor.low;
        Pair::sum(high, rest / divisor.high)
    }
}

impl From<f64> for Pair {
    fn from(value: f64) -> Self {
        Pair { high: value, low: 0.0 }
    }
}

impl Neg for Pair {
    type Output = Pair;

    fn neg(self) -> Pair {
        Pair { high: -self.high, low: -self.low }
    }
}

impl Add for Pair {
    type Output = Pair;

    fn add(self, other: Pair) -> Pair {
        let highs = Pair::sum(self.high, other.high);
        let lows = Pair::sum(self.low, other.low);
        let first = Pair::sum(highs.high, highs.low + lows.high);
        Pair::sum(first.high, first.low + lows.low)
    }
}

impl Mul for Pair {
    type Output = Pair;

    fn mul(self, other: Pair) -> Pair {
        let highs = Pair::product(self.high, other.high);
        Pair::sum(highs.high, highs.low + (self.high * other.low + self.low * other.high))
    }
}
