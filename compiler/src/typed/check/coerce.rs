//! Values where a type is wanted: numbers widen, shapes must be equal, and what is known of signs and structures must
//! not contradict the type.

use super::Checker;
use crate::ir::Polynomial;
use crate::typed::range::Range;
use crate::typed::tree::{Expr, ExprKind, Role};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};

/// How sure one must be that a value lies where it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// A value that cannot lie there is a mistake.
    Impossible,
    /// So is one whose declaration allows others.
    Declared,
}

impl Checker<'_> {
    /// The value as this type, or a message about `what`.
    pub(super) fn fit(&mut self, value: Expr, wanted: &Type, what: &str) -> Expr {
        self.fit_with(value, wanted, what, Care::Impossible)
    }

    /// The same with a choice of care.
    pub(super) fn fit_with(&mut self, value: Expr, wanted: &Type, what: &str, care: Care) -> Expr {
        if value.is_unknown() || wanted.is_unknown() {
            return value;
        }
        let value = self.shown(value);
        let span = value.span;
        if value.ty.shape != wanted.shape || !same_kind(&value.ty.element, &wanted.element) {
            let code = if same_kind(&value.ty.element, &wanted.element) {
                codes::SHAPE_MISMATCH
            } else {
                codes::TYPE_MISMATCH
            };
            let diagnostic =
                Diagnostic::error(code, span, format!("{what} has another type than it must have"))
                    .expected(format!("`{}`", self.show(wanted)))
                    .found(format!("`{}`", self.show(&value.ty)));
            let diagnostic = self.advise_on_type(diagnostic, &value, wanted);
            return self.fail(span, diagnostic);
        }
        let value = convert(value, &wanted.element);
        if let Some(diagnostic) = self.outside(&value, &wanted.element, what, care) {
            return self.fail(span, diagnostic);
        }
        value
    }

    /// What is wrong with where a number lies.
    fn outside(&self, value: &Expr, wanted: &Element, what: &str, care: Care) -> Option<Diagnostic> {
        let (range, allowed) = (value.ty.element.range(), wanted.range());
        if !wanted.is_numeric() || range.lies_in(allowed) {
            return None;
        }
        if range.misses(allowed) {
            let message = format!("{what} cannot lie where it must");
            let diagnostic = Diagnostic::error(codes::OUTSIDE_RANGE, value.span, message)
                .expected(format!("`{allowed}`"))
                .found(found(range))
                .help(super::advice::for_range(allowed));
            return Some(diagnostic);
        }
        let declared = self.declared_as(value)?;
        if care == Care::Impossible {
            return None;
        }
        let row = self.row(declared);
        let message = format!("{what} may lie outside where it must");
        let help = match row.role {
            Role::Data => format!("declare `{}` as `{allowed}`", row.name),
            _ if allowed == Range::POSITIVE => {
                format!("give `{0}` the type `positive`, or write `exp({0})`", row.name)
            }
            _ if allowed == Range::UNIT => {
                format!("give `{0}` the type `unit`, or write `sigmoid({0})`", row.name)
            }
            _ => format!("give `{}` the type `{allowed}`", row.name),
        };
        let diagnostic = Diagnostic::error(codes::OUTSIDE_RANGE, value.span, message)
            .label(row.span, format!("`{}` is declared here as `{}`", row.name, range))
            .expected(format!("`{allowed}`"))
            .found(format!("`{range}`"))
            .help(help);
        Some(diagnostic)
    }

    /// The data or parameter whose entries the value is, as they are declared.
    pub(super) fn declared_as(&self, value: &Expr) -> Option<crate::typed::tree::Variable> {
        match &value.kind {
            ExprKind::Variable(variable) => {
                let role = self.row(*variable).role;
                matches!(role, Role::Data | Role::Parameter | Role::Site).then_some(*variable)
            }
            ExprKind::Index { base, .. } => self.declared_as(base),
            ExprKind::Convert(inner) => self.declared_as(inner),
            _ => None,
        }
    }

    /// A real number or an array of them.
    pub(super) fn number(&mut self, value: Expr) -> Expr {
        let wanted = Type::array(Element::REAL, value.ty.shape.clone());
        self.fit(value, &wanted, "this value")
    }

    /// A scalar truth value.
    pub(super) fn condition(&mut self, value: Expr) -> Expr {
        self.fit(value, &Type::bool(), "the condition")
    }
}

fn found(range: Range) -> String {
    if range.lower == range.upper { range.lower.value.to_string() } else { format!("`{range}`") }
}

/// Whether a value of one kind may stand for another after widening.
pub(super) fn same_kind(found: &Element, wanted: &Element) -> bool {
    match (found, wanted) {
        (Element::Real(_) | Element::Int(_) | Element::Bool, Element::Real(_)) => true,
        (Element::Int(_) | Element::Bool, Element::Int(_)) => true,
        (Element::Bool, Element::Bool) | (Element::Text, Element::Text) => true,
        (Element::Measure(_), Element::Measure(_)) | (Element::Model(_), Element::Model(_)) => true,
        (Element::Fit(_), Element::Fit(_)) | (Element::Bijector(_), Element::Bijector(_)) => true,
        (Element::Dynamics(found), Element::Dynamics(wanted)) if wanted.name.is_empty() => {
            found.motion == wanted.motion
        }
        (Element::Record(a), Element::Record(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(same_field)
        }
        (found, wanted) => found == wanted,
    }
}

type Field = (std::sync::Arc<str>, Type);

fn same_field((a, b): (&Field, &Field)) -> bool {
    a.0 == b.0 && a.1.shape == b.1.shape && same_kind(&a.1.element, &b.1.element)
}

/// The value with its entries widened; what is known of them is kept.
pub(super) fn convert(value: Expr, wanted: &Element) -> Expr {
    let element = match (&value.ty.element, wanted) {
        (Element::Int(_) | Element::Bool, Element::Real(_)) => Element::real_in(value.ty.element.range()),
        (Element::Bool, Element::Int(_)) => Element::Int(value.ty.element.bounds()),
        (Element::Record(found), Element::Record(fields)) if found != fields => wanted.clone(),
        _ => return value,
    };
    let constant = match &value.kind {
        ExprKind::Size(size) => size.as_constant(),
        _ => None,
    };
    let ty = Type::array(element, value.ty.shape.clone());
    let kind = match constant {
        Some(n) if matches!(wanted, Element::Real(_)) => ExprKind::Real(n as f64),
        _ => ExprKind::Convert(Box::new(value.clone())),
    };
    Expr { span: value.span, ty, kind }
}

/// The shape that operands have together: that of those that are no scalars, if it is one.
pub(super) fn common_shape<'a>(shapes: impl Iterator<Item = &'a [Polynomial]>) -> Option<Vec<Polynomial>> {
    let mut common: &[Polynomial] = &[];
    for shape in shapes.filter(|shape| !shape.is_empty()) {
        if common.is_empty() {
            common = shape;
        } else if common != shape {
            return None;
        }
    }
    Some(common.to_vec())
}
