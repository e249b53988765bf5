//! Expectations and what is done with them: `expect`, `estimate`, `minimize`, `maximize`, `gradient`, `e under fit`. They
//! are checked here; a program that has them does not run yet.

use super::Checker;
use super::scope::Entity;
use crate::typed::exact::{Exactness, Reader};
use crate::typed::smooth::{Moving, jumps};
use crate::typed::tree::{
    Body, Expectation, Expected, Expr, ExprKind, Measure, Role, Step, StepKind, Strategy, Use, Used, Variable,
};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, Ident, IndexKind, ItemKind};
use std::rc::Rc;

/// A named option, and what it must be; none where it is a list of names.
type OptionRow = (&'static str, Option<fn() -> Element>);

/// The options of each use of an objective.
fn options(by: Use) -> &'static [OptionRow] {
    match by {
        Use::Minimize | Use::Maximize => &[
            ("with", Some(|| Element::Opaque("optimizer".into()))),
            ("steps", Some(Element::int)),
            ("batch", Some(Element::int)),
            ("seed", Some(Element::int)),
            ("from", Some(|| Element::Nothing)),
            ("over", None),
            ("minibatch", None),
        ],
        Use::Gradient => &[("at", Some(|| Element::Nothing)), ("batch", Some(Element::int))],
        Use::Estimate => &[("draws", Some(Element::int)), ("seed", Some(Element::int))],
    }
}

