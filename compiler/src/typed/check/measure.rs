//! Measures: declared distributions and what is made of them.

use super::argument::Source;
use super::call::arrange;
use super::coerce::{Care, same_kind};
use super::declare::State;
use super::expression::join_elements;
use super::solve::Callee;
use super::{Checker, Name};
use crate::ir::Polynomial;
use crate::typed::range::Range;
use crate::typed::tree::{Bijector, Block, Distribution, Expr, ExprKind, Measure, Role, Support};
use crate::typed::types::{Element, MeasureType, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, Definitions, Ident, IndexKind, ItemKind};
use std::sync::Arc;

impl Checker<'_> {
    /// What stands after `~`. `flat()` takes the type of the value that it scores.
    pub(super) fn measure(&mut self, written: &tree::Expr, value: Option<&Type>) -> Expr {
        if is_flat(written) {
            return match value {
                Some(value) => measure_value(written.span, value.clone(), Measure::Flat),
                None => {
                    let diagnostic =
                        Diagnostic::error(codes::NOT_A_TYPE, written.span, "`flat()` needs a type")
                            .help("write where the value lies, as in `sigma: positive ~ flat()`");
                    self.fail(written.span, diagnostic)
                }
            };
        }
        let measure = self.measure_or_model(written);
        self.as_measure(measure)
    }

    /// A value that must be a measure.
    pub(super) fn as_measure(&mut self, measure: Expr) -> Expr {
        match &measure.ty.element {
            Element::Measure(_) | Element::Unknown => measure,
            Element::Model(_) => self.unsupported(measure.span, "a model as a measure"),
            _ => {
                let diagnostic =
                    Diagnostic::error(codes::NOT_A_MEASURE, measure.span, "this is not a measure")
                        .expected("a distribution, such as `normal(0, 1)`")
                        .found(format!("`{}`", self.show(&measure.ty)))
                        .help("a value that is not drawn is named: `let x = e`, or `track x = e` to keep it");
                self.fail(measure.span, diagnostic)
            }
        }
    }

    /// An expression that may be a measure or a model; one that draws is a measure over its value.
    pub(super) fn measure_or_model(&mut self, written: &tree::Expr) -> Expr {
        let outer = self.scope.draws.take();
        let measure = self.expression(written);
        let draws = std::mem::replace(&mut self.scope.draws, outer);
        match &measure.ty.element {
            Element::Measure(_) | Element::Model(_) | Element::Unknown => {
                self.scope.draws = self.scope.draws.or(draws);
                measure
            }
            _ if draws.is_some() => super::draw::random(measure),
            _ => measure,
        }
    }

    pub(super) fn distribution_call(
        &mut self,
        span: Span,
        declarations: &[usize],
        arguments: &[Argument],
    ) -> Expr {
        let Some(candidates) = self.candidates(span, declarations, arguments) else {
            return Expr::unknown(span);
        };
        let [(id, sources)] = candidates.as_slice() else {
            let message = format!("`{}` needs its parameters named", self.declaration(declarations[0]).name);
            let expected = self.show_calls(declarations);
            let rivals: Vec<String> =
                candidates.iter().map(|(id, _)| self.told_apart(*id, &candidates)).collect();
            let diagnostic = Diagnostic::error(codes::AMBIGUOUS_PARAMETERS, span, message)
                .expected(expected)
                .help(format!("say which: {}", rivals.join(" or ")));
            return self.fail(span, diagnostic);
        };
        let values = arrange(sources, &self.values(arguments));
        let id = self.ranked(*id, &values);
        let (signature, name) = (self.signature(id), self.declaration(id).name.clone());
        let callee = Callee { name: &name, signature: &signature, care: Care::Declared };
        let Some(solved) = self.solve(span, &callee, values) else {
            return Expr::unknown(span);
        };
        let Some(distribution) = self.distribution(id) else { return Expr::unknown(span) };
        let declared = &self.program.distributions[distribution];
        let uses = declared.uses.clone();
        let mut value = self.row(declared.variable).ty.substitute(&solved.substitution).stacked(&solved.lift);
        if let Some(range) = drawn_between(declared, &solved.arguments) {
            value.element = Element::real_in(range);
        }
        self.scope.uses.extend(uses);
        let (sizes, arguments, lift) = (solved.sizes, solved.arguments, solved.lift);
        measure_value(span, value, Measure::Distribution { distribution, sizes, arguments, lift })
    }

    /// The parameter by which a declaration differs from its rivals, as it is given: `rate = ..`.
    fn told_apart(&mut self, id: usize, rivals: &[(usize, Vec<Source>)]) -> String {
        let names = |checker: &mut Self, id: usize| -> Vec<Name> {
            checker.signature(id).parameters.iter().map(|parameter| parameter.row.name.clone()).collect()
        };
        let others: Vec<Name> = rivals
            .iter()
            .filter(|(other, _)| *other != id)
            .flat_map(|(other, _)| names(self, *other))
            .collect();
        let own = names(self, id).into_iter().find(|name| !others.contains(name));
        own.map_or_else(|| format!("`{}`", self.show_call(id)), |own| format!("`{own} = ..`"))
    }

    /// A distribution's declaration, checked once; its number in the program.
    pub(super) fn distribution(&mut self, id: usize) -> Option<usize> {
        self.definitions(id, |checker, id, written| {
            let row = checker.distribution_row(id, written)?;
            checker.program.distributions.push(row);
            checker.distribution_declarations.push(id);
            Some(checker.program.distributions.len() - 1)
        })
    }

    /// A bijector's declaration, checked once; its number in the program.
    pub(super) fn bijector(&mut self, id: usize) -> Option<usize> {
        self.definitions(id, |checker, id, written| {
            let row = checker.bijector_row(id, written)?;
            checker.program.bijectors.push(row);
            Some(checker.program.bijectors.len() - 1)
        })
    }

    fn definitions(
        &mut self,
        id: usize,
        check: impl FnOnce(&mut Self, usize, &Definitions) -> Option<usize>,
    ) -> Option<usize> {
        match self.declaration(id).state {
            State::Done(number) => return Some(number),
            State::Failed => return None,
            State::Open => {
                let (name, span) = (self.declaration(id).name.clone(), self.declaration(id).span);
                let message = format!("`{name}` is defined by itself");
                self.report(Diagnostic::error(codes::RECURSION, span, message));
                return None;
            }
            State::Untouched => {}
        }
        self.declarations[id].state = State::Open;
        let item = self.declaration(id).item.clone();
        let ItemKind::Definitions(written) = &item.kind else {
            panic!("definitions are declared by definitions")
        };
        let number = check(self, id, written);
        self.declarations[id].state = number.map_or(State::Failed, State::Done);
        number
    }

    fn distribution_row(&mut self, id: usize, written: &Definitions) -> Option<Distribution> {
        let (signature, room) = (self.signature(id), self.declaration(id).room);
        let (row, scope) = self.in_scope(room, |checker| {
            checker.scope.locals = signature.locals.clone();
            let value = checker.written(&written.variable.ty);
            let variable = checker.new_variable(&written.variable.name, value.ty, Role::Parameter);
            checker.bind(&written.variable.name.name, super::scope::Entity::Variable(variable));
            let log_density = checker.entry(written, "log_density", &Type::real());
            let log_density = log_density.or_else(|| {
                checker.missing_entry(written, "log_density");
                None
            })?;
            checker.no_draws();
            let probability = Ident { name: "u".into(), span: written.name.span };
            let unit = Type::scalar(Element::real_in(Range::UNIT));
            let probability = checker.new_variable(&probability, unit, Role::Parameter);
            Some((variable, value.support, log_density, probability))
        });
        let (variable, support, log_density, probability) = row?;
        let (sizes, parameters) = (signature.sizes.clone(), signature.rows());
        let (name, facts, uses) = (written.name.name.clone(), Vec::new(), scope.uses);
        Some(Distribution {
            name,
            sizes,
            parameters,
            variable,
            support,
            log_density,
            probability,
            facts,
            sample: None,
            mvd: None,
            between: None,
            uses,
        })
    }

    fn bijector_row(&mut self, id: usize, written: &Definitions) -> Option<Bijector> {
        let (signature, room) = (self.signature(id), self.declaration(id).room);
        let (row, scope) = self.in_scope(room, |checker| {
            checker.scope.locals = signature.locals.clone();
            let x = &written.variable;
            let ty = checker.written(&x.ty).ty;
            let variable = checker.new_variable(&x.name, ty, Role::Parameter);
            checker.bind(&x.name.name, super::scope::Entity::Variable(variable));
            let forward = checker.free_entry(written, "forward")?;
            let log_det = checker.entry(written, "log_det", &Type::real())?;
            let image = checker.new_variable(&x.name, forward.ty.plain(), Role::Parameter);
            checker.bind(&x.name.name, super::scope::Entity::Variable(image));
            let inverse = checker.free_entry(written, "inverse");
            Some((variable, forward, log_det, image, inverse))
        });
        let (variable, forward, log_det, image, inverse) = row?;
        let (sizes, parameters) = (signature.sizes.clone(), signature.rows());
        let name = written.name.name.clone();
        let (uses, library) = (scope.uses, room == super::scope::Room::Library);
        Some(Bijector { name, sizes, parameters, variable, forward, log_det, image, inverse, uses, library })
    }

    fn free_entry(&mut self, written: &Definitions, name: &str) -> Option<Expr> {
        let entry = written.entries.iter().find(|entry| entry.name.as_str() == name)?;
        let value = self.expression(&entry.value);
        (!value.is_unknown()).then_some(value)
    }

    pub(super) fn entry(&mut self, written: &Definitions, name: &str, ty: &Type) -> Option<Expr> {
        let value = self.free_entry(written, name)?;
        let value = self.fit(value, ty, &format!("`{name}`"));
        (!value.is_unknown()).then_some(value)
    }

    fn missing_entry(&mut self, written: &Definitions, name: &str) {
        if written.entries.iter().any(|entry| entry.name.as_str() == name) {
            return;
        }
        let message = format!("`{}` does not say its `{name}`", written.name);
        let help = format!("add a line `{name} = ..`");
        self.report(Diagnostic::error(codes::MISSING_ARGUMENT, written.name.span, message).help(help));
    }

    /// `d[N, M]`: independent copies along new first axes.
    pub(super) fn copies(&mut self, span: Span, base: Expr, indices: &[tree::Index]) -> Expr {
        let Element::Measure(measure) = &base.ty.element else { panic!("only measures are copied") };
        let value = measure.value.clone();
        let Some(shape) = self.copied_axes(indices) else { return Expr::unknown(span) };
        measure_value(span, value.stacked(&shape), Measure::Copies { base, shape })
    }

    /// The sizes that stand in the index of a measure.
    fn copied_axes(&mut self, indices: &[tree::Index]) -> Option<Vec<Polynomial>> {
        let mut shape = Vec::new();
        for index in indices {
            match &index.kind {
                IndexKind::At(size) => shape.extend(self.sizes(std::slice::from_ref(size))?),
                IndexKind::Slice { .. } => {
                    self.misplaced(index.span, "a slice", "in the index of an array");
                    return None;
                }
            }
        }
        Some(shape)
    }

    pub(super) fn log_density(&mut self, span: Span, measure: &tree::Expr, value: &tree::Expr) -> Expr {
        let measure = match is_flat(measure) {
            true => self.measure(measure, None),
            false => self.measure_or_model(measure),
        };
        let value = self.expression(value);
        if let Element::Model(_) = measure.ty.element {
            return self.model_density(span, measure, Some(value));
        }
        let measure = self.as_measure(measure);
        let Element::Measure(of) = &measure.ty.element else { return Expr::unknown(span) };
        let value = self.fit(value, &of.value.plain(), "the value whose density is asked");
        if value.is_unknown() {
            return value;
        }
        Expr { span, ty: Type::real(), kind: ExprKind::LogDensity(Box::new(measure), Box::new(value)) }
    }

    /// `if c { d1 } else { d2 }`: measures over values of one kind.
    pub(super) fn join_measures(&mut self, span: Span, condition: Expr, yes: Block, no: Block) -> Expr {
        let drawn = |block: &Block| match &block.value {
            Some(Expr { ty: Type { element: Element::Measure(of), .. }, span, .. }) => {
                (of.value.clone(), *span)
            }
            _ => unreachable!("the caller has two measures"),
        };
        let ((a, here), (b, there)) = (drawn(&yes), drawn(&no));
        let joined = join_elements(&a.element, &b.element).filter(|_| {
            a.shape == b.shape && same_kind(&a.element, &b.element) && same_kind(&b.element, &a.element)
        });
        let Some(element) = joined else {
            let message = "the branches of this `if` draw values of different types";
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, span, message)
                .label(here, format!("draws `{}`", self.show(&a)))
                .label(there, format!("draws `{}`", self.show(&b)));
            return self.fail(span, diagnostic);
        };
        measure_value(span, Type::array(element, a.shape), Measure::If { condition, yes, no })
    }
}

