//! Models: their declarations and the calls that name them. Inside a model a name that is a site means the site, from
//! the model's first line on.

use super::Checker;
use super::argument::match_arguments;
use super::call::arrange;
use super::coerce::Care;
use super::declare::State;
use super::extent::Covered;
use super::scope::Entity;
use super::solve::Callee;
use crate::ir::Polynomial;
use crate::typed::tree::{Expr, ExprKind, Model, Site, StatementKind, Variable};
use crate::typed::types::{Element, ModelType, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ItemKind};
use std::sync::Arc;

/// A model whose body is being checked.
#[derive(Clone, Default)]
pub(super) struct Body {
    pub sites: Vec<Site>,
    pub tracked: Vec<Variable>,
    /// For sites that are declared entry by entry, by their full names.
    pub covered: Vec<Covered>,
    /// Whose statements are being checked.
    pub part: Part,
    /// The indices of the loops around the statement, the innermost last.
    pub loops: Vec<Variable>,
    /// The branches of `if` around the statement, the innermost last.
    pub branches: Vec<Branch>,
    /// For each site, the branches around its declarations that are not entry by entry.
    pub drawn_in: Vec<Vec<Vec<Branch>>>,
    /// Sites whose types are not known yet: a loop reads them above their declaration.
    pub guessed: Vec<usize>,
}

/// A branch of an `if`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    /// Where the `if` stands.
    pub of: Span,
    /// Whether it is the one for a true condition.
    pub yes: bool,
}

/// Whether of two places only one is ever reached: they stand in different branches of one `if`.
pub(super) fn exclude_each_other(one: &[Branch], other: &[Branch]) -> bool {
    one.iter().any(|a| other.iter().any(|b| a.of == b.of && a.yes != b.yes))
}

/// The model's own statements, or those of a model drawn in it.
#[derive(Clone, Default)]
pub(super) struct Part {
    /// What stands before the names of its sites: `x.`
    pub prefix: String,
    /// What stands before the indices of its sites.
    pub outer: Vec<Expr>,
    /// The extents of those indices.
    pub extents: Vec<Polynomial>,
}

