//! Calls whose function's body stands in their place: of what gives a model or a measure, which leaves nothing to call, and of
//! what calls inference and is given functions, which only the checker knows.

use super::Checker;
use super::expression::size_value;
use super::function::holds_function;
use super::scope::Entity;
use super::solve::Solved;
use crate::ir::Polynomial;
use crate::typed::tree::{Block, Expr, ExprKind, Role, Statement, StatementKind};
use crate::typed::types::Type;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{Ident, ItemKind};
use std::rc::Rc;

impl Checker<'_> {
    /// A call, with functions, of a function that calls inference: other values are named first, so that each is computed once.
    pub(super) fn script_call_inlined(&mut self, span: Span, id: usize, solved: Solved) -> Expr {
        let Solved { sizes, lift, arguments, .. } = solved;
        if !lift.is_empty() {
            let message = "a function that calls inference is given an array for a single value";
            let help = "write the loop, as in `[for x in xs: f(x)]`";
            return self.fail(span, Diagnostic::error(codes::SHAPE_MISMATCH, span, message).help(help));
        }
        let signature = self.signature(id);
        let mut statements = Vec::new();
        let mut named = |checker: &mut Self, position: usize, value: Expr| {
            let asked = signature.parameters[position].header.as_ref().is_some_and(Type::is_chosen);
            if asked || holds_function(&value.ty) || value.ty.is_chosen() {
                return value;
            }
            let name = Ident { name: "argument".into(), span: value.span };
            let variable = checker.new_variable(&name, value.ty.clone(), Role::Script);
            let (span, ty) = (value.span, value.ty.clone());
            statements.push(Statement { span, kind: StatementKind::Let { variable, value } });
            Expr { span, ty, kind: ExprKind::Variable(variable) }
        };
        let arguments = arguments.into_iter().enumerate();
        let arguments = arguments.map(|(position, argument)| named(self, position, argument)).collect();
        let value = self.inlined(span, id, &sizes, arguments);
        if value.is_unknown() {
            return value;
        }
        self.needs_script(span);
        let ty = value.ty.clone();
        let block = Block { statements, value: Some(value) };
        self.in_script(Expr { span, ty, kind: ExprKind::Block(Box::new(block)) })
    }

    /// The body of a function with these values in the place of its parameters: what gives a model or a measure leaves
    /// nothing to call.
    pub(super) fn inlined(
        &mut self,
        span: Span,
        id: usize,
        sizes: &[Polynomial],
        arguments: Vec<Expr>,
    ) -> Expr {
        let signature = self.signature(id);
        let (item, room) = (self.declaration(id).item.clone(), self.declaration(id).room);
        let ItemKind::Function(written) = &item.kind else { panic!("only functions are called") };
        let mut locals = signature.locals.clone();
        let substitution = self.substitution(&signature.sizes, sizes);
        for (name, entity) in &mut locals {
            if let Entity::Sizes(pack) = entity {
                *pack = pack.iter().map(|size| size.substitute(&substitution)).collect();
            }
            if let Entity::Size(symbol) = entity
                && let Some(position) = signature.sizes.iter().position(|own| own == symbol)
                && let Some(size) = sizes.get(position)
            {
                *entity = Entity::Constant(Rc::new(size_value(span, size.clone())));
            }
            let position = signature.parameters.iter().position(|own| own.row.name == *name);
            if let (Some(position), Entity::Variable(_)) = (position, &entity) {
                *entity = Entity::Constant(Rc::new(arguments[position].clone()));
            }
        }
        let script = self.scope.script;
        let (value, scope) = self.in_scope(room, |checker| {
            checker.scope.locals = locals;
            checker.scope.script = script;
            let declared = written.result.as_ref().map(|ty| checker.written_or_bound(ty));
            let value = checker.expression(&written.body);
            match &declared {
                Some(ty) => checker.fit(value, ty, &format!("the result of `{}`", written.name)),
                None => value,
            }
        });
        self.scope.uses.extend(scope.uses);
        self.scope.found.extend(scope.found);
        self.scope.expects |= scope.expects;
        self.scope.scripted += scope.scripted;
        self.scope.runtime = self.scope.runtime.or(scope.runtime);
        self.scope.draws = self.scope.draws.or(scope.draws);
        if let Some((_, what)) = scope.later {
            self.later(span, &what);
        }
        Expr { span, ..value }
    }
}
