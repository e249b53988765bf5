//! IR to IR, one file a pass.

mod activity;
pub(crate) mod arrays;
pub mod copy;
mod derive;
pub mod distribute;
mod error;
mod fixed_point;
pub mod forward;
pub mod fuse;
pub mod hoist;
pub mod multiply_add;
mod options;
pub mod prune;
pub mod rebuild;
pub mod regroup;
pub mod resolve;
pub mod reuse;
mod saved;
pub mod share;
pub mod simplify;
pub mod transpose;
pub mod unzip;

pub use derive::{Reverse, vjp};
pub use error::ResolveError;
pub use fixed_point::{FixedPoint, fixed_point};
pub use options::Options;
pub use saved::{Rule, Saved};
