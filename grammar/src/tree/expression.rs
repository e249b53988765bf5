//! Expressions.

use super::{Block, Ident, Parameter, Place, Type};
use crate::span::Span;

/// An expression where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// With the parentheses around it, if any.
    pub span: Span,
    /// Its form.
    pub kind: ExprKind,
    pub(super) depth: u32,
}

/// The forms of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `10_000`
    Int(i64),
    /// `1.5`, `3e-4`
    Real(f64),
    /// `true`, `false`
    Bool(bool),
    /// `"text"`, unescaped
    String(String),
    /// `x`
    Name(Ident),
    /// `-x`, `!x`
    Unary {
        /// Which operator.
        operator: UnaryOperator,
        /// What it applies to.
        operand: Box<Expr>,
    },
    /// `x + y`
    Binary {
        /// Which operator.
        operator: BinaryOperator,
        /// Where the operator's sign stands.
        operator_span: Span,
        /// The left operand.
        left: Box<Expr>,
        /// The right operand.
        right: Box<Expr>,
    },
    /// `a..b`, from a up to but without b
    Range {
        /// The first value.
        start: Box<Expr>,
        /// One past the last value.
        end: Box<Expr>,
    },
    /// `f(x, n = 1)`
    Call {
        /// What is called.
        function: Box<Expr>,
        /// Its arguments.
        arguments: Vec<Argument>,
    },
    /// `x[i, :]`, `d[N]`
    Index {
        /// What is indexed, copied or sized.
        base: Box<Expr>,
        /// At least one.
        indices: Vec<Index>,
    },
    /// `r.x`, `A.T`
    Field {
        /// The record.
        base: Box<Expr>,
        /// The field.
        name: Ident,
    },
    /// `[a, b, c]`
    Array(Vec<Expr>),
    /// `[for i in N if c: e]`
    Comprehension(Box<Loop>),
    /// `{..r, x: 1}`
    Record(Vec<RecordEntry>),
    /// `{ let a = 1; a }`
    Block(Block),
    /// `if c { a } else if d { b } else { e }`
    If {
        /// `if` and every `else if`, at least one.
        branches: Vec<Branch>,
        /// The final `else`; without it the `if` is a statement.
        otherwise: Option<Block>,
    },
    /// `expect x ~ m by s, y ~ n { e }`
    Expect {
        /// At least one.
        draws: Vec<Draw>,
        /// What is averaged.
        body: Block,
    },
    /// `m given {y, z = 1}`
    Given {
        /// The model.
        model: Box<Expr>,
        /// What is known; may be empty.
        conditions: Vec<Condition>,
    },
    /// `e under fit`
    Under {
        /// What is evaluated.
        value: Box<Expr>,
        /// With which parameters.
        fit: Box<Expr>,
    },
    /// `fn(x: real) = e`
    Lambda(Box<Lambda>),
    /// What did not parse, or is nested too deeply.
    Error,
}

/// Operators before an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOperator {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// Operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `\`, which solves: `A \ b`
    Solve,
    /// `@`, the matrix product
    Product,
    /// `^`
    Power,
}

/// One argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The whole argument.
    pub span: Span,
    /// Its form.
    pub kind: ArgumentKind,
}

/// The forms of arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum ArgumentKind {
    /// `e`
    Value(Expr),
    /// `name = e`
    Named {
        /// The parameter.
        name: Ident,
        /// Its value.
        value: Expr,
    },
    /// `..e`: the fields of a record as named arguments.
    Spread(Expr),
    /// `x = x0: e`, as in `fixpoint`.
    Update {
        /// The unknown.
        name: Ident,
        /// Where it begins.
        start: Expr,
        /// What it becomes.
        body: Expr,
    },
    /// `for t in T: e emit f`
    For(Loop),
    /// `while c: e emit f`
    While(WhileLoop),
    /// `z -> w`: only at the left of `rate(z -> w) = e`.
    Transition {
        /// The name of the state that is left.
        from: Ident,
        /// The name of the state that is entered.
        to: Ident,
    },
}

/// `for i in N, x in xs if c: e emit f`.
#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    /// At least one.
    pub generators: Vec<Generator>,
    /// The condition after `if`.
    pub guard: Option<Expr>,
    /// What is computed.
    pub body: Expr,
    /// What is kept; only in arguments.
    pub emit: Option<Expr>,
}

/// `i in N`.
#[derive(Clone, Debug, PartialEq)]
pub struct Generator {
    /// What is bound.
    pub name: Ident,
    /// A size, a range or an array.
    pub domain: Expr,
}

/// `while c: e emit f`.
#[derive(Clone, Debug, PartialEq)]
pub struct WhileLoop {
    /// Whether to go on.
    pub condition: Expr,
    /// What is computed.
    pub body: Expr,
    /// What is kept.
    pub emit: Option<Expr>,
}

/// One index in brackets.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// The whole index.
    pub span: Span,
    /// Its form.
    pub kind: IndexKind,
}

/// The forms of indices.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexKind {
    /// `e`
    At(Expr),
    /// `a..b`, `a..`, `..b`, and `:` for all
    Slice {
        /// The first entry, else 0.
        start: Option<Expr>,
        /// One past the last entry, else all.
        end: Option<Expr>,
    },
}

/// One entry of a record literal.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordEntry {
    /// The whole entry.
    pub span: Span,
    /// Its form.
    pub kind: RecordEntryKind,
}

/// The forms of record entries.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordEntryKind {
    /// `x: e`
    Field {
        /// The field.
        name: Ident,
        /// Its value.
        value: Expr,
    },
    /// `..r`
    Spread(Expr),
}

/// `c { .. }` after `if`.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// When it is taken.
    pub condition: Expr,
    /// What is done.
    pub body: Block,
}

/// `x, y ~ m by s` after `expect`.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// One or more independent draws.
    pub names: Vec<Ident>,
    /// The measure.
    pub measure: Expr,
    /// The gradient strategy after `by`.
    pub strategy: Option<Expr>,
}

/// `y` or `z = 1` in `given {..}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The site.
    pub place: Place,
    /// Its value; without one, what has the same name where `given` stands.
    pub value: Option<Expr>,
}

/// `fn(x: real) -> real = e`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lambda {
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The type after `->`.
    pub result: Option<Type>,
    /// Its value.
    pub body: Expr,
}
