//! Truncated Taylor series in two variables: how a formula in (a, b) yields its parameter derivatives.
//!
//! A `Jet` holds the coefficients of `alpha^i beta^j` of f(a + alpha, b + beta) for i and j up to fixed
//! orders; a function of one parameter has second order 0. Recurrences: Griewank and Walther 2008,
//! Evaluating Derivatives, section 13.2.

use libm::{exp, log};

/// Highest order of differentiation in one parameter.
pub const MAX_ORDER: usize = 4;

const SIZE: usize = MAX_ORDER + 1;

/// `n!` for the orders in use.
pub(super) const FACTORIAL: [f64; SIZE] = [1.0, 1.0, 2.0, 6.0, 24.0];

/// A polynomial in (alpha, beta), truncated at `order`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jet {
    order: [usize; 2],
    coefficients: [[f64; SIZE]; SIZE],
}

impl Jet {
    /// The series whose coefficient of alpha^i beta^j is `coefficient(i, j)`.
    pub fn from_coefficients(order: [usize; 2], coefficient: impl Fn(usize, usize) -> f64) -> Self {
        let mut coefficients = [[0.0; SIZE]; SIZE];
        for (i, row) in coefficients.iter_mut().enumerate().take(order[0] + 1) {
            for (j, entry) in row.iter_mut().enumerate().take(order[1] + 1) {
                *entry = coefficient(i, j);
            }
        }
        Jet { order, coefficients }
    }

    /// The series of a function with these partial derivatives.
    pub fn from_derivatives(order: [usize; 2], derivative: impl Fn(usize, usize) -> f64) -> Self {
        Jet::from_coefficients(order, |i, j| derivative(i, j) / (FACTORIAL[i] * FACTORIAL[j]))
    }

    /// The constant `value`.
    pub fn constant(order: [usize; 2], value: f64) -> Self {
        Jet::from_coefficients(order, |i, j| if i + j == 0 { value } else { 0.0 })
    }

    /// `value + first alpha + second beta`.
    pub fn affine(order: [usize; 2], value: f64, first: f64, second: f64) -> Self {
        Jet::from_coefficients(order, |i, j| match (i, j) {
            (0, 0) => value,
            (1, 0) => first,
            (0, 1) => second,
            _ => 0.0,
        })
    }

    /// The value at the point.
    pub fn value(&self) -> f64 {
        self.coefficients[0][0]
    }

    /// The partial derivative of order (i, j).
    pub fn derivative(&self, i: usize, j: usize) -> f64 {
        self.coefficients[i][j] * (FACTORIAL[i] * FACTORIAL[j])
    }

    /// The same series with another value at the point.
    pub fn with_value(mut self, value: f64) -> Self {
        self.coefficients[0][0] = value;
        self
    }

    /// `factor` times the series.
    pub fn scaled(&self, factor: f64) -> Self {
        Jet::from_coefficients(self.order, |i, j| factor * self.coefficients[i][j])
    }

    /// The series with alpha and beta exchanged.
    pub fn transposed(&self) -> Self {
        Jet::from_coefficients([self.order[1], self.order[0]], |i, j| self.coefficients[j][i])
    }

    /// The sum.
    pub fn plus(&self, other: &Jet) -> Self {
        Jet::from_coefficients(self.order, |i, j| self.coefficients[i][j] + other.coefficients[i][j])
    }

    /// The product.
    pub fn times(&self, other: &Jet) -> Self {
        Jet::from_coefficients(self.order, |i, j| self.convolved(other, i, j, |_, _| 1.0))
    }

    /// The reciprocal; the value must not be zero.
    pub fn reciprocal(&self) -> Self {
        let first = 1.0 / self.value();
        let mut result = Jet::constant(self.order, first);
        for (i, j) in self.orders().skip(1) {
            // The coefficient still being zero, the convolution holds the other terms alone.
            result.coefficients[i][j] = -first * self.convolved(&result, i, j, |_, _| 1.0);
        }
        result
    }

    /// The exponential.
    pub fn exp(&self) -> Self {
        let mut result = Jet::constant(self.order, exp(self.value()));
        for (i, j) in self.orders().skip(1) {
            let weight = |k: usize, l: usize| if i > 0 { k } else { l } as f64;
            let sum = self.convolved(&result, i, j, weight);
            result.coefficients[i][j] = sum / if i > 0 { i } else { j } as f64;
        }
        result
    }

    /// The logarithm; the value must be positive.
    pub fn ln(&self) -> Self {
        let mut result = Jet::constant(self.order, log(self.value()));
        for (i, j) in self.orders().skip(1) {
            let weight = |k: usize, l: usize| if i > 0 { k } else { l } as f64;
            let own = if i > 0 { i } else { j } as f64;
            let sum = result.convolved(self, i, j, weight);
            result.coefficients[i][j] = (self.coefficients[i][j] - sum / own) / self.value();
        }
        result
    }

    /// The orders (i, j), each after all that it depends on.
    fn orders(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let [rows, columns] = self.order;
        (0..=rows).flat_map(move |i| (0..=columns).map(move |j| (i, j)))
    }

    /// The sum over k <= i, l <= j of weight(k, l) self[k, l] other[i-k, j-l].
    fn convolved(&self, other: &Jet, i: usize, j: usize, weight: impl Fn(usize, usize) -> f64) -> f64 {
        let mut sum = 0.0;
        for k in 0..=i {
            for l in 0..=j {
                sum += weight(k, l) * self.coefficients[k][l] * other.coefficients[i - k][j - l];
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// f(a, b) = a^2 b^3 + 1 at (2, 3).
    fn polynomial() -> Jet {
        let order = [3, 3];
        let (a, b) = (Jet::affine(order, 2.0, 1.0, 0.0), Jet::affine(order, 3.0, 0.0, 1.0));
        a.times(&a).times(&b).times(&b).times(&b).plus(&Jet::constant(order, 1.0))
    }

    #[test]
    fn derivatives_of_a_polynomial_are_exact() {
        let f = polynomial();
        assert_eq!(f.value(), 109.0);
        assert_eq!(f.derivative(1, 0), 108.0);
        assert_eq!(f.derivative(2, 3), 12.0);
        assert_eq!(f.derivative(3, 1), 0.0);
    }

    #[test]
    fn exp_undoes_ln_and_the_reciprocal_undoes_the_product() {
        let f = polynomial();
        let (back, one) = (f.ln().exp(), f.times(&f.reciprocal()));
        for (i, j) in f.orders() {
            let expected = f.derivative(i, j);
            assert!((back.derivative(i, j) - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{i},{j}");
            assert!((one.derivative(i, j) - f64::from(i + j == 0)).abs() < 1e-12, "{i},{j}");
        }
    }

    #[test]
    fn mixed_second_derivative_of_the_logarithm() {
        // d2/dadb log f = f_ab / f - f_a f_b / f^2.
        let f = polynomial();
        let expected = 108.0 / 109.0 - 108.0 * 108.0 / (109.0 * 109.0);
        assert!((f.ln().derivative(1, 1) - expected).abs() < 1e-15);
    }
}
