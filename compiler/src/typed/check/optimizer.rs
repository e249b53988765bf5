//! What changes parameters: a record of two functions. `start(x)` gives the state at coordinates x, a record that has them
//! as `x`; `step(s, seen)` gives the next state from what is seen there, `{value, grad, step, progress}`. Where a state has
//! another point `at`, the objective is looked at there: a line search tries points before it moves. So update rules are
//! written in the language, those of the library too.

use super::iteration::Settled;
use super::{Checker, Name};
use crate::ir::Polynomial;
use crate::typed::range::Range;
use crate::typed::tree::{Expr, ExprKind, Optimizer, Role, Variable};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::Ident;

impl Checker<'_> {
    /// An optimiser's functions at a state, or what is wrong with them.
    pub(super) fn optimizer(&mut self, with: &Expr) -> Option<Optimizer> {
        let span = with.span;
        if with.is_unknown() {
            return None;
        }
        let functions = ["start", "step"].map(|name| self.function_in(with, name));
        let [Some(start), Some(step)] = functions else {
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, span, "`with` has another type than it must have")
                .expected("`adam(0.01)`, `lbfgs()`, or a record of functions `{start: fn(x) = .., step: fn(s, seen) = ..}`")
                .found(format!("`{}`", self.show(&with.ty)));
            self.report(fault);
            return None;
        };
        let coordinates = self.found_size("coordinates");
        let vector = Type::array(Element::REAL, vec![Polynomial::variable(coordinates)]);
        let begin = self.placeholder(span, "x", vector.clone());
        let seen = self.placeholder(span, "seen", seen(&vector));
        let start = self.called(&start, vec![self.variable_of(span, begin)]);
        let name = Ident { name: "s".into(), span };
        let (settled, ()) = self.settled(&name, start, &mut |checker, state| {
            let values = [state, seen].map(|variable| checker.variable_of(span, variable));
            Some(((), checker.called(&step, values.to_vec())))
        })?;
        let Settled { state, start, next } = settled;
        let point = |name: &str| match &next.ty.element {
            Element::Record(fields) => {
                fields.iter().find(|(field, _)| **field == *name).map(|(_, ty)| ty.plain())
            }
            _ => None,
        };
        let wrong = match (point("x") == Some(vector.clone()), point("at")) {
            (true, Some(at)) if at != vector => {
                "an optimiser tries a point `at` of another length than its coordinates"
            }
            (true, _) => return Some(Optimizer { coordinates, begin, start, state, seen, step: next }),
            (false, _) => "the state of an optimiser has no coordinates `x` of the right length",
        };
        let fault = Diagnostic::error(codes::TYPE_MISMATCH, span, wrong)
            .expected(format!("a record with a field `x: {}`", self.show(&vector)))
            .found(format!("`{}`", self.show(&next.ty)));
        self.report(fault);
        None
    }

    /// A record's function of that name.
    fn function_in(&mut self, record: &Expr, name: &str) -> Option<Expr> {
        let Element::Record(fields) = &record.ty.element else { return None };
        let is_function = |ty: &Type| matches!(ty.element, Element::Function(_));
        fields.iter().find(|(field, ty)| **field == *name && is_function(ty))?;
        let name = Ident { name: name.into(), span: record.span };
        Some(self.field_of(record.span, record.clone(), &name))
    }

    /// A call of a function that an expression gives.
    fn called(&mut self, callee: &Expr, values: Vec<Expr>) -> Expr {
        let Element::Function(function) = &callee.ty.element else { panic!("the caller has a function") };
        let value = self.call_function(callee.span, function, values);
        self.after(callee.clone(), value)
    }

    fn placeholder(&mut self, span: Span, name: &str, ty: Type) -> Variable {
        let name: Name = name.into();
        self.new_variable(&Ident { name, span }, ty, Role::Local)
    }

    fn variable_of(&self, span: Span, variable: Variable) -> Expr {
        Expr { span, ty: self.row(variable).ty.clone(), kind: ExprKind::Variable(variable) }
    }
}

/// The type of what an optimiser sees: the value and the gradient there, the number of the step, and which part of all is
/// done.
fn seen(vector: &Type) -> Type {
    let number = Element::Int(crate::typed::bounds::Bounds { lower: Some(0.into()), upper: None });
    let fields = [
        ("value".into(), Type::real()),
        ("grad".into(), vector.clone()),
        ("step".into(), Type::scalar(number)),
        ("progress".into(), Type::scalar(Element::real_in(Range::UNIT))),
    ];
    Type::scalar(Element::Record(fields.into()))
}
