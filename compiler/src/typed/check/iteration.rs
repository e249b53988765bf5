//! Loops that carry a state: `scan` keeps every state, `iterate` the last, `fixpoint` the one that its step leaves alone.

use super::Checker;
use super::array::holds_numbers;
use super::coerce::{convert, same_kind};
use super::expression::{join_elements, real_value};
use super::scope::Entity;
use crate::typed::bounds::Bounds;
use crate::typed::range::Range;
use crate::typed::tree::{Expr, ExprKind, FixedPoint, Repeat, Role, Scan, Variable};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, Ident};

/// How deep bodies may lie in bodies that are checked a second time, because the state turned out to be wider.
const SECOND_LOOKS: u32 = 4;

/// What a fixed point is solved to where the program does not say.
const TOLERANCE: f64 = 1e-12;

/// A state with its first value and what the body makes of it.
pub(super) struct Settled {
    pub state: Variable,
    pub start: Expr,
    pub next: Expr,
}

/// Checks a body in which the state is this variable: its next value is found by the closure's second part.
pub(super) type Body<'a, T> = &'a mut dyn FnMut(&mut Checker, Variable) -> Option<(T, Expr)>;

impl Checker<'_> {
    /// `scan(s = s0, for t in T: e emit f)`
    pub(super) fn scan(&mut self, span: Span, arguments: &[Argument]) -> Expr {
        let [
            Argument { kind: ArgumentKind::Named { name, value }, .. },
            Argument { kind: ArgumentKind::For(part), .. },
        ] = arguments
        else {
            return self.wrong_form(span, arguments, "scan(s = s0, for t in T: e)");
        };
        let Some(mut scan) = self.looped_state(name, value, part) else { return Expr::unknown(span) };
        let extents: Option<Vec<_>> = scan.generators.iter().map(|one| self.extent(one)).collect();
        let Some(extents) = extents else { return Expr::unknown(span) };
        scan.keeps = true;
        let kept = scan.emitted.as_ref().map_or(&scan.next.ty, |(_, emitted)| &emitted.ty);
        let ty = kept.stacked(&extents);
        if !holds_numbers(&ty) {
            let kept = scan.emitted.map_or(scan.next, |(_, emitted)| emitted);
            return self.not_an_entry(span, &kept);
        }
        Expr { span, ty, kind: ExprKind::Scan(Box::new(scan)) }
    }

    /// `iterate(s = s0, for t in T: e)`, `iterate(s = s0, while c: e)`
    pub(super) fn iterate(&mut self, span: Span, arguments: &[Argument]) -> Expr {
        let [Argument { kind: ArgumentKind::Named { name, value }, .. }, Argument { kind: repeated, .. }] =
            arguments
        else {
            return self.wrong_form(span, arguments, "iterate(s = s0, for t in T: e)");
        };
        match repeated {
            ArgumentKind::For(part) if part.emit.is_none() => {
                let Some(scan) = self.looped_state(name, value, part) else { return Expr::unknown(span) };
                Expr { span, ty: scan.next.ty.clone(), kind: ExprKind::Scan(Box::new(scan)) }
            }
            ArgumentKind::While(part) if part.emit.is_none() => self.repeat(span, name, value, part),
            ArgumentKind::For(_) | ArgumentKind::While(_) => {
                self.misplaced(span, "`emit`", "in `scan`, which keeps what it emits")
            }
            _ => self.wrong_form(span, arguments, "iterate(s = s0, while c: e)"),
        }
    }

    /// `fixpoint(x = x0: e, tol = t)`
    pub(super) fn fixed_point(&mut self, span: Span, arguments: &[Argument]) -> Expr {
        let (first, tolerance) = match arguments {
            [first] => (first, None),
            [first, Argument { kind: ArgumentKind::Named { name, value }, .. }] if name.as_str() == "tol" => {
                (first, Some(value))
            }
            _ => return self.wrong_form(span, arguments, "fixpoint(x = x0: e, tol = 1e-12)"),
        };
        let ArgumentKind::Update { name, start, body } = &first.kind else {
            return self.wrong_form(span, arguments, "fixpoint(x = x0: e, tol = 1e-12)");
        };
        let tolerance = match tolerance {
            Some(value) => {
                let value = self.expression(value);
                self.fit(value, &Type::scalar(Element::real_in(Range::POSITIVE)), "the tolerance")
            }
            None => real_value(span, TOLERANCE),
        };
        let start = self.expression(start);
        let start = self.as_reals(start);
        let settled = self.nested(|checker| {
            checker.settled(name, start, &mut |checker, _| Some(((), checker.expression(body))))
        });
        let Some((Settled { state, start, next }, ())) = settled else { return Expr::unknown(span) };
        if tolerance.is_unknown() {
            return tolerance;
        }
        if !all_real(&next.ty) {
            let found = self.show(&next.ty);
            let message = "only real numbers are solved for";
            let diagnostic =
                Diagnostic::error(codes::TYPE_MISMATCH, start.span, message).found(format!("`{found}`"));
            return self.fail(span, diagnostic);
        }
        let ty = next.ty.clone();
        let point = FixedPoint { state, start, next, tolerance };
        Expr { span, ty, kind: ExprKind::FixedPoint(Box::new(point)) }
    }

    fn wrong_form(&mut self, span: Span, arguments: &[Argument], expected: &str) -> Expr {
        self.check_all(arguments);
        let message = "a call with other arguments than it takes";
        let diagnostic = Diagnostic::error(codes::MISSING_ARGUMENT, span, message);
        self.fail(span, diagnostic.expected(format!("`{expected}`")))
    }

    fn looped_state(&mut self, name: &Ident, start: &tree::Expr, part: &tree::Loop) -> Option<Scan> {
        let start = self.expression(start);
        self.nested(|checker| {
            let generators = checker.generators(&part.generators);
            let guard = part.guard.as_ref();
            let (settled, guard) = checker.settled(name, start, &mut |checker, _| {
                let guard = guard.map(|guard| {
                    let guard = checker.expression(guard);
                    checker.condition(guard)
                });
                Some((guard, checker.stepped_to(&part.body)))
            })?;
            let emitted = match &part.emit {
                Some(emit) => Some(checker.emitted(name, &settled.next.ty, emit)?),
                None => None,
            };
            let Settled { state, start, next } = settled;
            Some(Scan { state, start, generators: generators?, guard, next, emitted, keeps: false })
        })
    }

    /// What is kept of a step; the state's name means the new state.
    fn emitted(&mut self, name: &Ident, state: &Type, emit: &tree::Expr) -> Option<(Variable, Expr)> {
        let variable = self.new_variable(name, state.clone(), Role::Local);
        self.bind(&name.name, Entity::Variable(variable));
        let value = self.expression(emit);
        (!value.is_unknown()).then_some((variable, value))
    }

    fn repeat(&mut self, span: Span, name: &Ident, start: &tree::Expr, part: &tree::WhileLoop) -> Expr {
        let start = self.expression(start);
        let settled = self.nested(|checker| {
            checker.settled(name, start, &mut |checker, _| {
                let condition = checker.expression(&part.condition);
                let condition = checker.condition(condition);
                Some((condition, checker.stepped_to(&part.body)))
            })
        });
        let Some((Settled { state, start, next }, condition)) = settled else { return Expr::unknown(span) };
        if condition.is_unknown() {
            return condition;
        }
        let ty = next.ty.clone();
        Expr { span, ty, kind: ExprKind::Repeat(Box::new(Repeat { state, start, condition, next })) }
    }

    /// What a step makes of the state; a measure is drawn from.
    fn stepped_to(&mut self, body: &tree::Expr) -> Expr {
        let value = self.expression(body);
        self.drawn_value(value)
    }

    /// Finds the state's type: that of its first value, widened once if what the body makes of it is wider.
    pub(super) fn settled<T>(&mut self, name: &Ident, start: Expr, body: Body<T>) -> Option<(Settled, T)> {
        if start.is_unknown() {
            return None;
        }
        let told = self.diagnostics.len();
        let again = self.second_looks < SECOND_LOOKS;
        let first = if again { loosened(&start.ty) } else { start.ty.plain() };
        self.second_looks += 1;
        let (state, seen) = self.stepped(name, first.clone(), body);
        self.second_looks -= 1;
        let (found, next) = seen?;
        if next.is_unknown() {
            return None;
        }
        if stays(&next.ty, &first) {
            let next = convert(next, &first.element);
            return Some((Settled { state, start: convert(start, &first.element), next }, found));
        }
        let joined =
            join_elements(&first.element, &next.ty.element).filter(|_| again && next.ty.shape == first.shape);
        let wider = joined.map(|element| Type::array(element, first.shape.clone()).plain());
        let Some(wider) = wider else {
            self.fit(next, &first, &format!("the next `{name}`"));
            return None;
        };
        self.diagnostics.truncate(told);
        let start = convert(start, &wider.element);
        let (state, seen) = self.stepped(name, wider.clone(), body);
        let (found, next) = seen?;
        let next = self.fit(next, &wider, &format!("the next `{name}`"));
        (!next.is_unknown()).then_some((Settled { state, start, next }, found))
    }

    fn stepped<T>(&mut self, name: &Ident, ty: Type, body: Body<T>) -> (Variable, Option<(T, Expr)>) {
        let state = self.new_variable(name, ty, Role::Local);
        let outcome = self.nested(|checker| {
            checker.bind(&name.name, Entity::Variable(state));
            checker.as_value(|checker| body(checker, state))
        });
        (state, outcome)
    }

    /// Numbers as real numbers, fields of records too.
    pub(super) fn as_reals(&mut self, value: Expr) -> Expr {
        let element = real_element(&value.ty.element);
        convert(value, &element)
    }
}

