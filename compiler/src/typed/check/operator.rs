//! Operators: entry by entry between equal shapes, or with a scalar; the matrix product and the transpose aside.

use super::Checker;
use super::coerce::{common_shape, convert};
use super::expression::{real_value, size_value};
use crate::ir::Polynomial;
use crate::primitive::Primitive;
use crate::typed::bounds::Bounds;
use crate::typed::range::Range;
use crate::typed::tree::{Expr, ExprKind};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, BinaryOperator, UnaryOperator};

/// What an arithmetic operator does to what is known of numbers.
struct Arithmetic {
    operator: BinaryOperator,
    primitive: &'static str,
    range: fn(Range, Range) -> Range,
    /// None where integers give real numbers.
    bounds: Option<fn(&Bounds, &Bounds) -> Bounds>,
}

const ARITHMETIC: [Arithmetic; 5] = [
    Arithmetic {
        operator: BinaryOperator::Add,
        primitive: "add",
        range: Range::plus,
        bounds: Some(Bounds::plus),
    },
    Arithmetic {
        operator: BinaryOperator::Subtract,
        primitive: "sub",
        range: |a, b| a.plus(b.negate()),
        bounds: Some(|a, b| a.plus(&b.negate())),
    },
    Arithmetic {
        operator: BinaryOperator::Multiply,
        primitive: "mul",
        range: Range::times,
        bounds: Some(Bounds::times),
    },
    Arithmetic {
        operator: BinaryOperator::Divide,
        primitive: "div",
        range: |a, b| a.times(b.reciprocal()),
        bounds: None,
    },
    Arithmetic { operator: BinaryOperator::Power, primitive: "pow", range: Range::power, bounds: None },
];

pub(super) const COMPARISONS: [(BinaryOperator, &str); 6] = [
    (BinaryOperator::Equal, "eq"),
    (BinaryOperator::NotEqual, "ne"),
    (BinaryOperator::Less, "lt"),
    (BinaryOperator::LessEqual, "le"),
    (BinaryOperator::Greater, "gt"),
    (BinaryOperator::GreaterEqual, "ge"),
];

const LOGIC: [(BinaryOperator, &str); 2] = [(BinaryOperator::Or, "or"), (BinaryOperator::And, "and")];

/// An operator and its place.
type Sign = (BinaryOperator, Span);

