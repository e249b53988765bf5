//! `marginal(m, out = [z])`: a model some of whose discrete sites are summed out. With `keep`, the others are averaged over by
//! particles ([`super::kept`]).

use super::Checker;
use crate::typed::tree::{Expr, ExprKind};
use crate::typed::types::{Element, ModelType, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, Ident};
use std::sync::Arc;

const FORMS: &str = "`marginal(m, out = [z])` or `marginal(m, keep = [x], via = importance(q, K))`";

impl Checker<'_> {
    pub(super) fn marginal(&mut self, span: Span, arguments: &[Argument]) -> Expr {
        let (mut model, mut out, mut keep, mut via) = (None, None, None, None);
        for argument in arguments {
            match &argument.kind {
                ArgumentKind::Value(value) if model.is_none() => model = Some(value),
                ArgumentKind::Named { name, value } if name.as_str() == "out" => out = Some(value),
                ArgumentKind::Named { name, value } if name.as_str() == "keep" => keep = Some(value),
                ArgumentKind::Named { name, value } if name.as_str() == "via" => via = Some(value),
                _ => {
                    let message = "`marginal` takes a model and the sites to sum out, or to keep";
                    let diagnostic =
                        Diagnostic::error(codes::UNKNOWN_ARGUMENT, argument.span, message).expected(FORMS);
                    return self.fail(span, diagnostic);
                }
            }
        }
        let wanted = match (out, keep, via) {
            (Some(out), None, None) => Ok(out),
            (None, Some(keep), Some(via)) => Err((keep, via)),
            _ => {
                let message = "`marginal` needs the sites to sum out, or those to keep and a way to average over the others";
                let diagnostic = Diagnostic::error(codes::MISSING_ARGUMENT, span, message).expected(FORMS);
                return self.fail(span, diagnostic);
            }
        };
        let Some(model) = model else {
            let diagnostic =
                Diagnostic::error(codes::MISSING_ARGUMENT, span, "`marginal` needs a model").expected(FORMS);
            return self.fail(span, diagnostic);
        };
        let model = self.expression(model);
        let Element::Model(of) = &model.ty.element else {
            if !model.is_unknown() {
                let diagnostic =
                    Diagnostic::error(codes::TYPE_MISMATCH, model.span, "`marginal` takes a model")
                        .found(format!("`{}`", self.show(&model.ty)));
                self.report(diagnostic);
            }
            return Expr::unknown(span);
        };
        let of = (**of).clone();
        let out = match wanted {
            Ok(out) => out,
            Err((keep, via)) => return self.kept(span, model, keep, via),
        };
        if of.kept.is_some() {
            return self.unsupported(model.span, "sites summed out of a marginal by particles");
        }
        match self.summed_sites(&of, out) {
            Some(names) => {
                let out = [of.out.as_slice(), &names].concat();
                let kind = ExprKind::Marginal { model: Box::new(model), out: names };
                Expr { span, ty: Type::scalar(Element::Model(Arc::new(ModelType { out, ..of }))), kind }
            }
            None => Expr::unknown(span),
        }
    }

    /// The names in `out = [..]`, each a discrete site that is neither given nor summed out already.
    fn summed_sites(&mut self, of: &ModelType, out: &tree::Expr) -> Option<Vec<Arc<str>>> {
        let tree::ExprKind::Array(entries) = &out.kind else {
            let diagnostic = Diagnostic::error(codes::UNKNOWN_SITE, out.span, "`out` lists names of sites")
                .expected("`out = [z]`");
            self.report(diagnostic);
            return None;
        };
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut sound = true;
        for entry in entries {
            let tree::ExprKind::Name(name) = &entry.kind else {
                let message = "only whole sites are summed out, by name";
                self.report(Diagnostic::error(codes::UNKNOWN_SITE, entry.span, message));
                sound = false;
                continue;
            };
            let twice = names.contains(&name.name) || of.out.contains(&name.name);
            match self.fault_of_summing(of, name, twice) {
                None => names.push(name.name.clone()),
                Some(diagnostic) => {
                    self.report(diagnostic);
                    sound = false;
                }
            }
        }
        sound.then_some(names)
    }

    /// What is wrong with summing out a site.
    fn fault_of_summing(&mut self, of: &ModelType, name: &Ident, twice: bool) -> Option<Diagnostic> {
        let site = match self.site_named(of, name) {
            Ok(site) => site,
            Err(diagnostic) => return Some(*diagnostic),
        };
        let row = self.row(site);
        let declared = row.span;
        let fault = |message: String| Diagnostic::error(codes::NOT_SUMMED, name.span, message);
        if twice {
            return Some(fault(format!("`{name}` is summed out twice")));
        }
        if of.given.contains(&name.name) {
            let message = format!("`{name}` is given: it has one value, and nothing is summed");
            return Some(fault(message).label(declared, "the site").help("give it, or sum it out"));
        }
        if of.partly.contains(&name.name) {
            let message = format!("entries of `{name}` are given: the others cannot be summed out");
            return Some(fault(message).label(declared, "the site").help("give all of it, or none"));
        }
        match &row.ty.element {
            Element::Bool | Element::Unknown => None,
            Element::Int(bounds) if bounds.lower.is_some() && bounds.upper.is_some() => None,
            Element::Int(_) => Some(
                fault(format!("`{name}` has no greatest value that is known before the data are"))
                    .label(declared, "drawn here")
                    .help("a site is summed out over finitely many states, such as those of `categorical`"),
            ),
            _ => {
                let help = "sample it: only discrete sites are summed out";
                Some(fault(format!("`{name}` is continuous")).label(declared, "drawn here").help(help))
            }
        }
    }
}
