//! `simulate(m, n, seed = k)`: draws of a model's sites, as a record of their values.

use super::{Checker, Name};
use crate::ir::Polynomial;
use crate::typed::normalised::{Obstacle, ObstacleKind, Source, obstacle};
use crate::typed::tree::{Draws, Expr, ExprKind, Variable};
use crate::typed::types::{Element, ModelType, Type, is_hidden};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind};

impl Checker<'_> {
    pub(super) fn simulate(&mut self, span: Span, arguments: &[Argument]) -> Expr {
        self.needs_script(span);
        let Some(Written { model, count, seed }) = self.simulate_arguments(span, arguments) else {
            return Expr::unknown(span);
        };
        let outer = self.scope.draws.take();
        let model = self.expression(model);
        let drawing = std::mem::replace(&mut self.scope.draws, outer);
        let seed = self.expression(seed);
        let seed = self.fit(seed, &Type::int(), "the seed");
        let draws = match count {
            Some(count) => self.draws(count).map(Some),
            None => Some(None),
        };
        let model =
            if model.ty.is_numeric() && drawing.is_some() { super::draw::random(model) } else { model };
        if let (Element::Measure(of), Some(draws), false) = (&model.ty.element, &draws, seed.is_unknown()) {
            let axes: Vec<Polynomial> = draws.iter().map(|draws| draws.size.clone()).collect();
            let ty = of.value.stacked(&axes);
            self.samples_in(&model);
            let draws = draws.clone().map(Box::new);
            let kind = ExprKind::Simulate { model: Box::new(model), draws, seed: Box::new(seed) };
            return self.in_script(Expr { span, ty, kind });
        }
        let Element::Model(of) = &model.ty.element else {
            return match model.is_unknown() {
                true => Expr::unknown(span),
                false => {
                    let fault = Diagnostic::error(
                        codes::TYPE_MISMATCH,
                        model.span,
                        "only a model or a measure is simulated",
                    );
                    let found = format!("`{}`", self.show(&model.ty));
                    self.fail(span, fault.found(found))
                }
            };
        };
        let of = of.clone();
        let (Some(draws), false) = (draws, seed.is_unknown()) else { return Expr::unknown(span) };
        if !self.can_be_simulated(model.span, &of, &[]) {
            return Expr::unknown(span);
        }
        let axes: Vec<Polynomial> = draws.iter().map(|draws| draws.size.clone()).collect();
        let drawn = self.draw_of_model(&of);
        let shown = drawn.fields().into_iter().flat_map(|fields| fields.iter());
        let shown = shown.filter(|(name, _)| !is_hidden(name));
        let fields: Vec<(Name, Type)> = shown.map(|(name, ty)| (name.clone(), stacked(ty, &axes))).collect();
        let kind =
            ExprKind::Simulate { model: Box::new(model), draws: draws.map(Box::new), seed: Box::new(seed) };
        self.in_script(Expr { span, ty: Type::scalar(Element::Record(fields.into())), kind })
    }

    fn simulate_arguments<'a>(&mut self, span: Span, arguments: &'a [Argument]) -> Option<Written<'a>> {
        let mut positional = Vec::new();
        let mut seed = None;
        for argument in arguments {
            match &argument.kind {
                ArgumentKind::Value(value) if seed.is_none() => positional.push(value),
                ArgumentKind::Named { name, value } if name.as_str() == "seed" && seed.is_none() => {
                    seed = Some(value);
                }
                _ => {
                    let fault = Diagnostic::error(
                        codes::UNKNOWN_ARGUMENT,
                        argument.span,
                        "`simulate` does not take this",
                    );
                    self.report(fault.expected(FORM));
                    return None;
                }
            }
        }
        let (model, count) = match positional[..] {
            [model] => (model, None),
            [model, count] => (model, Some(count)),
            _ => {
                let code =
                    if positional.is_empty() { codes::MISSING_ARGUMENT } else { codes::TOO_MANY_ARGUMENTS };
                let fault = Diagnostic::error(code, span, "a call with other arguments than it takes");
                self.report(fault.expected(FORM));
                return None;
            }
        };
        if seed.is_none() {
            let fault =
                Diagnostic::error(codes::MISSING_ARGUMENT, span, "`simulate` is called without `seed`");
            self.report(fault.expected(FORM).help("write `seed = 1`: the same seed gives the same draws"));
        }
        Some(Written { model, count, seed: seed? })
    }

    /// A number of draws; one that is no size becomes a size of its own.
    fn draws(&mut self, count: &tree::Expr) -> Option<Draws> {
        let count = self.expression(count);
        let count = self.fit(count, &Type::int(), "the number of draws");
        if count.is_unknown() {
            return None;
        }
        let size = match count.ty.as_size() {
            Some(size) => size.clone(),
            None => Polynomial::variable(self.found_size("draws")),
        };
        Some(Draws { count, size })
    }

    /// The sites of a model, then its tracked values.
    pub(super) fn reportable(&self, model: usize) -> impl Iterator<Item = Variable> {
        let model = &self.program.models[model];
        model.sites.iter().map(|site| site.variable).chain(model.tracked.iter().copied())
    }

    /// Sites and tracked values of a model as fields, with further axes in front.
    pub(super) fn drawn_fields(
        &self,
        of: &ModelType,
        drawn: &[Variable],
        axes: &[Polynomial],
    ) -> Vec<(Name, Type)> {
        let substitution = self.substitution(&self.program.models[of.model].sizes, &of.sizes);
        let field = |variable: &Variable| {
            let row = self.row(*variable);
            (row.name.clone(), row.ty.substitute(&substitution).stacked(axes))
        };
        nested_fields(drawn.iter().map(field).collect())
    }

    /// Whether a model's own statements draw all its sites that are neither given nor left out; says what is in the way.
    pub(super) fn can_be_simulated(&mut self, span: Span, of: &ModelType, left_out: &[Name]) -> bool {
        let given = [of.given.as_slice(), left_out].concat();
        if !self.entries_left_out(span, &ModelType { given, ..of.clone() }) {
            return false;
        }
        if let Some(site) = of.partly.first() {
            let name = &self.program.models[of.model].name;
            let fault = Diagnostic::error(codes::UNNORMALISED, span, format!("`{name}` cannot be simulated"))
                .here(format!("entries of `{site}` are given, and others are not"))
                .help("sample it with `nuts`; to simulate the prior, leave `given` away");
            self.report(fault);
            return false;
        }
        self.samples_of_model(of.model);
        let model = &self.program.models[of.model];
        let source = |site: Variable| match &self.row(site).name {
            name if of.given.contains(name) => Source::Known,
            name if left_out.contains(name) => Source::LeftOut,
            _ => Source::Drawn,
        };
        let Some(found) = obstacle(&self.program, model, &source) else { return true };
        let diagnostic = self.obstructed(span, &model.name, &found);
        self.report(diagnostic);
        false
    }

    fn obstructed(&self, span: Span, model: &Name, obstacle: &Obstacle) -> Diagnostic {
        let fault = Diagnostic::error(codes::UNNORMALISED, span, format!("`{model}` cannot be simulated"));
        let name = |site: &Variable| self.row(*site).name.clone();
        let (why, help) = match &obstacle.kind {
            ObstacleKind::Flat(site) => {
                let name = name(site);
                (
                    format!("`{name}` has no distribution to draw from"),
                    format!("give it a value, `given {{{name} = ..}}`, or a proper distribution"),
                )
            }
            ObstacleKind::Observe => (
                "this scores a value that depends on draws".to_string(),
                "sample the model with `nuts`, or give what it depends on".to_string(),
            ),
            ObstacleKind::Factor => (
                "this adds to the log density of what was drawn".to_string(),
                "sample the model with `nuts`, or give what it depends on".to_string(),
            ),
            ObstacleKind::Given(site) => (
                format!("`{}` is given, and depends on sites that are not", name(site)),
                "this is a posterior: sample it with `nuts`; to simulate the prior, leave `given` away"
                    .to_string(),
            ),
            ObstacleKind::NoSample(distribution) => (
                format!("`{distribution}` does not say how it is drawn from"),
                "its declaration needs a line `sample = ..`".to_string(),
            ),
        };
        fault.label(obstacle.span, why).help(help)
    }
}

