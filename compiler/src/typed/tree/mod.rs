//! The typed tree: names are variables, calls are matched to their parameters, sizes are polynomials, conversions are
//! written out. It holds only what was found right; what was not is an [`ExprKind::Error`] under a message.

mod estimate;
mod expression;
mod fact;
mod looping;
mod measure;
mod script;
mod statement;
mod support;
mod visit;

pub use estimate::{Baseline, Expectation, Expected, Kept, Optimizer, Param, Strategy, Use, Used};
pub use expression::{
    Calibration, Condition, Demanded, Derived, Draws, Expr, ExprKind, Index, Load, Prediction,
};
pub use fact::Fact;
pub use looping::{Domain, FixedPoint, Generator, Loop, Reduced, Reduction, Repeat, Scan};
pub use measure::{Measure, Path};
pub use script::{Assertion, Comparison, Step, StepKind};
pub use statement::{Block, Statement, StatementKind};
pub use support::{Support, interval_bijector};
pub use visit::around;

use super::exact::Exactness;
use super::types::Type;
use crate::ir::SizeVariable;
use ansatz_grammar::span::Span;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A variable of the program: data, `let`, parameter, loop index or site. Its row is in [`Program::variables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variable(pub u32);

/// What a variable stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Declared with `data`.
    Data,
    /// A `let` of the script.
    Global,
    /// A parameter of a function, model or distribution, or the value that a distribution scores.
    Parameter,
    /// A `let` in a block.
    Local,
    /// A `var` in a block.
    Changing,
    /// The index or entry of a loop.
    Index,
    /// A random value of a model.
    Site,
    /// Computed in a model and kept in the output.
    Tracked,
    /// A parameter of optimisation.
    Param,
    /// A name of the script for what is known only when it runs. Kernels may use it: it is passed to them.
    Script,
}

/// One variable.
#[derive(Clone, Debug)]
pub struct VariableRow {
    /// As it is written.
    pub name: Arc<str>,
    /// Where it is declared.
    pub span: Span,
    /// The type of its whole value.
    pub ty: Type,
    /// What it stands for.
    pub role: Role,
}

/// A checked program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Names of the size symbols, by number. Those of functions and models are of use only inside them.
    pub sizes: Vec<String>,
    /// Every variable.
    pub variables: Vec<VariableRow>,
    /// Sizes declared with `data`, in order.
    pub data_sizes: Vec<DataSize>,
    /// Data, in order.
    pub data: Vec<Data>,
    /// Functions, each checked for one list of parameter types.
    pub functions: Vec<Function>,
    /// Distributions that the program names.
    pub distributions: Vec<Distribution>,
    /// Bijectors that supports need.
    pub bijectors: Vec<Bijector>,
    /// Models.
    pub models: Vec<Model>,
    /// Models of which only some sites are kept.
    pub kept: Vec<Kept>,
    /// The parameters of functions that are stated to err to one side.
    pub bounds: FxHashMap<Variable, Exactness>,
    /// Parameters of optimisation, in order.
    pub params: Vec<Param>,
    /// The script, in order.
    pub script: Vec<Step>,
    /// Statements of the script that are checked and cannot run yet, each with what it needs.
    pub later: Vec<(Span, Arc<str>)>,
}

impl Program {
    /// The sizes that binding finds, by name: those that data declare, then the numbers of missing entries.
    pub fn bound_sizes(&self) -> impl Iterator<Item = (&str, SizeVariable)> {
        let declared = self.data_sizes.iter().map(|size| (&*size.name, size.symbol));
        declared.chain(self.gaps().map(|gaps| (self.sizes[gaps.count.0 as usize].as_str(), gaps.count)))
    }

    /// The missing entries of data, in the order of the data.
    pub fn gaps(&self) -> impl Iterator<Item = Gaps> {
        self.data.iter().filter_map(|datum| datum.gaps)
    }

    /// The missing entries of a datum.
    pub fn gaps_of(&self, variable: Variable) -> Option<Gaps> {
        self.data.iter().find(|datum| datum.variable == variable)?.gaps
    }
}

/// A size that data give: `data J: size`.
#[derive(Clone, Debug)]
pub struct DataSize {
    /// Its name in the data file.
    pub name: Arc<str>,
    /// Where it is declared.
    pub span: Span,
    /// Its symbol.
    pub symbol: SizeVariable,
}

/// A declared datum.
#[derive(Clone, Debug)]
pub struct Data {
    /// Its variable, with name, place and type.
    pub variable: Variable,
    /// Where its entries must lie.
    pub support: Support,
    /// What the data file calls the first index.
    pub first: i64,
    /// Where entries may be missing: which are.
    pub gaps: Option<Gaps>,
}

/// The missing entries of a datum: found when data are bound, and latent where the datum is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gaps {
    /// How many entries are missing.
    pub count: SizeVariable,
    /// For each entry of the datum, its number among the missing ones; -1 where it is known.
    pub numbers: Variable,
}

/// What a body uses of the file, besides its parameters.
pub type Uses = std::collections::BTreeSet<Variable>;

/// A parameter that calls may name.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name in calls.
    pub name: Arc<str>,
    /// What its value is bound to.
    pub variable: Variable,
    /// Where it is a size: the symbol that it binds as well.
    pub size: Option<SizeVariable>,
}

/// A function for one list of parameter types.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: Arc<str>,
    /// Size symbols that each call binds.
    pub sizes: Vec<SizeVariable>,
    /// In the order of the declaration.
    pub parameters: Vec<Parameter>,
    /// What it computes.
    pub body: Body,
    /// Its result's type, in its own sizes.
    pub result: Type,
    /// To which side it errs, where its header says so.
    pub bound: Option<Exactness>,
    /// What it uses of the file, functions that it calls included.
    pub uses: Uses,
    /// Where it first calls the runtime: then only the script may call it.
    pub runtime: Option<Span>,
    /// Size symbols of its result that each call finds when it runs.
    pub found: Vec<SizeVariable>,
    /// Where it first draws: then only what draws may call it.
    pub draws: Option<Span>,
    /// Whether it draws by `~`: then a call of it is a measure.
    pub random: bool,
    /// Whether its value is an expectation, or made of one.
    pub expects: bool,
    /// What it needs that cannot run yet.
    pub later: Option<Arc<str>>,
    /// Whether the library declares it.
    pub library: bool,
}

/// How a function is defined.
#[derive(Clone, Debug)]
pub enum Body {
    /// In the language.
    Expr(Expr),
    /// By the compiler: a primitive or an operation on whole arrays, by name.
    Intrinsic(Arc<str>),
    /// A draw: this primitive of random bits.
    Noise(Arc<str>),
    /// This primitive of random bits that are a function of the arguments.
    Keyed(Arc<str>),
    /// By the runtime: only the script may call it.
    Runtime(Arc<str>),
}

/// A distribution's declaration.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// Its name.
    pub name: Arc<str>,
    /// Size symbols that each use binds.
    pub sizes: Vec<SizeVariable>,
    /// In order.
    pub parameters: Vec<Parameter>,
    /// The value that it scores.
    pub variable: Variable,
    /// Where that value lies, in terms of the parameters.
    pub support: Support,
    /// The log density of the value.
    pub log_density: Expr,
    /// The probability that quantiles are functions of, `u`.
    pub probability: Variable,
    /// What else it declares of itself, as far as something has asked.
    pub facts: Vec<(Fact, Expr)>,
    /// A draw, where declared and asked for: it calls the library's functions that draw.
    pub sample: Option<Expr>,
    /// What its derivatives in its real parameters are differences of, where declared and asked for: a record by parameter of
    /// `{weight, up, down}`.
    pub mvd: Option<Expr>,
    /// A draw between two ends, where asked for.
    pub between: Option<Between>,
    /// What its definitions use of the file.
    pub uses: Uses,
}

impl Distribution {
    /// What it declares of itself, once something has asked.
    pub fn fact(&self, fact: Fact) -> Option<&Expr> {
        self.facts.iter().find(|(known, _)| *known == fact).map(|(_, value)| value)
    }
}

/// A draw of a distribution, given that it lies between two ends.
#[derive(Clone, Debug)]
pub struct Between {
    /// The lower end, a real number; -inf where there is none.
    pub lower: Variable,
    /// The upper end; inf where there is none.
    pub upper: Variable,
    /// The draw, in terms of the ends and the distribution's parameters.
    pub draw: Expr,
}

/// A bijector's declaration: from the variable, without constraints, to its image.
#[derive(Clone, Debug)]
pub struct Bijector {
    /// Its name.
    pub name: Arc<str>,
    /// Size symbols that each use binds.
    pub sizes: Vec<SizeVariable>,
    /// In order.
    pub parameters: Vec<Parameter>,
    /// The unconstrained value.
    pub variable: Variable,
    /// Its image.
    pub forward: Expr,
    /// The log of the absolute Jacobian determinant of `forward`.
    pub log_det: Expr,
    /// The variable that `inverse` is a function of, named as the other one.
    pub image: Variable,
    /// The unconstrained value of an image, where declared.
    pub inverse: Option<Expr>,
    /// What its definitions use of the file.
    pub uses: Uses,
    /// Whether the library declares it.
    pub library: bool,
}

/// A model's or guide's declaration.
#[derive(Clone, Debug)]
pub struct Model {
    /// Which of the two.
    pub kind: ansatz_grammar::tree::ModelKind,
    /// Its name.
    pub name: Arc<str>,
    /// Where it is declared.
    pub span: Span,
    /// Size symbols that each use binds.
    pub sizes: Vec<SizeVariable>,
    /// In order.
    pub parameters: Vec<Parameter>,
    /// Sites, in the order of their first declaration.
    pub sites: Vec<Site>,
    /// Values kept in the output, in order.
    pub tracked: Vec<Variable>,
    /// What it does.
    pub body: Block,
    /// What it uses of the file.
    pub uses: Uses,
}

/// A random value of a model, all its entries together.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its variable, with name, place and type.
    pub variable: Variable,
    /// Leading axes that its declarations index.
    pub indexed: usize,
    /// The annotation on it, else none: its measure says where it lies.
    pub support: Option<Support>,
    /// How the gradient at its draw is estimated, where written.
    pub strategy: Option<Strategy>,
    /// A declaration next to which entries are left out, or may be.
    pub holes: Option<Span>,
}
