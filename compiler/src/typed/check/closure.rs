//! Functions as values: lambdas, names of functions, and calls of whatever is one.
//!
//! A function is chosen at compile time: the type of its value says which declaration it is, a lambda being one without a
//! name that sees what stands around it. Whoever takes a function is checked once for each that it is given.

use super::declare::{Declaration, State};
use super::scope::Entity;
use super::{Checker, Name};
use crate::typed::tree::{Block, Expr, ExprKind, Role, Statement, StatementKind};
use crate::typed::types::{Element, FunctionType, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, Ident, ItemKind};
use std::rc::Rc;

impl Checker<'_> {
    /// `fn(x) = e`
    pub(super) fn lambda(&mut self, span: Span, written: &tree::Lambda) -> Expr {
        let name: Name = "fn".into();
        let function = tree::Function {
            name: Ident { name: name.clone(), span },
            sizes: Vec::new(),
            parameters: written.parameters.clone(),
            result: written.result.clone(),
            body: written.body.clone(),
        };
        let item = Rc::new(tree::Item { doc: None, span, kind: ItemKind::Function(function) });
        self.declarations.push(Declaration {
            name: name.clone(),
            span,
            room: self.scope.room,
            item,
            state: State::Untouched,
            signature: None,
            locals: self.captured(),
            rank: super::pack::ALONE,
        });
        let id = self.declarations.len() - 1;
        self.check_function_alone(id);
        function_value(span, name, vec![id])
    }

    /// What a lambda sees: what stands around it, but for what changes.
    fn captured(&self) -> Vec<(Name, Entity)> {
        let seen = |(name, entity): &(Name, Entity)| match entity {
            Entity::Variable(variable) if self.row(*variable).role == Role::Changing => {
                (name.clone(), Entity::Changing(self.row(*variable).span))
            }
            _ => (name.clone(), entity.clone()),
        };
        self.scope.locals.iter().map(seen).collect()
    }

    /// The name of a function as a value.
    pub(super) fn named_function(&mut self, name: &Ident, declarations: &[usize]) -> Expr {
        function_value(name.span, name.name.clone(), declarations.to_vec())
    }

    /// A call of an expression, which must be a function.
    pub(super) fn call_value(&mut self, span: Span, callee: Expr, arguments: &[Argument]) -> Expr {
        let Element::Function(function) = &callee.ty.element else {
            self.check_all(arguments);
            if callee.is_unknown() {
                return callee;
            }
            let found = self.show(&callee.ty);
            let message = "this is no function and cannot be called";
            let diagnostic =
                Diagnostic::error(codes::NOT_CALLABLE, callee.span, message).found(format!("`{found}`"));
            return self.fail(span, diagnostic);
        };
        let value = match function.as_ref() {
            FunctionType::Declared { rivals, .. } => self.function_call(span, rivals, arguments),
            FunctionType::Header { .. } | FunctionType::Derived { .. } => {
                let values = self.values(arguments);
                self.call_function(span, function, values)
            }
        };
        self.after(callee, value)
    }

    /// A call of a function with values by position.
    pub(super) fn call_function(&mut self, span: Span, function: &FunctionType, values: Vec<Expr>) -> Expr {
        if values.iter().any(Expr::is_unknown) {
            return Expr::unknown(span);
        }
        match function {
            FunctionType::Declared { rivals, .. } => self.call_rivals(span, rivals, values),
            FunctionType::Derived { derivative, of } => self.call_derivative(span, (*derivative, of), values),
            FunctionType::Header { parameters, result } => {
                if parameters.len() != values.len() {
                    return self.wrong_count(span, parameters.len(), values.len());
                }
                let told = self.diagnostics.len();
                for (value, wanted) in values.into_iter().zip(parameters) {
                    self.fit(value, wanted, "an argument of this function");
                }
                match self.diagnostics.len() == told {
                    true => stand_in(span, result.clone()),
                    false => Expr::unknown(span),
                }
            }
        }
    }

    /// Whether a function takes and gives what a header says, or a message about `what`.
    pub(super) fn conforms(&mut self, value: &Expr, header: &Type, what: &str) -> bool {
        let (Element::Function(function), Element::Function(wanted)) = (&value.ty.element, &header.element)
        else {
            return self.fit(value.clone(), header, what).ty.is_unknown();
        };
        let FunctionType::Header { parameters, result } = wanted.as_ref() else { return true };
        let told = self.diagnostics.len();
        let arguments = parameters.iter().map(|of| stand_in(value.span, of.clone())).collect();
        let found = self.call_function(value.span, function, arguments);
        self.fit(found, result, &format!("the result of {what}"));
        self.diagnostics.len() == told
    }

    /// A value before which an expression is evaluated for what it binds.
    pub(super) fn after(&mut self, callee: Expr, value: Expr) -> Expr {
        if value.is_unknown() || matches!(callee.kind, ExprKind::Function | ExprKind::Variable(_)) {
            return value;
        }
        let (span, ty) = (value.span, value.ty.clone());
        let name = Ident { name: "fn".into(), span: callee.span };
        let variable = self.new_variable(&name, callee.ty.clone(), Role::Local);
        let statement = Statement { span: callee.span, kind: StatementKind::Let { variable, value: callee } };
        let block = Block { statements: vec![statement], value: Some(value) };
        Expr { span, ty, kind: ExprKind::Block(Box::new(block)) }
    }

    /// What a name that is no declaration may be called as.
    pub(super) fn called_name(&mut self, name: &Ident, entity: Entity) -> Option<Expr> {
        let value = match entity {
            Entity::Variable(variable) => self.variable(name.span, variable),
            Entity::Constant(value) => Expr { span: name.span, ..(*value).clone() },
            _ => return None,
        };
        matches!(value.ty.element, Element::Function(_) | Element::Unknown).then_some(value)
    }
}

/// A function as a value.
fn function_value(span: Span, name: Name, rivals: Vec<usize>) -> Expr {
    let ty = Type::scalar(Element::function(FunctionType::Declared { name, rivals }));
    Expr { span, ty, kind: ExprKind::Function }
}

/// Any value of a type, where only types are looked at.
pub(super) fn stand_in(span: Span, ty: Type) -> Expr {
    let kind = if matches!(ty.element, Element::Function(_)) { ExprKind::Function } else { ExprKind::Error };
    Expr { span, ty, kind }
}