/// A type with further axes in front of every number.
fn stacked(ty: &Type, axes: &[Polynomial]) -> Type {
    match &ty.element {
        Element::Record(fields) if ty.shape.is_empty() => {
            let fields = fields.iter().map(|(name, field)| (name.clone(), stacked(field, axes)));
            Type::scalar(Element::Record(fields.collect()))
        }
        _ => ty.stacked(axes),
    }
}

/// Fields with dots in their names as records of their own.
pub(super) fn nested_fields(fields: Vec<(Name, Type)>) -> Vec<(Name, Type)> {
    let mut nested: Vec<(Name, Type)> = Vec::new();
    let mut groups: Vec<(Name, Vec<(Name, Type)>)> = Vec::new();
    for (name, ty) in fields {
        match name.split_once('.') {
            None => nested.push((name, ty)),
            Some((group, own)) => match groups.iter_mut().find(|(known, _)| **known == *group) {
                Some((_, parts)) => parts.push((own.into(), ty)),
                None => {
                    nested.push((group.into(), Type::unknown()));
                    groups.push((group.into(), vec![(own.into(), ty)]));
                }
            },
        }
    }
    for (group, parts) in groups {
        let field = nested.iter_mut().find(|(name, ty)| *name == group && ty.is_unknown());
        let record = Type::scalar(Element::Record(nested_fields(parts).into()));
        field.expect("a group has its place").1 = record;
    }
    nested
}

/// The arguments of `simulate`.
struct Written<'a> {
    model: &'a tree::Expr,
    count: Option<&'a tree::Expr>,
    seed: &'a tree::Expr,
}

const FORM: &str = "`simulate(m, seed = k)`, or `simulate(m, n, seed = k)` for n draws";
