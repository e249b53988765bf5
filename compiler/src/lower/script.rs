//! Expressions of the script: functions of what they use, evaluated once.

use super::{Known, Lowered, Lowerer};
use crate::ir::Module;
use crate::typed::tree::{Expr, Program, Variable};
use ansatz_grammar::span::Span;

/// The name of an expression's function.
pub const EXPRESSION: &str = "expression";

/// Numbers, or a record of them, as a function.
#[derive(Debug)]
pub struct Computed {
    /// [`EXPRESSION`], without sizes, which are numbers in it, and what it needs. It gives the numbers field by field.
    pub module: Module,
    /// The variables that the parameters are, each for as many as it has numbers.
    pub inputs: Vec<Variable>,
    /// Places by origin; an operation's origin 1 is the first.
    pub origins: Vec<Span>,
}

/// Lowers an expression of the script for what is known.
pub fn computed(program: &Program, expr: &Expr, known: &Known) -> Lowered<Computed> {
    let mut lowerer = Lowerer::open(program, EXPRESSION, Vec::new(), known);
    let value = lowerer.compound(expr)?;
    let mut module = lowerer.module;
    module.insert(lowerer.builder.finish(value.leaves()));
    Ok(Computed { module, inputs: lowerer.inputs, origins: lowerer.origins })
}
