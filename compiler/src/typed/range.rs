//! What is known of the sign and size of real numbers: an interval, each end open or closed.
//!
//! Rounding is ignored: `exp(x)` is positive although it may underflow to zero.

use std::fmt;

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    /// The number; infinite where there is no end.
    pub value: f64,
    /// Whether the number itself is excluded.
    pub open: bool,
}

/// The numbers from `lower` to `upper`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower end.
    pub lower: End,
    /// The upper end.
    pub upper: End,
}

const fn closed(value: f64) -> End {
    End { value, open: false }
}

const fn open(value: f64) -> End {
    End { value, open: true }
}

impl Range {
    /// Every number.
    pub const ANY: Range = Range { lower: closed(f64::NEG_INFINITY), upper: closed(f64::INFINITY) };
    /// Above zero.
    pub const POSITIVE: Range = Range { lower: open(0.0), upper: closed(f64::INFINITY) };
    /// Zero and above.
    pub const NONNEGATIVE: Range = Range { lower: closed(0.0), upper: closed(f64::INFINITY) };
    /// From zero to one.
    pub const UNIT: Range = Range { lower: closed(0.0), upper: closed(1.0) };

    /// From `lower` to `upper`, both included.
    pub fn between(lower: f64, upper: f64) -> Self {
        Self { lower: closed(lower), upper: closed(upper) }
    }

    /// Just this number.
    pub fn exactly(value: f64) -> Self {
        if value.is_nan() { Self::ANY } else { Self { lower: closed(value), upper: closed(value) } }
    }

    /// Whether every number of it lies in `other`.
    pub fn lies_in(self, other: Range) -> bool {
        above(self.lower, other.lower) && above(negated(self.upper), negated(other.upper))
    }

    /// Whether no number lies in both.
    pub fn misses(self, other: Range) -> bool {
        let beyond = |upper: End, lower: End| {
            upper.value < lower.value || (upper.value == lower.value && (upper.open || lower.open))
        };
        beyond(self.upper, other.lower) || beyond(other.upper, self.lower)
    }

    /// The smallest range around both.
    pub fn hull(self, other: Range) -> Range {
        let lower = if above(self.lower, other.lower) { other.lower } else { self.lower };
        let upper = if above(negated(self.upper), negated(other.upper)) { other.upper } else { self.upper };
        Range { lower, upper }
    }

    /// The numbers in both.
    pub fn meet(self, other: Range) -> Range {
        let lower = if above(self.lower, other.lower) { self.lower } else { other.lower };
        let upper = if above(negated(self.upper), negated(other.upper)) { self.upper } else { other.upper };
        Range { lower, upper }
    }

    /// Of `-x`.
    pub fn negate(self) -> Range {
        Range { lower: negated(self.upper), upper: negated(self.lower) }
    }

    /// Of `x + y`.
    pub fn plus(self, other: Range) -> Range {
        let sum = |a: End, b: End| End { value: a.value + b.value, open: a.open || b.open };
        Range { lower: sum(self.lower, other.lower), upper: sum(self.upper, other.upper) }
    }

    /// Of `x * y`.
    pub fn times(self, other: Range) -> Range {
        let corners = [
            corner(self.lower, other.lower),
            corner(self.lower, other.upper),
            corner(self.upper, other.lower),
            corner(self.upper, other.upper),
        ];
        let points = corners.map(|end| Range { lower: end, upper: end });
        points.into_iter().reduce(Range::hull).expect("there are four corners")
    }

    /// Of `1 / x`.
    pub fn reciprocal(self) -> Range {
        let inverse = |end: End| match end.value {
            v if v.is_infinite() => open(0.0),
            v => End { value: 1.0 / v, ..end },
        };
        if self.lies_in(Range::POSITIVE) {
            let upper = if self.lower.value == 0.0 { closed(f64::INFINITY) } else { inverse(self.lower) };
            Range { lower: inverse(self.upper), upper }
        } else if self.negate().lies_in(Range::POSITIVE) {
            self.negate().reciprocal().negate()
        } else if self.lies_in(Range::NONNEGATIVE) {
            Range::POSITIVE
        } else {
            Range::ANY
        }
    }

    /// Of `x ^ n`.
    pub fn power(self, exponent: Range) -> Range {
        let whole = (exponent.lower == exponent.upper && exponent.lower.value.fract() == 0.0)
            .then_some(exponent.lower.value);
        match whole {
            Some(0.0) => Range::exactly(1.0),
            Some(1.0) => self,
            Some(n) if n % 2.0 == 0.0 && self.misses(Range::exactly(0.0)) => Range::POSITIVE,
            Some(n) if n % 2.0 == 0.0 => Range::NONNEGATIVE,
            _ if self.lies_in(Range::POSITIVE) => Range::POSITIVE,
            _ if self.lies_in(Range::NONNEGATIVE) => Range::NONNEGATIVE,
            _ => Range::ANY,
        }
    }
}

/// Whether a lower end `a` excludes all that the lower end `b` excludes.
fn above(a: End, b: End) -> bool {
    a.value > b.value || (a.value == b.value && (a.open || !b.open))
}

fn negated(end: End) -> End {
    End { value: -end.value, ..end }
}

/// The product of two ends; zero times infinity is zero here, since an infinite end is never attained.
fn corner(a: End, b: End) -> End {
    match (a.value == 0.0, b.value == 0.0) {
        (false, false) => End { value: a.value * b.value, open: a.open || b.open },
        (true, true) => End { value: 0.0, open: a.open && b.open },
        (true, false) => End { value: 0.0, ..a },
        (false, true) => End { value: 0.0, ..b },
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Range::ANY => f.write_str("real"),
            Range::POSITIVE => f.write_str("positive"),
            Range::UNIT => f.write_str("unit"),
            _ => write!(f, "interval({}, {})", self.lower.value, self.upper.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_pass_through_arithmetic() {
        let one = Range::exactly(1.0);
        assert_eq!(one.plus(Range::UNIT.negate()), Range::UNIT);
        assert_eq!(Range::POSITIVE.times(Range::POSITIVE), Range::POSITIVE);
        assert_eq!(Range::POSITIVE.times(Range::NONNEGATIVE), Range::NONNEGATIVE);
        assert_eq!(Range::POSITIVE.plus(Range::NONNEGATIVE), Range::POSITIVE);
        assert_eq!(Range::POSITIVE.reciprocal(), Range::POSITIVE);
        assert_eq!(Range::ANY.times(Range::POSITIVE), Range::ANY);
        assert_eq!(Range::ANY.power(Range::exactly(2.0)), Range::NONNEGATIVE);
        assert_eq!(Range::between(2.0, 4.0).reciprocal(), Range::between(0.25, 0.5));
    }

    #[test]
    fn containment_respects_open_ends() {
        assert!(Range::POSITIVE.lies_in(Range::NONNEGATIVE));
        assert!(!Range::NONNEGATIVE.lies_in(Range::POSITIVE));
        assert!(Range::exactly(0.0).misses(Range::POSITIVE));
        assert!(!Range::UNIT.misses(Range::POSITIVE));
    }
}
