//! Types and parameters as text.

use super::Printer;
use super::expression::Level;
use crate::tree::{Ident, Parameter, SizeParameter, Type, TypeKind};

impl Printer {
    pub(super) fn ident(&mut self, ident: &Ident) {
        self.put(&ident.name);
    }

    pub(super) fn names(&mut self, names: &[Ident]) {
        self.list(names, Self::ident);
    }

    pub(super) fn ty(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Name(name) => self.ident(name),
            TypeKind::Call { base, arguments } => {
                self.ty(base);
                self.arguments(arguments);
            }
            TypeKind::Sized { base, sizes } => {
                self.ty(base);
                self.put("[");
                self.list(sizes, Self::expr);
                self.put("]");
            }
            TypeKind::Optional(base) => {
                self.ty(base);
                self.put("?");
            }
            TypeKind::Unit { base, unit } => {
                self.ty(base);
                self.put("<");
                self.expr_at(unit, Level::Product);
                self.put(">");
            }
            TypeKind::Lower(name) => {
                self.put("lower ");
                self.ident(name);
            }
            TypeKind::Upper(name) => {
                self.put("upper ");
                self.ident(name);
            }
            TypeKind::Record(fields) => {
                self.put("{");
                self.list(fields, |printer, field| {
                    printer.ident(&field.name);
                    printer.put(": ");
                    printer.ty(&field.ty);
                });
                self.put("}");
            }
            TypeKind::Function { parameters, result } => {
                self.put("fn(");
                self.list(parameters, Self::ty);
                self.put(") -> ");
                self.ty(result);
            }
            TypeKind::Error => self.put("<error>"),
        }
    }

    pub(super) fn annotation(&mut self, ty: &Option<Type>) {
        self.after(": ", ty, Self::ty);
    }

    pub(super) fn sizes(&mut self, sizes: &[SizeParameter]) {
        if sizes.is_empty() {
            return;
        }
        self.put("[");
        self.list(sizes, |printer, size| {
            printer.ident(&size.name);
            printer.put(": ");
            printer.ty(&size.ty);
            if size.variadic {
                printer.put("...");
            }
        });
        self.put("]");
    }

    /// In parentheses; each on its line if any has a doc comment.
    pub(super) fn parameters(&mut self, parameters: &[Parameter]) {
        let documented = parameters.iter().any(|parameter| parameter.doc.is_some());
        self.put("(");
        self.indent += 1;
        for (at, parameter) in parameters.iter().enumerate() {
            if documented {
                self.new_line();
                self.doc(&parameter.doc);
            }
            self.ident(&parameter.name);
            self.annotation(&parameter.ty);
            self.after(" = ", &parameter.default, Self::expr);
            if at + 1 < parameters.len() {
                self.put(if documented { "," } else { ", " });
            }
        }
        self.indent -= 1;
        if documented {
            self.new_line();
        }
        self.put(")");
    }
}
