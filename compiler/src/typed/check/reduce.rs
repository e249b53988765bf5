//! Reductions of an array, or of a loop that builds nothing: one row each.

use super::Checker;
use super::coerce::convert;
use crate::typed::bounds::Bounds;
use crate::typed::range::Range;
use crate::typed::tree::{Expr, ExprKind, Fact, Loop, Reduced, Reduction};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind};

/// What a reduction takes and gives.
pub(super) struct Row {
    pub name: &'static str,
    reduction: Reduction,
    takes: Takes,
    /// Of the result, from that of the entries.
    range: fn(Range) -> Range,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// Real numbers; integers are widened.
    Reals,
    /// Integers give an integer, the rest real numbers.
    Numbers,
    /// Truth values.
    Truths,
}

const fn row(name: &'static str, reduction: Reduction, takes: Takes, range: fn(Range) -> Range) -> Row {
    Row { name, reduction, takes, range }
}

/// All of them.
pub(super) const REDUCTIONS: &[Row] = &[
    row("sum", Reduction::Sum, Takes::Numbers, of_sum),
    row("prod", Reduction::Prod, Takes::Numbers, of_product),
    row("min", Reduction::Min, Takes::Numbers, |range| range),
    row("max", Reduction::Max, Takes::Numbers, |range| range),
    row("mean", Reduction::Mean, Takes::Reals, |range| range),
    row("variance", Reduction::Variance, Takes::Reals, |_| Range::NONNEGATIVE),
    row("logsumexp", Reduction::LogSumExp, Takes::Reals, |_| Range::ANY),
    row("logmeanexp", Reduction::LogMeanExp, Takes::Reals, |range| range),
    row("all", Reduction::All, Takes::Truths, |range| range),
    row("any", Reduction::Any, Takes::Truths, |range| range),
];

/// A sum may be empty.
fn of_sum(range: Range) -> Range {
    if range.lies_in(Range::NONNEGATIVE) { Range::NONNEGATIVE } else { Range::ANY }
}

fn of_product(range: Range) -> Range {
    [Range::POSITIVE, Range::NONNEGATIVE]
        .into_iter()
        .find(|signs| range.lies_in(*signs))
        .unwrap_or(Range::ANY)
}

impl Checker<'_> {
    /// A reduction; none where its name is called as a function of several arguments.
    pub(super) fn reduction(&mut self, span: Span, row: &Row, arguments: &[Argument]) -> Option<Expr> {
        let over = match arguments {
            [Argument { kind: ArgumentKind::For(part), .. }] => {
                let part = self.nested(|checker| checker.looped(part))?;
                Reduced::Loop(Box::new(part))
            }
            [Argument { kind: ArgumentKind::Value(value), .. }] => {
                if let Some(part) = self.chosen_numbers(value) {
                    return Some(self.reduced(span, row, Reduced::Loop(Box::new(part))));
                }
                let value = self.expression(value);
                let fact = [Fact::Mean, Fact::Variance].into_iter().find(|fact| fact.name() == row.name);
                if let (Element::Measure(_), Some(fact)) = (&value.ty.element, fact) {
                    return Some(self.fact_of(span, fact, value, None));
                }
                Reduced::Array(Box::new(value))
            }
            _ if !ansatz_stdlib::declaring(row.name).is_empty() => return None,
            _ => {
                let message = format!("`{}` takes an array or a loop", row.name);
                let help = format!("write `{0}(x)` or `{0}(for i in N: e)`", row.name);
                let diagnostic = Diagnostic::error(codes::TOO_MANY_ARGUMENTS, span, message).help(help);
                return Some(self.fail(span, diagnostic));
            }
        };
        Some(self.reduced(span, row, over))
    }

    /// `[for i in N if c: e]` of numbers, inside what is compiled: a reduction needs no array of them.
    fn chosen_numbers(&mut self, value: &tree::Expr) -> Option<Loop> {
        let tree::ExprKind::Comprehension(part) = &value.kind else { return None };
        if part.guard.is_none() || self.scope.script {
            return None;
        }
        let part = self.quietly(|checker| checker.nested(|checker| checker.looped(part)))?;
        let is_number = part.body.ty.is_numeric() && part.body.ty.shape.is_empty();
        is_number.then_some(part)
    }

    fn reduced(&mut self, span: Span, row: &Row, mut over: Reduced) -> Expr {
        let entries = match &mut over {
            Reduced::Array(value) => value.as_mut(),
            Reduced::Loop(part) => &mut part.body,
        };
        if entries.is_unknown() {
            return Expr::unknown(span);
        }
        let wanted = match (row.takes, &entries.ty.element) {
            (Takes::Reals, _) | (Takes::Numbers, Element::Real(_)) => Element::REAL,
            (Takes::Numbers, _) => Element::int(),
            (Takes::Truths, _) => Element::Bool,
        };
        let wanted = Type::array(wanted, entries.ty.shape.clone());
        let what = format!("what `{}` reduces", row.name);
        let value = self.fit(std::mem::replace(entries, Expr::unknown(span)), &wanted, &what);
        if value.is_unknown() {
            return value;
        }
        let element = match &value.ty.element {
            Element::Real(domain) => Element::real_in((row.range)(domain.range)),
            Element::Int(bounds) if bounds.never_negative() => {
                Element::Int(Bounds { lower: Some(0.into()), upper: None })
            }
            Element::Int(_) => Element::int(),
            other => other.clone(),
        };
        *entries = convert(value, &wanted.element);
        let shape = match &over {
            Reduced::Array(_) => Vec::new(),
            Reduced::Loop(part) => part.body.ty.shape.clone(),
        };
        let kind = ExprKind::Reduce { reduction: row.reduction, over };
        Expr { span, ty: Type::array(element, shape), kind }
    }
}