impl Checker<'_> {
    /// Notes that what stands here is checked and cannot run yet.
    pub(super) fn later(&mut self, span: Span, what: &str) {
        self.scope.later = Some((span, what.into()));
    }

    /// An objective: a function whose value is what expectations leave of it.
    pub(super) fn objective(
        &mut self,
        written: &tree::Objective,
        item: &super::Item,
        room: super::scope::Room,
    ) {
        let function = tree::Function {
            name: written.name.clone(),
            sizes: written.sizes.clone(),
            parameters: written.parameters.clone(),
            result: None,
            body: written.body.clone(),
        };
        let function = tree::Item { doc: None, span: item.span, kind: ItemKind::Function(function) };
        self.declare(&written.name, &Rc::new(function), room);
        self.objectives.push(written.name.span);
    }

    /// Whether a declaration is an objective without parameters: its name is its value.
    pub(super) fn is_plain_objective(&self, id: usize) -> bool {
        let declared = self.declaration(id);
        let plain =
            matches!(&declared.item.kind, ItemKind::Function(function) if function.parameters.is_empty());
        plain && self.objectives.contains(&declared.span)
    }

    /// Checks an objective that may never be used.
    pub(super) fn check_objective(&mut self, name: &Ident) {
        let Some(id) = self.declarations.iter().position(|one| one.span == name.span) else { return };
        self.check_function_alone(id);
        let checked =
            self.instances.get(&id).and_then(|instances| instances.first()).map(|(_, number)| *number);
        if let Some(Body::Expr(body)) = checked.map(|number| self.program.functions[number].body.clone()) {
            self.exactness(&body);
        }
    }

    /// Notes that a statement of the script reads parameters, which have values only in a fit.
    pub(super) fn needs_parameters(&mut self, span: Span) {
        let is_param = |variable: &Variable| self.row(*variable).role == Role::Param;
        if self.scope.later.is_none() && self.scope.uses.iter().any(is_param) {
            self.later(span, "the value of a `param`");
        }
    }

    /// The value of an estimate, where its error counts as well.
    pub(super) fn estimated(&mut self, side: Expr) -> Expr {
        let Element::Record(fields) = &side.ty.element else { return side };
        let names: Vec<&str> = fields.iter().map(|(name, _)| &**name).collect();
        match names.as_slice() {
            ["value", "se", "variance"] => {
                let name = Ident { name: "value".into(), span: side.span };
                self.field_of(side.span, side, &name)
            }
            _ => side,
        }
    }

    /// `expect x ~ d by s { e }`
    pub(super) fn expectation(&mut self, span: Span, draws: &[tree::Draw], body: &tree::Block) -> Expr {
        let expectation = self.nested(|checker| {
            let draws: Option<Vec<Vec<Expected>>> =
                draws.iter().map(|draw| checker.expected_draw(draw)).collect();
            let body = checker.value_block(body);
            Some(Expectation { draws: draws?.into_iter().flatten().collect(), body })
        });
        let Some(mut expectation) = expectation else { return Expr::unknown(span) };
        let Some(value) = expectation.body.value.take() else {
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, span, "this expectation has no value");
            return self.fail(span, fault.help("end its braces with the expression that is averaged"));
        };
        let value = self.as_reals(value);
        if value.is_unknown() {
            return value;
        }
        if !super::iteration::all_real(&value.ty) {
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, value.span, "only numbers are averaged")
                .found(format!("`{}`", self.show(&value.ty)));
            return self.fail(span, fault);
        }
        let ty = value.ty.plain();
        expectation.body.value = Some(value);
        for draw in &expectation.draws {
            let moving = self.moving(draw);
            let found = jumps(&self.program, &[(draw.variable, moving)], &expectation.body);
            self.biased(draw.variable, &found);
        }
        self.later(span, "an expectation");
        Expr { span, ty, kind: ExprKind::Expect(Box::new(expectation)) }
    }

    fn expected_draw(&mut self, written: &tree::Draw) -> Option<Vec<Expected>> {
        let (measure, ty) = self.expected_measure(&written.measure)?;
        let strategy = written.strategy.as_ref().and_then(|strategy| self.strategy(strategy, &measure));
        let draw = |name: &Ident| {
            let variable = self.new_variable(name, ty.clone(), Role::Local);
            self.bind(&name.name, Entity::Variable(variable));
            Expected { variable, measure: measure.clone(), strategy: strategy.clone() }
        };
        Some(written.names.iter().map(draw).collect())
    }

    /// What an expectation draws from, and the type of a draw.
    fn expected_measure(&mut self, written: &tree::Expr) -> Option<(Expr, Type)> {
        let (base, copies) = match &written.kind {
            tree::ExprKind::Index { base, indices } => (&**base, indices.as_slice()),
            _ => (written, [].as_slice()),
        };
        let measure = match copies {
            [] => self.sampled(written)?,
            _ => self.sampled(base)?,
        };
        let one = match &measure.ty.element {
            Element::Measure(of) => of.value.clone(),
            Element::Model(of) if of.model != usize::MAX => self.draw_of_model(of),
            _ => return None,
        };
        let mut shape = Vec::new();
        for index in copies {
            let IndexKind::At(count) = &index.kind else {
                self.misplaced(index.span, "a slice", "in the index of an array");
                return None;
            };
            shape.push(self.size_or_found(count)?);
        }
        let ty = one.stacked(&shape);
        if copies.is_empty() {
            return Some((measure, ty));
        }
        let copied = Measure::Copies { base: measure, shape };
        Some((super::measure::measure_value(written.span, ty.clone(), copied), ty))
    }

    /// A measure or a model.
    fn sampled(&mut self, written: &tree::Expr) -> Option<Expr> {
        let measure = match super::measure::is_flat(written) {
            true => self.measure(written, None),
            false => self.measure_or_model(written),
        };
        let measure = match measure.ty.element {
            Element::Model(_) => measure,
            _ => self.as_measure(measure),
        };
        self.samples_in(&measure);
        (!measure.is_unknown()).then_some(measure)
    }

    /// What of a draw moves with its parameters.
    fn moving(&self, draw: &Expected) -> Moving {
        let model = match (&draw.measure.ty.element, &draw.measure.kind) {
            (Element::Model(of), _) => Some(of.clone()),
            (_, ExprKind::Measure(form)) => match &**form {
                Measure::Copies {
                    base: Expr { ty: Type { element: Element::Model(of), .. }, .. }, ..
                } => Some(of.clone()),
                _ => None,
            },
            _ => None,
        };
        let pathwise = |strategy: &Option<Strategy>| strategy.as_ref().is_some_and(Strategy::is_pathwise);
        match model {
            None if pathwise(&draw.strategy) => Moving::All,
            None => Moving::Nothing,
            Some(of) => {
                let sites =
                    self.program.models[of.model].sites.iter().filter(|site| pathwise(&site.strategy));
                Moving::Fields(sites.map(|site| self.row(site.variable).name.clone()).collect())
            }
        }
    }

    /// `minimize(e, with = ..)` and its kin.
    pub(super) fn used_objective(&mut self, span: Span, by: Use, arguments: &[Argument]) -> Expr {
        self.needs_script(span);
        let [Argument { kind: ArgumentKind::Value(written), .. }, named @ ..] = arguments else {
            let message = format!("`{}` needs what it is of", by.name());
            let fault = Diagnostic::error(codes::MISSING_ARGUMENT, span, message);
            return self.fail(span, fault.expected(format!("`{}(e, ..)`", by.name())));
        };
        let outer = std::mem::take(&mut self.scope.uses);
        let objective = self.expression(written);
        let used: Vec<Variable> = self.scope.uses.iter().copied().collect();
        self.scope.uses.extend(outer);
        let options: Option<Vec<_>> =
            named.iter().map(|argument| self.objective_option(by, argument)).collect();
        let Some(options) = options else { return Expr::unknown(span) };
        let objective = self.as_reals(objective);
        if objective.is_unknown() || !self.is_objective(by, &objective) {
            return Expr::unknown(span);
        }
        let mut fields = self.record_of_params(&used);
        if fields.is_empty() && by != Use::Estimate {
            let message = "this depends on no `param`: there is nothing to change";
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, objective.span, message);
            return self.fail(
                span,
                fault.help("declare what may change: `param m: real = 0`, at top level or in a guide"),
            );
        }
        let ty = match by {
            Use::Estimate => {
                let of = || objective.ty.plain();
                let parts = ["value", "se", "variance"].map(|name| (name.into(), of()));
                Type::scalar(Element::Record(parts.into()))
            }
            Use::Gradient => {
                let value = Type::scalar(Element::Record(fields.into()));
                super::measure::measure_value(span, value, Measure::Flat).ty
            }
            Use::Minimize | Use::Maximize => {
                let steps = self.found_size("steps");
                fields.push((
                    "trace".into(),
                    Type::array(Element::REAL, vec![crate::ir::Polynomial::variable(steps)]),
                ));
                Type::scalar(Element::Record(fields.into()))
            }
        };
        self.later(span, &format!("`{}`", by.name()));
        let options = options.into_iter().flatten().collect();
        let used = ExprKind::Used(Box::new(Used { by, objective, options }));
        self.in_script(Expr { span, ty, kind: used })
    }

    /// One named option; none of its value where that is a list of names.
    fn objective_option(&mut self, by: Use, argument: &Argument) -> Option<Option<(super::Name, Expr)>> {
        let rows = options(by);
        let names: Vec<String> = rows.iter().map(|(name, _)| format!("`{name}`")).collect();
        let ArgumentKind::Named { name, value } = &argument.kind else {
            let message = format!("`{}` takes one value, and named options", by.name());
            let fault = Diagnostic::error(codes::TOO_MANY_ARGUMENTS, argument.span, message);
            self.report(fault.expected(names.join(", ")));
            return None;
        };
        let Some((_, of)) = rows.iter().find(|(known, _)| *known == name.as_str()) else {
            let message = format!("`{}` has no option `{name}`", by.name());
            self.report(
                Diagnostic::error(codes::UNKNOWN_ARGUMENT, name.span, message).expected(names.join(", ")),
            );
            return None;
        };
        let Some(of) = of else { return Some(None) };
        let value = self.expression(value);
        let value = match of() {
            Element::Nothing if matches!(value.ty.element, Element::Record(_) | Element::Unknown) => value,
            Element::Nothing => {
                let record = Type::scalar(Element::Record(Vec::new().into()));
                self.fit(value, &record, &format!("`{name}`"))
            }
            element => self.fit(value, &Type::scalar(element), &format!("`{name}`")),
        };
        (!value.is_unknown()).then(|| Some((name.name.clone(), value)))
    }

    /// Whether a value may be used so; says why not.
    fn is_objective(&mut self, by: Use, objective: &Expr) -> bool {
        if by != Use::Estimate && !objective.ty.is_scalar_number() {
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, objective.span, "an objective is one number")
                .found(format!("`{}`", self.show(&objective.ty)));
            self.report(fault);
            return false;
        }
        let told = self.diagnostics.len();
        let found = self.exactness(objective);
        let wrong = match (by, found) {
            (Use::Maximize, Exactness::Upper) => Some(("maximised", "an upper", "minimize")),
            (Use::Minimize, Exactness::Lower) => Some(("minimised", "a lower", "maximize")),
            _ => None,
        };
        if let Some((what, bound, other)) = wrong {
            let message = format!("{bound} bound is {what}: that says nothing of what it bounds");
            let fault = Diagnostic::error(codes::NOT_EXACT, objective.span, message);
            self.report(fault.help(format!("write `{other}`, or bound from the other side")));
        }
        self.diagnostics.len() == told
    }

    /// What a value is; reports functions of estimates that estimate nothing.
    pub(super) fn exactness(&mut self, value: &Expr) -> Exactness {
        let mut reader = Reader::new(&self.program, self.inexact.clone());
        let found = reader.expr(value);
        for span in reader.faults {
            let message = "a function of an expectation that is not linear";
            let fault = Diagnostic::error(codes::NOT_EXACT, span, message)
                .help("take it inside of the expectation, or of `estimate(..)`; the `log` of an expectation is a lower bound");
            self.report(fault);
        }
        found
    }

    /// Checks the statements of a script that name or use expectations.
    pub(super) fn exact_steps(&mut self, steps: &[Step]) {
        for step in steps {
            match &step.kind {
                StepKind::Let { variable, value, .. } => {
                    let found = self.exactness(value);
                    if found != Exactness::Exact {
                        self.inexact.insert(*variable, found);
                    }
                }
                StepKind::Print(values) => values.iter().for_each(|value| self.must_be_exact(value)),
                StepKind::Plot(picture) => picture.parts(&mut |value| self.must_be_exact(value)),
                StepKind::Assert(assertion) => {
                    assertion.values().into_iter().for_each(|value| self.must_be_exact(value));
                }
                _ => {}
            }
        }
    }

    fn must_be_exact(&mut self, value: &Expr) {
        let what = match self.exactness(value) {
            Exactness::Exact => return,
            Exactness::Unbiased => "an expectation",
            Exactness::Lower => "a lower bound",
            Exactness::Upper => "an upper bound",
        };
        let message = format!("{what} is no value: a run only estimates it");
        let fault = Diagnostic::error(codes::NOT_EXACT, value.span, message);
        self.report(
            fault.help(
                "write `estimate(e, draws = 10_000, seed = 1)`, which has a `value` and its error `se`",
            ),
        );
    }

    /// `e under fit`
    pub(super) fn under(&mut self, span: Span, value: &tree::Expr, fit: &tree::Expr) -> Expr {
        self.needs_script(span);
        let (value, fit) = (self.expression(value), self.expression(fit));
        if value.is_unknown() || fit.is_unknown() {
            return Expr::unknown(span);
        }
        if !matches!(fit.ty.element, Element::Record(_)) {
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, fit.span, "this holds no parameters")
                .expected("what `minimize` or `maximize` gives")
                .found(format!("`{}`", self.show(&fit.ty)));
            return self.fail(span, fault);
        }
        self.later(span, "`under`");
        let ty = value.ty.clone();
        self.in_script(Expr {
            span,
            ty,
            kind: ExprKind::Under { value: Box::new(value), fit: Box::new(fit) },
        })
    }
}
