//! Reading arrays whose entries are still being declared: only what earlier statements and earlier steps declare.
//!
//! An index is compared with the bounds of the entries that are declared, and with the indices of the loops around it: a
//! step is earlier if the outermost index that differs is.

use super::Checker;
use super::entries::Entries;
use crate::ir::Polynomial;
use crate::typed::bounds::{Bounds, never_negative};
use crate::typed::tree::{Expr, Index, Variable};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, IndexKind, Place};

/// What reading before all entries are declared comes to.
enum Order {
    Declared,
    TooEarly,
    Unknown,
}

impl Checker<'_> {
    /// The array that a variable is, while its entries are being declared.
    fn open_entries(&self, variable: Variable) -> Option<&Entries> {
        let found = self.scope.entries.iter().rfind(|(_, entries)| entries.variable == variable);
        found.map(|(_, entries)| entries).filter(|entries| entries.done.len() < entries.places.len())
    }

    /// A whole array is read: all its entries must be declared.
    pub(super) fn read_whole(&mut self, name: &tree::Ident, variable: Variable) -> bool {
        let Some(entries) = self.open_entries(variable) else { return true };
        let missing = entries.places.iter().find(|(place, _)| !entries.done.contains(&place.span));
        let missing = missing.expect("it is open").0.span;
        let message = format!("`{name}` is read before all its entries are declared");
        let diagnostic = Diagnostic::error(codes::NOT_YET_DECLARED, name.span, message)
            .label(missing, "entries declared here")
            .help("read single entries that are declared, or read it after its last declaration");
        self.report(diagnostic);
        false
    }

    /// Entries are read: they must not be proved to be declared later.
    pub(super) fn read_entries(&mut self, span: Span, variable: Variable, indices: &[Index]) -> bool {
        let Some(entries) = self.open_entries(variable) else { return true };
        let order = self.order(entries, indices);
        if !matches!(order, Order::TooEarly) {
            return true;
        }
        let (name, at) = (self.row(variable).name.clone(), entries.places[0].0.span);
        let message = format!("this entry of `{name}` is read before it is declared");
        let diagnostic = Diagnostic::error(codes::NOT_YET_DECLARED, span, message)
            .label(at, "declared here")
            .help("entries are declared in program order: read those of earlier steps");
        self.report(diagnostic);
        false
    }

    fn order(&self, entries: &Entries, indices: &[Index]) -> Order {
        let at: Vec<Option<&Expr>> = indices
            .iter()
            .map(|index| match index {
                Index::At { index, .. } => Some(index),
                _ => None,
            })
            .collect();
        let mut worst = Order::TooEarly;
        for (place, bounds) in &entries.places {
            if entries.done.contains(&place.span) {
                match within(&at, bounds) {
                    Order::Declared => return Order::Declared,
                    Order::Unknown => worst = Order::Unknown,
                    Order::TooEarly => {}
                }
            } else if entries.current.contains(&place.span) {
                match self.steps_back(&at, place, entries.above.contains(&place.span)) {
                    Order::Declared => return Order::Declared,
                    Order::Unknown => worst = Order::Unknown,
                    Order::TooEarly => {}
                }
            }
        }
        worst
    }

    /// Whether an entry belongs to an earlier step of the loops around, the outermost that differs deciding.
    fn steps_back(&self, at: &[Option<&Expr>], place: &Place, above: bool) -> Order {
        for (variable, reverse) in &self.scope.steps {
            let name = &self.row(*variable).name;
            let named = |index: &tree::Index| matches!(&index.kind, IndexKind::At(tree::Expr { kind: tree::ExprKind::Name(own), .. }) if own.name == *name);
            let Some(axis) = place.indices.iter().position(named) else { continue };
            let Some(distance) =
                at.get(axis).copied().flatten().and_then(|index| index.offset_from(*variable))
            else {
                return Order::Unknown;
            };
            let distance = if *reverse { distance.negate() } else { distance };
            let (one, zero) = (Polynomial::constant(1), Polynomial::constant(0));
            match (&distance.lower, &distance.upper) {
                (_, Some(upper)) if never_negative(&zero.minus(upper).minus(&one)) => return Order::Declared,
                (Some(lower), _) if never_negative(&lower.minus(&one)) => return Order::TooEarly,
                (Some(lower), Some(upper)) if *lower == zero && *upper == zero => {}
                _ => return Order::Unknown,
            }
        }
        let fixed = |(index, written): (&Option<&Expr>, &tree::Index)| match (index, &written.kind) {
            (Some(index), IndexKind::At(tree::Expr { kind: tree::ExprKind::Int(n), .. })) => {
                index.ty.as_size().and_then(Polynomial::as_constant) == Some(*n)
            }
            (Some(_), IndexKind::At(tree::Expr { kind: tree::ExprKind::Name(_), .. })) => true,
            _ => false,
        };
        if !at.iter().zip(&place.indices).all(fixed) {
            return Order::Unknown;
        }
        if above { Order::Declared } else { Order::TooEarly }
    }
}

/// Whether indices lie among entries with these bounds.
fn within(at: &[Option<&Expr>], bounds: &[Bounds]) -> Order {
    let mut all = Order::Declared;
    for (position, own) in bounds.iter().enumerate() {
        let Some(index) = at.get(position).copied().flatten() else { return Order::Unknown };
        let index = index.ty.element.bounds();
        let (Some(least), Some(greatest)) = (&own.lower, &own.upper) else { return Order::Unknown };
        let end = greatest.plus(&1.into());
        if index.plus(&Bounds::exactly(least.clone()).negate()).misses_index_below(&end.minus(least)) {
            return Order::TooEarly;
        }
        let above = index.lower.as_ref().is_some_and(|lower| never_negative(&lower.minus(least)));
        let below = index.upper.as_ref().is_some_and(|upper| never_negative(&greatest.minus(upper)));
        if !(above && below) {
            all = Order::Unknown;
        }
    }
    all
}
