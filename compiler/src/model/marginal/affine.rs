//! Indices that are affine in loop indices: what decides which entries of a site a term reads.

use crate::ir::{Builder, Polynomial, Value};

/// An index that runs: of a loop of the source, or an axis of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Axis(pub u32);

/// A polynomial in sizes plus multiples of axes: `N - 1 - t`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affine {
    pub constant: Polynomial,
    /// Sorted by axis; no factor is zero.
    terms: Vec<(Axis, i64)>,
}

impl Affine {
    /// The same everywhere.
    pub fn constant(constant: Polynomial) -> Self {
        Self { constant, terms: Vec::new() }
    }

    /// The axis itself.
    pub fn axis(axis: Axis) -> Self {
        Self { constant: Polynomial::default(), terms: vec![(axis, 1)] }
    }

    pub fn plus(&self, other: &Self) -> Self {
        let mut terms: Vec<(Axis, i64)> = Vec::new();
        let mut all: Vec<(Axis, i64)> = self.terms.iter().chain(&other.terms).copied().collect();
        all.sort_unstable();
        for (axis, factor) in all {
            match terms.last_mut() {
                Some((last, sum)) if *last == axis => *sum += factor,
                _ => terms.push((axis, factor)),
            }
        }
        terms.retain(|(_, factor)| *factor != 0);
        Self { constant: self.constant.plus(&other.constant), terms }
    }

    pub fn scaled(&self, by: i64) -> Self {
        let terms = self.terms.iter().map(|(axis, factor)| (*axis, factor * by));
        Self { constant: self.constant.scaled(by), terms: terms.filter(|(_, factor)| *factor != 0).collect() }
    }

    pub fn minus(&self, other: &Self) -> Self {
        self.plus(&other.scaled(-1))
    }

    /// The number that it is everywhere, if it is one.
    pub fn as_number(&self) -> Option<i64> {
        if self.terms.is_empty() { self.constant.as_constant() } else { None }
    }

    /// The axes in it.
    pub fn axes(&self) -> impl Iterator<Item = Axis> {
        self.terms.iter().map(|(axis, _)| *axis)
    }

    /// No axis, or one whose factor is 1 or -1: what can be solved for the axis.
    pub fn step(&self) -> Option<Step> {
        match self.terms.as_slice() {
            [] => Some(Step::Fixed),
            [(axis, sign @ (1 | -1))] => Some(Step::Along(*axis, *sign)),
            _ => None,
        }
    }

    /// With axes replaced; none where an axis in it has no replacement.
    pub fn substitute(&self, by: impl Fn(Axis) -> Option<Affine>) -> Option<Self> {
        let start = Self::constant(self.constant.clone());
        self.terms.iter().try_fold(start, |sum, (axis, factor)| Some(sum.plus(&by(*axis)?.scaled(*factor))))
    }

    /// Its value where axes have these values.
    pub fn emit(&self, builder: &mut Builder, axes: &[(Axis, Value)]) -> Value {
        let mut sum = match self.constant.as_constant() {
            Some(0) if !self.terms.is_empty() => None,
            Some(number) => Some(builder.i64(number)),
            None => Some(builder.size(self.constant.clone())),
        };
        for (axis, factor) in &self.terms {
            let (_, value) = *axes.iter().find(|(known, _)| known == axis).expect("every axis has a value");
            let term = match factor {
                1 | -1 => value,
                _ => {
                    let factor = builder.i64(factor.abs());
                    builder.mul(value, factor)
                }
            };
            sum = Some(match (sum, *factor < 0) {
                (None, false) => term,
                (None, true) => builder.neg(term),
                (Some(sum), false) => builder.add(sum, term),
                (Some(sum), true) => builder.sub(sum, term),
            });
        }
        sum.expect("a constant or a term")
    }
}

/// See [`Affine::step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One entry.
    Fixed,
    /// The entries along an axis, ascending (1) or descending (-1).
    Along(Axis, i64),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::SizeVariable;

    #[test]
    fn what_cancels_is_gone() {
        let t = Affine::axis(Axis(3));
        let n = Affine::constant(Polynomial::variable(SizeVariable(0)));
        let back = n.minus(&t);
        assert_eq!(back.step(), Some(Step::Along(Axis(3), -1)));
        assert_eq!(back.plus(&t).minus(&n).as_number(), Some(0));
        assert_eq!(t.scaled(2).step(), None);
        assert_eq!(back.substitute(|_| Some(n.clone())), Some(Affine::default()));
        assert_eq!(back.substitute(|_| None), None);
    }
}
