//! `marginal(m, keep = [x], via = importance(q, K))`: a model of which some sites are kept, the others averaged over. It
//! draws as the model does. Its density is an estimate by particles that `q` proposes for the other sites: of a value that was
//! drawn from it, with the particle that was drawn along, so that the estimate's inverse is unbiased and its logarithm lies
//! above; of any other value, unbiased itself, with a logarithm that lies below. So a draw carries what it was drawn with, in a
//! field that cannot be written.

use super::argument::positional;
use super::call::arrange;
use super::scope::Entity;
use super::{Checker, Name};
use crate::typed::exact::Exactness;
use crate::typed::tree::{Block, Expr, ExprKind, Kept, Role, Statement, StatementKind, Variable};
use crate::typed::types::{Element, ModelType, Type, is_hidden};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, Ident};
use std::sync::Arc;

const VIA: &str =
    "`via = importance(q, K)`: a guide for the sites that are not kept, and a number of particles";

/// What `via` names.
struct Via<'a> {
    proposal: &'a tree::Expr,
    particles: &'a tree::Expr,
}

impl Checker<'_> {
    /// A model of which only these sites are kept.
    pub(super) fn kept(&mut self, span: Span, model: Expr, keep: &tree::Expr, via: &tree::Expr) -> Expr {
        let Element::Model(of) = &model.ty.element else { panic!("the caller has a model") };
        let of = (**of).clone();
        if of.model == usize::MAX || !self.can_be_kept(&model, &of) {
            return Expr::unknown(span);
        }
        let Some(names) = self.kept_names(&of, keep) else { return Expr::unknown(span) };
        let Some(Via { proposal: written, particles }) = self.importance(via) else {
            return Expr::unknown(span);
        };
        let particles = self.particles(particles);
        let all = self.fields_drawn(&of);
        let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(name, _)| names.contains(name));
        let others: Vec<_> = others.into_iter().filter(|(name, _)| !self.is_tracked(&of, name)).collect();
        if others.is_empty() {
            let message = "every site is kept: there is nothing to average over";
            let help = "leave `marginal` away: the model's own density is exact";
            return self.fail(span, Diagnostic::error(codes::NOT_SUMMED, keep.span, message).help(help));
        }
        let values: Vec<Variable> = own
            .iter()
            .map(|(name, ty)| {
                let name = Ident { name: name.clone(), span: keep.span };
                self.new_variable(&name, ty.clone(), Role::Local)
            })
            .collect();
        let proposal = self.proposal(written, &own, &values);
        if proposal.is_unknown() || !self.proposes(&proposal, &model, &of, &own, &others) {
            return Expr::unknown(span);
        }
        let Some(particles) = particles else { return Expr::unknown(span) };
        let number = self.program.kept.len();
        let hidden: Name = format!("<{} {number}>", self.program.models[of.model].name).into();
        let parts = [&model, &proposal, &particles].map(Expr::clone);
        self.program.kept.push(Kept { names, hidden, values, parts });
        let ty = Type::scalar(Element::Model(Arc::new(ModelType { kept: Some(number), ..of })));
        let [model, proposal, particles] = [model, proposal, particles].map(Box::new);
        Expr { span, ty, kind: ExprKind::Kept { model, proposal, particles, kept: number } }
    }

    /// Whether sites of a model may be averaged over by particles; says why not.
    fn can_be_kept(&mut self, model: &Expr, of: &ModelType) -> bool {
        let what = match of {
            ModelType { kept: Some(_), .. } => "a marginal of a marginal; name all that is kept in one",
            _ if !of.out.is_empty() => "particles for a model whose sites are summed out",
            _ if !of.partly.is_empty() => "particles for a model some of whose entries are given",
            _ => return true,
        };
        self.unsupported(model.span, what);
        false
    }

    /// The names in `keep = [..]`, each a site that is not given, or the first part of its name.
    fn kept_names(&mut self, of: &ModelType, keep: &tree::Expr) -> Option<Vec<Name>> {
        let tree::ExprKind::Array(entries) = &keep.kind else {
            let fault = Diagnostic::error(codes::UNKNOWN_SITE, keep.span, "`keep` lists names of sites");
            self.report(fault.expected("`keep = [x]`"));
            return None;
        };
        let told = self.diagnostics.len();
        let drawn = self.fields_drawn(of);
        let mut names: Vec<Name> = Vec::new();
        for entry in entries {
            let fault = match &entry.kind {
                tree::ExprKind::Name(name) if names.contains(&name.name) => {
                    Some(Diagnostic::error(codes::NOT_SUMMED, name.span, format!("`{name}` is kept twice")))
                }
                tree::ExprKind::Name(name) => match drawn.iter().any(|(known, _)| *known == name.name) {
                    true if !self.is_tracked(of, &name.name) => {
                        names.push(name.name.clone());
                        None
                    }
                    _ => Some(self.not_kept(of, name)),
                },
                _ => {
                    let message = "only whole sites are kept, by name";
                    Some(Diagnostic::error(codes::UNKNOWN_SITE, entry.span, message))
                }
            };
            self.diagnostics.extend(fault);
        }
        if entries.is_empty() {
            let fault = Diagnostic::error(codes::UNKNOWN_SITE, keep.span, "`keep` names no site");
            self.report(fault.help("name what a draw shall have, as in `keep = [x]`"));
        }
        (self.diagnostics.len() == told).then_some(names)
    }

    /// Why a name cannot be kept.
    fn not_kept(&mut self, of: &ModelType, name: &Ident) -> Diagnostic {
        let fault = match self.site_named(of, name) {
            Err(fault) => *fault,
            Ok(site) => {
                let declared = self.row(site).span;
                let message = format!("`{name}` is given: it is not drawn");
                let fault = Diagnostic::error(codes::NOT_SUMMED, name.span, message);
                fault.label(declared, "the site").help("leave it out of `keep`")
            }
        };
        match self.is_tracked(of, &name.name) {
            true => fault.help("a tracked value is computed from sites: keep those"),
            false => fault,
        }
    }

    /// What a draw of a model has: its latent sites and what it tracks.
    fn fields_drawn(&self, of: &ModelType) -> Vec<(Name, Type)> {
        match self.draw_of_model(&ModelType { kept: None, ..of.clone() }).element {
            Element::Record(fields) => fields.to_vec(),
            _ => unreachable!("a draw of a model is a record"),
        }
    }

    fn is_tracked(&self, of: &ModelType, name: &str) -> bool {
        let tracked = &self.program.models[of.model].tracked;
        tracked.iter().any(|variable| *self.row(*variable).name == *name)
    }

    /// `importance(q, K)`
    fn importance<'a>(&mut self, via: &'a tree::Expr) -> Option<Via<'a>> {
        let arguments = match &via.kind {
            tree::ExprKind::Call { function, arguments } => match &function.kind {
                tree::ExprKind::Name(name) if name.as_str() == "importance" => arguments.as_slice(),
                _ => &[],
            },
            _ => &[],
        };
        match positional(arguments).unwrap_or_default()[..] {
            [proposal, particles] => Some(Via { proposal, particles }),
            _ => {
                let message = "this names no way to average over sites";
                self.report(Diagnostic::error(codes::TYPE_MISMATCH, via.span, message).expected(VIA));
                None
            }
        }
    }

    /// The number of particles: at least the one that is always there.
    fn particles(&mut self, written: &tree::Expr) -> Option<Expr> {
        let count = self.expression(written);
        let count = self.fit(count, &Type::int(), "the number of particles");
        let known = count.ty.as_size().and_then(|size| size.as_constant());
        if known.is_some_and(|known| known < 1) {
            let fault =
                Diagnostic::error(codes::OUTSIDE_RANGE, count.span, "there must be at least one particle")
                    .expected("a whole number from 1")
                    .help("all particles count, the one that is drawn along included");
            self.report(fault);
            return None;
        }
        (!count.is_unknown()).then_some(count)
    }

    /// The proposal: its parameters that are named like kept sites receive their values.
    fn proposal(&mut self, written: &tree::Expr, own: &[(Name, Type)], values: &[Variable]) -> Expr {
        let (named, arguments) = match &written.kind {
            tree::ExprKind::Name(name) => (name, [].as_slice()),
            tree::ExprKind::Call { function, arguments } => match &function.kind {
                tree::ExprKind::Name(name) => (name, arguments.as_slice()),
                _ => return self.expression(written),
            },
            _ => return self.expression(written),
        };
        let declared = match self.look_up(named.as_str()) {
            Some(Entity::Declared(declared)) => declared[0],
            _ => return self.expression(written),
        };
        if !matches!(self.declaration(declared).item.kind, tree::ItemKind::Model(_)) {
            return self.expression(written);
        }
        let signature = self.signature(declared);
        let mut arguments = arguments.to_vec();
        let told = |arguments: &[Argument], name: &Name| {
            let is_it = |argument: &Argument| matches!(&argument.kind, ArgumentKind::Named { name: own, .. } if own.name == *name);
            arguments.iter().any(is_it)
        };
        self.nested(|checker| {
            for (position, parameter) in signature.parameters.iter().enumerate() {
                let name = &parameter.row.name;
                let received = own.iter().position(|(kept, _)| kept == name);
                let Some(received) = received.filter(|_| !told(&arguments, name)) else { continue };
                if position < arguments.len() && matches!(arguments[position].kind, ArgumentKind::Value(_)) {
                    continue;
                }
                // A name that nothing else can have.
                let stands = Ident { name: format!("<{name}>").into(), span: written.span };
                checker.bind(&stands.name, Entity::Variable(values[received]));
                let value = tree::Expr::new(written.span, tree::ExprKind::Name(stands));
                let name = Ident { name: name.clone(), span: written.span };
                arguments.push(Argument { span: written.span, kind: ArgumentKind::Named { name, value } });
            }
            checker.model_call(written.span, declared, &arguments)
        })
    }

    /// Whether a proposal draws each of the other sites, inside of its support, and nothing else; says what is wrong.
    fn proposes(
        &mut self,
        proposal: &Expr,
        model: &Expr,
        of: &ModelType,
        own: &[(Name, Type)],
        others: &[(Name, Type)],
    ) -> bool {
        let proposed = match &proposal.ty.element {
            Element::Model(proposed) if proposed.kept.is_none() && proposed.out.is_empty() => {
                proposed.clone()
            }
            Element::Model(_) => {
                self.unsupported(proposal.span, "a proposal whose density is no sum of its sites' alone");
                return false;
            }
            _ => {
                let fault = Diagnostic::error(codes::TYPE_MISMATCH, proposal.span, "this is no guide");
                self.report(fault.expected(VIA).found(format!("`{}`", self.show(&proposal.ty))));
                return false;
            }
        };
        let drawn = self.fields_drawn(&proposed);
        let told = self.diagnostics.len();
        for (name, _) in others.iter().filter(|(name, _)| drawn.iter().all(|(drawn, _)| drawn != name)) {
            let site = self.site_of_field(of, name);
            let message =
                format!("`{name}` is not kept, and `{}` does not propose it", self.model_name(&proposed));
            let fault = Diagnostic::error(codes::GUIDE_MISMATCH, proposal.span, message)
                .label(self.row(site).span, "the site")
                .help(format!("add `{name} ~ ..` to the proposal, or `{name}` to `keep`"));
            self.report(fault);
        }
        for (name, _) in own.iter().filter(|(name, _)| drawn.iter().any(|(drawn, _)| drawn == name)) {
            let message = format!("`{name}` is kept, and `{}` draws it", self.model_name(&proposed));
            let fault = Diagnostic::error(codes::GUIDE_MISMATCH, proposal.span, message);
            let help = format!("make it a parameter of the proposal: `({name}: ..)` receives what is kept");
            self.report(fault.help(help));
        }
        if self.diagnostics.len() > told {
            return false;
        }
        let is_tracked = |checker: &Self, name: &Name| checker.is_tracked(&proposed, name);
        let drawn = drawn.into_iter().filter(|(name, _)| !is_tracked(self, name));
        let whole: Vec<(Name, Type)> = own.iter().cloned().chain(drawn).collect();
        let whole = Expr {
            span: proposal.span,
            ty: Type::scalar(Element::Record(whole.into())),
            kind: ExprKind::Error,
        };
        self.draws_what_is_latent(model, of, &whole) && self.can_be_simulated(proposal.span, &proposed, &[])
    }

    fn model_name(&self, of: &ModelType) -> Name {
        self.program.models[of.model].name.clone()
    }

    /// A site that a field of a draw is, or holds.
    fn site_of_field(&self, of: &ModelType, field: &str) -> Variable {
        let is_part = |name: &str| {
            name.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let sites = &self.program.models[of.model].sites;
        let site = sites.iter().find(|site| is_part(&self.row(site.variable).name));
        site.expect("a field of a draw is a site, or holds one").variable
    }

    /// The record that a draw is: the kept sites, and out of sight the others.
    pub(super) fn draw_of_kept(&self, kept: usize, fields: Vec<(Name, Type)>, of: &ModelType) -> Type {
        let Kept { names, hidden, .. } = &self.program.kept[kept];
        let (mut own, others): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|(name, _)| names.contains(name));
        let others = others.into_iter().filter(|(name, _)| !self.is_tracked(of, name));
        own.push((hidden.clone(), Type::scalar(Element::Record(others.collect()))));
        Type::scalar(Element::Record(own.into()))
    }

    /// The estimate of the log density of a marginal at a value.
    pub(super) fn kept_density(&mut self, span: Span, model: &Expr, of: &ModelType, value: Expr) -> Expr {
        let kept = self.program.kept[of.kept.expect("the caller has a marginal")].clone();
        let Some(own) = self.kept_values(&kept, model, of, &value) else { return Expr::unknown(span) };
        let mut statements = Vec::new();
        let value = match &value.kind {
            ExprKind::Variable(_) | ExprKind::Index { .. } => value,
            _ => {
                let name = Ident { name: "value".into(), span: value.span };
                let variable = self.new_variable(&name, value.ty.clone(), Role::Local);
                let (span, ty) = (value.span, value.ty.clone());
                statements.push(Statement { span, kind: StatementKind::Let { variable, value } });
                Expr { span, ty, kind: ExprKind::Variable(variable) }
            }
        };
        let part = |name: &Name, ty: &Type| Expr {
            span,
            ty: ty.clone(),
            kind: ExprKind::Field(Box::new(value.clone()), name.clone()),
        };
        for (variable, (name, ty)) in kept.values.iter().zip(&own) {
            let kind = StatementKind::Let { variable: *variable, value: part(name, ty) };
            statements.push(Statement { span, kind });
        }
        let fields = own.iter().map(|(name, ty)| (name.clone(), part(name, ty)));
        let record = super::record::record_of(span, fields.collect());
        let drawn = value.ty.fields().and_then(|fields| fields.iter().find(|(name, _)| *name == kept.hidden));
        let drawn = drawn.map(|(name, ty)| part(name, ty));
        let (estimator, exactness) = match drawn {
            Some(_) => ("marginal_of_drawn", Exactness::Upper),
            None => ("marginal_at", Exactness::Lower),
        };
        let arguments = kept.parts.into_iter().chain([record]).chain(drawn).collect();
        let estimate = self.inlined_from_library(span, estimator, arguments);
        if estimate.is_unknown() {
            return Expr::unknown(span);
        }
        let block = Block { statements, value: Some(estimate) };
        let value = Expr { span, ty: Type::real(), kind: ExprKind::Block(Box::new(block)) };
        Expr { span, ty: Type::real(), kind: ExprKind::Bounded { value: Box::new(value), exactness } }
    }

    /// The kept sites with the types that a value has for them; says what is wrong.
    fn kept_values(
        &mut self,
        kept: &Kept,
        model: &Expr,
        of: &ModelType,
        value: &Expr,
    ) -> Option<Vec<(Name, Type)>> {
        let hidden = kept.hidden.clone();
        let all = self.fields_drawn(of);
        let others = all.iter().filter(|(name, _)| !kept.names.contains(name));
        let others: Vec<_> = others.filter(|(name, _)| !self.is_tracked(of, name)).cloned().collect();
        let Element::Record(fields) = &value.ty.element else {
            return self.draws_what_is_latent(model, of, value).then(Vec::new);
        };
        let named: Vec<(Name, Type)> = fields.iter().filter(|(name, _)| !is_hidden(name)).cloned().collect();
        let told = self.diagnostics.len();
        for (name, _) in named.iter().filter(|(name, _)| others.iter().any(|(other, _)| other == name)) {
            let message = format!("`{name}` is averaged over, and has a value here");
            let fault = Diagnostic::error(codes::GUIDE_MISMATCH, value.span, message)
                .label(model.span, "whose density is taken")
                .help(format!("leave `{name}` out of the value, or keep it: `keep = [.., {name}]`"));
            self.report(fault);
        }
        let whole = named.iter().cloned().chain(others.into_iter().filter(|(name, _)| *name != hidden));
        let whole = Expr {
            ty: Type::scalar(Element::Record(whole.collect())),
            kind: ExprKind::Error,
            span: value.span,
        };
        let sound = self.diagnostics.len() == told && self.draws_what_is_latent(model, of, &whole);
        let own = kept.names.iter().map(|name| named.iter().find(|(own, _)| own == name).cloned());
        if sound { own.collect() } else { None }
    }

    /// The body of a function of the library with these values in the place of its parameters.
    fn inlined_from_library(&mut self, span: Span, name: &str, arguments: Vec<Expr>) -> Expr {
        let declarations = self.library_function(name);
        let sources = (0..arguments.len()).map(super::argument::Source::Argument).collect::<Vec<_>>();
        self.inlined(span, declarations[0], &[], arrange(&sources, &arguments))
    }
}
