//! Expectations, how their gradients are estimated, and what optimises them.

use super::{Block, Expr, Variable};
use crate::ir::SizeVariable;
use crate::typed::types::Element;
use std::sync::Arc;

/// How the gradient of an expectation is estimated at a draw.
#[derive(Clone, Debug, PartialEq)]
pub enum Strategy {
    /// The draw as a smooth function of its parameters.
    Reparam,
    /// The same, the path through the density's own parameters stopped ("sticking the landing").
    Stl,
    /// The same, doubly reparametrised.
    Dreg,
    /// The score of the draw, less a baseline.
    Reinforce(Baseline),
    /// The sum over all values.
    Enumerate,
    /// Draws from a decomposition of the derivative of the measure.
    MeasureValued,
    /// The discrete draw forwards, its mean backwards: biased.
    StraightThrough,
}

/// What a score is taken less of.
#[derive(Clone, Debug, PartialEq)]
pub enum Baseline {
    /// Nothing.
    None,
    /// A moving average of the values.
    MovingAverage,
    /// The mean of the other particles' values.
    LeaveOneOut,
    /// A number.
    Value(Box<Expr>),
}

impl Strategy {
    /// All, by the names that they have without arguments.
    pub const ALL: [(&'static str, Strategy); 7] = [
        ("reparam", Strategy::Reparam),
        ("stl", Strategy::Stl),
        ("dreg", Strategy::Dreg),
        ("reinforce", Strategy::Reinforce(Baseline::None)),
        ("enumerate", Strategy::Enumerate),
        ("mvd", Strategy::MeasureValued),
        ("straight_through", Strategy::StraightThrough),
    ];

    /// The strategy of a name.
    pub fn named(name: &str) -> Option<Strategy> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, strategy)| strategy.clone())
    }

    /// How it is written.
    pub fn name(&self) -> &'static str {
        let same = |other: &Strategy| std::mem::discriminant(self) == std::mem::discriminant(other);
        Self::ALL.iter().find(|(_, strategy)| same(strategy)).expect("every strategy is listed").0
    }

    /// Whether the draw moves with its parameters, so that what reads it must be smooth.
    pub fn is_pathwise(&self) -> bool {
        matches!(self, Strategy::Reparam | Strategy::Stl | Strategy::Dreg)
    }
}

/// `expect x ~ d by s { e }`
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// At least one, each may use those before it.
    pub draws: Vec<Expected>,
    /// The best strategies that are permitted, of draws that state none, and of such sites of guides that are drawn.
    pub chosen: Vec<(Variable, Strategy)>,
    /// What is averaged.
    pub body: Block,
}

/// A draw of an expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// What is named.
    pub variable: Variable,
    /// A measure, or a model or guide: then the draw is the record of its sites.
    pub measure: Expr,
    /// How many copies of a guide are drawn, where that is no size: the symbol that stands for it.
    pub counts: Vec<(SizeVariable, Expr)>,
    /// Where written.
    pub strategy: Option<Strategy>,
}

/// What is done with an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// `minimize(e, with = ..)`: a record of parameters.
    Minimize,
    /// `maximize(e, with = ..)`: a record of parameters.
    Maximize,
    /// `gradient(e)`: a measure over records of parameters.
    Gradient,
    /// `estimate(e, draws = n)`: its value with its error.
    Estimate,
}

impl Use {
    /// How it is written.
    pub fn name(self) -> &'static str {
        match self {
            Use::Minimize => "minimize",
            Use::Maximize => "maximize",
            Use::Gradient => "gradient",
            Use::Estimate => "estimate",
        }
    }
}

/// A use of an objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// Which one.
    pub by: Use,
    /// The objective.
    pub objective: Expr,
    /// The parameters that change, by their position in [`super::Program::params`].
    pub params: Vec<usize>,
    /// What changes them, where something does.
    pub optimizer: Option<Optimizer>,
    /// Named options besides `with`.
    pub options: Vec<(Arc<str>, Expr)>,
}

impl Used {
    /// The value of an option, where it is written.
    pub fn option(&self, name: &str) -> Option<&Expr> {
        self.options.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }
}

/// An optimiser as one use sees it. It is a record of two functions, `start(x)` and `step(s, seen)`: each is called once, at
/// variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimizer {
    /// How many coordinates there are: what the parameters are made of, without constraints.
    pub coordinates: SizeVariable,
    /// The coordinates where it begins.
    pub begin: Variable,
    /// Its state there, a record with the coordinates `x`.
    pub start: Expr,
    /// A state.
    pub state: Variable,
    /// What is seen at its coordinates: `{value, grad, step, progress}`.
    pub seen: Variable,
    /// The next state.
    pub step: Expr,
}

impl Optimizer {
    /// The field of its state where the objective is looked at: the coordinates, or what a search tries.
    pub fn looked_at(&self) -> &'static str {
        if self.searches() { "at" } else { "x" }
    }

    /// Whether it looks at other points than the coordinates that it keeps.
    pub fn searches(&self) -> bool {
        matches!(&self.step.ty.element, Element::Record(fields) if fields.iter().any(|(name, _)| **name == *"at"))
    }
}

/// A parameter of optimisation: `param m: real[J] = zeros(J)`.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its variable, with name, place and type.
    pub variable: Variable,
    /// The guide that declares it; none at top level.
    pub owner: Option<Arc<str>>,
    /// Where its values lie.
    pub support: super::Support,
    /// Where optimisation begins.
    pub start: Option<Expr>,
}

/// A model of which only some sites are kept: `marginal(m, keep = [x], via = importance(q, K))`.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The sites that are kept, or the first parts of their names.
    pub names: Vec<Arc<str>>,
    /// The field of a draw that holds the other sites.
    pub hidden: Arc<str>,
    /// Variables that stand for the kept values in the proposal.
    pub values: Vec<Variable>,
    /// The model, what proposes its other sites, and how many particles there are, those that a draw was made with included.
    pub parts: [Expr; 3],
}
