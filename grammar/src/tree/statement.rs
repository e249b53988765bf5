//! Statements: of a script, of a model, and of any block.

use super::{Argument, Doc, Expr, Generator, Ident, Index, Type};
use crate::span::Span;

/// A block in braces.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// With its braces.
    pub span: Span,
    /// All but the value.
    pub statements: Vec<Statement>,
    /// The last expression, if the block ends with one (an `if` without `else` is a statement).
    pub value: Option<Box<Expr>>,
    pub(super) depth: u32,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Its doc comment.
    pub doc: Doc,
    /// The whole statement.
    pub span: Span,
    /// What it does.
    pub kind: StatementKind,
}

/// What a statement is.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `let x: real = e`, `let x[t] = e`, `let {a, b} = r`
    Let {
        /// What is named.
        target: LetTarget,
        /// Its type, if written.
        ty: Option<Type>,
        /// Its value.
        value: Expr,
    },
    /// `var x: real = e`
    Var {
        /// Its name.
        name: Ident,
        /// Its type, if written.
        ty: Option<Type>,
        /// Its first value.
        value: Expr,
    },
    /// `x = e`, `a[i] += e`
    Assign {
        /// What changes.
        place: Place,
        /// How it changes.
        operator: AssignOperator,
        /// The new value, or what is added.
        value: Expr,
    },
    /// `d(x) = e`, `rate(z -> w) = e`
    Equation {
        /// The left side.
        target: EquationTarget,
        /// The right side.
        value: Expr,
    },
    /// `param m: real[J] = zeros(J)`
    Param(Param),
    /// `x[t] ~ m by s`, `s, t: positive ~ m`
    Site(Site),
    /// `observe e ~ m`
    Observe {
        /// What is scored.
        value: Expr,
        /// By which measure.
        measure: Expr,
    },
    /// `factor e`
    Factor(Expr),
    /// `track x: real = e`, `track x[t] = e`
    Track {
        /// What is named, and kept in the output.
        place: Place,
        /// Its type, if written.
        ty: Option<Type>,
        /// Its value.
        value: Expr,
    },
    /// `allow biased`
    Allow(Ident),
    /// `for i in N, x in xs if c { .. }`
    For {
        /// At least one.
        generators: Vec<Generator>,
        /// The condition after `if`.
        guard: Option<Expr>,
        /// What is done.
        body: Block,
    },
    /// `print e, f`
    Print(Vec<Expr>),
    /// `plot heatmap(grid)`
    Plot {
        /// The kind of picture.
        name: Ident,
        /// What is drawn.
        arguments: Vec<Argument>,
    },
    /// `assert a == b within 4 se`
    Assert {
        /// What must hold.
        condition: Expr,
        /// What `within` allows.
        tolerance: Option<Tolerance>,
    },
    /// An expression whose value is not used, or an `if` without `else`.
    Expression(Expr),
    /// A statement that did not parse.
    Error,
}

/// `x` or `x[i, j]`: what may be named, drawn or assigned.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// With its indices.
    pub span: Span,
    /// The variable.
    pub name: Ident,
    /// Empty for a plain name.
    pub indices: Vec<Index>,
}

/// What `let` names.
#[derive(Clone, Debug, PartialEq)]
pub enum LetTarget {
    /// `x` or `x[t]`
    Place(Place),
    /// `{a, b}`: fields of a record, by name.
    Fields(Vec<Ident>),
}

/// How an assignment changes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignOperator {
    /// `=`
    Set,
    /// `+=`
    Add,
}

/// The left side of an equation of motion.
#[derive(Clone, Debug, PartialEq)]
pub enum EquationTarget {
    /// `d(x)`
    Differential(Place),
    /// `rate(z -> w)`
    Rate {
        /// The name of the state that is left.
        from: Ident,
        /// The name of the state that is entered.
        to: Ident,
    },
}

/// `param m, n: real[J] = zeros(J)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// One or more names of the same type.
    pub names: Vec<Ident>,
    /// Their type.
    pub ty: Type,
    /// Where optimisation begins.
    pub value: Option<Expr>,
}

/// `x, y: positive ~ m by s`.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// One or more independent sites.
    pub places: Vec<Place>,
    /// The support, if written.
    pub ty: Option<Type>,
    /// The measure.
    pub measure: Expr,
    /// The gradient strategy after `by`.
    pub strategy: Option<Expr>,
}

/// `within e` or `within e se`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tolerance {
    /// How far apart the two sides may be.
    pub value: Expr,
    /// Whether in standard errors rather than absolute.
    pub standard_errors: bool,
}
