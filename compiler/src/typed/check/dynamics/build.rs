//! Trees that no program writes: what equations of motion are made into.

use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{
    Argument, ArgumentKind, BinaryOperator, Expr, ExprKind, FieldType, Generator, Ident, Index, IndexKind,
    Lambda, LetTarget, Loop, Parameter, Place, RecordEntry, RecordEntryKind, Site, Statement, StatementKind,
    Type, TypeKind,
};

/// Makes trees at one place.
#[derive(Clone, Copy)]
pub(super) struct At(pub Span);

impl At {
    pub(super) fn ident(self, name: &str) -> Ident {
        Ident { name: name.into(), span: self.0 }
    }

    pub(super) fn name(self, name: &str) -> Expr {
        Expr::new(self.0, ExprKind::Name(self.ident(name)))
    }

    pub(super) fn number(self, value: f64) -> Expr {
        Expr::new(self.0, ExprKind::Real(value))
    }

    pub(super) fn integer(self, value: i64) -> Expr {
        Expr::new(self.0, ExprKind::Int(value))
    }

    /// `fn(parameters) = body`
    pub(super) fn lambda(self, parameters: Vec<(Ident, Type)>, body: Expr) -> Expr {
        let parameter = |(name, ty)| Parameter { doc: None, name, ty: Some(ty), default: None };
        let parameters = parameters.into_iter().map(parameter).collect();
        Expr::new(self.0, ExprKind::Lambda(Box::new(Lambda { parameters, result: None, body })))
    }

    /// `name(arguments)`
    pub(super) fn call(self, function: Expr, arguments: Vec<Expr>) -> Expr {
        let argument = |value: Expr| Argument { span: value.span, kind: ArgumentKind::Value(value) };
        let arguments = arguments.into_iter().map(argument).collect();
        Expr::new(self.0, ExprKind::Call { function: Box::new(function), arguments })
    }

    pub(super) fn binary(self, operator: BinaryOperator, left: Expr, right: Expr) -> Expr {
        let (left, right) = (Box::new(left), Box::new(right));
        Expr::new(self.0, ExprKind::Binary { operator, operator_span: self.0, left, right })
    }

    /// `base.name`
    pub(super) fn field(self, base: Expr, name: &str) -> Expr {
        Expr::new(self.0, ExprKind::Field { base: Box::new(base), name: self.ident(name) })
    }

    /// `name: value` of a record.
    pub(super) fn entry(self, name: &str, value: Expr) -> RecordEntry {
        RecordEntry { span: self.0, kind: RecordEntryKind::Field { name: self.ident(name), value } }
    }

    pub(super) fn record(self, entries: Vec<RecordEntry>) -> Expr {
        Expr::new(self.0, ExprKind::Record(entries))
    }

    /// `let name: ty = value`
    pub(super) fn named(self, name: Ident, ty: Option<Type>, value: Expr) -> Statement {
        let target = LetTarget::Place(self.place(name));
        Statement { doc: None, span: self.0, kind: StatementKind::Let { target, ty, value } }
    }

    /// `name ~ measure`
    pub(super) fn drawn(self, name: Ident, measure: Expr) -> Statement {
        let site = Site { places: vec![self.place(name)], ty: None, measure, strategy: None };
        Statement { doc: None, span: self.0, kind: StatementKind::Site(site) }
    }

    fn place(self, name: Ident) -> Place {
        Place { span: self.0, name, indices: Vec::new() }
    }

    /// The entries of a vector from `start` to `end` in the shape of a type: the first of them for a number.
    pub(super) fn part(self, vector: Expr, ty: &Type, start: Expr, end: Expr) -> Expr {
        let kind = match ty.kind {
            TypeKind::Sized { .. } => IndexKind::Slice { start: Some(start), end: Some(end) },
            _ => IndexKind::At(start),
        };
        let indices = vec![Index { span: self.0, kind }];
        Expr::new(self.0, ExprKind::Index { base: Box::new(vector), indices })
    }

    /// Equal numbers in the shape of a type.
    pub(super) fn filled(self, ty: &Type, value: Expr) -> Expr {
        let TypeKind::Sized { sizes, .. } = &ty.kind else { return value };
        let generator = |size: &Expr| Generator { name: self.ident("(entry)"), domain: size.clone() };
        let generators = sizes.iter().map(generator).collect();
        let nest = Loop { generators, guard: None, body: value, emit: None };
        Expr::new(self.0, ExprKind::Comprehension(Box::new(nest)))
    }
}

/// `real`, where it is written.
pub(super) fn real(span: Span) -> Type {
    Type::new(span, TypeKind::Name(At(span).ident("real")))
}

/// `interval(a, b)`
pub(super) fn between(at: At, a: i64, b: i64) -> Type {
    let base = Box::new(Type::new(at.0, TypeKind::Name(at.ident("interval"))));
    let end = |value| Argument { span: at.0, kind: ArgumentKind::Value(at.integer(value)) };
    Type::new(at.0, TypeKind::Call { base, arguments: vec![end(a), end(b)] })
}

/// The same shape, or the same fields, anywhere on the real line.
pub(super) fn unbounded(ty: &Type) -> Type {
    match &ty.kind {
        TypeKind::Sized { base, sizes } => {
            let kind = TypeKind::Sized { base: Box::new(unbounded(base)), sizes: sizes.clone() };
            Type::new(ty.span, kind)
        }
        TypeKind::Record(fields) => {
            let field = |field: &FieldType| FieldType { name: field.name.clone(), ty: unbounded(&field.ty) };
            Type::new(ty.span, TypeKind::Record(fields.iter().map(field).collect()))
        }
        _ => real(ty.span),
    }
}
