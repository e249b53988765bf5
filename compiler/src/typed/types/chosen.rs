//! The types of what is chosen at compile time, and of fits: measures, functions, models, equations of motion, bijectors.

use super::{Element, Field, Type};
use crate::ir::Polynomial;
use std::sync::Arc;

/// The type of a measure.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureType {
    /// What it draws.
    pub value: Type,
}

/// The type of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum FunctionType {
    /// A lambda, or the declarations of one name that their parameters tell apart.
    Declared {
        /// What it is called.
        name: Arc<str>,
        /// The checker's numbers of the declarations.
        rivals: Vec<usize>,
    },
    /// One that is known by its header alone, as a parameter's type states it.
    Header {
        /// The types of its parameters.
        parameters: Vec<Type>,
        /// The type of its result.
        result: Type,
    },
    /// The derivative of another.
    Derived {
        /// Which one.
        derivative: Derivative,
        /// Of what.
        of: Arc<FunctionType>,
    },
}

/// The derivatives of a function with respect to its first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derivative {
    /// `grad(f)(x)`
    Gradient,
    /// `value_and_grad(f)(x)`: a record `{value, grad}`.
    ValueAndGradient,
    /// `jvp(f)(x, v)`: of the value, along `v`.
    Along,
    /// `vjp(f)(x, w)`: of the scalar product of the value with `w`.
    Back,
}

impl Derivative {
    /// All, with their names.
    pub const ALL: [(&'static str, Derivative); 4] = [
        ("grad", Derivative::Gradient),
        ("jvp", Derivative::Along),
        ("value_and_grad", Derivative::ValueAndGradient),
        ("vjp", Derivative::Back),
    ];

    /// How it is written.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, derivative)| *derivative == self).expect("every derivative is listed").0
    }

    /// Whether its last argument is a direction.
    pub fn takes_direction(self) -> bool {
        matches!(self, Derivative::Along | Derivative::Back)
    }
}

/// The type of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelType {
    /// Which one: an index into the program's models.
    pub model: usize,
    /// One for each of its size symbols.
    pub sizes: Vec<Polynomial>,
    /// Names of the sites that have been given.
    pub given: Vec<Arc<str>>,
    /// Names of the sites of which entries have been given, and others are latent.
    pub partly: Vec<Arc<str>>,
    /// Names of the sites that are summed out.
    pub out: Vec<Arc<str>>,
    /// Where only some sites are kept, and the others averaged over: which ones, an index into the program's
    /// [`crate::typed::tree::Kept`].
    pub kept: Option<usize>,
}

/// Which equations of motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Ordinary differential equations.
    Ode,
    /// Stochastic differential equations.
    Sde,
}

impl Motion {
    /// How it is declared.
    pub fn name(self) -> &'static str {
        match self {
            Motion::Ode => "ode",
            Motion::Sde => "sde",
        }
    }
}

/// The type of equations of motion with arguments for their parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct DynamicsType {
    /// Which kind.
    pub motion: Motion,
    /// What they are called; empty where a header says no more than the kind.
    pub name: Arc<str>,
    /// The names of their states.
    pub states: Arc<[Arc<str>]>,
    /// The declaration whose noise they have.
    pub family: usize,
    /// The functions that they are, such as `drift`, of time and state.
    pub parts: Arc<[Field]>,
}

/// The type of a bijector with arguments for its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct BijectorType {
    /// Which one: an index into the program's bijectors; `usize::MAX` where a header says no more.
    pub bijector: usize,
    /// One for each of its size symbols.
    pub sizes: Vec<Polynomial>,
    /// What its images are, where it was named by a support: `to(simplex[K])`.
    pub onto: Option<Element>,
}

/// The type of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct FitType {
    /// The model that was sampled; none where a header says only `fit`.
    pub model: Option<Arc<ModelType>>,
    /// How many draws it holds, all chains together: known when the script runs.
    pub draws: Polynomial,
}

impl ModelType {
    pub(super) fn substitute(&self, sizes: &[Polynomial]) -> Self {
        let own = self.sizes.iter().map(|size| size.substitute(sizes)).collect();
        Self { sizes: own, ..self.clone() }
    }
}
