//! `ode`: equations of motion, made into functions of the language: the drift, a function of time and state. A call of the
//! equations is a value at compile time with these functions as its parts, which solvers of the library call.

mod differential;

use super::Checker;
use super::scope::Room;
use crate::typed::tree::Expr;
use crate::typed::types::{DynamicsType, Element, Motion, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{
    self, Argument, Block, DynamicsBody, DynamicsKind, EquationTarget, ExprKind, Function, Ident, ItemKind,
    LetTarget, Place, State, Statement, StatementKind, TypeKind,
};
use differential::{Differentials, Fault, Part, name_of, zero};
use std::rc::Rc;

/// The parts of equations of motion, as fields of what a call of them gives.
const DRIFT: &str = "drift";
const STATE: &str = "state";

/// The states of equations and what is said of them.
struct Equations<'a> {
    states: &'a [State],
    body: &'a Block,
    differentials: Differentials,
}

impl Checker<'_> {
    /// Declares equations: a function that gives their parts.
    pub(super) fn introduce_dynamics(&mut self, dynamics: &tree::Dynamics, span: Span, room: Room) {
        let (DynamicsKind::Ode, DynamicsBody::Equations { states, noise: None, convention: None, body }) =
            (dynamics.kind, &dynamics.body)
        else {
            self.unsupported(span, "this kind of equations of motion");
            return;
        };
        let equations = Equations { states, body, differentials: Differentials { noise: None } };
        let told = self.diagnostics.len();
        self.check_equations(&equations, dynamics.name.span);
        let drift = equations.part(Part::Drift).map_err(|fault| self.report(*fault));
        let body = match drift {
            Ok(drift) if self.diagnostics.len() == told => {
                let parts = [(DRIFT, drift), (STATE, equations.identity())];
                ExprKind::Record(parts.map(|(name, part)| record_entry(name, part)).into())
            }
            _ => ExprKind::Error,
        };
        let function = Function {
            name: dynamics.name.clone(),
            sizes: dynamics.sizes.clone(),
            parameters: dynamics.parameters.clone(),
            result: None,
            body: tree::Expr::new(span, body),
        };
        let item = tree::Item { doc: None, span, kind: ItemKind::Function(function) };
        self.motions.insert(self.declarations.len(), Motion::Ode);
        self.declare(&dynamics.name, &Rc::new(item), room);
    }

    /// Each state has one equation, and nothing else stands in the body but `let`.
    fn check_equations(&mut self, equations: &Equations, name: Span) {
        let mut found: Vec<&Ident> = Vec::new();
        for statement in &equations.body.statements {
            let place = match &statement.kind {
                StatementKind::Equation { target: EquationTarget::Differential(place), .. } => place,
                StatementKind::Let { .. } | StatementKind::Error => continue,
                _ => {
                    let message = "only equations and `let` stand in equations of motion";
                    let diagnostic = Diagnostic::error(codes::NOT_AN_EQUATION, statement.span, message);
                    self.report(diagnostic.help("write `d(x) = f * dt`, with your state for `x`"));
                    continue;
                }
            };
            let declared = equations.states.iter().any(|state| state.name.name == place.name.name);
            let twice = found.iter().any(|known| known.name == place.name.name);
            let message = match (declared, twice) {
                _ if !place.indices.is_empty() => {
                    self.unsupported(place.span, "an equation for an entry of a state");
                    continue;
                }
                (false, _) => format!("`{}` is no state of these equations", place.name),
                (true, true) => format!("`{}` has two equations", place.name),
                (true, false) => {
                    found.push(&place.name);
                    continue;
                }
            };
            let names: Vec<&str> = equations.states.iter().map(|state| state.name.as_str()).collect();
            let help = format!("the states stand after `on`: {}", names.join(", "));
            self.report(Diagnostic::error(codes::MISSING_EQUATION, place.span, message).help(help));
        }
        let missing = equations.states.iter().filter(|state| !found.contains(&&state.name));
        for State { name: state, .. } in
            missing.filter(|state| !found.iter().any(|known| known.name == state.name.name))
        {
            let message = format!("the state `{state}` has no equation");
            let diagnostic = Diagnostic::error(codes::MISSING_EQUATION, name, message)
                .label(state.span, "declared here")
                .help(format!("add `d({state}) = f * dt`; a state that rests has `0 * dt`"));
            self.report(diagnostic);
        }
    }

    /// A call of equations of motion.
    pub(super) fn dynamics_call(&mut self, span: Span, id: usize, arguments: &[Argument]) -> Expr {
        let value = self.function_call(span, &[id], arguments);
        let Element::Record(parts) = value.ty.element.clone() else { return value };
        let of = DynamicsType { motion: self.motions[&id], name: self.declaration(id).name.clone(), parts };
        Expr { ty: Type::scalar(Element::Dynamics(of.into())), ..value }
    }

    /// Checks equations whether or not something solves them.
    pub(super) fn check_dynamics(&mut self, dynamics: &tree::Dynamics) {
        let named = |id: &&usize| self.declarations[**id].span == dynamics.name.span;
        if let Some(id) = self.motions.keys().find(named).copied() {
            self.check_function_alone(id);
        }
    }
}

