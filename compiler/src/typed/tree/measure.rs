//! Measures: what values are drawn from.

use super::{Block, Expr, Support, Variable};
use crate::ir::Polynomial;

/// The forms of measures.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// A declared distribution; over arguments of shape `lift` for its scalar parameters, one product.
    Distribution {
        /// Index into [`super::Program::distributions`].
        distribution: usize,
        /// One for each of its size symbols.
        sizes: Vec<Polynomial>,
        /// In the order of its parameters.
        arguments: Vec<Expr>,
        /// Axes of the product.
        lift: Vec<Polynomial>,
    },
    /// `d[N, M]`: independent copies along new first axes.
    Copies {
        /// What is copied.
        base: Expr,
        /// The new axes.
        shape: Vec<Polynomial>,
    },
    /// Lebesgue measure on the annotated support.
    Flat,
    /// `mixture(w, [d1, d2])`
    Mixture {
        /// Probabilities of the components.
        weights: Expr,
        /// Measures over values of one type.
        components: Vec<Expr>,
    },
    /// `if c { d1 } else { d2 }`
    If {
        /// A scalar truth value.
        condition: Expr,
        /// Where it is true: its value is a measure.
        yes: Block,
        /// Where it is false.
        no: Block,
    },
    /// A random function: the value of an expression that draws, whose density nothing states.
    Random(Expr),
    /// A path of a stochastic equation on a grid.
    Path(Box<Path>),
    /// `sorted(d[K])`: the draws in ascending order.
    Sorted(Expr),
    /// `truncate(d, a, b)`: d, given that it lies between ends.
    Truncated {
        /// A scalar distribution, or a product of such.
        base: Expr,
        /// The lower end, a scalar or of the shape of the product; none where it is -inf.
        lower: Option<Expr>,
        /// The upper end; none where it is inf.
        upper: Option<Expr>,
    },
    /// `transformed(d, b)`: the image of d under a bijector; entry by entry if the bijector is of numbers.
    Transformed {
        /// What is drawn.
        base: Expr,
        /// Index into [`super::Program::bijectors`].
        bijector: usize,
        /// One for each of its size symbols.
        sizes: Vec<Polynomial>,
        /// In the order of its parameters.
        arguments: Vec<Expr>,
        /// Where the images lie.
        support: Support,
        /// Whether the bijector is of numbers, and taken entry by entry.
        elementwise: bool,
    },
}

/// A path of a stochastic equation on a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// What draws it.
    pub draw: Expr,
    /// What decides which paths are possible: the equation, the start, its time and the grid; the equation and the grid where
    /// the start is drawn.
    pub decides: Vec<Expr>,
    /// The measures that its start is drawn from, if it is.
    pub laws: Vec<Expr>,
    /// The path that is scored.
    pub variable: Variable,
    /// Its log density relative to the driftless process with the same diffusion, start and grid.
    pub relative: Expr,
    /// The log density of that process, where the noise has a formula for it.
    pub driftless: Option<Expr>,
}
