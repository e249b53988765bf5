//! Loop nests over buffers: what the IR becomes before machine code.

pub mod affine;
pub mod data;
mod layout;
mod lower;
pub mod place;
mod print;
pub mod registers;
mod schedule;
mod split;
mod tile;

pub use data::Kernel;
pub use lower::Refusal;
pub(crate) use schedule::divides;

use crate::ir::Function;

impl Kernel {
    /// The loop nests of a resolved function of the plain dialect whose sizes are all numbers.
    pub fn new(function: &Function) -> Result<Self, Refusal> {
        let mut kernel = lower::lower(function)?;
        schedule::schedule(&mut kernel);
        layout::lay_out(&mut kernel);
        Ok(kernel)
    }
}
