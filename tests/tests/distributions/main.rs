//! Laws of the library's distributions, over a table made from their declarations: a new one is tried by all of them.

mod draws;
mod facts;
mod gradients;
mod integrals;
mod program;
mod supports;
mod table;
mod totals;
mod values;
