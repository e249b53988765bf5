//! Measures made of measures: mixtures, sorted draws, truncations and images under bijectors.

use super::Checker;
use super::bijector::no_inverse;
use super::expression::join_elements;
use super::measure::measure_value;
use crate::ir::Polynomial;
use crate::typed::range::Range;
use crate::typed::structure::Structure;
use crate::typed::tree::{Expr, Fact, Measure, Support, interval_bijector};
use crate::typed::types::{Domain, Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree;

impl Checker<'_> {
    pub(super) fn mixture(&mut self, span: Span, weights: &tree::Expr, components: &tree::Expr) -> Expr {
        let weights = self.expression(weights);
        let tree::ExprKind::Array(components) = &components.kind else {
            return self.unsupported(components.span, "components that are not listed in brackets");
        };
        let components: Vec<Expr> =
            components.iter().map(|component| self.measure(component, None)).collect();
        let unit = Domain { range: Range::UNIT, structure: None };
        let wanted = Type::array(Element::Real(unit), vec![Polynomial::constant(components.len() as i64)]);
        let weights = self.fit(weights, &wanted, "the weights of `mixture`");
        let mut value: Option<Type> = None;
        for component in &components {
            let Element::Measure(measure) = &component.ty.element else { return Expr::unknown(span) };
            value = match value {
                None => Some(measure.value.clone()),
                Some(value) => {
                    let joined = join_elements(&value.element, &measure.value.element)
                        .filter(|_| value.shape == measure.value.shape);
                    let Some(element) = joined else {
                        let message = "the components of this mixture draw values of different types";
                        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, component.span, message)
                            .expected(format!("`{}`", self.show(&value)))
                            .found(format!("`{}`", self.show(&measure.value)));
                        return self.fail(span, diagnostic);
                    };
                    Some(Type::array(element, value.shape))
                }
            };
        }
        match value {
            Some(value) if !weights.is_unknown() => {
                measure_value(span, value, Measure::Mixture { weights, components })
            }
            Some(_) => Expr::unknown(span),
            None => {
                let message = "a mixture of nothing";
                self.fail(
                    span,
                    Diagnostic::error(codes::MISSING_ARGUMENT, span, message)
                        .expected("`mixture(w, [d1, d2])`"),
                )
            }
        }
    }

    pub(super) fn sorted(&mut self, span: Span, base: &tree::Expr) -> Expr {
        let base = self.measure(base, None);
        let Element::Measure(measure) = &base.ty.element else { return Expr::unknown(span) };
        let Element::Real(domain) = measure.value.element else {
            return self.unsupported(span, "`sorted` of discrete draws");
        };
        if measure.value.shape.len() != 1 {
            return self.unsupported(span, "`sorted` of anything but a vector of copies");
        }
        let structure = match domain.range {
            Range::ANY => Structure::Ordered,
            Range::POSITIVE => Structure::PositiveOrdered,
            _ => return self.unsupported(span, "`sorted` on a bounded support"),
        };
        let element = Element::Real(Domain { structure: Some(structure), ..domain });
        let value = Type::array(element, measure.value.shape.clone());
        measure_value(span, value, Measure::Sorted(base))
    }

    /// `truncate(d, a, b)`
    pub(super) fn truncate(&mut self, span: Span, base: &tree::Expr, ends: [&tree::Expr; 2]) -> Expr {
        let base = self.measure(base, None);
        let ends = ends.map(|end| self.expression(end));
        let Element::Measure(of) = &base.ty.element else { return Expr::unknown(span) };
        let value = of.value.clone();
        let Some(distribution) = self.truncated(&base) else { return Expr::unknown(span) };
        let told = self.diagnostics.len();
        let [lower, upper] = ends.map(|end| self.end_of_truncation(end, &value));
        if self.diagnostics.len() > told {
            return Expr::unknown(span);
        }
        let range = |end: &Option<Expr>| end.as_ref().map_or(Range::ANY, |end| end.ty.element.range());
        let within = Range {
            lower: Range::between(range(&lower).lower.value, f64::INFINITY).lower,
            upper: Range::between(f64::NEG_INFINITY, range(&upper).upper.value).upper,
        };
        if value.element.range().misses(within) || range(&upper).upper.value < range(&lower).lower.value {
            let diagnostic =
                Diagnostic::error(codes::OUTSIDE_RANGE, span, "nothing is left between these ends")
                    .expected(format!("ends in `{}`, the lower first", value.element.range()));
            return self.fail(span, diagnostic);
        }
        let uses = self.program.distributions[distribution].uses.clone();
        self.scope.uses.extend(uses);
        let element = match &value.element {
            Element::Real(domain) => Element::real_in(domain.range.meet(within)),
            other => other.clone(),
        };
        if let Support::Interval { lower: first, upper: last } =
            &self.program.distributions[distribution].support
        {
            let name =
                interval_bijector(first.is_some() || lower.is_some(), last.is_some() || upper.is_some());
            name.iter().for_each(|name| self.library_bijector(name));
        }
        measure_value(span, Type::array(element, value.shape), Measure::Truncated { base, lower, upper })
    }

    /// The distribution that a truncation is made of, with the facts that it needs.
    fn truncated(&mut self, base: &Expr) -> Option<usize> {
        let Some(distribution) = base.distribution() else {
            self.unsupported(base.span, "`truncate` of anything but a declared distribution");
            return None;
        };
        let name = self.program.distributions[distribution].name.clone();
        let told = [Fact::LogCdf, Fact::LogSurvival].map(|fact| self.fact(distribution, fact));
        if told.contains(&false) {
            let message = format!("`{name}` cannot be truncated");
            let diagnostic = Diagnostic::error(codes::MISSING_ARGUMENT, base.span, message)
                .expected("a distribution that declares `log_cdf` and `log_survival`");
            self.report(diagnostic);
            return None;
        }
        Some(distribution)
    }

    /// An end; none where it is infinite.
    fn end_of_truncation(&mut self, end: Expr, value: &Type) -> Option<Expr> {
        let shape = if end.ty.shape.is_empty() { Vec::new() } else { value.shape.clone() };
        let range = end.ty.element.range();
        if end.ty.shape.is_empty() && range.lower == range.upper && range.lower.value.is_infinite() {
            return None;
        }
        Some(self.fit(end, &Type::array(value.element.plain(), shape), "an end of `truncate`"))
    }

    /// `transformed(d, b)`
    pub(super) fn transformed(&mut self, span: Span, base: &tree::Expr, bijector: &tree::Expr) -> Expr {
        let base = self.measure(base, None);
        let map = self.expression(bijector);
        let (Element::Measure(of), false) = (&base.ty.element, map.is_unknown()) else {
            return Expr::unknown(span);
        };
        let drawn = of.value.clone();
        let (Some(arguments), Element::Bijector(of)) = (self.arguments_of_bijector(&map), &map.ty.element)
        else {
            return Expr::unknown(span);
        };
        let row = self.program.bijectors[of.bijector].clone();
        let substitution = self.substitution(&row.sizes, &of.sizes);
        let [wanted, image] =
            [row.variable, row.image].map(|variable| self.row(variable).ty.substitute(&substitution));
        let elementwise = wanted.shape.is_empty();
        if !matches!(drawn.element, Element::Real(_)) || !(elementwise || wanted.shape == drawn.shape) {
            let message = format!("`{}` does not take what this measure draws", row.name);
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, base.span, message)
                .expected(format!("`{}`", self.show(&wanted)))
                .found(format!("`{}`", self.show(&drawn)));
            return self.fail(span, diagnostic);
        }
        if row.inverse.is_none() {
            return self.fail(span, *no_inverse(bijector.span, &row.name));
        }
        let (element, support) = self.images(of, &arguments, drawn.element.range());
        if let Some(name) = support.bijector() {
            self.library_bijector(name);
        }
        let shape = if elementwise { drawn.shape } else { image.shape };
        let (bijector, sizes, arguments) = (of.bijector, of.sizes.clone(), arguments);
        let measure = Measure::Transformed { base, bijector, sizes, arguments, support, elementwise };
        measure_value(span, Type::array(element, shape), measure)
    }
}
