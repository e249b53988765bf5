//! Text to tree: tokens, grammar, tree, diagnostics. Never fails, never panics.
