//! Ansatz in other programs: compile a model, bind its data, evaluate and sample its posterior.
//!
//! [`Engine`] compiles a text to a [`Program`]; [`Program::bind`] takes data and gives a [`Posterior`], which is `Send + Sync`: a
//! [`Target`] with log density, gradient, curvature and the map to named values, each evaluated into the caller's buffers
//! without allocating, and sampled by [`Posterior::sample`] to a [`mcmc::Fit`] whose [`draws::Draws`] are matrices. What
//! is wrong comes as an [`Error`], with places and as JSON. [`Engine`] has the whole way as an example.
//!
//! ```
//! use ansatz::{Engine, Settings};
//!
//! let program = Engine::new().compile("model m { x ~ normal(3, 2) }\nlet p = m")?;
//! let fit = program.bind("{}")?.sample(&Settings { seed: 1, ..Settings::default() })?;
//! assert!((fit.draws.matrix("x").expect("a site").mean() - 3.0).abs() < 0.3);
//! # Ok::<(), ansatz::Error>(())
//! ```

pub use ansatz_grammar::diagnostic::{Code, Diagnostic, render};
pub use ansatz_grammar::format;
pub use ansatz_grammar::span::{Source, Sources};
pub use data::Input;
pub use engine::{Engine, Error, Faults, Limits};
pub use mcmc::Settings;
pub use program::{Evaluation, Hessian, Posterior, Program};
pub use start::explain;
pub use target::{Evaluator, Target};

// What is hidden from the pages serves the command line and the tests.
mod archive;
#[doc(hidden)]
pub mod calibration;
#[doc(hidden)]
pub mod checkpoint;
pub mod data;
mod deep;
pub mod diagnostics;
pub mod draws;
mod engine;
mod kept;
#[doc(hidden)]
pub mod manual;
pub mod mcmc;
pub mod optimize;
pub mod output;
pub mod plot;
#[doc(hidden)]
pub mod program;
pub mod rng;
pub mod script;
pub mod session;
pub mod start;
pub mod target;

#[cfg(doctest)]
#[doc = include_str!("../../docs/manual/reference/library.md")]
struct ManualPage;
