//! Expressions of the typed tree.

use super::{
    Block, Expectation, Fact, FixedPoint, Loop, Measure, Reduced, Reduction, Repeat, Scan, Strategy, Used,
    Variable,
};
use crate::ir::Polynomial;
use crate::primitive::Primitive;
use crate::typed::exact::Exactness;
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
    /// `demand(e, c, finite, t, x)`, in the library.
    Demand(Box<Demanded>),
    /// `numerical(e)`, in the library: a choice of accuracy, such as a step's length, which counts as fixed.
    Numerical(Box<Expr>),
    /// `infinitesimal(e)`, in the library: nothing, with the derivatives of e.
    Infinitesimal(Box<Expr>),
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
    /// A bijector with arguments for its parameters, in their order; which one is its type.
    Bijector(Vec<Expr>),
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
    /// `marginal(m, keep = [x], via = importance(q, K))`
    Kept {
        /// The model.
        model: Box<Expr>,
        /// What proposes the other sites, with variables for the kept values.
        proposal: Box<Expr>,
        /// How many particles there are.
        particles: Box<Expr>,
        /// Index into [`super::Program::kept`].
        kept: usize,
    },
    /// An estimate of a logarithm that errs to one side in the mean.
    Bounded {
        /// The estimate.
        value: Box<Expr>,
        /// The side.
        exactness: Exactness,
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
    /// `calibrate(m, data = [y])`: a record of ranks.
    Calibrate(Box<Calibration>),
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
    /// `load("fit.json")`: a record of parameters.
    Load(Box<Load>),
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

/// Parameters that an earlier run saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// The name of the file.
    pub path: Expr,
    /// By their position in [`super::Program::params`].
    pub params: Vec<usize>,
}

/// What is ranked in a calibration.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The model that is simulated.
    pub model: Expr,
    /// The model that is fitted, given variables that take what was drawn.
    pub fitted: Expr,
    /// The sites that are data, and those variables.
    pub data: Vec<(Arc<str>, Variable)>,
    /// A scalar integer.
    pub replicates: Expr,
    /// A scalar integer.
    pub draws: Expr,
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

/// A value of which something is demanded: a run in which the condition does not hold ends there.
#[derive(Clone, Debug, PartialEq)]
pub struct Demanded {
    /// The value.
    pub value: Expr,
    /// The condition.
    pub holds: Expr,
    /// What it means.
    pub demand: crate::ir::Demand,
    /// The time and the state that are told where it does not hold.
    pub told: [Expr; 2],
}
