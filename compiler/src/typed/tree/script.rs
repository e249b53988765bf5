//! Statements of the script.

use super::{Expr, Generator, Index, Uses, Variable};
use ansatz_grammar::span::Span;

/// A statement of the script.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands.
    pub span: Span,
    /// What it does.
    pub kind: StepKind,
}

/// The forms of script statements.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// `let x = e`
    Let {
        /// What is named.
        variable: Variable,
        /// Its value.
        value: Expr,
        /// Whether data and constants alone decide it, so that kernels may use it.
        bound: bool,
        /// What it uses of the file.
        uses: Uses,
    },
    /// `x = e`
    Assign {
        /// What changes.
        variable: Variable,
        /// The new value.
        value: Expr,
    },
    /// `a[i] = e`, `a[i] += e`
    Update {
        /// The array.
        variable: Variable,
        /// Single entries.
        indices: Vec<Index>,
        /// Whether the value is added to the entry.
        add: bool,
        /// The new entry, or what is added to it.
        value: Expr,
    },
    /// `for i in N if c { .. }`
    For {
        /// At least one.
        generators: Vec<Generator>,
        /// When the body counts.
        guard: Option<Expr>,
        /// What is done.
        body: Vec<Step>,
    },
    /// `if c { .. } else { .. }`
    If {
        /// A scalar truth value.
        condition: Expr,
        /// Where it is true.
        yes: Vec<Step>,
        /// Where it is false.
        no: Vec<Step>,
    },
    /// `print e, f`
    Print(Vec<Expr>),
    /// `plot line(x, y)`: a picture.
    Plot(Expr),
    /// `assert e`, `assert a == b within tol`
    Assert(Box<Assertion>),
    /// A call for its effect.
    Expression(Expr),
}

/// What must hold when the script comes to it.
#[derive(Clone, Debug)]
pub enum Assertion {
    /// Truth values, all of them.
    True(Expr),
    /// A comparison of numbers, entry by entry.
    Compared {
        /// The left side.
        left: Expr,
        /// The right side.
        right: Expr,
        /// How they must compare.
        comparison: Box<Comparison>,
    },
}

/// How two numbers must compare.
#[derive(Clone, Debug)]
pub enum Comparison {
    /// By the primitive of an operator.
    By(crate::primitive::Primitive),
    /// At most this far apart.
    Within(Expr),
    /// At most this many standard errors apart, those of both sides taken together.
    WithinErrors(Expr),
}

impl Assertion {
    /// The values that it compares, or is.
    pub fn values(&self) -> Vec<&Expr> {
        match self {
            Assertion::True(value) => vec![value],
            Assertion::Compared { left, right, .. } => vec![left, right],
        }
    }
}
