//! Guides: their parameters, their draws as records, and whether those are what a model's density takes.

use super::coerce::same_kind;
use super::model::Body;
use super::scope::Entity;
use super::{Checker, Name};
use crate::ir::{Polynomial, SizeVariable};
use crate::typed::smooth::{Moving, jumps};
use crate::typed::tree::{Block, Expr, ExprKind, Param, Role, Variable};
use crate::typed::types::{Element, ModelType, Type, is_hidden};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree;

impl Checker<'_> {
    /// `param m, n: real[J] = zeros(J)`, in a guide of this name or at top level.
    pub(super) fn param(&mut self, written: &tree::Param, owner: Option<Name>) {
        let declared = self.written(&written.ty);
        let start = written.value.as_ref().map(|value| {
            let value = self.expression(value);
            self.fit(value, &declared.ty, "where this parameter begins")
        });
        let real = |ty: &Type| super::iteration::all_real(ty);
        if !declared.ty.is_unknown() && !real(&declared.ty) {
            let fault =
                Diagnostic::error(codes::TYPE_MISMATCH, written.ty.span, "only real numbers are optimised")
                    .found(format!("`{}`", self.show(&declared.ty)))
                    .help("declare it as `real`, `positive` or another support");
            self.report(fault);
        }
        for name in &written.names {
            let variable = self.new_variable(name, declared.ty.clone(), Role::Param);
            match &owner {
                None => self.define(name, Entity::Variable(variable)),
                Some(_) => self.bind(&name.name, Entity::Variable(variable)),
            }
            let (owner, support, start) = (owner.clone(), declared.support.clone(), start.clone());
            self.program.params.push(Param { variable, owner, support, start });
        }
    }

    /// The record that a draw from a model or guide is.
    pub(super) fn draw_of_model(&self, of: &ModelType) -> Type {
        let given = |variable: &Variable| of.given.contains(&self.row(*variable).name);
        let drawn: Vec<Variable> = self.reportable(of.model).filter(|variable| !given(variable)).collect();
        let fields = self.drawn_fields(of, &drawn, &[]);
        match of.kept {
            Some(kept) => self.draw_of_kept(kept, fields, of),
            None => Type::scalar(Element::Record(fields.into())),
        }
    }

    /// `log_density(m, z)`: the density of a model at values of its latent sites.
    pub(super) fn model_density(&mut self, span: Span, model: Expr, value: Option<Expr>) -> Expr {
        let Element::Model(of) = model.ty.element.clone() else { panic!("the caller has a model") };
        if of.model == usize::MAX {
            return Expr::unknown(span);
        }
        let value = match value {
            Some(value) => value,
            None => {
                let ty = Type::scalar(Element::Record(Vec::new().into()));
                Expr { span, ty, kind: ExprKind::Record(Vec::new()) }
            }
        };
        if value.is_unknown() {
            return value;
        }
        let value = self.widened(&of, value);
        if of.kept.is_some() {
            return self.kept_density(span, &model, &of, value);
        }
        if !self.draws_what_is_latent(&model, &of, &value) {
            return Expr::unknown(span);
        }
        Expr { span, ty: Type::real(), kind: ExprKind::LogDensity(Box::new(model), Box::new(value)) }
    }

    /// A record that is written out with whole numbers as real ones, where a site is real.
    fn widened(&self, of: &ModelType, value: Expr) -> Expr {
        let Expr { span, kind: ExprKind::Record(fields), .. } = value else { return value };
        let sites = &self.program.models[of.model].sites;
        let widen = |(name, value): (super::Name, Expr)| {
            let mut rows = sites.iter().map(|site| self.row(site.variable));
            let element = rows.find(|row| row.name == name).map(|row| row.ty.element.plain());
            let value = match element {
                Some(element @ Element::Real(_)) => super::coerce::convert(value, &element),
                _ => value,
            };
            (name, value)
        };
        super::record::record_of(span, fields.into_iter().map(widen).collect())
    }

    /// Whether a record has each latent site of a model, inside of its support, and nothing else; says what is wrong.
    pub(super) fn draws_what_is_latent(&mut self, model: &Expr, of: &ModelType, value: &Expr) -> bool {
        let Element::Record(fields) = &value.ty.element else {
            let message = "a model's density is that of values for its latent sites";
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, value.span, message)
                .expected("a record of its sites, such as a draw of a guide")
                .found(format!("`{}`", self.show(&value.ty)));
            self.report(fault);
            return false;
        };
        let declared = self.program.models[of.model].clone();
        let substitution = self.substitution(&declared.sizes, &of.sizes);
        let told = self.diagnostics.len();
        let names: Vec<Name> =
            declared.sites.iter().map(|site| self.row(site.variable).name.clone()).collect();
        for (site, name) in declared.sites.iter().zip(&names) {
            if of.given.contains(name) || of.out.contains(name) {
                continue;
            }
            let row = self.row(site.variable);
            let (wanted, place) = (row.ty.substitute(&substitution), row.span);
            match field(fields, name) {
                Some(found) => self.drawn_inside(value.span, (&declared.name, name), (found, &wanted), place),
                None => {
                    let message = format!("nothing draws `{name}`, a latent site of `{}`", declared.name);
                    let fault = Diagnostic::error(codes::GUIDE_MISMATCH, value.span, message)
                        .label(place, "the site")
                        .help(format!("add `{name} ~ ..` to the guide, or give `{name}`"));
                    self.report(fault);
                }
            }
        }
        let tracked = declared.tracked.iter().map(|variable| self.row(*variable).name.clone());
        let known: Vec<Name> = names.iter().cloned().chain(tracked).collect();
        for (extra, _) in fields.iter().filter(|(name, _)| !is_hidden(name)) {
            let is_part = |name: &Name| name == extra || name.starts_with(&format!("{extra}."));
            if !known.iter().any(is_part) {
                let message = format!("`{extra}` is drawn, and no site of `{}`", declared.name);
                let fault = Diagnostic::error(codes::GUIDE_MISMATCH, value.span, message)
                    .label(model.span, "whose density is taken")
                    .help(format!(
                        "leave `{extra}` out of the guide, or average over it: `marginal(q, keep = [..], via = importance(r, K))`"
                    ));
                self.report(fault);
            } else if of.given.contains(extra) {
                let message = format!("`{extra}` is drawn, and given to `{}`", declared.name);
                let fault = Diagnostic::error(codes::GUIDE_MISMATCH, value.span, message);
                self.report(fault.help(format!("leave `{extra}` out of the guide")));
            }
        }
        self.diagnostics.len() == told
    }

    /// Reports a draw that is no value of its site, or may lie outside of its support.
    fn drawn_inside(&mut self, span: Span, names: (&Name, &Name), types: (&Type, &Type), place: Span) {
        let ((model, site), (found, wanted)) = (names, types);
        let (a, b) = (&found.element, &wanted.element);
        let same = same_kind(a, b) && same_kind(b, a) && found.shape == wanted.shape;
        let inside = match (a, b) {
            (Element::Real(_), Element::Real(_)) => {
                a.range().lies_in(b.range()) && super::site::structured_as(a, b)
            }
            _ => true,
        };
        if same && inside {
            return;
        }
        let message = match same {
            true => format!("`{site}` may be drawn outside of its support in `{model}`"),
            false => format!("`{site}` is drawn as another type than it has in `{model}`"),
        };
        let fault = Diagnostic::error(codes::GUIDE_MISMATCH, span, message)
            .label(place, "the site")
            .expected(format!("`{}`", self.show(wanted)))
            .found(format!("`{}`", self.show(found)))
            .help("draw it from a measure on the same support, or on a part of it");
        self.report(fault);
    }

    /// Reports reparametrised sites of a guide whose draws its own statements branch on.
    pub(super) fn smooth_guide(&mut self, body: &Body, block: &Block) {
        let pathwise =
            body.sites.iter().filter(|site| site.strategy.as_ref().is_some_and(|one| one.is_pathwise()));
        let moving: Vec<Variable> = pathwise.map(|site| site.variable).collect();
        for variable in moving {
            let found = jumps(&self.program, &[(variable, Moving::All)], block);
            self.biased(variable, &found);
        }
    }

    /// Reports places where a draw that moves with its parameters meets a jump.
    pub(super) fn biased(&mut self, draw: Variable, jumps: &[Span]) {
        let row = self.row(draw).clone();
        if let Some(first) = jumps.first() {
            let message = format!("`{}` is reparametrised, and reaches a jump here", row.name);
            let fault = Diagnostic::error(codes::BIASED, *first, message)
                .label(row.span, "drawn here")
                .help("the gradient would miss the jump: write `by reinforce` or `by mvd`, or a smooth function here");
            self.report(fault);
        }
    }

    /// The parameters that something depends on, as a record: those of a guide under its name.
    pub(super) fn record_of_params(&self, used: &[Variable]) -> Vec<(Name, Type)> {
        let mut fields: Vec<(Name, Type)> = Vec::new();
        for param in self.program.params.iter().filter(|param| used.contains(&param.variable)) {
            let row = self.row(param.variable);
            let own = (row.name.clone(), row.ty.clone());
            match &param.owner {
                None => fields.push(own),
                Some(owner) => match fields.iter_mut().find(|(name, _)| name == owner) {
                    Some((_, Type { element: Element::Record(known), .. })) => {
                        *known = known.iter().cloned().chain([own]).collect();
                    }
                    _ => fields.push((owner.clone(), Type::scalar(Element::Record([own].into())))),
                },
            }
        }
        fields
    }

    /// A size, or one that is known when it runs.
    pub(super) fn size_or_found(
        &mut self,
        written: &tree::Expr,
        counts: &mut Vec<(SizeVariable, Expr)>,
    ) -> Option<Polynomial> {
        let count = self.expression(written);
        let count = self.fit(count, &Type::int(), "the number of particles");
        if count.is_unknown() {
            return None;
        }
        Some(match count.ty.as_size() {
            Some(size) => size.clone(),
            None => {
                let symbol = self.found_size("K");
                counts.push((symbol, count));
                Polynomial::variable(symbol)
            }
        })
    }
}

/// A field by its path.
fn field<'t>(fields: &'t [(Name, Type)], path: &str) -> Option<&'t Type> {
    let (own, rest) = path.split_once('.').map_or((path, None), |(own, rest)| (own, Some(rest)));
    let (_, ty) = fields.iter().find(|(name, _)| **name == *own)?;
    match (rest, &ty.element) {
        (None, _) => Some(ty),
        (Some(rest), Element::Record(inner)) => field(inner, rest),
        _ => None,
    }
}
