//! Objectives and expectations, and what they leave of a value.

use super::Checker;
use super::scope::Entity;
use crate::ir::SizeVariable;
use crate::typed::exact::{Exactness, Reader};
use crate::typed::smooth::{Moving, jumps};
use crate::typed::tree::{
    Body, Expectation, Expected, Expr, ExprKind, Measure, Role, Step, StepKind, Strategy,
};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Ident, IndexKind, ItemKind};
use std::rc::Rc;

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
            Some(Expectation { draws: draws?.into_iter().flatten().collect(), chosen: Vec::new(), body })
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
        let value = self.shown(value);
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
        self.landings(&expectation);
        self.choose_strategies(&mut expectation);
        self.paths_are_related(&expectation);
        self.scope.expects = true;
        Expr { span, ty, kind: ExprKind::Expect(Box::new(expectation)) }
    }

    fn expected_draw(&mut self, written: &tree::Draw) -> Option<Vec<Expected>> {
        let mut counts = Vec::new();
        let (measure, ty) = self.expected_measure(&written.measure, &mut counts)?;
        let strategy = written.strategy.as_ref().and_then(|strategy| self.strategy(strategy, &measure));
        let draw = |name: &Ident| {
            let variable = self.new_variable(name, ty.clone(), Role::Local);
            self.bind(&name.name, Entity::Variable(variable));
            Expected {
                variable,
                measure: measure.clone(),
                counts: counts.clone(),
                strategy: strategy.clone(),
            }
        };
        Some(written.names.iter().map(draw).collect())
    }

    /// What an expectation draws from, and the type of a draw.
    fn expected_measure(
        &mut self,
        written: &tree::Expr,
        counts: &mut Vec<(SizeVariable, Expr)>,
    ) -> Option<(Expr, Type)> {
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
            shape.push(self.size_or_found(count, counts)?);
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
        if let Element::Model(of) = &measure.ty.element
            && of.model != usize::MAX
        {
            self.samples_of_model(of.model);
        }
        (!measure.is_unknown()).then_some(measure)
    }

    /// What of a draw moves with its parameters.
    fn moving(&self, draw: &Expected) -> Moving {
        let model = super::chosen::model_drawn(draw);
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

    /// What a value is; reports functions of estimates that estimate nothing.
    pub(super) fn exactness(&mut self, value: &Expr) -> Exactness {
        let mut reader = Reader::new(&self.program, self.inexact.clone());
        let found = reader.expr(value);
        let Reader { faults, contradicted, .. } = reader;
        contradicted.into_iter().for_each(|(span, found, stated)| self.contradicted(span, found, stated));
        for span in faults {
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
        let found = self.exactness(value);
        if found == Exactness::Exact {
            return;
        }
        let message = format!("{} is no value: a run only estimates it", super::bound::told(found));
        let fault = Diagnostic::error(codes::NOT_EXACT, value.span, message);
        self.report(
            fault.help(
                "write `estimate(e, draws = 10_000, seed = 1)`, which has a `value` and its error `se`",
            ),
        );
    }
}
