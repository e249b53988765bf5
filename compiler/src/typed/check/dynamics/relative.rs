//! Relatives: equations with the noise of others and a drift of their own, `controlled(ou(..), u)` and `= ou(..) with d(x) = e`.
//! Both are records of the base's parts, of which those with the drift are made anew, tree to tree.

use super::build::{At, real};
use super::differential::{Differentials, Part};
use super::{Checker, Declared};
use crate::typed::check::scope::Room;
use crate::typed::tree::Expr;
use crate::typed::types::{DynamicsType, Element, Motion, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{
    self, BinaryOperator, Block, DynamicsBody, EquationTarget, ExprKind, Ident, Lambda, Parameter, Statement,
    StatementKind,
};

/// The form that replaces drifts; no program can write its name.
pub(in crate::typed::check) const REPLACED: &str = "(replaced)";
/// The equations whose noise is kept.
const BASE: &str = "(base)";
/// The drift as a function of time and state.
const DRIFT: &str = "(drift)";
/// The state, as the functions take it.
const STATE: &str = "(state)";
/// The control.
const CONTROL: &str = "(control)";

impl Checker<'_> {
    /// Declares equations that are made of others: a function that replaces the drift.
    pub(super) fn introduce_relative(
        &mut self,
        dynamics: &tree::Dynamics,
        motion: Motion,
        place: (Span, Room),
    ) {
        let DynamicsBody::Relative(relative) = &dynamics.body else { panic!("the caller has a relative") };
        let body = match &relative.with {
            None => relative.base.clone(),
            Some(with) => {
                let at = At(relative.base.span);
                let equations = tree::Expr::new(with.span, ExprKind::Block(with.clone()));
                at.call(at.name(REPLACED), vec![relative.base.clone(), equations])
            }
        };
        let replaced = |statement: &Statement| match &statement.kind {
            StatementKind::Equation { target: EquationTarget::Differential(place), .. } => {
                Some(place.name.name.clone())
            }
            _ => None,
        };
        let still =
            relative.with.iter().flat_map(|with| with.statements.iter().filter_map(replaced)).collect();
        let declared =
            Declared { motion, states: [].into(), in_noise: Vec::new(), in_still: Vec::new(), still };
        self.declare_dynamics(dynamics, body, declared, place);
    }

    /// `controlled(equation, u)`: the drift plus the diffusion times the control u(t, x).
    pub(in crate::typed::check) fn controlled(
        &mut self,
        span: Span,
        base: &tree::Expr,
        control: &tree::Expr,
    ) -> Expr {
        let Some(of) = self.base_of(base, Some(Motion::Sde)) else { return Expr::unknown(span) };
        let at = At(span);
        let turn = at.call(at.name(CONTROL), here(at));
        let pushed = at.call(at.field(at.name(BASE), "diffusion"), [here(at), vec![turn]].concat());
        let drift = at.call(at.field(at.name(BASE), "drift"), here(at));
        let sum = at.binary(BinaryOperator::Add, drift, pushed);
        let named = at.named(at.ident(CONTROL), None, control.clone());
        self.redirected(at, base, &of, vec![named], sum)
    }

    /// Equations whose drifts a `with` replaces.
    pub(in crate::typed::check) fn replaced(
        &mut self,
        span: Span,
        base: &tree::Expr,
        with: &tree::Expr,
    ) -> Expr {
        let Some(of) = self.base_of(base, None) else { return Expr::unknown(span) };
        let ExprKind::Block(with) = &with.kind else { panic!("equations stand in a block") };
        match self.new_drift(&of, with) {
            Some(drift) => self.redirected(At(span), base, &of, Vec::new(), drift),
            None => Expr::unknown(span),
        }
    }

    /// The equations that are changed; says where they are none.
    fn base_of(&mut self, base: &tree::Expr, motion: Option<Motion>) -> Option<DynamicsType> {
        let found = self.quietly(|checker| checker.expression(base));
        match &found.ty.element {
            Element::Dynamics(of) if motion.is_none_or(|motion| of.motion == motion) => Some((**of).clone()),
            _ if found.is_unknown() => {
                self.expression(base);
                None
            }
            _ => {
                let message = "only equations of motion have relatives";
                let fault = Diagnostic::error(codes::TYPE_MISMATCH, base.span, message)
                    .expected(if motion.is_some() {
                        "an `sde` with its arguments"
                    } else {
                        "an `ode` or `sde` with its arguments"
                    })
                    .found(format!("`{}`", self.show(&found.ty)));
                self.report(fault);
                None
            }
        }
    }

    /// The drift that equations state, those of other states as they were.
    fn new_drift(&mut self, of: &DynamicsType, with: &Block) -> Option<tree::Expr> {
        let at = At(with.span);
        let told = self.diagnostics.len();
        let noise = (of.motion == Motion::Sde).then(|| "dW".to_string());
        let differentials = Differentials { noise };
        let whole = at.name(STATE);
        let state =
            |name: &str| if of.states.len() == 1 { whole.clone() } else { at.field(whole.clone(), name) };
        let mut statements: Vec<Statement> =
            of.states.iter().map(|name| at.named(at.ident(name), None, state(name))).collect();
        let mut found: Vec<(Ident, tree::Expr)> = Vec::new();
        for statement in &with.statements {
            let StatementKind::Equation { target: EquationTarget::Differential(place), value } =
                &statement.kind
            else {
                match &statement.kind {
                    StatementKind::Let { .. } => statements.push(statement.clone()),
                    _ => self.no_equation(statement.span),
                }
                continue;
            };
            let known = of.states.contains(&place.name.name) && place.indices.is_empty();
            if !known || found.iter().any(|(name, _)| name.name == place.name.name) {
                let message = format!("`{}` has no equation to replace, or two", place.name);
                let help = format!("the states of `{}`: {}", of.name, of.states.join(", "));
                self.report(Diagnostic::error(codes::MISSING_EQUATION, place.span, message).help(help));
                continue;
            }
            match (differentials.take(Part::Drift, value), differentials.take(Part::Diffusion, value)) {
                (Ok(Some(drift)), Ok(None)) => found.push((place.name.clone(), drift)),
                (Err(fault), _) | (_, Err(fault)) => self.report(*fault),
                _ => {
                    let message = "a relative keeps the noise of its base, and states a drift alone";
                    let fault = Diagnostic::error(codes::NOT_A_DIFFERENTIAL, value.span, message);
                    self.report(
                        fault
                            .expected("a term with `dt`")
                            .help("declare an `sde` of its own for another noise"),
                    );
                }
            }
        }
        if self.diagnostics.len() > told {
            return None;
        }
        let old = |name: &str| at.field(at.call(at.field(at.name(BASE), "drift"), here(at)), name);
        let mut own = |name: &str| {
            let position = found.iter().position(|(state, _)| state.as_str() == name);
            position.map(|position| found.swap_remove(position).1).unwrap_or_else(|| old(name))
        };
        let value = match &*of.states {
            [only] => own(only),
            several => at.record(several.iter().map(|name| at.entry(name, own(name))).collect()),
        };
        Some(tree::Expr::new(
            with.span,
            ExprKind::Block(Block::new(with.span, statements, Some(Box::new(value)))),
        ))
    }

    fn no_equation(&mut self, span: Span) {
        let message = "only equations and `let` stand in equations of motion";
        let fault = Diagnostic::error(codes::NOT_AN_EQUATION, span, message);
        self.report(fault.help("write `d(x) = f * dt`, with your state for `x`"));
    }

    /// The equations with another drift, an expression of [`BASE`], `t` and [`STATE`].
    fn redirected(
        &mut self,
        at: At,
        base: &tree::Expr,
        of: &DynamicsType,
        mut named: Vec<Statement>,
        drift: tree::Expr,
    ) -> Expr {
        let mut statements = vec![at.named(at.ident(BASE), None, base.clone())];
        statements.append(&mut named);
        statements.push(at.named(at.ident(DRIFT), None, of_time_and_state(at, drift)));
        let old = |part: &str| at.field(at.name(BASE), part);
        let entry = |part: &str| {
            let value = match part {
                "drift" => at.name(DRIFT),
                "ito" | "stratonovich" => {
                    // The correction is the diffusion's own.
                    let [new, old, written] =
                        [at.name(DRIFT), old(part), old("drift")].map(|drift| at.call(drift, here(at)));
                    let correction = at.binary(BinaryOperator::Subtract, old, written);
                    of_time_and_state(at, at.binary(BinaryOperator::Add, new, correction))
                }
                _ => old(part),
            };
            at.entry(part, value)
        };
        let record = at.record(of.parts.iter().map(|(part, _)| entry(part)).collect());
        let block = Block::new(at.0, statements, Some(Box::new(record)));
        let value = self.expression(&tree::Expr::new(at.0, ExprKind::Block(block)));
        let Element::Record(parts) = &value.ty.element else { return value };
        let of = DynamicsType { parts: parts.clone(), ..of.clone() };
        Expr { ty: Type::scalar(Element::Dynamics(of.into())), ..value }
    }
}

/// `t, state`
fn here(at: At) -> Vec<tree::Expr> {
    vec![at.name("t"), at.name(STATE)]
}

/// `fn(t: real, state) = value`
fn of_time_and_state(at: At, value: tree::Expr) -> tree::Expr {
    let parameter = |name: &str, ty| Parameter { doc: None, name: at.ident(name), ty, default: None };
    let parameters = vec![parameter("t", Some(real(at.0))), parameter(STATE, None)];
    tree::Expr::new(at.0, ExprKind::Lambda(Box::new(Lambda { parameters, result: None, body: value })))
}
