//! Equations of motion as functions of the language.

use super::build::{At, between, real, unbounded};
use super::differential::{Differentials, Fault, Part, name_of};
use super::noise::{self, Kind, Noise};
use super::told::Inverse;
use crate::typed::check::Name;
use ansatz_grammar::tree::{
    BinaryOperator, Block, EquationTarget, Expr, ExprKind, FieldType, Ident, LetTarget, State, Statement,
    StatementKind, Type, TypeKind,
};

/// The states of equations and what is said of them.
pub(super) struct Equations<'a> {
    pub states: &'a [State],
    pub body: &'a Block,
    pub noise: Option<Noise<'a>>,
    /// How the noise is read.
    pub convention: Convention,
}

/// Where in a step the diffusion is read.
pub(super) enum Convention {
    /// At its beginning.
    Ito,
    /// Half at its beginning, half at its end.
    Stratonovich,
    /// This part of it at its end, a number from 0 to 1.
    Between(Box<Expr>),
}

impl Convention {
    /// What the drifts of Ito and Stratonovich add to that which is written, in units of the correction; none where one of
    /// them is it.
    fn additions(&self, at: At) -> [Option<Expr>; 2] {
        match self {
            Convention::Ito => [None, Some(at.number(-0.5))],
            Convention::Stratonovich => [Some(at.number(0.5)), None],
            Convention::Between(_) => {
                let less = at.binary(BinaryOperator::Subtract, at.name(CONVENTION), at.number(0.5));
                [Some(at.name(CONVENTION)), Some(less)]
            }
        }
    }
}

/// The parameter that is the noise's differential, where states have noises of their own.
const NOISES: &str = "(noise)";
/// What the diffusion is called among the parts.
pub(super) const DIFFUSION: &str = "(diffusion)";
/// The part of a step at whose end the diffusion is read, where it is a number.
const CONVENTION: &str = "(convention)";
/// The form that takes a number as the array of that number; no program can write its name.
pub(in crate::typed::check) const SPREAD: &str = "(spread)";
/// What the drift is called among the parts.
const DRIFT: &str = "(drift)";