/// Where draws lie whose support's ends are parameters, or literals.
fn drawn_between(declared: &Distribution, arguments: &[Expr]) -> Option<Range> {
    let Support::Interval { lower: Some(lower), upper: Some(upper) } = &declared.support else { return None };
    let range = |end: &Expr| match &end.kind {
        ExprKind::Variable(variable) => {
            let position =
                declared.parameters.iter().position(|parameter| parameter.variable == *variable)?;
            Some(arguments[position].ty.element.range())
        }
        _ => Some(end.ty.element.range()),
    };
    Some(Range { lower: range(lower)?.lower, upper: range(upper)?.upper })
}

/// An expression that is a measure.
pub(super) fn measure_value(span: Span, value: Type, measure: Measure) -> Expr {
    let element = Element::Measure(Arc::new(MeasureType { value }));
    Expr { span, ty: Type::scalar(element), kind: ExprKind::Measure(Box::new(measure)) }
}

/// `flat()`
pub(super) fn is_flat(written: &tree::Expr) -> bool {
    match &written.kind {
        tree::ExprKind::Call { function, arguments } => {
            arguments.is_empty()
                && matches!(&function.kind, tree::ExprKind::Name(name) if name.as_str() == "flat")
        }
        _ => false,
    }
}

impl Support {
    /// All real numbers.
    pub(super) fn real() -> Self {
        Support::Interval { lower: None, upper: None }
    }
}
