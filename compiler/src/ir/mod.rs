//! The IR: one data structure, two dialects (`site` and `plain`), where every pass meets.
//!
//! Pure and size-polymorphic SSA over scalars and dense arrays with structured loops. Noise is a function of
//! explicit indices, batching is `map`, and the order of a reduction is part of its meaning.

pub mod build;
pub mod data;
pub mod datum;
mod demand;
pub mod eval;
pub mod infer;
mod instantiate;
pub mod kind;
pub mod print;
pub mod prove;
pub mod read;
pub mod size;
pub mod types;
mod values;
pub mod verify;

pub use build::Builder;
pub use data::{Binding, Block, Distribution, Function, Module, Operation, Origin, Parameter, Value};
pub use datum::{Array, Datum, Entries};
pub use demand::{Demand, TOLD, Told};
pub use kind::{Bound, Constant, Kind, Reduction};
pub use read::{ReadError, read, read_data};
pub use size::{Polynomial, SizeVariable};
pub use types::{Dimension, Element, Type};
pub use values::ValueSet;
pub use verify::{Stage, verify};
