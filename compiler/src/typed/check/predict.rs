//! `predict(fit, m, sites = [..], seed = k)`: for each draw of a fit, sites of a model given the values in that draw.

use super::{Checker, Name};
use crate::typed::needed::needed;
use crate::typed::tree::{Expr, ExprKind, Prediction, Variable};
use crate::typed::types::{Element, FitType, ModelType, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes, nearest};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind};
use std::sync::Arc;

const FORM: &str = "`predict(fit, m, sites = [y], seed = 1)`; `sites` and `seed` may be left away";

impl Checker<'_> {
    pub(super) fn predict(&mut self, span: Span, arguments: &[Argument]) -> Expr {
        self.needs_script(span);
        let Some(Written { fit, model, sites, seed }) = self.predict_arguments(span, arguments) else {
            return Expr::unknown(span);
        };
        let (fit, model) = (self.expression(fit), self.expression(model));
        let seed = match seed {
            Some(seed) => self.expression(seed),
            None => Expr { span, ty: Type::int(), kind: ExprKind::Size(1.into()) },
        };
        let seed = self.fit(seed, &Type::int(), "the seed");
        let (Some(from), Some(of)) = (self.fit_predicted_from(&fit), self.model_predicted(&model)) else {
            return Expr::unknown(span);
        };
        let (held, out) = self.sites_of_fit(&from, &of);
        let told = self.diagnostics.len();
        let wanted = self.wanted_sites(span, &of, &held, sites);
        self.same_types(model.span, &from, &of, [held.as_slice(), &out].concat());
        if self.diagnostics.len() > told || seed.is_unknown() {
            return Expr::unknown(span);
        }
        let known = [of.given.as_slice(), &held, &out].concat();
        let left_out = self.left_out(&of, &wanted, &known);
        let partly = of.partly.iter().filter(|site| !held.contains(site)).cloned().collect();
        let conditioned = ModelType { given: known, partly, ..(*of).clone() };
        if !self.can_be_simulated(model.span, &conditioned, &left_out) {
            return Expr::unknown(span);
        }
        let is_needed = |name: &Name| !left_out.contains(name);
        let fields = self.drawn_fields(&of, &wanted, std::slice::from_ref(&from.draws));
        let asked = Prediction {
            fit,
            model,
            wanted: wanted.iter().map(|variable| self.row(*variable).name.clone()).collect(),
            held: held.into_iter().filter(is_needed).collect(),
            out: out.into_iter().filter(is_needed).collect(),
            seed,
        };
        let ty = Type::scalar(Element::Record(fields.into()));
        self.in_script(Expr { span, ty, kind: ExprKind::Predict(Box::new(asked)) })
    }

    /// The sites and tracked values that are asked for; without a list all that are neither given nor held by the fit.
    fn wanted_sites(
        &mut self,
        span: Span,
        of: &ModelType,
        held: &[Name],
        sites: Option<&tree::Expr>,
    ) -> Vec<Variable> {
        if let Some(sites) = sites {
            return self.predicted_sites(of, sites);
        }
        let is_known = |name: &Name| of.given.contains(name) || held.contains(name);
        let unknown = self.reportable(of.model).filter(|variable| !is_known(&self.row(*variable).name));
        let wanted: Vec<Variable> = unknown.collect();
        if wanted.is_empty() {
            let message = "the fit holds every site of this model: there is nothing else to predict";
            let fault = Diagnostic::error(codes::MISSING_ARGUMENT, span, message);
            let help = "name what you want, `sites = [..]`; what the fit holds is read from it, `fit.mu`";
            self.report(fault.help(help));
        }
        wanted
    }

    /// The sites and tracked values that nothing wanted is made of.
    fn left_out(&self, of: &ModelType, wanted: &[Variable], known: &[Name]) -> Vec<Name> {
        let is_known = |site: Variable| known.contains(&self.row(site).name);
        let needed = needed(&self.program, &self.program.models[of.model], wanted, &is_known);
        let others = self.reportable(of.model).filter(|site| !needed.contains(site));
        others.map(|site| self.row(site).name.clone()).collect()
    }

    fn predict_arguments<'a>(&mut self, span: Span, arguments: &'a [Argument]) -> Option<Written<'a>> {
        let (mut positional, mut sites, mut seed) = (Vec::new(), None, None);
        for argument in arguments {
            match &argument.kind {
                ArgumentKind::Value(value) if positional.len() < 2 => positional.push(value),
                ArgumentKind::Named { name, value } if name.as_str() == "sites" => sites = Some(value),
                ArgumentKind::Named { name, value } if name.as_str() == "seed" => seed = Some(value),
                _ => {
                    let message = "`predict` does not take this";
                    let fault = Diagnostic::error(codes::UNKNOWN_ARGUMENT, argument.span, message);
                    self.report(fault.expected(FORM));
                    return None;
                }
            }
        }
        let [fit, model] = positional[..] else {
            let message = "`predict` needs a fit and a model";
            self.report(Diagnostic::error(codes::MISSING_ARGUMENT, span, message).expected(FORM));
            return None;
        };
        Some(Written { fit, model, sites, seed })
    }

    fn fit_predicted_from(&mut self, fit: &Expr) -> Option<Predicted> {
        match &fit.ty.element {
            Element::Fit(of) => {
                let FitType { model, draws } = (**of).clone();
                Some(Predicted { model: model?, draws })
            }
            _ => self.no_prediction(fit, "predictions are made from a fit"),
        }
    }

    fn model_predicted(&mut self, model: &Expr) -> Option<Arc<ModelType>> {
        match &model.ty.element {
            Element::Model(of) => Some(of.clone()),
            _ => self.no_prediction(model, "only a model's sites are predicted"),
        }
    }

    fn no_prediction<T>(&mut self, value: &Expr, message: &str) -> Option<T> {
        if !value.is_unknown() {
            let found = self.show(&value.ty);
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, value.span, message);
            self.report(fault.expected(FORM).found(format!("`{found}`")));
        }
        None
    }

    /// The sites of a model that the draws of a fit hold, and those that the fit's model sums out.
    fn sites_of_fit(&self, from: &Predicted, of: &ModelType) -> (Vec<Name>, Vec<Name>) {
        let sites = self.program.models[from.model.model].sites.iter();
        let names = sites.map(|site| self.row(site.variable).name.clone());
        let latent: Vec<Name> = names.filter(|name| !from.model.given.contains(name)).collect();
        let own = self.program.models[of.model].sites.iter().map(|site| self.row(site.variable).name.clone());
        own.filter(|name| latent.contains(name) && !of.given.contains(name))
            .partition(|name| !from.model.out.contains(name))
    }

    /// Reports sites that have another type in the fit than in the model.
    fn same_types(&mut self, span: Span, from: &Predicted, of: &ModelType, names: Vec<Name>) {
        for name in names {
            let [fitted, own] = [&*from.model, of].map(|of| {
                let model = &self.program.models[of.model];
                let mut sites = model.sites.iter().map(|site| self.row(site.variable));
                let row = sites.find(|row| row.name == name).expect("both models have this site");
                row.ty.substitute(&self.substitution(&model.sizes, &of.sizes)).plain()
            });
            if fitted != own {
                let message = format!("`{name}` has another type in the fit than in this model");
                let (fitted, own) = (self.show(&fitted), self.show(&own));
                let fault = Diagnostic::error(codes::TYPE_MISMATCH, span, message);
                self.report(fault.expected(format!("`{own}`")).found(format!("`{fitted}`")));
            }
        }
    }

    /// The sites and tracked values in `sites = [..]`, none of them given.
    fn predicted_sites(&mut self, of: &ModelType, sites: &tree::Expr) -> Vec<Variable> {
        let message = "`sites` lists names of sites and tracked values";
        let fault = |span| Diagnostic::error(codes::UNKNOWN_SITE, span, message).expected("`sites = [y, z]`");
        let tree::ExprKind::Array(entries) = &sites.kind else {
            self.report(fault(sites.span));
            return Vec::new();
        };
        let mut found: Vec<Variable> = Vec::new();
        for entry in entries {
            match dotted(entry) {
                Some(name) => found.extend(self.predicted_site(of, entry.span, &name)),
                None => self.report(fault(entry.span)),
            }
        }
        let mut seen = Vec::new();
        found.retain(|site| {
            !seen.contains(site) && {
                seen.push(*site);
                true
            }
        });
        found
    }

    /// The sites of that name, or those of the model that was drawn under it.
    fn predicted_site(&mut self, of: &ModelType, span: Span, name: &str) -> Vec<Variable> {
        let group = format!("{name}.");
        let own = |known: &str| known == name || known.starts_with(&group);
        let all: Vec<Variable> = self.reportable(of.model).collect();
        let found: Vec<Variable> = all.iter().copied().filter(|site| own(&self.row(*site).name)).collect();
        let model = &self.program.models[of.model].name;
        if found.is_empty() {
            let names: Vec<&str> = all.iter().map(|site| &*self.row(*site).name).collect();
            let help = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", names.join(", ")),
            };
            let message = format!("`{model}` has no site or tracked value `{name}`");
            self.report(Diagnostic::error(codes::UNKNOWN_SITE, span, message).help(help));
            return found;
        }
        if let Some(site) = found.iter().find(|site| of.given.contains(&self.row(**site).name)) {
            let message = format!("`{}` is given in this model: it has one value", self.row(*site).name);
            let help = "predict it with the model as it is before `given`";
            self.report(Diagnostic::error(codes::UNKNOWN_SITE, span, message).help(help));
        }
        found
    }
}

/// `y`, `group.mu`
fn dotted(written: &tree::Expr) -> Option<String> {
    match &written.kind {
        tree::ExprKind::Name(name) => Some(name.to_string()),
        tree::ExprKind::Field { base, name } => Some(format!("{}.{name}", dotted(base)?)),
        _ => None,
    }
}

/// What a prediction is made from.
struct Predicted {
    model: Arc<ModelType>,
    draws: crate::ir::Polynomial,
}

/// The arguments of `predict`.
struct Written<'a> {
    fit: &'a tree::Expr,
    model: &'a tree::Expr,
    sites: Option<&'a tree::Expr>,
    seed: Option<&'a tree::Expr>,
}
