//! Loop nests over buffers: what the IR becomes before machine code.

pub mod affine;
pub mod data;
mod exchange;
mod layout;
mod lives;
mod lower;
mod noise;
mod pack;
pub mod place;
mod print;
pub mod registers;
mod schedule;
mod split;
mod tile;
pub mod verify;

pub use data::Kernel;
pub(crate) use layout::bytes;
pub use lower::Refusal;
pub(crate) use schedule::divides;
pub(crate) use split::is_hasty;

use crate::ir::Function;

impl Kernel {
    /// The loop nests of a resolved function of the plain dialect whose sizes are all numbers.
    pub fn new(function: &Function) -> Result<Self, Refusal> {
        let mut kernel = lower::lower(function)?;
        kernel.verified("lowering", false);
        schedule::schedule(&mut kernel);
        layout::lay_out(&mut kernel);
        kernel.verified("scheduling", true);
        Ok(kernel)
    }

    /// # Panics
    /// In builds with debug assertions, if an invariant is broken: a mistake of ours, shown with the kernel.
    fn verified(&self, after: &str, laid_out: bool) {
        if cfg!(debug_assertions)
            && let Err(violations) = verify::verify(self, laid_out)
        {
            panic!("after {after}: {violations}\n{self}");
        }
    }
}
