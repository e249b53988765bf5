//! The C interface: a shared library with the functions of BridgeStan 2.9 (Roualdes et al., J. Open Source Softw. 8, 2023), so
//! that what evaluates Stan's models evaluates these as well, from C, Python, R or Julia.
//!
//! `include/ansatz.h` is made from this folder by cbindgen; `model` is a posterior as that interface sees it, in safe code; the
//! other files are its functions. This is the third of the places where `unsafe` stands: pointers become slices and texts in
//! `call`, and nowhere else.
//!
//! What differs from a model of Stan: the library belongs to no one model, so [`construct::ansatz_model_construct`] takes the
//! program besides the data, and [`construct::bs_model_construct`], for clients that know no other, takes it from the variables
//! `ANSATZ_PROGRAM` and `ANSATZ_POSTERIOR` of the environment. No constant is ever dropped, whatever `propto` says. Transformed
//! parameters are tracked values; there are no generated quantities. Coordinates of matrices lie row by row, as their names say.

mod call;
pub mod construct;
pub mod density;
mod model;
pub mod names;
pub mod rng;
pub mod transform;
