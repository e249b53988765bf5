//! Measures made of measures: mixtures, sorted draws, truncations and images under bijectors.

use super::Checker;
use super::call::arrange;
use super::coerce::Care;
use super::expression::join_elements;
use super::measure::measure_value;
use super::scope::{Entity, Room};
use super::solve::Callee;
use super::written::Written;
use crate::ir::Polynomial;
use crate::typed::range::Range;
use crate::typed::structure::Structure;
use crate::typed::tree::{Expr, Fact, Measure, Support, interval_bijector};
use crate::typed::types::{Domain, Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, ArgumentKind, IndexKind, ItemKind};

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
        let Some(map) = self.bijector_value(bijector) else { return Expr::unknown(span) };
        let Element::Measure(of) = &base.ty.element else { return Expr::unknown(span) };
        let drawn = of.value.clone();
        let row = &self.program.bijectors[map.bijector];
        let substitution = self.substitution(&row.sizes, &map.sizes);
        let [wanted, image] = [row.variable, row.image].map(|variable| self.row(variable).ty.clone());
        let (wanted, image) = (wanted.substitute(&substitution), image.substitute(&substitution));
        let (inverse, name) = (row.inverse.is_some(), row.name.clone());
        let fits = matches!(drawn.element, Element::Real(_))
            && (wanted.shape.is_empty() || wanted.shape == drawn.shape);
        if !fits {
            let message = format!("`{name}` does not take what this measure draws");
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, base.span, message)
                .expected(format!("`{}`", self.show(&wanted)))
                .found(format!("`{}`", self.show(&drawn)));
            return self.fail(span, diagnostic);
        }
        if !inverse {
            let message = format!("`{name}` has no `inverse`, which the density of its images needs");
            let diagnostic = Diagnostic::error(codes::MISSING_ARGUMENT, bijector.span, message);
            return self.fail(span, diagnostic.help("add a line `inverse = ..` to its declaration"));
        }
        let element = map.element.unwrap_or(image.element);
        let support = map.support.unwrap_or_else(|| match &element {
            Element::Real(Domain { structure: Some(structure), .. }) => Support::Structured(*structure),
            element => super::written::range_support(element.range()),
        });
        if let Some(name) = support.bijector() {
            self.library_bijector(name);
        }
        let shape = if wanted.shape.is_empty() { drawn.shape } else { image.shape };
        let BijectorValue { bijector, sizes, arguments, .. } = map;
        let elementwise = wanted.shape.is_empty();
        let measure = Measure::Transformed { base, bijector, sizes, arguments, support, elementwise };
        measure_value(span, Type::array(element, shape), measure)
    }

    /// A bijector with its arguments: `b(..)`, or `to(T)` for the map onto a support.
    fn bijector_value(&mut self, written: &tree::Expr) -> Option<BijectorValue> {
        let (name, arguments) = match &written.kind {
            tree::ExprKind::Name(name) => (name, &[][..]),
            tree::ExprKind::Call { function, arguments } => match &function.kind {
                tree::ExprKind::Name(name) => (name, arguments.as_slice()),
                _ => return self.no_bijector(written),
            },
            _ => return self.no_bijector(written),
        };
        if let ("to", [tree::Argument { kind: ArgumentKind::Value(value), .. }]) = (name.as_str(), arguments)
        {
            let ty = as_type(value).or_else(|| self.no_bijector(value))?;
            let onto = self.written(&ty);
            return self.onto(written.span, onto);
        }
        let entity = self.resolve(name)?;
        let declared = self.declarations_of(&entity);
        let bijectors: Vec<usize> =
            declared.into_iter().filter(|id| is_bijector(&self.declaration(*id).item.kind)).collect();
        if bijectors.is_empty() {
            return self.no_bijector(written);
        }
        let candidates = self.candidates(written.span, &bijectors, arguments)?;
        let (id, sources) = candidates.first()?;
        let values = self.values(arguments);
        let signature = self.signature(*id);
        let callee = Callee { name: name.as_str(), signature: &signature, care: Care::Impossible };
        let solved = self.solve(written.span, &callee, arrange(sources, &values))?;
        let bijector = self.bijector(*id)?;
        let (sizes, arguments) = (solved.sizes, solved.arguments);
        let support = match self.declaration(*id).room {
            Room::Library => interval_support(name.as_str(), &arguments),
            Room::User => None,
        };
        Some(BijectorValue { bijector, sizes, arguments, support, element: None })
    }

    /// The library's map onto a support.
    fn onto(&mut self, span: Span, onto: Written) -> Option<BijectorValue> {
        if onto.ty.is_unknown() {
            return None;
        }
        let Some(name) = onto.support.bijector() else {
            let message = format!("there is no map onto `{}`", self.show(&onto.ty));
            self.report(
                Diagnostic::error(codes::NOT_A_TYPE, span, message)
                    .expected("`to(positive)`, `to(simplex[K])`"),
            );
            return None;
        };
        self.library_bijector(name);
        let bijector = self.program.bijectors.iter().position(|bijector| &*bijector.name == name)?;
        let (sizes, arguments) = match &onto.support {
            Support::Interval { lower, upper } => {
                let ends = [lower, upper].into_iter().flatten().map(|end| (**end).clone());
                (Vec::new(), ends.collect())
            }
            _ => (vec![onto.ty.shape.last()?.clone()], Vec::new()),
        };
        let element = Some(onto.ty.element.clone());
        Some(BijectorValue { bijector, sizes, arguments, support: Some(onto.support), element })
    }

    fn no_bijector<T>(&mut self, written: &tree::Expr) -> Option<T> {
        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, written.span, "this is not a bijector")
            .expected("a declared bijector, or `to(T)` for the map onto a support");
        self.report(diagnostic);
        None
    }

    /// Checks a bijector of the library.
    pub(super) fn library_bijector(&mut self, name: &str) {
        self.load_library(name);
        if let Some((Entity::Declared(rivals), _)) = self.library.get(name as &str) {
            let id = rivals[0];
            self.bijector(id);
        }
    }
}