impl Checker<'_> {
    /// A model's declaration, checked once; its number in the program.
    pub(super) fn model(&mut self, id: usize) -> Option<usize> {
        match self.declaration(id).state {
            State::Done(number) => return Some(number),
            State::Failed => return None,
            State::Open => {
                let (name, span) = (self.declaration(id).name.clone(), self.declaration(id).span);
                let message = format!("`{name}` is drawn in itself");
                self.report(Diagnostic::error(codes::RECURSION, span, message));
                return None;
            }
            State::Untouched => {}
        }
        self.declarations[id].state = State::Open;
        let item = self.declaration(id).item.clone();
        let ItemKind::Model(written) = &item.kind else { panic!("models are declared by models") };
        let (signature, room) = (self.signature(id), self.declaration(id).room);
        let told = self.diagnostics.len();
        let (body, mut scope) = self.in_scope(room, |checker| {
            checker.scope.locals = signature.locals.clone();
            checker.scope.model = Some(Body::default());
            checker.scope.guide = (written.kind == tree::ModelKind::Guide).then(|| written.name.name.clone());
            checker.announce_sites(&written.body);
            let body = checker.effects(&written.body);
            checker.overlaps(&written.body);
            let sites = checker.body().clone();
            checker.smooth_guide(&sites, &body);
            checker.no_draws();
            body
        });
        if let Some(span) = scope.runtime {
            let message = "a model cannot call the runtime";
            let diagnostic = Diagnostic::error(codes::RUNTIME_IN_KERNEL, span, message)
                .help("call it in the script, outside the model");
            self.report(diagnostic);
        }
        let Body { sites, tracked, .. } = scope.model.take().expect("the scope is a model's");
        self.program.models.push(Model {
            kind: written.kind,
            name: written.name.name.clone(),
            span: written.name.span,
            sizes: signature.sizes.clone(),
            parameters: signature.rows(),
            sites,
            tracked,
            body,
            uses: scope.uses,
        });
        let failed = self.diagnostics[told..].iter().any(Diagnostic::is_error);
        let state = if failed { State::Failed } else { State::Done(self.program.models.len() - 1) };
        self.declarations[id].state = state;
        match state {
            State::Done(number) => Some(number),
            _ => None,
        }
    }

    /// Makes the names of all sites of a part known, so that none means anything else before its declaration.
    pub(super) fn announce_sites(&mut self, body: &tree::Block) {
        let mut sites = Vec::new();
        written_sites(body, &mut sites);
        for place in sites.into_iter().flat_map(|site| &site.places) {
            let announced = Entity::Pending(place.span);
            self.bind(&place.name.name, announced);
        }
        let covered = self.nested(|checker| checker.quietly(|checker| checker.covered(body)));
        self.body().covered.extend(covered);
    }

    /// The model whose body is being checked.
    pub(super) fn body(&mut self) -> &mut Body {
        self.scope.model.as_mut().expect("sites stand in models")
    }

    pub(super) fn tracked(&mut self, variable: Variable) {
        self.body().tracked.push(variable);
    }

    pub(super) fn observe(&mut self, value: &tree::Expr, measure: &tree::Expr) -> Option<StatementKind> {
        let value = self.expression(value);
        let measure = self.measure(measure, Some(&value.ty));
        let Element::Measure(of) = &measure.ty.element else { return None };
        let value = self.fit(value, &of.value.plain(), "what is observed");
        (!value.is_unknown()).then_some(StatementKind::Observe { value, measure })
    }

    /// A model with arguments.
    pub(super) fn model_call(&mut self, span: Span, id: usize, arguments: &[Argument]) -> Expr {
        let (signature, name) = (self.signature(id), self.declaration(id).name.clone());
        let takes_measures = !signature.passed().is_empty();
        if !takes_measures && self.model(id).is_none() {
            return Expr::unknown(span);
        }
        let sources = match match_arguments(&signature, arguments) {
            Ok(sources) => sources,
            Err(mismatch) => {
                let diagnostic = self.mismatched(span, id, mismatch);
                return self.fail(span, diagnostic);
            }
        };
        let around = std::mem::take(&mut self.scope.uses);
        let values = self.values(arguments);
        let uses = self.scope.uses.clone();
        self.scope.uses.extend(around);
        let values = arrange(&sources, &values);
        let id = self.ranked(id, &values);
        let signature = self.signature(id);
        let callee = Callee { name: &name, signature: &signature, care: Care::Impossible };
        let Some(solved) = self.solve(span, &callee, values) else {
            return Expr::unknown(span);
        };
        let (mut sizes, mut arguments) = (solved.sizes, solved.arguments);
        let mut declaration = id;
        if takes_measures {
            let Some(special) = self.special(id, &signature, arguments) else { return Expr::unknown(span) };
            declaration = special.declaration;
            arguments = special.arguments;
            sizes.extend(special.sizes);
        }
        let Some(model) = self.model(declaration) else { return Expr::unknown(span) };
        if takes_measures {
            self.program.models[model].uses.extend(uses);
        }
        let uses = self.program.models[model].uses.clone();
        self.scope.uses.extend(uses);
        let (given, partly, out) = (Vec::new(), Vec::new(), Vec::new());
        let ty = ModelType { model, sizes: sizes.clone(), given, partly, out, kept: None };
        let kind = ExprKind::Model { model, sizes, arguments };
        Expr { span, ty: Type::scalar(Element::Model(Arc::new(ty))), kind }
    }
}

/// The declarations of sites in a body, loops and branches included, in order.
pub(super) fn written_sites<'t>(block: &'t tree::Block, into: &mut Vec<&'t tree::Site>) {
    for statement in &block.statements {
        match &statement.kind {
            tree::StatementKind::Site(site) => into.push(site),
            tree::StatementKind::For { body, .. } => written_sites(body, into),
            tree::StatementKind::Expression(value) => branch_sites(value, into),
            _ => {}
        }
    }
    block.value.iter().for_each(|value| branch_sites(value, into));
}

fn branch_sites<'t>(value: &'t tree::Expr, into: &mut Vec<&'t tree::Site>) {
    if let tree::ExprKind::If { branches, otherwise } = &value.kind {
        branches.iter().for_each(|branch| written_sites(&branch.body, into));
        otherwise.iter().for_each(|block| written_sites(block, into));
    }
}
