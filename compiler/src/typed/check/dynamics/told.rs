//! The noise of a step told from what it adds to the state: what the densities of paths are made of. There may be fewer noises
//! than states, so that a step reaches only some of the directions in which the state could move.

use super::build::{At, real, unbounded};
use super::equations::DIFFUSION;
use super::noise::Noise;
use ansatz_grammar::tree::{BinaryOperator, Expr, ExprKind, Generator, Ident, Loop, State, Type, TypeKind};

/// The diffusion of equations, to be inverted.
pub(super) struct Inverse<'a> {
    pub noise: &'a Noise<'a>,
    pub at: At,
    /// The parameter that is the state, and its type.
    pub state: (Ident, Type),
}

/// What the increment of the state is called among the parts.
const INCREMENT: &str = "(increment)";
/// Which of the noises.
const UNIT: &str = "(unit)";

impl Inverse<'_> {
    /// - `noise_of(t, x, v)`, the least noise that adds v;
    /// - `reaches(t, x, v, scale)`, whether some noise adds v, to the rounding of numbers of this scale;
    /// - `log_volume(t, x)`, the log of the factor by which noise spreads, where there are as many noises as states and one
    ///   product gives it.
    ///
    /// None where the noise is no number, vector or record of such. `entrywise` says that each entry of the state has its own
    /// noise times something, `driven` are the states with a noise of their own.
    pub(super) fn parts(&self, entrywise: bool, driven: &[&State]) -> Vec<(&'static str, Expr)> {
        let at = self.at;
        if let [State { ty: own, .. }] = self.noise.states {
            let noise = self.noise.ty(at);
            let (shape, others) = (sizes(own), sizes(&noise));
            if shape.len() == others.len() && shape.iter().zip(others).all(|(a, b)| same(a, b)) {
                return self.of_as_many(own, entrywise);
            }
        }
        let Some(columns) = self.columns(driven) else { return Vec::new() };
        let of_columns = |name: &str, more: Vec<Expr>| {
            let increment = at.call(at.name("flatten"), vec![at.name(INCREMENT)]);
            at.call(at.name(name), [vec![columns.clone(), increment], more].concat())
        };
        let noise = of_columns("noise_that_adds", Vec::new());
        let reached = of_columns("some_noise_adds", vec![at.name("scale")]);
        vec![("noise_of", self.of_increment(noise)), ("reaches", self.of_scale(reached))]
    }

    /// One state, and a noise of its shape.
    fn of_as_many(&self, own: &Type, entrywise: bool) -> Vec<(&'static str, Expr)> {
        let at = self.at;
        let shape = sizes(own);
        let always = ("reaches", self.of_scale(Expr::new(at.0, ExprKind::Bool(true))));
        let increment = at.name(INCREMENT);
        if shape.is_empty() || entrywise {
            let factor = || self.added(at.filled(&self.noise.ty(at), at.number(1.0)));
            let log = at.call(at.name("log"), vec![at.call(at.name("abs"), vec![factor()])]);
            let volume = if shape.is_empty() { log } else { at.call(at.name("sum"), vec![log]) };
            let noise = at.binary(BinaryOperator::Divide, increment, factor());
            return vec![
                ("noise_of", self.of_increment(noise)),
                always,
                ("log_volume", at.lambda(self.parameters(), volume)),
            ];
        }
        let [size] = shape else { return Vec::new() };
        let columns = self.each_of(size.clone(), |unit| {
            self.added(at.call(at.name("unit_vector"), vec![size.clone(), unit]))
        });
        let noise = at.binary(BinaryOperator::Solve, at.field(columns, "T"), increment);
        vec![("noise_of", self.of_increment(noise)), always]
    }

    /// What each noise adds to the state, as a vector: one where there is one noise, else the rows of a matrix.
    fn columns(&self, driven: &[&State]) -> Option<Expr> {
        let at = self.at;
        let flat = |unit: Expr| at.call(at.name("flatten"), vec![self.added(unit)]);
        match (self.noise.driven, self.noise.states) {
            (Some(State { ty, .. }), _) | (None, [State { ty, .. }]) => match sizes(ty) {
                [] => Some(flat(at.number(1.0))),
                [size] => Some(self.each_of(size.clone(), |unit| {
                    flat(at.call(at.name("unit_vector"), vec![size.clone(), unit]))
                })),
                _ => None,
            },
            (None, several) => {
                let is_driven =
                    |state: &&State| driven.iter().any(|other| other.name.name == state.name.name);
                let numbers = several.iter().filter(is_driven).map(|state| extent(at, &state.ty));
                let numbers = numbers.collect::<Option<Vec<Expr>>>()?;
                let total = numbers.into_iter().reduce(|sum, next| plus(at, sum, next))?;
                let whole = |unit: Expr| at.call(at.name("unit_vector"), vec![total.clone(), unit]);
                let mut before = Expr::new(at.0, ExprKind::Int(0));
                let mut units = Vec::new();
                for state in several {
                    let unit = match is_driven(&state) {
                        true => {
                            let start = before.clone();
                            before = plus(at, before, extent(at, &state.ty)?);
                            at.part(whole(at.name(UNIT)), &state.ty, start, before.clone())
                        }
                        false => at.filled(&state.ty, at.number(0.0)),
                    };
                    units.push(at.entry(state.name.as_str(), unit));
                }
                Some(self.each_of(total.clone(), |_| flat(at.record(units))))
            }
        }
    }

    /// `[for unit in size: ..]`
    fn each_of(&self, size: Expr, of: impl FnOnce(Expr) -> Expr) -> Expr {
        let at = self.at;
        let generators = vec![Generator { name: at.ident(UNIT), domain: size }];
        let nest = Loop { generators, guard: None, body: of(at.name(UNIT)), emit: None };
        Expr::new(at.0, ExprKind::Comprehension(Box::new(nest)))
    }

    /// What a noise adds to the state.
    fn added(&self, noise: Expr) -> Expr {
        let at = self.at;
        let state = Expr::new(at.0, ExprKind::Name(self.state.0.clone()));
        at.call(at.name(DIFFUSION), vec![at.name("t"), state, noise])
    }

    fn parameters(&self) -> Vec<(Ident, Type)> {
        vec![(self.at.ident("t"), real(self.at.0)), self.state.clone()]
    }

    fn increment(&self) -> (Ident, Type) {
        (self.at.ident(INCREMENT), unbounded(&self.state.1))
    }

    fn of_increment(&self, value: Expr) -> Expr {
        self.at.lambda([self.parameters(), vec![self.increment()]].concat(), value)
    }

    fn of_scale(&self, value: Expr) -> Expr {
        let scale = (self.at.ident("scale"), real(self.at.0));
        self.at.lambda([self.parameters(), vec![self.increment(), scale]].concat(), value)
    }
}

fn sizes(ty: &Type) -> &[Expr] {
    match &ty.kind {
        TypeKind::Sized { sizes, .. } => sizes,
        _ => &[],
    }
}

/// How many numbers a number or a vector has.
fn extent(at: At, ty: &Type) -> Option<Expr> {
    match sizes(ty) {
        [] => Some(Expr::new(at.0, ExprKind::Int(1))),
        [size] => Some(size.clone()),
        _ => None,
    }
}

fn plus(at: At, a: Expr, b: Expr) -> Expr {
    at.binary(BinaryOperator::Add, a, b)
}

/// Whether two sizes are written alike.
fn same(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Name(a), ExprKind::Name(b)) => a.name == b.name,
        (a, b) => a == b,
    }
}
