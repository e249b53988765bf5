//! What is known of integers: symbolic least and greatest values, polynomials in sizes. An integer whose least and
//! greatest value agree is a size. Sizes are at least zero, which is all that the comparisons here use.

use crate::ir::Polynomial;

/// The least and the greatest value, where known; both are attained at most.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Bounds {
    /// The least value.
    pub lower: Option<Polynomial>,
    /// The greatest value.
    pub upper: Option<Polynomial>,
}

impl Bounds {
    /// Any integer.
    pub fn any() -> Self {
        Self::default()
    }

    /// Just this size.
    pub fn exactly(size: Polynomial) -> Self {
        Self { lower: Some(size.clone()), upper: Some(size) }
    }

    /// From `start` up to but without `end`.
    pub fn half_open(start: Polynomial, end: Polynomial) -> Self {
        Self { lower: Some(start), upper: Some(end.minus(&1.into())) }
    }

    /// The size that it is, if it is one.
    pub fn as_size(&self) -> Option<&Polynomial> {
        self.lower.as_ref().filter(|lower| self.upper.as_ref() == Some(lower))
    }

    /// Of `a + b`.
    pub fn plus(&self, other: &Self) -> Self {
        let sum = |a: &Option<Polynomial>, b: &Option<Polynomial>| Some(a.as_ref()?.plus(b.as_ref()?));
        Self { lower: sum(&self.lower, &other.lower), upper: sum(&self.upper, &other.upper) }
    }

    /// Of `-a`.
    pub fn negate(&self) -> Self {
        let opposite = |end: &Option<Polynomial>| end.as_ref().map(|end| end.scaled(-1));
        Self { lower: opposite(&self.upper), upper: opposite(&self.lower) }
    }

    /// Of `a * b`.
    pub fn times(&self, other: &Self) -> Self {
        match (self.as_size(), other.as_size()) {
            (Some(a), Some(b)) => Self::exactly(a.times(b)),
            (Some(factor), None) if never_negative(factor) => other.scaled(factor),
            (None, Some(factor)) if never_negative(factor) => self.scaled(factor),
            _ if self.never_negative() && other.never_negative() => {
                Self { lower: Some(0.into()), upper: None }
            }
            _ => Self::any(),
        }
    }

    fn scaled(&self, factor: &Polynomial) -> Self {
        let product = |end: &Option<Polynomial>| end.as_ref().map(|end| end.times(factor));
        Self { lower: product(&self.lower), upper: product(&self.upper) }
    }

    /// Around both.
    pub fn hull(&self, other: &Self) -> Self {
        let least = |a: &Option<Polynomial>, b: &Option<Polynomial>| {
            let (a, b) = (a.as_ref()?, b.as_ref()?);
            lesser(a, b).cloned()
        };
        Self {
            lower: least(&self.lower, &other.lower),
            upper: least(&self.negate().lower, &other.negate().lower).map(|end| end.scaled(-1)),
        }
    }

    /// Whether it is proved to be at least zero.
    pub fn never_negative(&self) -> bool {
        self.lower.as_ref().is_some_and(never_negative)
    }

    /// Whether it is proved to be an index below `size`.
    pub fn is_index_below(&self, size: &Polynomial) -> bool {
        let below = |upper: &Polynomial| never_negative(&size.minus(upper).minus(&1.into()));
        self.never_negative() && self.upper.as_ref().is_some_and(below)
    }

    /// Whether no value of it is an index below `size`.
    pub fn misses_index_below(&self, size: &Polynomial) -> bool {
        let beyond = |lower: &Polynomial| never_negative(&lower.minus(size));
        let before = |upper: &Polynomial| never_negative(&upper.scaled(-1).minus(&1.into()));
        self.lower.as_ref().is_some_and(beyond) || self.upper.as_ref().is_some_and(before)
    }
}

/// Whether a polynomial is proved to be at least zero: no coefficient is negative.
pub fn never_negative(size: &Polynomial) -> bool {
    size.terms().all(|(_, coefficient)| coefficient >= 0)
}

/// The one that is proved to be at most the other.
fn lesser<'a>(a: &'a Polynomial, b: &'a Polynomial) -> Option<&'a Polynomial> {
    if never_negative(&b.minus(a)) {
        Some(a)
    } else if never_negative(&a.minus(b)) {
        Some(b)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::SizeVariable;

    #[test]
    fn an_index_is_proved_from_the_bounds_of_its_loops() {
        let (k, t) = (Polynomial::variable(SizeVariable(0)), Polynomial::variable(SizeVariable(1)));
        let step = Bounds::half_open(k.clone(), t.clone());
        let lag = Bounds::half_open(0.into(), k);
        let one = Bounds::exactly(1.into());
        let index = step.plus(&lag.negate()).plus(&one.negate());
        assert!(index.is_index_below(&t));
        assert!(!index.plus(&one).plus(&one).is_index_below(&t));
        assert!(Bounds::exactly(t.clone()).misses_index_below(&t));
    }
}
