//! Statements and blocks as text.

use super::Printer;
use super::expression::Level;
use crate::tree::*;

impl Printer {
    pub(super) fn statement(&mut self, statement: &Statement) {
        self.doc(&statement.doc);
        match &statement.kind {
            StatementKind::Let { target, ty, value } => {
                self.let_target(target);
                self.given_value(ty, value);
            }
            StatementKind::Var { name, ty, value } => {
                self.put("var ");
                self.ident(name);
                self.given_value(ty, value);
            }
            StatementKind::Track { place, ty, value } => {
                self.put("track ");
                self.place(place);
                self.given_value(ty, value);
            }
            StatementKind::Assign { place, operator, value } => {
                self.place(place);
                self.put(match operator {
                    AssignOperator::Set => " = ",
                    AssignOperator::Add => " += ",
                });
                self.expr(value);
            }
            StatementKind::Equation { target, value } => self.equation(target, value),
            StatementKind::Param(param) => {
                self.put("param ");
                self.names(&param.names);
                self.put(": ");
                self.ty(&param.ty);
                self.after(" = ", &param.value, Self::expr);
            }
            other => self.action(other),
        }
    }

    /// What does not give a value to a name.
    fn action(&mut self, kind: &StatementKind) {
        match kind {
            StatementKind::Site(site) => {
                self.list(&site.places, Self::place);
                self.annotation(&site.ty);
                self.measure(&site.measure, &site.strategy);
            }
            StatementKind::Observe { value, measure } => {
                self.put("observe ");
                self.expr(value);
                self.measure(measure, &None);
            }
            StatementKind::Factor(value) => {
                self.put("factor ");
                self.expr(value);
            }
            StatementKind::Allow(name) => self.put(&format!("allow {name}")),
            StatementKind::For { generators, guard, body } => {
                self.generators(generators, guard);
                self.put(" ");
                self.block(body);
            }
            StatementKind::Print(values) => {
                self.put("print ");
                self.list(values, Self::expr);
            }
            StatementKind::Plot { name, arguments } => {
                self.put("plot ");
                self.ident(name);
                self.arguments(arguments);
            }
            StatementKind::Assert { condition, tolerance } => {
                self.put("assert ");
                self.expr(condition);
                self.after(" within ", tolerance, |printer, tolerance| {
                    printer.expr(&tolerance.value);
                    printer.put(if tolerance.standard_errors { " se" } else { "" });
                });
            }
            StatementKind::Expression(value) => self.expr(value),
            StatementKind::Error => self.put("<error>"),
            StatementKind::Let { .. }
            | StatementKind::Var { .. }
            | StatementKind::Track { .. }
            | StatementKind::Assign { .. }
            | StatementKind::Equation { .. }
            | StatementKind::Param(_) => unreachable!("printed by `statement`"),
        }
    }

    fn let_target(&mut self, target: &LetTarget) {
        self.put("let ");
        match target {
            LetTarget::Place(place) => self.place(place),
            LetTarget::Fields(names) => {
                self.put("{");
                self.names(names);
                self.put("}");
            }
        }
    }

    fn given_value(&mut self, ty: &Option<Type>, value: &Expr) {
        self.annotation(ty);
        self.put(" = ");
        self.expr(value);
    }

    fn equation(&mut self, target: &EquationTarget, value: &Expr) {
        match target {
            EquationTarget::Differential(place) => {
                self.put("d(");
                self.place(place);
            }
            EquationTarget::Rate { from, to } => self.put(&format!("rate({from} -> {to}")),
        }
        self.put(") = ");
        self.expr(value);
    }

    pub(super) fn place(&mut self, place: &Place) {
        self.ident(&place.name);
        if !place.indices.is_empty() {
            self.indices(&place.indices);
        }
    }

    pub(super) fn measure(&mut self, measure: &Expr, strategy: &Option<Expr>) {
        self.put(" ~ ");
        self.expr(measure);
        self.after(" by ", strategy, |printer, strategy| printer.expr_at(strategy, Level::Postfix));
    }

    /// `for i in N if c`
    pub(super) fn generators(&mut self, generators: &[Generator], guard: &Option<Expr>) {
        self.put("for ");
        self.list(generators, |printer, generator| {
            printer.ident(&generator.name);
            printer.put(" in ");
            printer.expr(&generator.domain);
        });
        self.after(" if ", guard, Self::expr);
    }

    /// On one line if it is only a value.
    pub(super) fn block(&mut self, block: &Block) {
        match &block.value {
            None if block.statements.is_empty() => self.put("{}"),
            Some(value) if block.statements.is_empty() => {
                self.put("{ ");
                self.expr(value);
                self.put(" }");
            }
            value => {
                self.put("{");
                self.indent += 1;
                for statement in &block.statements {
                    self.new_line();
                    self.statement(statement);
                }
                if let Some(value) = value {
                    self.new_line();
                    self.expr(value);
                }
                self.indent -= 1;
                self.new_line();
                self.put("}");
            }
        }
    }
}