impl Equations<'_> {
    pub(super) fn differentials(&self) -> Differentials {
        Differentials { noise: self.noise.as_ref().map(Noise::differential) }
    }

    fn at(&self) -> At {
        At(self.body.span)
    }

    /// A record of the functions that they are.
    ///
    /// - `drift(t, x)`, `diffusion(t, x, dW)` as written, `state(from)`, which takes a value as a state;
    /// - `noise()`, standard normal numbers in the noise's shape;
    /// - `ito(t, x)` and `stratonovich(t, x)`, the drifts for methods of either kind;
    /// - `additive(t, dW)`, where the diffusion does not depend on the state;
    /// - `commutative(t, x)`, the sum over noises j of (g_j . grad) g_j, where one derivative gives it;
    /// - `noise_of(t, x, v)` and what goes with it ([`Inverse`]).
    pub(super) fn parts(&self) -> Result<Expr, Fault> {
        let at = self.at();
        let drift = self.part(Part::Drift)?;
        let Some(noise) = &self.noise else {
            return Ok(at.record(vec![at.entry("drift", drift), at.entry("state", self.identity())]));
        };
        let mut statements = vec![
            at.named(at.ident(DRIFT), None, drift),
            at.named(at.ident(DIFFUSION), None, self.part(Part::Diffusion)?),
        ];
        if let Convention::Between(part) = &self.convention {
            let at = At(part.span);
            statements.push(at.named(at.ident(CONVENTION), Some(between(at, 0, 1)), (**part).clone()));
        }
        let mut parts = vec![
            at.entry("drift", at.name(DRIFT)),
            at.entry("diffusion", at.name(DIFFUSION)),
            at.entry("state", self.identity()),
            at.entry("noise", noise.standard(at)),
        ];
        let kind = noise.kind(self.lets(), &self.sides()?);
        let term = self.term(noise, kind);
        let drifts = self.convention.additions(at).map(|addition| match addition {
            None => Some(at.name(DRIFT)),
            Some(factor) => term.clone().map(|term| self.corrected(term, factor)),
        });
        let inverse = Inverse { noise, at, state: (self.state(), self.state_type()) };
        let entrywise = noise.is_entrywise(self.lets(), &self.sides()?);
        let inverse = inverse.parts(entrywise, &self.driven_states()?);
        parts.extend(inverse.into_iter().map(|(name, part)| at.entry(name, part)));
        let named = ["ito", "stratonovich"].into_iter().zip(drifts);
        parts.extend(named.filter_map(|(name, drift)| Some(at.entry(name, drift?))));
        if kind == Kind::Additive {
            parts.push(at.entry("additive", self.additive()));
        }
        if kind != Kind::General {
            parts.extend(term.map(|term| at.entry("commutative", term)));
        }
        let body = Block::new(self.body.span, statements, Some(Box::new(at.record(parts))));
        Ok(Expr::new(self.body.span, ExprKind::Block(body)))
    }

    /// The positions of the names that what stands with the noise depends on.
    pub(super) fn named_by_noise<'n>(&self, names: impl Iterator<Item = &'n str>) -> Vec<usize> {
        let Ok(sides) = self.sides() else { return Vec::new() };
        let depends = |name: &str| noise::depends(name, self.lets(), &sides);
        names.enumerate().filter(|(_, name)| depends(name)).map(|(position, _)| position).collect()
    }

    /// The states without noise, and the positions of the names that their drifts depend on.
    pub(super) fn still<'n>(&self, names: impl Iterator<Item = &'n str>) -> (Vec<Name>, Vec<usize>) {
        let differentials = self.differentials();
        let (mut states, mut drifts) = (Vec::new(), Vec::new());
        for statement in &self.body.statements {
            let StatementKind::Equation { target: EquationTarget::Differential(place), value } =
                &statement.kind
            else {
                continue;
            };
            if let (Ok(None), Ok(drift)) =
                (differentials.take(Part::Diffusion, value), differentials.take(Part::Drift, value))
            {
                states.push(place.name.name.clone());
                drifts.extend(drift);
            }
        }
        let named = |(_, name): &(usize, &str)| noise::depends(name, self.lets(), &drifts);
        (states, names.enumerate().filter(named).map(|(position, _)| position).collect())
    }

    fn lets(&self) -> impl Iterator<Item = (&LetTarget, &Expr)> {
        self.body.statements.iter().filter_map(|statement| match &statement.kind {
            StatementKind::Let { target, value, .. } => Some((target, value)),
            _ => None,
        })
    }

    /// What stands with the noise in each equation.
    fn sides(&self) -> Result<Vec<Expr>, Fault> {
        let differentials = self.differentials();
        let taken = self.body.statements.iter().filter_map(|statement| match &statement.kind {
            StatementKind::Equation { value, .. } => differentials.take(Part::Diffusion, value).transpose(),
            _ => None,
        });
        taken.collect()
    }

    /// The states whose own noise drives something, where each state has a noise of its own.
    fn driven_states(&self) -> Result<Vec<&State>, Fault> {
        let differentials = self.differentials();
        let mut driven = Vec::new();
        for statement in &self.body.statements {
            let StatementKind::Equation { target: EquationTarget::Differential(place), value } =
                &statement.kind
            else {
                continue;
            };
            let side = differentials.take(Part::Diffusion, value)?;
            let own = side.is_some_and(|side| noise::depends("dW", [].into_iter(), &[side]));
            driven.extend(self.states.iter().filter(|state| own && state.name.name == place.name.name));
        }
        Ok(driven)
    }

    /// `fn(t: real, x: T) = ..`: what stands with a differential, for every state.
    fn part(&self, part: Part) -> Result<Expr, Fault> {
        let differentials = self.differentials();
        let mut statements = self.named_states();
        for statement in &self.body.statements {
            match &statement.kind {
                StatementKind::Equation { target: EquationTarget::Differential(place), value } => {
                    let state = self.states.iter().find(|state| state.name.name == place.name.name);
                    let Some(State { name, ty }) = state else { continue };
                    let at = At(value.span);
                    if part == Part::Diffusion && self.has_noises() {
                        let own = at.field(at.name(NOISES), name.as_str());
                        statements.push(at.named(at.ident("dW"), None, own));
                    }
                    let taken = differentials.take(part, value)?;
                    let value = match taken {
                        // One number may be added to all entries of another term.
                        Some(part) if is_sum(value) => spread(at, part, ty),
                        Some(part) => part,
                        None => at.filled(ty, at.number(0.0)),
                    };
                    statements.push(at.named(name_of(name, at.0), Some(unbounded(ty)), value));
                }
                StatementKind::Let { .. } => statements.push(statement.clone()),
                _ => {}
            }
        }
        let at = self.at();
        let value = self.of_states(|state| {
            let span = state.name.span;
            Expr::new(span, ExprKind::Name(name_of(&state.name, span)))
        });
        let body = Block::new(at.0, statements, Some(Box::new(value)));
        let mut parameters = vec![(at.ident("t"), real(at.0)), (self.state(), self.state_type())];
        if let (Part::Diffusion, Some(noise)) = (part, &self.noise) {
            let name = if self.has_noises() { NOISES.to_string() } else { noise.differential() };
            parameters.push((at.ident(&name), noise.ty(at)));
        }
        Ok(at.lambda(parameters, Expr::new(at.0, ExprKind::Block(body))))
    }

    /// `fn(t, x) = sum over j of jvp(fn(y) = g(t, y, e_j))(x, g(t, x, e_j))`
    fn term(&self, noise: &Noise, kind: Kind) -> Option<Expr> {
        let at = self.at();
        let (state, ty) = (self.state(), self.state_type());
        let x = Expr::new(at.0, ExprKind::Name(state.clone()));
        let along = |unit: Expr| {
            let g = |x: Expr| at.call(at.name(DIFFUSION), vec![at.name("t"), x, unit.clone()]);
            let moved = at.lambda(vec![(at.ident("(moved)"), ty.clone())], g(at.name("(moved)")));
            at.call(at.call(at.name("jvp"), vec![moved]), vec![x.clone(), g(x.clone())])
        };
        let body = match kind {
            Kind::Additive => self.of_states(|state| at.filled(&state.ty, at.number(0.0))),
            Kind::Scalar | Kind::Diagonal => along(at.filled(&noise.ty(at), at.number(1.0))),
            Kind::General => noise.over_units(at, along)?,
        };
        Some(at.lambda(vec![(at.ident("t"), real(at.0)), (state, ty)], body))
    }

    /// `fn(t, x) = drift(t, x) + factor * term(t, x)`
    fn corrected(&self, term: Expr, factor: Expr) -> Expr {
        let at = self.at();
        let arguments = || vec![at.name("t"), Expr::new(at.0, ExprKind::Name(self.state()))];
        let term = at.call(term, arguments());
        let drift = at.call(at.name(DRIFT), arguments());
        let term = at.binary(BinaryOperator::Multiply, factor, term);
        let sum = at.binary(BinaryOperator::Add, drift, term);
        at.lambda(vec![(at.ident("t"), real(at.0)), (self.state(), self.state_type())], sum)
    }

    /// `fn(t, dW) = g(t, x, dW)` at any x.
    fn additive(&self) -> Expr {
        let at = self.at();
        let noise = self.noise.as_ref().expect("only noise is additive");
        let anywhere = self.of_states(|state| at.filled(&state.ty, at.number(1.0)));
        let value = at.call(at.name(DIFFUSION), vec![at.name("t"), anywhere, at.name(NOISES)]);
        at.lambda(vec![(at.ident("t"), real(at.0)), (at.ident(NOISES), noise.ty(at))], value)
    }

    /// `fn(from: T) = from`: a value as a state.
    fn identity(&self) -> Expr {
        let at = self.at();
        at.lambda(vec![(at.ident("from"), self.state_type())], at.name("from"))
    }

    /// Whether each of several states has a noise of its own.
    fn has_noises(&self) -> bool {
        self.noise.as_ref().is_some_and(|noise| noise.driven.is_none()) && self.states.len() > 1
    }

    /// The parameter that is the state: several states are the fields of one.
    fn state(&self) -> Ident {
        match self.states {
            [only] => only.name.clone(),
            _ => self.at().ident("(state)"),
        }
    }

    fn state_type(&self) -> Type {
        match self.states {
            [only] => only.ty.clone(),
            several => {
                let field = |state: &State| FieldType { name: state.name.clone(), ty: state.ty.clone() };
                Type::new(self.body.span, TypeKind::Record(several.iter().map(field).collect()))
            }
        }
    }

    /// `let x = state.x`, where there are several states.
    fn named_states(&self) -> Vec<Statement> {
        if self.states.len() == 1 {
            return Vec::new();
        }
        let field = |state: &State| {
            let at = At(state.name.span);
            let whole = Expr::new(at.0, ExprKind::Name(self.state()));
            at.named(state.name.clone(), None, at.field(whole, state.name.as_str()))
        };
        self.states.iter().map(field).collect()
    }

    /// Something of the only state, or a record of it for each.
    fn of_states(&self, of: impl Fn(&State) -> Expr) -> Expr {
        match self.states {
            [only] => of(only),
            several => {
                let at = self.at();
                at.record(several.iter().map(|state| at.entry(state.name.as_str(), of(state))).collect())
            }
        }
    }
}

fn is_sum(side: &Expr) -> bool {
    use BinaryOperator::{Add, Subtract};
    matches!(side.kind, ExprKind::Binary { operator: Add | Subtract, .. })
}

/// A part of a sum in the shape of the whole.
fn spread(at: At, part: Expr, ty: &Type) -> Expr {
    match ty.kind {
        TypeKind::Sized { .. } => at.call(at.name(SPREAD), vec![part, at.filled(ty, at.name(SPREAD))]),
        _ => part,
    }
}
