//! What distributions declare of themselves besides their log density, checked when something asks: most programs do not.

use super::Checker;
use super::scope::Entity;
use crate::typed::range::Range;
use crate::typed::tree::{Expr, ExprKind, Fact, Measure};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, ItemKind};

impl Checker<'_> {
    /// Whether a distribution of the program declares this of itself; from here on its row has it.
    pub(super) fn fact(&mut self, distribution: usize, fact: Fact) -> bool {
        let row = &self.program.distributions[distribution];
        if row.fact(fact).is_some() {
            return true;
        }
        let (variable, probability) = (row.variable, row.probability);
        let id = self.distribution_declarations[distribution];
        let (item, room, signature) =
            (self.declaration(id).item.clone(), self.declaration(id).room, self.signature(id));
        let ItemKind::Definitions(written) = &item.kind else {
            panic!("distributions are declared by definitions")
        };
        let value = self.row(variable).ty.clone();
        let wanted = match fact {
            Fact::LogCdf | Fact::LogSurvival => Type::real(),
            Fact::Quantile | Fact::UpperQuantile => value.plain(),
            Fact::Mean | Fact::Variance => Type::array(Element::REAL, value.shape.clone()),
        };
        if !self.opens_entry(distribution, fact.name(), written) {
            return false;
        }
        let (value, scope) = self.in_scope(room, |checker| {
            checker.scope.locals = signature.locals.clone();
            if fact.takes_value() {
                checker.bind(&written.variable.name.name, Entity::Variable(variable));
            }
            if fact.takes_probability() {
                checker.bind(&"u".into(), Entity::Variable(probability));
            }
            checker.entry(written, fact.name(), &wanted)
        });
        self.open_entries.pop();
        let Some(value) = value else { return false };
        let row = &mut self.program.distributions[distribution];
        row.facts.push((fact, value));
        row.uses.extend(scope.uses);
        true
    }

    /// An entry of a distribution is checked from here on, unless it is already: it would need itself.
    pub(super) fn opens_entry(
        &mut self,
        distribution: usize,
        entry: &'static str,
        written: &tree::Definitions,
    ) -> bool {
        if self.open_entries.contains(&(distribution, entry)) {
            let message = format!("`{entry}` of `{}` needs itself", written.name);
            let fault = Diagnostic::error(codes::RECURSION, written.name.span, message).help(
                "inside its declaration a distribution's name means that distribution: give it another name",
            );
            self.report(fault);
            return false;
        }
        self.open_entries.push((distribution, entry));
        true
    }

    /// `log_cdf(d, x)`, `quantile(d, p)`, with the arguments as they are written.
    pub(super) fn fact_at(&mut self, span: Span, fact: Fact, measure: &tree::Expr, at: &tree::Expr) -> Expr {
        let measure = self.measure(measure, None);
        let at = self.expression(at);
        if measure.is_unknown() || at.is_unknown() {
            return Expr::unknown(span);
        }
        self.fact_of(span, fact, measure, Some(at))
    }

    /// What a distribution declares of itself, as a value.
    pub(super) fn fact_of(&mut self, span: Span, fact: Fact, measure: Expr, at: Option<Expr>) -> Expr {
        let (name, Element::Measure(of)) = (fact.name(), &measure.ty.element) else {
            return Expr::unknown(span);
        };
        let value = of.value.clone();
        let ExprKind::Measure(form) = &measure.kind else {
            return self.unsupported(span, &format!("`{name}` of a measure that is not written out"));
        };
        let Measure::Distribution { distribution, lift, .. } = &**form else {
            return self.unsupported(span, &format!("`{name}` of what is made of distributions"));
        };
        let (distribution, lift) = (*distribution, lift.clone());
        if !self.fact(distribution, fact) {
            let message =
                format!("`{}` does not declare its `{name}`", self.program.distributions[distribution].name);
            return self.fail(span, Diagnostic::error(codes::MISSING_ARGUMENT, measure.span, message));
        }
        let uses = self.program.distributions[distribution].uses.clone();
        self.scope.uses.extend(uses);
        let element = if fact.takes_value() { value.element.plain() } else { Element::real_in(Range::UNIT) };
        let at =
            at.map(|at| Box::new(self.fit(at, &Type::array(element, lift.clone()), "the second argument")));
        if at.as_ref().is_some_and(|at| at.is_unknown()) {
            return Expr::unknown(span);
        }
        let ty = match fact {
            Fact::LogCdf | Fact::LogSurvival => Type::array(Element::REAL, lift),
            Fact::Quantile | Fact::UpperQuantile => value,
            Fact::Mean | Fact::Variance => Type::array(Element::REAL, value.shape),
        };
        Expr { span, ty, kind: ExprKind::Fact { fact, measure: Box::new(measure), at } }
    }
}
