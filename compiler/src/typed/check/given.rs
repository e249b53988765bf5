//! Conditioning, which is by name and from outside: `m given {y, z = 1}`.

use super::Checker;
use super::scope::Entity;
use crate::ir::Polynomial;
use crate::typed::tree::{Expr, ExprKind, Role, Variable};
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
            if !of.given.contains(&name) {
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
        let mut values = Vec::new();
        let mut sound = true;
        for condition in conditions {
            match self.given_site(&of, condition) {
                Some(value) => {
                    of.given.push(condition.place.name.name.clone());
                    values.push((condition.place.name.name.clone(), value));
                }
                None => sound = false,
            }
        }
        if !sound {
            return Expr::unknown(span);
        }
        let kind = ExprKind::Given { model: Box::new(model), conditions: values };
        Expr { span, ty: Type::scalar(Element::Model(Arc::new(of))), kind }
    }

    fn given_site(&mut self, of: &ModelType, condition: &tree::Condition) -> Option<Expr> {
        let (place, name) = (&condition.place, &condition.place.name);
        if !place.indices.is_empty() {
            self.unsupported(place.span, "conditioning on single entries");
            return None;
        }
        let site = match self.site_named(of, name) {
            Ok(site) => site,
            Err(diagnostic) => {
                self.report(*diagnostic);
                return None;
            }
        };
        let sizes = self.program.models[of.model].sizes.clone();
        if of.out.contains(&name.name) {
            let message = format!("`{name}` is summed out: it cannot be given as well");
            self.report(Diagnostic::error(codes::NOT_SUMMED, name.span, message));
            return None;
        }
        if of.given.contains(&name.name) {
            let message = format!("`{name}` is given twice");
            self.report(Diagnostic::error(codes::UNKNOWN_SITE, name.span, message));
            return None;
        }
        let written;
        let value = match &condition.value {
            Some(value) => value,
            None => {
                written = tree::Expr::new(name.span, tree::ExprKind::Name(name.clone()));
                &written
            }
        };
        let value = self.expression(value);
        let wanted = self.row(site).ty.clone();
        let substitution: Vec<Polynomial> = self.substitution(&sizes, &of.sizes);
        let wanted = wanted.substitute(&substitution).plain();
        self.holes_given(of, site, condition.place.span);
        let value = self.fit(value, &wanted, &format!("the value given for `{name}`"));
        (!value.is_unknown()).then_some(value)
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
