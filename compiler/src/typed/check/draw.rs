//! Draws in what is not a model: random functions, the `sample` entries of distributions and functions that they call. An
//! entry is checked when something draws from its distribution: most programs only score. Without one, the quantile of a uniform number is
//! drawn. Draws of truncations are made of the tails, by a function of the library.

use super::Checker;
use super::scope::Entity;
use crate::typed::tree::{
    Between, Block, Expr, ExprKind, Fact, Measure, Parameter, Role, Statement, StatementKind, Support,
};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Ident, ItemKind};

impl Checker<'_> {
    /// `x ~ d` in a block of what draws: names for draws.
    pub(super) fn draw_statement(&mut self, span: Span, written: &tree::Site) -> Vec<StatementKind> {
        self.scope.draws.get_or_insert(span);
        self.scope.random = true;
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

    /// The value that a body gives: where it is a measure, a draw from it.
    pub(super) fn drawn_value(&mut self, value: Expr) -> Expr {
        let Element::Measure(of) = &value.ty.element else { return value };
        let (span, ty) = (value.span, of.value.clone());
        self.scope.draws.get_or_insert(span);
        self.scope.random = true;
        self.samples_in(&value);
        let variable = self.new_variable(&Ident { name: "draw".into(), span }, ty.clone(), Role::Local);
        let statement = Statement { span, kind: StatementKind::Draw { variable, measure: value } };
        let drawn = Expr { span, ty: ty.clone(), kind: ExprKind::Variable(variable) };
        let block = Block { statements: vec![statement], value: Some(drawn) };
        Expr { span, ty, kind: ExprKind::Block(Box::new(block)) }
    }

    /// Checks the `sample` of every distribution in a model.
    pub(super) fn samples_of_model(&mut self, model: usize) {
        let mut met = Vec::new();
        self.program.models[model].body.parts(&mut |part| drawn(part, &mut met));
        met.into_iter().for_each(|drawn| self.draw_of(drawn));
    }

    /// Checks the `sample` of every distribution in an expression.
    pub(super) fn samples_in(&mut self, expr: &Expr) {
        let mut met = Vec::new();
        drawn(expr, &mut met);
        met.into_iter().for_each(|drawn| self.draw_of(drawn));
    }

    fn draw_of(&mut self, drawn: Drawn) {
        match drawn {
            Drawn::Whole(distribution) => self.sample(distribution),
            Drawn::Truncated(distribution) => self.between(distribution),
        }
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
        if !self.opens_entry(distribution, "sample", written) {
            return;
        }
        let (signature, room) = (self.signature(id), self.declaration(id).room);
        let (sample, scope) = self.in_scope(room, |checker| {
            checker.scope.locals = signature.locals.clone();
            checker.entry(written, "sample", &wanted)
        });
        self.open_entries.pop();
        let row = &mut self.program.distributions[distribution];
        row.sample = sample;
        row.uses.extend(scope.uses);
        if row.sample.is_none() {
            self.fact(distribution, Fact::Quantile);
        }
    }

    /// Checks a distribution's `mvd`, if it has one, once: whether it has.
    pub(super) fn is_measure_valued(&mut self, distribution: usize) -> bool {
        if self.program.distributions[distribution].mvd.is_some() {
            return true;
        }
        let id = self.distribution_declarations[distribution];
        let item = self.declaration(id).item.clone();
        let ItemKind::Definitions(written) = &item.kind else {
            panic!("distributions are declared by definitions")
        };
        let wanted = self.parts_of(distribution);
        if !self.opens_entry(distribution, "mvd", written) {
            return false;
        }
        let (signature, room) = (self.signature(id), self.declaration(id).room);
        let variable = self.program.distributions[distribution].variable;
        let (mvd, scope) = self.in_scope(room, |checker| {
            checker.scope.locals = signature.locals.clone();
            checker.bind(&written.variable.name.name, Entity::Variable(variable));
            checker.entry(written, "mvd", &wanted)
        });
        self.open_entries.pop();
        let row = &mut self.program.distributions[distribution];
        row.mvd = mvd;
        row.uses.extend(scope.uses);
        row.mvd.is_some()
    }

    /// The type of a distribution's `mvd`.
    fn parts_of(&self, distribution: usize) -> Type {
        let row = &self.program.distributions[distribution];
        let value = self.row(row.variable).ty.plain();
        let record = |fields: Vec<(super::Name, Type)>| Type::scalar(Element::Record(fields.into()));
        let of_parameter = |parameter: &Parameter| {
            let ty = self.row(parameter.variable).ty.plain();
            let point = value.stacked(&ty.shape);
            let fields = [("weight", ty.clone()), ("up", point.clone()), ("down", point)];
            let fields = fields.map(|(name, ty)| (name.into(), ty));
            matches!(ty.element, Element::Real(_)).then(|| (parameter.name.clone(), record(fields.into())))
        };
        record(row.parameters.iter().filter_map(of_parameter).collect())
    }

    /// Makes a distribution's draw between two ends of its tails, once.
    fn between(&mut self, distribution: usize) {
        let row = &self.program.distributions[distribution];
        if row.between.is_some() {
            return;
        }
        let support = match row.support.clone() {
            Support::Interval { lower, upper } => [lower, upper],
            _ => [None, None],
        };
        let id = self.distribution_declarations[distribution];
        let item = self.declaration(id).item.clone();
        let ItemKind::Definitions(written) = &item.kind else {
            panic!("distributions are declared by definitions")
        };
        let (span, room, signature) = (written.name.span, self.declaration(id).room, self.signature(id));
        let (between, scope) = self.in_scope(room, |checker| {
            checker.scope.locals = signature.locals.clone();
            let mut arguments: Vec<Expr> =
                [Fact::LogCdf, Fact::LogSurvival].map(|tail| checker.tail(written, tail)).into();
            let infinite = [f64::NEG_INFINITY, f64::INFINITY];
            let ends = support.into_iter().zip(infinite);
            arguments.extend(ends.map(|(end, beyond)| end.map_or_else(|| real(span, beyond), |end| *end)));
            let ends = ["lower", "upper"].map(|name| {
                let name = Ident { name: name.into(), span };
                checker.new_variable(&name, Type::real(), Role::Parameter)
            });
            arguments.extend(ends.map(|end| checker.variable(span, end)));
            let draw = checker.library_call_with(span, "draw_between", arguments);
            let [lower, upper] = ends;
            (!draw.is_unknown()).then_some(Between { lower, upper, draw })
        });
        let row = &mut self.program.distributions[distribution];
        row.between = between;
        row.uses.extend(scope.uses);
    }

    /// A tail as a function of the value.
    fn tail(&mut self, written: &tree::Definitions, tail: Fact) -> Expr {
        let entry = written.entries.iter().find(|entry| entry.name.as_str() == tail.name());
        let entry = entry.expect("what is truncated declares its tails");
        let tree::State { name, ty, .. } = &written.variable;
        let value = tree::Parameter { doc: None, name: name.clone(), ty: Some(ty.clone()), default: None };
        let lambda = tree::Lambda { parameters: vec![value], result: None, body: entry.value.clone() };
        self.lambda(entry.span, &lambda)
    }
}

/// An expression that draws as a measure over its value.
pub(super) fn random(value: Expr) -> Expr {
    super::measure::measure_value(value.span, value.ty.clone(), Measure::Random(value))
}

/// A distribution that is drawn from.
#[derive(Clone, Copy, PartialEq)]
enum Drawn {
    Whole(usize),
    Truncated(usize),
}

/// Adds what an expression draws from that is not there yet.
fn drawn(expr: &Expr, into: &mut Vec<Drawn>) {
    expr.any(&mut |part| {
        let ExprKind::Measure(form) = &part.kind else { return false };
        let met = match &**form {
            Measure::Distribution { distribution, .. } => Some(Drawn::Whole(*distribution)),
            Measure::Truncated { base, .. } => base.distribution().map(Drawn::Truncated),
            _ => None,
        };
        into.extend(met.filter(|met| !into.contains(met)));
        false
    });
}

/// A number that the program does not write.
fn real(span: Span, number: f64) -> Expr {
    Expr { span, ty: Type::real(), kind: ExprKind::Real(number) }
}
