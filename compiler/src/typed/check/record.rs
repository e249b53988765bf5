//! Records: literals with `..r`, and arithmetic on them as vectors: `+`, `-`, multiples, `dot`, `flatten`.
//!
//! What is read more than once is named first, so that nothing is computed twice.

use super::expression::size_value;
use super::{Checker, Name};
use crate::ir::Polynomial;
use crate::typed::tree::{Block, Expr, ExprKind, Index, Role, Statement, StatementKind};
use crate::typed::types::{Element, Type, is_hidden};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, BinaryOperator, Ident};
use std::borrow::Cow;

/// Names given to operands.
type Named = Vec<Statement>;

impl Checker<'_> {
    /// `{..r, x: 1}`
    pub(super) fn record(&mut self, span: Span, entries: &[tree::RecordEntry]) -> Expr {
        let mut named = Named::new();
        let mut values: Vec<(Name, Expr)> = Vec::new();
        let mut set = |name: &Name, value: Expr| match values.iter_mut().find(|(field, _)| field == name) {
            Some((_, earlier)) => *earlier = value,
            None => values.push((name.clone(), value)),
        };
        let mut sound = true;
        for entry in entries {
            match &entry.kind {
                tree::RecordEntryKind::Field { name, value } => {
                    let value = self.expression(value);
                    sound &= !value.is_unknown();
                    set(&name.name, value);
                }
                tree::RecordEntryKind::Spread(value) => {
                    let value = self.expression(value);
                    match self.fields_of(value, &mut named) {
                        Some(fields) => fields.into_iter().for_each(|(name, field)| set(&name, field)),
                        None => sound = false,
                    }
                }
            }
        }
        if !sound {
            return Expr::unknown(span);
        }
        after_all(named, record_of(span, values))
    }

    /// The fields of a record, one by one.
    fn fields_of(&mut self, value: Expr, named: &mut Named) -> Option<Vec<(Name, Expr)>> {
        let fields = match &value.ty.element {
            Element::Record(fields) if value.ty.shape.is_empty() => fields.clone(),
            Element::Unknown => return None,
            _ => {
                let found = self.show(&value.ty);
                let message = "only a record has fields to take over";
                let diagnostic =
                    Diagnostic::error(codes::TYPE_MISMATCH, value.span, message).found(format!("`{found}`"));
                self.report(diagnostic);
                return None;
            }
        };
        if let ExprKind::Record(values) = value.kind {
            return Some(values);
        }
        let record = self.name_operand(value, named);
        let shown = fields.iter().filter(|(name, _)| !is_hidden(name));
        Some(shown.map(|(name, ty)| (name.clone(), field(&record, name, ty))).collect())
    }

    /// A record without the fields whose names cannot be written.
    pub(super) fn shown(&mut self, value: Expr) -> Expr {
        let hides = |fields: &std::sync::Arc<[(Name, Type)]>| fields.iter().any(|(name, _)| is_hidden(name));
        if !value.ty.shape.is_empty() || !value.ty.fields().is_some_and(hides) {
            return value;
        }
        let (span, mut named) = (value.span, Named::new());
        let fields = self.fields_of(value, &mut named).unwrap_or_default();
        after_all(named, record_of(span, fields))
    }

    /// A name for what an operand gives, unless it is one.
    fn name_operand(&mut self, value: Expr, named: &mut Named) -> Expr {
        if matches!(value.kind, ExprKind::Variable(_) | ExprKind::Real(_) | ExprKind::Size(_)) {
            return value;
        }
        let (span, ty) = (value.span, value.ty.clone());
        let name = Ident { name: "operand".into(), span };
        let variable = self.new_variable(&name, ty.clone(), Role::Local);
        named.push(Statement { span, kind: StatementKind::Let { variable, value } });
        Expr { span, ty, kind: ExprKind::Variable(variable) }
    }

    /// An operator on records; none where neither side is one.
    pub(super) fn record_arithmetic(
        &mut self,
        span: Span,
        sign: (BinaryOperator, Span),
        left: &Expr,
        right: &Expr,
    ) -> Option<Expr> {
        let is_record =
            |value: &Expr| matches!(value.ty.element, Element::Record(_)) && value.ty.shape.is_empty();
        let both = match (is_record(left), is_record(right)) {
            (false, false) => return None,
            (true, true) => matches!(sign.0, BinaryOperator::Add | BinaryOperator::Subtract),
            (true, false) => {
                right.ty.is_scalar_number()
                    && matches!(sign.0, BinaryOperator::Multiply | BinaryOperator::Divide)
            }
            (false, true) => left.ty.is_scalar_number() && sign.0 == BinaryOperator::Multiply,
        };
        if !both {
            let (a, b) = (self.show(&left.ty), self.show(&right.ty));
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, sign.1, "records have no such operator")
                .found(format!("`{a}` and `{b}`"))
                .help("records of equal fields are added and subtracted; numbers multiply and divide them");
            return Some(self.fail(span, diagnostic));
        }
        let mut named = Named::new();
        let (left, right) =
            (self.name_operand(left.clone(), &mut named), self.name_operand(right.clone(), &mut named));
        let value = self.by_fields(span, sign, &left, &right);
        Some(after_all(named, value))
    }

    fn by_fields(&mut self, span: Span, sign: (BinaryOperator, Span), left: &Expr, right: &Expr) -> Expr {
        let fields = |value: &Expr| match &value.ty.element {
            Element::Record(fields) => Some(fields.clone()),
            _ => None,
        };
        let (a, b) = (fields(left), fields(right));
        let names = |fields: &[(Name, Type)]| {
            let shown = fields.iter().filter(|(name, _)| !is_hidden(name));
            shown.map(|(name, _)| name.clone()).collect::<Vec<Name>>()
        };
        if let (Some(a), Some(b)) = (&a, &b)
            && names(a) != names(b)
        {
            let (a, b) = (self.show(&left.ty), self.show(&right.ty));
            let diagnostic =
                Diagnostic::error(codes::TYPE_MISMATCH, sign.1, "the records have different fields")
                    .label(left.span, format!("is `{a}`"))
                    .label(right.span, format!("is `{b}`"));
            return self.fail(span, diagnostic);
        }
        let Some(some) = a.as_ref().or(b.as_ref()).map(|fields| names(fields)) else {
            return self.binary_of(span, sign, left.clone(), right.clone());
        };
        let mut values = Vec::new();
        for name in &some {
            let part = |value: &Expr, fields: &Option<std::sync::Arc<[(Name, Type)]>>| {
                let own = fields.as_ref().and_then(|fields| fields.iter().find(|(own, _)| own == name));
                own.map_or_else(|| value.clone(), |(_, ty)| field(value, name, ty))
            };
            let value = self.by_fields(span, sign, &part(left, &a), &part(right, &b));
            if value.is_unknown() {
                return value;
            }
            values.push((name.clone(), value));
        }
        record_of(span, values)
    }

    /// `dot(r, s)`, of records or of vectors.
    pub(super) fn record_dot(&mut self, span: Span, left: &tree::Expr, right: &tree::Expr) -> Expr {
        let (left, right) = (self.expression(left), self.expression(right));
        if left.is_unknown() || right.is_unknown() {
            return Expr::unknown(span);
        }
        if !matches!(left.ty.element, Element::Record(_)) || !matches!(right.ty.element, Element::Record(_)) {
            return self.library_call_with(span, "dot", vec![left, right]);
        }
        let left = self.flattened(span, left);
        let right = self.flattened(span, right);
        if left.is_unknown() || right.is_unknown() {
            return Expr::unknown(span);
        }
        self.library_call_with(span, "dot", vec![left, right])
    }

    /// `flatten(r)`: all numbers of a record, or of an array, as one vector.
    pub(super) fn flattened(&mut self, span: Span, value: Expr) -> Expr {
        if value.is_unknown() {
            return value;
        }
        if let (Element::Record(_), true) = (&value.ty.element, value.ty.shape.is_empty()) {
            let mut named = Named::new();
            let Some(fields) = self.fields_of(value, &mut named) else { return Expr::unknown(span) };
            let mut parts = fields.into_iter().map(|(_, part)| part);
            let Some(first) = parts.next() else { return self.unsupported(span, "`flatten` of no fields") };
            let mut whole = self.flattened(span, first);
            for part in parts {
                let part = self.flattened(span, part);
                if whole.is_unknown() || part.is_unknown() {
                    return Expr::unknown(span);
                }
                whole = self.library_call_with(span, "concat", vec![whole, part]);
            }
            return after_all(named, whole);
        }
        let value = self.number(value);
        match value.ty.shape.as_slice() {
            _ if value.is_unknown() => value,
            [] => {
                let ty = value.ty.stacked(&[1.into()]);
                Expr { span, ty, kind: ExprKind::Array(vec![value]) }
            }
            [_] => value,
            [_, _] => self.library_call_with(span, "ravel", vec![value]),
            _ => self.unsupported(span, "`flatten` of arrays with more than two axes"),
        }
    }

    /// `unflatten(v, r)`: a vector's numbers as a record, or an array, like another, whose `flatten` it is.
    pub(super) fn unflattened(&mut self, span: Span, vector: Expr, like: &Type) -> Expr {
        if vector.is_unknown() || like.is_unknown() {
            return Expr::unknown(span);
        }
        let mut named = Named::new();
        let vector = self.name_operand(vector, &mut named);
        let mut first = Polynomial::from(0);
        let value = self.unflattened_from(span, &vector, like, &mut first);
        if value.is_unknown() {
            return value;
        }
        let found = self.fit(vector, &Type::array(Element::REAL, vec![first]), "what `unflatten` takes");
        if found.is_unknown() { found } else { after_all(named, value) }
    }

    /// The numbers from a position on, which moves behind them.
    fn unflattened_from(&mut self, span: Span, vector: &Expr, like: &Type, first: &mut Polynomial) -> Expr {
        if let (Element::Record(fields), []) = (&like.element, like.shape.as_slice()) {
            let values = fields.iter().map(|(name, ty)| {
                let value = self.unflattened_from(span, vector, ty, first);
                (name.clone(), value)
            });
            return record_of(span, values.collect());
        }
        let count = like.shape.iter().fold(Polynomial::from(1), |product, size| product.times(size));
        let start = size_value(span, first.clone());
        *first = first.plus(&count);
        let index = match like.shape.as_slice() {
            [] => Index::At { index: start, proved: true },
            _ => Index::Slice { start, length: count.clone() },
        };
        let shape = if like.shape.is_empty() { Vec::new() } else { vec![count] };
        let kind = ExprKind::Index { base: Box::new(vector.clone()), indices: vec![index] };
        let part = Expr { span, ty: Type::array(Element::REAL, shape), kind };
        match like.shape.as_slice() {
            _ if !like.element.is_numeric() => {
                self.unsupported(span, "`unflatten` to what is not made of numbers")
            }
            [] | [_] => part,
            [rows, columns] => {
                let [rows, columns] = [rows, columns].map(|size| size_value(span, size.clone()));
                self.library_call_with(span, "unravel", vec![rows, columns, part])
            }
            _ => self.unsupported(span, "`unflatten` to arrays with more than two axes"),
        }
    }

    /// Arguments with the fields of spread records by name.
    pub(super) fn spread<'a>(&mut self, arguments: &'a [Argument]) -> Cow<'a, [Argument]> {
        if !arguments.iter().any(|argument| matches!(argument.kind, ArgumentKind::Spread(_))) {
            return Cow::Borrowed(arguments);
        }
        let mut all = Vec::new();
        for argument in arguments {
            let ArgumentKind::Spread(record) = &argument.kind else {
                all.push(argument.clone());
                continue;
            };
            let value = self.expression(record);
            let Some(fields) = self.fields_of(value, &mut Named::new()) else { continue };
            for (name, _) in fields {
                let name = Ident { name, span: argument.span };
                let base = Box::new(record.clone());
                let field = tree::ExprKind::Field { base, name: name.clone() };
                let value = tree::Expr::new(argument.span, field);
                all.push(Argument { span: argument.span, kind: ArgumentKind::Named { name, value } });
            }
        }
        Cow::Owned(all)
    }
}

pub(super) fn record_of(span: Span, values: Vec<(Name, Expr)>) -> Expr {
    let fields = values.iter().map(|(name, value)| (name.clone(), value.ty.clone())).collect();
    Expr { span, ty: Type::scalar(Element::Record(fields)), kind: ExprKind::Record(values) }
}

fn field(record: &Expr, name: &Name, ty: &Type) -> Expr {
    let kind = ExprKind::Field(Box::new(record.clone()), name.clone());
    Expr { span: record.span, ty: ty.stacked(&record.ty.shape), kind }
}

/// A value after the names that it uses.
fn after_all(statements: Named, value: Expr) -> Expr {
    if statements.is_empty() || value.is_unknown() {
        return value;
    }
    let (span, ty) = (value.span, value.ty.clone());
    Expr { span, ty, kind: ExprKind::Block(Box::new(Block { statements, value: Some(value) })) }
}
