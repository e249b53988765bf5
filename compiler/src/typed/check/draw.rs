//! Draws in what is not a model: the `sample` entries of distributions, and functions that they call. An entry is checked
//! when something draws from its distribution: most programs only score. Without one, the quantile of a uniform number is
//! drawn.

use super::Checker;
use super::scope::Entity;
use crate::typed::tree::{Expr, ExprKind, Fact, Measure, Role, StatementKind};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, ItemKind};

impl Checker<'_> {
    /// `x ~ d` in a block of what draws: names for draws.
    pub(super) fn draw_statement(&mut self, span: Span, written: &tree::Site) -> Vec<StatementKind> {
        self.scope.draws.get_or_insert(span);
        if let Some(strategy) = &written.strategy {
            self.unsupported(strategy.span, "`by` outside of `expect`");
        }
        written.places.iter().filter_map(|place| self.drawn(place, written)).collect()
    }

    fn drawn(&mut self, place: &tree::Place, written: &tree::Site) -> Option<StatementKind> {
        let annotation = written.ty.as_ref().map(|ty| self.written(ty).ty);
        let measure = self.measure(&written.measure, annotation.as_ref());
        let value = match &measure.ty.element {
            Element::Measure(of) => of.value.clone(),
            _ => Type::unknown(),
        };
        if !place.indices.is_empty() {
            let fault = Diagnostic::error(
                codes::NOT_IN_A_MODEL,
                place.span,
                "single entries are drawn only in a model",
            );
            self.report(fault.help("draw all entries at once: `x ~ d[N]`"));
        }
        let variable = self.new_variable(&place.name, value.clone(), Role::Local);
        self.bind(&place.name.name, Entity::Variable(variable));
        self.samples_in(&measure);
        (!value.is_unknown()).then_some(StatementKind::Draw { variable, measure })
    }

    /// Checks the `sample` of every distribution in a model.
    pub(super) fn samples_of_model(&mut self, model: usize) {
        let mut met = Vec::new();
        self.program.models[model].body.parts(&mut |part| distributions(part, &mut met));
        met.into_iter().for_each(|distribution| self.sample(distribution));
    }

    /// Checks the `sample` of every distribution in an expression.
    fn samples_in(&mut self, expr: &Expr) {
        let mut met = Vec::new();
        distributions(expr, &mut met);
        met.into_iter().for_each(|distribution| self.sample(distribution));
    }

    /// Checks a distribution's `sample`, if it has one, once.
    pub(super) fn sample(&mut self, distribution: usize) {
        let row = &self.program.distributions[distribution];
        if row.sample.is_some() {
            return;
        }
        let wanted = self.row(row.variable).ty.plain();
        let id = self.distribution_declarations[distribution];
        let item = self.declaration(id).item.clone();
        let ItemKind::Definitions(written) = &item.kind else {
            panic!("distributions are declared by definitions")
        };
        let (signature, room) = (self.signature(id), self.declaration(id).room);
        let (sample, scope) = self.in_scope(room, |checker| {
            checker.scope.locals = signature.locals.clone();
            checker.entry(written, "sample", &wanted)
        });
        let row = &mut self.program.distributions[distribution];
        row.sample = sample;
        row.uses.extend(scope.uses);
        if row.sample.is_none() {
            self.fact(distribution, Fact::Quantile);
        }
    }
}

/// Adds the distributions of an expression that are not there yet.
fn distributions(expr: &Expr, into: &mut Vec<usize>) {
    expr.any(&mut |part| {
        if let ExprKind::Measure(form) = &part.kind
            && let Measure::Distribution { distribution, .. } = &**form
            && !into.contains(distribution)
        {
            into.push(*distribution);
        }
        false
    });
}
