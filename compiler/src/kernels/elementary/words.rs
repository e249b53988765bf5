//! Values carried as unevaluated sums of two words, where one rounding is too many.

/// `high + low`, with `low` at most about an ulp of `high`.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub(super) high: f64,
    pub(super) low: f64,
}

impl Words {
    /// `large + small` and its rounding error; exact when `|large| >= |small|` (Dekker 1971).
    #[inline(always)]
    pub(super) fn sum(large: f64, small: f64) -> Words {
        let high = large + small;
        Words { high, low: small - (high - large) }
    }

    /// The product with its rounding error, exact but for underflow.
    #[inline(always)]
    pub(super) fn product(a: f64, b: f64) -> Words {
        let high = a * b;
        Words { high, low: a.mul_add(b, -high) }
    }

    /// The quotient, rounded to one word with an error just above half an ulp.
    #[inline(always)]
    pub(super) fn quotient(self, divisor: Words) -> f64 {
        let inverse = 1.0 / divisor.high;
        let quotient = self.high * inverse;
        let remainder =
            (-quotient).mul_add(divisor.high, self.high) + (-quotient).mul_add(divisor.low, self.low);
        remainder.mul_add(inverse, quotient)
    }
}

impl From<f64> for Words {
    #[inline(always)]
    fn from(high: f64) -> Words {
        Words { high, low: 0.0 }
    }
}
