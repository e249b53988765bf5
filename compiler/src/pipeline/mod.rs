//! The only place that orders stages. Each is reported to an observer, which may time it or print what it made.

mod allowance;
mod decide;
mod native;
mod once;
mod passes;

pub use allowance::Allowance;
pub use native::{BuildError, Evaluator, Form, Native, Program};
pub use once::{Manner, OnceError, buffer, once};

use std::fmt::Display;

/// Watches the stages go by. The compiler itself reads no clock and prints nothing.
pub trait Observer {
    /// A stage has ended and made this.
    fn finished(&mut self, stage: &'static str, product: &dyn Display);
}

/// An observer that looks away.
pub struct Unobserved;

impl Observer for Unobserved {
    fn finished(&mut self, _: &'static str, _: &dyn Display) {}
}
