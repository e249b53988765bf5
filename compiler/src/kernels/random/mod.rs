//! Random numbers as pure functions of where they are drawn: a seed, a site and indices. Nothing is
//! carried from draw to draw, so re-execution, regrouping and lanes cannot change one.

mod address;
mod draws;
mod philox;
pub mod scalars;
mod tiles;

pub use address::{Address, bits};
pub use draws::{normal, normal_pair, uniform};
pub use philox::philox4x32;
pub use tiles::{BITS, Generate, Generator, NORMAL_PAIRS, NORMALS, Run, UNIFORMS};

#[cfg(test)]
mod tests;
