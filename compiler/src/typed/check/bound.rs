//! `lower real`, `upper real`: headers that say to which side an estimate errs, so that no bound is taken for a value or for
//! a bound from the other side.

use super::Checker;
use crate::typed::exact::Exactness;
use crate::typed::tree::{Expr, Variable};
use crate::typed::types::Type;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, TypeKind};

/// The side that a written type names.
pub(super) fn side(ty: &tree::Type) -> Option<Exactness> {
    match &ty.kind {
        TypeKind::Lower(_) => Some(Exactness::Lower),
        TypeKind::Upper(_) => Some(Exactness::Upper),
        _ => None,
    }
}

impl Checker<'_> {
    /// A type in a header, which may be a bound.
    pub(super) fn written_or_bound(&mut self, ty: &tree::Type) -> Type {
        let (TypeKind::Lower(of) | TypeKind::Upper(of)) = &ty.kind else { return self.written(ty).ty };
        if of.as_str() != "real" {
            let fault = Diagnostic::error(codes::NOT_A_TYPE, of.span, "only real numbers are bounded");
            self.report(fault.expected("`lower real` or `upper real`"));
        }
        Type::real()
    }

    /// Notes to which side a parameter errs.
    pub(super) fn bound_parameter(&mut self, variable: Variable, ty: Option<&tree::Type>) {
        let side = ty.and_then(side);
        self.program.bounds.extend(side.map(|side| (variable, side)));
    }

    /// Whether a function's value errs to the side that its header says.
    pub(super) fn bounded_result(&mut self, value: &Expr, declared: Exactness) {
        let found = self.exactness(value);
        if found != Exactness::Exact && found != declared {
            self.contradicted(value.span, found, declared);
        }
    }

    /// Reports an estimate that errs to another side than is stated.
    pub(super) fn contradicted(&mut self, span: Span, found: Exactness, stated: Exactness) {
        let message = "an estimate that errs to another side than is stated";
        let fault = Diagnostic::error(codes::NOT_EXACT, span, message)
            .expected(told(stated))
            .found(told(found))
            .help("the `log` of an unbiased estimate lies below in the mean, and minus that above");
        self.report(fault);
    }
}

/// What a value is, in words.
pub(super) fn told(exactness: Exactness) -> &'static str {
    match exactness {
        Exactness::Exact => "a value",
        Exactness::Unbiased => "an expectation",
        Exactness::Lower => "a lower bound",
        Exactness::Upper => "an upper bound",
    }
}
