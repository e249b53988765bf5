//! Declarations: what may stand at the top level of a file.

use super::{Argument, Block, Doc, Expr, Ident, Parameter, SizeParameter, Statement, Type};
use crate::span::Span;

/// A file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    /// Declarations and statements, in the order of the file.
    pub items: Vec<Item>,
}

/// One declaration or script statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its doc comment.
    pub doc: Doc,
    /// From its first word to its end.
    pub span: Span,
    /// What it declares.
    pub kind: ItemKind,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `use nn`, `use "helpers.anz"`
    Use(Use),
    /// `data y, z: real?[N]`
    Data(Data),
    /// `type Point = {x: real, y: real}`
    Type(TypeAlias),
    /// `struct Dense[In: size, Out: size] { w: real[Out, In] = glorot() }`
    Struct(Structure),
    /// `fn f[N: size](x: real[N]) -> real = e`
    Function(Function),
    /// `model m(K: size) { .. }`, `guide q { .. }`
    Model(Model),
    /// `objective loss(p: model) = e`
    Objective(Objective),
    /// `ode`, `sde`, `ctmc`
    Dynamics(Dynamics),
    /// `bijector`, `distribution`
    Definitions(Definitions),
    /// A statement of the script, `param` among them.
    Statement(Statement),
}

/// `use nn` or `use "helpers.anz"`.
#[derive(Clone, Debug, PartialEq)]
pub enum Use {
    /// A module of the standard library.
    Module(Ident),
    /// A file below the project folder.
    File {
        /// The path as written, unescaped.
        path: String,
        /// The place of the string.
        span: Span,
    },
}

/// `data group, other: fin(J)[N] from 1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// One or more names of the same type.
    pub names: Vec<Ident>,
    /// Their type, which may be optional (`real?[N]`).
    pub ty: Type,
    /// The integer after `from`: what the data call their first index.
    pub from: Option<i64>,
}

/// `type Table[K: size] = real[K, K]`.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeAlias {
    /// The new name.
    pub name: Ident,
    /// Its sizes, if any.
    pub sizes: Vec<SizeParameter>,
    /// What it stands for.
    pub ty: Type,
}

/// `struct Dense[In: size, Out: size] { .. }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Structure {
    /// Its name.
    pub name: Ident,
    /// Its sizes, if any; the last may be variadic.
    pub sizes: Vec<SizeParameter>,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A line of a struct: `w, v: real[N] = zeros(N)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its doc comment.
    pub doc: Doc,
    /// The whole line.
    pub span: Span,
    /// Whether `param` stands before it.
    pub param: bool,
    /// One or more names of the same type.
    pub names: Vec<Ident>,
    /// Their type.
    pub ty: Type,
    /// The value where none is given.
    pub value: Option<Expr>,
}

/// `fn name[sizes](parameters) -> result = body`.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: Ident,
    /// Its sizes, if any.
    pub sizes: Vec<SizeParameter>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The type after `->`.
    pub result: Option<Type>,
    /// The expression after `=`, or the body in braces as a block expression.
    pub body: Expr,
}

/// Whether a site program is a model or a guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelKind {
    /// `model`
    Model,
    /// `guide`
    Guide,
}

/// `model name[sizes](parameters) { .. }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Model or guide.
    pub kind: ModelKind,
    /// Its name.
    pub name: Ident,
    /// Its sizes, if any.
    pub sizes: Vec<SizeParameter>,
    /// Its parameters, if any.
    pub parameters: Vec<Parameter>,
    /// Its statements.
    pub body: Block,
}

/// `objective name[sizes](parameters) = body`.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// Its name.
    pub name: Ident,
    /// Its sizes, if any.
    pub sizes: Vec<SizeParameter>,
    /// Its parameters, if any.
    pub parameters: Vec<Parameter>,
    /// The expression after `=`, or the body in braces as a block expression.
    pub body: Expr,
}

/// Which kind of motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DynamicsKind {
    /// `ode`: `d(x) = .. * dt`
    Ode,
    /// `sde`: `d(x) = .. * dt + .. * dW`
    Sde,
    /// `ctmc`: `rate(z -> w) = ..`
    Ctmc,
}

/// `sde ou(theta: positive) on x: real driven by W: real as stratonovich { .. }`, or a relative of another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Dynamics {
    /// Which kind of motion.
    pub kind: DynamicsKind,
    /// Its name.
    pub name: Ident,
    /// Its sizes, if any.
    pub sizes: Vec<SizeParameter>,
    /// Its parameters, if any.
    pub parameters: Vec<Parameter>,
    /// Equations of its own, or a base with some replaced.
    pub body: DynamicsBody,
}

/// How the equations are given.
#[derive(Clone, Debug, PartialEq)]
pub enum DynamicsBody {
    /// `on x: real, y: real { .. }`
    Equations {
        /// `x: real, y: real`, at least one.
        states: Vec<State>,
        /// `driven by W: real`
        noise: Option<State>,
        /// `as stratonovich`, `as convention(a)`
        convention: Option<Convention>,
        /// `d(x) = e` and `rate(z -> w) = e`, with the `let`s that they use.
        body: Block,
    },
    /// `= ou(..) with d(x) = e`
    Relative(DynamicsBase),
}

/// `x: real[N]` after `on` or `driven by`.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
}

/// `stratonovich` or `convention(a)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Convention {
    /// The name after `as`.
    pub name: Ident,
    /// Its arguments, if any.
    pub arguments: Vec<Argument>,
}

/// `ou(theta, mu, s) with d(x) = e`: the drift is replaced, the noise kept.
#[derive(Clone, Debug, PartialEq)]
pub struct DynamicsBase {
    /// The dynamics whose noise is kept.
    pub base: Expr,
    /// One equation, or those of `with { .. }`; `None` if there is no `with`.
    pub with: Option<Block>,
}

/// Whether named entries define a bijector or a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinitionsKind {
    /// `bijector`
    Bijector,
    /// `distribution`
    Distribution,
}

/// `bijector name[sizes](parameters) on x: real { forward = e; .. }`, and `distribution` alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Definitions {
    /// Bijector or distribution.
    pub kind: DefinitionsKind,
    /// Its name.
    pub name: Ident,
    /// Its sizes, if any.
    pub sizes: Vec<SizeParameter>,
    /// Its parameters, if any.
    pub parameters: Vec<Parameter>,
    /// The variable after `on`.
    pub variable: State,
    /// The entries, in order.
    pub entries: Vec<Entry>,
}

/// `log_density = e`.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its doc comment.
    pub doc: Doc,
    /// The whole entry.
    pub span: Span,
    /// What is defined: any name.
    pub name: Ident,
    /// Its definition.
    pub value: Expr,
}
