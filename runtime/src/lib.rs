//! The embedding API: compile a model, bind its data, sample its posterior.

pub use ansatz_grammar::diagnostic::Diagnostic;

pub mod data;
pub mod diagnostics;
pub mod draws;
pub mod mcmc;
pub mod output;
pub mod program;
pub mod rng;
pub mod script;
pub mod target;
