//! The noise of stochastic equations: its shape, and how the diffusion depends on the state and on it. What is inferred errs
//! on the side of `General`: a method for a narrower kind is then refused, and never loses its order in silence.

use super::build::{At, unbounded};
use ansatz_grammar::tree::{
    Argument, ArgumentKind, BinaryOperator, Block, Expr, ExprKind, FieldType, Generator, Ident, Index,
    IndexKind, LetTarget, Loop, State, Type, TypeKind,
};

/// How the diffusion depends on the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Not at all.
    Additive,
    /// One noise drives everything.
    Scalar,
    /// Each entry of the state has a noise of its own, with a factor that depends on that entry alone.
    Diagonal,
    /// Anything else.
    General,
}

/// Functions of numbers that are applied entry by entry.
const ENTRYWISE: &[&str] = &["sqrt", "exp", "log", "sq", "abs", "sin", "cos", "tanh", "sigmoid", "softplus"];

/// What drives the states.
pub(super) struct Noise<'a> {
    pub states: &'a [State],
    /// The noise that is declared; else each state has one of its shape.
    pub driven: Option<&'a State>,
}

impl Noise<'_> {
    /// What its differential is called.
    pub(super) fn differential(&self) -> String {
        self.driven.map_or("dW".to_string(), |noise| format!("d{}", noise.name))
    }

    /// The type of its differential.
    pub(super) fn ty(&self, at: At) -> Type {
        match (self.driven, self.states) {
            (Some(noise), _) => unbounded(&noise.ty),
            (None, [only]) => unbounded(&only.ty),
            (None, several) => {
                let field = |state: &State| FieldType { name: state.name.clone(), ty: unbounded(&state.ty) };
                Type::new(at.0, TypeKind::Record(several.iter().map(field).collect()))
            }
        }
    }

    /// `fn() = { z ~ normal(0, 1)[N]; z }`
    pub(super) fn standard(&self, at: At) -> Expr {
        let (statements, value) = match (self.driven, self.states) {
            (Some(State { ty, .. }), _) | (None, [State { ty, .. }]) => {
                (vec![at.drawn(at.ident("z"), normals(at, ty))], at.name("z"))
            }
            (None, several) => {
                let drawn = several.iter().map(|state| at.drawn(state.name.clone(), normals(at, &state.ty)));
                let entry = |state: &State| at.entry(state.name.as_str(), at.name(state.name.as_str()));
                (drawn.collect(), at.record(several.iter().map(entry).collect()))
            }
        };
        let body = Block::new(at.0, statements, Some(Box::new(value)));
        at.lambda(Vec::new(), Expr::new(at.0, ExprKind::Block(body)))
    }

    /// `sum(for j in M: ..)` over the unit vectors of a noise that is a vector.
    pub(super) fn over_units(&self, at: At, along: impl Fn(Expr) -> Expr) -> Option<Expr> {
        let TypeKind::Sized { sizes, .. } = self.ty(at).kind else { return None };
        let [size] = sizes.as_slice() else { return None };
        let index = at.ident("(noise index)");
        let unit = || at.call(at.name("unit_vector"), vec![size.clone(), at.name(index.as_str())]);
        let sum = |body: Expr| {
            let generators = vec![Generator { name: index.clone(), domain: size.clone() }];
            let nest = Loop { generators, guard: None, body, emit: None };
            let argument = Argument { span: at.0, kind: ArgumentKind::For(nest) };
            Expr::new(at.0, ExprKind::Call { function: Box::new(at.name("sum")), arguments: vec![argument] })
        };
        let field = |state: &State| {
            let name = state.name.as_str();
            at.entry(name, sum(at.field(along(unit()), name)))
        };
        Some(match self.states {
            [_] => sum(along(unit())),
            several => at.record(several.iter().map(field).collect()),
        })
    }

    /// Whether each entry of what the noise adds is its own noise, times something.
    pub(super) fn is_entrywise<'b>(
        &self,
        lets: impl Iterator<Item = (&'b LetTarget, &'b Expr)>,
        sides: &[Expr],
    ) -> bool {
        let (moving, entrywise) = self.moving(lets);
        self.is_noise_entrywise(moving, entrywise, sides)
    }

    /// The names that move with the state, and whether what they are moves entry by entry.
    fn moving<'b>(&self, lets: impl Iterator<Item = (&'b LetTarget, &'b Expr)>) -> (Moving, bool) {
        let mut moving = Moving::new(self.states);
        let mut entrywise = true;
        for (target, value) in lets {
            if moving.moves(value) {
                entrywise &= moving.entrywise(value);
                moving.add(target);
            }
        }
        (moving, entrywise)
    }

    fn is_noise_entrywise(&self, mut moving: Moving, entrywise: bool, sides: &[Expr]) -> bool {
        moving.names.push(self.differential());
        entrywise && sides.iter().all(|side| moving.entrywise(side))
    }

    /// What the right sides say of the diffusion: `sides` are what stands with the noise, `lets` what they may name.
    pub(super) fn kind<'b>(
        &self,
        lets: impl Iterator<Item = (&'b LetTarget, &'b Expr)>,
        sides: &[Expr],
    ) -> Kind {
        let (moving, entrywise) = self.moving(lets);
        let scalar = |ty: &Type| !matches!(ty.kind, TypeKind::Sized { .. });
        match (self.driven, self.states) {
            _ if !sides.iter().any(|side| moving.moves(side)) => Kind::Additive,
            (Some(noise), _) if scalar(&noise.ty) => Kind::Scalar,
            (None, [State { ty, .. }]) if scalar(ty) => Kind::Scalar,
            (None, [_]) if self.is_noise_entrywise(moving, entrywise, sides) => Kind::Diagonal,
            _ => Kind::General,
        }
    }
}

