//! Tree to compiled kernel: types, IR, derivatives, estimators, kernels, native code.

pub mod codegen;
pub mod ir;
pub mod kernel;
pub mod kernels;
pub mod lower;
pub mod model;
pub mod pipeline;
pub mod primitive;
pub mod transform;
pub mod typed;
