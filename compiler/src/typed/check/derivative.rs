//! Derivatives of functions, as functions: `grad(f)`, `value_and_grad(f)`, `jvp(f)`, `vjp(f)`. All are with respect to the
//! first argument, a number, an array or a record of real numbers. The library builds the others of these.

use super::Checker;
use super::iteration::{all_real, loosened};
use crate::ir::Demand;
use crate::typed::tree::{Demanded, Derived, Expr, ExprKind, Role, Variable};
use crate::typed::types::{Derivative, Element, FunctionType, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Ident};

impl Checker<'_> {
    /// `grad(f)` and its kin.
    pub(super) fn derived_function(
        &mut self,
        span: Span,
        derivative: Derivative,
        function: &tree::Expr,
    ) -> Expr {
        let function = self.expression(function);
        let Element::Function(of) = &function.ty.element else {
            if function.is_unknown() {
                return function;
            }
            let found = self.show(&function.ty);
            let diagnostic =
                Diagnostic::error(codes::TYPE_MISMATCH, function.span, "only a function has a derivative")
                    .found(format!("`{found}`"))
                    .help("write it as a function: `grad(fn(x) = ..)(x)`");
            return self.fail(span, diagnostic);
        };
        let of = FunctionType::Derived { derivative, of: of.clone() };
        Expr { span, ty: Type::scalar(Element::function(of)), kind: function.kind }
    }

    /// `stop_gradient(e)`
    pub(super) fn stop_gradient(&mut self, span: Span, value: &tree::Expr) -> Expr {
        let value = self.expression(value);
        if value.is_unknown() {
            return value;
        }
        if !value.ty.is_compiled() {
            return self.unsupported(span, "`stop_gradient` of anything but numbers and records");
        }
        Expr { span, ty: value.ty.clone(), kind: ExprKind::Stop(Box::new(value)) }
    }

    /// `numerical(e)`: in the library alone, since what is fixed there by word is fixed nowhere else.
    pub(super) fn numerical(&mut self, span: Span, value: &tree::Expr) -> Expr {
        let value = self.stop_gradient(span, value);
        match value.kind {
            ExprKind::Stop(inner) => Expr { kind: ExprKind::Numerical(inner), ..value },
            _ => value,
        }
    }

    /// `infinitesimal(e)`: in the library alone.
    pub(super) fn infinitesimal(&mut self, span: Span, value: &tree::Expr) -> Expr {
        let value = self.stop_gradient(span, value);
        match value.kind {
            ExprKind::Stop(inner) => Expr { kind: ExprKind::Infinitesimal(inner), ..value },
            _ => value,
        }
    }

    /// `demand(e, c, finite, t, x)`: in the library alone. The condition and what is told are no part of derivatives.
    pub(super) fn demanded(
        &mut self,
        span: Span,
        value: &tree::Expr,
        holds: &tree::Expr,
        name: &tree::Expr,
        told: [&tree::Expr; 2],
    ) -> Expr {
        let value = self.expression(value);
        let holds = self.numerical(holds.span, holds);
        let told = told.map(|told| self.numerical(told.span, told));
        if [&value, &holds].into_iter().chain(&told).any(Expr::is_unknown) {
            return Expr::unknown(span);
        }
        let demand = match &name.kind {
            tree::ExprKind::Name(name) => Demand::find(name.as_str()),
            _ => None,
        };
        let Some(demand) = demand else {
            let message = "there is no such demand";
            return self.fail(span, Diagnostic::error(codes::UNKNOWN_NAME, name.span, message));
        };
        let ty = value.ty.clone();
        Expr { span, ty, kind: ExprKind::Demand(Box::new(Demanded { value, holds, demand, told })) }
    }

    /// A call of a derivative with values by position.
    pub(super) fn call_derivative(
        &mut self,
        span: Span,
        (derivative, of): (Derivative, &FunctionType),
        mut values: Vec<Expr>,
    ) -> Expr {
        let takes = if derivative.takes_direction() { 2 } else { 1 };
        if values.len() < takes {
            return self.wrong_count(span, takes, values.len());
        }
        let along = derivative.takes_direction().then(|| values.pop()).flatten();
        let at = self.as_reals(values.remove(0));
        if !all_real(&at.ty) {
            let found = self.show(&at.ty);
            let message = "a derivative is with respect to real numbers";
            let diagnostic =
                Diagnostic::error(codes::TYPE_MISMATCH, at.span, message).found(format!("`{found}`"));
            return self.fail(span, diagnostic);
        }
        let name = Ident { name: "x".into(), span: at.span };
        let variable = self.new_variable(&name, loosened(&at.ty), Role::Parameter);
        values.insert(0, Expr { span: at.span, ty: loosened(&at.ty), kind: ExprKind::Variable(variable) });
        let body = self.call_function(span, of, values);
        if body.is_unknown() {
            return body;
        }
        if !all_real(&body.ty) {
            let found = self.show(&body.ty);
            let message = "only a function with real values has a derivative";
            let diagnostic =
                Diagnostic::error(codes::TYPE_MISMATCH, span, message).found(format!("`{found}`"));
            return self.fail(span, diagnostic);
        }
        self.derivative_at(span, derivative, variable, (at, body, along))
    }

    fn derivative_at(
        &mut self,
        span: Span,
        derivative: Derivative,
        variable: Variable,
        (at, body, along): (Expr, Expr, Option<Expr>),
    ) -> Expr {
        let scalar = body.ty.is_scalar_number();
        if !derivative.takes_direction() && !scalar {
            let found = self.show(&body.ty);
            let diagnostic =
                Diagnostic::error(codes::TYPE_MISMATCH, span, "only a single number has a gradient")
                    .expected("a function that gives one real number")
                    .found(format!("`{found}`"))
                    .help("`jacobian(f)` is the derivative of a function that gives several");
            return self.fail(span, diagnostic);
        }
        let (of, into) = (at.ty.plain(), body.ty.plain());
        let (ty, direction) = match derivative {
            Derivative::Gradient => (of, None),
            Derivative::ValueAndGradient => {
                let fields = [("value".into(), into), ("grad".into(), of)];
                (Type::scalar(Element::Record(fields.into())), None)
            }
            Derivative::Along => (into, Some(of)),
            Derivative::Back => (of, Some(into)),
        };
        let along = match (along, direction) {
            (Some(along), Some(wanted)) => {
                let along = self.as_reals(along);
                let along = self.fit(along, &wanted, "the direction");
                if along.is_unknown() {
                    return along;
                }
                Some(along)
            }
            _ => None,
        };
        let derived = Derived { derivative, variable, at, body, along };
        Expr { span, ty, kind: ExprKind::Derivative(Box::new(derived)) }
    }

    /// A function called with too few or too many arguments.
    pub(super) fn wrong_count(&mut self, span: Span, takes: usize, given: usize) -> Expr {
        let counted =
            |count: usize| if count == 1 { "1 argument".to_string() } else { format!("{count} arguments") };
        let code = if given > takes { codes::TOO_MANY_ARGUMENTS } else { codes::MISSING_ARGUMENT };
        let diagnostic = Diagnostic::error(code, span, "a function with another number of arguments")
            .expected(counted(takes))
            .found(counted(given));
        self.fail(span, diagnostic)
    }
}
