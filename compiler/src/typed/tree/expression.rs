//! Expressions, measures and statements of the typed tree.

use super::{Expectation, Fact, Strategy, Support, Used, Variable};
use crate::ir::Polynomial;
use crate::primitive::Primitive;
use crate::typed::types::{Derivative, Type};
use ansatz_grammar::span::Span;
use std::sync::Arc;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Where it is written.
    pub span: Span,
    /// What it is.
    pub ty: Type,
    /// Its form.
    pub kind: ExprKind,
}

impl Expr {
    /// The declared distribution that a measure is, or is copies of.
    pub fn distribution(&self) -> Option<usize> {
        let ExprKind::Measure(form) = &self.kind else { return None };
        match form.as_ref() {
            Measure::Distribution { distribution, .. } => Some(*distribution),
            Measure::Copies { base, .. } => base.distribution(),
            _ => None,
        }
    }
}

/// The forms of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A literal real number.
    Real(f64),
    /// A literal truth value.
    Bool(bool),
    /// Text.
    Text(Arc<str>),
    /// A size, literal integers included.
    Size(Polynomial),
    /// A variable's value.
    Variable(Variable),
    /// The operand's entries as entries of this type: integers and truth values widened.
    Convert(Box<Expr>),
    /// A scalar primitive, entry by entry over operands of this shape and scalars.
    Apply {
        /// Which one.
        primitive: Primitive,
        /// Scalars, or arrays of this shape.
        operands: Vec<Expr>,
    },
    /// A function's body with its parameters bound.
    Call {
        /// Index into [`super::Program::functions`].
        function: usize,
        /// One for each of its size symbols.
        sizes: Vec<Polynomial>,
        /// In the order of its parameters.
        arguments: Vec<Expr>,
        /// Leading axes over which it is applied entry by entry: arguments for scalar parameters that are not scalars
        /// have this shape.
        lift: Vec<Polynomial>,
    },
    /// The matrix product.
    Product(Box<Expr>, Box<Expr>),
    /// Rows and columns exchanged.
    Transpose(Box<Expr>),
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `[for i in N: e]`
    Comprehension(Box<Loop>),
    /// `sum(for i in N: e)`, `sum(x)`
    Reduce {
        /// Which reduction.
        reduction: Reduction,
        /// What is reduced.
        over: Reduced,
    },
    /// `x[i, 1..]`
    Index {
        /// The array.
        base: Box<Expr>,
        /// One for each leading axis that is indexed.
        indices: Vec<Index>,
    },
    /// `{x: 1}`
    Record(Vec<(Arc<str>, Expr)>),
    /// `r.x`
    Field(Box<Expr>, Arc<str>),
    /// A block.
    Block(Box<Block>),
    /// `if c { a } else { b }`
    If {
        /// A scalar truth value.
        condition: Box<Expr>,
        /// Where it is true.
        yes: Box<Block>,
        /// Where it is false.
        no: Box<Block>,
    },
    /// `scan(s = s0, for t in T: e emit f)`, `iterate(s = s0, for t in T: e)`
    Scan(Box<Scan>),
    /// `iterate(s = s0, while c: e)`
    Repeat(Box<Repeat>),
    /// `fixpoint(x = x0: e, tol = t)`
    FixedPoint(Box<FixedPoint>),
    /// `grad(f)(x)` and its kin.
    Derivative(Box<Derived>),
    /// `stop_gradient(e)`
    Stop(Box<Expr>),
    /// An array whose entries statements declare one by one: until then none is a number.
    Blank,
    /// A function as a value: its type says which one, and nothing of it is left at run time.
    Function,
    /// A measure.
    Measure(Box<Measure>),
    /// `log_density(m, x)` for a measure.
    LogDensity(Box<Expr>, Box<Expr>),
    /// `log_cdf(d, x)`, `quantile(d, p)`, `mean(d)`: what a distribution declares of itself.
    Fact {
        /// What is asked.
        fact: Fact,
        /// The distribution.
        measure: Box<Expr>,
        /// The value or the probability, of the shape of the product; none for means and variances.
        at: Option<Box<Expr>>,
    },
    /// A model with arguments for its parameters.
    Model {
        /// Index into [`super::Program::models`].
        model: usize,
        /// One for each of its size symbols.
        sizes: Vec<Polynomial>,
        /// In the order of its parameters.
        arguments: Vec<Expr>,
    },
    /// `m given {y = e}`
    Given {
        /// The model.
        model: Box<Expr>,
        /// What is known.
        conditions: Vec<Condition>,
    },
    /// `marginal(m, out = [z])`
    Marginal {
        /// The model.
        model: Box<Expr>,
        /// Discrete sites that are summed out.
        out: Vec<Arc<str>>,
    },
    /// Numbers, or a record of them, that only the script can compute: it does so first, and the expression around them
    /// sees a variable.
    Script {
        /// Its name in what is compiled.
        variable: Variable,
        /// What the script computes.
        value: Box<Expr>,
    },
    /// `simulate(m, n, seed = k)`: a record of the model's sites and tracked values.
    Simulate {
        /// The model.
        model: Box<Expr>,
        /// How many draws stand along a new first axis of every field; none for one draw without that axis.
        draws: Option<Box<Draws>>,
        /// A scalar integer.
        seed: Box<Expr>,
    },
    /// `predict(fit, m, sites = [..], seed = k)`: a record of those sites and tracked values, a draw for each of the fit.
    Predict(Box<Prediction>),
    /// A strategy as a value.
    Strategy(Strategy),
    /// `expect x ~ d by s { e }`
    Expect(Box<Expectation>),
    /// `e under fit`
    Under {
        /// What is evaluated.
        value: Box<Expr>,
        /// The parameters that it sees.
        fit: Box<Expr>,
    },
    /// `maximize(e, with = ..)`, `estimate(e, draws = n)`
    Used(Box<Used>),
    /// What was reported.
    Error,
}

/// What is drawn for each draw of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The fit.
    pub fit: Expr,
    /// The model.
    pub model: Expr,
    /// Sites and tracked values, by their full names.
    pub wanted: Vec<Arc<str>>,
    /// Those sites of the model whose values the fit holds.
    pub held: Vec<Arc<str>>,
    /// Those sites of the model that the fit's model sums out: their values are drawn given the others.
    pub out: Vec<Arc<str>>,
    /// A scalar integer.
    pub seed: Expr,
}

/// `y = e`, `y[0] = e`
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The site.
    pub site: Arc<str>,
    /// The indices of one entry; none for the whole site.
    pub indices: Vec<Polynomial>,
    /// Its value.
    pub value: Expr,
}

/// A number of draws that the script knows when it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    /// A scalar integer.
    pub count: Expr,
    /// Its size in types.
    pub size: Polynomial,
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

/// A derivative of a function at a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// Which one.
    pub derivative: Derivative,
    /// The function's first argument.
    pub variable: Variable,
    /// The point.
    pub at: Expr,
    /// The function's value, of the variable.
    pub body: Expr,
    /// The direction, where one is taken.
    pub along: Option<Expr>,
}

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

/// One index.
#[derive(Clone, Debug, PartialEq)]
pub enum Index {
    /// `e`: one entry along the axis.
    At {
        /// A scalar integer.
        index: Expr,
        /// Whether it is proved to lie inside.
        proved: bool,
    },
    /// `idx`: an array of entries along the axis.
    Gather {
        /// An array of integers.
        indices: Expr,
        /// Whether all are proved to lie inside.
        proved: bool,
    },
    /// `a..b`: consecutive entries.
    Slice {
        /// The first.
        start: Expr,
        /// How many.
        length: Polynomial,
    },
}

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
