//! Loops, and what is made of them: reductions, states carried along, fixed points.

use super::{Expr, Variable};

/// Loops, the last innermost.
#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    /// At least one.
    pub generators: Vec<Generator>,
    /// When the body counts.
    pub guard: Option<Expr>,
    /// What is computed.
    pub body: Expr,
}

/// One loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Generator {
    /// The index, or the row.
    pub variable: Variable,
    /// What it runs over.
    pub domain: Domain,
    /// Whether from the end to the start; of meaning only where the order is.
    pub reverse: bool,
}

/// What a loop runs over.
#[derive(Clone, Debug, PartialEq)]
pub enum Domain {
    /// Integers from `start` up to but without `end`.
    Range {
        /// The first.
        start: Expr,
        /// One past the last.
        end: Expr,
    },
    /// The rows of an array.
    Rows(Expr),
}

/// The reductions, by what combines two entries; the rest is arithmetic after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Sum.
    Sum,
    /// Product.
    Prod,
    /// Least.
    Min,
    /// Greatest.
    Max,
    /// log of the sum of exponentials.
    LogSumExp,
    /// All true.
    All,
    /// Any true.
    Any,
    /// Sum over count.
    Mean,
    /// log of the mean of exponentials.
    LogMeanExp,
    /// Mean of squared deviations from the mean, over count less one.
    Variance,
}

/// What a reduction runs over.
#[derive(Clone, Debug, PartialEq)]
pub enum Reduced {
    /// All entries of an array.
    Array(Box<Expr>),
    /// The values of a loop's body, which has the reduction's type.
    Loop(Box<Loop>),
}

/// A loop that carries a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// The state before a step.
    pub state: Variable,
    /// The state before the first.
    pub start: Expr,
    /// At least one, the last innermost.
    pub generators: Vec<Generator>,
    /// Which steps are done; the others leave the state as it is.
    pub guard: Option<Expr>,
    /// The state after a step.
    pub next: Expr,
    /// What is kept of a step instead of its state, and the new state's variable in it.
    pub emitted: Option<(Variable, Expr)>,
    /// Whether the value is what each step keeps (else the last state).
    pub keeps: bool,
}

/// A loop that carries a state as long as a condition holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// The state before a step.
    pub state: Variable,
    /// The state before the first.
    pub start: Expr,
    /// Whether another step is done.
    pub condition: Expr,
    /// The state after a step.
    pub next: Expr,
}

/// The state that a step leaves alone.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedPoint {
    /// The state before a step.
    pub state: Variable,
    /// Where the search begins.
    pub start: Expr,
    /// The state after a step.
    pub next: Expr,
    /// The greatest change of an entry that counts as none.
    pub tolerance: Expr,
}
