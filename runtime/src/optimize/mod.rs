//! Modes of densities and what their curvature there says.
//!
//! lbfgs and line_search (smooth functions, minimised), mode (of a target, from several starts), laplace (the normal that
//! touches a target at its mode). The language has no optimiser of its own yet; once `minimize` runs there, `lbfgs` belongs
//! into `stdlib/optimizers`, and this room keeps the drivers.

mod laplace;
mod lbfgs;
mod line_search;
mod mode;

pub use laplace::{Laplace, LaplaceFailure, laplace};
pub use lbfgs::{Ending, Minimum, Options, minimize};
pub use mode::{Mode, ModeFailure, mode};