impl Checker<'_> {
    pub(super) fn unary(&mut self, span: Span, operator: UnaryOperator, operand: &tree::Expr) -> Expr {
        let operand = self.expression(operand);
        if operand.is_unknown() {
            return operand;
        }
        if operator == UnaryOperator::Not {
            let wanted = Type::array(Element::Bool, operand.ty.shape.clone());
            let operand = self.fit(operand, &wanted, "the operand of `!`");
            return apply(span, "not", wanted, vec![operand]);
        }
        match (&operand.kind, &operand.ty.element) {
            (_, Element::Record(_)) => {
                self.binary_of(span, (BinaryOperator::Multiply, span), real_value(span, -1.0), operand)
            }
            (ExprKind::Real(x), _) => real_value(span, -x),
            (ExprKind::Size(size), _) => size_value(span, size.scaled(-1)),
            (_, Element::Int(bounds)) => {
                let ty = Type::array(Element::Int(bounds.negate()), operand.ty.shape.clone());
                apply(span, "neg", ty, vec![operand])
            }
            (_, Element::Real(domain)) => {
                let ty = Type::array(Element::real_in(domain.range.negate()), operand.ty.shape.clone());
                apply(span, "neg", ty, vec![operand])
            }
            _ => {
                let wanted = Type::array(Element::int(), operand.ty.shape.clone());
                let operand = self.fit(operand, &wanted, "the operand of `-`");
                apply(span, "neg", wanted, vec![operand])
            }
        }
    }

    pub(super) fn binary(&mut self, span: Span, sign: Sign, left: &tree::Expr, right: &tree::Expr) -> Expr {
        let (left, right) = (self.expression(left), self.expression(right));
        self.binary_of(span, sign, left, right)
    }

    /// An operator on values.
    pub(super) fn binary_of(&mut self, span: Span, sign: Sign, left: Expr, right: Expr) -> Expr {
        if left.is_unknown() || right.is_unknown() {
            return Expr::unknown(span);
        }
        if let Some(value) = self.record_arithmetic(span, sign, &left, &right) {
            return value;
        }
        if let Some(arithmetic) = ARITHMETIC.iter().find(|row| row.operator == sign.0) {
            return self.arithmetic(span, sign.1, arithmetic, left, right);
        }
        if let Some((_, primitive)) = COMPARISONS.iter().find(|(operator, _)| *operator == sign.0) {
            return self.comparison(span, sign.1, primitive, left, right);
        }
        if let Some((_, primitive)) = LOGIC.iter().find(|(operator, _)| *operator == sign.0) {
            return self.logic(span, sign.1, primitive, left, right);
        }
        match sign.0 {
            BinaryOperator::Product => self.product(span, sign.1, left, right),
            _ => self.linear_system(span, sign.1, left, right),
        }
    }

    fn arithmetic(&mut self, span: Span, sign: Span, row: &Arithmetic, left: Expr, right: Expr) -> Expr {
        let Some(shape) = self.elementwise(sign, &left, &right) else { return Expr::unknown(span) };
        let whole = |element: &Element| !matches!(element, Element::Real(_));
        if let (Some(bounds), true, true) = (row.bounds, whole(&left.ty.element), whole(&right.ty.element)) {
            let element = Element::Int(bounds(&left.ty.element.bounds(), &right.ty.element.bounds()));
            let ty = Type::array(element, shape);
            if let Some(size) = ty.as_size() {
                return size_value(span, size.clone());
            }
            let operands = [left, right].map(|operand| convert(operand, &ty.element));
            return apply(span, row.primitive, ty, operands.into());
        }
        if row.operator == BinaryOperator::Divide
            && let Some(size) = whole_quotient(&left.ty, &right.ty)
        {
            return size_value(span, size);
        }
        if row.operator == BinaryOperator::Power && is_literal(&right, 2.0) {
            return self.library_call(span, "sq", left);
        }
        let element = Element::real_in((row.range)(left.ty.element.range(), right.ty.element.range()));
        let operands = [left, right].map(|operand| convert(operand, &Element::REAL));
        apply(span, row.primitive, Type::array(element, shape), operands.into())
    }

    fn comparison(&mut self, span: Span, sign: Span, primitive: &str, left: Expr, right: Expr) -> Expr {
        let Some(shape) = self.elementwise(sign, &left, &right) else { return Expr::unknown(span) };
        let real = [&left, &right].iter().any(|operand| matches!(operand.ty.element, Element::Real(_)));
        let element = if real { Element::REAL } else { Element::int() };
        let operands = [left, right].map(|operand| convert(operand, &element));
        apply(span, primitive, Type::array(Element::Bool, shape), operands.into())
    }

    fn logic(&mut self, span: Span, sign: Span, primitive: &str, left: Expr, right: Expr) -> Expr {
        let Some(shape) = self.elementwise(sign, &left, &right) else { return Expr::unknown(span) };
        let operands = [left, right].map(|operand| {
            let wanted = Type::array(Element::Bool, operand.ty.shape.clone());
            self.fit(operand, &wanted, "an operand of `&&` or `||`")
        });
        apply(span, primitive, Type::array(Element::Bool, shape), operands.into())
    }

    /// The shape of an operation entry by entry on two numeric operands.
    fn elementwise(&mut self, sign: Span, left: &Expr, right: &Expr) -> Option<Vec<Polynomial>> {
        for operand in [left, right] {
            if !operand.ty.is_numeric() {
                let diagnostic =
                    Diagnostic::error(codes::TYPE_MISMATCH, operand.span, "this is not a number")
                        .expected("a number, or an array of numbers")
                        .found(format!("`{}`", self.show(&operand.ty)));
                let diagnostic = self.advise_on_type(diagnostic, operand, &Type::real());
                self.report(diagnostic);
                return None;
            }
        }
        let shape = common_shape([left, right].into_iter().map(|operand| operand.ty.shape.as_slice()));
        if shape.is_none() {
            let (a, b) = (self.show_shape(&left.ty.shape), self.show_shape(&right.ty.shape));
            let diagnostic =
                Diagnostic::error(codes::SHAPE_MISMATCH, sign, "the two sides have different shapes")
                    .label(left.span, format!("has shape `{a}`"))
                    .label(right.span, format!("has shape `{b}`"))
                    .expected("equal shapes, or a scalar on one side")
                    .found(format!("`{a}` and `{b}`"))
                    .help("nothing is repeated silently; write the loop, as in `[for i in N: x[i] + y]`");
            let diagnostic = self.with_declaration(diagnostic, left);
            let diagnostic = self.with_declaration(diagnostic, right);
            self.report(diagnostic);
        }
        shape
    }

    fn product(&mut self, span: Span, sign: Span, left: Expr, right: Expr) -> Expr {
        let (left, right) = (self.number(left), self.number(right));
        if left.is_unknown() || right.is_unknown() {
            return Expr::unknown(span);
        }
        let (a, b) = (&left.ty.shape, &right.ty.shape);
        let shape = match (a.as_slice(), b.as_slice()) {
            ([n, k], [l]) if k == l => vec![n.clone()],
            ([k], [l, m]) if k == l => vec![m.clone()],
            ([n, k], [l, m]) if k == l => vec![n.clone(), m.clone()],
            _ => return self.no_product(span, sign, &left, &right),
        };
        let kind = ExprKind::Product(Box::new(left), Box::new(right));
        Expr { span, ty: Type::array(Element::REAL, shape), kind }
    }

    /// `A \ b`
    fn linear_system(&mut self, span: Span, sign: Span, left: Expr, right: Expr) -> Expr {
        let (left, right) = (self.number(left), self.number(right));
        if left.is_unknown() || right.is_unknown() {
            return Expr::unknown(span);
        }
        match (left.ty.shape.as_slice(), right.ty.shape.as_slice()) {
            ([n, m], [l] | [l, _]) if n == m && m == l => {
                self.library_call_with(span, "solve_linear", vec![left, right])
            }
            (a, b) => {
                let diagnostic =
                    Diagnostic::error(codes::INNER_DIMENSIONS, sign, "this is no system of linear equations")
                        .label(left.span, format!("has shape `{}`", self.show_shape(a)))
                        .label(right.span, format!("has shape `{}`", self.show_shape(b)))
                        .help("`A \\ b` takes a square matrix and a vector or matrix with as many rows");
                self.fail(span, diagnostic)
            }
        }
    }

    fn no_product(&mut self, span: Span, sign: Span, left: &Expr, right: &Expr) -> Expr {
        let (a, b) = (&left.ty.shape, &right.ty.shape);
        let (one, other) = (self.short_text(left.span, "A"), self.short_text(right.span, "b"));
        let help = match (a.as_slice(), b.as_slice()) {
            ([n], [m]) if n == m => format!("the scalar product of vectors is `dot({one}, {other})`"),
            ([n, _], [l, ..]) if n == l => format!("transpose the left side: `{one}.T @ {other}`"),
            ([_, k], [_, m]) | ([k], [_, m]) if k == m => {
                format!("transpose the right side: `{one} @ {other}.T`")
            }
            _ => "`@` multiplies a matrix with a matrix or a vector; the size in the middle is the same"
                .to_string(),
        };
        let diagnostic = Diagnostic::error(codes::INNER_DIMENSIONS, sign, "the inner dimensions differ")
            .label(left.span, format!("has shape `{}`", self.show_shape(a)))
            .label(right.span, format!("has shape `{}`", self.show_shape(b)))
            .help(help);
        let diagnostic = self.with_declaration(diagnostic, left);
        let diagnostic = self.with_declaration(diagnostic, right);
        self.fail(span, diagnostic)
    }
}

/// A scalar primitive, entry by entry; unknown if an operand is.
pub(super) fn apply(span: Span, primitive: &str, ty: Type, operands: Vec<Expr>) -> Expr {
    if operands.iter().any(Expr::is_unknown) {
        return Expr::unknown(span);
    }
    Expr { span, ty, kind: ExprKind::Apply { primitive: Primitive::named(primitive), operands } }
}

fn is_literal(value: &Expr, x: f64) -> bool {
    match &value.kind {
        ExprKind::Real(y) => *y == x,
        ExprKind::Size(size) => size.as_constant().is_some_and(|n| n as f64 == x),
        _ => false,
    }
}

/// The quotient of a size that is no number and a number, where it is a whole number whatever the size: `K * (K - 1) / 2`.
fn whole_quotient(dividend: &Type, divisor: &Type) -> Option<Polynomial> {
    let (size, by) = (dividend.as_size()?, divisor.as_size()?.as_constant()?);
    (size.as_constant().is_none() && by > 0).then(|| size.divided(by))?
}