fn real_element(of: &Element) -> Element {
    match of {
        Element::Int(_) | Element::Bool => Element::REAL,
        Element::Record(fields) => {
            let real = |ty: &Type| Type::array(real_element(&ty.element), ty.shape.clone());
            Element::Record(fields.iter().map(|(name, ty)| (name.clone(), real(ty))).collect())
        }
        other => other.clone(),
    }
}

pub(super) fn all_real(ty: &Type) -> bool {
    match &ty.element {
        Element::Record(fields) => fields.iter().all(|(_, field)| all_real(field)),
        element => matches!(element, Element::Real(_)),
    }
}

/// What a state may be expected to stay: of the sign that it begins with.
pub(super) fn loosened(ty: &Type) -> Type {
    let element = match &ty.element {
        Element::Real(domain) => {
            let signs = [Range::POSITIVE, Range::NONNEGATIVE];
            let sign = signs.into_iter().find(|sign| domain.range.lies_in(*sign));
            Element::real_in(sign.unwrap_or(Range::ANY))
        }
        Element::Int(bounds) if bounds.never_negative() => {
            Element::Int(Bounds { lower: Some(0.into()), upper: None })
        }
        Element::Int(_) => Element::int(),
        Element::Record(fields) => {
            Element::Record(fields.iter().map(|(name, field)| (name.clone(), loosened(field))).collect())
        }
        other => other.clone(),
    };
    Type::array(element, ty.shape.clone())
}

/// Whether every value of one type is one of the other, without widening.
fn stays(found: &Type, wanted: &Type) -> bool {
    let inside = match (&found.element, &wanted.element) {
        (Element::Real(a), Element::Real(b)) => a.range.lies_in(b.range),
        (Element::Int(a), Element::Int(b)) => b.lower.is_none() || a.never_negative(),
        (Element::Record(a), Element::Record(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.0 == b.0 && stays(&a.1, &b.1))
        }
        (a, b) => {
            same_kind(a, b) && !matches!((a, b), (Element::Real(_) | Element::Int(_), _)) && same_kind(b, a)
        }
    };
    inside && found.shape == wanted.shape
}