/// A bijector with its arguments.
struct BijectorValue {
    bijector: usize,
    sizes: Vec<Polynomial>,
    arguments: Vec<Expr>,
    /// Where its images lie, if its name says more than its declaration.
    support: Option<Support>,
    element: Option<Element>,
}

/// Where the images of the library's maps onto intervals lie.
fn interval_support(name: &str, arguments: &[Expr]) -> Option<Support> {
    let end = |position: usize| arguments.get(position).cloned().map(Box::new);
    match name {
        "above" => Some(Support::Interval { lower: end(0), upper: None }),
        "below" => Some(Support::Interval { lower: None, upper: end(0) }),
        "between" => Some(Support::Interval { lower: end(0), upper: end(1) }),
        _ => None,
    }
}

fn is_bijector(kind: &ItemKind) -> bool {
    matches!(kind, ItemKind::Definitions(written) if written.kind == tree::DefinitionsKind::Bijector)
}

/// The type that an expression spells: `positive`, `interval(a, b)`, `simplex[K]`.
fn as_type(written: &tree::Expr) -> Option<tree::Type> {
    let kind = match &written.kind {
        tree::ExprKind::Name(name) => tree::TypeKind::Name(name.clone()),
        tree::ExprKind::Call { function, arguments } => {
            tree::TypeKind::Call { base: Box::new(as_type(function)?), arguments: arguments.clone() }
        }
        tree::ExprKind::Index { base, indices } => {
            let size = |index: &tree::Index| match &index.kind {
                IndexKind::At(size) => Some(size.clone()),
                IndexKind::Slice { .. } => None,
            };
            let sizes = indices.iter().map(size).collect::<Option<Vec<_>>>()?;
            tree::TypeKind::Sized { base: Box::new(as_type(base)?), sizes }
        }
        _ => return None,
    };
    Some(tree::Type::new(written.span, kind))
}
