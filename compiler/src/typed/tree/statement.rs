//! Blocks and their statements.

use super::{Expr, Generator, Index, Variable};
use ansatz_grammar::span::Span;

/// A block: statements, then its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// In order.
    pub statements: Vec<Statement>,
    /// Its value, if it has one.
    pub value: Option<Expr>,
}

/// A statement where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Where it stands.
    pub span: Span,
    /// What it does.
    pub kind: StatementKind,
}

/// The forms of statements.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `let x = e`, `var x = e`, and `track x = e` in a model.
    Let {
        /// What is named.
        variable: Variable,
        /// Its value.
        value: Expr,
    },
    /// `x = e`
    Assign {
        /// What changes.
        variable: Variable,
        /// Its new value.
        value: Expr,
    },
    /// `a[i] = e`, `a[i] += e`, `let a[i] = e`
    Update {
        /// The array.
        variable: Variable,
        /// Single entries along the leading axes.
        indices: Vec<Index>,
        /// Whether the value is added.
        add: bool,
        /// The new entry, or what is added to it.
        value: Expr,
    },
    /// `x[t] ~ m`
    Site {
        /// The site.
        variable: Variable,
        /// Scalar integers.
        indices: Vec<Expr>,
        /// What it is drawn from.
        measure: Expr,
    },
    /// `x ~ m` in what draws: a name for one draw.
    Draw {
        /// What is named.
        variable: Variable,
        /// What it is drawn from.
        measure: Expr,
    },
    /// `observe e ~ m`
    Observe {
        /// What is scored.
        value: Expr,
        /// By which measure.
        measure: Expr,
    },
    /// `factor e`
    Factor(Expr),
    /// `for i in N if c { .. }`
    For {
        /// At least one.
        generators: Vec<Generator>,
        /// When the body counts.
        guard: Option<Expr>,
        /// What is done.
        body: Block,
    },
    /// `if c { .. } else { .. }` for its statements.
    If {
        /// A scalar truth value.
        condition: Expr,
        /// Where it is true.
        yes: Block,
        /// Where it is false.
        no: Block,
    },
}
