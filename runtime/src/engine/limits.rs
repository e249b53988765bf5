//! Limits for programs that are not trusted.

use std::time::Duration;

use ansatz_grammar::tree::DEPTH_LIMIT;

/// What a program may take. The defaults are for programs that one's own people write.
///
/// A program reads no files but those its [`Engine`](crate::Engine) gives it, and a posterior writes none. Recursion is not in
/// the language. Loops over sizes end, but a program may name a size of its own: who cannot wait for such a loop runs it in a
/// process that can be killed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Bytes of a program's text.
    pub text: usize,
    /// How deeply expressions and blocks may be nested; never more than 500.
    pub depth: u32,
    /// Bytes of the arrays that an evaluation takes, for each thread, and of the draws of a fit.
    pub memory: u64,
    /// Time that binding, and each call of inference, may take. Sampling that ends early keeps its draws.
    pub time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { text: 1 << 24, depth: DEPTH_LIMIT, memory: 1 << 33, time: None }
    }
}
