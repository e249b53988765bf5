//! `var`: names whose value changes from statement to statement.
//!
//! Only statements in order may change one: a loop or a branch of the block that declares it. What is evaluated as a value
//! (a comprehension, a state's step, a function) sees no order, so it may read and not change.

use super::Checker;
use super::iteration::loosened;
use super::scope::Entity;
use crate::typed::tree::{Expr, ExprKind, Index, Role, StatementKind, Variable};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, AssignOperator, BinaryOperator, Ident};

impl Checker<'_> {
    /// `var x = e`
    pub(super) fn var(
        &mut self,
        name: &Ident,
        ty: Option<&tree::Type>,
        value: &tree::Expr,
    ) -> Option<StatementKind> {
        let value = self.annotated(value, ty, name.as_str());
        let known = self.known_of_var(&value, ty.is_some());
        let variable = self.new_variable(name, known, Role::Changing);
        self.bind(&name.name, Entity::Variable(variable));
        (!value.is_unknown()).then_some(StatementKind::Let { variable, value })
    }

    /// What is known of a variable that begins with this value: of its next values, only what its type says.
    pub(super) fn known_of_var(&self, value: &Expr, annotated: bool) -> Type {
        match annotated {
            _ if value.is_unknown() => Type::unknown(),
            true => loosened(&value.ty),
            false => value.ty.plain(),
        }
    }

    /// `x = e`, `a[i] = e`, `a[i] += e`
    pub(super) fn assign(
        &mut self,
        span: Span,
        place: &tree::Place,
        operator: AssignOperator,
        value: &tree::Expr,
    ) -> Option<StatementKind> {
        let Some(variable) = self.changing(&place.name) else {
            self.expression(value);
            return None;
        };
        let ty = self.row(variable).ty.clone();
        if ty.is_unknown() {
            return None;
        }
        if place.indices.is_empty() {
            let value = match operator {
                AssignOperator::Set => self.expression(value),
                AssignOperator::Add => {
                    let old = tree::Expr::new(place.span, tree::ExprKind::Name(place.name.clone()));
                    self.binary(span, (BinaryOperator::Add, span), &old, value)
                }
            };
            let value = self.new_value(&place.name, value, &ty)?;
            return Some(StatementKind::Assign { variable, value });
        }
        let old = self.variable(place.span, variable);
        let entry = self.indexed_value(place.span, old, &place.indices);
        let value = self.expression(value);
        let ExprKind::Index { indices, .. } = entry.kind else { return None };
        if indices.iter().any(|index| !matches!(index, Index::At { .. })) {
            let message = "only single entries are set";
            let diagnostic = Diagnostic::error(codes::NOT_A_PLACE, place.span, message);
            self.report(diagnostic.help("write a loop over the entries"));
            return None;
        }
        let value = self.new_value(&place.name, value, &entry.ty)?;
        let add = operator == AssignOperator::Add;
        Some(StatementKind::Update { variable, indices, add, value })
    }

    fn new_value(&mut self, name: &Ident, value: Expr, ty: &Type) -> Option<Expr> {
        let whole = matches!(ty.element, Element::Int(_)) && matches!(value.ty.element, Element::Real(_));
        if whole && value.ty.shape == ty.shape {
            let found = self.show(&value.ty);
            let message = format!("`{name}` begins as a whole number");
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, value.span, message)
                .expected("`int`")
                .found(format!("`{found}`"))
                .help(format!("declare it as a real number: `var {name}: real = ..`"));
            self.report(diagnostic);
            return None;
        }
        let value = self.fit(value, ty, &format!("the new value of `{name}`"));
        (!value.is_unknown()).then_some(value)
    }

    /// The variable that a name stands for, if it may change here.
    fn changing(&mut self, name: &Ident) -> Option<Variable> {
        let Some(entity) = self.look_up(name.as_str()) else {
            let message = format!("`{name}` is not declared");
            let help = match self.scope.model.is_some() {
                true => format!("a site is drawn by `{name} ~ d`, a value is named by `let {name} = e`"),
                false => format!("a value is named by `let {name} = e`, or by `var` if it changes later"),
            };
            self.report(Diagnostic::error(codes::UNKNOWN_NAME, name.span, message).help(help));
            return None;
        };
        let variable = match entity {
            Entity::Variable(variable) => Some(variable),
            _ => None,
        };
        let changing = variable.filter(|variable| self.may_change(*variable));
        let Some(changing) = changing else {
            let message = format!("`{name}` cannot be changed");
            let mut diagnostic = Diagnostic::error(codes::NOT_CHANGEABLE, name.span, message)
                .help(format!("declare it with `var {name} = ..`, or give the new value a name with `let`"));
            if let Some(variable) = variable {
                diagnostic = diagnostic.label(self.row(variable).span, "declared here");
            }
            self.report(diagnostic);
            return None;
        };
        let position = self.scope.locals.iter().rposition(|(local, _)| *local == name.name);
        if position.is_some_and(|position| position < self.scope.values) {
            let message = format!("`{name}` cannot be changed inside a value");
            let diagnostic = Diagnostic::error(codes::NOT_CHANGEABLE, name.span, message)
                .label(self.row(changing).span, "declared outside")
                .help("use a statement: `for .. { .. }` or `if .. { .. }`");
            self.report(diagnostic);
            return None;
        }
        Some(changing)
    }

    /// Whether a variable was declared with `var`, in this block or, where this is the script, in the script.
    fn may_change(&self, variable: Variable) -> bool {
        self.row(variable).role == Role::Changing
            || (self.scope.script && self.script_vars.contains(&variable))
    }

    /// Checks what is evaluated as a value: it changes nothing that stands around it.
    pub(super) fn as_value<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.scope.values, self.scope.locals.len());
        let result = work(self);
        self.scope.values = outer;
        result
    }
}