/// Whether something depends on a name, by itself or by what is named on the way.
pub(super) fn depends<'b>(
    name: &str,
    lets: impl Iterator<Item = (&'b LetTarget, &'b Expr)>,
    sides: &[Expr],
) -> bool {
    let mut moving = Moving { names: vec![name.to_string()] };
    for (target, value) in lets {
        if moving.moves(value) {
            moving.add(target);
        }
    }
    sides.iter().any(|side| moving.moves(side))
}

/// Names for what depends on the state.
struct Moving {
    names: Vec<String>,
}

impl Moving {
    fn new(states: &[State]) -> Self {
        Self { names: states.iter().map(|state| state.name.to_string()).collect() }
    }

    fn add(&mut self, target: &LetTarget) {
        match target {
            LetTarget::Place(place) => self.names.push(place.name.to_string()),
            LetTarget::Fields(names) => self.names.extend(names.iter().map(Ident::to_string)),
        }
    }

    /// Whether an expression may depend on one of the names.
    fn moves(&self, side: &Expr) -> bool {
        match &side.kind {
            ExprKind::Name(name) => self.names.iter().any(|moving| *moving == *name.name),
            ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Bool(_) => false,
            ExprKind::Unary { operand, .. } => self.moves(operand),
            ExprKind::Binary { left, right, .. } => self.moves(left) || self.moves(right),
            ExprKind::Field { base, .. } => self.moves(base),
            ExprKind::Array(entries) => entries.iter().any(|entry| self.moves(entry)),
            ExprKind::Comprehension(nest) => self.in_loop(nest),
            ExprKind::Index { base, indices } => {
                let index = |index: &Index| match &index.kind {
                    IndexKind::At(at) => self.moves(at),
                    IndexKind::Slice { start, end } => start.iter().chain(end).any(|end| self.moves(end)),
                };
                self.moves(base) || indices.iter().any(index)
            }
            ExprKind::Call { function, arguments } => {
                self.moves(function) || arguments.iter().any(|argument| self.in_argument(argument))
            }
            _ => true,
        }
    }

    fn in_argument(&self, argument: &Argument) -> bool {
        match &argument.kind {
            ArgumentKind::Value(value) | ArgumentKind::Named { value, .. } => self.moves(value),
            ArgumentKind::For(nest) => self.in_loop(nest),
            _ => true,
        }
    }

    fn in_loop(&self, nest: &Loop) -> bool {
        let domain = |generator: &Generator| match &generator.domain.kind {
            ExprKind::Range { start, end } => self.moves(start) || self.moves(end),
            _ => self.moves(&generator.domain),
        };
        self.moves(&nest.body)
            || nest.guard.as_ref().is_some_and(|guard| self.moves(guard))
            || nest.generators.iter().any(domain)
    }

    /// Whether each entry depends on the same entries of what the names stand for, and no others.
    fn entrywise(&self, side: &Expr) -> bool {
        use BinaryOperator::{Add, Divide, Multiply, Power, Subtract};
        match &side.kind {
            ExprKind::Name(_) => true,
            ExprKind::Unary { operand, .. } => self.entrywise(operand),
            ExprKind::Binary {
                operator: Add | Subtract | Multiply | Divide | Power, left, right, ..
            } => self.entrywise(left) && self.entrywise(right),
            ExprKind::Call { function, arguments } => {
                let known =
                    matches!(&function.kind, ExprKind::Name(name) if ENTRYWISE.contains(&name.as_str()));
                let entrywise = |argument: &Argument| match &argument.kind {
                    ArgumentKind::Value(value) => self.entrywise(value),
                    _ => false,
                };
                (known && arguments.iter().all(entrywise)) || !self.moves(side)
            }
            _ => !self.moves(side),
        }
    }
}

fn normals(at: At, ty: &Type) -> Expr {
    let normal = at.call(at.name("normal"), vec![at.number(0.0), at.number(1.0)]);
    let TypeKind::Sized { sizes, .. } = &ty.kind else { return normal };
    let index = |size: &Expr| Index { span: at.0, kind: IndexKind::At(size.clone()) };
    let indices = sizes.iter().map(index).collect();
    Expr::new(at.0, ExprKind::Index { base: Box::new(normal), indices })
}
