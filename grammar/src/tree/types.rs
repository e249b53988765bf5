//! Types as written. `T[N]` may be an array of `T` or a struct's sizes: the checker decides by what `T` is.

use super::{Argument, Doc, Expr, Ident};
use crate::span::Span;

/// A type where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// Where it is written.
    pub span: Span,
    /// Its form.
    pub kind: TypeKind,
    pub(super) depth: u32,
}

/// The forms of types.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `real`, `size`, `positive`, `Point`, `model`
    Name(Ident),
    /// `fin(N)`, `interval(a, b)`, `Mlp[1, 32](tanh)`
    Call {
        /// What is called.
        base: Box<Type>,
        /// Its arguments.
        arguments: Vec<Argument>,
    },
    /// `real[N, M]`, `Dense[In, Out]`
    Sized {
        /// The element type, or the struct.
        base: Box<Type>,
        /// The sizes.
        sizes: Vec<Expr>,
    },
    /// `real?`
    Optional(Box<Type>),
    /// `real<m/s>`: the unit is an expression of names, `*`, `/` and `^`.
    Unit {
        /// The type that the unit is of.
        base: Box<Type>,
        /// The unit.
        unit: Box<Expr>,
    },
    /// `lower real`
    Lower(Ident),
    /// `upper real`
    Upper(Ident),
    /// `{x: real, y: real[3]}`
    Record(Vec<FieldType>),
    /// `fn(real, int) -> real`
    Function {
        /// The types of its parameters.
        parameters: Vec<Type>,
        /// The type of its result.
        result: Box<Type>,
    },
    /// A type that did not parse, or is nested too deeply.
    Error,
}

/// `x: real` in a record type.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldType {
    /// The field's name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
}

/// `x: real[N] = e` in a header or a lambda.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its doc comment.
    pub doc: Doc,
    /// Its name.
    pub name: Ident,
    /// Its type; inferred where it is not written.
    pub ty: Option<Type>,
    /// The value where no argument is given.
    pub default: Option<Expr>,
}

/// `N: size` or `rest: size...` in brackets after a declaration's name.
#[derive(Clone, Debug, PartialEq)]
pub struct SizeParameter {
    /// Its name.
    pub name: Ident,
    /// What is written after the colon, usually `size`.
    pub ty: Type,
    /// Whether `...` follows: it stands for any number of sizes.
    pub variadic: bool,
}