impl Equations<'_> {
    /// `fn(t: real, x: T) = ..`: what stands with a differential, for every state.
    fn part(&self, part: Part) -> Result<tree::Expr, Fault> {
        let mut statements = self.named_states();
        for statement in &self.body.statements {
            match &statement.kind {
                StatementKind::Equation { target: EquationTarget::Differential(place), value } => {
                    let Some(state) = self.states.iter().find(|state| state.name.name == place.name.name)
                    else {
                        continue;
                    };
                    let taken = self.differentials.take(part, value)?;
                    let value = taken.unwrap_or_else(|| zero_of(&state.ty, value.span));
                    let place_span = value.span;
                    statements.push(named(
                        name_of(&state.name, place_span),
                        Some(rate_type(&state.ty)),
                        value,
                    ));
                }
                StatementKind::Let { .. } => statements.push(statement.clone()),
                _ => {}
            }
        }
        let span = self.body.span;
        let value = self.of_states(span, |state| {
            tree::Expr::new(span, ExprKind::Name(name_of(&state.name, state.name.span)))
        });
        let block = Block::new(span, statements, Some(Box::new(value)));
        let (time, state) = (Ident { name: "t".into(), span }, self.state());
        let parameters = vec![parameter(time, name_type("real", span)), parameter(state, self.state_type())];
        Ok(lambda(span, parameters, tree::Expr::new(span, ExprKind::Block(block))))
    }

    /// `fn(from: T) = from`: a value as a state.
    fn identity(&self) -> tree::Expr {
        let span = self.body.span;
        let from = Ident { name: "from".into(), span };
        let value = tree::Expr::new(span, ExprKind::Name(from.clone()));
        lambda(span, vec![parameter(from, self.state_type())], value)
    }

    /// The parameter that is the state: several states are the fields of one.
    fn state(&self) -> Ident {
        match self.states {
            [only] => only.name.clone(),
            _ => Ident { name: "(state)".into(), span: self.body.span },
        }
    }

    fn state_type(&self) -> tree::Type {
        let span = self.body.span;
        match self.states {
            [only] => only.ty.clone(),
            several => {
                let field =
                    |state: &State| tree::FieldType { name: state.name.clone(), ty: state.ty.clone() };
                tree::Type::new(span, TypeKind::Record(several.iter().map(field).collect()))
            }
        }
    }

    /// `let x = state.x`, where there are several states.
    fn named_states(&self) -> Vec<Statement> {
        if self.states.len() == 1 {
            return Vec::new();
        }
        let field = |state: &State| {
            let span = state.name.span;
            let base = Box::new(tree::Expr::new(span, ExprKind::Name(self.state())));
            let value = tree::Expr::new(span, ExprKind::Field { base, name: state.name.clone() });
            named(state.name.clone(), None, value)
        };
        self.states.iter().map(field).collect()
    }

    /// Something of the only state, or a record of it for each.
    fn of_states(&self, span: Span, of: impl Fn(&State) -> tree::Expr) -> tree::Expr {
        match self.states {
            [only] => of(only),
            several => {
                let fields = several.iter().map(|state| record_entry(state.name.as_str(), of(state)));
                tree::Expr::new(span, ExprKind::Record(fields.collect()))
            }
        }
    }
}

fn named(name: Ident, ty: Option<tree::Type>, value: tree::Expr) -> Statement {
    let span = value.span;
    let place = Place { span: name.span, name, indices: Vec::new() };
    Statement { doc: None, span, kind: StatementKind::Let { target: LetTarget::Place(place), ty, value } }
}

fn record_entry(name: &str, value: tree::Expr) -> tree::RecordEntry {
    let span = value.span;
    let kind = tree::RecordEntryKind::Field { name: Ident { name: name.into(), span }, value };
    tree::RecordEntry { span, kind }
}

fn parameter(name: Ident, ty: tree::Type) -> tree::Parameter {
    tree::Parameter { doc: None, name, ty: Some(ty), default: None }
}

fn lambda(span: Span, parameters: Vec<tree::Parameter>, body: tree::Expr) -> tree::Expr {
    let lambda = tree::Lambda { parameters, result: None, body };
    tree::Expr::new(span, ExprKind::Lambda(Box::new(lambda)))
}

fn name_type(name: &str, span: Span) -> tree::Type {
    tree::Type::new(span, TypeKind::Name(Ident { name: name.into(), span }))
}

/// The type of a state's rate of change: of its shape, anywhere on the real line.
fn rate_type(state: &tree::Type) -> tree::Type {
    match &state.kind {
        TypeKind::Sized { base, sizes } => {
            let kind = TypeKind::Sized { base: Box::new(rate_type(base)), sizes: sizes.clone() };
            tree::Type::new(state.span, kind)
        }
        _ => name_type("real", state.span),
    }
}

/// Zeros of the shape of a state.
fn zero_of(state: &tree::Type, span: Span) -> tree::Expr {
    let TypeKind::Sized { sizes, .. } = &state.kind else { return zero(span) };
    let generator = |size: &tree::Expr| tree::Generator {
        name: Ident { name: "(entry)".into(), span },
        domain: size.clone(),
    };
    let generators = sizes.iter().map(generator).collect();
    let nest = tree::Loop { generators, guard: None, body: zero(span), emit: None };
    tree::Expr::new(span, ExprKind::Comprehension(Box::new(nest)))
}
