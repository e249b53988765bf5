//! Text to tree: tokens, grammar, tree, diagnostics. Never fails, never panics.

pub mod diagnostic;
pub mod span;
pub mod tree;
