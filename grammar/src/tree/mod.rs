//! The tree: what a program says, with places and without layout.
//!
//! Parentheses and separators are gone; the printer puts back what precedence needs. A part that did not parse is a kind
//! named `Error`, and a message about it exists: whoever reads the tree passes over it in silence.
//! No tree is deeper than [`DEPTH_LIMIT`], so readers may recurse (dropping a tree does).

mod depth;
mod expression;
mod item;
mod statement;
mod types;

pub use depth::Depth;
pub use expression::{
    Argument, ArgumentKind, BinaryOperator, Branch, Condition, Draw, Expr, ExprKind, Generator, Index,
    IndexKind, Lambda, Loop, RecordEntry, RecordEntryKind, UnaryOperator, WhileLoop,
};
pub use item::{
    Convention, Data, Definitions, DefinitionsKind, Dynamics, DynamicsBase, DynamicsBody, DynamicsKind,
    Entry, Field, Function, Item, ItemKind, Model, ModelKind, Objective, Program, State, Structure,
    TypeAlias, Use,
};
pub use statement::{
    AssignOperator, Block, EquationTarget, LetTarget, Param, Place, Site, Statement, StatementKind, Tolerance,
};
pub use types::{FieldType, Parameter, SizeParameter, Type, TypeKind};

use crate::span::Span;
use std::fmt;
use std::sync::Arc;

/// How deep a tree may be: expressions, blocks and types, counted together.
pub const DEPTH_LIMIT: u32 = 500;

/// A name where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The name; cheap to copy.
    pub name: Arc<str>,
    /// Where it is written.
    pub span: Span,
}

impl Ident {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.name)
    }
}

/// The text of the `///` lines before a declaration, without their marks, joined by newlines.
pub type Doc = Option<Arc<str>>;
