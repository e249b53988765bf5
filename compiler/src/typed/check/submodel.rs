//! Models drawn in models: `x ~ m(a)` is `m`'s statements with its sites named `x.mu`, and `x` the record of their values
//! and of what `m` tracks. `x ~ m(a)[N]`, and `x[i] ~ m(a)` in a loop, put an index in front of each site's own.

use super::model::{Body, Part};
use super::scope::{Entity, Scope};
use super::site::nested_record;
use super::{Checker, Name};
use crate::ir::Polynomial;
use crate::typed::bounds::Bounds;
use crate::typed::tree::{
    Block, Domain, Expr, ExprKind, Generator, Role, Statement, StatementKind, Variable,
};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Ident, IndexKind, ItemKind};
use std::rc::Rc;

/// A model after `~`: `m(a)[N]`.
pub(super) struct Submodel<'a> {
    /// `m(a)`
    model: &'a tree::Expr,
    /// `N`
    copies: &'a [tree::Index],
}

impl Checker<'_> {
    /// What stands after `~`, if it is a model.
    pub(super) fn submodel_of<'a>(&mut self, written: &'a tree::Expr) -> Option<Submodel<'a>> {
        let (model, copies) = match &written.kind {
            tree::ExprKind::Index { base, indices } => (&**base, indices.as_slice()),
            _ => (written, [].as_slice()),
        };
        let named = match &model.kind {
            tree::ExprKind::Call { function, .. } => function,
            _ => model,
        };
        let tree::ExprKind::Name(name) = &named.kind else { return None };
        let is_model = match self.look_up(name.as_str())? {
            Entity::Declared(declarations) => {
                matches!(self.declaration(declarations[0]).item.kind, ItemKind::Model(_))
            }
            Entity::Constant(value) => matches!(value.kind, ExprKind::Model { .. }),
            _ => false,
        };
        is_model.then_some(Submodel { model, copies })
    }

    /// The statements of a model drawn here.
    pub(super) fn submodel(&mut self, place: &tree::Place, of: &Submodel) -> Vec<Statement> {
        let span = place.span.to(of.model.span);
        let Some(drawn) = self.drawn_model(place, of) else {
            self.forget(place);
            return Vec::new();
        };
        let Drawn { declaration, mut statements, locals, part, generators } = drawn;
        let item = self.declaration(declaration).item.clone();
        let ItemKind::Model(written) = &item.kind else { panic!("models are declared by models") };
        let own_axes = part.extents.len() - self.body().part.extents.len();
        let loops: Vec<Variable> = generators.iter().map(|generator| generator.variable).collect();
        let fields_from = (self.body().sites.len(), self.body().tracked.len());
        let block = self.in_part(declaration, part, loops, locals, &written.body);
        match generators.is_empty() {
            true => statements.extend(block.statements),
            false => {
                let kind = StatementKind::For { generators, guard: None, body: block };
                statements.push(Statement { span, kind });
            }
        }
        let record = self.record_of(place, fields_from, own_axes);
        self.announce(place, Entity::Constant(Rc::new(record)));
        statements
    }

    /// What a model's statements need where it is drawn.
    fn drawn_model(&mut self, place: &tree::Place, of: &Submodel) -> Option<Drawn> {
        let model = self.expression(of.model);
        let indices = self.site_indices(place)?;
        let (mut extents, _) = self.site_extents(place)?;
        let ExprKind::Model { model, sizes, arguments } = model.kind else { return None };
        let declaration = self.declaration_of_model(model);
        let full = self.full_name(&place.name);
        let mut outer = indices;
        let mut generators = Vec::new();
        for index in of.copies {
            let IndexKind::At(size) = &index.kind else {
                self.misplaced(index.span, "a slice", "in the index of an array");
                return None;
            };
            let size = self.size(size)?;
            let (generator, at) = self.copy_index(index.span, &size);
            generators.push(generator);
            outer.push(at);
            extents.push(size);
        }
        let signature = self.signature(declaration);
        let mut statements = Vec::new();
        let mut locals = self.declaration(declaration).locals.clone();
        let substitution = self.substitution(&signature.sizes, &sizes);
        for (name, entity) in &signature.locals {
            if let Entity::Sizes(pack) = entity {
                let pack = pack.iter().map(|size| size.substitute(&substitution)).collect();
                locals.push((name.clone(), Entity::Sizes(pack)));
            }
        }
        for (symbol, size) in signature.sizes.iter().zip(&sizes) {
            let name = self.program.sizes[symbol.0 as usize].as_str().into();
            let value = super::expression::size_value(of.model.span, size.clone());
            locals.push((name, Entity::Constant(Rc::new(value))));
        }
        for (parameter, argument) in signature.parameters.iter().zip(arguments) {
            if parameter.row.size.is_some() {
                continue;
            }
            let name = parameter.row.name.clone();
            if !argument.ty.is_numeric() {
                locals.push((name, Entity::Constant(Rc::new(argument))));
                continue;
            }
            let ident = Ident { name: name.clone(), span: argument.span };
            let variable = self.new_variable(&ident, argument.ty.clone(), Role::Local);
            locals.push((name, Entity::Variable(variable)));
            let span = argument.span;
            statements.push(Statement { span, kind: StatementKind::Let { variable, value: argument } });
        }
        let part = Part { prefix: format!("{}.", full.name), outer, extents };
        Some(Drawn { declaration, statements, locals, part, generators })
    }

    /// The loop over copies of a model, and its index as a value.
    fn copy_index(&mut self, span: Span, size: &Polynomial) -> (Generator, Expr) {
        let ty = Type::scalar(Element::Int(Bounds::half_open(0.into(), size.clone())));
        let variable = self.new_variable(&Ident { name: "copy".into(), span }, ty.clone(), Role::Index);
        let end = |size: Polynomial| super::expression::size_value(span, size);
        let domain = Domain::Range { start: end(0.into()), end: end(size.clone()) };
        (
            Generator { variable, domain, reverse: false },
            Expr { span, ty, kind: ExprKind::Variable(variable) },
        )
    }

    /// Checks statements of another model as a part of this one.
    fn in_part(
        &mut self,
        declaration: usize,
        part: Part,
        loops: Vec<Variable>,
        locals: Vec<(Name, Entity)>,
        written: &tree::Block,
    ) -> Block {
        let mut body = self.scope.model.take().expect("sites stand in models");
        let around = std::mem::replace(&mut body.part, part);
        let depth = body.loops.len();
        body.loops.extend(loops);
        let room = self.declaration(declaration).room;
        let guide = self.scope.guide.clone();
        let (block, scope) = self.in_scope(room, |checker| {
            checker.scope.locals = locals;
            checker.scope.model = Some(body);
            checker.scope.guide = guide;
            checker.announce_sites(written);
            checker.effects(written)
        });
        let Scope { uses, runtime, draws, model, .. } = scope;
        let mut body: Body = model.expect("the scope is a model's");
        body.part = around;
        body.loops.truncate(depth);
        self.scope.model = Some(body);
        self.scope.uses.extend(uses);
        self.scope.runtime = self.scope.runtime.or(runtime);
        self.scope.draws = self.scope.draws.or(draws);
        block
    }

    /// The value of a model that was drawn: its sites and tracked values from these numbers on.
    fn record_of(&mut self, place: &tree::Place, from: (usize, usize), own_axes: usize) -> Expr {
        let prefix = format!("{}.", self.full_name(&place.name).name);
        let body = self.body();
        let sites = body.sites[from.0..].iter().map(|site| site.variable);
        let all: Vec<Variable> = match sites.len() {
            // A further declaration of entries: the sites are those of the first.
            0 => body.sites.iter().map(|site| site.variable).collect(),
            _ => sites.chain(body.tracked[from.1..].iter().copied()).collect(),
        };
        let outer = self.body().part.outer.clone();
        let mut fields: Vec<(Name, Expr)> = Vec::new();
        for variable in all {
            let name = self.row(variable).name.clone();
            if let Some(own) = name.strip_prefix(&prefix) {
                fields.push((own.into(), self.entry_of(place.span, variable, &outer)));
            }
        }
        let shape = match fields.first() {
            Some((_, value)) => value.ty.shape[..own_axes.min(value.ty.shape.len())].to_vec(),
            None => Vec::new(),
        };
        nested_record(place.span, &fields, &shape)
    }

    /// A value at leading indices, which are known to lie inside.
    pub(super) fn entry_of(&mut self, span: Span, variable: Variable, indices: &[Expr]) -> Expr {
        let base = self.variable(span, variable);
        if indices.is_empty() {
            return base;
        }
        let ty = base.ty.indexed(indices.len());
        let indices = indices.iter().zip(&base.ty.shape).map(|(index, extent)| {
            let proved = index.ty.element.bounds().is_index_below(extent);
            crate::typed::tree::Index::At { index: index.clone(), proved }
        });
        let indices = indices.collect();
        Expr { span, ty, kind: ExprKind::Index { base: Box::new(base), indices } }
    }

    /// Reports a value that each turn of a loop would keep under one name.
    pub(super) fn tracked_in_loop(&mut self, place: &tree::Place) -> bool {
        let body = self.body();
        let (repeated, copied) = (!body.loops.is_empty(), !body.part.outer.is_empty());
        if copied {
            self.unsupported(place.span, "`track` in a model that is drawn several times");
        } else if repeated && place.indices.is_empty() {
            let message = format!("each turn of a loop keeps `{}` again", place.name);
            let diagnostic = Diagnostic::error(codes::SITE_TWICE, place.span, message)
                .help("use `let` for what is not kept, or track an array after the loop");
            self.report(diagnostic);
        }
        repeated || copied
    }
}

/// A model where it is drawn.
struct Drawn {
    /// Where it is declared.
    declaration: usize,
    /// Its arguments, named.
    statements: Vec<Statement>,
    /// What its header's names mean.
    locals: Vec<(Name, Entity)>,
    /// Whose statements its own are.
    part: Part,
    /// The loops over copies.
    generators: Vec<Generator>,
}
