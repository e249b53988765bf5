//! Modes of densities and what their curvature there says.
//!
//! descent (steps of the language's optimisers), lbfgs and line_search (smooth functions, minimised), mode (of a target, from several starts), laplace (the normal that
//! touches a target at its mode).

mod descent;
mod laplace;
mod lbfgs;
mod line_search;
mod mode;

pub use descent::{Descent, Ended, Steps, Watched, descend};
pub use laplace::{Laplace, LaplaceFailure, laplace};
pub use lbfgs::{Ending, Minimum, Options, minimize};
pub use mode::{Mode, ModeFailure, mode};
