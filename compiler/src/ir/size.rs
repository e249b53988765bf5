//! Sizes as polynomials in a function's size parameters, kept in normal form so that two are equal exactly when they
//! print the same. Their values are whole numbers; a divisor allows for `(N*N - N)/2`.

use std::fmt;

/// A size parameter of a function, by position: `N` in `fn @f[N]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SizeVariable(pub u32);

/// A product of size parameters, sorted, repetition meaning a power. Empty is the constant term.
type Monomial = Vec<SizeVariable>;

/// A polynomial in size parameters: `2*N*K - 1`.
///
/// Terms are sorted by monomial, no coefficient is zero, and the positive divisor of them all has no factor in common
/// with them, so equality of normal forms is equality.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Polynomial {
    terms: Vec<(Monomial, i64)>,
    divisor: i64,
}

impl Default for Polynomial {
    fn default() -> Self {
        Self { terms: Vec::new(), divisor: 1 }
    }
}

impl Polynomial {
    /// The polynomial that is `n` everywhere.
    pub fn constant(n: i64) -> Self {
        Self::from_terms(vec![(Vec::new(), n)], 1)
    }

    /// The size parameter itself.
    pub fn variable(variable: SizeVariable) -> Self {
        Self::from_terms(vec![(vec![variable], 1)], 1)
    }

    fn from_terms(mut terms: Vec<(Monomial, i64)>, divisor: i64) -> Self {
        terms.sort();
        let mut merged: Vec<(Monomial, i64)> = Vec::with_capacity(terms.len());
        for (monomial, coefficient) in terms {
            match merged.last_mut() {
                Some((last, sum)) if *last == monomial => *sum = sum.wrapping_add(coefficient),
                _ => merged.push((monomial, coefficient)),
            }
        }
        merged.retain(|(_, coefficient)| *coefficient != 0);
        let common = match divisor {
            1 => 1,
            _ => merged.iter().fold(divisor, |common, (_, coefficient)| common_factor(common, *coefficient)),
        };
        if common != 1 {
            merged.iter_mut().for_each(|(_, coefficient)| *coefficient /= common);
        }
        Self { terms: merged, divisor: divisor / common }
    }

    /// Sum.
    pub fn plus(&self, other: &Self) -> Self {
        if self.divisor == other.divisor {
            return Self::from_terms(self.terms.iter().chain(&other.terms).cloned().collect(), self.divisor);
        }
        let (left, right) = (self.numerator().scaled(other.divisor), other.numerator().scaled(self.divisor));
        left.plus(&right).over(self.divisor.wrapping_mul(other.divisor))
    }

    /// It times its divisor.
    fn numerator(&self) -> Self {
        Self { terms: self.terms.clone(), divisor: 1 }
    }

    /// A polynomial without divisor, divided.
    fn over(self, divisor: i64) -> Self {
        Self::from_terms(self.terms, divisor)
    }

    /// The quotient by a positive number, if it is a whole number whatever the sizes.
    pub fn divided(&self, by: i64) -> Option<Self> {
        const TRIED: usize = 4096;
        let quotient = self.numerator().over(self.divisor.checked_mul(by)?);
        let mut variables: Vec<SizeVariable> =
            self.terms.iter().flat_map(|(monomial, _)| monomial.iter().copied()).collect();
        variables.sort();
        variables.dedup();
        // The remainder repeats with the divisor as its period in each size.
        let period = usize::try_from(quotient.divisor).ok()?;
        let cases = u32::try_from(variables.len()).ok().and_then(|count| period.checked_pow(count))?;
        let mut sizes = vec![0; variables.last().map_or(0, |last| last.0 as usize + 1)];
        let whole = |mut case: usize| {
            for variable in &variables {
                sizes[variable.0 as usize] = (case % period) as i64;
                case /= period;
            }
            quotient.numerator().evaluate(&sizes).is_some_and(|value| value % quotient.divisor == 0)
        };
        (cases <= TRIED && (0..cases).all(whole)).then_some(quotient)
    }

    /// Difference.
    pub fn minus(&self, other: &Self) -> Self {
        self.plus(&other.scaled(-1))
    }

    /// Every coefficient times `factor`.
    pub fn scaled(&self, factor: i64) -> Self {
        let terms = self.terms.iter().map(|(m, c)| (m.clone(), c.wrapping_mul(factor))).collect();
        Self::from_terms(terms, self.divisor)
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
        Self::from_terms(terms, self.divisor.wrapping_mul(other.divisor))
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
            [(monomial, 1)] if monomial.len() == 1 && self.divisor == 1 => Some(monomial[0]),
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
        if self.divisor == 1 {
            return sum;
        }
        let divisor = self.divisor.wrapping_mul(sum.divisor);
        sum.numerator().over(divisor)
    }

    /// Its value for given sizes, or none where the arithmetic leaves `i64`.
    pub fn evaluate(&self, sizes: &[i64]) -> Option<i64> {
        let sum = self.terms.iter().try_fold(0i64, |sum, (monomial, coefficient)| {
            let term = monomial.iter().try_fold(*coefficient, |p, v| p.checked_mul(sizes[v.0 as usize]))?;
            sum.checked_add(term)
        })?;
        Some(sum / self.divisor)
    }

    /// The terms of the normal form, times the divisor: the parameters multiplied (sorted) and their coefficient.
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

/// The greatest common factor; of anything and 0 it is the former.
fn common_factor(a: i64, b: i64) -> i64 {
    if b == 0 { a.abs() } else { common_factor(b, a.wrapping_rem(b)) }
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
        let divisor = self.polynomial.divisor;
        if divisor != 1 {
            return write!(f, "({})/{divisor}", self.polynomial.numerator().display(self.names));
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

    #[test]
    fn quotients_are_whole_numbers_or_refused() {
        let n = Polynomial::variable(SizeVariable(0));
        let triangle = n.times(&n.minus(&1.into())).divided(2).expect("one of two neighbours is even");
        assert_eq!(triangle.display(&["N".to_string()]).to_string(), "(N*N - N)/2");
        assert_eq!(triangle.evaluate(&[7]), Some(21));
        assert_eq!(triangle.substitute(&[7.into()]).as_constant(), Some(21));
        assert_eq!(triangle.plus(&n), n.times(&n.plus(&1.into())).divided(2).expect("as above"));
        assert_eq!(triangle.plus(&triangle), n.times(&n).minus(&n));
        assert_eq!(n.divided(2), None);
    }
}
