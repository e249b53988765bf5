//! Declarations as text.

use super::Printer;
use crate::tree::*;

impl Printer {
    pub(super) fn item(&mut self, item: &Item) {
        if let ItemKind::Statement(statement) = &item.kind {
            return self.statement(statement);
        }
        self.doc(&item.doc);
        match &item.kind {
            ItemKind::Use(Use::Module(name)) => self.put(&format!("use {name}")),
            ItemKind::Use(Use::File { path, .. }) => {
                self.put("use ");
                self.quoted(path);
            }
            ItemKind::Data(data) => self.data(data),
            ItemKind::Type(alias) => {
                self.head("type", &alias.name, &alias.sizes, &[]);
                self.put(" = ");
                self.ty(&alias.ty);
            }
            ItemKind::Struct(structure) => {
                self.head("struct", &structure.name, &structure.sizes, &[]);
                self.put(" ");
                self.lines(&structure.fields, Self::field);
            }
            ItemKind::Function(function) => self.function(function),
            ItemKind::Model(model) => {
                let word = match model.kind {
                    ModelKind::Model => "model",
                    ModelKind::Guide => "guide",
                };
                self.head(word, &model.name, &model.sizes, &model.parameters);
                self.put(" ");
                self.block(&model.body);
            }
            ItemKind::Objective(objective) => {
                self.head("objective", &objective.name, &objective.sizes, &objective.parameters);
                self.body(&objective.body);
            }
            ItemKind::Dynamics(dynamics) => self.dynamics(dynamics),
            ItemKind::Definitions(definitions) => self.definitions(definitions),
            ItemKind::Statement(_) => unreachable!("statements are printed above"),
        }
    }

    /// Empty parentheses are left out: they mean nothing here.
    fn head(&mut self, word: &str, name: &Ident, sizes: &[SizeParameter], parameters: &[Parameter]) {
        self.put(word);
        self.put(" ");
        self.ident(name);
        self.sizes(sizes);
        if !parameters.is_empty() {
            self.parameters(parameters);
        }
    }

    fn data(&mut self, data: &Data) {
        self.put("data ");
        self.names(&data.names);
        self.put(": ");
        self.ty(&data.ty);
        self.after(" from ", &data.from, |printer, from| printer.put(&from.to_string()));
    }

    fn field(&mut self, field: &Field) {
        self.doc(&field.doc);
        self.put(if field.param { "param " } else { "" });
        self.names(&field.names);
        self.put(": ");
        self.ty(&field.ty);
        self.after(" = ", &field.value, Self::expr);
    }

    fn function(&mut self, function: &Function) {
        self.put("fn ");
        self.ident(&function.name);
        self.sizes(&function.sizes);
        self.parameters(&function.parameters);
        self.after(" -> ", &function.result, Self::ty);
        self.body(&function.body);
    }

    /// A block stands after its header without `=`.
    fn body(&mut self, body: &Expr) {
        match &body.kind {
            ExprKind::Block(block) => {
                self.put(" ");
                self.block(block);
            }
            _ => {
                self.put(" = ");
                self.expr(body);
            }
        }
    }

    fn dynamics(&mut self, dynamics: &Dynamics) {
        let word = match dynamics.kind {
            DynamicsKind::Ode => "ode",
            DynamicsKind::Sde => "sde",
            DynamicsKind::Ctmc => "ctmc",
        };
        self.head(word, &dynamics.name, &dynamics.sizes, &dynamics.parameters);
        match &dynamics.body {
            DynamicsBody::Equations { states, noise, convention, body } => {
                self.put(" on ");
                self.list(states, Self::state);
                self.after(" driven by ", noise, Self::state);
                self.after(" as ", convention, |printer, convention| {
                    printer.ident(&convention.name);
                    if !convention.arguments.is_empty() {
                        printer.arguments(&convention.arguments);
                    }
                });
                self.put(" ");
                self.block(body);
            }
            DynamicsBody::Relative(relative) => {
                self.put(" = ");
                self.expr_at(&relative.base, super::expression::Level::Postfix);
                self.after(" with ", &relative.with, Self::block);
            }
        }
    }

    fn state(&mut self, state: &State) {
        self.ident(&state.name);
        self.put(": ");
        self.ty(&state.ty);
    }

    fn definitions(&mut self, definitions: &Definitions) {
        let word = match definitions.kind {
            DefinitionsKind::Bijector => "bijector",
            DefinitionsKind::Distribution => "distribution",
        };
        self.head(word, &definitions.name, &definitions.sizes, &definitions.parameters);
        self.put(" on ");
        self.state(&definitions.variable);
        self.put(" ");
        self.lines(&definitions.entries, |printer, entry| {
            printer.doc(&entry.doc);
            printer.ident(&entry.name);
            printer.put(" = ");
            printer.expr(&entry.value);
        });
    }
}
