//! Conditioning, which is by name and from outside: `m given {y, z = 1}`, `m given {y[0] = 1}`.

use super::Checker;
use super::scope::Entity;
use crate::ir::Polynomial;
use crate::typed::tree::{Condition, Expr, ExprKind, Role, Variable};
use crate::typed::types::{Element, ModelType, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes, nearest};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Ident};
use std::sync::Arc;

impl Checker<'_> {
    /// Warns of data that have the name of a site and are not given: forgotten, most likely.
    fn warn_of_data_not_given(&mut self, model: &Expr) {
        let Element::Model(of) = &model.ty.element else { return };
        let Some(declared) = self.program.models.get(of.model) else { return };
        let (model_name, sites) = (declared.name.clone(), declared.sites.clone());
        for site in sites {
            let row = self.row(site.variable);
            let (name, site_span) = (row.name.clone(), row.span);
            let data = match self.user.get(&name) {
                Some((Entity::Variable(data), _)) if self.row(*data).role == Role::Data => {
                    self.row(*data).span
                }
                _ => continue,
            };
            if !of.given.contains(&name) && !of.partly.contains(&name) {
                let message = format!("`{name}` is data, and a site of `{model_name}` that is not given");
                let diagnostic = Diagnostic::warning(codes::DATA_NOT_GIVEN, model.span, message)
                    .label(site_span, "the site")
                    .label(data, "the data")
                    .help(format!("write `given {{{name}}}`, or give one of them another name"));
                self.report(diagnostic);
            }
        }
    }

    /// Says what keeps a model from being sampled by its gradient.
    pub(super) fn before_sampling(&mut self, model: &Expr) {
        self.warn_of_data_not_given(model);
        let Element::Model(of) = &model.ty.element else { return };
        if of.kept.is_some() {
            let message =
                "the density of a marginal by particles is only estimated: no gradient sampler moves in it";
            let fault = Diagnostic::error(codes::NOT_EXACT, model.span, message);
            self.report(fault.help("sample the model itself, and read the sites that you want to keep"));
            return;
        }
        self.entries_left_out(model.span, of);
        let Some(declared) = self.program.models.get(of.model) else { return };
        let sites = declared.sites.iter().map(|site| self.row(site.variable).clone());
        let discrete = sites.filter(|row| {
            let latent = !of.given.contains(&row.name) && !of.out.contains(&row.name);
            latent && matches!(row.ty.element, Element::Int(_) | Element::Bool)
        });
        for row in discrete.collect::<Vec<_>>() {
            let name = &row.name;
            let diagnostic =
                Diagnostic::error(codes::DISCRETE_SITE, row.span, format!("`{name}` is discrete"))
                    .here("not given, and a gradient sampler cannot move it")
                    .label(model.span, "sampled here")
                    .help(format!(
                        "sum it out: `marginal(m, out = [{name}])`, or condition on it with `given`"
                    ));
            self.report(diagnostic);
        }
    }

    /// Reports entries that are neither declared nor given; whether there are none.
    pub(super) fn entries_left_out(&mut self, span: Span, of: &ModelType) -> bool {
        let Some(declared) = self.program.models.get(of.model) else { return true };
        let left_out = declared.sites.iter().filter_map(|site| {
            let name = self.row(site.variable).name.clone();
            let holes = site.holes.filter(|_| !of.given.contains(&name))?;
            Some((name, holes))
        });
        let left_out: Vec<_> = left_out.collect();
        for (name, holes) in &left_out {
            let message = format!("entries of `{name}` are neither declared nor given");
            let diagnostic = Diagnostic::error(codes::HOLES, span, message)
                .label(*holes, "other entries than these have no distribution, or may have none")
                .help(format!("declare each entry from 0 on without conditions, or give `{name}`"));
            self.report(diagnostic);
        }
        left_out.is_empty()
    }

    /// Tells of entries of a given site that have no distribution.
    fn holes_given(&mut self, of: &ModelType, site: Variable, given: Span) {
        let sites = &self.program.models[of.model].sites;
        let holes = sites.iter().find(|known| known.variable == site).and_then(|known| known.holes);
        if let Some(holes) = holes {
            let name = &self.row(site).name;
            let message = format!("entries of `{name}` are conditioned on and not modelled");
            let diagnostic = Diagnostic::warning(codes::HOLES, given, message)
                .label(holes, "other entries than these have no distribution, or may have none")
                .help(format!("to say so in the model, write `{name}[..] ~ flat()` for them"));
            self.report(diagnostic);
        }
    }

    /// `m given {y, z = 1}`
    pub(super) fn given(&mut self, span: Span, model: &tree::Expr, conditions: &[tree::Condition]) -> Expr {
        let model = self.expression(model);
        let Element::Model(of) = &model.ty.element else {
            if !model.is_unknown() {
                let diagnostic =
                    Diagnostic::error(codes::TYPE_MISMATCH, model.span, "only a model is conditioned")
                        .found(format!("`{}`", self.show(&model.ty)))
                        .help("name a model before `given`: `m given {y}`");
                self.report(diagnostic);
            }
            return Expr::unknown(span);
        };
        let mut of = (**of).clone();
        if of.kept.is_some() {
            let help = "give sites to the model first: `marginal(m given {y}, keep = [x], via = ..)`";
            let fault =
                Diagnostic::error(codes::NOT_SUPPORTED, span, "a marginal by particles is not conditioned");
            return self.fail(span, fault.help(help));
        }
        let mut known = Vec::new();
        for condition in conditions {
            known.extend(self.given_site(&mut of, condition, &known));
        }
        if known.len() < conditions.len() {
            return Expr::unknown(span);
        }
        let kind = ExprKind::Given { model: Box::new(model), conditions: known };
        Expr { span, ty: Type::scalar(Element::Model(Arc::new(of))), kind }
    }

    /// One condition, beside those before it; the model's type takes note of it.
    fn given_site(
        &mut self,
        of: &mut ModelType,
        written: &tree::Condition,
        before: &[Condition],
    ) -> Option<Condition> {
        let name = &written.place.name;
        let site = match self.site_named(of, name) {
            Ok(site) => site,
            Err(diagnostic) => {
                self.report(*diagnostic);
                return None;
            }
        };
        if of.out.contains(&name.name) {
            let message = format!("`{name}` is summed out: it cannot be given as well");
            self.report(Diagnostic::error(codes::NOT_SUMMED, name.span, message));
            return None;
        }
        let declared = self.program.models[of.model].sizes.clone();
        let substitution: Vec<Polynomial> = self.substitution(&declared, &of.sizes);
        let wanted = self.row(site).ty.clone().substitute(&substitution).plain();
        let indices = self.given_entry(&written.place, &wanted)?;
        let known =
            |one: &Condition| one.site == name.name && (one.indices.is_empty() || one.indices == indices);
        let whole = indices.is_empty() && of.partly.contains(&name.name);
        if of.given.contains(&name.name) || whole || before.iter().any(known) {
            let message = format!("`{}` is given twice", self.text(written.place.span));
            self.report(Diagnostic::error(codes::UNKNOWN_SITE, name.span, message));
            return None;
        }
        let value = match &written.value {
            Some(value) => value.clone(),
            None => tree::Expr::new(name.span, tree::ExprKind::Name(name.clone())),
        };
        let gaps = self.data_with_gaps(&value);
        let value = match gaps {
            Some(variable) => self.variable(value.span, variable),
            None => self.expression(&value),
        };
        let partly = gaps.is_some() || !indices.is_empty();
        let names = if partly { &mut of.partly } else { &mut of.given };
        names.extend((!names.contains(&name.name)).then(|| name.name.clone()));
        if !partly {
            self.holes_given(of, site, written.place.span);
        }
        let wanted = wanted.indexed(indices.len());
        let value = self.fit(value, &wanted, &format!("the value given for `{name}`"));
        (!value.is_unknown()).then(|| Condition { site: name.name.clone(), indices, value })
    }

    /// The data that an expression names, where entries of them may be missing.
    fn data_with_gaps(&mut self, value: &tree::Expr) -> Option<Variable> {
        let tree::ExprKind::Name(name) = &value.kind else { return None };
        let Some(Entity::Variable(variable)) = self.look_up(name.as_str()) else { return None };
        self.program.gaps_of(variable).map(|_| variable)
    }

    /// The indices in `given {y[0] = 1}`, known before anything runs.
    fn given_entry(&mut self, place: &tree::Place, site: &Type) -> Option<Vec<Polynomial>> {
        if !place.indices.is_empty() && matches!(site.element, Element::Record(_)) {
            self.unsupported(place.span, "giving single states of a path of several");
            return None;
        }
        if place.indices.len() > site.shape.len() {
            let message = format!("`{}` has {} axes", place.name, site.shape.len());
            self.report(Diagnostic::error(codes::TOO_MANY_INDICES, place.span, message));
            return None;
        }
        let mut indices = Vec::with_capacity(place.indices.len());
        for (index, extent) in place.indices.iter().zip(&site.shape) {
            let tree::IndexKind::At(at) = &index.kind else {
                self.misplaced(index.span, "a slice", "in the index of an array");
                return None;
            };
            let at = self.size(at)?;
            let beyond = at.minus(extent).as_constant().is_some_and(|beyond| beyond >= 0);
            if beyond || at.as_constant().is_some_and(|at| at < 0) {
                let message = format!("`{}` lies outside of `{}`", self.show_size(&at), place.name);
                let fault = Diagnostic::error(codes::INDEX_OUTSIDE, index.span, message);
                let last = self.show_size(&extent.minus(&1.into()));
                let fault = fault.expected(format!("an index from 0 to {last}"));
                self.report(fault);
                return None;
            }
            indices.push(at);
        }
        Some(indices)
    }

    /// The site of a model by its name, or what to say.
    pub(super) fn site_named(&mut self, of: &ModelType, name: &Ident) -> Result<Variable, Box<Diagnostic>> {
        let model = &self.program.models[of.model];
        let message = format!("`{}` has no site `{name}`", model.name);
        let sites: Vec<Variable> = model.sites.iter().map(|site| site.variable).collect();
        if let Some(site) = sites.iter().find(|site| self.row(**site).name == name.name) {
            return Ok(*site);
        }
        let names: Vec<&str> = sites.iter().map(|site| &*self.row(*site).name).collect();
        let help = match nearest(name.as_str(), names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its sites are {}", names.join(", ")),
        };
        Err(Box::new(Diagnostic::error(codes::UNKNOWN_SITE, name.span, message).help(help)))
    }
}
