//! Builds the LR(1) tables of the grammar.

fn main() {}
