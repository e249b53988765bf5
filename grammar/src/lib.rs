//! Text to tree: tokens, grammar, tree, diagnostics. Never fails, never panics.
//!
//! `text -> lexer -> layout -> grammar.lalrpop -> tree`, driven by [`parse`]; `recover` mends what the grammar refuses.

mod builder;
pub mod diagnostic;
pub mod format;
mod layout;
pub mod lexer;
mod parse;
mod print;
mod recover;
pub mod span;
pub mod token;
pub mod tree;

pub use format::format;
pub use parse::{Parse, parse, parse_part};
pub use print::print;

lalrpop_util::lalrpop_mod!(
    #[allow(clippy::all, missing_docs, unused)]
    grammar
);
