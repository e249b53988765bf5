//! Sizes as integer polynomials in a function's size parameters, kept in normal form so that two are equal
//! exactly when they print the same.

use std::fmt;

/// A size parameter of a function, by position: `N` in `fn @f[N]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SizeVariable(pub u32);

/// A product of size parameters, sorted, repetition meaning a power. Empty is the constant term.
type Monomial = Vec<SizeVariable>;

/// An integer polynomial in size parameters: `2*N*K - 1`.
///
/// Terms are sorted by monomial and no coefficient is zero, so equality of normal forms is equality.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Polynomial {
    terms: Vec<(Monomial, i64)>,
}

impl Polynomial {
    /// The polynomial that is `n` everywhere.
    pub fn constant(n: i64) -> Self {
        Self::from_terms(vec![(Vec::new(), n)])
    }

    /// The size parameter itself.
    pub fn variable(variable: SizeVariable) -> Self {
        Self::from_terms(vec![(vec![variable], 1)])
    }

    fn from_terms(mut terms: Vec<(Monomial, i64)>) -> Self {
        terms.sort();
        let mut merged: Vec<(Monomial, i64)> = Vec::with_capacity(terms.len());
        for (monomial, coefficient) in terms {
            match merged.last_mut() {
                Some((last, sum)) if *last == monomial => *sum = sum.wrapping_add(coefficient),
                _ => merged.push((monomial, coefficient)),
            }
        }
        merged.retain(|(_, coefficient)| *coefficient != 0);
        Self { terms: merged }
    }

    /// Sum.
    pub fn plus(&self, other: &Self) -> Self {
        Self::from_terms(self.terms.iter().chain(&other.terms).cloned().collect())
    }

    /// Difference.
    pub fn minus(&self, other: &Self) -> Self {
        self.plus(&other.scaled(-1))
    }

    /// Every coefficient times `factor`.
    pub fn scaled(&self, factor: i64) -> Self {
        Self::from_terms(self.terms.iter().map(|(m, c)| (m.clone(), c.wrapping_mul(factor))).collect())
    }

    /// Product.
    pub fn times(&self, other: &Self) -> Self {
        let mut terms = Vec::with_capacity(self.terms.len() * other.terms.len());
        for (left, a) in &self.terms {
            for (right, b) in &other.terms {
                let mut monomial = [left.as_slice(), right.as_slice()].concat();
                monomial.sort();
                terms.push((monomial, a.wrapping_mul(*b)));
            }
        }
        Self::from_terms(terms)
    }

    /// The number, if no size parameter is left.
    pub fn as_constant(&self) -> Option<i64> {
        match self.terms.as_slice() {
            [] => Some(0),
            [(monomial, n)] if monomial.is_empty() => Some(*n),
            _ => None,
        }
    }

    /// The size parameter, if it is one and nothing else.
    pub fn as_variable(&self) -> Option<SizeVariable> {
        match self.terms.as_slice() {
            [(monomial, 1)] if monomial.len() == 1 => Some(monomial[0]),
            _ => None,
        }
    }

    /// Replaces each size parameter by the polynomial at its position.
    ///
    /// # Panics
    /// If a parameter has no replacement: the caller passes one for each size of the function.
    pub fn substitute(&self, sizes: &[Polynomial]) -> Self {
        let mut sum = Self::default();
        for (monomial, coefficient) in &self.terms {
            let mut product = Self::constant(*coefficient);
            for variable in monomial {
                product = product.times(&sizes[variable.0 as usize]);
            }
            sum = sum.plus(&product);
        }
        sum
    }

    /// Its value for given sizes, or none where the arithmetic leaves `i64`.
    pub fn evaluate(&self, sizes: &[i64]) -> Option<i64> {
        self.terms.iter().try_fold(0i64, |sum, (monomial, coefficient)| {
            let term = monomial.iter().try_fold(*coefficient, |p, v| p.checked_mul(sizes[v.0 as usize]))?;
            sum.checked_add(term)
        })
    }

    /// The terms of the normal form: the parameters multiplied (sorted) and their coefficient.
    pub fn terms(&self) -> impl Iterator<Item = (&[SizeVariable], i64)> {
        self.terms.iter().map(|(monomial, coefficient)| (monomial.as_slice(), *coefficient))
    }

    /// Prints with the function's names for its sizes.
    pub fn display<'a>(&'a self, names: &'a [String]) -> impl fmt::Display + 'a {
        Named { polynomial: self, names }
    }
}

impl From<i64> for Polynomial {
    fn from(n: i64) -> Self {
        Self::constant(n)
    }
}

struct Named<'a> {
    polynomial: &'a Polynomial,
    names: &'a [String],
}

impl fmt::Display for Named<'_> {
    /// Highest terms first: `N*K - 1`, `2*N`, `0`; a parameter without a name prints as `?3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.polynomial.terms.is_empty() {
            return f.write_str("0");
        }
        for (position, (monomial, coefficient)) in self.polynomial.terms.iter().rev().enumerate() {
            match (position, *coefficient < 0) {
                (0, true) => f.write_str("-")?,
                (0, false) => {}
                (_, true) => f.write_str(" - ")?,
                (_, false) => f.write_str(" + ")?,
            }
            let magnitude = coefficient.unsigned_abs();
            let mut factors: Vec<String> = Vec::new();
            if magnitude != 1 || monomial.is_empty() {
                factors.push(magnitude.to_string());
            }
            factors.extend(monomial.iter().map(|variable| match self.names.get(variable.0 as usize) {
                Some(name) => name.clone(),
                None => format!("?{}", variable.0),
            }));
            f.write_str(&factors.join("*"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_polynomials_have_one_normal_form() {
        let n = Polynomial::variable(SizeVariable(0));
        let k = Polynomial::variable(SizeVariable(1));
        let left = n.plus(&1.into()).times(&k.minus(&1.into()));
        let right = k.times(&n).minus(&n).plus(&k).minus(&1.into());
        assert_eq!(left, right);
        assert_ne!(left, n.times(&k));
        let names = ["N".to_string(), "K".to_string()];
        assert_eq!(left.display(&names).to_string(), "K + N*K - N - 1");
    }

    #[test]
    fn sizes_are_substituted_and_evaluated() {
        let n = Polynomial::variable(SizeVariable(0));
        let twice = n.scaled(2).minus(&3.into());
        assert_eq!(twice.substitute(&[5.into()]).as_constant(), Some(7));
        assert_eq!(twice.evaluate(&[i64::MAX]), None);
    }
}
