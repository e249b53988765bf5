//! `ode` and `sde`: equations of motion, made into functions of the language, such as the drift, a function of time and
//! state. A call of the equations is a value at compile time with these functions as its parts, which solvers of the library
//! call. A part that the equations do not have, such as a diffusion without the state, is how a method is refused.

mod begun;
mod build;
mod differential;
mod equations;
mod noise;
mod path;
mod relative;
mod told;

use super::scope::Room;
use super::{Checker, Name};
use crate::typed::tree::Expr;
use crate::typed::types::{DynamicsType, Element, Motion, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{
    self, Argument, ArgumentKind, DynamicsBody, DynamicsKind, EquationTarget, ExprKind, Function, Ident,
    ItemKind, State, StatementKind,
};
use build::At;
pub(super) use equations::SPREAD;
use equations::{Convention, Equations};
use noise::Noise;
pub(super) use path::is_path;
pub(super) use relative::REPLACED;
use std::rc::Rc;
use std::sync::Arc;

/// What is known of equations before they are called.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    motion: Motion,
    /// The names of their states; none where they are made of others.
    states: Arc<[Name]>,
    /// Which of their parameters the diffusion names.
    in_noise: Vec<usize>,
    /// Which of their parameters the drifts of states without noise name.
    in_still: Vec<usize>,
    /// The states without noise, or those whose drifts these equations replace.
    still: Vec<Name>,
}

impl Checker<'_> {
    /// Declares equations: a function that gives their parts.
    pub(super) fn introduce_dynamics(&mut self, dynamics: &tree::Dynamics, span: Span, room: Room) {
        let motion = match dynamics.kind {
            DynamicsKind::Ode => Motion::Ode,
            DynamicsKind::Sde => Motion::Sde,
            DynamicsKind::Ctmc => {
                self.unsupported(span, "`ctmc`");
                return;
            }
        };
        let DynamicsBody::Equations { states, noise, convention, body } = &dynamics.body else {
            return self.introduce_relative(dynamics, motion, (span, room));
        };
        let told = self.diagnostics.len();
        if motion == Motion::Ode && (noise.is_some() || convention.is_some()) {
            let message = "an `ode` has no noise";
            let fault = Diagnostic::error(codes::NOT_AN_EQUATION, dynamics.name.span, message);
            self.report(fault.help("declare it as `sde`"));
        }
        let convention = self.convention(convention.as_ref());
        let driven = noise.as_ref();
        let noise = (motion == Motion::Sde).then_some(Noise { states, driven });
        let names = dynamics.parameters.iter().map(|parameter| parameter.name.as_str());
        let equations = Equations { states, body, noise, convention };
        let in_noise = equations.named_by_noise(names.clone());
        let (still, in_still) = equations.still(names);
        self.check_equations(&equations, dynamics.name.span);
        let parts = equations.parts().map_err(|fault| self.report(*fault));
        let body = match parts {
            Ok(parts) if self.diagnostics.len() == told => parts,
            _ => tree::Expr::new(span, ExprKind::Error),
        };
        let states = states.iter().map(|state| state.name.name.clone()).collect();
        let declared = Declared { motion, states, in_noise, in_still, still };
        self.declare_dynamics(dynamics, body, declared, (span, room));
    }

    /// Declares the function that gives the parts of equations.
    fn declare_dynamics(
        &mut self,
        dynamics: &tree::Dynamics,
        body: tree::Expr,
        declared: Declared,
        (span, room): (Span, Room),
    ) {
        let function = Function {
            name: dynamics.name.clone(),
            sizes: dynamics.sizes.clone(),
            parameters: dynamics.parameters.clone(),
            result: None,
            body,
        };
        let item = tree::Item { doc: None, span, kind: ItemKind::Function(function) };
        self.motions.insert(self.declarations.len(), declared);
        self.declare(&dynamics.name, &Rc::new(item), room);
    }

    fn convention(&mut self, written: Option<&tree::Convention>) -> Convention {
        let Some(written) = written else { return Convention::Ito };
        let name = &written.name;
        match (name.as_str(), written.arguments.as_slice()) {
            ("ito", []) => Convention::Ito,
            ("stratonovich", []) => Convention::Stratonovich,
            ("convention", [Argument { kind: ArgumentKind::Value(part), .. }]) => {
                Convention::Between(Box::new(part.clone()))
            }
            ("ito" | "stratonovich" | "convention", _) => {
                let message = format!("`{name}` with other arguments than it takes");
                let fault = Diagnostic::error(codes::MISSING_ARGUMENT, name.span, message);
                self.report(fault.expected("`ito`, `stratonovich` or `convention(a)`, with a from 0 to 1"));
                Convention::Ito
            }
            _ => {
                let message = format!("there is no convention `{name}`");
                let fault = Diagnostic::error(codes::UNKNOWN_NAME, name.span, message);
                self.report(fault.help("write `as stratonovich`; Ito's is the one without a word"));
                Convention::Ito
            }
        }
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
        let name = self.declaration(id).name.clone();
        let of = match &value.ty.element {
            Element::Record(parts) => {
                let Declared { motion, states, .. } = self.motions[&id].clone();
                DynamicsType { motion, name, states, family: id, parts: parts.clone() }
            }
            Element::Dynamics(of) => DynamicsType { name, ..(**of).clone() },
            _ => return value,
        };
        Expr { ty: Type::scalar(Element::Dynamics(of.into())), ..value }
    }

    /// `(spread)(value, [for ..: (spread)])`: a number as the array of that number, and anything else as it is.
    pub(super) fn spread_over(&mut self, value: &tree::Expr, array: &tree::Expr) -> Expr {
        let found = self.quietly(|checker| checker.expression(value));
        if found.is_unknown() || !found.ty.shape.is_empty() {
            return self.expression(value);
        }
        let at = At(value.span);
        let number = at.named(at.ident(SPREAD), None, value.clone());
        let block = tree::Block::new(value.span, vec![number], Some(Box::new(array.clone())));
        self.expression(&tree::Expr::new(value.span, ExprKind::Block(block)))
    }

    /// Says why equations lack a part that a method needs.
    pub(super) fn lacks_part(&mut self, span: Span, of: &DynamicsType, part: &Ident) -> Expr {
        let (needs, help) = match part.as_str() {
            "additive" => ("additive", "take `heun`, or `milstein` where each state has its own noise"),
            "commutative" => ("additive, scalar or diagonal", "take `euler_maruyama` or `heun`"),
            _ => {
                let message = format!("`{}` has no `{part}`", of.name);
                return self.fail(span, Diagnostic::error(codes::UNKNOWN_FIELD, part.span, message));
            }
        };
        let message = format!("this method would lose its order on the noise of `{}`", of.name);
        let fault = Diagnostic::error(codes::LOST_ORDER, span, message);
        let fault =
            fault.expected(format!("{needs} noise: a diffusion that depends on the state no further"));
        self.fail(span, fault.help(help))
    }

    /// Checks equations whether or not something solves them.
    pub(super) fn check_dynamics(&mut self, dynamics: &tree::Dynamics) {
        let named = |id: &&usize| self.declarations[**id].span == dynamics.name.span;
        if let Some(id) = self.motions.keys().find(named).copied() {
            self.check_function_alone(id);
        }
    }
}
