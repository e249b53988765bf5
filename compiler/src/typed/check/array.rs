//! Arrays: literals, comprehensions, and the loops that they and reductions share.

use super::Checker;
use super::coerce::convert;
use super::expression::{join_elements, size_value};
use super::scope::Entity;
use crate::ir::Polynomial;
use crate::typed::bounds::Bounds;
use crate::typed::tree::{Domain, Expr, ExprKind, Generator, Loop, Role};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree;

impl Checker<'_> {
    pub(super) fn array(&mut self, span: Span, entries: &[tree::Expr]) -> Expr {
        let entries: Vec<Expr> = entries.iter().map(|entry| self.expression(entry)).collect();
        if entries.iter().any(Expr::is_unknown) {
            return Expr::unknown(span);
        }
        let Some(first) = entries.first() else {
            return self.unsupported(span, "arrays without entries");
        };
        let mut element = first.ty.element.clone();
        for entry in &entries[1..] {
            let joined =
                join_elements(&element, &entry.ty.element).filter(|_| entry.ty.shape == first.ty.shape);
            let Some(joined) = joined else {
                let (one, other) = (self.show(&first.ty), self.show(&entry.ty));
                let message = "the entries of this array have different types";
                let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, entry.span, message)
                    .here(format!("`{other}`"))
                    .label(first.span, format!("`{one}`"))
                    .help("entries have one type and shape; values of different types make a record: `{x: 1, v: a}`");
                return self.fail(span, diagnostic);
            };
            element = joined;
        }
        if !holds_numbers(&Type::scalar(element.clone())) {
            return self.not_an_entry(span, first);
        }
        let count = Polynomial::constant(entries.len() as i64);
        let shape = [&[count], first.ty.shape.as_slice()].concat();
        let entries = entries.into_iter().map(|entry| convert(entry, &element)).collect();
        Expr { span, ty: Type::array(element, shape), kind: ExprKind::Array(entries) }
    }

    pub(super) fn comprehension(&mut self, span: Span, part: &tree::Loop) -> Expr {
        let Some(part) = self.nested(|checker| checker.looped(part)) else { return Expr::unknown(span) };
        if part.body.is_unknown() {
            return Expr::unknown(span);
        }
        if !holds_numbers(&part.body.ty) {
            return self.not_an_entry(span, &part.body);
        }
        if let Some(guard) = &part.guard {
            return match self.scope.script && part.body.ty.is_numeric() {
                true => self.chosen_entries(span, part),
                false => {
                    let message = "not supported yet: an array whose length a condition decides, inside what is compiled";
                    let fault = Diagnostic::error(codes::NOT_SUPPORTED, guard.span, message)
                        .help("name it in the script, and pass it; or reduce over the loop, as in `sum(for i in N if c: e)`");
                    self.fail(span, fault)
                }
            };
        }
        let extents: Option<Vec<Polynomial>> =
            part.generators.iter().map(|generator| self.extent(generator)).collect();
        let Some(extents) = extents else { return Expr::unknown(span) };
        let ty = part.body.ty.stacked(&extents);
        Expr { span, ty, kind: ExprKind::Comprehension(Box::new(part)) }
    }

    /// `[for i in N if c: e]`: the script runs the loop, and finds how many entries there are.
    fn chosen_entries(&mut self, span: Span, part: Loop) -> Expr {
        self.needs_script(span);
        let count = Polynomial::variable(self.found_size("entries"));
        let ty = part.body.ty.stacked(&[count]);
        self.in_script(Expr { span, ty, kind: ExprKind::Comprehension(Box::new(part)) })
    }

    pub(super) fn not_an_entry(&mut self, span: Span, entry: &Expr) -> Expr {
        let found = self.show(&entry.ty);
        let message = "an array cannot hold these";
        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, span, message)
            .expected("numbers, or records of numbers")
            .found(format!("`{found}`"));
        self.fail(span, diagnostic)
    }

    /// How often a generator runs, which must be a size.
    pub(super) fn extent(&mut self, generator: &Generator) -> Option<Polynomial> {
        match &generator.domain {
            Domain::Range { start, end } => {
                let (start, end) = (self.as_size(start)?, self.as_size(end)?);
                Some(end.minus(&start))
            }
            Domain::Rows(rows) => Some(rows.ty.shape[0].clone()),
        }
    }

    /// A loop with its body; its indices stay in scope, so the caller nests.
    pub(super) fn looped(&mut self, part: &tree::Loop) -> Option<Loop> {
        if let Some(emit) = &part.emit {
            self.unsupported(emit.span, "`emit`");
            return None;
        }
        let generators = self.generators(&part.generators);
        let guard = part.guard.as_ref().map(|guard| {
            let guard = self.expression(guard);
            self.condition(guard)
        });
        let body = self.as_value(|checker| checker.expression(&part.body));
        let guarded = !guard.as_ref().is_some_and(Expr::is_unknown);
        generators.filter(|_| guarded).map(|generators| Loop { generators, guard, body })
    }

    /// Binds the indices of loops, each seen by the next.
    pub(super) fn generators(&mut self, generators: &[tree::Generator]) -> Option<Vec<Generator>> {
        let mut typed = Vec::new();
        let mut sound = true;
        for generator in generators {
            let (written, reverse) = self.reversed(&generator.domain);
            let (ty, domain) = self.domain(written);
            let variable = self.new_variable(&generator.name, ty, Role::Index);
            self.bind(&generator.name.name, Entity::Variable(variable));
            match domain {
                Some(domain) => typed.push(Generator { variable, domain, reverse }),
                None => sound = false,
            }
        }
        sound.then_some(typed)
    }

    /// `reverse(d)` runs over `d` from its end.
    fn reversed<'a>(&mut self, domain: &'a tree::Expr) -> (&'a tree::Expr, bool) {
        match &domain.kind {
            tree::ExprKind::Call { function, arguments } => match (&function.kind, arguments.as_slice()) {
                (
                    tree::ExprKind::Name(name),
                    [tree::Argument { kind: tree::ArgumentKind::Value(inner), .. }],
                ) if name.as_str() == "reverse" && !self.is_users("reverse") => (inner, true),
                _ => (domain, false),
            },
            _ => (domain, false),
        }
    }

    /// What a generator runs over, and the type of what it binds.
    fn domain(&mut self, domain: &tree::Expr) -> (Type, Option<Domain>) {
        let (start, end) = match &domain.kind {
            tree::ExprKind::Range { start, end } => (self.expression(start), self.expression(end)),
            _ => {
                let domain = self.expression(domain);
                if holds_numbers(&domain.ty) && !domain.ty.shape.is_empty() {
                    return (domain.ty.indexed(1), Some(Domain::Rows(domain)));
                }
                (size_value(domain.span, Polynomial::constant(0)), domain)
            }
        };
        let [start, end] = [start, end].map(|end| self.fit(end, &Type::int(), "what a loop runs over"));
        if start.is_unknown() || end.is_unknown() {
            return (Type::unknown(), None);
        }
        let (first, last) = (start.ty.element.bounds(), end.ty.element.bounds());
        let upper = last.upper.map(|upper| upper.minus(&1.into()));
        let ty = Type::scalar(Element::Int(Bounds { lower: first.lower, upper }));
        (ty, Some(Domain::Range { start, end }))
    }
}

/// Whether arrays hold such values: numbers, and records of them.
pub(super) fn holds_numbers(ty: &Type) -> bool {
    match &ty.element {
        Element::Record(fields) => fields.iter().all(|(_, field)| holds_numbers(field)),
        element => element.is_numeric(),
    }
}
