//! Why a posterior cannot be evaluated, and what is checked of it before it is compiled.

use ansatz_compiler::codegen::Failure;
use ansatz_compiler::ir::{Polynomial, Told};
use ansatz_compiler::model::GivenEntry;
use ansatz_compiler::pipeline::BuildError;
use ansatz_compiler::typed::tree::Expr;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use std::fmt;

/// Why a posterior cannot be evaluated.
#[doc(hidden)]
#[derive(Debug)]
pub enum PosteriorError {
    /// The program is at fault.
    Program(Box<Diagnostic>),
    /// It could not be compiled.
    Build(BuildError),
    /// A demand of what stands at a place does not hold.
    Unmet(Span, Told),
}

impl fmt::Display for PosteriorError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PosteriorError::Program(fault) => out.write_str(&fault.message),
            PosteriorError::Build(error) => error.fmt(out),
            PosteriorError::Unmet(_, told) => write!(out, "{}: at {told}", told.demand.fault()),
        }
    }
}

impl From<BuildError> for PosteriorError {
    fn from(error: BuildError) -> Self {
        PosteriorError::Build(error)
    }
}

impl PosteriorError {
    /// The message, about a place of the program.
    pub(crate) fn diagnostic(self, span: Span) -> Diagnostic {
        match self {
            PosteriorError::Program(fault) => *fault,
            PosteriorError::Build(BuildError::Bound(Failure::Demand { told, .. })) => unmet(span, &told),
            PosteriorError::Unmet(span, told) => unmet(span, &told),
            PosteriorError::Build(error) => {
                let code = if error.is_too_large() { codes::ARRAY_TOO_LARGE } else { codes::NOT_BUILT };
                Diagnostic::error(code, span, error.to_string())
                    .help("look at the indices and sizes that the data give")
            }
        }
    }
}

/// A demand that does not hold of what stands at this place.
pub(crate) fn unmet(span: Span, told: &Told) -> Diagnostic {
    let fault = Diagnostic::error(codes::NO_SOLUTION, span, told.demand.fault());
    fault.found(told.to_string()).help(told.demand.help())
}

/// Checks that single entries that are given lie inside their sites, each given once.
pub(super) fn entries_exist(entries: &[GivenEntry], sizes: &[i64]) -> Result<(), Box<Diagnostic>> {
    let mut known: Vec<(&str, Vec<i64>)> = Vec::new();
    for entry in entries {
        let number = |size: &Polynomial| size.evaluate(sizes).unwrap_or(i64::MAX);
        let at: Vec<i64> = entry.indices.iter().map(|(index, _)| number(index)).collect();
        let fault =
            |message: String| Err(Box::new(Diagnostic::error(codes::INDEX_OUTSIDE, entry.span, message)));
        let inside = at.iter().zip(&entry.indices).all(|(at, (_, extent))| (0..number(extent)).contains(at));
        if !inside {
            return fault(format!("`{}` has no entry {at:?}, which is given this value", entry.site));
        }
        if known.contains(&(&entry.site, at.clone())) {
            return fault(format!("the entry {at:?} of `{}` is given twice", entry.site));
        }
        known.push((&entry.site, at));
    }
    Ok(())
}

pub(super) fn too_large(expression: &Expr) -> Diagnostic {
    let message = "this posterior has more coordinates than memory could hold";
    Diagnostic::error(codes::NOT_SUPPORTED, expression.span, message)
}
