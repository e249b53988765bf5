//! What the names of a script stand for.

use std::fmt;
use std::sync::Arc;

use ansatz_compiler::typed::tree::Expr;

use crate::mcmc::Fit;
use crate::output::Summary;

/// A value of the script. Cheap to copy.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number.
    Real(f64),
    /// An integer.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// Text.
    Text(Arc<str>),
    /// A model, with what is given: compiled where it is sampled.
    Model(Arc<Expr>),
    /// A sampled posterior.
    Fit(Arc<Fit>),
    /// The summary of one.
    Summary(Arc<Summary>),
    /// Of a call for its effect.
    Nothing,
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Real(number) => write!(out, "{number:?}"),
            Value::Int(number) => number.fmt(out),
            Value::Bool(value) => value.fmt(out),
            Value::Text(text) => out.write_str(text),
            Value::Model(_) => out.write_str("a model"),
            Value::Fit(fit) => {
                write!(out, "a fit of {} chains of {} draws", fit.draws.chains(), fit.draws.length())
            }
            Value::Summary(summary) => summary.fmt(out),
            Value::Nothing => Ok(()),
        }
    }
}
