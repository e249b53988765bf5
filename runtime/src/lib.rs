//! The embedding API: compile a model, bind its data, sample its posterior.

pub use ansatz_grammar::diagnostic::{Code, Diagnostic, render};
pub use ansatz_grammar::format;
pub use ansatz_grammar::span::Sources;

mod archive;
pub mod checkpoint;
pub mod data;
mod deep;
pub mod diagnostics;
pub mod draws;
mod kept;
pub mod manual;
pub mod mcmc;
pub mod optimize;
pub mod output;
pub mod plot;
pub mod program;
pub mod rng;
pub mod script;
pub mod start;
pub mod target;
